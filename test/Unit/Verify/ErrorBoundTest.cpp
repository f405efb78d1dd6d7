//===- ErrorBoundTest.cpp - Bounds of the chance to miss a difference -----===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "mirage/Verify/Verifier.h"
#include <cmath>

using namespace mirage::test;
using namespace mirage::verify;

namespace {

FieldTestResult bounded(const Program &reference, const Program &candidate,
                        FieldTestOptions options = {}) {
  options.bound = true;
  FieldTestResult r = fieldTest(reference, candidate, options);
  EXPECT_TRUE(r.accepted) << r.text;
  EXPECT_EQ(r.boundLog2.has_value(), r.noBound.empty()) << r.noBound;
  return r;
}

using Body = std::function<ValueId(Builder &, ValueId)>;
Program of(Body body, Shape shape = {4, 8}) {
  Builder b;
  ValueId x = b.input(std::move(shape));
  ValueId result = body(b, x);
  return b.done({result});
}

TEST(ErrorBound, Polynomials) {
  auto cube = [](Builder &b, ValueId x) { return b.mul(x, b.mul(x, x)); };
  FieldTestResult r = bounded(of(cube), of(cube));
  EXPECT_EQ(r.boundNumbers.degree, 3);
  EXPECT_EQ(r.boundNumbers.exponents, 0u);
  EXPECT_EQ(r.boundNumbers.roots, 0u);
  // Two draws, 3 / p each, and p has 61 bits.
  EXPECT_LT(*r.boundLog2, -2 * (60 - std::log2(3)));
  EXPECT_GT(*r.boundLog2, -2 * (61 - std::log2(3)) - 1e-9);
  EXPECT_EQ(r.levelsCompared, 1u);
  EXPECT_EQ(r.cells, 0u);
}

TEST(ErrorBound, DenominatorsAreCleared) {
  // x / (x + 1) + 1 / (x + 1), a common denominator.
  auto body = [](Builder &b, ValueId x) {
    ValueId d = b.add(x, b.c(1));
    return b.add(b.div(x, d), b.div(b.c(1), d));
  };
  EXPECT_EQ(bounded(of(body), of(body)).boundNumbers.degree, 1);
  auto product = [](Builder &b, ValueId x) {
    return b.add(b.div(x, b.add(x, b.c(1))), b.div(x, b.add(x, b.c(2))));
  };
  EXPECT_EQ(bounded(of(product), of(product)).boundNumbers.degree, 2);
}

TEST(ErrorBound, AttentionIsSeparable) {
  AttentionSizes z;
  for (const Program &plan :
       {attentionOnline(z, 16, 64), attentionSplit(z, 8, 64),
        attentionReference(z, false)}) {
    FieldTestResult r = bounded(attentionReference(z), plan);
    ASSERT_TRUE(r.boundLog2) << r.noBound;
    EXPECT_LT(*r.boundLog2, -100);
    EXPECT_GE(r.boundNumbers.exponents, 6u);
    EXPECT_EQ(r.boundNumbers.argumentDegree, 2);
    EXPECT_GT(r.boundNumbers.exponentDegree, 1);
    EXPECT_GE(r.cells, 2u);
    EXPECT_EQ(r.levelsCompared, 1u);
  }
}

TEST(ErrorBound, RootsWeakenIt) {
  FieldTestResult r = bounded(rmsReference(), rmsFused());
  ASSERT_TRUE(r.boundLog2) << r.noBound;
  EXPECT_EQ(r.boundNumbers.roots, 1u);
  EXPECT_LT(*r.boundLog2, -100);
  AttentionSizes z;
  r = bounded(qkNormReference(z), qkNormOnline(z, 64, false));
  ASSERT_TRUE(r.boundLog2) << r.noBound;
  EXPECT_GT(r.boundNumbers.exponents, 6u);
  EXPECT_LT(*r.boundLog2, -90);
}

TEST(ErrorBound, MultiplesOfOneExponent) {
  // exp(x / 2), exp(x) and exp(2 x) are powers of one.
  auto body = [](Builder &b, ValueId x) {
    ValueId half = b.exp(b.mul(x, b.c(0.5))), whole = b.exp(x);
    return b.add(b.mul(half, whole), b.exp(b.mul(b.c(2), x)));
  };
  FieldTestResult r = bounded(of(body), of(body));
  ASSERT_TRUE(r.boundLog2) << r.noBound;
  EXPECT_EQ(r.boundNumbers.exponents, 1u);
  EXPECT_EQ(r.boundNumbers.exponentDegree, 4);
}

TEST(ErrorBound, LogarithmsInSums) {
  auto lse = [](bool safe) {
    return of(
        [=](Builder &b, ValueId x) {
          if (!safe)
            return b.log(b.sum(b.exp(x), 1));
          ValueId m = b.maximum(x, 1);
          return b.add(m, b.log(b.sum(b.exp(b.sub(x, m)), 1)));
        },
        {4, 4096});
  };
  FieldTestResult r = bounded(lse(true), lse(false));
  ASSERT_TRUE(r.boundLog2) << r.noBound;
  EXPECT_LT(*r.boundLog2, -100);
}

TEST(ErrorBound, SaysWhyThereIsNone) {
  struct {
    Body body;
    const char *why;
  } cases[] = {
      {[](Builder &b, ValueId x) {
         return b.add(b.exp(x), b.exp(b.mul(x, x)));
       },
       "exponents share all of their inputs"},
      {[](Builder &b, ValueId x) { return b.exp(b.exp(x)); },
       "an exponential of an exponential"},
      {[](Builder &b, ValueId x) {
         return b.sqrt(b.add(b.exp(x), b.c(1)));
       },
       "a root of an exponential"},
      {[](Builder &b, ValueId x) {
         ValueId square = b.add(b.mul(x, x), b.c(1));
         return b.mul(b.log(square), x);
       },
       "a logarithm in a product"},
      {[](Builder &b, ValueId x) {
         for (int i = 0; i < 6; ++i)
           x = b.exp(b.neg(x));
         return x;
       },
       "exponentials nest below the tower"},
  };
  for (auto &c : cases) {
    FieldTestResult r = bounded(of(c.body), of(c.body));
    EXPECT_FALSE(r.boundLog2);
    EXPECT_EQ(r.noBound, c.why);
  }
}

TEST(ErrorBound, UninterpretedFunctionsAreOracles) {
  auto gelu = [](Builder &b, ValueId x) {
    return b.mul(x, b.add(b.c(1), b.op(erfSem(), {x})));
  };
  FieldTestResult r = bounded(of(gelu), of(gelu));
  ASSERT_TRUE(r.boundLog2) << r.noBound;
  EXPECT_TRUE(r.boundNumbers.oracle);
  EXPECT_FALSE(bounded(rmsReference(), rmsFused()).boundNumbers.oracle);
}

/// Of differing programs, how many one draw accepts; and the largest bound.
struct Rate {
  double accepted, bound;
};
Rate rateOf(const Program &reference, const Program &candidate,
            llvm::ArrayRef<Tower> towers, unsigned trials) {
  FieldTestOptions options;
  options.draws = 1;
  options.bound = true;
  options.towers = towers;
  options.realWork = 0;
  Rate rate{0, 0};
  for (options.seed = 0; options.seed < trials; ++options.seed) {
    FieldTestResult r = fieldTest(reference, candidate, options);
    if (!r.accepted)
      continue;
    ++rate.accepted;
    EXPECT_TRUE(r.boundLog2) << r.noBound;
    rate.bound = std::max(rate.bound, std::exp2(r.boundLog2.value_or(0)));
  }
  rate.accepted /= trials;
  return rate;
}

// One output; primes so small that differences are missed.
TEST(ErrorBound, HoldsForSmallPrimes) {
  auto softmax = [](double c) {
    return of(
        [=](Builder &b, ValueId x) {
          ValueId p = b.exp(b.mul(x, b.c(c)));
          return b.div(b.sum(b.mul(p, x), 1), b.sum(p, 1));
        },
        {1, 5000});
  };
  const Tower small[] = {{2039, 1019}}, tiny[] = {{167, 83}};
  Program one = softmax(1), two = softmax(2);
  Rate rate = rateOf(one, two, small, 4000);
  EXPECT_GT(rate.accepted, 0);
  EXPECT_LE(rate.accepted, rate.bound);
  // The smaller the primes, the more is missed; with large ones, nothing is.
  EXPECT_GT(rateOf(one, two, tiny, 2000).accepted, rate.accepted);
  EXPECT_EQ(rateOf(one, two, fieldTowers(), 2000).accepted, 0);
}

TEST(ErrorBound, IsStatedInTheVerdict) {
  AttentionSizes z;
  VerifyOptions options;
  options.runFloatTest = false;
  options.field.bound = true;
  Verdict v =
      verify(attentionReference(z), attentionOnline(z, 16, 64), options);
  ASSERT_TRUE(v.accepted);
  ASSERT_TRUE(v.bound());
  EXPECT_LT(*v.bound(), 1e-30);
  for (const char *part :
       {"bound 2^-", "2 towers, 1 level compared, D_0 ", ", D_u ", ", d_1 2, ",
        " separable exponents)", " within "})
    EXPECT_NE(v.summary.find(part), std::string::npos) << v.summary;
  options.field.bound = false;
  v = verify(attentionReference(z), attentionOnline(z, 16, 64), options);
  EXPECT_FALSE(v.bound());
  EXPECT_NE(v.summary.find("no bound (heuristically"), std::string::npos)
      << v.summary;
}

} // namespace
