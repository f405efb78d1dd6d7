//===- GraphTest.cpp - Programs over named axes ---------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphValue.h"

using namespace mirage;
using namespace mirage::test;

namespace {

/// Tensors over axes i, k and n.
struct Graphs : testing::Test {
  Graph graph = graphOf({3, 4, 5});
  int i = 0, k = 1, n = 2;
  NodeId tensor(sem::ValueId value, Layout layout) {
    return addTensor(graph, value, layout);
  }
  NodeId mul(NodeId a, NodeId b) {
    return graph.map(mulSem(), {a, b}, ElementType::F32);
  }
  NodeId div(NodeId a, NodeId b) {
    return graph.map(divSem(), {a, b}, ElementType::F32);
  }
};

TEST_F(Graphs, EqualNodesAreOne) {
  NodeId x = tensor(0, {i, k});
  EXPECT_EQ(x, tensor(0, {i, k}));
  EXPECT_NE(x, tensor(0, {k, i}));
  EXPECT_NE(x, tensor(1, {i, k}));
  NodeId y = tensor(1, {i, k});
  EXPECT_EQ(graph.map(addSem(), {x, y}, ElementType::F32),
            graph.map(addSem(), {y, x}, ElementType::F32));
  EXPECT_NE(graph.map(subSem(), {x, y}, ElementType::F32),
            graph.map(subSem(), {y, x}, ElementType::F32));
  EXPECT_NE(graph.reduce(Combiner::Sum, axisBit(k), x, ElementType::F32),
            graph.reduce(Combiner::Max, axisBit(k), x, ElementType::F32));
}

TEST_F(Graphs, ProductsHaveOneForm) {
  NodeId x = tensor(0, {i, k}), r = tensor(1, {i}), s = tensor(2, {i});
  NodeId form = mul(mul(r, s), x);
  EXPECT_EQ(mul(r, mul(s, x)), form);
  EXPECT_EQ(mul(s, mul(x, r)), form);
  EXPECT_EQ(mul(mul(x, s), r), form);
  // The factors over the fewest axes come first.
  const Node &node = graph.nodes[form];
  EXPECT_TRUE(llvm::is_contained(node.operands, x));
  EXPECT_TRUE(llvm::is_contained(node.operands, mul(r, s)));
}

TEST_F(Graphs, QuotientsHaveOneForm) {
  NodeId x = tensor(0, {i, k}), r = tensor(1, {i}), s = tensor(2, {i});
  NodeId form = div(div(x, r), s);
  EXPECT_EQ(div(div(x, s), r), form);
  EXPECT_EQ(div(x, mul(r, s)), form);
  EXPECT_EQ(div(mul(x, r), s), mul(x, div(r, s)));
  EXPECT_NE(div(x, div(r, s)), form);
  // Nothing is divided twice by what a quotient divides.
  Values values(graph);
  EXPECT_NEAR(values.at(div(x, div(r, s)), {1, 2, 0}),
              values.tensor(0, {1, 2}) /
                  (values.tensor(1, {1}) / values.tensor(2, {1})),
              1e-12);
}

TEST_F(Graphs, FormsHaveTheValueOfWhatWasAsked) {
  NodeId x = tensor(0, {i, k}), r = tensor(1, {i}), s = tensor(2, {k});
  Values values(graph);
  double expected = values.tensor(0, {1, 2}) * values.tensor(1, {1}) /
                    values.tensor(2, {2});
  for (NodeId made : {div(mul(x, r), s), mul(x, div(r, s)), mul(div(x, s), r),
                      mul(r, div(x, s))})
    EXPECT_NEAR(values.at(made, {1, 2, 0}), expected, 1e-12);
}

TEST_F(Graphs, ASummedProductStaysAsItIs) {
  NodeId x = tensor(0, {i, k}), w = tensor(1, {k, n}), r = tensor(2, {i});
  Node product = graph.nodes[mul(x, w)];
  product.productType = ElementType::F16;
  NodeId narrow = graph.add(product);
  // The factors that a product rounds are not multiplied by others before.
  NodeId scaled = mul(narrow, r);
  EXPECT_TRUE(llvm::is_contained(graph.nodes[scaled].operands, narrow));
}

TEST_F(Graphs, AnOuterAxisCountsOnce) {
  graph.extents.push_back(2);
  graph.axisNames.push_back("k.runs");
  graph.outer.push_back(-1);
  graph.outer[k] = 3;
  AxisSet all = axisBit(i) | axisBit(k) | axisBit(3);
  EXPECT_EQ(graph.outerOf(all), axisBit(3));
  EXPECT_EQ(graph.size(all), 3 * 4);
  EXPECT_EQ(graph.size(axisBit(i) | axisBit(3)), 3 * 2);
}

//===----------------------------------------------------------------------===//
// Import
//===----------------------------------------------------------------------===//

std::optional<Region> import(const Program &program, std::string &why,
                             ImportOptions options = {}) {
  std::vector<const Op *> ops;
  for (const Op &op : program.ops)
    ops.push_back(&op);
  return importRegion(program, ops, program.outputs, options, why);
}

Region imported(const Program &program, ImportOptions options = {}) {
  std::string why;
  std::optional<Region> region = import(program, why, options);
  EXPECT_TRUE(region) << why;
  return region ? std::move(*region) : Region();
}

unsigned count(const Graph &graph, Node::Kind kind) {
  return llvm::count_if(graph.nodes,
                        [&](const Node &node) { return node.kind == kind; });
}

TEST(Import, MoreAxesThanASetHolds) {
  Builder b;
  for (int64_t n = 0; n < 32; ++n)
    b.program.outputs.push_back(b.exp(b.input({100 + n, 200 + n})));
  std::string why;
  EXPECT_FALSE(import(b.program, why));
  EXPECT_EQ(why, "more than 62 axes");
}

TEST(Import, OpsWithoutNamesAreRefused) {
  Builder b;
  ValueId x = b.input({4, 5});
  b.program.outputs = {b.concat({x, x}, 0)};
  std::string why;
  EXPECT_FALSE(import(b.program, why));
  EXPECT_EQ(why, "mirage.concat has no named axes");
  Builder c;
  ValueId y = c.input({4});
  AxisId i = c.axis(2);
  c.program.outputs = {c.kernel({i}, {{{4}}}, [&](const Builder::Values &out) {
    c.store(c.load(y, {{i}}, {2}), out[0], {{i}});
  })[0]};
  EXPECT_FALSE(import(c.program, why));
  EXPECT_EQ(why, "a structure op has no named axes");
}

TEST(Import, AProductIsASumOfProducts) {
  Builder b;
  ValueId x = b.input({3, 4}, ElementType::F16),
          w = b.input({4, 5}, ElementType::F16);
  Region region = imported(b.done({b.matmul(x, w)}));
  const Graph &graph = region.graph;
  ASSERT_EQ(region.outputs.size(), 1u);
  const Node &sum = graph.nodes[region.outputs[0].node];
  ASSERT_EQ(sum.kind, Node::Reduce);
  EXPECT_EQ(graph.size(sum.reduced), 4);
  const Node &product = graph.nodes[sum.operands[0]];
  EXPECT_TRUE(product.isFn("mirage.mul"));
  EXPECT_EQ(product.productType, ElementType::F16);
  EXPECT_EQ(graph.size(product.axes), 3 * 4 * 5);
  EXPECT_EQ(graph.extents.size(), 3u);
}

TEST(Import, WideProductsForgetTheType) {
  Builder b;
  ValueId x = b.input({3, 4}, ElementType::F16),
          w = b.input({4, 5}, ElementType::F16);
  ImportOptions options;
  options.narrowProducts = false;
  Region region = imported(b.done({b.matmul(x, w)}), options);
  const Node &sum = region.graph.nodes[region.outputs[0].node];
  EXPECT_EQ(region.graph.nodes[sum.operands[0]].productType, ElementType::F32);
}

TEST(Import, LayoutsVanish) {
  Builder b;
  ValueId x = b.input({3, 4}), w = b.input({5, 4});
  ValueId direct = b.matmul(x, b.transpose(w, {1, 0}));
  ValueId other = b.reshape(
      b.transpose(b.matmul(w, b.transpose(x, {1, 0})), {1, 0}), {1, 3, 5});
  Region region = imported(b.done({b.reshape(direct, {1, 3, 5}), other}));
  // Both are one value, and one output.
  EXPECT_EQ(region.outputs[0].node, region.outputs[1].node);
  EXPECT_EQ(count(region.graph, Node::Tensor), 2u);
  EXPECT_EQ(count(region.graph, Node::Reduce), 1u);
}

TEST(Import, CastsVanishUnlessTheyAreKept) {
  Builder b;
  ValueId x = b.input({3, 4});
  ValueId y = b.exp(b.cast(b.cast(x, ElementType::F16), ElementType::F32));
  Program program = b.done({y});
  EXPECT_EQ(count(imported(program).graph, Node::Map), 1u);
  ImportOptions options;
  options.eraseCasts = false;
  EXPECT_EQ(count(imported(program, options).graph, Node::Map), 3u);
}

TEST(Import, ATensorWithItsTransposeIsTwo) {
  Builder b;
  ValueId x = b.input({3, 4});
  Region region = imported(b.done({b.matmul(x, b.transpose(x, {1, 0}))}));
  EXPECT_EQ(count(region.graph, Node::Tensor), 2u);
}

/// The columns of two results.
std::pair<int, int> columns(const Program &program) {
  Region region = imported(program);
  return {region.outputs[0].layout.back(), region.outputs[1].layout.back()};
}

TEST(Import, ColumnsOfTwoProductsOfOneOperandAreOneAxis) {
  Builder b;
  ValueId x = b.input({3, 4}), v = b.input({4, 5}), w = b.input({4, 5});
  Program program = b.done({b.matmul(x, v), b.exp(b.matmul(x, w))});
  auto [one, other] = columns(program);
  EXPECT_EQ(one, other);
  EXPECT_EQ(imported(program).graph.extents.size(), 3u);
}

TEST(Import, RowsAndColumnsAreOneAxisOnlyWhereTheirPlacesAreNot) {
  Builder b; // (3, 5), and (5, 3) of which the columns are the rows
  ValueId x = b.input({3, 4}), v = b.input({4, 5}), w = b.input({5, 4});
  ValueId t = b.transpose(x, {1, 0});
  Region region = imported(b.done({b.matmul(x, v), b.matmul(w, t)}));
  EXPECT_EQ(region.outputs[0].layout[0], region.outputs[1].layout[1]);
  EXPECT_EQ(region.outputs[0].layout[1], region.outputs[1].layout[0]);
}

TEST(Import, AxesOfOtherExtentsStayTwo) {
  Builder b;
  ValueId x = b.input({3, 4}), v = b.input({4, 5}), w = b.input({4, 6});
  auto [one, other] = columns(b.done({b.matmul(x, v), b.matmul(x, w)}));
  EXPECT_NE(one, other);
}

TEST(Import, AnAxisThatIsReducedElsewhereStaysApart) {
  Builder b; // the columns of the first are what the third is a sum over
  ValueId x = b.input({3, 4}), v = b.input({4, 5}), w = b.input({4, 5});
  ValueId y = b.matmul(x, v);
  auto [one, other] =
      columns(b.done({y, b.matmul(x, w), b.sum(y, 1)}));
  EXPECT_NE(one, other);
}

TEST(Import, AxesOfOneValueStayTwo) {
  Builder b; // all three are squares; the third has rows and columns of both
  ValueId u = b.input({4, 4}), v = b.input({4, 4}), w = b.input({4, 4});
  ValueId y = b.matmul(u, v);
  Region region = imported(b.done({y, b.matmul(y, w)}));
  const Layout &one = region.outputs[0].layout, &other = region.outputs[1].layout;
  EXPECT_EQ(one[0], other[0]);
  EXPECT_NE(other[0], other[1]);
  EXPECT_NE(one[1], other[1]); // summed in the second
}

TEST(Import, SaysWhatHasNoNames) {
  {
    Builder b; // e + e^T
    ValueId e = b.exp(b.input({4, 4}));
    std::string why;
    EXPECT_FALSE(import(b.done({b.add(e, b.transpose(e, {1, 0}))}), why));
    EXPECT_NE(why.find("same axis"), std::string::npos) << why;
  }
  {
    Builder b;
    std::string why;
    EXPECT_FALSE(
        import(b.done({b.reshape(b.input({12}), {3, 4})}), why));
    EXPECT_EQ(why, "mirage.reshape has no named axes");
  }
}

TEST(Import, ADifferenceIsDefinedAtMinusInfinity) {
  Builder b;
  ValueId x = b.input({3, 4});
  Region region =
      imported(b.done({b.exp(b.sub(x, b.maximum(x, 1)))}));
  EXPECT_TRUE(
      region.graph.nodes[region.outputs[0].node].isFn("mirage.exp_sub"));
}

TEST(Import, AnInputThatIsReturnedIsCopied) {
  Builder b;
  ValueId x = b.input({3, 4});
  ValueId t = b.transpose(x, {1, 0});
  Region region = imported(b.done({t}));
  const Node &node = region.graph.nodes[region.outputs[0].node];
  EXPECT_EQ(node.kind, Node::Copy);
  EXPECT_EQ(region.graph.nodes[node.operands[0]].tensor, x);
}

} // namespace
