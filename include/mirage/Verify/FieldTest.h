//===- FieldTest.h - Test two programs in finite fields ---------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_VERIFY_FIELDTEST_H
#define MIRAGE_VERIFY_FIELDTEST_H

#include "mirage/Semantics/Field.h"
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
  /// Look for an error bound; takes about as long as the test again.
  bool bound = false;
  /// The chains of primes that draws take theirs from.
  llvm::ArrayRef<sem::Tower> towers = sem::fieldTowers();
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

/// What a bound was computed from: of the element that has the weakest one.
struct BoundNumbers {
  /// D_0 and D_u: degrees of the difference of the two programs, in the inputs
  /// and in the exponentials.
  double degree = 0, exponentDegree = 0;
  /// d_1: degree of an exponential's argument.
  double argumentDegree = 0;
  /// Exponentials, and roots, that the element depends on.
  unsigned exponents = 0, roots = 0;
  /// Uninterpreted functions are taken for random oracles.
  bool oracle = false;
};

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
  /// Levels at which outputs were compared, at least.
  unsigned levelsCompared = 0;
  /// Of the chance that programs which differ on a tested shape pass, as its
  /// logarithm to base 2; absent if it was not asked for or there is none.
  std::optional<double> boundLog2;
  BoundNumbers boundNumbers;
  /// Why there is no bound.
  std::string noBound;
  /// Different outcomes of all comparisons that draws have seen; a bound holds
  /// within them.
  unsigned cells = 0;
};

/// Tests whether the programs are equal as functions of their inputs. The
/// result depends on the arguments only.
FieldTestResult fieldTest(const sem::Program &reference,
                          const sem::Program &candidate,
                          const FieldTestOptions &options = {});

struct RealShapeOptions {
  uint64_t seed = 0;
  /// Clean comparisons of each sampled element, with a tower each.
  unsigned draws = 1;
  /// Draws made, at most, to get them.
  unsigned maxDraws = 6;
  /// Elements sampled of each output, besides the first, the last and a masked
  /// one.
  unsigned samples = 1;
  /// Scalar functions computed for one element, at most; an input counts as
  /// eight.
  double maxWork = 1e7;
};

/// Tests a few output elements at the programs' real extents, which surrogates
/// stand for. Only what these elements depend on is computed. Slower than a
/// surrogate: meant for what is kept at the end.
FieldTestResult realShapeTest(const sem::Program &reference,
                              const sem::Program &candidate,
                              const RealShapeOptions &options = {});

/// How many exponentials (and logarithms) lie on one path, at most.
unsigned exponentialDepth(const sem::Program &program);

} // namespace mirage::verify

#endif // MIRAGE_VERIFY_FIELDTEST_H
