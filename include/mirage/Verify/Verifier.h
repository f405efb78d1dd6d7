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
  RealShapeOptions real;
  /// The layers that run, in this order. The field test at real shapes is meant
  /// for what is kept at the end.
  bool runFieldTest = true;
  bool runRealShapeTest = false;
  bool runFloatTest = true;
};

/// What each layer said; those that did not run are absent.
struct Verdict {
  bool accepted = false;
  /// "field" or "float": the layer that refused; empty if none did.
  std::string refusedBy;
  /// The layers that ran, one clause each.
  std::string summary;
  FieldTestResult field;
  /// Not a refusal if it is NotTestable: an element depends on too much.
  std::optional<FieldTestResult> real;
  std::optional<FloatTestResult> floats;

  /// The smallest prime of the draws at level 0, or 0.
  uint64_t smallestPrime() const;
  /// The shapes of the field test, by name.
  std::string surrogates() const;
  /// Of the chance that a program which differs on these shapes passes the
  /// field test; absent if there is no bound.
  std::optional<double> bound() const;
};

/// Runs the layers in order and stops at the first that refuses. The reference
/// is the program as it was given. Safe to call from several threads; the
/// result depends on the arguments only.
Verdict verify(const sem::Program &reference, const sem::Program &candidate,
               const VerifyOptions &options = {});

/// Adds what the float test of the same two programs said, as the last layer of
/// an accepting verdict.
void addFloatTest(Verdict &verdict, FloatTestResult floats);

} // namespace mirage::verify

#endif // MIRAGE_VERIFY_VERIFIER_H
