//===- Field.h - Programs in finite fields ----------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A value is a residue in each field of a tower of primes, and a real shadow
// that decides every comparison. `exp` takes level i + 1 to level i through a
// root of unity of order p_{i+1}, so that exp(a + b) = exp(a) exp(b) holds, and
// nested exponentials keep a meaning.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_SEMANTICS_FIELD_H
#define MIRAGE_SEMANTICS_FIELD_H

#include "mirage/Semantics/Semantics.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include <array>
#include <map>
#include <tuple>
#include <vector>

namespace mirage::sem {

/// A stream of random numbers that depends on nothing but its seed.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next();
  /// Uniform in [0, bound).
  uint64_t below(uint64_t bound);
  /// Uniform in [0, 1).
  double uniform();
  double normal();

private:
  uint64_t state;
};

/// A value in every field of a tower of primes p_0 > p_1 > ... (a Cunningham
/// chain, p_i = 2 p_{i+1} + 1), with a real shadow that decides comparisons.
struct FieldValue {
  static constexpr unsigned maxLevels = 5;
  enum Kind : uint8_t { Finite, NegInf, PosInf };
  std::array<uint64_t, maxLevels> residue{}; // Montgomery form
  double shadow = 0;
  /// The inputs that this depends on: an id in Dependencies, if tracked.
  uint32_t deps = 0;
  uint8_t bad = 0; // a bit per level: undefined there
  Kind kind = Finite;
  /// Exponent form: the value is log(y), and residue holds y.
  bool isLog : 1;
  /// The shadow left the range of a double; what it would decide is bad.
  bool lost : 1;
  /// A constant of the program.
  bool literal : 1;

  FieldValue() : isLog(false), lost(false), literal(false) {}
};

/// Sets of inputs, hash-consed; set 0 is empty.
class Dependencies {
public:
  explicit Dependencies(unsigned inputs);
  uint32_t single(unsigned input);
  uint32_t unite(uint32_t a, uint32_t b);
  const llvm::BitVector &get(uint32_t id) const { return sets[id]; }

private:
  uint32_t intern(llvm::BitVector set);
  std::vector<llvm::BitVector> sets;
  std::multimap<uint64_t, uint32_t> ids;
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, uint32_t> unions;
};

/// What an evaluation saw that its caller mends or reports. It is filled in the
/// order of evaluation; one recorder serves one evaluation at a time.
struct FieldRecorder {
  /// One entry per square root (or power of an exponent form) taken, in order;
  /// the levels at which its argument was defined and not a residue.
  struct Root {
    uint32_t deps;
    uint8_t failed;
  };
  std::vector<Root> roots;
  /// Comparisons by site, function and the literal compared with (NaN: none):
  /// bit 0: went one way, bit 1: went the other way.
  using ComparisonKey = std::tuple<const void *, llvm::StringRef, uint64_t>;
  std::map<ComparisonKey, uint8_t> comparisons;
  /// Set by the evaluator: what is being evaluated.
  const void *site = nullptr;
  /// When not null, values carry the inputs that they depend on.
  Dependencies *dependencies = nullptr;
};

using Tower = std::array<uint64_t, FieldValue::maxLevels>;
/// The chains of primes that draws take theirs from. Each prime is -1 modulo 8
/// and modulo the odd primes up to 23, so that -1 is a non-residue and every
/// positive 23-smooth rational is a residue, as in the reals.
llvm::ArrayRef<Tower> fieldTowers();

/// The integers modulo a prime below 2^62, in Montgomery form.
struct PrimeField {
  uint64_t prime = 0, negInverse = 0, square = 0, one = 0;

  PrimeField() = default;
  explicit PrimeField(uint64_t prime);
  uint64_t reduce(unsigned __int128 t) const {
    uint64_t m = static_cast<uint64_t>(t) * negInverse;
    uint64_t r = (t + static_cast<unsigned __int128>(m) * prime) >> 64;
    return r >= prime ? r - prime : r;
  }
  uint64_t mul(uint64_t a, uint64_t b) const {
    return reduce(static_cast<unsigned __int128>(a) * b);
  }
  uint64_t add(uint64_t a, uint64_t b) const {
    uint64_t s = a + b;
    return s >= prime ? s - prime : s;
  }
  uint64_t sub(uint64_t a, uint64_t b) const {
    return a >= b ? a - b : a + prime - b;
  }
  uint64_t neg(uint64_t a) const { return a ? prime - a : 0; }
  uint64_t to(uint64_t a) const { return mul(a % prime, square); }
  uint64_t from(uint64_t a) const { return reduce(a); }
  uint64_t pow(uint64_t a, uint64_t exponent) const;
  /// Of a value that is not 0.
  uint64_t inverse(uint64_t a) const { return pow(a, prime - 2); }
  /// The s with a s^2 = 1 that is itself a residue; false if there is none.
  bool inverseRoot(uint64_t a, uint64_t &s) const;
};

/// One draw: a tower, the levels in use, the roots of unity that give `exp` its
/// meaning, and the keys of uninterpreted functions.
class FieldDomain {
public:
  /// With `deep`, the program nests exponentials deeper than the tower: `exp`
  /// at the last level is an uninterpreted function.
  FieldDomain(const Tower &tower, unsigned levels, uint64_t seed,
              bool deep = false);

  unsigned levels() const { return numLevels; }
  bool deep() const { return isDeep; }
  const PrimeField &field(unsigned level) const { return fields[level]; }
  uint8_t allLevels() const { return (1u << numLevels) - 1; }

  /// The exact value of a literal.
  FieldValue constant(double value) const;
  /// An input with this shadow and a random residue at each level.
  FieldValue random(Random &random, double shadow) const;
  void redraw(FieldValue &value, unsigned level, Random &random) const;

  void apply(const ScalarFn &fn, const FieldValue *args,
             FieldValue &out) const {
    if (fn.field)
      fn.field(*this, args, out);
    else
      opaque(fn, args, out);
  }

  /// omega_level ^ exponent.
  uint64_t omegaPower(unsigned level, uint64_t exponent) const;
  /// A hash of the name and the arguments at level 0, fresh at all levels.
  void hash(llvm::StringRef name, llvm::ArrayRef<const FieldValue *> args,
            FieldValue &out) const;

  /// Both values are defined at level 0, so that comparing them says something.
  bool comparable(const FieldValue &a, const FieldValue &b) const;
  /// Equal at every level at which both are defined.
  bool same(const FieldValue &a, const FieldValue &b) const;

  mutable FieldRecorder *recorder = nullptr;

private:
  void opaque(const ScalarFn &fn, const FieldValue *args,
              FieldValue &out) const;

  unsigned numLevels;
  bool isDeep;
  std::array<PrimeField, FieldValue::maxLevels> fields;
  /// Powers omega^(d * 16^w) for each window w and digit d.
  std::array<std::vector<uint64_t>, FieldValue::maxLevels> windows;
  std::array<uint64_t, 4> keys;
};

// The field meaning of the scalar functions; `out` may alias an argument.
void fieldAdd(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldSub(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldMul(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldDiv(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldMax(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldMin(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldNeg(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldAbs(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldExp(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldLog(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldSqrt(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldRsqrt(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldErf(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldTanh(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldExpSub(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldSelect(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldEq(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldNe(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldLt(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldLe(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldGt(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldGe(const FieldDomain &, const FieldValue *args, FieldValue &out);

} // namespace mirage::sem

#endif // MIRAGE_SEMANTICS_FIELD_H
