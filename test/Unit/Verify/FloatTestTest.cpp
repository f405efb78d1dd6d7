//===- FloatTestTest.cpp - Plans that are equal but not accurate ----------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "mirage/Verify/Verifier.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mirage::test;
using namespace mirage::verify;

namespace {

TEST(OutputError, IsRelativeToElementAndRms) {
  Tensor r{{2}, {3, 4}}, a = r;
  EXPECT_EQ(outputError(r, a), 0);
  a.data[0] = 3.1;
  EXPECT_NEAR(outputError(r, a), 0.1 / (3 + std::sqrt(12.5)), 1e-12);
  a.data[0] = HUGE_VAL;
  EXPECT_TRUE(std::isinf(outputError(r, a)));
  a.data[0] = NAN;
  EXPECT_TRUE(std::isinf(outputError(r, a)));
  Tensor zero{{1}, {0}};
  EXPECT_EQ(outputError(zero, zero), 0);
  EXPECT_TRUE(std::isinf(outputError(zero, {{1}, {1e-30}})));
}

TEST(FloatTest, AcceptsAccuratePlans) {
  FloatTestResult r = floatTest(rmsReference(), rmsFused());
  EXPECT_TRUE(r.accepted) << r.text;
  EXPECT_EQ(r.surrogate, "float, tied means");
  EXPECT_LT(r.maxError, r.tolerance);
  AttentionSizes z;
  r = floatTest(attentionReference(z), attentionOnline(z, 16, 64));
  EXPECT_TRUE(r.accepted) << r.text;
  EXPECT_GE(r.compared.size(), 5u);
  r = floatTest(attentionReference(z), attentionSplit(z, 8, 64));
  EXPECT_TRUE(r.accepted) << r.text;
}

TEST(FloatTest, RefusesOverflowAtLargeLogits) {
  AttentionSizes z;
  Program reference = attentionReference(z);
  for (const Program &unsafe :
       {attentionReference(z, false),
        attentionOnline(z, 16, 64, OnlineBug::TileMaximum)}) {
    EXPECT_TRUE(fieldTest(reference, unsafe).accepted);
    FloatTestResult r = floatTest(reference, unsafe);
    EXPECT_FALSE(r.accepted);
    EXPECT_TRUE(r.testable);
    EXPECT_NE(r.text.find("large"), std::string::npos) << r.text;
  }
}

// A mask whose first tiles are all -inf: exp(-inf - -inf) is NaN.
TEST(FloatTest, MasksWithWholeTilesOfInfinity) {
  auto program = [](bool blocks, bool guarded) {
    Builder b;
    ValueId s = b.input({8, 64}), mask = b.input({8, 64}), v = b.input({64, 4});
    if (!blocks) {
      ValueId t = b.add(s, mask);
      ValueId p = b.exp(b.sub(t, b.maximum(t, 1)));
      return b.done({b.matmul(b.div(p, b.sum(p, 1)), v)});
    }
    AxisId k = b.axis(8, "k"), l = b.axis(8, "l"), m = b.axis(2, "m");
    auto out = b.kernel({m}, {f32({8, 4})}, [&](const auto &res) {
      auto scores = [&](AxisId axis) {
        return b.add(b.load(s, {{m}, {axis}}, {4, 8}),
                     b.load(mask, {{m}, {axis}}, {4, 8}));
      };
      auto top = b.loop({l}, [&] {
        return std::vector<Accumulator>{
            {Combiner::Max, b.maximum(scores(l), 1)}};
      });
      auto sums = b.loop({k}, [&] {
        ValueId t = scores(k), mj = b.maximum(t, 1);
        ValueId p = guarded ? b.expSub(t, mj) : b.exp(b.sub(t, mj));
        ValueId vt = b.load(v, {{k}, {}}, {8, 4});
        ValueId scale = b.expSub(mj, top[0]);
        return std::vector<Accumulator>{
            {Combiner::Sum, b.mul(scale, b.sum(p, 1))},
            {Combiner::Sum, b.mul(scale, b.matmul(p, vt))}};
      });
      b.store(b.div(sums[1], sums[0]), res[0], {{m}, {}});
    });
    return b.done({out[0]});
  };
  FloatTestResult r = floatTest(program(false, false), program(true, true));
  EXPECT_TRUE(r.accepted) << r.text;
  EXPECT_EQ(llvm::count(r.compared, "masked (input 1)"), 2);
  // The field test draws finite masks only.
  EXPECT_TRUE(fieldTest(program(false, false), program(true, false)).accepted);
  r = floatTest(program(false, false), program(true, false));
  EXPECT_FALSE(r.accepted);
  EXPECT_NE(r.text.find("masked"), std::string::npos) << r.text;
}

TEST(FloatTest, RefusesNarrowIntermediatesThatOverflow) {
  auto program = [](ElementType inner) {
    Builder b;
    ValueId x = b.cast(b.input({8, 64}, ElementType::F16), inner);
    ValueId square = b.mul(b.add(x, x), x);
    ValueId scaled = b.mul(square, b.c(0x1p-8, 2, inner));
    return b.done({b.cast(scaled, ElementType::F16)});
  };
  Program wide = program(ElementType::F32), narrow = program(ElementType::F16);
  EXPECT_TRUE(fieldTest(wide, narrow).accepted);
  FloatTestResult r = floatTest(wide, narrow);
  EXPECT_FALSE(r.accepted);
  EXPECT_NE(r.text.find("largest"), std::string::npos) << r.text;
  // The other way round the program itself overflows, and that is left out.
  r = floatTest(narrow, wide);
  EXPECT_TRUE(r.accepted) << r.text;
  EXPECT_EQ(llvm::count(r.skipped, "largest"), 1);
}

TEST(FloatTest, SaysWhenNothingIsFinite) {
  Builder b;
  ValueId x = b.input({4, 8});
  Program p = b.done({b.log(b.sub(x, x))});
  FloatTestResult r = floatTest(p, p);
  EXPECT_FALSE(r.accepted);
  EXPECT_FALSE(r.testable);
}

TEST(Verifier, RunsTheLayersInOrder) {
  AttentionSizes z;
  Program reference = attentionReference(z);
  Verdict v = verify(reference, attentionOnline(z, 16, 64));
  EXPECT_TRUE(v.accepted) << v.summary;
  EXPECT_NE(v.summary.find("float test: error"), std::string::npos);
  v = verify(reference, attentionReference(z, false));
  EXPECT_FALSE(v.accepted);
  EXPECT_TRUE(v.field.accepted && v.floats && !v.floats->accepted);
  v = verify(reference, attentionOnline(z, 16, 64, OnlineBug::NoRelOnSum));
  EXPECT_FALSE(v.accepted);
  EXPECT_FALSE(v.floats);
}

} // namespace
