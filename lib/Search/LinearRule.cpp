//===- LinearRule.cpp - Sums before linear ops ----------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The law that an op's semantics states: sum_k op(x_k, y) = op(sum_k x_k, y).
// mul and div are left to factor-out-of-sum; here they are only passed through
// on the way to an op that somebody else may have defined.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "mirage/Search/Search.h"

using namespace mirage;
using namespace mirage::search;

namespace {
class LinearRule {
public:
  LinearRule(Graph &graph, NodeId sum, std::vector<NodeId> &out)
      : graph(graph), sum(graph.nodes[sum]), out(out) {}

  void run() { visit(sum.operands[0]); }

private:
  /// A node between the sum and the op, and the operand that leads there.
  using Step = std::pair<NodeId, unsigned>;

  void visit(NodeId n) {
    const Node node = graph.nodes[n];
    if (node.kind != Node::Map || !node.sem)
      return;
    for (unsigned p = 0; p < node.operands.size(); ++p) {
      if (!node.sem->isLinearIn(p))
        continue;
      if (node.sem->name() != sem::mulSem().name() &&
          node.sem->name() != sem::divSem().name())
        pull(node, p);
      path.push_back({n, p});
      visit(node.operands[p]);
      path.pop_back();
    }
  }

  /// Adds `op` applied to the sum of what remains without it.
  void pull(const Node &op, unsigned operand) {
    for (unsigned q = 0; q < op.operands.size(); ++q)
      if (q != operand && (graph.nodes[op.operands[q]].axes & sum.reduced))
        return;
    NodeId body = op.operands[operand];
    for (auto [n, p] : llvm::reverse(path))
      body = replaceOperand(graph.nodes[n], p, body);
    if ((graph.nodes[body].axes & sum.reduced) != sum.reduced)
      return;
    NodeId reduced = graph.reduce(sum.combiner, sum.reduced, body, sum.type);
    Node result = op;
    result.type = sum.type;
    out.push_back(replaceOperand(std::move(result), operand, reduced));
  }

  NodeId replaceOperand(Node node, unsigned p, NodeId operand) {
    node.operands[p] = operand;
    node.axes = 0;
    for (NodeId n : node.operands)
      node.axes |= graph.nodes[n].axes;
    return graph.add(std::move(node));
  }

  Graph &graph;
  const Node sum;
  std::vector<NodeId> &out;
  llvm::SmallVector<Step, 4> path;
};
} // namespace

void mirage::search::takeSumsFirst(Graph &graph, NodeId n,
                                   std::vector<NodeId> &out) {
  const Node &node = graph.nodes[n];
  if (node.kind == Node::Reduce && node.combiner == sem::Combiner::Sum &&
      !node.isRelative())
    LinearRule(graph, n, out).run();
}
