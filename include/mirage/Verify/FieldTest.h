//===- FieldTest.h - Test two programs in finite fields ---------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_VERIFY_FIELDTEST_H
#define MIRAGE_VERIFY_FIELDTEST_H

#include "mirage/Semantics/Program.h"

namespace mirage::verify {

struct FieldTestOptions {
  uint64_t seed = 0;
  /// Clean comparisons that each output element must pass.
  unsigned draws = 2;
  /// Draws made, at most, to get them and to see each comparison of the
  /// programs go both ways.
  unsigned maxDraws = 16;
  /// Scalar functions that one evaluation may compute, at most.
  double maxWork = 2e7;
  /// Programs no larger than this are tested at their real extents too.
  double realWork = 1e5;
  /// Also test with the real extents of all that is summed over.
  bool deep = false;
  /// Input elements of a deep test of a program with roots, at most; beyond it
  /// the deep test is left out, and `surrogates` does not name it.
  int64_t maxRootInputs = 1 << 15;
};

enum class FieldReason {
  Accepted,
  /// Accepted, though a comparison of one of the programs only ever went one
  /// way: nothing is known of the other.
  Uncovered,
  /// A program has no meaning, or the signatures differ.
  IllFormed,
  /// No small shapes stand for the real ones, which are too large.
  NotTestable,
  /// An output element differs.
  Different,
  /// The candidate is undefined where the reference is defined.
  Undefined,
  /// An output element never got its clean comparisons.
  NeverCompared,
};
llvm::StringRef toString(FieldReason reason);

struct FieldTestResult {
  bool accepted = false;
  FieldReason reason = FieldReason::IllFormed;
  std::string text;
  uint64_t seed = 0;
  /// The shapes that were tested, by name.
  std::vector<std::string> surrogates;
  /// Draws made, and the primes p_0 of their towers.
  unsigned draws = 0;
  std::vector<uint64_t> primes;
  unsigned levels = 0;
  /// Exponentials nest deeper than the tower: the innermost ones are
  /// uninterpreted.
  bool deepExponentials = false;
  /// Clean comparisons of output elements.
  uint64_t comparisons = 0;
  /// The comparisons that only ever went one way ("max with -1 in the
  /// candidate").
  std::vector<std::string> uncovered;
  /// Input levels redrawn so that roots exist.
  uint64_t repairs = 0;
  /// The first element that differs.
  struct Element {
    std::string surrogate;
    unsigned output;
    sem::Shape index;
  };
  std::optional<Element> difference;
  std::string bound = "no bound (heuristically 1/p for each draw)";
};

/// Tests whether the programs are equal as functions of their inputs. The
/// result depends on the arguments only.
FieldTestResult fieldTest(const sem::Program &reference,
                          const sem::Program &candidate,
                          const FieldTestOptions &options = {});

/// How many exponentials (and logarithms) lie on one path, at most.
unsigned exponentialDepth(const sem::Program &program);

} // namespace mirage::verify

#endif // MIRAGE_VERIFY_FIELDTEST_H
