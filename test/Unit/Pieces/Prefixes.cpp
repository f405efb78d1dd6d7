//===- Prefixes.cpp - Block programs grown op by op -----------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Prefixes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
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
std::vector<Prefixes::State>
Prefixes::grown(llvm::ArrayRef<State> states, bool prune,
                const PrefixOptions &options, bool &stopped) {
  // Shards, by hash, so that threads seldom meet.
  constexpr size_t shards = 64, chunk = 256;
  struct Shard {
    std::mutex mutex;
    std::set<State> states;
  };
  std::vector<Shard> made(shards);
  std::mutex termsMutex;
  std::atomic<size_t> next{0};
  std::atomic<bool> stop{false};
  auto work = [&] {
    std::map<TermId, std::vector<Step>> known; // of pairs, without pruning
    for (size_t begin; (begin = next.fetch_add(chunk)) < states.size();) {
      if (stop || (options.stop && options.stop())) {
        stop = true;
        return;
      }
      size_t end = std::min(begin + chunk, states.size());
      for (const State &state : states.slice(begin, end - begin)) {
        State all = inputs;
        all.insert(all.end(), state.begin(), state.end());
        std::set<TermId> present(all.begin(), all.end());
        auto add = [&](const Step &step) {
          if (present.count(step.made))
            return;
          State grown = state;
          grown.insert(std::upper_bound(grown.begin(), grown.end(), step.made),
                       step.made);
          size_t hash = 0;
          for (TermId t : grown)
            hash = hash * 1000003 + t;
          Shard &shard = made[hash % shards];
          std::lock_guard<std::mutex> lock(shard.mutex);
          shard.states.insert(std::move(grown));
        };
        for (auto [i, t] : llvm::enumerate(all)) {
          if (prune) {
            auto it = stepsOf.find(t);
            if (it != stepsOf.end())
              for (const Step &step : it->second)
                if (llvm::all_of(step.needs, [&](TermId need) {
                      return present.count(need) != 0;
                    }))
                  add(step);
            continue;
          }
          std::vector<Step> steps;
          {
            std::lock_guard<std::mutex> lock(termsMutex);
            stepsWith(t, llvm::ArrayRef(all).take_front(i + 1),
                      [&](Step step) { steps.push_back(std::move(step)); });
          }
          llvm::for_each(steps, add);
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
  std::vector<State> result;
  for (Shard &shard : made)
    result.insert(result.end(), shard.states.begin(), shard.states.end());
  return result;
}

PrefixResult Prefixes::grow(const PrefixOptions &options) {
  PrefixResult result;
  if (options.prune)
    findPrunedSteps();
  seen.clear();
  std::vector<State> states{{}};
  for (unsigned ops = 0;; ++ops) {
    result.states.push_back(states.size());
    for (const State &state : states)
      result.complete += llvm::all_of(outputs, [&](TermId t) {
        return llvm::is_contained(state, t);
      });
    if (options.prune)
      seen.insert(states.begin(), states.end());
    if (ops == options.maxOps)
      return result;
    bool stopped = false;
    states = grown(states, options.prune, options, stopped);
    if (stopped || states.size() > options.maxStates) {
      result.exhausted = false;
      result.states.push_back(states.size());
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
