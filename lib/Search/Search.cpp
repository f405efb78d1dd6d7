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
constexpr size_t maxVariants = 48, maxIdeals = 3000, kept = 4, listed = 16;
/// Plans that cost more than this times the best are not followed.
constexpr double slack = 2;

/// One way to compute an ideal: a kernel after another ideal.
struct Entry {
  double cost = 0;
  size_t ideal = 0, entry = 0; // predecessor
  const Candidate *kernel = nullptr;
  uint64_t structure = 0;
};

class RegionSearch {
public:
  RegionSearch(const sem::Program &program, Region &region,
               const SearchOptions &options, SearchStats &stats)
      : program(program), region(region), graph(region.graph),
        options(options), stats(stats) {}

  std::vector<Plan> run(std::string &why) {
    std::vector<NodeId> roots;
    for (const Output &output : region.outputs)
      roots.push_back(output.node);
    bool limitHit = false;
    std::vector<Plan> plans;
    std::vector<std::vector<NodeId>> variants = equalPrograms(
        graph, roots, options.disabledRules, maxVariants, limitHit);
    // All single kernels first: they bound the rest, so that a limit on states
    // never hides them.
    for (bool whole : {true, false})
      for (const std::vector<NodeId> &variant : variants)
        searchVariant(variant, whole, plans, why);
    if (limitHit)
      stats.limitsHit.push_back("equal programs");
    return plans;
  }

private:
  bool isComputed(NodeId n) const {
    Node::Kind kind = graph.nodes[n].kind;
    return kind != Node::Tensor && kind != Node::Constant;
  }

  /// Layout and type of a node in device memory.
  std::pair<sem::ValueType, Layout> memory(NodeId n) const {
    for (size_t i = 0; i < roots.size(); ++i)
      if (roots[i] == n) {
        const Output &output = region.outputs[i];
        return {program.values[output.value], output.layout};
      }
    Layout layout;
    for (size_t a = 0; a < graph.extents.size(); ++a)
      if (graph.nodes[n].axes & axisBit(a))
        layout.push_back(a);
    return {{shapeOf(graph, layout), graph.nodes[n].type}, layout};
  }

  void searchVariant(const std::vector<NodeId> &variant, bool whole,
                     std::vector<Plan> &plans, std::string &why) {
    roots = variant;
    std::set<NodeId> distinct(roots.begin(), roots.end());
    for (NodeId root : roots)
      if (!isComputed(root)) {
        why = "an output is an input";
        return;
      }
    if (distinct.size() != roots.size()) {
      why = "two outputs are one value";
      return;
    }
    // Nodes in topological order, and their operands as masks.
    nodes.clear();
    index.clear();
    std::function<void(NodeId)> visit = [&](NodeId n) {
      if (!isComputed(n) || index.count(n))
        return;
      for (NodeId operand : graph.nodes[n].operands)
        visit(operand);
      index[n] = nodes.size();
      nodes.push_back(n);
    };
    for (NodeId root : roots)
      visit(root);
    if (nodes.size() > 60) {
      why = "more than 60 operations in one region";
      return;
    }
    operands.assign(nodes.size(), 0);
    users.assign(nodes.size(), 0);
    for (size_t i = 0; i < nodes.size(); ++i)
      for (NodeId operand : graph.nodes[nodes[i]].operands)
        if (isComputed(operand)) {
          operands[i] |= uint64_t(1) << index[operand];
          users[index[operand]] |= uint64_t(1) << i;
        }
    uint64_t all = (uint64_t(1) << nodes.size()) - 1;
    if (whole) {
      for (const auto &c : judge(all))
        bound = std::min(bound, c->cost.microseconds);
      return;
    }
    std::vector<uint64_t> ideals{0};
    std::map<uint64_t, size_t> position{{0, 0}};
    for (size_t i = 0; i < ideals.size() && ideals.size() < maxIdeals; ++i)
      for (size_t v = 0; v < nodes.size(); ++v) {
        uint64_t bit = uint64_t(1) << v;
        if ((ideals[i] & bit) || (operands[v] & ~ideals[i]))
          continue;
        if (position.try_emplace(ideals[i] | bit, ideals.size()).second)
          ideals.push_back(ideals[i] | bit);
      }
    if (!position.count(all)) {
      stats.limitsHit.push_back("sets of operations");
      why = "too many sets of operations";
      return;
    }
    std::stable_sort(ideals.begin(), ideals.end(), [](uint64_t a, uint64_t b) {
      return __builtin_popcountll(a) < __builtin_popcountll(b);
    });
    std::vector<std::vector<Entry>> best(ideals.size());
    best[0].push_back({});
    for (size_t i = 0; i < ideals.size(); ++i) {
      if (best[i].empty())
        continue;
      for (size_t j = i + 1; j < ideals.size(); ++j) {
        if (ideals[i] & ~ideals[j])
          continue;
        uint64_t set = ideals[j] & ~ideals[i];
        if (best[i][0].cost + lowerBound(set) > slack * bound) {
          ++stats.pruned["cost"];
          continue;
        }
        const auto &candidates = judge(set);
        for (size_t e = 0; e < best[i].size(); ++e)
          for (const auto &c : candidates) {
            double cost = best[i][e].cost + c->cost.microseconds;
            if (cost > slack * bound)
              continue;
            insert(best[j], {cost, i, e, c.get(),
                             best[i][e].structure * 0x9e3779b97f4a7c15ull +
                                 c->structure});
            if (ideals[j] == all)
              bound = std::min(bound, cost);
          }
      }
    }
    size_t last = ideals.size() - 1;
    for (size_t e = 0; e < best[last].size(); ++e)
      addPlan(best, last, e, plans);
    if (best[last].empty() && why.empty())
      why = "no set of kernels fits";
  }

  static void insert(std::vector<Entry> &entries, Entry entry) {
    for (Entry &other : entries)
      if (other.structure == entry.structure) {
        if (entry.cost < other.cost)
          other = entry;
        std::stable_sort(entries.begin(), entries.end(), cheaper);
        return;
      }
    entries.push_back(entry);
    std::stable_sort(entries.begin(), entries.end(), cheaper);
    if (entries.size() > listed)
      entries.pop_back();
  }
  static bool cheaper(const Entry &a, const Entry &b) { return a.cost < b.cost; }

  std::vector<NodeId> storesOf(uint64_t set) const {
    std::vector<NodeId> stores;
    for (size_t v = 0; v < nodes.size(); ++v)
      if ((set >> v & 1) &&
          ((users[v] & ~set) || llvm::is_contained(roots, nodes[v])))
        stores.push_back(nodes[v]);
    return stores;
  }

  std::set<NodeId> inputsOf(uint64_t set) const {
    std::set<NodeId> inputs;
    for (size_t v = 0; v < nodes.size(); ++v)
      if (set >> v & 1)
        for (NodeId operand : graph.nodes[nodes[v]].operands) {
          if (graph.nodes[operand].kind == Node::Constant)
            continue;
          if (!isComputed(operand) || !(set >> index.at(operand) & 1))
            inputs.insert(operand);
        }
    return inputs;
  }

  double bytesOf(NodeId n) const {
    sem::ElementType type = graph.nodes[n].kind == Node::Tensor
                                ? graph.nodes[n].type
                                : memory(n).first.element;
    return static_cast<double>(graph.size(graph.nodes[n].axes)) *
           sem::bitWidth(type) / 8;
  }

  /// Launch and compulsory traffic.
  double lowerBound(uint64_t set) const {
    double bytes = 0;
    for (NodeId n : inputsOf(set))
      bytes += bytesOf(n);
    for (NodeId n : storesOf(set))
      bytes += bytesOf(n);
    return launchMicroseconds() + bytes / (options.target->dramGBps * 1e3);
  }

  /// The best ways to compute a set in one kernel, judged once.
  const std::vector<std::shared_ptr<Candidate>> &judge(uint64_t set) {
    std::vector<NodeId> members, stores = storesOf(set);
    for (size_t v = 0; v < nodes.size(); ++v)
      if (set >> v & 1)
        members.push_back(nodes[v]);
    auto key = std::make_tuple(members, stores, std::vector<NodeId>());
    for (NodeId s : stores)
      if (llvm::is_contained(roots, s))
        std::get<2>(key).push_back(s);
    auto [it, isNew] = memo.try_emplace(key);
    if (!isNew) {
      ++stats.pruned["duplicate"];
      return it->second;
    }
    enumerateRoles(members, stores, inputsOf(set), it->second);
    return it->second;
  }

  void enumerateRoles(const std::vector<NodeId> &members,
                      const std::vector<NodeId> &stores,
                      const std::set<NodeId> &inputs,
                      std::vector<std::shared_ptr<Candidate>> &found) {
    AxisSet used = 0, reduced = 0;
    std::vector<NodeId> maxima;
    for (NodeId n : members) {
      const Node &node = graph.nodes[n];
      used |= node.axes | node.reduced;
      reduced |= node.reduced;
      if (node.kind == Node::Reduce && node.combiner == sem::Combiner::Max)
        maxima.push_back(n);
    }
    std::vector<size_t> axes;
    std::vector<std::vector<Role>> choices;
    for (size_t a = 0; a < graph.extents.size(); ++a) {
      if (!(used & axisBit(a)))
        continue;
      axes.push_back(a);
      choices.emplace_back();
      if (reduced & axisBit(a)) {
        if (graph.extents[a] > 16)
          choices.back().push_back(Role::Loop);
        if (graph.extents[a] <= 8192)
          choices.back().push_back(Role::Whole);
      } else {
        choices.back().push_back(Role::Grid);
        if (graph.extents[a] <= 64)
          choices.back().push_back(Role::Whole);
      }
    }
    sem::Program scratch;
    std::map<NodeId, TensorRef> tensors;
    for (NodeId n : inputs) {
      const Node &node = graph.nodes[n];
      auto [type, layout] =
          node.kind == Node::Tensor
              ? std::make_pair(program.values[node.tensor], node.layout)
              : memory(n);
      tensors[n] = {scratch.addValue(type), layout};
    }
    std::vector<size_t> pick(axes.size(), 0);
    for (;;) {
      for (bool online : {true, false}) {
        if (online && maxima.empty())
          continue;
        auto candidate = std::make_shared<Candidate>();
        KernelSpec &spec = candidate->spec;
        spec.nodes = members;
        spec.stores = stores;
        spec.roles.assign(graph.extents.size(), Role::Whole);
        for (size_t i = 0; i < axes.size(); ++i)
          spec.roles[axes[i]] = choices[i][pick[i]];
        if (online)
          spec.online = maxima;
        judgeRoles(std::move(candidate), scratch, tensors, found);
      }
      size_t i = 0;
      while (i < pick.size() && ++pick[i] == choices[i].size())
        pick[i++] = 0;
      if (i == pick.size())
        break;
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto &a, const auto &b) {
                       return a->cost.microseconds < b->cost.microseconds;
                     });
    if (found.size() > kept)
      found.resize(kept);
  }

  void judgeRoles(std::shared_ptr<Candidate> candidate, sem::Program &scratch,
                  const std::map<NodeId, TensorRef> &tensors,
                  std::vector<std::shared_ptr<Candidate>> &found) {
    if (stats.states >= options.maxStates) {
      if (!llvm::is_contained(stats.limitsHit, "max-states"))
        stats.limitsHit.push_back("max-states");
      return;
    }
    std::string why;
    std::optional<Schedule> schedule =
        scheduleKernel(graph, candidate->spec, why);
    if (!schedule) {
      ++stats.refused["shape"];
      return;
    }
    ++stats.states;
    candidate->schedule = std::move(*schedule);
    auto result = [&](NodeId n, const Layout &) { return memory(n); };
    if (!chooseSizes(graph, *candidate, *options.target, scratch, tensors,
                     result, why)) {
      ++stats.refused[why == "no tiles fit shared memory" ? "memory" : "layout"];
      return;
    }
    std::string text;
    for (NodeId n : candidate->spec.nodes)
      text += std::to_string(n) + ',';
    for (Role role : candidate->spec.roles)
      text += static_cast<char>('0' + static_cast<int>(role));
    text += candidate->spec.online.empty() ? "-" : "online";
    candidate->structure = llvm::xxh3_64bits(text);
    found.push_back(std::move(candidate));
  }

  void addPlan(const std::vector<std::vector<Entry>> &best, size_t ideal,
               size_t entry, std::vector<Plan> &plans) {
    std::vector<const Candidate *> chain;
    const Entry &last = best[ideal][entry];
    for (const Entry *e = &last; e->kernel; e = &best[e->ideal][e->entry])
      chain.insert(chain.begin(), e->kernel);
    Plan plan;
    plan.microseconds = last.cost;
    std::string text;
    plan.program = program;
    plan.program.ops.clear();
    for (const Op &op : program.ops)
      if (op.kind == Op::Dense)
        plan.program.ops.push_back(op);
    std::map<NodeId, TensorRef> tensors;
    for (NodeId n = 0; n < graph.nodes.size(); ++n)
      if (graph.nodes[n].kind == Node::Tensor)
        tensors[n] = {graph.nodes[n].tensor, graph.nodes[n].layout};
    std::string why;
    auto result = [&](NodeId n, const Layout &) { return memory(n); };
    for (const Candidate *c : chain) {
      std::optional<Op> kernel =
          emitKernel(graph, c->spec, c->schedule, c->tiles, plan.program,
                     tensors, result, why);
      if (!kernel)
        return;
      plan.program.ops.push_back(std::move(*kernel));
      plan.kernels.push_back(c->cost);
      plan.sizes.push_back(c->text);
      text += std::to_string(c->structure) + '/';
    }
    for (size_t i = 0; i < roots.size(); ++i)
      for (ValueId &v : plan.program.outputs)
        if (v == region.outputs[i].value)
          v = tensors.at(roots[i]).value;
    plan.structure = llvm::xxh3_64bits(text);
    plans.push_back(std::move(plan));
  }

  const sem::Program &program;
  Region &region;
  Graph &graph;
  const SearchOptions &options;
  SearchStats &stats;
  double bound = INFINITY;
  std::vector<NodeId> roots, nodes;
  std::map<NodeId, size_t> index;
  std::vector<uint64_t> operands, users;
  std::map<std::tuple<std::vector<NodeId>, std::vector<NodeId>,
                      std::vector<NodeId>>,
           std::vector<std::shared_ptr<Candidate>>>
      memo;
};
} // namespace

SearchResult mirage::search::search(const sem::Program &program,
                                    const SearchOptions &options) {
  SearchResult result;
  std::vector<const Op *> ops;
  for (const Op &op : program.ops) {
    if (op.kind == Op::Dense)
      continue;
    if (!isNameable(program, op)) {
      result.nothingFound =
          (op.sem ? op.sem->name() : llvm::StringRef("mirage.kernel")).str() +
          " has no named axes";
      break;
    }
    ops.push_back(&op);
  }
  ImportOptions importOptions;
  importOptions.narrowProducts = options.narrowProducts;
  std::optional<Region> region;
  if (result.nothingFound.empty())
    region = importRegion(program, ops, program.outputs, importOptions,
                          result.nothingFound);
  if (region) {
    std::string why;
    result.plans =
        RegionSearch(program, *region, options, result.stats).run(why);
    if (result.plans.empty())
      result.nothingFound = why;
    else
      result.nothingFound.clear();
  }
  // The unfused form is always listed.
  Plan unfused;
  std::string why;
  const Op *failed = nullptr;
  if (formKernels(program, *options.target, unfused.program, why, &failed)) {
    unfused.unfused = true;
    unfused.kernels = costsOf(unfused.program, *options.target);
    for (const KernelCost &cost : unfused.kernels)
      unfused.microseconds += cost.microseconds;
    unfused.sizes.resize(unfused.kernels.size());
    result.plans.push_back(std::move(unfused));
  }
  std::stable_sort(result.plans.begin(), result.plans.end(),
                   [](const Plan &a, const Plan &b) {
                     return a.microseconds < b.microseconds;
                   });
  std::set<uint64_t> seen;
  llvm::erase_if(result.plans, [&](const Plan &plan) {
    return !plan.unfused && !seen.insert(plan.structure).second;
  });
  return result;
}
