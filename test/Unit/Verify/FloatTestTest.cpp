//===- FloatTestTest.cpp - Plans that are equal but not accurate ----------===//
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
