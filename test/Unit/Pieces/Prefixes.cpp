//===- Prefixes.cpp - Block programs grown op by op -----------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Prefixes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/xxhash.h"
#include <atomic>
#include <mutex>
#include <numeric>
#include <thread>

using namespace mirage;
using namespace mirage::search;

uint64_t PrefixResult::total() const {
  return std::accumulate(states.begin(), states.end(), uint64_t(0));
}

static void visitNodes(const Graph &graph, llvm::ArrayRef<NodeId> roots,
                       llvm::function_ref<void(NodeId)> visit) {
  std::set<NodeId> seen;
  std::function<void(NodeId)> walk = [&](NodeId n) {
    if (!seen.insert(n).second)
      return;
    for (NodeId operand : graph.nodes[n].operands)
      walk(operand);
    visit(n);
  };
  llvm::for_each(roots, walk);
}

Prefixes::Prefixes(Graph &graph, llvm::ArrayRef<NodeId> roots)
    : graph(graph), terms(graph, {}), roots(roots) {
  std::map<NodeId, TermId> ofNode = terms.termsOf(roots);
  for (NodeId root : roots)
    outputs.push_back(ofNode.at(root));
  std::set<TermId> leaves;
  visitNodes(graph, roots, [&](NodeId n) {
    const Node &node = graph.nodes[n];
    axes |= node.reduced;
    TermId t = ofNode.at(n);
    if (terms[t].kind == Term::Leaf)
      leaves.insert(t);
    if (terms[t].kind == Term::Function)
      functions.push_back(n);
  });
  inputs.assign(leaves.begin(), leaves.end());
  pieces = piecesOf(graph, terms, roots);
}

/// All ops that have t as an operand, with `others` (which hold t) as the rest.
void Prefixes::stepsWith(TermId t, llvm::ArrayRef<TermId> others,
                         llvm::function_ref<void(Step)> found) {
  for (AxisSet set = axes; set; set = (set - 1) & axes)
    if (!(set & ~terms[t].axes))
      found({{t}, terms.sum(set, t)});
  for (NodeId n : functions)
    if (graph.nodes[n].operands.size() == 1 &&
        !(graph.nodes[n].reduced & ~terms[t].axes))
      found({{t}, terms.function(n, {t})});
  for (TermId u : others) {
    found({{t, u}, terms.product({{t}, {u}})});
    found({{t, u}, terms.add({{1, t}, {1, u}})});
    for (auto [a, b] : {std::make_pair(t, u), std::make_pair(u, t)}) {
      if (std::optional<TermId> q = terms.quotient(a, b))
        found({{t, u}, *q});
      if (t != u)
        found({{t, u}, terms.add({{1, a}, {-1, b}})});
      for (NodeId n : functions)
        if (graph.nodes[n].operands.size() == 2)
          found({{t, u}, terms.function(n, {a, b})});
    }
  }
}

void Prefixes::findPrunedSteps() {
  if (!stepsOf.empty())
    return;
  std::set<TermId> all(inputs.begin(), inputs.end());
  all.insert(pieces.begin(), pieces.end());
  std::vector<TermId> list(all.begin(), all.end());
  for (size_t i = 0; i < list.size(); ++i)
    stepsWith(list[i], llvm::ArrayRef(list).take_front(i + 1), [&](Step step) {
      if (pieces.count(step.made))
        for (TermId need : step.needs)
          stepsOf[need].push_back(step);
    });
}

/// The states with one op more.
Prefixes::Level Prefixes::grown(const Level &states, bool prune,
                                const PrefixOptions &options, bool &stopped) {
  // Shards, by hash, so that threads seldom meet. A state is known by 64 bits
  // of a hash: of 10^8 states two share one with a chance of 3 in 10,000.
  constexpr size_t shards = 64, chunk = 256;
  struct Shard {
    std::mutex mutex;
    llvm::DenseSet<uint64_t> hashes;
    std::vector<TermId> flat;
  };
  std::vector<Shard> made(shards);
  std::mutex termsMutex;
  std::atomic<size_t> next{0};
  std::atomic<bool> stop{false};
  auto work = [&] {
    // Without pruning: what two terms make, which threads ask one at a time.
    llvm::DenseMap<std::pair<TermId, TermId>, std::vector<TermId>> known;
    auto madeOf = [&](TermId t, TermId u) -> const std::vector<TermId> & {
      auto entry = known.try_emplace({t, u});
      std::vector<TermId> &terms = entry.first->second;
      if (entry.second) {
        std::lock_guard<std::mutex> lock(termsMutex);
        stepsWith(t, {u}, [&](Step step) { terms.push_back(step.made); });
        llvm::sort(terms);
        terms.erase(llvm::unique(terms), terms.end());
      }
      return terms;
    };
    for (size_t begin; (begin = next.fetch_add(chunk)) < states.count;) {
      if (stop || (options.stop && options.stop())) {
        stop = true;
        return;
      }
      size_t end = std::min(begin + chunk, states.count);
      for (size_t s = begin; s < end; ++s) {
        llvm::ArrayRef<TermId> state = states[s];
        State all = inputs;
        all.insert(all.end(), state.begin(), state.end());
        auto isPresent = [&](TermId t) { return llvm::is_contained(all, t); };
        auto add = [&](TermId term) {
          if (isPresent(term))
            return;
          State grown(state.begin(), state.end());
          grown.insert(llvm::upper_bound(grown, term), term);
          uint64_t hash = llvm::xxh3_64bits(
              llvm::ArrayRef(reinterpret_cast<const uint8_t *>(grown.data()),
                             grown.size() * sizeof(TermId)));
          Shard &shard = made[hash % shards];
          std::lock_guard<std::mutex> lock(shard.mutex);
          if (shard.hashes.insert(hash >> 2).second)
            llvm::append_range(shard.flat, grown);
        };
        for (auto [i, t] : llvm::enumerate(all)) {
          if (!prune) {
            for (TermId u : llvm::ArrayRef(all).take_front(i + 1))
              llvm::for_each(madeOf(t, u), add);
            continue;
          }
          auto it = stepsOf.find(t);
          if (it != stepsOf.end())
            for (const Step &step : it->second)
              if (llvm::all_of(step.needs, isPresent))
                add(step.made);
        }
      }
    }
  };
  std::vector<std::thread> workers;
  for (unsigned t = 1; t < options.threads; ++t)
    workers.emplace_back(work);
  work();
  for (std::thread &worker : workers)
    worker.join();
  stopped = stop;
  Level result{states.terms + 1, 0, {}};
  for (Shard &shard : made) {
    result.count += shard.hashes.size();
    llvm::append_range(result.flat, shard.flat);
    shard.flat = {};
  }
  return result;
}

PrefixResult Prefixes::grow(const PrefixOptions &options) {
  PrefixResult result;
  if (options.prune)
    findPrunedSteps();
  seen.clear();
  Level states;
  for (unsigned ops = 0;; ++ops) {
    result.states.push_back(states.count);
    for (size_t i = 0; i < states.count; ++i) {
      llvm::ArrayRef<TermId> state = states[i];
      result.complete += llvm::all_of(
          outputs, [&](TermId t) { return llvm::is_contained(state, t); });
      if (options.prune)
        seen.insert(State(state.begin(), state.end()));
    }
    if (ops == options.maxOps)
      return result;
    bool stopped = false;
    states = grown(states, options.prune, options, stopped);
    if (stopped || states.count > options.maxStates) {
      result.exhausted = false;
      result.states.push_back(states.count);
      return result;
    }
  }
}

bool Prefixes::reached(const std::set<TermId> &set) const {
  return seen.count(State(set.begin(), set.end())) != 0;
}

std::set<TermId> Prefixes::statesOf(llvm::ArrayRef<NodeId> roots) {
  std::map<NodeId, TermId> ofNode = terms.termsOf(roots);
  std::set<TermId> set;
  visitNodes(graph, roots, [&](NodeId n) {
    TermId t = ofNode.at(n);
    if (!llvm::is_contained(inputs, t) && terms[t].kind != Term::Repeated)
      set.insert(t);
  });
  return set;
}
