//===- FieldDraws.h - One draw of a field test ------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_VERIFY_FIELDDRAWS_H
#define MIRAGE_LIB_VERIFY_FIELDDRAWS_H

#include "mirage/Semantics/Field.h"
#include "mirage/Semantics/Program.h"

namespace mirage::verify {

/// An op of the algebra that takes a root, or a power of a logarithm.
bool hasRoots(const sem::Program &program, const sem::Op &op);
bool hasRoots(const sem::Program &program);

/// The levels that the programs' exponentials need, at most those there are.
struct Levels {
  unsigned count;
  /// More would be needed.
  bool deep;
};
Levels levelsFor(const sem::Program &reference, const sem::Program &candidate);

/// An element of an input with this shadow. Numbers that are no floats mean
/// themselves; a predicate holds if the shadow is positive.
sem::FieldValue drawElement(const sem::FieldDomain &domain, sem::Random &random,
                            sem::ElementType type, double shadow);

enum class Comparison {
  /// Not defined at level 0, or undefined in the reference: says nothing.
  Skipped,
  Same,
  Different,
  /// The candidate is undefined where the reference is defined.
  Undefined,
};
Comparison compare(const sem::FieldDomain &domain,
                   const sem::FieldValue &expected,
                   const sem::FieldValue &actual);

/// The inputs of an evaluation, numbered.
struct Elements {
  uint32_t count;
  llvm::function_ref<sem::FieldValue &(uint32_t)> at;
};

/// Makes the arguments of the roots that `evaluate` takes residues: while one
/// is none, redraws the inputs that this root depends on and none before it
/// does, at the levels that failed, and evaluates again. Gives up after some
/// rounds. Returns how often a level of an input was redrawn; `recorder` is of
/// the last evaluation.
uint64_t repairRoots(const sem::FieldDomain &domain, sem::Random &random,
                     sem::FieldRecorder &recorder, const Elements &inputs,
                     llvm::function_ref<void()> evaluate);

/// Levels that a failed root may depend on: behind an exponential a level
/// depends on the one above, so these are added after some tries.
uint8_t levelsToRedraw(const sem::FieldDomain &domain, uint8_t failed,
                       unsigned tries);

} // namespace mirage::verify

#endif // MIRAGE_LIB_VERIFY_FIELDDRAWS_H
