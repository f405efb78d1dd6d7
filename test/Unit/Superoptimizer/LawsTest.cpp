//===- LawsTest.cpp - Laws that an op's semantics states ------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/Superoptimizer.h"
#include "mirage/Semantics/Evaluate.h"
#include <gtest/gtest.h>

using namespace mirage;
using sem::ScalarExpr;

/// sum_k op(x_mk) w_kn
static sem::Program makeProgram(const sem::OpSemantics &op) {
  sem::Program program;
  program.name = "main";
  auto apply = [&](const sem::OpSemantics &sem,
                   std::initializer_list<sem::ValueId> operands,
                   sem::Shape shape) {
    program.ops.emplace_back();
    program.ops.back().sem = &sem;
    program.ops.back().operands = operands;
    sem::ValueId result = program.addValue({shape, sem::ElementType::F32});
    program.ops.back().results = {result};
    return result;
  };
  sem::ValueId x = program.addValue({{8, 64}, sem::ElementType::F32});
  sem::ValueId w = program.addValue({{64, 32}, sem::ElementType::F32});
  program.inputs = {x, w};
  sem::ValueId y = apply(op, {x}, {8, 64});
  program.outputs = {apply(sem::matmulSem(), {y, w}, {8, 32})};
  return program;
}

static SuperoptimizeResult run(const sem::OpSemantics &op) {
  SuperoptimizeOptions options;
  options.topK = 16;
  return superoptimize(makeProgram(op), options);
}

TEST(Laws, TrueLawsArePlans) {
  sem::Elementwise twice(
      "acme.twice",
      ScalarExpr::call(sem::fn::add, {ScalarExpr::arg(0), ScalarExpr::arg(0)}),
      1, {0});
  sem::Elementwise silent(twice.opName, twice.body, 1);
  SuperoptimizeResult with = run(twice), without = run(silent);
  EXPECT_TRUE(with.refusals.empty());
  EXPECT_TRUE(with.chosen);
  EXPECT_GT(with.stats.states, without.stats.states);
}

TEST(Laws, FalseLawsAreRefused) {
  sem::Elementwise square(
      "acme.square",
      ScalarExpr::call(sem::fn::mul, {ScalarExpr::arg(0), ScalarExpr::arg(0)}),
      1, {0});
  SuperoptimizeResult result = run(square);
  ASSERT_FALSE(result.refusals.empty());
  EXPECT_EQ(result.refusals.front().layer, "field");
  ASSERT_TRUE(result.chosen);
  const sem::Program &chosen = result.plans[*result.chosen].plan.program;
  sem::Tensor x{{8, 64}, std::vector<double>(8 * 64, 0.5)},
      w{{64, 32}, std::vector<double>(64 * 32, 1)};
  sem::Tensor out = sem::evaluate(sem::RealDomain(), chosen, {x, w})[0];
  for (double value : out.data)
    EXPECT_EQ(value, 16);
}
