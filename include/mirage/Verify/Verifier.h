//===- Verifier.h - Is a candidate the same function? -----------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_VERIFY_VERIFIER_H
#define MIRAGE_VERIFY_VERIFIER_H

#include "mirage/Verify/FieldTest.h"
#include "mirage/Verify/FloatTest.h"

namespace mirage::verify {

struct VerifyOptions {
  FieldTestOptions field;
  FloatTestOptions floats;
  /// Run the float test on what the field test accepts.
  bool runFloatTest = true;
};

struct Verdict {
  bool accepted = false;
  /// The layers that ran, one clause each.
  std::string summary;
  FieldTestResult field;
  std::optional<FloatTestResult> floats;
};

/// Runs the layers in order and stops at the first that refuses. The reference
/// is the program as it was given. Safe to call from several threads; the
/// result depends on the arguments only.
Verdict verify(const sem::Program &reference, const sem::Program &candidate,
               const VerifyOptions &options = {});

} // namespace mirage::verify

#endif // MIRAGE_VERIFY_VERIFIER_H
