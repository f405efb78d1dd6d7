//===- Search.cpp - Equivalent programs, ranked ---------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plan is a chain of ideals (sets of nodes that hold their operands): each
// difference is a kernel. The cheapest chains are found by dynamic programming
// over the ideals of each equal program.
//
//===----------------------------------------------------------------------===//

#include "mirage/Search/Search.h"
#include "Partition.h"
#include "Rules.h"
#include "Sizes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/xxhash.h"
#include <cmath>
#include <functional>

using namespace mirage;
using namespace mirage::search;
using sem::Op;
using sem::ValueId;

namespace {
/// Programs that are equal: how many are made, and how many of them, the ones
/// with the least arithmetic, are searched.
constexpr size_t maxMade = 1024, maxVariants = 48;
/// Of those, the ones that are searched with one axis split over the grid.
constexpr size_t maxSplit = 6;
constexpr size_t maxIdeals = 3000, kept = 4, listed = 16;
/// Pairs of ideals of all programs that are looked at as kernels; of one program
/// the first together, then twice as many at a time.
constexpr size_t maxPairs = 500000, firstBatch = 256;
/// The least run of a split axis.
constexpr int64_t minRun = 16;

/// A plan of a part of the program: its kernels, over the values of the whole.
struct Fragment {
  sem::Program program; // values and axes of the whole, then its own
  double microseconds = 0;
  uint64_t structure = 0;
  std::vector<NodeId> roots; // of the equal program that it is a plan of
  std::vector<KernelCost> kernels;
  std::vector<std::string> sizes;
  /// Values of the whole that are equal to another, which is made instead.
  std::map<ValueId, ValueId> replaced;
};

using Candidates = std::vector<std::shared_ptr<Candidate>>;

/// An equal program as nodes in topological order, sets of them as masks.
struct Variant {
  std::vector<NodeId> roots, nodes;
  std::map<NodeId, const Output *> outputOf; // of the roots
  std::map<NodeId, size_t> index;
  std::vector<uint64_t> operands, users;
  /// Of a node: the one that no kernel leaves to another one, 0 if none.
  std::vector<uint64_t> next;
  /// Buffers of the program that a node reads, as a mask, and the bytes of
  /// these and of the node in device memory.
  std::vector<uint64_t> reads;
  std::vector<double> bufferBytes, bytes;
  int outer = -1;         // the axis that counts the runs of a split one
  double cost = INFINITY; // of the best plan
  uint64_t all() const { return (uint64_t(1) << nodes.size()) - 1; }
};

/// What can be computed in one kernel: nodes, and which of them are kept.
struct Task {
  const Variant *variant;
  std::vector<NodeId> members, stores;
  std::set<NodeId> inputs;
};

/// A kernel between two ideals of a program.
struct Step {
  size_t from, to;
  /// No plan with it costs less; 0 if it is the whole program, which is always
  /// judged.
  double least;
  const Candidates *kernels = nullptr;
  bool isWhole() const { return least == 0; }
};

/// One way to compute an ideal: a kernel after another ideal.
struct Entry {
  double cost = 0;
  size_t ideal = 0, entry = 0; // predecessor
  const Candidate *kernel = nullptr;
  uint64_t structure = 0;
  unsigned kernels = 0;
};

class RegionSearch {
public:
  RegionSearch(const sem::Program &program, Region &region,
               const SearchOptions &options, SearchStats &stats)
      : program(program), region(region), graph(region.graph), options(options),
        stats(stats), views(viewsOf(program)) {}

  std::vector<Fragment> run(std::string &why) {
    std::vector<Variant> variants;
    for (std::vector<NodeId> &roots : cheapestPrograms())
      if (std::optional<Variant> v = variantOf(std::move(roots), why))
        variants.push_back(std::move(*v));
    // All single kernels first: they bound the rest, so that a limit on states
    // never hides them.
    std::vector<Task> singles;
    for (const Variant &v : variants)
      singles.push_back(taskOf(v, v.all()));
    for (auto [v, found] : llvm::zip(variants, judgeAll(singles)))
      for (const auto &c : *found)
        v.cost = std::min(v.cost, c->cost.microseconds);
    for (const Variant &v : variants)
      bound = std::min(bound, v.cost);
    // The most promising programs come first, before a limit on states.
    llvm::stable_sort(variants, [](const Variant &a, const Variant &b) {
      return a.cost < b.cost;
    });
    for (auto [i, v] : llvm::enumerate(variants)) {
      searchVariant(v);
      if (i + 1 == std::min(variants.size(), maxSplit))
        searchSplits(llvm::ArrayRef(variants).take_front(i + 1));
    }
    if (variants.size() > maxSplit &&
        !options.disabledRules.count("split-axis"))
      limit("split programs");
    if (plans.empty() && why.empty())
      why = "no set of kernels fits";
    return std::move(plans);
  }

private:
  //===--------------------------------------------------------------------===//
  // Equal programs
  //===--------------------------------------------------------------------===//

  /// Arithmetic of a program, each node once.
  double arithmetic(llvm::ArrayRef<NodeId> roots) const {
    std::set<NodeId> seen;
    double total = 0;
    std::function<void(NodeId)> visit = [&](NodeId n) {
      if (!seen.insert(n).second)
        return;
      const Node &node = graph.nodes[n];
      total += static_cast<double>(graph.size(node.axes | node.reduced));
      for (NodeId operand : node.operands)
        visit(operand);
    };
    for (NodeId root : roots)
      visit(root);
    return total;
  }

  std::vector<std::vector<NodeId>> cheapestPrograms() {
    std::vector<NodeId> roots;
    for (const Output &output : region.outputs)
      roots.push_back(output.node);
    bool limitHit = false;
    std::vector<std::vector<NodeId>> programs =
        equalPrograms(graph, roots, options.disabledRules, maxMade, limitHit);
    if (options.enabledRules.count("invent-shift"))
      if (std::optional<std::vector<NodeId>> shifted =
              inventShift(graph, roots))
        llvm::append_range(programs,
                           equalPrograms(graph, *shifted, options.disabledRules,
                                         maxMade, limitHit));
    stats.programs += programs.size();
    if (programs.size() > maxVariants) {
      std::vector<std::pair<double, size_t>> order;
      for (auto [i, p] : llvm::enumerate(programs))
        order.push_back({i ? arithmetic(p) : 0, i}); // the given one stays
      llvm::sort(order);
      std::vector<std::vector<NodeId>> best;
      for (size_t i = 0; i < maxVariants; ++i)
        best.push_back(std::move(programs[order[i].second]));
      programs = std::move(best);
      limitHit = true;
    }
    if (limitHit)
      limit("equal programs");
    return programs;
  }

  void limit(llvm::StringRef name) {
    if (!llvm::is_contained(stats.limitsHit, name))
      stats.limitsHit.push_back(name.str());
  }

  bool isComputed(NodeId n) const {
    Node::Kind kind = graph.nodes[n].kind;
    return kind != Node::Tensor && kind != Node::Constant;
  }

  /// Whether the output is the root as it stands in memory: what was computed
  /// for it or for an equal output, or a tensor that was there before.
  bool standsFor(const Variant &v, NodeId root, const Output &output) const {
    if (graph.nodes[root].kind == Node::Constant)
      return false;
    Memory m = memory(v, root);
    const sem::ValueType &type = program.values[output.value];
    return m.layout == output.layout && m.type.shape == type.shape &&
           m.type.element == type.element;
  }

  std::optional<Variant> variantOf(std::vector<NodeId> roots,
                                   std::string &why) const {
    Variant v;
    v.roots = std::move(roots);
    for (auto [root, output] : llvm::zip(v.roots, region.outputs)) {
      if (isComputed(root))
        v.outputOf.try_emplace(root, &output);
      if (!standsFor(v, root, output)) {
        why = "a result is a constant, or another tensor in another form";
        return std::nullopt;
      }
    }
    std::function<void(NodeId)> visit = [&](NodeId n) {
      if (!isComputed(n) || v.index.count(n))
        return;
      for (NodeId operand : graph.nodes[n].operands)
        visit(operand);
      v.index[n] = v.nodes.size();
      v.nodes.push_back(n);
    };
    for (NodeId root : v.roots)
      visit(root);
    if (v.nodes.size() > 60) {
      why = "more than 60 operations in one region";
      return std::nullopt;
    }
    v.operands.assign(v.nodes.size(), 0);
    v.users.assign(v.nodes.size(), 0);
    for (size_t i = 0; i < v.nodes.size(); ++i)
      for (NodeId operand : graph.nodes[v.nodes[i]].operands)
        if (isComputed(operand)) {
          v.operands[i] |= uint64_t(1) << v.index[operand];
          v.users[v.index[operand]] |= uint64_t(1) << i;
        }
    v.next.assign(v.nodes.size(), 0);
    for (size_t i = 0; i < v.nodes.size(); ++i)
      if (llvm::popcount(v.users[i]) == 1 && !v.outputOf.count(v.nodes[i]) &&
          isBetterStoredAs(v.nodes[i], v.nodes[llvm::countr_zero(v.users[i])]))
        v.next[i] = v.users[i];
    return v;
  }

  /// Whether a kernel that ends with `n`, whose one user is `user`, does as
  /// well with it: `user` needs nothing else that is computed, and is no larger
  /// in memory. A reduction is such a user of a product that is larger than
  /// its factors.
  bool isBetterStoredAs(NodeId n, NodeId user) const {
    const Node &from = graph.nodes[n], &to = graph.nodes[user];
    if (to.kind == Node::Reduce)
      return from.kind == Node::Map && !to.isRelative() &&
             llvm::all_of(from.operands, [&](NodeId operand) {
               return graph.nodes[operand].axes != from.axes;
             });
    return to.kind == Node::Map && to.axes == from.axes &&
           llvm::all_of(to.operands, [&](NodeId operand) {
             return operand == n || !isComputed(operand);
           });
  }

  //===--------------------------------------------------------------------===//
  // Splits
  //===--------------------------------------------------------------------===//

  /// Programs once more, with one reduced axis split over the grid.
  void searchSplits(llvm::ArrayRef<Variant> variants) {
    if (options.disabledRules.count("split-axis"))
      return;
    bool telescope = !options.disabledRules.count("telescope");
    size_t axes = graph.extents.size();
    std::vector<int> outer(axes, -1);
    std::set<std::vector<NodeId>> seen;
    for (const Variant &variant : variants) {
      AxisSet reduced = 0;
      for (NodeId n : variant.nodes)
        reduced |= graph.nodes[n].reduced;
      for (size_t a = 0; a < axes; ++a) {
        if (!(reduced & axisBit(a)) || graph.extents[a] < 2 * minRun ||
            graph.extents.size() >= 63)
          continue;
        if (outer[a] < 0) {
          outer[a] = graph.extents.size();
          graph.extents.push_back(0);
          graph.axisNames.push_back(graph.axisNames[a] + ".runs");
          graph.outer.push_back(-1);
        }
        graph.outer[a] = outer[a];
        std::optional<std::vector<NodeId>> roots =
            splitAxis(graph, variant.roots, a, outer[a], telescope);
        std::string why;
        if (roots && seen.insert(*roots).second)
          if (std::optional<Variant> split = variantOf(*roots, why)) {
            split->outer = outer[a];
            searchRuns(*split, a);
          }
        graph.outer[a] = -1;
      }
    }
  }

  /// The number of runs is a size, but one that several kernels share: it is
  /// doubled or halved for as long as the best plan gets cheaper, by the
  /// kernels of the plans that were found first.
  void searchRuns(Variant &variant, size_t axis) {
    std::set<Cut> cuts;
    auto cost = [&](int64_t runs) -> double {
      if (runs < 2 || graph.extents[axis] / runs < minRun)
        return INFINITY;
      graph.extents[variant.outer] = runs;
      variant.cost = INFINITY;
      std::set<Cut> used = searchVariant(variant, cuts);
      if (cuts.empty())
        cuts = std::move(used);
      return variant.cost;
    };
    int64_t runs = 16;
    double best = INFINITY;
    while (std::isinf(best) && runs > 1)
      best = cost(runs /= 2);
    if (std::isinf(best))
      return;
    for (int64_t r = runs * 2;; r *= 2) {
      double next = cost(r);
      if (next >= best)
        break;
      best = next;
    }
    for (int64_t r = runs / 2;; r /= 2) {
      double next = cost(r);
      if (next >= best)
        break;
      best = next;
    }
  }

  //===--------------------------------------------------------------------===//
  // Ideals of one program
  //===--------------------------------------------------------------------===//

  std::vector<uint64_t> idealsOf(const Variant &v) {
    std::vector<uint64_t> ideals{0};
    std::set<uint64_t> seen{0};
    for (size_t i = 0; i < ideals.size() && ideals.size() < maxIdeals; ++i)
      for (size_t n = 0; n < v.nodes.size(); ++n) {
        uint64_t bit = uint64_t(1) << n;
        if ((ideals[i] & bit) || (v.operands[n] & ~ideals[i]))
          continue;
        uint64_t ideal = ideals[i] | bit;
        for (size_t last = n; v.next[last];
             last = llvm::countr_zero(v.next[last]))
          ideal |= v.next[last];
        if (seen.insert(ideal).second)
          ideals.push_back(ideal);
      }
    if (!seen.count(v.all())) {
      limit("ideals");
      ideals.push_back(v.all());
    }
    sortIdeals(ideals);
    return ideals;
  }

  static void sortIdeals(std::vector<uint64_t> &ideals) {
    llvm::stable_sort(ideals, [](uint64_t a, uint64_t b) {
      return llvm::popcount(a) < llvm::popcount(b);
    });
  }

  /// Two ideals, between which a kernel is.
  using Cut = std::pair<uint64_t, uint64_t>;

  /// Adds the plans of v, whose kernels are among `cuts`, if any are given.
  /// Returns their kernels.
  std::set<Cut> searchVariant(Variant &v, const std::set<Cut> &cuts = {}) {
    countBytes(v);
    std::vector<uint64_t> ideals;
    if (cuts.empty()) {
      ideals = idealsOf(v);
    } else {
      for (auto [from, to] : cuts)
        for (uint64_t ideal : {from, to})
          if (!llvm::is_contained(ideals, ideal))
            ideals.push_back(ideal);
      sortIdeals(ideals);
    }
    // Every ideal, and every pair, that can be part of a plan within the slack.
    std::vector<double> before, after;
    llvm::erase_if(ideals, [&](uint64_t ideal) {
      uint64_t rest = v.all() & ~ideal;
      double made = ideal ? lowerBound(v, ideal) : 0,
             missing = rest ? lowerBound(v, rest) : 0;
      if (ideal && rest && made + missing > allowed()) {
        ++stats.pruned["cost"];
        return true;
      }
      before.push_back(made);
      after.push_back(missing);
      return false;
    });
    std::vector<Step> steps;
    for (size_t i = 0; i < ideals.size(); ++i)
      for (size_t j = i + 1; j < ideals.size(); ++j) {
        if ((ideals[i] & ~ideals[j]) ||
            (!cuts.empty() && !cuts.count({ideals[i], ideals[j]})))
          continue;
        uint64_t set = ideals[j] & ~ideals[i];
        Step step{i, j, 0};
        if (set != v.all())
          step.least = before[i] + lowerBound(v, set) + after[j];
        if (step.least > allowed()) {
          ++stats.pruned["cost"];
          continue;
        }
        steps.push_back(step);
        if (steps.size() >= 2 * maxPairs)
          keepPromising(steps);
      }
    keepPromising(steps);
    // Of the most promising first: what they give bounds the rest, and a limit
    // on states falls on the least promising.
    std::vector<std::vector<Entry>> best;
    size_t judged = 0;
    for (size_t batch = firstBatch; judged < steps.size(); batch *= 2) {
      size_t end = std::min(judged + batch, steps.size());
      while (end > judged && steps[end - 1].least > allowed())
        --end;
      if (end == judged)
        break;
      std::vector<Task> tasks;
      for (size_t s = judged; s < end; ++s)
        tasks.push_back(
            taskOf(v, ideals[steps[s].to] & ~ideals[steps[s].from]));
      for (auto [s, found] : llvm::enumerate(judgeAll(tasks)))
        steps[judged + s].kernels = found;
      judged = end;
      looked += tasks.size();
      best = cheapestChains(llvm::ArrayRef(steps).take_front(judged), after);
      if (!best.back().empty()) {
        v.cost = best.back().front().cost;
        bound = std::min(bound, v.cost);
      }
      // Little more than kernels that are known would come.
      if (stats.states >= options.maxStates && judged < steps.size()) {
        limit("max-states");
        break;
      }
    }
    for (const Step &step : llvm::ArrayRef(steps).drop_front(judged))
      stats.pruned["cost"] += step.least > allowed();
    if (best.empty())
      return {};
    const std::vector<Entry> &last = best.back();
    std::set<Cut> used;
    for (size_t e = 0; e < last.size(); ++e) {
      addPlan(v, best, e);
      size_t to = ideals.size() - 1;
      for (const Entry *at = &last[e]; at->kernel;
           at = &best[at->ideal][at->entry]) {
        used.insert({ideals[at->ideal], ideals[to]});
        to = at->ideal;
      }
    }
    return used;
  }

  /// Leaves those of the least bounds, as many as may still be looked at, in
  /// that order.
  void keepPromising(std::vector<Step> &steps) {
    llvm::stable_sort(
        steps, [](const Step &a, const Step &b) { return a.least < b.least; });
    size_t left = maxPairs - std::min(looked, maxPairs);
    if (steps.size() > std::max(left, firstBatch)) {
      limit("ideals");
      steps.resize(std::max(left, firstBatch));
    }
  }

  /// For each ideal the cheapest ways to compute it, by kernels of `steps`.
  std::vector<std::vector<Entry>>
  cheapestChains(llvm::ArrayRef<Step> steps,
                 llvm::ArrayRef<double> after) const {
    std::vector<const Step *> order;
    for (const Step &step : steps)
      order.push_back(&step);
    llvm::sort(order, [](const Step *a, const Step *b) {
      return std::pair(a->from, a->to) < std::pair(b->from, b->to);
    });
    std::vector<std::vector<Entry>> best(after.size());
    best[0].push_back({});
    for (const Step *step : order)
      for (auto [e, from] : llvm::enumerate(best[step->from]))
        for (const auto &c : *step->kernels) {
          double cost = from.cost + c->cost.microseconds;
          if (step->isWhole() || cost + after[step->to] <= allowed())
            insert(best[step->to],
                   {cost, step->from, e, c.get(),
                    from.structure * 0x9e3779b97f4a7c15ull + c->structure,
                    from.kernels + 1});
        }
    return best;
  }

  /// Plans of several kernels that cost more are not followed.
  double allowed() const { return 1.5 * bound + 2 * launchMicroseconds(); }

  static void insert(std::vector<Entry> &entries, Entry entry) {
    auto same = llvm::find_if(entries, [&](const Entry &other) {
      return other.structure == entry.structure;
    });
    if (same == entries.end())
      entries.push_back(entry);
    else if (entry.cost < same->cost)
      *same = entry;
    else
      return;
    llvm::stable_sort(entries, [](const Entry &a, const Entry &b) {
      return a.cost < b.cost;
    });
    if (entries.size() <= listed)
      return;
    // The cheapest of each number of kernels stays.
    for (size_t i = entries.size(); i-- > 1;)
      if (llvm::any_of(llvm::ArrayRef(entries).take_front(i),
                       [&](const Entry &other) {
                         return other.kernels == entries[i].kernels;
                       })) {
        entries.erase(entries.begin() + i);
        return;
      }
  }

  //===--------------------------------------------------------------------===//
  // Kernels
  //===--------------------------------------------------------------------===//

  /// A node in device memory.
  Memory memory(const Variant &v, NodeId n) const {
    const Node &node = graph.nodes[n];
    if (node.kind == Node::Tensor)
      return {program.values[node.tensor], node.layout, node.tensor};
    auto it = v.outputOf.find(n);
    if (it != v.outputOf.end()) {
      const Output &output = *it->second;
      return {program.values[output.value], output.layout, output.value};
    }
    Layout layout;
    AxisSet axes = node.axes & ~graph.outerOf(node.axes);
    // A block has one run of a split axis: stores are contiguous only if what
    // counts the runs comes first.
    if (v.outer >= 0 && (axes & axisBit(v.outer))) {
      layout.push_back(v.outer);
      axes &= ~axisBit(v.outer);
    }
    for (size_t a = 0; a < graph.extents.size(); ++a)
      if (axes & axisBit(a))
        layout.push_back(a);
    return {{shapeOf(graph, layout), node.type}, layout, std::nullopt};
  }

  Task taskOf(const Variant &v, uint64_t set) const {
    Task task{&v, {}, {}, {}};
    for (size_t n = 0; n < v.nodes.size(); ++n) {
      if (!(set >> n & 1))
        continue;
      NodeId node = v.nodes[n];
      task.members.push_back(node);
      if ((v.users[n] & ~set) || llvm::is_contained(v.roots, node))
        task.stores.push_back(node);
      for (NodeId operand : graph.nodes[node].operands)
        if (graph.nodes[operand].kind != Node::Constant &&
            !(isComputed(operand) && (set >> v.index.at(operand) & 1)))
          task.inputs.insert(operand);
    }
    return task;
  }

  /// The tensor whose bytes a node has that stood in device memory before.
  /// Views share it, and so does a tensor that is used under two namings of its
  /// axes.
  std::optional<ValueId> bufferOf(NodeId n) const {
    const Node &node = graph.nodes[n];
    if (node.kind != Node::Tensor)
      return std::nullopt;
    auto it = views.find(node.tensor);
    return it == views.end() ? node.tensor : it->second;
  }

  /// At the extents of this moment: that of an outer axis changes.
  void countBytes(Variant &v) const {
    auto bytesOf = [&](NodeId n) {
      const sem::ValueType type = memory(v, n).type;
      return static_cast<double>(sem::numElements(type.shape)) *
             sem::bitWidth(type.element) / 8;
    };
    v.reads.clear();
    v.bytes.clear();
    v.bufferBytes.clear();
    std::map<ValueId, size_t> buffers;
    for (NodeId n : v.nodes) {
      uint64_t reads = 0;
      for (NodeId operand : graph.nodes[n].operands) {
        std::optional<ValueId> buffer = bufferOf(operand);
        if (!buffer)
          continue;
        auto [it, isNew] = buffers.try_emplace(*buffer, buffers.size());
        if (isNew)
          v.bufferBytes.push_back(bytesOf(operand));
        if (it->second < 64) // others do not count
          reads |= uint64_t(1) << it->second;
      }
      v.reads.push_back(reads);
      v.bytes.push_back(bytesOf(n));
    }
  }

  /// Launch and compulsory traffic.
  double lowerBound(const Variant &v, uint64_t set) const {
    uint64_t reads = 0, needed = 0, stores = 0;
    auto forEach = [](uint64_t mask, auto body) {
      for (; mask; mask &= mask - 1)
        body(llvm::countr_zero(mask));
    };
    forEach(set, [&](size_t n) {
      reads |= v.reads[n];
      needed |= v.operands[n];
      if ((v.users[n] & ~set) || v.outputOf.count(v.nodes[n]))
        stores |= uint64_t(1) << n;
    });
    double bytes = 0;
    forEach(reads, [&](size_t b) { bytes += v.bufferBytes[b]; });
    forEach((needed & ~set) | stores, [&](size_t n) { bytes += v.bytes[n]; });
    return launchMicroseconds() + bytes / (options.target->dramGBps * 1e3);
  }

  /// Every extent of an outer axis is another task.
  using Key = std::tuple<std::vector<NodeId>, std::vector<NodeId>,
                         std::vector<NodeId>, int64_t>;
  Key keyOf(const Task &task) const {
    std::vector<NodeId> outputs;
    for (NodeId n : task.stores)
      if (task.variant->outputOf.count(n))
        outputs.push_back(n);
    for (NodeId n : task.inputs)
      if (task.variant->outputOf.count(n))
        outputs.push_back(n);
    int64_t runs = 0;
    if (int o = task.variant->outer; o >= 0) {
      AxisSet used = 0;
      for (NodeId n : task.members)
        used |= graph.nodes[n].axes | graph.nodes[n].reduced;
      if (used & axisBit(o))
        runs = graph.extents[o];
    }
    return {task.members, task.stores, std::move(outputs), runs};
  }

  /// One way to give the axes of a task roles, and what comes of it.
  struct Trial {
    const Task *task;
    Candidates *found;
    std::vector<Role> roles;
    bool online;
    std::shared_ptr<Candidate> candidate = nullptr;
    SearchStats stats = {};
  };

  /// The kernels of each task. Judges those that are new, in parallel.
  std::vector<const Candidates *> judgeAll(llvm::ArrayRef<Task> tasks) {
    static const Candidates none;
    std::vector<const Candidates *> result;
    std::vector<Trial> trials;
    std::vector<Candidates *> fresh;
    uint64_t states = stats.states, duplicates = 0;
    for (const Task &task : tasks) {
      Key key = keyOf(task);
      auto known = memo.lower_bound(key);
      if (known != memo.end() && known->first == key) {
        ++duplicates;
        result.push_back(&known->second);
        continue;
      }
      if (states >= options.maxStates) {
        limit("max-states");
        result.push_back(&none);
        continue;
      }
      fresh.push_back(
          &memo.emplace_hint(known, std::move(key), Candidates())->second);
      result.push_back(fresh.back());
      bool hasMaxima = !maximaOf(task).empty();
      for (std::vector<Role> &roles : rolesOf(task)) {
        ++states;
        if (hasMaxima)
          trials.push_back({&task, fresh.back(), roles, /*online=*/true});
        trials.push_back(
            {&task, fresh.back(), std::move(roles), /*online=*/false});
      }
    }
    auto judge = [&](size_t i) { judgeTrial(trials[i]); };
    if (options.parallelFor)
      options.parallelFor(trials.size(), judge);
    else
      for (size_t i = 0; i < trials.size(); ++i)
        judge(i);
    for (Trial &trial : trials) {
      if (trial.candidate)
        trial.found->push_back(std::move(trial.candidate));
      stats.states += trial.stats.states;
      for (const auto &[reason, count] : trial.stats.refused)
        stats.refused[reason] += count;
    }
    for (Candidates *found : fresh) {
      llvm::stable_sort(*found, [](const auto &a, const auto &b) {
        return a->cost.microseconds < b->cost.microseconds;
      });
      if (found->size() > kept)
        found->resize(kept);
    }
    if (duplicates)
      stats.pruned["duplicate"] += duplicates;
    return result;
  }

  /// Every assignment of roles to the axes of a task that can make sense.
  std::vector<std::vector<Role>> rolesOf(const Task &task) const {
    AxisSet used = 0, reduced = 0;
    std::vector<NodeId> touched = task.members;
    touched.insert(touched.end(), task.inputs.begin(), task.inputs.end());
    for (NodeId n : touched)
      used |= graph.nodes[n].axes;
    for (NodeId n : task.members) {
      used |= graph.nodes[n].reduced;
      reduced |= graph.nodes[n].reduced;
    }
    KernelSpec spec;
    spec.roles.assign(graph.extents.size(), Role::Whole);
    // The axis that counts runs is on the grid where runs are made or used.
    AxisSet counts = 0;
    for (size_t a = 0; a < graph.outer.size(); ++a)
      if (graph.outer[a] >= 0)
        counts |= axisBit(graph.outer[a]);
    for (size_t a = 0; a < graph.outer.size(); ++a) {
      int o = graph.outer[a];
      if (o < 0 || !(used & axisBit(o)))
        continue;
      bool runs = false, parts = false;
      for (NodeId n : touched) {
        AxisSet axes = graph.nodes[n].axes;
        runs |= (axes & axisBit(a)) != 0;
        parts |= (axes & axisBit(o)) && !(axes & axisBit(a));
      }
      if (!parts)
        continue; // whole dimensions only
      if (runs && (reduced & axisBit(o)))
        return {};
      if (runs || !(reduced & axisBit(o)))
        spec.roles[o] = Role::Grid;
    }
    std::vector<std::vector<Role>> result{spec.roles};
    for (size_t a = 0; a < graph.extents.size(); ++a) {
      if (!(used & axisBit(a)) || (counts & axisBit(a)))
        continue;
      int64_t extent = runOf(graph, spec, a);
      std::vector<Role> choices;
      if (reduced & axisBit(a)) {
        if (extent > 16)
          choices.push_back(Role::Loop);
        if (extent <= 8192)
          choices.push_back(Role::Whole);
      } else {
        choices.push_back(Role::Grid); // one block is a size
      }
      std::vector<std::vector<Role>> next;
      for (Role choice : choices)
        for (std::vector<Role> roles : result) {
          roles[a] = choice;
          next.push_back(std::move(roles));
        }
      result = std::move(next);
    }
    return result;
  }

  /// Maxima that may be online.
  std::vector<NodeId> maximaOf(const Task &task) const {
    std::vector<NodeId> maxima;
    if (options.disabledRules.count("telescope"))
      return maxima;
    for (NodeId n : task.members) {
      const Node &node = graph.nodes[n];
      if (node.kind == Node::Reduce && node.combiner == sem::Combiner::Max)
        maxima.push_back(n);
    }
    return maxima;
  }

  void judgeTrial(Trial &trial) const {
    const Task &task = *trial.task;
    sem::Program scratch;
    std::map<NodeId, TensorRef> tensors;
    std::map<ValueId, ValueId> buffers; // as what each came first
    for (NodeId n : task.inputs) {
      Memory m = memory(*task.variant, n);
      ValueId value = scratch.addValue(m.type);
      tensors[n] = {value, m.layout};
      std::optional<ValueId> buffer = bufferOf(n);
      if (!buffer || buffers.try_emplace(*buffer, value).second)
        continue;
      Op view;
      view.sem = &sem::reshapeSem();
      view.operands = {buffers.at(*buffer)};
      view.results = {value};
      scratch.ops.push_back(std::move(view));
    }
    auto candidate = std::make_shared<Candidate>();
    candidate->spec = {task.members, task.stores, trial.roles,
                       trial.online ? maximaOf(task) : std::vector<NodeId>()};
    if (judgeRoles(task, *candidate, scratch, tensors, trial.stats))
      trial.candidate = std::move(candidate);
  }

  bool judgeRoles(const Task &task, Candidate &candidate, sem::Program &scratch,
                  const std::map<NodeId, TensorRef> &tensors,
                  SearchStats &taskStats) const {
    std::string why;
    std::optional<Schedule> schedule =
        scheduleKernel(graph, candidate.spec, why);
    if (!schedule) {
      ++taskStats.refused["shape"];
      return false;
    }
    ++taskStats.states;
    candidate.schedule = std::move(*schedule);
    auto result = [&](NodeId n) {
      Memory m = memory(*task.variant, n);
      m.value.reset(); // of the program, not of this scratch one
      return m;
    };
    if (!chooseSizes(graph, candidate, *options.target, scratch, tensors,
                     result, allowed(), why)) {
      ++taskStats
            .refused[why == "no tiles fit shared memory" ? "memory" : "layout"];
      return false;
    }
    candidate.structure = structureOf(task, candidate);
    return true;
  }

  /// What a kernel reads and keeps, the role of each axis, and its loops; not
  /// in which order it multiplies.
  uint64_t structureOf(const Task &task, const Candidate &candidate) const {
    std::string text;
    auto add = [&](NodeId n) {
      auto output = task.variant->outputOf.find(n);
      text += output == task.variant->outputOf.end()
                  ? std::to_string(n)
                  : 'o' + std::to_string(output->second->value);
      text += ',';
    };
    llvm::for_each(task.inputs, add);
    text += '>';
    llvm::for_each(task.stores, add);
    for (Role role : candidate.spec.roles)
      text += static_cast<char>('0' + static_cast<int>(role));
    text += candidate.spec.online.empty() ? "-" : "online";
    for (const Schedule::Loop &loop : candidate.schedule.loops)
      text += '/' + std::to_string(loop.axes) + ':' +
              std::to_string(loop.accumulated.size());
    return llvm::xxh3_64bits(text);
  }

  void addPlan(const Variant &v, const std::vector<std::vector<Entry>> &best,
               size_t entry) {
    std::vector<const Candidate *> chain;
    const Entry &last = best.back()[entry];
    for (const Entry *e = &last; e->kernel; e = &best[e->ideal][e->entry])
      chain.insert(chain.begin(), e->kernel);
    Fragment plan;
    plan.microseconds = last.cost;
    plan.roots = v.roots;
    plan.program.values = program.values;
    plan.program.axes = program.axes;
    std::map<NodeId, TensorRef> tensors;
    for (NodeId n = 0; n < graph.nodes.size(); ++n)
      if (graph.nodes[n].kind == Node::Tensor)
        tensors[n] = {graph.nodes[n].tensor, graph.nodes[n].layout};
    std::string why, text;
    auto result = [&](NodeId n) { return memory(v, n); };
    for (const Candidate *c : chain) {
      // Judged before some axes were there: it has none of those.
      KernelSpec spec = c->spec;
      spec.roles.resize(graph.extents.size(), Role::Whole);
      std::vector<int64_t> tiles = c->tiles;
      tiles.resize(graph.extents.size(), 1);
      // A dimension that is one tile needs no axis.
      for (size_t a = 0; a < spec.roles.size(); ++a)
        if (!llvm::is_contained(graph.outer, static_cast<int>(a)) &&
            tiles[a] >= runOf(graph, spec, a))
          spec.roles[a] = Role::Whole;
      std::optional<Op> kernel = emitKernel(graph, spec, c->schedule, tiles,
                                            plan.program, tensors, result, why);
      if (!kernel)
        return;
      plan.program.ops.push_back(std::move(*kernel));
      plan.kernels.push_back(c->cost);
      plan.sizes.push_back(c->text);
      text += std::to_string(c->structure) + '/';
    }
    for (auto [root, output] : llvm::zip(v.roots, region.outputs))
      if (ValueId made = tensors.at(root).value; made != output.value)
        plan.replaced[output.value] = made; // equal to another output
    plan.structure = llvm::xxh3_64bits(text);
    plans.push_back(std::move(plan));
  }

  const sem::Program &program;
  Region &region;
  Graph &graph;
  const SearchOptions &options;
  SearchStats &stats;
  double bound = INFINITY;
  size_t looked = 0;
  std::map<ValueId, ValueId> views;
  std::vector<Fragment> plans;
  std::map<Key, Candidates> memo;
};
} // namespace

//===----------------------------------------------------------------------===//
// The whole program
//===----------------------------------------------------------------------===//

/// What ops that are not searched cost, each as a kernel of its own.
static std::vector<KernelCost> costsAlone(const sem::Program &program,
                                          const Part &part,
                                          const Target &target) {
  sem::Program alone = program, formed;
  alone.ops.clear();
  for (const Op *op : part.ops)
    alone.ops.push_back(*op);
  alone.outputs.assign(part.outputs.begin(), part.outputs.end());
  std::string why;
  const Op *failed = nullptr;
  if (!formKernels(alone, target, formed, why, &failed))
    return {};
  return costsOf(formed, target);
}

static void renameOps(std::vector<Op> &ops,
                      llvm::function_ref<ValueId(ValueId)> value,
                      llvm::function_ref<sem::AxisId(sem::AxisId)> axis) {
  for (Op &op : ops) {
    for (ValueId &v : op.operands)
      v = value(v);
    for (ValueId &v : op.results)
      v = value(v);
    for (sem::Accumulator &a : op.accumulators)
      a.value = value(a.value);
    for (sem::AxisId &a : op.axes)
      a = axis(a);
    for (sem::AxisId &a : op.once)
      a = axis(a);
    for (auto &entry : op.split)
      for (sem::AxisId &a : entry)
        a = axis(a);
    renameOps(op.body, value, axis);
  }
}

namespace {
/// Puts fragments and ops that are not searched together.
class Assembler {
public:
  explicit Assembler(const sem::Program &whole)
      : values(whole.values.size()), axes(whole.axes.size()) {
    plan.program = whole;
    plan.program.ops.clear();
  }

  /// `kernels`: the costs of those that are there; `alone`, of all that it will
  /// have.
  void add(const Part &part, llvm::ArrayRef<KernelCost> kernels,
           llvm::ArrayRef<KernelCost> alone) {
    for (const KernelCost &cost : alone)
      plan.microseconds += cost.microseconds;
    plan.unformed += alone.size() - std::min(alone.size(), kernels.size());
    plan.kernels.insert(plan.kernels.end(), kernels.begin(), kernels.end());
    plan.sizes.resize(plan.kernels.size());
    for (const Op *op : part.ops)
      if (added.insert(op).second) // parts share constants
        plan.program.ops.push_back(*op);
  }

  void add(const Fragment &fragment) {
    plan.microseconds += fragment.microseconds;
    plan.kernels.insert(plan.kernels.end(), fragment.kernels.begin(),
                        fragment.kernels.end());
    plan.sizes.insert(plan.sizes.end(), fragment.sizes.begin(),
                      fragment.sizes.end());
    sem::Program &to = plan.program;
    const sem::Program &from = fragment.program;
    ValueId valueShift = to.values.size() - values;
    sem::AxisId axisShift = to.axes.size() - axes;
    to.values.insert(to.values.end(), from.values.begin() + values,
                     from.values.end());
    to.axes.insert(to.axes.end(), from.axes.begin() + axes, from.axes.end());
    std::vector<Op> ops = from.ops;
    renameOps(
        ops, [&](ValueId v) { return v < values ? v : v + valueShift; },
        [&](sem::AxisId a) { return a < axes ? a : a + axisShift; });
    for (Op &op : ops)
      to.ops.push_back(std::move(op));
    replaced.insert(fragment.replaced.begin(), fragment.replaced.end());
    structure += std::to_string(fragment.structure) + '/';
    for (NodeId root : fragment.roots)
      roots += std::to_string(root) + ',';
    roots += '/';
  }

  Plan finish(const Target &target) {
    auto value = [&](ValueId v) {
      auto it = replaced.find(v);
      return it == replaced.end() ? v : it->second;
    };
    renameOps(plan.program.ops, value, [](sem::AxisId a) { return a; });
    for (ValueId &v : plan.program.outputs)
      v = value(v);
    size_t count = plan.program.ops.size();
    copyOutputs(plan.program, target);
    for (const Op &op : llvm::drop_begin(plan.program.ops, count)) {
      if (op.kind != Op::Kernel)
        continue;
      plan.kernels.push_back(costOf(plan.program, op, target));
      plan.microseconds += plan.kernels.back().microseconds;
    }
    plan.sizes.resize(plan.kernels.size());
    plan.structure = llvm::xxh3_64bits(structure);
    plan.identity = llvm::xxh3_64bits(structure + roots);
    return std::move(plan);
  }

private:
  ValueId values;
  sem::AxisId axes;
  Plan plan;
  std::string structure, roots; // of the fragments
  std::map<ValueId, ValueId> replaced;
  std::set<const Op *> added;
};

/// The ranked fragments of a part; none: it stays as it is.
struct SearchedPart {
  Part part;
  std::vector<KernelCost> kernels, alone;
  std::vector<Fragment> fragments;
};
} // namespace

/// The plans of one part, cheapest first, one a structure and equal program.
static std::vector<Fragment> searchPart(const sem::Program &program,
                                        const Part &part,
                                        const SearchOptions &options,
                                        SearchStats &stats, std::string &why) {
  ImportOptions importOptions;
  importOptions.narrowProducts = options.narrowProducts;
  std::optional<Region> region =
      importRegion(program, part.ops, part.outputs, importOptions, why);
  if (!region)
    return {};
  std::vector<Fragment> found =
      RegionSearch(program, *region, options, stats).run(why);
  llvm::stable_sort(found, [](const Fragment &a, const Fragment &b) {
    return a.microseconds < b.microseconds;
  });
  std::set<std::pair<uint64_t, std::vector<NodeId>>> seen;
  llvm::erase_if(found, [&](const Fragment &f) {
    return !seen.insert({f.structure, f.roots}).second;
  });
  return found;
}

SearchResult mirage::search::search(const sem::Program &program,
                                    const SearchOptions &options) {
  SearchResult result;
  std::vector<SearchedPart> parts;
  std::vector<Part> all = partition(program);
  uint64_t left = llvm::count_if(all, [](const Part &p) { return p.searched; });
  for (Part &part : all) {
    SearchedPart searched{std::move(part), {}, {}, {}};
    if (searched.part.searched) {
      // Parts that are left share the states that are left.
      SearchOptions ofPart = options;
      uint64_t states = std::min(result.stats.states, options.maxStates);
      ofPart.maxStates =
          states + (options.maxStates - states + left - 1) / left;
      --left;
      searched.fragments = searchPart(program, searched.part, ofPart,
                                      result.stats, result.nothingFound);
    }
    if (searched.fragments.empty()) {
      searched.alone = costsAlone(program, searched.part, *options.target);
      for (const Op *op : searched.part.ops)
        if (op->kind == Op::Kernel)
          searched.kernels.push_back(costOf(program, *op, *options.target));
    }
    parts.push_back(std::move(searched));
  }
  // The best of every part; and these with one part's plan exchanged.
  auto assemble = [&](size_t other, size_t rank) {
    Assembler assembler(program);
    for (auto [p, part] : llvm::enumerate(parts))
      if (part.fragments.empty())
        assembler.add(part.part, part.kernels, part.alone);
      else
        assembler.add(part.fragments[p == other ? rank : 0]);
    result.plans.push_back(assembler.finish(*options.target));
    result.plans.back().hasNarrowProducts = options.narrowProducts;
  };
  bool first = true;
  for (auto [p, part] : llvm::enumerate(parts))
    for (size_t rank = first ? 0 : 1; rank < part.fragments.size(); ++rank) {
      assemble(p, rank);
      first = false;
    }
  if (!first)
    result.nothingFound.clear();
  else if (result.nothingFound.empty())
    result.nothingFound = "nothing here can be searched";
  // The unfused form is always listed.
  Plan unfused;
  std::string why;
  const Op *failed = nullptr;
  if (formKernels(program, *options.target, unfused.program, why, &failed)) {
    copyOutputs(unfused.program, *options.target);
    unfused.unfused = true;
    unfused.kernels = costsOf(unfused.program, *options.target);
    for (const KernelCost &cost : unfused.kernels)
      unfused.microseconds += cost.microseconds;
    unfused.sizes.resize(unfused.kernels.size());
    result.plans.push_back(std::move(unfused));
  }
  llvm::stable_sort(result.plans, [](const Plan &a, const Plan &b) {
    return a.microseconds < b.microseconds;
  });
  return result;
}
