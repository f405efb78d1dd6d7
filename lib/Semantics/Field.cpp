//===- Field.cpp - Programs in finite fields ------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Semantics/Field.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/xxhash.h"
#include <cmath>
#include <limits>

using namespace mirage::sem;
using uint128 = unsigned __int128;

//===----------------------------------------------------------------------===//
// Random numbers
//===----------------------------------------------------------------------===//

double Random::uniform() { return (next() >> 11) * 0x1p-53; }

double Random::normal() {
  double u = 1 - uniform(), v = uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * M_PI * v);
}

//===----------------------------------------------------------------------===//
// Tape
//===----------------------------------------------------------------------===//

uint32_t Tape::push(Node node, const FieldValue &value) {
  node.residue = value.bad & 1 ? 0 : value.residue[0];
  node.inSum = inSum;
  nodes.push_back(node);
  return nodes.size() - 1;
}

uint32_t Tape::input(uint32_t index, const FieldValue &value) {
  return push({index, 0, Input}, value);
}

uint32_t Tape::record(Kind kind, const FieldValue &result,
                      llvm::ArrayRef<const FieldValue *> args) {
  auto nodeOf = [&](const FieldValue &arg) {
    if (arg.node)
      return arg.node;
    literals.push_back(arg.shadow);
    return push({static_cast<uint32_t>(literals.size() - 1), 0, Literal}, arg);
  };
  uint32_t node = nodeOf(*args[0]);
  if (args.size() == 1)
    return push({node, 0, kind}, result);
  for (const FieldValue *arg : args.drop_front())
    node = push({node, nodeOf(*arg), kind}, result);
  return node;
}

void TapeWalk::visit(uint32_t node, llvm::function_ref<bool(uint32_t)> visit) {
  llvm::SmallVector<uint32_t, 32> stack{node};
  while (!stack.empty()) {
    uint32_t n = stack.pop_back_val();
    if (n == 0 || seen[n] == turn)
      continue;
    seen[n] = turn;
    if (!visit(n) || tape[n].kind <= Tape::Literal)
      continue;
    stack.push_back(tape[n].a);
    stack.push_back(tape[n].b);
  }
}

llvm::SmallVector<uint32_t> TapeWalk::inputs(uint32_t node) {
  llvm::SmallVector<uint32_t> found;
  visit(node, [&](uint32_t n) {
    if (tape[n].kind == Tape::Input)
      found.push_back(tape[n].a);
    return true;
  });
  return found;
}

//===----------------------------------------------------------------------===//
// Prime fields
//===----------------------------------------------------------------------===//

llvm::ArrayRef<Tower> mirage::sem::fieldTowers() {
  static constexpr Tower table[] = {
#include "Towers.inc"
  };
  return table;
}

PrimeField::PrimeField(uint64_t prime) : prime(prime) {
  // Newton's iteration doubles the number of right bits.
  uint64_t inverse = prime;
  for (int i = 0; i < 5; ++i)
    inverse *= 2 - prime * inverse;
  negInverse = -inverse;
  one = (static_cast<uint128>(1) << 64) % prime;
  square = static_cast<uint128>(one) * one % prime;
}

uint64_t PrimeField::pow(uint64_t a, uint64_t exponent) const {
  std::array<uint64_t, 16> powers;
  powers[0] = one;
  for (unsigned i = 1; i < 16; ++i)
    powers[i] = mul(powers[i - 1], a);
  uint64_t r = one;
  for (int shift = 60; shift >= 0; shift -= 4) {
    if (r != one)
      for (int i = 0; i < 4; ++i)
        r = mul(r, r);
    r = mul(r, powers[(exponent >> shift) & 15]);
  }
  return r;
}

bool PrimeField::inverseRoot(uint64_t a, uint64_t &s) const {
  // p = 3 mod 4: a^((p-3)/4) is a power of a, so a residue if a is one.
  s = pow(a, (prime - 3) / 4);
  return mul(a, mul(s, s)) == one;
}

//===----------------------------------------------------------------------===//
// FieldDomain
//===----------------------------------------------------------------------===//

FieldDomain::FieldDomain(const Tower &tower, unsigned levels, uint64_t seed,
                         bool deep)
    : numLevels(std::clamp(levels, 1u, FieldValue::maxLevels)), isDeep(deep) {
  Random random(seed);
  for (uint64_t &key : keys)
    key = random.next();
  for (unsigned i = 0; i < numLevels; ++i)
    fields[i] = PrimeField(tower[i]);
  for (unsigned i = 0; i + 1 < numLevels; ++i) {
    // The squares other than 1 are the elements of order p_{i+1}.
    const PrimeField &f = fields[i];
    uint64_t omega;
    do {
      uint64_t r = random.below(f.prime);
      omega = f.mul(r, r);
    } while (omega == 0 || omega == f.one);
    windows[i].resize(16 * 16);
    for (unsigned w = 0; w < 16; ++w) {
      uint64_t *row = &windows[i][16 * w];
      row[0] = f.one;
      for (unsigned digit = 1; digit < 16; ++digit)
        row[digit] = f.mul(row[digit - 1], omega);
      omega = f.mul(row[15], omega);
    }
  }
}

uint64_t FieldDomain::omegaPower(unsigned level, uint64_t exponent) const {
  const PrimeField &f = fields[level];
  const uint64_t *row = windows[level].data();
  uint64_t r = row[exponent & 15];
  while (exponent >>= 4) {
    row += 16;
    r = f.mul(r, row[exponent & 15]);
  }
  return r;
}

FieldValue FieldDomain::constant(double value) const {
  FieldValue r;
  r.literal = true;
  r.shadow = value;
  if (std::isinf(value)) {
    r.kind = value < 0 ? FieldValue::NegInf : FieldValue::PosInf;
    return r;
  }
  if (std::isnan(value)) {
    r.bad = allLevels();
    return r;
  }
  if (value == 0)
    return r;
  int exponent;
  int64_t mantissa =
      static_cast<int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
  exponent -= 53;
  int zeros = llvm::countr_zero(static_cast<uint64_t>(mantissa));
  mantissa >>= zeros;
  exponent += zeros;
  uint64_t magnitude = mantissa < 0 ? -mantissa : mantissa;
  for (unsigned i = 0; i < numLevels; ++i) {
    const PrimeField &f = fields[i];
    uint64_t v = f.to(magnitude);
    if (exponent) {
      // (p + 1) / 2 is the inverse of 2.
      uint64_t base = f.to(exponent < 0 ? (f.prime + 1) / 2 : 2);
      v = f.mul(v, f.pow(base, std::abs(exponent)));
    }
    r.residue[i] = mantissa < 0 ? f.neg(v) : v;
  }
  return r;
}

static uint64_t mix(uint64_t a, uint64_t b) {
  uint128 product = static_cast<uint128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

void FieldDomain::hash(llvm::StringRef name,
                       llvm::ArrayRef<const FieldValue *> args,
                       FieldValue &out) const {
  uint64_t h = mix(llvm::xxh3_64bits(name) ^ keys[0], keys[1] | 1);
  for (const FieldValue *arg : args) {
    h = mix(h ^ arg->residue[0], keys[2] | 1) + keys[3];
    h = mix(h ^ (arg->kind * 2 + arg->isLog), keys[1] | 1) + keys[0];
  }
  for (unsigned i = 0; i < numLevels; ++i) {
    Random stream(h + i * keys[2]);
    out.residue[i] = stream.below(fields[i].prime);
  }
}

/// An exponent form's defined entries are one fewer than the levels, as a plain
/// value enters one at the level below.
static FieldValue toExponentForm(const FieldDomain &d, const FieldValue &a) {
  FieldValue r = a;
  if (a.isLog || a.kind != FieldValue::Finite)
    return r;
  r.isLog = true;
  r.bad = a.bad >> 1;
  for (unsigned i = 0; i + 1 < d.levels(); ++i)
    r.residue[i] = d.omegaPower(i, d.field(i + 1).from(a.residue[i + 1]));
  unsigned last = d.levels() - 1;
  r.residue[last] = 0;
  r.bad |= 1 << last;
  return r;
}

bool FieldDomain::comparable(const FieldValue &a, const FieldValue &b) const {
  if (a.isLog != b.isLog && a.kind == b.kind && a.kind == FieldValue::Finite)
    return !((toExponentForm(*this, a).bad | toExponentForm(*this, b).bad) & 1);
  return !((a.bad | b.bad) & 1);
}

bool FieldDomain::same(const FieldValue &a, const FieldValue &b) const {
  if (a.kind != b.kind)
    return false;
  if (a.kind != FieldValue::Finite)
    return true;
  if (a.isLog != b.isLog)
    return same(toExponentForm(*this, a), toExponentForm(*this, b));
  unsigned compared = isDeep ? 1 : numLevels;
  for (unsigned i = 0; i < compared; ++i)
    if (!((a.bad | b.bad) >> i & 1) && a.residue[i] != b.residue[i])
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Scalar functions
//===----------------------------------------------------------------------===//

static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

static void record(const FieldDomain &d, Tape::Kind kind, FieldValue &out,
                   llvm::ArrayRef<const FieldValue *> args) {
  if (d.recorder && d.recorder->tape)
    out.node = d.recorder->tape->record(kind, out, args);
}

/// Undefined at all levels.
static void poison(const FieldDomain &d, FieldValue &r, double shadow) {
  r.residue = {};
  r.kind = FieldValue::Finite;
  r.isLog = false;
  r.bad = d.allLevels();
  r.shadow = shadow;
}

/// Gives `r` the shadow of an op on finite arguments: an overflow is lost, an
/// underflow stays different from 0, and NaN stands for a domain error.
static void setShadow(FieldValue &r, double shadow, bool lost) {
  r.lost = lost || std::isinf(shadow);
  r.shadow = r.lost ? notANumber : shadow;
}

static void setInfinity(FieldValue &r, bool negative) {
  r.residue = {};
  r.kind = negative ? FieldValue::NegInf : FieldValue::PosInf;
  r.shadow = negative ? -HUGE_VAL : HUGE_VAL;
  r.isLog = false;
}

static bool isZero(const FieldDomain &d, const FieldValue &a) {
  if (a.kind != FieldValue::Finite || a.isLog || (a.bad & 1))
    return false;
  for (unsigned i = 0; i < d.levels(); ++i)
    if (!(a.bad >> i & 1) && a.residue[i])
      return false;
  return true;
}

static bool isOne(const FieldDomain &d, const FieldValue &a) {
  if (a.kind != FieldValue::Finite || a.isLog || a.bad)
    return false;
  for (unsigned i = 0; i < d.levels(); ++i)
    if (a.residue[i] != d.field(i).one)
      return false;
  return true;
}

static bool isUndefined(const FieldDomain &d, const FieldValue &a) {
  return (a.bad & d.allLevels()) == d.allLevels();
}

namespace {
enum class Order { Less, Equal, Greater, Unknown };
} // namespace

/// The order of two values by their shadows; a tie is one only between equal
/// residues.
static Order order(const FieldDomain &d, const FieldValue &a,
                   const FieldValue &b) {
  if (isUndefined(d, a) || isUndefined(d, b))
    return Order::Unknown;
  if (a.kind != b.kind) {
    if (a.kind == FieldValue::NegInf || b.kind == FieldValue::PosInf)
      return Order::Less;
    return Order::Greater;
  }
  if (a.kind != FieldValue::Finite)
    return Order::Equal;
  bool near =
      a.lost || b.lost || std::isnan(a.shadow) || std::isnan(b.shadow) ||
      std::fabs(a.shadow - b.shadow) <=
          1e-9 * (1 + std::fmax(std::fabs(a.shadow), std::fabs(b.shadow)));
  if (!near)
    return a.shadow < b.shadow ? Order::Less : Order::Greater;
  bool equal = d.comparable(a, b) && d.same(a, b);
  return equal ? Order::Equal : Order::Unknown;
}

/// As `order`, and notes which way the comparison went.
static Order compare(const FieldDomain &d, llvm::StringRef name,
                     const FieldValue &a, const FieldValue &b) {
  Order result = order(d, a, b);
  if (!d.recorder || a.kind != FieldValue::Finite ||
      b.kind != FieldValue::Finite || (a.literal && b.literal))
    return result;
  double literal = a.literal ? a.shadow : b.literal ? b.shadow : notANumber;
  uint8_t &ways = d.recorder->comparisons[{d.recorder->site, name,
                                           llvm::bit_cast<uint64_t>(literal)}];
  d.recorder->cell = mix(d.recorder->cell ^ static_cast<uint64_t>(result),
                         0x9e3779b97f4a7c15ull);
  if (result == Order::Less)
    ways |= 1;
  else if (result == Order::Greater)
    ways |= 2;
  return result;
}

/// A logarithm used otherwise than in the group of exponents: an uninterpreted
/// function of its argument.
static FieldValue toPlain(const FieldDomain &d, const FieldValue &a) {
  if (!a.isLog)
    return a;
  FieldValue r;
  const FieldValue *args[] = {&a};
  if (a.bad & 1)
    r.bad = d.allLevels();
  else
    d.hash("log", args, r);
  r.shadow = a.shadow;
  r.lost = a.lost;
  record(d, Tape::Opaque, r, {&a});
  return r;
}

static void addOrSub(const FieldDomain &d, const FieldValue &a,
                     const FieldValue &b, bool sub, FieldValue &out) {
  FieldValue r;
  r.bad = a.bad | b.bad;
  if (a.kind != FieldValue::Finite || b.kind != FieldValue::Finite) {
    double shadow = sub ? a.shadow - b.shadow : a.shadow + b.shadow;
    bool lost = a.lost || b.lost;
    if (a.kind != FieldValue::Finite && b.kind != FieldValue::Finite &&
        std::isnan(shadow)) {
      poison(d, r, notANumber);
    } else {
      bool negative = a.kind != FieldValue::Finite
                          ? a.kind == FieldValue::NegInf
                          : (b.kind == FieldValue::NegInf) != sub;
      setInfinity(r, negative);
      if (std::isnan(shadow) && !lost)
        r.shadow = notANumber;
    }
    record(d, sub ? Tape::Sub : Tape::Add, r, {&a, &b});
    out = r;
    return;
  }
  // 0 is the identity of the exponent form too.
  if (isZero(d, b) || (isZero(d, a) && !sub)) {
    r = isZero(d, b) ? a : b;
    r.bad = a.bad | b.bad;
    r.literal = false;
    setShadow(r, sub ? a.shadow - b.shadow : a.shadow + b.shadow,
              a.lost || b.lost);
    record(d, sub ? Tape::Sub : Tape::Add, r, {&a, &b});
    out = r;
    return;
  }
  if (a.isLog || b.isLog) {
    FieldValue x = toExponentForm(d, a), y = toExponentForm(d, b);
    r.isLog = true;
    r.bad = x.bad | y.bad;
    for (unsigned i = 0; i < d.levels(); ++i) {
      if (r.bad >> i & 1)
        continue;
      const PrimeField &f = d.field(i);
      if (sub && y.residue[i] == 0)
        r.bad |= 1 << i;
      else
        r.residue[i] =
            f.mul(x.residue[i], sub ? f.inverse(y.residue[i]) : y.residue[i]);
    }
  } else {
    for (unsigned i = 0; i < d.levels(); ++i)
      r.residue[i] = sub ? d.field(i).sub(a.residue[i], b.residue[i])
                         : d.field(i).add(a.residue[i], b.residue[i]);
  }
  setShadow(r, sub ? a.shadow - b.shadow : a.shadow + b.shadow,
            a.lost || b.lost);
  record(d, sub ? Tape::Sub : Tape::Add, r, {&a, &b});
  out = r;
}

void mirage::sem::fieldAdd(const FieldDomain &d, const FieldValue *args,
                           FieldValue &out) {
  addOrSub(d, args[0], args[1], false, out);
}

void mirage::sem::fieldSub(const FieldDomain &d, const FieldValue *args,
                           FieldValue &out) {
  addOrSub(d, args[0], args[1], true, out);
}

/// The shadow of a product or quotient of values that are not 0.
static double awayFromZero(double shadow, const FieldValue &a,
                           const FieldValue &b) {
  if (shadow != 0 || a.shadow == 0 || b.shadow == 0)
    return shadow;
  return std::copysign(std::numeric_limits<double>::min(), shadow);
}

/// The sign by the shadow: -1, 1, or 0 where it is not known.
static int sign(const FieldValue &a) {
  if (a.kind != FieldValue::Finite)
    return a.kind == FieldValue::NegInf ? -1 : 1;
  if (a.lost || !(std::fabs(a.shadow) > 1e-9))
    return 0;
  return a.shadow < 0 ? -1 : 1;
}

/// An infinity times (or divided by) a value.
static void scaleInfinity(const FieldDomain &d, const FieldValue &a,
                          const FieldValue &b, FieldValue &r) {
  int s = sign(a) * sign(b);
  if (isZero(d, a) || isZero(d, b) || isUndefined(d, a) || isUndefined(d, b)) {
    poison(d, r, notANumber);
  } else if (s == 0) {
    poison(d, r, notANumber);
    r.lost = true;
  } else {
    setInfinity(r, s < 0);
  }
}

/// A logarithm times a plain value: a power of its argument, which has to be a
/// residue for the exponent to be one modulo the next prime.
static void scaleLog(const FieldDomain &d, const FieldValue &log,
                     const FieldValue &factor, FieldValue &r) {
  r.isLog = true;
  r.bad = log.bad | (factor.bad >> 1) | 1 << (d.levels() - 1);
  uint8_t failed = 0;
  for (unsigned i = 0; i + 1 < d.levels(); ++i) {
    if (r.bad >> i & 1)
      continue;
    const PrimeField &f = d.field(i);
    uint64_t base = log.residue[i];
    if (f.pow(base, (f.prime - 1) / 2) != f.one)
      failed |= 1 << i;
    else
      r.residue[i] = f.pow(base, d.field(i + 1).from(factor.residue[i + 1]));
  }
  r.bad |= failed;
  if (d.recorder)
    d.recorder->roots.push_back({log.node, failed, d.recorder->site});
}

void mirage::sem::fieldMul(const FieldDomain &d, const FieldValue *args,
                           FieldValue &out) {
  const FieldValue &a = args[0], &b = args[1];
  FieldValue r;
  r.bad = a.bad | b.bad;
  if (a.kind != FieldValue::Finite || b.kind != FieldValue::Finite) {
    scaleInfinity(d, a, b, r);
  } else {
    if (a.isLog != b.isLog) {
      const FieldValue &log = a.isLog ? a : b, &factor = a.isLog ? b : a;
      if (isOne(d, factor)) {
        r = log;
        r.literal = false;
      } else if (!isZero(d, factor)) {
        scaleLog(d, log, factor, r);
      }
    } else {
      FieldValue plain[2];
      const FieldValue *x = &a, *y = &b;
      if (a.isLog) { // and b is
        plain[0] = toPlain(d, a);
        plain[1] = toPlain(d, b);
        x = &plain[0];
        y = &plain[1];
        r.bad = x->bad | y->bad;
      }
      for (unsigned i = 0; i < d.levels(); ++i)
        r.residue[i] = d.field(i).mul(x->residue[i], y->residue[i]);
    }
    setShadow(r, awayFromZero(a.shadow * b.shadow, a, b), a.lost || b.lost);
  }
  record(d, Tape::Mul, r, {&a, &b});
  out = r;
}

void mirage::sem::fieldDiv(const FieldDomain &d, const FieldValue *args,
                           FieldValue &out) {
  const FieldValue &a = args[0];
  FieldValue b = toPlain(d, args[1]), r;
  r.bad = a.bad | b.bad;
  if (isZero(d, b) ||
      (a.kind != FieldValue::Finite && b.kind != FieldValue::Finite)) {
    poison(d, r, notANumber);
  } else if (a.kind != FieldValue::Finite) {
    scaleInfinity(d, a, b, r);
  } else if (b.kind != FieldValue::Finite) {
    // 0, wherever the numerator is defined.
    r.shadow = a.lost ? 0 : a.shadow * 0;
  } else {
    FieldValue inverse;
    inverse.bad = b.bad;
    for (unsigned i = 0; i < d.levels(); ++i) {
      if (b.residue[i] == 0)
        inverse.bad |= 1 << i;
      else if (!(b.bad >> i & 1))
        inverse.residue[i] = d.field(i).inverse(b.residue[i]);
    }
    r.bad = a.bad | inverse.bad;
    if (a.isLog && isOne(d, b)) {
      r = a;
      r.literal = false;
    } else if (a.isLog) {
      scaleLog(d, a, inverse, r);
    } else {
      for (unsigned i = 0; i < d.levels(); ++i)
        r.residue[i] = d.field(i).mul(a.residue[i], inverse.residue[i]);
    }
    if (b.shadow == 0 && !a.lost && !b.lost)
      r.shadow = notANumber;
    else
      setShadow(r, awayFromZero(a.shadow / b.shadow, a, b), a.lost || b.lost);
  }
  record(d, Tape::Div, r, {&a, &b});
  out = r;
}

static void select(const FieldDomain &d, llvm::StringRef name,
                   const FieldValue &a, const FieldValue &b, bool greater,
                   FieldValue &out) {
  Order result = compare(d, name, a, b);
  if (result == Order::Unknown) {
    FieldValue r;
    bool lost = a.lost || b.lost;
    double shadow = notANumber;
    if (!lost && !std::isnan(a.shadow) && !std::isnan(b.shadow))
      shadow = greater ? std::fmax(a.shadow, b.shadow)
                       : std::fmin(a.shadow, b.shadow);
    poison(d, r, shadow);
    r.lost = lost;
    record(d, Tape::Opaque, r, {&a, &b});
    out = r;
    return;
  }
  FieldValue r = (result == Order::Less) == greater ? b : a;
  r.literal = false;
  out = r;
}

void mirage::sem::fieldMax(const FieldDomain &d, const FieldValue *args,
                           FieldValue &out) {
  select(d, "max", args[0], args[1], true, out);
}

void mirage::sem::fieldMin(const FieldDomain &d, const FieldValue *args,
                           FieldValue &out) {
  select(d, "min", args[0], args[1], false, out);
}

static FieldValue negate(const FieldDomain &d, const FieldValue &a) {
  FieldValue zero, r;
  addOrSub(d, zero, a, true, r);
  return r;
}

void mirage::sem::fieldNeg(const FieldDomain &d, const FieldValue *args,
                           FieldValue &out) {
  out = negate(d, args[0]);
}

void mirage::sem::fieldAbs(const FieldDomain &d, const FieldValue *args,
                           FieldValue &out) {
  const FieldValue &a = args[0];
  FieldValue zero = d.constant(0), r;
  switch (compare(d, "abs", a, zero)) {
  case Order::Less:
    r = negate(d, a);
    break;
  case Order::Unknown:
    poison(d, r, std::fabs(a.shadow));
    r.lost = a.lost;
    record(d, Tape::Opaque, r, {&a});
    break;
  default:
    r = a;
    r.literal = false;
  }
  out = r;
}

void mirage::sem::fieldExp(const FieldDomain &d, const FieldValue *args,
                           FieldValue &out) {
  const FieldValue &a = args[0];
  FieldValue r;
  r.bad = a.bad;
  if (a.kind == FieldValue::PosInf) {
    setInfinity(r, false);
  } else if (a.kind == FieldValue::Finite) {
    if (a.isLog) {
      r.residue = a.residue;
    } else {
      r.bad >>= 1;
      unsigned last = d.levels() - 1;
      for (unsigned i = 0; i < last; ++i)
        if (!(r.bad >> i & 1))
          r.residue[i] = d.omegaPower(i, d.field(i + 1).from(a.residue[i + 1]));
      if (d.deep() && !(a.bad & 1)) {
        FieldValue h;
        const FieldValue *list[] = {&a};
        d.hash("exp", list, h);
        r.residue[last] = h.residue[last];
      } else {
        r.bad |= 1 << last;
      }
    }
    double shadow = std::exp(a.shadow);
    if (shadow == 0)
      shadow = std::numeric_limits<double>::min();
    setShadow(r, shadow, a.lost);
  }
  record(d, Tape::Exp, r, {&a});
  out = r;
}

void mirage::sem::fieldLog(const FieldDomain &d, const FieldValue *args,
                           FieldValue &out) {
  FieldValue a = toPlain(d, args[0]), r;
  r.bad = a.bad;
  if (a.kind == FieldValue::PosInf) {
    setInfinity(r, false);
  } else if (a.kind == FieldValue::NegInf) {
    poison(d, r, notANumber);
  } else if (isZero(d, a)) {
    setInfinity(r, true);
  } else {
    r.isLog = true;
    r.residue = a.residue;
    for (unsigned i = 0; i < d.levels(); ++i)
      if (a.residue[i] == 0)
        r.bad |= 1 << i;
    setShadow(r, a.shadow > 0 ? std::log(a.shadow) : notANumber, a.lost);
  }
  record(d, Tape::Log, r, {&a});
  out = r;
}

static void root(const FieldDomain &d, const FieldValue &arg, bool inverse,
                 FieldValue &out) {
  FieldValue a = toPlain(d, arg), r;
  r.bad = a.bad;
  if (a.kind == FieldValue::PosInf) {
    if (!inverse)
      setInfinity(r, false);
  } else if (a.kind == FieldValue::NegInf || (inverse && isZero(d, a))) {
    poison(d, r, notANumber);
  } else {
    uint8_t failed = 0;
    for (unsigned i = 0; i < d.levels(); ++i) {
      if (a.bad >> i & 1)
        continue;
      const PrimeField &f = d.field(i);
      if (a.residue[i] == 0) {
        r.bad |= inverse << i;
        continue;
      }
      uint64_t s;
      if (f.inverseRoot(a.residue[i], s))
        r.residue[i] = inverse ? s : f.mul(a.residue[i], s);
      else
        failed |= 1 << i;
    }
    r.bad |= failed;
    if (d.recorder)
      d.recorder->roots.push_back({a.node, failed, d.recorder->site});
    double shadow = a.shadow < 0 ? notANumber : std::sqrt(a.shadow);
    if (inverse)
      shadow = shadow == 0 ? notANumber : 1 / shadow;
    setShadow(r, shadow, a.lost);
  }
  record(d, inverse ? Tape::InverseRoot : Tape::Root, r, {&a});
  out = r;
}

void mirage::sem::fieldSqrt(const FieldDomain &d, const FieldValue *args,
                            FieldValue &out) {
  root(d, args[0], false, out);
}

void mirage::sem::fieldRsqrt(const FieldDomain &d, const FieldValue *args,
                             FieldValue &out) {
  root(d, args[0], true, out);
}

void mirage::sem::fieldErf(const FieldDomain &d, const FieldValue *args,
                           FieldValue &out) {
  FieldValue a = args[0], r;
  if (a.kind != FieldValue::Finite) {
    r = d.constant(a.kind == FieldValue::NegInf ? -1 : 1);
    r.literal = false;
    r.bad = a.bad;
  } else if (a.bad & 1) {
    poison(d, r, std::erf(a.shadow));
    r.lost = a.lost;
  } else if (!isZero(d, a)) {
    // Odd: of a and -a, the smaller residue stands for both.
    const PrimeField &f = d.field(0);
    bool negative =
        !a.isLog && f.from(a.residue[0]) > f.from(f.neg(a.residue[0]));
    if (negative)
      a.residue[0] = f.neg(a.residue[0]);
    const FieldValue *list[] = {&a};
    d.hash("erf", list, r);
    if (negative)
      for (unsigned i = 0; i < d.levels(); ++i)
        r.residue[i] = d.field(i).neg(r.residue[i]);
    setShadow(r, std::erf(a.shadow), a.lost);
  }
  record(d, Tape::Opaque, r, {&a});
  out = r;
}

void mirage::sem::fieldTanh(const FieldDomain &d, const FieldValue *args,
                            FieldValue &out) {
  const FieldValue &a = args[0];
  FieldValue r;
  if (a.kind != FieldValue::Finite) {
    r = d.constant(a.kind == FieldValue::NegInf ? -1 : 1);
    r.literal = false;
    r.bad = a.bad;
  } else {
    // tanh(x) = (exp(2x) - 1) / (exp(2x) + 1)
    FieldValue one = d.constant(1), twice, quotient[2], exponential;
    addOrSub(d, a, a, false, twice);
    fieldExp(d, &twice, exponential);
    addOrSub(d, exponential, one, true, quotient[0]);
    addOrSub(d, exponential, one, false, quotient[1]);
    fieldDiv(d, quotient, r);
    setShadow(r, std::tanh(a.shadow), a.lost);
  }
  out = r;
}

void mirage::sem::fieldExpSub(const FieldDomain &d, const FieldValue *args,
                              FieldValue &out) {
  const FieldValue &a = args[0];
  FieldValue r;
  if (a.kind == FieldValue::NegInf) {
    r.bad = a.bad;
  } else {
    FieldValue difference;
    addOrSub(d, a, args[1], true, difference);
    fieldExp(d, &difference, r);
  }
  out = r;
}

void mirage::sem::fieldRelTerm(const FieldDomain &d, const FieldValue *args,
                               FieldValue &out) {
  const FieldValue &m = args[1];
  FieldValue r;
  if (m.kind == FieldValue::NegInf) {
    r.bad = m.bad;
  } else {
    FieldValue factors[2] = {args[0], FieldValue()};
    fieldExpSub(d, &args[1], factors[1]);
    fieldMul(d, factors, r);
  }
  out = r;
}

void mirage::sem::fieldSelect(const FieldDomain &d, const FieldValue *args,
                              FieldValue &out) {
  const FieldValue &condition = args[0];
  FieldValue r;
  if ((condition.bad & 1) || condition.lost || std::isnan(condition.shadow)) {
    poison(d, r, notANumber);
    r.lost = true;
    record(d, Tape::Opaque, r, {&condition, &args[1], &args[2]});
  } else {
    r = condition.shadow != 0 ? args[1] : args[2];
    r.literal = false;
  }
  out = r;
}

/// `accept`: the orders for which the predicate holds, a bit each.
static void predicate(const FieldDomain &d, llvm::StringRef name,
                      const FieldValue *args, unsigned accept,
                      FieldValue &out) {
  Order result = compare(d, name, args[0], args[1]);
  FieldValue r;
  if (result == Order::Unknown) {
    poison(d, r, notANumber);
    r.lost = true;
    record(d, Tape::Opaque, r, {&args[0], &args[1]});
  } else if (accept >> static_cast<unsigned>(result) & 1) {
    r = d.constant(1);
    r.literal = false;
  }
  out = r;
}

static constexpr unsigned less = 1 << static_cast<unsigned>(Order::Less),
                          equal = 1 << static_cast<unsigned>(Order::Equal),
                          greater = 1 << static_cast<unsigned>(Order::Greater);

void mirage::sem::fieldEq(const FieldDomain &d, const FieldValue *args,
                          FieldValue &out) {
  predicate(d, "eq", args, equal, out);
}
void mirage::sem::fieldNe(const FieldDomain &d, const FieldValue *args,
                          FieldValue &out) {
  predicate(d, "ne", args, less | greater, out);
}
void mirage::sem::fieldLt(const FieldDomain &d, const FieldValue *args,
                          FieldValue &out) {
  predicate(d, "lt", args, less, out);
}
void mirage::sem::fieldLe(const FieldDomain &d, const FieldValue *args,
                          FieldValue &out) {
  predicate(d, "le", args, less | equal, out);
}
void mirage::sem::fieldGt(const FieldDomain &d, const FieldValue *args,
                          FieldValue &out) {
  predicate(d, "gt", args, greater, out);
}
void mirage::sem::fieldGe(const FieldDomain &d, const FieldValue *args,
                          FieldValue &out) {
  predicate(d, "ge", args, greater | equal, out);
}

FieldValue mirage::sem::castToInteger(const FieldDomain &d,
                                      const FieldValue &value,
                                      ElementType type) {
  FieldValue r;
  if (type == ElementType::I1) {
    const FieldValue args[] = {value, d.constant(0)};
    fieldNe(d, args, r);
    return r;
  }
  if (value.truncated)
    return value;
  double whole = std::nearbyint(value.shadow);
  FieldValue integer = d.constant(roundTo(whole, type));
  if (!value.lost && integer.shadow == whole && d.comparable(value, integer) &&
      d.same(value, integer)) {
    r = value;
    r.shadow = whole;
    r.literal = false;
    return r;
  }
  static const ScalarFn truncate{
      "mirage.cast.i32", 1,
      [](const double *args) { return roundTo(args[0], ElementType::I32); },
      nullptr, nullptr};
  d.apply(truncate, &value, r);
  r.truncated = true;
  return r;
}

void FieldDomain::opaque(const ScalarFn &fn, const FieldValue *args,
                         FieldValue &out) const {
  llvm::SmallVector<const FieldValue *, 4> list;
  llvm::SmallVector<double, 4> shadows;
  bool bad = false, lost = false, finite = true;
  for (unsigned i = 0; i < fn.arity; ++i) {
    list.push_back(&args[i]);
    shadows.push_back(args[i].shadow);
    bad |= args[i].bad & 1;
    lost |= args[i].lost;
    finite &= args[i].kind == FieldValue::Finite;
  }
  FieldValue r;
  double shadow = fn.eval(shadows.data());
  if (bad || (!finite && std::isnan(shadow))) {
    poison(*this, r, shadow);
    r.lost = lost;
  } else if (!finite && std::isinf(shadow)) {
    setInfinity(r, shadow < 0);
  } else {
    if (fn.commutative)
      llvm::sort(list, [](const FieldValue *a, const FieldValue *b) {
        return std::make_tuple(a->residue[0], a->kind, bool(a->isLog)) <
               std::make_tuple(b->residue[0], b->kind, bool(b->isLog));
      });
    hash(fn.name, list, r);
    setShadow(r, shadow, lost);
  }
  record(*this, Tape::Opaque, r, list);
  out = r;
}
