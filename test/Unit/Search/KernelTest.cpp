//===- KernelTest.cpp - Schedules of kernels, and their programs ----------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Search/Kernel.h"
#include "GraphValue.h"
#include "mirage/Semantics/Evaluate.h"

using namespace mirage;
using namespace mirage::test;

namespace {

/// exp(x - max x) w / sum exp(x - max x)
struct Kernels : testing::Test {
  Graph graph = graphOf({4, 10, 6});
  int i = 0, k = 1, n = 2;
  NodeId x, w, m, e, total, product, y;

  Kernels() {
    x = addTensor(graph, 0, {i, k});
    w = addTensor(graph, 1, {k, n});
    auto reduce = [&](Combiner combiner, NodeId of) {
      return graph.reduce(combiner, axisBit(k), of, ElementType::F32);
    };
    m = reduce(Combiner::Max, x);
    e = graph.map(expSubSem(), {x, m}, ElementType::F32);
    total = reduce(Combiner::Sum, e);
    product = reduce(Combiner::Sum,
                     graph.map(mulSem(), {e, w}, ElementType::F32));
    y = graph.map(divSem(), {product, total}, ElementType::F32);
  }

  KernelSpec spec(std::vector<Role> roles, bool online) {
    KernelSpec spec;
    for (NodeId node : reachable(graph, {y}))
      if (graph.nodes[node].kind != Node::Tensor)
        spec.nodes.push_back(node);
    spec.stores = {y};
    spec.roles = std::move(roles);
    if (online)
      spec.online = {m};
    return spec;
  }

  std::optional<Schedule> schedule(const KernelSpec &spec) {
    why.clear();
    return scheduleKernel(graph, spec, why);
  }
  std::string why;
};

TEST_F(Kernels, AnOnlineMaximumNeedsOneLoop) {
  KernelSpec online = spec({Role::Grid, Role::Loop, Role::Grid}, true);
  std::optional<Schedule> made = schedule(online);
  ASSERT_TRUE(made) << why;
  ASSERT_EQ(made->loops.size(), 1u);
  EXPECT_EQ(made->loops[0].axes, axisBit(k));
  EXPECT_EQ(made->loops[0].accumulated.size(), 3u);
  // Both sums are relative to the maximum of the same loop.
  EXPECT_EQ(made->relative,
            (std::map<NodeId, NodeId>{{total, m}, {product, m}}));
  EXPECT_GT(made->stage.at(y), made->stage.at(e));
}

TEST_F(Kernels, WithoutItWhatFollowsIsAnotherLoop) {
  std::optional<Schedule> made =
      schedule(spec({Role::Grid, Role::Loop, Role::Grid}, false));
  ASSERT_TRUE(made) << why;
  ASSERT_EQ(made->loops.size(), 2u);
  EXPECT_EQ(made->loops[0].accumulated, std::vector<NodeId>{m});
  EXPECT_EQ(made->loops[1].accumulated.size(), 2u);
  EXPECT_TRUE(made->relative.empty());
}

TEST_F(Kernels, AWholeAxisNeedsNone) {
  std::optional<Schedule> made =
      schedule(spec({Role::Grid, Role::Whole, Role::Grid}, true));
  ASSERT_TRUE(made) << why;
  EXPECT_TRUE(made->loops.empty());
}

TEST_F(Kernels, RolesThatDoNotFitAreRefused) {
  EXPECT_FALSE(schedule(spec({Role::Grid, Role::Grid, Role::Grid}, false)));
  EXPECT_EQ(why, "a reduced axis is on the grid");
  EXPECT_FALSE(schedule(spec({Role::Loop, Role::Loop, Role::Grid}, false)));
  EXPECT_EQ(why, "a reduction keeps a looped axis");
}

/// The kernels compute what the graph says, with every tile, also where it does
/// not divide the extent.
TEST_F(Kernels, ProgramsComputeTheirNodes) {
  Values values(graph);
  sem::Tensor inputs[2];
  inputs[0].shape = {4, 10};
  inputs[1].shape = {10, 6};
  for (sem::ValueId v : {0u, 1u})
    for (int64_t a = 0; a < inputs[v].shape[0]; ++a)
      for (int64_t b = 0; b < inputs[v].shape[1]; ++b)
        inputs[v].data.push_back(values.tensor(v, {a, b}));
  for (bool online : {true, false})
    for (Role role : {Role::Loop, Role::Whole})
      for (int64_t tile : {1, 3, 4, 9, 10}) {
        KernelSpec s = spec({Role::Grid, role, Role::Grid}, online);
        std::optional<Schedule> made = schedule(s);
        ASSERT_TRUE(made) << why;
        Program program;
        ValueId in0 = program.addValue({{4, 10}, ElementType::F32}),
                in1 = program.addValue({{10, 6}, ElementType::F32});
        program.inputs = {in0, in1};
        std::map<NodeId, TensorRef> tensors{{x, {in0, {i, k}}},
                                            {w, {in1, {k, n}}}};
        auto memory = [&](NodeId) {
          return Memory{{{4, 6}, ElementType::F32}, {i, n}, std::nullopt};
        };
        std::optional<sem::Op> kernel = emitKernel(
            graph, s, *made, {3, tile, 4}, program, tensors, memory, why);
        ASSERT_TRUE(kernel) << why;
        program.ops.push_back(std::move(*kernel));
        program.outputs = {tensors.at(y).value};
        sem::Tensor out = sem::evaluate(sem::RealDomain(), program, inputs)[0];
        for (int64_t a = 0; a < 4; ++a)
          for (int64_t b = 0; b < 6; ++b)
            EXPECT_NEAR(out.data[a * 6 + b], values.at(y, {a, 0, b}), 1e-12);
      }
}

TEST_F(Kernels, TilesThatAreEmittedCanBeResized) {
  KernelSpec s = spec({Role::Grid, Role::Loop, Role::Grid}, true);
  std::optional<Schedule> made = schedule(s);
  ASSERT_TRUE(made) << why;
  auto emit = [&](llvm::ArrayRef<int64_t> tiles, Program &program,
                  Sizing &sizing) {
    std::map<NodeId, TensorRef> tensors{
        {x, {program.addValue({{4, 10}, ElementType::F32}), {i, k}}},
        {w, {program.addValue({{10, 6}, ElementType::F32}), {k, n}}}};
    auto memory = [&](NodeId) {
      return Memory{{{4, 6}, ElementType::F32}, {i, n}, std::nullopt};
    };
    return *emitKernel(graph, s, *made, tiles, program, tensors, memory, why,
                       &sizing);
  };
  Program wide, narrow;
  Sizing wideSizing, narrowSizing;
  sem::Op a = emit({4, 8, 4}, wide, wideSizing);
  sem::Op b = emit({2, 3, 2}, narrow, narrowSizing);
  resizeKernel(graph, s, wideSizing, {2, 3, 2}, wide, a);
  ASSERT_EQ(wide.values.size(), narrow.values.size());
  for (ValueId v = 0; v < wide.values.size(); ++v)
    EXPECT_EQ(wide.values[v], narrow.values[v]);
  ASSERT_EQ(wide.axes.size(), narrow.axes.size());
  for (sem::AxisId axis = 0; axis < wide.axes.size(); ++axis)
    EXPECT_EQ(wide.axes[axis].extent, narrow.axes[axis].extent);
}

} // namespace
