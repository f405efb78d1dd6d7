//===- CompareTest.cpp - The error of an output ---------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Compare.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace mirage::runtime;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

static Comparison compareDoubles(const std::vector<double> &actual,
                                 const std::vector<double> &reference,
                                 double tolerance = 1e-3) {
  HostTensor tensor = HostTensor::fromDoubles(
      DType::F64, {static_cast<int64_t>(actual.size())}, actual);
  Expected<Comparison> result = compare(tensor, reference, tolerance);
  EXPECT_TRUE(result);
  return *result;
}

TEST(Compare, Formula) {
  // rms = 5 / sqrt(2).
  Comparison result = compareDoubles({3, 4.5}, {3, 4});
  EXPECT_DOUBLE_EQ(result.maxError, 0.5 / (4 + 5 / std::sqrt(2)));
  EXPECT_DOUBLE_EQ(result.normError, 0.5 / 5);
  EXPECT_EQ(result.worstIndex, 1);
  EXPECT_EQ(result.nonfinite, 0u);
  EXPECT_FALSE(result.ok);
  EXPECT_TRUE(compareDoubles({3, 4.5}, {3, 4}, 0.1).ok);
  EXPECT_EQ(compareDoubles({3, 4}, {3, 4}, 0).worstIndex, 0);
  EXPECT_TRUE(compareDoubles({3, 4}, {3, 4}, 0).ok);
}

TEST(Compare, OneWrongElementAmongMany) {
  std::vector<double> reference(10000, 1.0), actual = reference;
  actual[4711] = 1.1;
  Comparison result = compareDoubles(actual, reference, 2e-3);
  EXPECT_LT(result.normError, 2e-3);
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.worstIndex, 4711);
}

TEST(Compare, ZeroReference) {
  Comparison equal = compareDoubles({0, -0.0}, {0, 0});
  EXPECT_EQ(equal.maxError, 0);
  EXPECT_EQ(equal.normError, 0);
  EXPECT_TRUE(equal.ok);
  Comparison different = compareDoubles({0, 1e-300}, {0, 0}, 1e300);
  EXPECT_EQ(different.maxError, infinity);
  EXPECT_EQ(different.normError, infinity);
  EXPECT_EQ(different.worstIndex, 1);
  EXPECT_FALSE(different.ok);
}

TEST(Compare, NonFiniteValues) {
  for (double bad : {infinity, -infinity, notANumber}) {
    Comparison result = compareDoubles({1, bad, bad}, {1, 2, 3}, 1e300);
    EXPECT_EQ(result.maxError, infinity);
    EXPECT_EQ(result.normError, infinity);
    EXPECT_EQ(result.worstIndex, 1);
    EXPECT_EQ(result.nonfinite, 2u);
    EXPECT_FALSE(result.ok);
    // Where the reference is not finite, the output must be the same.
    EXPECT_TRUE(compareDoubles({1, bad}, {1, bad}, 0).ok);
    Comparison finite = compareDoubles({1, 2}, {1, bad}, 1e300);
    EXPECT_EQ(finite.maxError, infinity);
    EXPECT_EQ(finite.nonfinite, 0u);
  }
  EXPECT_FALSE(compareDoubles({infinity}, {-infinity}, 1e300).ok);
  EXPECT_FALSE(compareDoubles({notANumber}, {infinity}, 1e300).ok);
  EXPECT_FALSE(compareDoubles({infinity}, {notANumber}, 1e300).ok);
}

TEST(Compare, ExtremeMagnitudes) {
  double large = std::numeric_limits<double>::max();
  Comparison result = compareDoubles({large, -large}, {large, large});
  EXPECT_DOUBLE_EQ(result.maxError, 1);
  EXPECT_DOUBLE_EQ(result.normError, std::sqrt(2));
  EXPECT_FALSE(result.ok);
  result = compareDoubles({2e-200, 1e-200}, {1e-200, 1e-200});
  EXPECT_DOUBLE_EQ(result.maxError, 0.5);
  EXPECT_DOUBLE_EQ(result.normError, std::sqrt(0.5));
}

TEST(Compare, EmptyAndMismatched) {
  Comparison empty = compareDoubles({}, {});
  EXPECT_EQ(empty.maxError, 0);
  EXPECT_EQ(empty.worstIndex, -1);
  EXPECT_TRUE(empty.ok);
  EXPECT_EQ(
      compare(HostTensor::zeros(DType::F32, {2}), {1.0}, 1).error().message,
      "the output has 2 elements, its reference has 1");
}

TEST(Compare, Tolerances) {
  EXPECT_EQ(defaultTolerance(DType::F16), 2e-3);
  EXPECT_EQ(defaultTolerance(DType::BF16), 1.6e-2);
  EXPECT_EQ(defaultTolerance(DType::F32), 2e-5);
  EXPECT_EQ(defaultTolerance(DType::I32), 0);
  EXPECT_EQ(defaultTolerance(DType::I1), 0);
}

// An i1 that no kernel wrote must not pass for true.
TEST(Compare, PoisonedBooleans) {
  HostTensor bools = HostTensor::zeros(DType::I1, {1});
  bools.bytes[0] = 0xff;
  EXPECT_FALSE(compare(bools, {1.0}, 0)->ok);
}
