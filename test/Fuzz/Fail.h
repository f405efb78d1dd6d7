//===- Fail.h - How a fuzz target fails -------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_TEST_FUZZ_FAIL_H
#define MIRAGE_TEST_FUZZ_FAIL_H

#include <cstdlib>
#include <iostream>
#include <string>

/// Ends the program as a crash does, which is what a driver looks for.
[[noreturn]] inline void fail(const std::string &why) {
  std::cerr << "fuzz target failed: " << why << std::endl;
  std::abort();
}

#endif // MIRAGE_TEST_FUZZ_FAIL_H
