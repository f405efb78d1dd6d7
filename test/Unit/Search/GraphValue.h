//===- GraphValue.h - What the nodes of a graph are worth -------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Computes single elements of nodes over named axes, as their definition says.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_TEST_UNIT_SEARCH_GRAPHVALUE_H
#define MIRAGE_TEST_UNIT_SEARCH_GRAPHVALUE_H

#include "../Verify/Builder.h"
#include "mirage/Search/Graph.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

namespace mirage::test {
using namespace mirage::search;

inline Graph graphOf(std::vector<int64_t> extents) {
  Graph graph;
  graph.normalizeProducts = true;
  graph.outer.assign(extents.size(), -1);
  for (size_t a = 0; a < extents.size(); ++a)
    graph.axisNames.push_back("d" + std::to_string(a));
  graph.extents = std::move(extents);
  return graph;
}

inline NodeId addTensor(Graph &graph, sem::ValueId value, Layout layout) {
  Node node;
  node.kind = Node::Tensor;
  node.tensor = value;
  for (int axis : layout)
    node.axes |= axisBit(axis);
  node.layout = std::move(layout);
  return graph.add(std::move(node));
}

/// All nodes that `roots` are computed of, and themselves.
inline std::set<NodeId> reachable(const Graph &graph,
                                  llvm::ArrayRef<NodeId> roots) {
  std::set<NodeId> seen;
  std::vector<NodeId> open(roots.begin(), roots.end());
  while (!open.empty()) {
    NodeId n = open.back();
    open.pop_back();
    if (!seen.insert(n).second)
      continue;
    const Node &node = graph.nodes[n];
    open.insert(open.end(), node.operands.begin(), node.operands.end());
  }
  return seen;
}

class Values {
public:
  explicit Values(const Graph &graph) : graph(graph) {}

  /// Some number between 0.5 and 1.5, for each element of each tensor another.
  double tensor(sem::ValueId value, std::vector<int64_t> at) const {
    uint64_t h = 0x9e3779b97f4a7c15ull * (value + 1);
    for (int64_t x : at)
      h = (h ^ static_cast<uint64_t>(x + 1)) * 0xff51afd7ed558ccdull;
    return 0.5 + static_cast<double>(h >> 40) / (1 << 24);
  }

  /// `index`: of each axis of the graph; of an axis that is cut, within its run.
  double at(NodeId n, std::vector<int64_t> index) const {
    const Node &node = graph.nodes[n];
    auto operand = [&](size_t p) { return at(node.operands[p], index); };
    switch (node.kind) {
    case Node::Tensor: {
      std::vector<int64_t> place;
      for (int axis : node.layout)
        place.push_back(axis < 0 ? 0 : element(node, axis, index));
      return tensor(node.tensor, std::move(place));
    }
    case Node::Constant:
      return node.constant;
    case Node::Broadcast:
    case Node::Copy:
      return operand(0);
    case Node::Reduce:
      return reduce(node, index);
    case Node::Map:
      break;
    }
    llvm::StringRef name = node.sem->name();
    if (name == "mirage.mul")
      return operand(0) * operand(1);
    if (name == "mirage.div")
      return operand(0) / operand(1);
    if (name == "mirage.add")
      return operand(0) + operand(1);
    if (name == "mirage.sub")
      return operand(0) - operand(1);
    if (name == "mirage.exp_sub")
      return std::exp(operand(0) - operand(1));
    if (name == "mirage.exp")
      return std::exp(operand(0));
    if (name == "acme.twice")
      return 2 * operand(0);
    ADD_FAILURE() << "no value of " << name.str();
    return 0;
  }

private:
  int64_t runOf(int axis) const {
    int64_t runs = graph.extents[graph.outer[axis]];
    return (graph.extents[axis] + runs - 1) / runs;
  }

  int64_t element(const Node &node, int axis,
                  const std::vector<int64_t> &index) const {
    int o = graph.outer[axis];
    if (o < 0 || !(node.axes & axisBit(o)))
      return index[axis];
    return index[o] * runOf(axis) + index[axis];
  }

  /// Steps of a reduced axis; in a run, those that the axis has left.
  int64_t steps(const Node &body, int axis,
                const std::vector<int64_t> &index) const {
    int o = graph.outer[axis];
    if (o < 0 || !(body.axes & axisBit(o)))
      return graph.extents[axis];
    return std::clamp<int64_t>(graph.extents[axis] - index[o] * runOf(axis), 0,
                               runOf(axis));
  }

  double reduce(const Node &node, std::vector<int64_t> index) const {
    const Node &body = graph.nodes[node.operands[0]];
    std::vector<int> axes; // outer ones first
    for (int a = graph.extents.size(); a-- > 0;)
      if (node.reduced & axisBit(a))
        axes.push_back(a);
    std::vector<std::pair<double, double>> terms; // and what they are relative to
    std::function<void(size_t)> visit = [&](size_t i) {
      if (i == axes.size()) {
        double relative =
            node.isRelative() ? at(node.operands[1], index) : 0;
        terms.push_back({at(node.operands[0], index), relative});
        return;
      }
      int64_t count = steps(body, axes[i], index);
      for (int64_t s = 0; s < count; ++s) {
        index[axes[i]] = s;
        visit(i + 1);
      }
    };
    visit(0);
    if (node.combiner == sem::Combiner::Max) {
      double best = -std::numeric_limits<double>::infinity();
      for (auto [term, relative] : terms)
        best = std::max(best, term);
      return best;
    }
    EXPECT_EQ(node.combiner, sem::Combiner::Sum);
    double top = -std::numeric_limits<double>::infinity(), sum = 0;
    for (auto [term, relative] : terms)
      top = std::max(top, relative);
    for (auto [term, relative] : terms)
      sum += term * std::exp(relative - top);
    return sum;
  }

  const Graph &graph;
};

} // namespace mirage::test

#endif // MIRAGE_TEST_UNIT_SEARCH_GRAPHVALUE_H
