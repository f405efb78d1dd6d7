//===- Arc4Random.cpp - arc4random for a libc without it ------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Only in static tools. It is the one function of glibc 2.36 that LLVM and
// libstdc++ were built to call; nothing else is newer than 2.35.
//
//===----------------------------------------------------------------------===//

#include <cstdint>
#include <cstdlib>
#include <unistd.h>

extern "C" uint32_t arc4random() noexcept {
  uint32_t value;
  if (getentropy(&value, sizeof(value)))
    abort();
  return value;
}
