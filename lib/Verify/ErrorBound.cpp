//===- ErrorBound.cpp - How likely is it to miss a difference? ------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ErrorBound.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <set>

using namespace mirage::sem;
using namespace mirage::verify;

BoundFinder::BoundFinder(const Tape &tape, const FieldDomain &domain)
    : tape(tape), domain(domain), walk(tape), innerWalk(tape), infos(tape.size()), isLog(tape.size()) {
  intern({});
  findExponents();
  findUnits();
  for (uint32_t node = 1; node < tape.size(); ++node)
    computeInfo(node);
}

//===----------------------------------------------------------------------===//
// Exponents
//===----------------------------------------------------------------------===//

void BoundFinder::findExponents() {
  for (uint32_t n = 1; n < tape.size(); ++n) {
    const Tape::Node &node = tape[n];
    bool sum = node.kind == Tape::Add || node.kind == Tape::Sub;
    isLog[n] = node.kind == Tape::Log || (sum && (isLog[node.a] || isLog[node.b]));
    if (node.kind == Tape::Exp && !isLog[node.a])
      exponents[n] = linear(node.a);
    // log(y) + x is the logarithm of y exp(x).
    if (sum && isLog[n])
      for (uint32_t side : {node.a, node.b})
        if (!isLog[side])
          exponents[side] = linear(side);
  }
}

/// The summands of what is added up by hand, no more than `limit`.
unsigned BoundFinder::countTerms(uint32_t node, unsigned limit) const {
  const Tape::Node &n = tape[node];
  bool byHand = n.kind == Tape::Sub || (n.kind == Tape::Add && !n.inSum);
  if (limit <= 1 || !byHand)
    return 1;
  unsigned left = countTerms(n.a, limit - 1);
  return left + countTerms(n.b, limit - left);
}

/// `factor` times a literal, if that is exact.
static std::optional<double> exactProduct(double factor, double literal) {
  double product = factor * literal;
  if (!std::isfinite(product) || std::fma(factor, literal, -product) != 0)
    return std::nullopt;
  return product;
}

bool BoundFinder::addTerms(uint32_t node, double factor,
                           std::map<uint32_t, double> &sum) {
  constexpr unsigned maxTerms = 8;
  const Tape::Node &n = tape[node];
  if (n.kind == Tape::Literal || n.residue == 0)
    return true; // a constant factor
  if ((n.kind == Tape::Add || n.kind == Tape::Sub) &&
      countTerms(node, maxTerms + 1) > 1 &&
      countTerms(node, maxTerms + 1) <= maxTerms)
    return addTerms(n.a, factor, sum) &&
           addTerms(n.b, n.kind == Tape::Sub ? -factor : factor, sum);
  if (n.kind == Tape::Mul)
    for (auto [literal, other] : {std::pair(n.a, n.b), std::pair(n.b, n.a)})
      if (tape[literal].kind == Tape::Literal)
        if (auto product = exactProduct(factor, tape.literal(tape[literal].a)))
          return addTerms(other, *product, sum);
  if (n.kind == Tape::Div && tape[n.b].kind == Tape::Literal)
    if (auto product = exactProduct(factor, 1 / tape.literal(tape[n.b].a)))
      if (exactProduct(*product, tape.literal(tape[n.b].a)) == factor)
        return addTerms(n.a, *product, sum);
  uint32_t atom = atomOf.try_emplace(n.residue, node).first->second;
  sum[atom] += factor;
  return true;
}

BoundFinder::Linear BoundFinder::linear(uint32_t node) {
  std::map<uint32_t, double> sum;
  addTerms(node, 1, sum);
  Linear result;
  for (auto [atom, factor] : sum)
    if (factor != 0)
      result.push_back({atom, factor});
  return result;
}

/// The greatest number that all multiples of an atom are multiples of.
void BoundFinder::findUnits() {
  for (auto &[node, exponent] : exponents)
    for (auto [atom, factor] : exponent) {
      double a = std::fabs(factor), b = units[atom];
      while (b != 0) { // exact: both are binary fractions
        double rest = std::fmod(a, b);
        a = b;
        b = rest;
      }
      units[atom] = a;
    }
}

//===----------------------------------------------------------------------===//
// Degrees
//===----------------------------------------------------------------------===//

uint32_t BoundFinder::intern(Powers powers) {
  auto [it, isNew] = interned.try_emplace(powers, denominators.size());
  if (isNew) {
    Degrees sum;
    for (auto [factor, power] : powers) {
      sum.x += power * factors[factor].x;
      sum.u += power * factors[factor].u;
    }
    degrees.push_back(sum);
    denominators.push_back(std::move(powers));
  }
  return it->second;
}

uint32_t BoundFinder::intern(Factor factor, double power, Degrees degrees) {
  factors[factor] = degrees;
  return intern({{factor, power}});
}

/// Combines the powers of two denominators.
template <typename F>
static std::vector<std::pair<uint64_t, double>>
merge(llvm::ArrayRef<std::pair<uint64_t, double>> a,
      llvm::ArrayRef<std::pair<uint64_t, double>> b, F combine) {
  std::map<uint64_t, double> powers(a.begin(), a.end());
  for (auto [factor, power] : b) {
    double &p = powers[factor];
    p = combine(p, power);
  }
  return {powers.begin(), powers.end()};
}

uint32_t BoundFinder::product(uint32_t a, uint32_t b) {
  if (a == 0 || b == 0)
    return a + b;
  return intern(merge(denominators[a], denominators[b],
                      [](double x, double y) { return x + y; }));
}

uint32_t BoundFinder::leastCommon(uint32_t a, uint32_t b) {
  if (a == b || b == 0)
    return a;
  if (a == 0)
    return b;
  return intern(merge(denominators[a], denominators[b],
                      [](double x, double y) { return std::max(x, y); }));
}

/// What a numerator over `d` gains over `multiple`.
BoundFinder::Degrees BoundFinder::missing(uint32_t multiple, uint32_t d) const {
  return {degrees[multiple].x - degrees[d].x, degrees[multiple].u - degrees[d].u};
}

BoundFinder::Info BoundFinder::times(const Info &a, const Info &b) {
  Info r;
  r.numerator = a.numerator;
  r.numerator += b.numerator;
  r.denominator = product(a.denominator, b.denominator);
  r.flags = a.flags | b.flags;
  return r;
}

BoundFinder::Info BoundFinder::sum(const Info &a, const Info &b) {
  Info r;
  r.denominator = leastCommon(a.denominator, b.denominator);
  Degrees left = a.numerator, right = b.numerator;
  left += missing(r.denominator, a.denominator);
  right += missing(r.denominator, b.denominator);
  r.numerator = {std::max(left.x, right.x), std::max(left.u, right.u)};
  r.flags = a.flags | b.flags;
  return r;
}

/// 1 / node: the numerator becomes a factor, known by the value's residue.
BoundFinder::Info BoundFinder::inverse(uint32_t node) {
  const Info &info = infos[node];
  Info r;
  r.flags = info.flags;
  r.numerator = degrees[info.denominator];
  if (info.numerator.x + info.numerator.u > 0)
    r.denominator = intern(tape[node].residue * 31 + info.denominator, 1,
                           info.numerator);
  return r;
}

void BoundFinder::multiplyByExponential(uint32_t node, bool inverse,
                                        Info &info) {
  for (auto [atom, factor] : exponents.at(node)) {
    double power = factor / units.at(atom) * (inverse ? -1 : 1);
    Info u;
    if (power > 0)
      u.numerator.u = power;
    else
      u.denominator = intern(~static_cast<uint64_t>(atom), -power, {0, 1});
    info = times(info, u);
  }
}

void BoundFinder::computeInfo(uint32_t n) {
  const Tape::Node &node = tape[n];
  if (node.kind == Tape::Input || node.kind == Tape::Literal) {
    infos[n].numerator.x = node.kind == Tape::Input;
    return;
  }
  const Info a = infos[node.a], b = infos[node.b];
  auto hasExp = [&](const Info &info) {
    return info.numerator.u + degrees[info.denominator].u > 0;
  };
  Info r;
  switch (node.kind) {
  case Tape::Input:
  case Tape::Literal:
    break; // done
  case Tape::Add:
  case Tape::Sub:
    if (!isLog[n]) {
      r = sum(a, b);
      break;
    }
    // Of logarithms: a product or quotient of their arguments.
    r = a;
    if (!isLog[node.a]) {
      r = {};
      multiplyByExponential(node.a, false, r);
      r.flags = a.flags | (hasExp(a) ? NestedExp : 0);
    }
    if (!isLog[node.b]) {
      multiplyByExponential(node.b, node.kind == Tape::Sub, r);
      r.flags |= b.flags | (hasExp(b) ? NestedExp : 0);
    } else {
      r = times(r, node.kind == Tape::Sub ? inverse(node.b) : b);
    }
    break;
  case Tape::Mul:
    r = times(a, b);
    break;
  case Tape::Div:
    r = times(a, inverse(node.b));
    break;
  case Tape::Exp:
    if (isLog[node.a]) {
      r = a;
      break;
    }
    multiplyByExponential(n, false, r);
    r.flags = a.flags | (hasExp(a) ? NestedExp : 0);
    break;
  case Tape::Log:
    r = a;
    break;
  case Tape::Root:
  case Tape::InverseRoot: {
    // sqrt(N / D) is sqrt(N D) / D, its inverse sqrt(N D) / N.
    r = node.kind == Tape::Root ? a : inverse(node.a);
    Degrees d = degrees[a.denominator];
    r.numerator = {(a.numerator.x + d.x) / 2, (a.numerator.u + d.u) / 2};
    r.flags = a.flags | (hasExp(a) ? RootOfExp : 0);
    break;
  }
  case Tape::Opaque:
    r.numerator.x = 1; // a variable of its own
    r.flags = a.flags | b.flags | Oracle;
    break;
  }
  bool ofLog = isLog[node.a] || (node.b && isLog[node.b]);
  if (ofLog && !isLog[n] && node.kind != Tape::Exp)
    r.flags |= LogOutsideSums;
  infos[n] = r;
}

//===----------------------------------------------------------------------===//
// One element
//===----------------------------------------------------------------------===//

/// Whether each atom has an input that no other depends on.
const BoundFinder::Separation &
BoundFinder::separate(const std::vector<uint32_t> &atoms) {
  auto [it, isNew] = separations.try_emplace(atoms);
  Separation &s = it->second;
  if (!isNew)
    return s;
  std::map<uint32_t, unsigned> users;
  std::vector<llvm::SmallVector<uint32_t>> inputs;
  for (uint32_t atom : atoms) {
    walk.restart();
    inputs.push_back(walk.inputs(atom));
    for (uint32_t i : inputs.back())
      ++users[i];
  }
  s.holds = true;
  for (size_t i = 0; i < atoms.size(); ++i) {
    auto own = llvm::find_if(inputs[i], [&](uint32_t x) { return users[x] == 1; });
    if (own == inputs[i].end()) {
      s.holds = false;
      return s;
    }
    const Info &info = infos[atoms[i]];
    s.degree = std::max({s.degree, info.numerator.x,
                         degrees[info.denominator].x});
    std::set<uint64_t> roots;
    std::vector<uint32_t> found;
    walk.restart();
    walk.visit(atoms[i], [&](uint32_t n) {
      if (tape[n].kind == Tape::Root || tape[n].kind == Tape::InverseRoot)
        found.push_back(tape[n].a);
      return true;
    });
    for (uint32_t argument : found) {
      innerWalk.restart();
      if (llvm::is_contained(innerWalk.inputs(argument), *own))
        roots.insert(tape[argument].residue);
    }
    s.roots = std::max<unsigned>(s.roots, roots.size());
  }
  return s;
}

BoundFinder::Info BoundFinder::infoOf(const FieldValue &value) const {
  return value.node ? infos[value.node] : Info();
}

std::optional<ElementBound> BoundFinder::find(const FieldValue &expected,
                                              const FieldValue &actual,
                                              std::string &why) {
  Info r = infoOf(expected), c = infoOf(actual), difference = sum(r, c);
  auto none = [&](const char *reason) {
    why = reason;
    return std::nullopt;
  };
  if (domain.deep())
    return none("exponentials nest below the tower");
  if (difference.flags & NestedExp)
    return none("an exponential of an exponential");
  if (difference.flags & RootOfExp)
    return none("a root of an exponential");
  if (difference.flags & LogOutsideSums)
    return none("a logarithm in a product");
  if (expected.isLog != actual.isLog)
    return none("a logarithm is compared with another form");
  std::set<uint32_t> atoms;
  std::set<uint64_t> roots, referenceRoots;
  auto collect = [&](uint32_t node, bool isReference) {
    walk.restart();
    walk.visit(node, [&](uint32_t n) {
      if (auto it = exponents.find(n); it != exponents.end())
        for (auto [atom, factor] : it->second)
          atoms.insert(atom);
      if (tape[n].kind == Tape::Root || tape[n].kind == Tape::InverseRoot) {
        roots.insert(tape[tape[n].a].residue);
        if (isReference)
          referenceRoots.insert(tape[tape[n].a].residue);
      }
      // What an exponential depends on counts at level 1.
      return tape[n].kind != Tape::Exp || isLog[tape[n].a];
    });
  };
  collect(expected.node, true);
  collect(actual.node, false);
  const Separation &s =
      separate(std::vector<uint32_t>(atoms.begin(), atoms.end()));
  if (!s.holds)
    return none("exponents share all of their inputs");
  ElementBound bound;
  BoundNumbers &n = bound.numbers;
  n.degree = difference.numerator.x;
  n.exponentDegree = difference.numerator.u;
  n.argumentDegree = atoms.empty() ? 0 : s.degree;
  n.roots = roots.size();
  n.exponents = atoms.size();
  n.oracle = difference.flags & Oracle;
  double chance = n.degree *
                  std::exp2(roots.size() + referenceRoots.size()) /
                  static_cast<double>(domain.field(0).prime);
  if (!atoms.empty())
    chance += n.exponentDegree * s.degree * std::exp2(2 * s.roots) /
              static_cast<double>(domain.field(1).prime);
  if (!(chance < 1))
    return none("the degrees are too large");
  // Constants that differ are seen in every draw but those that a prime spoils.
  bound.log2 = std::log2(
      std::max(chance, 1 / static_cast<double>(domain.field(0).prime)));
  return bound;
}
