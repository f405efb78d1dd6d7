//===- ProgressLineTest.cpp - Say on a terminal what is being done --------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/ProgressLine.h"
#include "gtest/gtest.h"

using namespace mirage;

TEST(ProgressLine, SaysWhatIsDoneAndIsGone) {
  std::string text;
  llvm::raw_string_ostream os(text);
  {
    ProgressLine line(os, "main", std::chrono::seconds(0));
    line.say("searching");
    line.say("testing plan 1 of 2");
  }
  EXPECT_NE(text.find("\r\033[Kmain: searching, 0 s"), std::string::npos);
  EXPECT_LT(text.find("main: searching"), text.find("main: testing plan 1"));
  EXPECT_EQ(text.substr(text.size() - 4), "\r\033[K");
}

TEST(ProgressLine, SaysNothingOfShortWork) {
  std::string text;
  llvm::raw_string_ostream os(text);
  {
    ProgressLine line(os, "main", std::chrono::hours(1));
    line.say("searching");
  }
  EXPECT_EQ(text, "");
}
