//===- Rules.cpp - Programs that are equal under the algebra --------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "mirage/Search/Search.h"
#include "llvm/ADT/STLExtras.h"
#include <functional>

using namespace mirage;
using namespace mirage::search;

llvm::ArrayRef<llvm::StringRef> mirage::search::ruleNames() {
  static const llvm::StringRef names[] = {
      "factor-out-of-sum", "reassociate-sums", "linear-after-sum", "split-axis",
      "telescope"};
  return names;
}

/// A sum that is not relative to a maximum.
static bool isSum(const Node &node) {
  return node.kind == Node::Reduce && node.combiner == sem::Combiner::Sum &&
         !node.isRelative();
}

namespace {
/// A factor of a product: its path through mul and div, and whether it divides.
struct Factor {
  llvm::SmallVector<unsigned, 4> path;
  NodeId node;
  bool divides;
};
} // namespace

static void factorsOf(const Graph &graph, NodeId n, Factor at, bool divides,
                      std::vector<Factor> &factors) {
  const Node &node = graph.nodes[n];
  bool div = node.isFn("mirage.div");
  if (node.isFn("mirage.mul") || (div && !divides)) {
    for (unsigned p = 0; p < 2; ++p) {
      Factor next = at;
      next.path.push_back(p);
      if (div && p == 1)
        factors.push_back({next.path, node.operands[1], true});
      else
        factorsOf(graph, node.operands[p], next, divides, factors);
    }
    return;
  }
  factors.push_back({at.path, n, divides});
}

/// n without the factor at `path`; nothing if nothing is left to multiply.
static std::optional<NodeId> without(Graph &graph, NodeId n,
                                     llvm::ArrayRef<unsigned> path) {
  if (path.empty())
    return std::nullopt;
  llvm::SmallVector<NodeId, 3> operands = graph.nodes[n].operands;
  std::optional<NodeId> rest =
      without(graph, operands[path[0]], path.drop_front());
  if (!rest) {
    if (graph.nodes[n].isFn("mirage.div") && path[0] == 0)
      return std::nullopt;
    return operands[1 - path[0]];
  }
  operands[path[0]] = *rest;
  return graph.withOperands(n, operands);
}

/// sum f * g = f * sum g, and sum g / f = (sum g) / f, where f has no summed
/// axis.
static void factorOutOfSum(Graph &graph, NodeId n, std::vector<NodeId> &out) {
  const Node node = graph.nodes[n];
  if (!isSum(node))
    return;
  std::vector<Factor> factors;
  factorsOf(graph, node.operands[0], {}, false, factors);
  for (const Factor &factor : factors) {
    if ((graph.nodes[factor.node].axes & node.reduced) || factor.path.empty())
      continue;
    std::optional<NodeId> rest =
        without(graph, node.operands[0], factor.path);
    if (!rest || (graph.nodes[*rest].axes & node.reduced) != node.reduced)
      continue;
    NodeId sum = graph.reduce(node.combiner, node.reduced, *rest, node.type);
    out.push_back(graph.map(factor.divides ? sem::divSem() : sem::mulSem(),
                            {sum, factor.node}, node.type));
  }
}

/// sum_n (sum_k a b) c = sum_k a (sum_n b c), where a has no axis n and c no
/// axis k.
static void reassociateSums(Graph &graph, NodeId n, std::vector<NodeId> &out) {
  const Node node = graph.nodes[n];
  if (!isSum(node) || !graph.nodes[node.operands[0]].isFn("mirage.mul"))
    return;
  const Node outer = graph.nodes[node.operands[0]];
  for (unsigned p = 0; p < 2; ++p) {
    NodeId innerId = outer.operands[p], c = outer.operands[1 - p];
    const Node inner = graph.nodes[innerId];
    if (!isSum(inner) || !graph.nodes[inner.operands[0]].isFn("mirage.mul") ||
        (graph.nodes[c].axes & inner.reduced))
      continue;
    const Node product = graph.nodes[inner.operands[0]];
    for (unsigned q = 0; q < 2; ++q) {
      NodeId a = product.operands[q], b = product.operands[1 - q];
      if ((graph.nodes[a].axes & node.reduced) ||
          (graph.nodes[b].axes & node.reduced) != node.reduced)
        continue;
      NodeId bc = graph.withOperands(node.operands[0], {b, c});
      NodeId sum = graph.reduce(sem::Combiner::Sum, node.reduced, bc, node.type);
      if ((graph.nodes[a].axes & inner.reduced & graph.nodes[sum].axes) !=
          inner.reduced)
        continue;
      NodeId whole = graph.withOperands(inner.operands[0], {a, sum});
      out.push_back(
          graph.reduce(sem::Combiner::Sum, inner.reduced, whole, node.type));
    }
  }
}

//===----------------------------------------------------------------------===//
// Splitting an axis
//===----------------------------------------------------------------------===//

namespace {
class Splitter {
public:
  Splitter(Graph &graph, int axis, int outer, bool telescope)
      : graph(graph), axis(axisBit(axis)), outer(axisBit(outer)),
        telescope(telescope) {}
  bool splits = false;

  /// n, with the outer axis where n has the axis.
  NodeId plain(NodeId n) {
    auto it = plains.find(n);
    if (it != plains.end())
      return it->second;
    return plains[n] = makePlain(n);
  }

private:
  /// A value relative to the maximum of each run, and that maximum.
  struct Relative {
    NodeId value, maximum;
  };

  NodeId makePlain(NodeId n) {
    Node node = graph.nodes[n];
    if (node.kind == Node::Tensor && (node.axes & axis)) {
      node.axes |= outer;
      return graph.add(std::move(node));
    }
    if (node.kind == Node::Reduce && (node.reduced & axis)) {
      if (std::optional<Relative> run = relativeRun(node)) {
        splits = true;
        Node sum = node;
        sum.reduced = outer;
        sum.operands = {run->value, run->maximum};
        sum.axes = graph.nodes[run->value].axes & ~outer;
        return graph.add(std::move(sum));
      }
      if (!node.isRelative()) {
        splits |= node.combiner == sem::Combiner::Sum;
        return graph.reduce(node.combiner, outer, run(n), node.type);
      }
    }
    llvm::SmallVector<NodeId, 3> operands;
    for (NodeId operand : node.operands)
      operands.push_back(plain(operand));
    return node.operands.empty() ? n : graph.withOperands(n, operands);
  }

  /// The reduction n over each run alone.
  NodeId run(NodeId n) {
    const Node node = graph.nodes[n];
    return graph.reduce(node.combiner, node.reduced, plain(node.operands[0]),
                        node.type);
  }

  std::optional<Relative> relativeRun(const Node &node) {
    if (!isSum(node))
      return std::nullopt;
    std::optional<Relative> x = relative(node.operands[0]);
    if (!x || (graph.nodes[x->maximum].axes & node.reduced))
      return std::nullopt;
    x->value = graph.reduce(node.combiner, node.reduced, x->value, node.type);
    return x;
  }

  /// n relative to the maximum of the run instead of all, if n is that much:
  /// an exponential of a difference, and what is linear in one.
  std::optional<Relative> relative(NodeId n) {
    const Node node = graph.nodes[n];
    if (node.isFn("mirage.exp_sub")) {
      const Node &m = graph.nodes[node.operands[1]];
      if (!telescope || m.kind != Node::Reduce ||
          m.combiner != sem::Combiner::Max || !(m.reduced & axis))
        return std::nullopt;
      NodeId maximum = run(node.operands[1]);
      return Relative{
          graph.withOperands(n, {plain(node.operands[0]), maximum}), maximum};
    }
    if (node.kind == Node::Reduce) // over the axis it is one no longer
      return node.reduced & axis ? std::nullopt : relativeRun(node);
    if (node.kind != Node::Map && node.kind != Node::Broadcast)
      return std::nullopt;
    std::optional<Relative> found;
    llvm::SmallVector<NodeId, 3> operands;
    for (size_t p = 0; p < node.operands.size(); ++p) {
      std::optional<Relative> x;
      if (isLinearIn(node, p))
        x = relative(node.operands[p]);
      if (x && found)
        return std::nullopt;
      operands.push_back(x ? x->value : plain(node.operands[p]));
      if (x)
        found = x;
    }
    if (found)
      found->value = graph.withOperands(n, operands);
    return found;
  }

  Graph &graph;
  AxisSet axis, outer;
  bool telescope;
  std::map<NodeId, NodeId> plains;
};
} // namespace

std::optional<std::vector<NodeId>>
mirage::search::splitAxis(Graph &graph, llvm::ArrayRef<NodeId> roots, int axis,
                          int outer, bool telescope) {
  Splitter splitter(graph, axis, outer, telescope);
  std::vector<NodeId> result;
  for (NodeId root : roots)
    result.push_back(splitter.plain(root));
  if (!splitter.splits)
    return std::nullopt;
  return result;
}

//===----------------------------------------------------------------------===//
// Closure
//===----------------------------------------------------------------------===//

std::vector<std::vector<NodeId>>
mirage::search::equalPrograms(Graph &graph, std::vector<NodeId> roots,
                              const std::set<std::string> &disabled,
                              size_t limit, bool &limitHit) {
  using Rule = void (*)(Graph &, NodeId, std::vector<NodeId> &);
  static const Rule rules[] = {factorOutOfSum, reassociateSums, takeSumsFirst};
  std::vector<std::vector<NodeId>> variants{std::move(roots)};
  std::set<std::vector<NodeId>> seen(variants.begin(), variants.end());
  for (size_t v = 0; v < variants.size(); ++v) {
    std::set<NodeId> reachable;
    std::function<void(NodeId)> visit = [&](NodeId n) {
      if (reachable.insert(n).second)
        for (NodeId operand : graph.nodes[n].operands)
          visit(operand);
    };
    for (NodeId root : variants[v])
      visit(root);
    for (NodeId n : reachable)
      for (auto [r, rule] : llvm::enumerate(rules)) {
        if (disabled.count(ruleNames()[r].str()))
          continue;
        std::vector<NodeId> alternatives;
        rule(graph, n, alternatives);
        for (NodeId alternative : alternatives) {
          std::map<NodeId, NodeId> made{{n, alternative}};
          std::function<NodeId(NodeId)> rebuild = [&](NodeId x) -> NodeId {
            auto it = made.find(x);
            if (it != made.end())
              return it->second;
            llvm::SmallVector<NodeId, 3> operands = graph.nodes[x].operands;
            bool changed = false;
            for (NodeId &operand : operands) {
              NodeId fresh = rebuild(operand);
              changed |= fresh != operand;
              operand = fresh;
            }
            NodeId result = changed ? graph.withOperands(x, operands) : x;
            made[x] = result;
            return result;
          };
          std::vector<NodeId> variant;
          for (NodeId root : variants[v])
            variant.push_back(rebuild(root));
          if (!seen.insert(variant).second)
            continue;
          if (variants.size() >= limit) {
            limitHit = true;
            continue;
          }
          variants.push_back(std::move(variant));
        }
      }
  }
  return variants;
}
