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
      "factor-out-of-sum", "reassociate-sums", "distribute-sums",
      "linear-after-sum",  "split-axis",       "telescope"};
  return names;
}

llvm::ArrayRef<llvm::StringRef> mirage::search::optionalRuleNames() {
  static const llvm::StringRef names[] = {"invent-shift"};
  return names;
}

/// A sum that is not relative to a maximum.
static bool isSum(const Node &node) {
  return node.kind == Node::Reduce && node.combiner == sem::Combiner::Sum &&
         !node.isRelative();
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
// Inventing a shift
//===----------------------------------------------------------------------===//

std::optional<std::vector<NodeId>>
mirage::search::inventShift(Graph &graph, llvm::ArrayRef<NodeId> roots) {
  // Of each exponential, the axes that sums of it are over.
  std::map<NodeId, AxisSet> summed;
  std::set<std::pair<NodeId, AxisSet>> seen;
  std::function<void(NodeId, AxisSet)> visit = [&](NodeId n, AxisSet sums) {
    if (!seen.insert({n, sums}).second)
      return;
    const Node &node = graph.nodes[n];
    if (node.isFn("mirage.exp") && sem::isFloat(node.type))
      summed[n] |= sums & node.axes;
    if (isSum(node))
      sums |= node.reduced;
    for (NodeId operand : node.operands)
      visit(operand, sums);
  };
  for (NodeId root : roots)
    visit(root, 0);
  std::map<NodeId, NodeId> made;
  bool changes = false;
  std::function<NodeId(NodeId)> rebuild = [&](NodeId n) -> NodeId {
    auto it = made.find(n);
    if (it != made.end())
      return it->second;
    const Node node = graph.nodes[n];
    llvm::SmallVector<NodeId, 3> operands;
    for (NodeId operand : node.operands)
      operands.push_back(rebuild(operand));
    NodeId result = n;
    auto sums = summed.find(n);
    if (sums != summed.end() && sums->second) {
      NodeId maximum = graph.reduce(sem::Combiner::Max, sums->second,
                                    operands[0], node.type);
      result = graph.map(sem::expSubSem(), {operands[0], maximum}, node.type);
      changes = true;
    } else if (!node.operands.empty()) {
      result = graph.withOperands(n, operands);
    }
    return made[n] = result;
  };
  std::vector<NodeId> result;
  for (NodeId root : roots)
    result.push_back(rebuild(root));
  if (!changes)
    return std::nullopt;
  return result;
}
