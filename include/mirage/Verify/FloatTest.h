//===- FloatTest.h - Compare two programs in rounded arithmetic -*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_VERIFY_FLOATTEST_H
#define MIRAGE_VERIFY_FLOATTEST_H

#include "mirage/Semantics/Evaluate.h"

namespace mirage::verify {

/// The error of an output: max |actual - expected| / (|expected| + rms), over
/// its elements; infinite where `actual` is not finite and `expected` is.
/// `worst` becomes the index of the element that has it.
double outputError(const sem::Tensor &expected, const sem::Tensor &actual,
                   sem::Shape *worst = nullptr);

/// The error that a program with outputs of this type may have.
double tolerance(sem::ElementType type);

struct FloatTestOptions {
  uint64_t seed = 0;
  /// Scalar functions that one evaluation may compute, at most.
  double maxWork = 4e6;
  /// Samples of each kind of input.
  unsigned samples = 2;
  /// Error allowed between the two programs in double.
  double doubleTolerance = 1e-6;
  /// Evaluate blocks of a kernel in parallel.
  bool parallel = false;
};

struct FloatTestResult {
  bool accepted = false;
  /// No input gave the reference finite outputs, or no shapes were found.
  bool testable = false;
  std::string text;
  std::string surrogate;
  uint64_t seed = 0;
  /// Kinds of inputs compared, and those left out because the reference is not
  /// finite on them.
  std::vector<std::string> compared, skipped;
  /// Of the candidate and of the reference, each rounded, against the reference
  /// in double, on normal inputs.
  double maxError = 0, referenceError = 0;
  /// The loosest output's.
  double tolerance = 0;
};

/// Compares the candidate with the reference in double, and refuses it if its
/// rounded error exceeds both the tolerance and twice the reference's own
/// rounded error, on normal, large, tiny and masked inputs. A candidate that
/// rounds something narrower than the reference, but for a product that takes
/// such operands in the reference too, is refused at once.
FloatTestResult floatTest(const sem::Program &reference,
                          const sem::Program &candidate,
                          const FloatTestOptions &options = {});

} // namespace mirage::verify

#endif // MIRAGE_VERIFY_FLOATTEST_H
