//===- WellFormedTest.cpp - Programs that have no meaning -----------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the dialect's verifier refuses, others may build without IR.
//
//===----------------------------------------------------------------------===//

#include "Builder.h"
#include "mirage/Semantics/Evaluate.h"
#include "mirage/Verify/Surrogate.h"

using namespace mirage::test;

namespace {
/// Row sums by tiles: x [8, 16], i of 2 and k of 4; two sums, one of them
/// relative to a maximum.
Program rowSums() {
  Builder b;
  ValueId x = b.input({8, 16});
  AxisId i = b.axis(2, "i"), k = b.axis(4, "k");
  auto out = b.kernel({i}, {{{8, 1}}}, [&](const Builder::Values &results) {
    auto sums = b.loop({k}, [&]() -> std::vector<Accumulator> {
      ValueId t = b.load(x, {{i}, {k}}, {4, 4});
      ValueId m = b.maximum(t, 1);
      return {{Combiner::Sum, b.sum(t, 1), 1}, {Combiner::Max, m}};
    });
    b.store(sums[0], results[0], {{i}, {}});
  });
  return b.done({out[0]});
}

Op &kernelOf(Program &p) { return p.ops[0]; }
Op &loopOf(Program &p) { return kernelOf(p).body[0]; }
Op &storeOf(Program &p) { return kernelOf(p).body[1]; }
Op &loadOf(Program &p) { return loopOf(p).body[0]; }

/// Why rowSums() after `change` has no meaning; empty if it has one.
std::string whyNot(std::function<void(Program &)> change) {
  Program p = rowSums();
  change(p);
  std::string why;
  return mirage::verify::isWellFormed(p, why) ? "" : why;
}

ValueId addValue(Program &p, Shape shape) {
  return p.addValue({std::move(shape), ElementType::F32});
}
} // namespace

TEST(WellFormed, AProgramThatIs) {
  EXPECT_EQ(whyNot([](Program &) {}), "");
}

TEST(WellFormed, Extents) {
  EXPECT_EQ(whyNot([](Program &p) { p.axes[0].extent = 0; }),
            "axis i is empty");
  EXPECT_EQ(whyNot([](Program &p) { p.values[0].shape[1] = 0; }),
            "a value has shape 8x0");
}

TEST(WellFormed, Definitions) {
  EXPECT_EQ(whyNot([](Program &p) { p.inputs.push_back(p.inputs[0]); }),
            "value 0 is defined twice");
  EXPECT_EQ(whyNot([](Program &p) { p.inputs[0] = 99; }),
            "value 99 is defined twice");
  EXPECT_EQ(whyNot([](Program &p) { p.inputs.clear(); }),
            "value 0 is not defined where used");
  EXPECT_EQ(whyNot([](Program &p) { p.outputs[0] = 99; }),
            "value 99 is not defined where used");
  EXPECT_EQ(whyNot([](Program &p) { loadOf(p).results[0] = 99; }),
            "value 99 is defined twice");
  // A tile is not there after its kernel.
  EXPECT_EQ(whyNot([](Program &p) { p.outputs[0] = loadOf(p).results[0]; }),
            "value 2 is not defined where used");
}

TEST(WellFormed, Constants) {
  auto withConstant = [](Op::Kind kind, size_t results, size_t elements) {
    return whyNot([&](Program &p) {
      Op op;
      op.kind = kind;
      for (size_t r = 0; r < results; ++r)
        op.results.push_back(addValue(p, {2, 2}));
      if (kind == Op::Dense && elements)
        op.data = std::make_shared<std::vector<double>>(elements);
      p.ops.push_back(op);
    });
  };
  EXPECT_EQ(withConstant(Op::Constant, 1, 0), "");
  EXPECT_EQ(withConstant(Op::Constant, 0, 0), "a constant has one result");
  EXPECT_EQ(withConstant(Op::Constant, 2, 0), "a constant has one result");
  EXPECT_EQ(withConstant(Op::Dense, 1, 4), "");
  EXPECT_EQ(withConstant(Op::Dense, 2, 4), "a constant has one result");
  const char *elements =
      "a dense constant has not as many elements as its shape";
  EXPECT_EQ(withConstant(Op::Dense, 1, 3), elements);
  EXPECT_EQ(withConstant(Op::Dense, 1, 0), elements);
}

TEST(WellFormed, Algebra) {
  auto withOp = [](const OpSemantics *sem, std::vector<Shape> operands,
                   std::vector<Shape> results) {
    return whyNot([&](Program &p) {
      Op op;
      op.sem = sem;
      for (const Shape &shape : operands) {
        op.operands.push_back(addValue(p, shape));
        p.inputs.push_back(op.operands.back());
      }
      for (const Shape &shape : results)
        op.results.push_back(addValue(p, shape));
      p.ops.push_back(op);
    });
  };
  EXPECT_EQ(withOp(&addSem(), {{2, 3}, {2, 1}}, {{2, 3}}), "");
  const char *one = "an op of the algebra has one result";
  EXPECT_EQ(withOp(nullptr, {{2}, {2}}, {{2}}), one);
  EXPECT_EQ(withOp(&addSem(), {{2}, {2}}, {}), one);
  EXPECT_EQ(withOp(&addSem(), {{2}, {2}}, {{2}, {2}}), one);
  EXPECT_EQ(withOp(&addSem(), {{2}}, {{2}}),
            "mirage.add: expects 2 operands, got 1");
  EXPECT_EQ(withOp(&matmulSem(), {{2, 2}}, {{2, 2}}),
            "mirage.matmul: expects 2 operands, got 1");
  EXPECT_EQ(withOp(&reduceSem(), {}, {{2, 2}}),
            "mirage.reduce: expects 1 or 2 operands, got 0");
  EXPECT_EQ(withOp(&addSem(), {{2, 3}, {2, 2}}, {{2, 3}}),
            "mirage.add: dimension 1 has extents 3 and 2");
  EXPECT_EQ(withOp(&addSem(), {{2, 3}, {2, 1}}, {{3, 2}}),
            "mirage.add: result has shape 3x2, expected 2x3");
}

TEST(WellFormed, Scopes) {
  EXPECT_EQ(whyNot([](Program &p) { kernelOf(p).results[0] = 99; }),
            "a kernel has no such result");
  EXPECT_EQ(whyNot([](Program &p) {
              Op inner = kernelOf(p);
              kernelOf(p).body.push_back(inner);
            }),
            "a kernel is inside a kernel");
  EXPECT_EQ(whyNot([](Program &p) { loopOf(p).axes = {0}; }),
            "an axis belongs to two kernels or loops");
  EXPECT_EQ(whyNot([](Program &p) { kernelOf(p).axes = {99}; }),
            "an axis belongs to two kernels or loops");
  EXPECT_EQ(whyNot([](Program &p) { p.ops = {loopOf(p)}; }),
            "a loop is outside a kernel");
  EXPECT_EQ(whyNot([](Program &p) { p.ops = {loadOf(p)}; }),
            "a split names an axis that is not around it");
  EXPECT_EQ(whyNot([](Program &p) { p.ops = {storeOf(p)}; }),
            "value 5 is not defined where used");
}

TEST(WellFormed, Loads) {
  const char *one = "a load has one operand and one result";
  EXPECT_EQ(whyNot([](Program &p) { loadOf(p).operands.clear(); }), one);
  EXPECT_EQ(whyNot([](Program &p) { loadOf(p).results.clear(); }), one);
  const char *entries =
      "a split has not as many entries as its tensor has dimensions";
  EXPECT_EQ(whyNot([](Program &p) { loadOf(p).split.pop_back(); }), entries);
  EXPECT_EQ(whyNot([](Program &p) {
              p.values[loadOf(p).results[0]].shape.pop_back();
            }),
            entries);
  EXPECT_EQ(whyNot([](Program &p) { loadOf(p).split[1].clear(); }),
            "1 tiles of 4 do not cover 16");
  EXPECT_EQ(whyNot([](Program &p) { p.axes[1].extent = 3; }),
            "3 tiles of 4 do not cover 16");
  EXPECT_EQ(whyNot([](Program &p) { p.axes[1].extent = 5; }),
            "5 tiles of 4 are too many for 16");
}

TEST(WellFormed, Stores) {
  const char *writes = "a store writes a result of its kernel";
  EXPECT_EQ(whyNot([](Program &p) { storeOf(p).operands.clear(); }), writes);
  EXPECT_EQ(whyNot([](Program &p) { storeOf(p).results.clear(); }), writes);
  EXPECT_EQ(whyNot([](Program &p) { storeOf(p).results[0] = 0; }), writes);
  EXPECT_EQ(whyNot([](Program &p) { storeOf(p).once = {0}; }),
            "a store names axis i 2 times");
  EXPECT_EQ(whyNot([](Program &p) {
              storeOf(p).split[0].clear();
              p.values[kernelOf(p).results[0]].shape = {4, 1};
            }),
            "a store names axis i 0 times");
}

TEST(WellFormed, Loops) {
  const char *axis = "a loop has an axis, and a result for each accumulator";
  EXPECT_EQ(whyNot([](Program &p) { loopOf(p).axes.clear(); }), axis);
  EXPECT_EQ(whyNot([](Program &p) { loopOf(p).results.pop_back(); }), axis);
  EXPECT_EQ(whyNot([](Program &p) { loopOf(p).results[0] = 99; }),
            "a loop has no such result");
  EXPECT_EQ(whyNot([](Program &p) { loopOf(p).accumulators[0].value = 99; }),
            "value 99 is not defined where used");
  EXPECT_EQ(
      whyNot([](Program &p) { p.values[loopOf(p).results[0]].shape = {4, 2}; }),
      "a loop's result has shape 4x2, expected 4x1");
}

TEST(WellFormed, Accumulators) {
  auto withStack = [](int64_t dim) {
    return whyNot([&](Program &p) {
      loopOf(p).accumulators[1] = {Combiner::Stack, loadOf(p).results[0], -1,
                                   dim};
      loopOf(p).accumulators[0].rel = -1;
      p.values[loopOf(p).results[1]].shape = {4, 15};
    });
  };
  EXPECT_EQ(withStack(1), "");
  EXPECT_EQ(withStack(-1), "stack has no such dimension");
  EXPECT_EQ(withStack(2), "stack has no such dimension");
  EXPECT_EQ(withStack(0), "a loop's result has shape 4x15, expected 16x4");

  const char *names = "rel goes with sum and names a max of the same loop";
  EXPECT_EQ(whyNot([](Program &p) { loopOf(p).accumulators[0].rel = 0; }),
            names);
  EXPECT_EQ(whyNot([](Program &p) { loopOf(p).accumulators[0].rel = 2; }),
            names);
  EXPECT_EQ(whyNot([](Program &p) { loopOf(p).accumulators[1].rel = 1; }),
            names);
  auto withMaximum = [](Shape shape) {
    return whyNot([&](Program &p) {
      Op op;
      op.kind = Op::Constant;
      op.results = {addValue(p, shape)};
      loopOf(p).body.push_back(op);
      loopOf(p).accumulators[1].value = op.results[0];
      p.values[loopOf(p).results[1]].shape = shape;
    });
  };
  EXPECT_EQ(withMaximum({1, 1}), "");
  EXPECT_EQ(withMaximum({4}), "rel has another rank");
  EXPECT_EQ(withMaximum({2, 1}), "rel has shape 2x1, expected 4x1");
}

// Who evaluates without asking is told, in builds without asserts, too.
TEST(WellFormedDeathTest, EvaluatorsStop) {
  std::vector<Tensor> inputs = {{{8, 16}, std::vector<double>(128)}};
  Program nested = rowSums();
  Op inner = kernelOf(nested);
  kernelOf(nested).body.push_back(inner);
  EXPECT_DEATH(evaluate(RealDomain{}, nested, inputs),
               "ill-formed program: nested kernel");
  Program shapes = rowSums();
  Op &maximum = loopOf(shapes).body[1];
  maximum.operands.append(2, maximum.operands[0]);
  EXPECT_DEATH(evaluate(RealDomain{}, shapes, inputs),
               "ill-formed program: expects 1 or 2 operands, got 3");
}
