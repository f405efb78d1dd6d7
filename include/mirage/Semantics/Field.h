//===- Field.h - Programs in finite fields ----------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_SEMANTICS_FIELD_H
#define MIRAGE_SEMANTICS_FIELD_H

#include "mirage/Semantics/Semantics.h"
#include <array>

namespace mirage::sem {

/// A value in every field of a tower of primes p_0 > p_1 > ... (a Cunningham
/// chain, p_i = 2 p_{i+1} + 1), with a real shadow that decides comparisons.
struct FieldValue {
  static constexpr unsigned maxLevels = 5;
  enum Kind : uint8_t { Finite, NegInf, PosInf };
  std::array<uint64_t, maxLevels> residue{}; // Montgomery form
  double shadow = 0;
  uint8_t bad = 0; // a bit per level: undefined there
  Kind kind = Finite;
  /// Exponent form: the value is log(y), and residue holds y.
  bool isLog = false;
};

/// One draw: a tower, the levels in use and the roots of unity that give `exp`
/// its meaning.
class FieldDomain;

} // namespace mirage::sem

#endif // MIRAGE_SEMANTICS_FIELD_H
