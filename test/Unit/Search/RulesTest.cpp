//===- RulesTest.cpp - Programs that are equal under the laws -------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "GraphValue.h"
#include "mirage/Search/Search.h"

using namespace mirage;
using namespace mirage::test;

namespace {

struct Laws : testing::Test {
  Graph graph = graphOf({2, 3, 3, 2});
  int i = 0, k = 1, n = 2, p = 3;

  NodeId tensor(sem::ValueId value, Layout layout) {
    return addTensor(graph, value, layout);
  }
  NodeId map(const OpSemantics &sem, llvm::ArrayRef<NodeId> operands) {
    return graph.map(sem, operands, ElementType::F32);
  }
  NodeId mul(NodeId a, NodeId b) { return map(mulSem(), {a, b}); }
  NodeId sum(NodeId x, int axis) {
    return graph.reduce(Combiner::Sum, axisBit(axis), x, ElementType::F32);
  }
  NodeId maximum(NodeId x, int axis) {
    return graph.reduce(Combiner::Max, axisBit(axis), x, ElementType::F32);
  }

  /// Equal programs of one root; each has the root's value.
  std::vector<NodeId> equal(NodeId root,
                            const std::set<std::string> &disabled = {}) {
    bool limitHit = false;
    std::vector<NodeId> result;
    std::vector<NodeId> roots{root};
    for (const std::vector<NodeId> &found :
         equalPrograms(graph, roots, disabled, 1024, limitHit)) {
      EXPECT_EQ(found.size(), 1u);
      result.push_back(found[0]);
      expectEqual(root, found[0]);
    }
    EXPECT_FALSE(limitHit);
    EXPECT_EQ(result.front(), root); // the given one first
    return result;
  }

  void expectEqual(NodeId a, NodeId b) {
    AxisSet axes = graph.nodes[a].axes;
    EXPECT_EQ(graph.nodes[b].axes, axes);
    Values values(graph);
    for (int64_t at : {0, 1}) {
      std::vector<int64_t> index(graph.extents.size(), at);
      double expected = values.at(a, index);
      EXPECT_NEAR(values.at(b, index), expected, 1e-9 * std::abs(expected));
    }
  }

  /// Whether a sum over `axis` in the program of `root` reads the tensor x.
  bool sums(NodeId root, int axis, NodeId x) {
    return llvm::any_of(reachable(graph, {root}), [&](NodeId n) {
      const Node &node = graph.nodes[n];
      return node.kind == Node::Reduce && (node.reduced & axisBit(axis)) &&
             reachable(graph, {node.operands[0]}).count(x);
    });
  }
  unsigned without(llvm::ArrayRef<NodeId> roots, int axis, NodeId x) {
    return llvm::count_if(roots,
                          [&](NodeId root) { return !sums(root, axis, x); });
  }
};

TEST_F(Laws, AFactorLeavesItsSum) {
  NodeId x = tensor(0, {i, k}), w = tensor(1, {k, n}), r = tensor(2, {i});
  NodeId root = sum(mul(mul(x, r), w), k);
  EXPECT_GT(without(equal(root), k, r), 0u);
  EXPECT_EQ(without(equal(root, {"factor-out-of-sum"}), k, r), 0u);
  // x has the summed axis.
  EXPECT_EQ(without(equal(root), k, x), 0u);
}

TEST_F(Laws, ADivisorLeavesItsSum) {
  NodeId x = tensor(0, {i, k}), r = tensor(2, {i});
  NodeId root = sum(map(divSem(), {x, r}), k);
  EXPECT_GT(without(equal(root), k, r), 0u);
  // A sum divided into something is no such quotient.
  NodeId under = sum(map(divSem(), {r, x}), k);
  std::vector<NodeId> programs = equal(under);
  EXPECT_EQ(without(programs, k, x), 0u);
}

TEST_F(Laws, NothingLeavesAMaximum) {
  NodeId x = tensor(0, {i, k}), r = tensor(2, {i});
  NodeId root = graph.reduce(Combiner::Max, axisBit(k), mul(x, r),
                             ElementType::F32);
  EXPECT_EQ(equal(root).size(), 1u);
}

TEST_F(Laws, ProductsAreReassociated) {
  NodeId a = tensor(0, {i, k}), b = tensor(1, {k, n}), c = tensor(2, {n, p});
  NodeId root = sum(mul(sum(mul(a, b), k), c), n);
  auto bFirst = [&](NodeId found) {
    return !sums(found, n, a) && sums(found, n, b) && sums(found, n, c);
  };
  EXPECT_FALSE(bFirst(root));
  EXPECT_TRUE(llvm::any_of(equal(root), bFirst));
  EXPECT_FALSE(llvm::any_of(equal(root, {"reassociate-sums"}), bFirst));
}

TEST_F(Laws, LongChainsAreReassociatedToo) {
  // (..((a0 a1) a2)..) v, the vector last: best from the right. Of so many summed
  // axes not every subset is summed first.
  constexpr int length = 16;
  graph.extents.assign(length + 1, 8);
  graph.axisNames.assign(length + 1, "");
  graph.outer.assign(length + 1, -1);
  NodeId root = tensor(0, {0, 1});
  for (int m = 1; m < length; ++m)
    root = sum(mul(root, m + 1 < length ? tensor(m, {m, m + 1})
                                        : tensor(m, {m})), m);
  bool limitHit = false;
  std::vector<NodeId> roots{root};
  auto programs = equalPrograms(graph, roots, {}, 4, limitHit);
  EXPECT_TRUE(limitHit);
  // Nothing has more than one axis and the summed one.
  EXPECT_TRUE(llvm::any_of(programs, [&](const std::vector<NodeId> &found) {
    return llvm::all_of(reachable(graph, found), [&](NodeId n) {
      return llvm::popcount(graph.nodes[n].axes) <= 2;
    });
  }));
}

TEST_F(Laws, LinearOpsFollowTheirSum) {
  sem::Elementwise twice(
      "acme.twice",
      ScalarExpr::call(sem::fn::add, {ScalarExpr::arg(0), ScalarExpr::arg(0)}),
      1, {0});
  NodeId x = tensor(0, {i, k}), w = tensor(1, {k, n});
  NodeId root = sum(mul(map(twice, {x}), w), k);
  auto isLast = [&](NodeId found) {
    return graph.nodes[found].isFn("acme.twice");
  };
  EXPECT_TRUE(llvm::any_of(equal(root), isLast));
  EXPECT_FALSE(llvm::any_of(equal(root, {"linear-after-sum"}), isLast));
}

TEST_F(Laws, ALimitIsSaid) {
  NodeId root = tensor(0, {i, k});
  for (sem::ValueId v = 1; v < 6; ++v)
    root = mul(root, map(expSem(), {tensor(v, {i})}));
  root = sum(root, k);
  bool limitHit = false;
  std::vector<NodeId> roots{root};
  EXPECT_EQ(equalPrograms(graph, roots, {}, 1, limitHit).size(), 1u);
  EXPECT_TRUE(limitHit);
}

//===----------------------------------------------------------------------===//
// Splitting an axis
//===----------------------------------------------------------------------===//

struct Splits : Laws {
  int outer = 4;
  Splits() {
    graph = graphOf({2, 5, 3, 2, 2}); // the second run is shorter
    graph.outer[k] = outer;
  }
  unsigned count(NodeId root, llvm::function_ref<bool(const Node &)> is) {
    return llvm::count_if(reachable(graph, {root}),
                          [&](NodeId n) { return is(graph.nodes[n]); });
  }
  std::optional<NodeId> split(NodeId root, bool telescope = true) {
    std::optional<std::vector<NodeId>> made =
        splitAxis(graph, {root}, k, outer, telescope);
    if (!made)
      return std::nullopt;
    EXPECT_EQ(made->size(), 1u);
    expectEqual(root, made->front());
    return made->front();
  }
  /// exp(x - max x), summed, and times w
  std::pair<NodeId, NodeId> softmax() {
    NodeId x = tensor(0, {i, k}), w = tensor(1, {k, n});
    NodeId e = map(expSubSem(), {x, maximum(x, k)});
    return {sum(e, k), sum(mul(e, w), k)};
  }
};

TEST_F(Splits, ASumIsOverRuns) {
  NodeId x = tensor(0, {i, k}), w = tensor(1, {k, n});
  std::optional<NodeId> made = split(sum(mul(x, w), k));
  ASSERT_TRUE(made);
  const Node &last = graph.nodes[*made];
  EXPECT_EQ(last.reduced, axisBit(outer));
  const Node &run = graph.nodes[last.operands[0]];
  EXPECT_EQ(run.reduced, axisBit(k));
  EXPECT_EQ(run.axes, axisBit(i) | axisBit(n) | axisBit(outer));
}

TEST_F(Splits, TelescopedSumsAreRelative) {
  auto [total, product] = softmax();
  for (NodeId root : {total, product}) {
    std::optional<NodeId> made = split(root);
    ASSERT_TRUE(made);
    EXPECT_TRUE(graph.nodes[*made].isRelative());
    // The maximum over all runs is not needed.
    EXPECT_EQ(count(*made,
                    [&](const Node &node) {
                      return node.combiner == Combiner::Max &&
                             node.kind == Node::Reduce &&
                             (node.reduced & axisBit(outer));
                    }),
              0u);
  }
}

TEST_F(Splits, WithoutTelescopeTheMaximumComesFirst) {
  auto [total, product] = softmax();
  for (NodeId root : {total, product}) {
    std::optional<NodeId> made = split(root, /*telescope=*/false);
    ASSERT_TRUE(made);
    EXPECT_EQ(count(*made, [](const Node &n) { return n.isRelative(); }), 0u);
    EXPECT_EQ(count(*made,
                    [&](const Node &node) {
                      return node.kind == Node::Reduce &&
                             node.combiner == Combiner::Max;
                    }),
              2u);
  }
}

TEST_F(Splits, WhatIsLinearStaysRelative) {
  NodeId x = tensor(0, {i, k}), r = tensor(1, {i});
  NodeId e = map(expSubSem(), {x, maximum(x, k)});
  std::optional<NodeId> made = split(sum(map(divSem(), {e, r}), k));
  ASSERT_TRUE(made);
  EXPECT_EQ(count(*made, [](const Node &n) { return n.isRelative(); }), 1u);
  // The square of an exponential is not linear in it.
  made = split(sum(mul(e, e), k));
  ASSERT_TRUE(made);
  EXPECT_EQ(count(*made, [](const Node &n) { return n.isRelative(); }), 0u);
}

TEST_F(Splits, AMaximumAloneDoesNotSplit) {
  EXPECT_FALSE(split(maximum(tensor(0, {i, k}), k)));
  EXPECT_FALSE(split(sum(tensor(0, {i, n}), n)));
}

} // namespace
