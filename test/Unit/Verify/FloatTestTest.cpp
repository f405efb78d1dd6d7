//===- FloatTestTest.cpp - Plans that are equal but not accurate ----------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "mirage/Semantics/Field.h"
#include "mirage/Verify/Verifier.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <thread>

using namespace mirage::test;
using namespace mirage::verify;

namespace {

/// By the definition: the nearest multiple of the last place, ties to even.
double slowRound(double x, int digits, int lowest, double overflow) {
  if (!std::isfinite(x) || x == 0)
    return x;
  int exponent;
  std::frexp(x, &exponent);
  double place = std::ldexp(1, std::max(exponent - digits, lowest));
  double result = std::nearbyint(x / place) * place;
  return std::copysign(std::fabs(result) >= overflow ? HUGE_VAL : result, x);
}

TEST(Rounding, IsToNearestEven) {
  Random random(1);
  auto check = [](double x) {
    for (double y : {x, -x}) {
      EXPECT_EQ(roundTo(y, ElementType::F16), slowRound(y, 11, -24, 0x1p16));
      EXPECT_EQ(roundTo(y, ElementType::BF16), slowRound(y, 8, -133, 0x1p128));
    }
  };
  // All f16 values and what lies half way and close to it.
  for (int e = -24; e <= 15; ++e)
    for (int m = 1024; m < 2048; ++m)
      for (double d : {0., 0.5, 0.5 - 0x1p-30, 0.5 + 0x1p-30})
        check(std::ldexp(m + d, e - 10));
  for (int i = 0; i < 20000; ++i)
    check(std::ldexp(1 + random.uniform(),
                     static_cast<int>(random.below(300)) - 150));
  EXPECT_TRUE(std::isnan(roundTo(NAN, ElementType::F16)));
  EXPECT_TRUE(std::isinf(roundTo(65520, ElementType::F16)));
  EXPECT_EQ(roundTo(65519, ElementType::F16), 65504);
  EXPECT_TRUE(std::signbit(roundTo(-1e-30, ElementType::F16)));
}

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

/// x / sqrt(mean x^2 + 1), or with a sum of squares that cancels what it adds.
Program norm(bool cancels) {
  Builder b;
  ValueId x = b.input({64, 4096}, ElementType::F16);
  ValueId wide = b.cast(x, ElementType::F32), squares = b.mul(wide, wide);
  if (cancels) {
    ValueId c = b.c(3000), shifted = b.add(wide, c);
    squares = b.sub(b.mul(shifted, shifted),
                    b.mul(c, b.add(b.mul(b.c(2), wide), c)));
  }
  ValueId mean = b.div(b.sum(squares, 1), b.c(4096));
  ValueId root = b.rsqrt(b.add(mean, b.c(1)));
  return b.done({b.cast(b.mul(wide, root), ElementType::F16)});
}

TEST(FloatTest, ErrorsOfMeansAreNotHiddenBySmallShapes) {
  // Fewer elements over 4096 would make the mean, and its error, vanish in 1.
  FloatTestResult same = floatTest(norm(false), norm(false));
  EXPECT_TRUE(same.accepted) << same.text;
  FloatTestResult worse = floatTest(norm(false), norm(true));
  EXPECT_FALSE(worse.accepted);
  EXPECT_NE(worse.text.find("rounded"), std::string::npos) << worse.text;
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

// The weights of a softmax, rounded to f16 for the product before they are
// divided by their sum. Unsafe ones overflow.
TEST(FloatTest, NarrowWeightsOfASoftmax) {
  auto program = [](bool safe, bool early, ElementType type) {
    Builder b;
    ValueId s = b.input({8, 64}), v = b.input({64, 16}, ElementType::F16);
    ValueId p = b.exp(safe ? b.sub(s, b.maximum(s, 1)) : s);
    ValueId l = b.sum(p, 1);
    ValueId weights = b.cast(early ? p : b.div(p, l), type);
    if (type != ElementType::F16)
      v = b.cast(v, type);
    ValueId o = b.matmul(weights, v);
    return b.done({b.cast(early ? b.div(o, l) : o, ElementType::F16)});
  };
  ElementType f16 = ElementType::F16, f32 = ElementType::F32;
  FloatTestResult r =
      floatTest(program(true, false, f16), program(true, true, f16));
  EXPECT_TRUE(r.accepted) << r.text;
  Program unsafe = program(false, false, f16);
  EXPECT_TRUE(fieldTest(unsafe, program(false, true, f16)).accepted);
  r = floatTest(unsafe, program(false, true, f16));
  EXPECT_FALSE(r.accepted);
  EXPECT_NE(r.text.find("rounded, the error is inf"), std::string::npos)
      << r.text;
  EXPECT_NE(r.text.find("at output 0 ["), std::string::npos) << r.text;
  // Wide ones are right.
  r = floatTest(unsafe, program(false, true, f32));
  EXPECT_TRUE(r.accepted) << r.text;
  // No product of this program takes f16.
  r = floatTest(program(true, false, f32), program(true, true, f16));
  EXPECT_FALSE(r.accepted);
  EXPECT_NE(r.text.find("operands of a product are rounded to f16"),
            std::string::npos)
      << r.text;
}

// Intermediates stay as wide as the program's, even if nothing overflows.
TEST(FloatTest, OnlyProductsAreNarrowed) {
  auto program = [](ElementType inner) {
    Builder b;
    ValueId x = b.input({8, 64});
    ValueId y = b.cast(b.mul(x, b.c(0.25)), inner);
    return b.done({b.add(b.cast(y, ElementType::F32), x)});
  };
  Program wide = program(ElementType::F32), narrow = program(ElementType::F16);
  FloatTestResult r = floatTest(wide, narrow);
  EXPECT_FALSE(r.accepted);
  EXPECT_NE(r.text.find("no operand of a product is rounded to f16"),
            std::string::npos)
      << r.text;
  EXPECT_TRUE(floatTest(narrow, narrow).accepted);
  EXPECT_TRUE(floatTest(narrow, wide).accepted);
}

TEST(FloatTest, RefusesNarrowIntermediatesThatOverflow) {
  // The program rounds a value to f16 as well, but a smaller one.
  auto program = [](bool early) {
    Builder b;
    ValueId x = b.input({32, 64});
    ValueId half = b.c(0x1p-8),
            square = b.add(b.mul(b.add(x, x), x), b.c(1));
    auto round = [&](ValueId v) {
      return b.cast(b.cast(v, ElementType::F16), ElementType::F32);
    };
    return b.done({b.mul(early ? b.mul(round(square), half)
                               : round(b.mul(square, half)),
                         b.c(2))});
  };
  Program wide = program(false), narrow = program(true);
  EXPECT_TRUE(fieldTest(wide, narrow).accepted);
  FloatTestResult r = floatTest(wide, narrow);
  EXPECT_FALSE(r.accepted);
  EXPECT_NE(r.text.find("largest"), std::string::npos) << r.text;
  // The other way round the program itself overflows, and that is left out;
  // smaller inputs take the place.
  r = floatTest(narrow, wide);
  EXPECT_TRUE(r.accepted) << r.text;
  EXPECT_EQ(llvm::count(r.skipped, "largest"), 1);
  EXPECT_EQ(llvm::count(r.compared, "larger"), 1);
}

// At least two full tiles and what is ragged, on each axis.
TEST(FloatTest, KeepsFullAndRaggedTiles) {
  AttentionSizes z{2, 100, 16, 1000, 16};
  Program reference = attentionReference(z);
  FloatTestOptions options;
  FloatTestResult r = floatTest(reference, attentionOnline(z, 16, 64), options);
  EXPECT_TRUE(r.accepted) << r.text;
  EXPECT_EQ(r.surrogate, "float");
  // Wrong only in the last, ragged tile: the ones are counted in a full one.
  auto counted = [](bool masked) {
    Builder b;
    ValueId x = b.input({4, 4000});
    if (!masked)
      return b.done({b.sum(b.add(x, b.c(1)), 1)});
    AxisId k = b.axis(63, "k");
    auto out = b.kernel({}, {f32({4, 1})}, [&](const auto &res) {
      auto sums = b.loop({k}, [&] {
        ValueId t = b.load(x, {{}, {k}}, {4, 64}), one = b.c(1);
        ValueId ones = b.op(broadcastSem(), {one},
                            Params().setArray("shape", {4, 64}));
        return std::vector<Accumulator>{{Combiner::Sum, b.sum(t, 1)},
                                        {Combiner::Sum, b.sum(ones, 1)}};
      });
      b.store(b.add(sums[0], sums[1]), res[0], {{}, {}});
    });
    return b.done({out[0]});
  };
  options.maxWork = 2000; // not the real shape
  r = floatTest(counted(false), counted(true), options);
  EXPECT_FALSE(r.accepted);
  EXPECT_NE(r.surrogate, "real");
  EXPECT_NE(r.text.find("in double the error is"), std::string::npos) << r.text;
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

TEST(Verifier, KeepsWhatEachLayerSaid) {
  AttentionSizes z;
  Program reference = attentionReference(z), online = attentionOnline(z, 16, 64);
  VerifyOptions options;
  options.runRealShapeTest = true;
  Verdict v = verify(reference, online, options);
  EXPECT_TRUE(v.accepted) << v.summary;
  EXPECT_EQ(v.refusedBy, "");
  ASSERT_TRUE(v.real && v.floats);
  EXPECT_EQ(v.surrogates(), "dividing, real (sampled)");
  EXPECT_GT(v.smallestPrime(), 1ull << 60);
  EXPECT_FALSE(v.bound());
  v = verify(reference, attentionReference(z, false), options);
  EXPECT_EQ(v.refusedBy, "float");
  Program wrong = attentionOnline(z, 16, 64, OnlineBug::NoRelOnSum);
  v = verify(reference, wrong, options);
  EXPECT_EQ(v.refusedBy, "field");
  EXPECT_FALSE(v.real);
  // One layer alone.
  options.runFieldTest = false;
  v = verify(reference, wrong, options);
  EXPECT_EQ(v.refusedBy, "field");
  EXPECT_TRUE(v.real && !v.floats);
  EXPECT_EQ(v.smallestPrime(), 0u);
  options.runRealShapeTest = false;
  v = verify(reference, wrong, options);
  EXPECT_EQ(v.refusedBy, "float");
}

TEST(Verifier, IsSafeToCallFromSeveralThreads) {
  AttentionSizes z{2, 16, 16, 256, 16};
  Program reference = qkNormReference(z);
  VerifyOptions options;
  options.field.bound = true;
  options.runRealShapeTest = true;
  std::vector<Verdict> verdicts(4);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < verdicts.size(); ++i)
    threads.emplace_back([&, i] {
      verdicts[i] = verify(reference, qkNormOnline(z, 16, i % 2), options);
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_TRUE(verdicts[0].accepted) << verdicts[0].summary;
  EXPECT_FALSE(verdicts[1].accepted);
  for (size_t i : {0, 1})
    EXPECT_EQ(verdicts[i].summary, verdicts[i + 2].summary);
}

// An element that depends on too much is no refusal.
TEST(Verifier, RealShapesMayBeTooLarge) {
  Builder b;
  ValueId x = b.input({2048, 2048}), y = b.input({2048, 2048});
  Program p = b.done({b.sum(b.matmul(x, y), 1)});
  VerifyOptions options;
  options.runRealShapeTest = true;
  options.runFloatTest = false;
  Verdict v = verify(p, p, options);
  EXPECT_TRUE(v.accepted);
  EXPECT_EQ(v.surrogates(), "dividing");
  EXPECT_NE(v.summary.find("real shapes: not sampled, one element takes"),
            std::string::npos)
      << v.summary;
}

} // namespace
