//===- Prefixes.cpp - Block programs grown op by op -----------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Prefixes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include <atomic>
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

/// What one op makes of t and u, or of t alone when they are the same.
void Prefixes::stepsWith(TermId t, TermId u,
                         llvm::function_ref<void(TermId)> made) {
  if (t == u) {
    for (AxisSet set = axes; set; set = (set - 1) & axes)
      if (!(set & ~terms[t].axes))
        made(terms.sum(set, t));
    for (NodeId n : functions)
      if (graph.nodes[n].operands.size() == 1 &&
          !(graph.nodes[n].reduced & ~terms[t].axes))
        made(terms.function(n, {t}));
  }
  made(terms.product({{t}, {u}}));
  made(terms.add({{1, t}, {1, u}}));
  for (auto [a, b] : {std::make_pair(t, u), std::make_pair(u, t)}) {
    if (std::optional<TermId> q = terms.quotient(a, b))
      made(*q);
    if (t != u)
      made(terms.add({{1, a}, {-1, b}}));
    for (NodeId n : functions)
      if (graph.nodes[n].operands.size() == 2)
        made(terms.function(n, {a, b}));
  }
}

const std::vector<TermId> &Prefixes::madeOf(Pair pair, bool prune) {
  std::lock_guard<std::mutex> lock(mutex);
  auto [entry, isNew] = made.try_emplace(pair);
  std::vector<TermId> &found = entry->second;
  if (!isNew)
    return found;
  stepsWith(pair.first, pair.second, [&](TermId term) {
    if (!prune || pieces.count(term))
      found.push_back(term);
  });
  llvm::sort(found);
  found.erase(llvm::unique(found), found.end());
  found.shrink_to_fit();
  return found;
}

/// One for each thread, which remembers what it asked for.
class Prefixes::Walker {
public:
  Walker(Prefixes &prefixes, bool prune) : prefixes(prefixes), prune(prune) {}

  /// All states of `more` ops more whose chain of parents leads to this one.
  void walk(const State &state, unsigned more,
            llvm::function_ref<void(const State &)> visit) {
    if (!more)
      return visit(state);
    State all = withInputs(state);
    std::vector<TermId> next;
    for (auto [i, t] : llvm::enumerate(all))
      for (TermId u : llvm::ArrayRef(all).take_front(i + 1))
        llvm::append_range(next, madeOf(t, u));
    llvm::sort(next);
    next.erase(llvm::unique(next), next.end());
    for (TermId term : next) {
      if (llvm::is_contained(all, term) || !isParent(state, term))
        continue;
      State child = state;
      child.insert(llvm::upper_bound(child, term), term);
      walk(child, more - 1, visit);
    }
  }

private:
  State withInputs(llvm::ArrayRef<TermId> state) const {
    State all = prefixes.inputs;
    llvm::append_range(all, state);
    return all;
  }

  const std::vector<TermId> &madeOf(TermId t, TermId u) {
    Pair pair = std::minmax(t, u);
    const std::vector<TermId> *&made = known[pair];
    if (!made)
      made = &prefixes.madeOf(pair, prune);
    return *made;
  }

  /// The parent of a state is what is left without its largest term of those
  /// that nothing else in it needs.
  bool isParent(const State &state, TermId term) {
    for (TermId other : llvm::reverse(state)) {
      if (other < term)
        return true;
      State rest = state;
      *llvm::find(rest, other) = term;
      if (isReachable(std::move(rest)))
        return false;
    }
    return true;
  }

  bool isReachable(State rest) {
    State present = prefixes.inputs;
    auto isMade = [&](TermId term) {
      for (auto [i, t] : llvm::enumerate(present))
        for (TermId u : llvm::ArrayRef(present).take_front(i + 1)) {
          const std::vector<TermId> &made = madeOf(t, u);
          if (!std::binary_search(made.begin(), made.end(), term))
            continue;
          present.push_back(term);
          return true;
        }
      return false;
    };
    while (!rest.empty()) {
      size_t before = rest.size();
      llvm::erase_if(rest, isMade);
      if (rest.size() == before)
        return false;
    }
    return true;
  }

  Prefixes &prefixes;
  const bool prune;
  llvm::DenseMap<Pair, const std::vector<TermId> *> known;
};

PrefixResult Prefixes::grow(const PrefixOptions &options) {
  PrefixResult result;
  seen.clear();
  made.clear();
  std::vector<Walker> walkers(std::max(1u, options.threads),
                              Walker(*this, options.prune));
  // The last level that is kept: what is deeper is counted, and made again.
  std::vector<State> level{{}};
  unsigned levelOps = 0;
  for (unsigned ops = 0; ops <= options.maxOps && result.exhausted; ++ops) {
    std::atomic<size_t> next{0};
    std::atomic<uint64_t> states{0}, complete{0};
    std::atomic<bool> stopped{false};
    std::mutex keptMutex;
    std::vector<State> kept;
    auto work = [&](Walker &walker) {
      std::vector<State> found;
      for (size_t i; !stopped && (i = next++) < level.size();) {
        uint64_t count = 0, whole = 0;
        walker.walk(level[i], ops - levelOps, [&](const State &state) {
          ++count;
          whole += llvm::all_of(
              outputs, [&](TermId t) { return llvm::is_contained(state, t); });
          if (states + count <= options.maxKept)
            found.push_back(state);
        });
        states += count;
        complete += whole;
        if (options.stop && options.stop())
          stopped = true;
      }
      std::lock_guard<std::mutex> lock(keptMutex);
      llvm::append_range(kept, found);
    };
    std::vector<std::thread> threads;
    for (Walker &walker : llvm::drop_begin(walkers))
      threads.emplace_back(work, std::ref(walker));
    work(walkers.front());
    for (std::thread &thread : threads)
      thread.join();
    result.states.push_back(states);
    result.complete += complete;
    result.exhausted = !stopped;
    if (states > options.maxKept)
      continue;
    seen.insert(kept.begin(), kept.end());
    level = std::move(kept);
    levelOps = ops;
  }
  return result;
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
