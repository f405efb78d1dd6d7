//===- SanitizerDefaults.cpp - Options of the sanitizers ------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// LLVM's allocators, inlined into our code, poison what they hand out; those
/// in libMLIR, which is not instrumented, do not take that back.
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0";
}
