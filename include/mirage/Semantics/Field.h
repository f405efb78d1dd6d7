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
#include "llvm/ADT/STLFunctionalExtras.h"
#include <array>
#include <map>
#include <tuple>
#include <vector>

namespace mirage::sem {

/// A stream of random numbers that depends on nothing but its seed.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next() {
    // splitmix64
    uint64_t z = (state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, bound).
  uint64_t below(uint64_t bound) {
    return static_cast<unsigned __int128>(next()) * bound >> 64;
  }
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
  /// What computed this: a node of the tape, if there is one.
  uint32_t node = 0;
  uint8_t bad = 0; // a bit per level: undefined there
  Kind kind = Finite;
  /// Exponent form: the value is log(y), and residue holds y.
  bool isLog : 1;
  /// The shadow left the range of a double; what it would decide is bad.
  bool lost : 1;
  /// A constant of the program.
  bool literal : 1;
  /// A cast to i32 gave it.
  bool truncated : 1;

  FieldValue() : isLog(false), lost(false), literal(false), truncated(false) {}
};

/// The scalar functions that an evaluation computed, in order. Comparisons and
/// selections leave no trace: they pass one of their arguments on. Nodes are
/// numbered from 1; 0 is a value that no node computed.
class Tape {
public:
  enum Kind : uint8_t {
    Input,       // a: its index
    Literal,     // a: index into the literals
    Add,         // a + b
    Sub,         // a - b
    Mul,         // a * b
    Div,         // a / b
    Exp,         // of a
    Log,         // of a
    Root,        // of a
    InverseRoot, // of a
    Opaque,      // an uninterpreted function of a and b
  };
  struct Node {
    uint32_t a = 0, b = 0;
    Kind kind = Input;
    /// Part of a reduction, a product of matrices or a loop's sum.
    bool inSum = false;
    /// Of the value at level 0; 0 if it is not kept or not defined.
    uint64_t residue = 0;
  };

  Tape() : nodes(1) {}
  uint32_t input(uint32_t index, const FieldValue &value);
  /// Of one or more arguments; those without a node become literals.
  uint32_t record(Kind kind, const FieldValue &result,
                  llvm::ArrayRef<const FieldValue *> args);

  size_t size() const { return nodes.size(); }
  const Node &operator[](uint32_t id) const { return nodes[id]; }
  double literal(uint32_t index) const { return literals[index]; }

  /// Set while the sum of a reduction, a contraction or a loop is computed.
  bool inSum = false;

private:
  uint32_t push(Node node, const FieldValue &value);
  std::vector<Node> nodes;
  std::vector<double> literals;
};

/// Walks from nodes of a tape to what they depend on, each node once.
class TapeWalk {
public:
  explicit TapeWalk(const Tape &tape) : tape(tape), seen(tape.size(), 0) {}
  /// Forgets what was visited.
  void restart() { ++turn; }
  /// Visits, in no order, what `node` depends on, and `node`, unless visited
  /// before; stops where `visit` returns false.
  void visit(uint32_t node, llvm::function_ref<bool(uint32_t)> visit);
  /// The inputs that `node` depends on and no node walked from before.
  llvm::SmallVector<uint32_t> inputs(uint32_t node);

private:
  const Tape &tape;
  std::vector<uint32_t> seen; // the turn in which a node was last visited
  uint32_t turn = 1;
};

/// What an evaluation saw that its caller mends or reports. It is filled in the
/// order of evaluation; one recorder serves one evaluation at a time.
struct FieldRecorder {
  /// One entry per square root (or power of an exponent form) taken, in order;
  /// the levels at which its argument was defined and not a residue.
  struct Root {
    uint32_t node; // of the argument, if there is a tape
    uint8_t failed;
    const void *site;
  };
  std::vector<Root> roots;
  /// Comparisons by site, function and the literal compared with (NaN: none):
  /// bit 0: went one way, bit 1: went the other way.
  using ComparisonKey = std::tuple<const void *, llvm::StringRef, uint64_t>;
  std::map<ComparisonKey, uint8_t> comparisons;
  /// A hash of how all comparisons went, in order.
  uint64_t cell = 0;
  /// Set by the evaluator: what is being evaluated.
  const void *site = nullptr;
  /// When not null, scalar functions are recorded here.
  Tape *tape = nullptr;
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
  /// `sum` plus a b, neither reduced; both sums are below prime * 2^64.
  unsigned __int128 multiplyAdd(unsigned __int128 sum, uint64_t a,
                                uint64_t b) const {
    return reduceOnce(sum + static_cast<unsigned __int128>(a) * b);
  }
  /// The same modulo the prime, below prime * 2^64, of what is below twice
  /// that.
  unsigned __int128 reduceOnce(unsigned __int128 sum) const {
    uint64_t high = sum >> 64;
    return high >= prime
               ? sum - (static_cast<unsigned __int128>(prime) << 64)
               : sum;
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
  FieldValue random(Random &random, double shadow) const {
    FieldValue value;
    value.shadow = shadow;
    for (unsigned level = 0; level < numLevels; ++level)
      redraw(value, level, random);
    return value;
  }
  void redraw(FieldValue &value, unsigned level, Random &random) const {
    value.residue[level] = random.below(fields[level].prime);
  }

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
void fieldRelTerm(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldSelect(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldEq(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldNe(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldLt(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldLe(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldGt(const FieldDomain &, const FieldValue *args, FieldValue &out);
void fieldGe(const FieldDomain &, const FieldValue *args, FieldValue &out);

/// A cast to i1, which is a comparison with 0, or to i32: an integer stays what
/// it is, of all else the cast is an uninterpreted function.
FieldValue castToInteger(const FieldDomain &, const FieldValue &value,
                         ElementType type);

} // namespace mirage::sem

#endif // MIRAGE_SEMANTICS_FIELD_H
