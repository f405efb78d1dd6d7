//===- FieldTestTest.cpp - Plans that are equal, and that are not ---------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Verify/FieldTest.h"
#include "Programs.h"

using namespace mirage::test;
using namespace mirage::verify;

namespace {

::testing::AssertionResult accepts(const Program &reference,
                                   const Program &candidate) {
  for (uint64_t seed : {1, 2, 3}) {
    FieldTestOptions options;
    options.seed = seed;
    FieldTestResult r = fieldTest(reference, candidate, options);
    if (!r.accepted)
      return ::testing::AssertionFailure()
             << toString(r.reason).str() << ": " << r.text;
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult refuses(const Program &reference,
                                   const Program &candidate) {
  for (uint64_t seed : {1, 2, 3}) {
    FieldTestOptions options;
    options.seed = seed;
    FieldTestResult r = fieldTest(reference, candidate, options);
    if (r.reason != FieldReason::Different &&
        r.reason != FieldReason::Undefined)
      return ::testing::AssertionFailure()
             << toString(r.reason).str() << ": " << r.text;
  }
  return ::testing::AssertionSuccess();
}

TEST(FieldTest, RmsNorm) {
  EXPECT_TRUE(accepts(rmsReference(), rmsFused()));
  EXPECT_TRUE(accepts(rmsReference(), rmsSplitK({}, 4, 64, 32)));
  for (RmsBug bug : {RmsBug::NoSquare, RmsBug::NoScale,
                     RmsBug::RootDividesTwice, RmsBug::WrongOperand})
    EXPECT_TRUE(refuses(rmsReference(), rmsFused({}, 64, 32, bug)))
        << static_cast<int>(bug);
  EXPECT_TRUE(refuses(rmsReference(), rmsSplitK({}, 4, 64, 32, true)));
}

TEST(FieldTest, RaggedRmsNorm) {
  RmsSizes z{3, 100, 75};
  EXPECT_TRUE(accepts(rmsReference(z), rmsFused(z, 16, 32)));
  EXPECT_TRUE(accepts(rmsReference(z), rmsSplitK(z, 3, 16, 32)));
}

TEST(FieldTest, Attention) {
  AttentionSizes z;
  Program reference = attentionReference(z);
  EXPECT_TRUE(accepts(reference, attentionOnline(z, 16, 64)));
  EXPECT_TRUE(accepts(reference, attentionReference(z, false)));
  EXPECT_TRUE(accepts(attentionReference(z, false), reference));
  EXPECT_TRUE(accepts(reference, attentionSplit(z, 8, 64)));
  for (OnlineBug bug : {OnlineBug::NoRelOnSum, OnlineBug::NoRelOnValue,
                        OnlineBug::MissingScale, OnlineBug::ScaleTwice})
    EXPECT_TRUE(refuses(reference, attentionOnline(z, 16, 64, bug)));
  EXPECT_TRUE(refuses(reference, attentionSplit(z, 8, 64, false)));
  EXPECT_TRUE(refuses(reference, attentionReference(z, false, 1)));
}

TEST(FieldTest, RaggedAttention) {
  AttentionSizes z{2, 5, 8, 21, 3};
  Program reference = attentionReference(z);
  EXPECT_TRUE(accepts(reference, attentionOnline(z, 2, 4)));
  EXPECT_TRUE(accepts(reference, attentionSplit(z, 2, 4)));
  EXPECT_TRUE(accepts(reference, attentionSplit(z, 3, 8)));
  EXPECT_TRUE(
      refuses(reference, attentionOnline(z, 2, 4, OnlineBug::NoRelOnSum)));
}

} // namespace
