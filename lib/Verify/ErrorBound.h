//===- ErrorBound.h - How likely is it to miss a difference? ----*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An output element is a quotient of polynomials in the inputs x at level 0 and
// in u_j = omega^(a_j), where the a_j are arguments of exponentials, at level
// 1. If each a_j has an input that no other depends on, the u_j are independent
// given the rest. So two elements that differ are equal in one draw with a
// chance of at most
//     D_u d_1 4^s / q + D_0 2^(s' + s'') / p
// where D_0 and D_u are the degrees of their difference, after denominators are
// cleared, in the x and the u; d_1 is the degree of an a_j, over which lie s
// roots of its own input; s' roots lie over the element, and s'' over the
// reference, whose inputs are drawn until these exist. A root is algebraic: a
// polynomial in x and s' roots has a norm of 2^s' times its degree.
//
// The chance is that of the draw. It says nothing of a difference whose
// coefficients all vanish modulo the prime, which is why each draw has another.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_VERIFY_ERRORBOUND_H
#define MIRAGE_LIB_VERIFY_ERRORBOUND_H

#include "mirage/Semantics/Field.h"
#include "mirage/Verify/FieldTest.h"
#include <map>

namespace mirage::verify {

/// The chance that one draw does not see a difference in an element.
struct ElementBound {
  double log2 = 0;
  BoundNumbers numbers;
};

/// Reads the tape of one draw, on which both programs were evaluated.
class BoundFinder {
public:
  BoundFinder(const sem::Tape &tape, const sem::FieldDomain &domain);

  /// Of two values of this draw; nothing, and why, if there is no bound.
  std::optional<ElementBound> find(const sem::FieldValue &expected,
                                   const sem::FieldValue &actual,
                                   std::string &why);

private:
  enum Flag : uint8_t {
    NestedExp = 1,
    RootOfExp = 2,
    LogOutsideSums = 4,
    Oracle = 8,
  };
  using Factor = uint64_t;
  struct Degrees {
    double x = 0, u = 0;
    Degrees &operator+=(const Degrees &o) {
      x += o.x;
      u += o.u;
      return *this;
    }
  };
  /// A product of powers of factors, sorted.
  using Powers = std::vector<std::pair<Factor, double>>;
  struct Info {
    Degrees numerator;
    uint32_t denominator = 0;
    uint8_t flags = 0;
    /// An exponent form: the degrees are of its argument.
    bool isLog = false;
  };
  /// Multiples of atoms that an exponent is the sum of.
  using Linear = std::vector<std::pair<uint32_t, double>>;

  void findExponents();
  Linear linear(uint32_t node);
  bool addTerms(uint32_t node, double factor, std::map<uint32_t, double> &sum);
  unsigned countTerms(uint32_t node, unsigned limit) const;
  void findUnits();
  void computeInfo(uint32_t node);
  void multiplyByExponential(uint32_t node, bool inverse, Info &info);
  uint32_t intern(Powers powers);
  uint32_t intern(Factor factor, double power, Degrees degrees);
  uint32_t product(uint32_t a, uint32_t b);
  uint32_t leastCommon(uint32_t a, uint32_t b);
  Degrees missing(uint32_t multiple, uint32_t d) const;
  Info inverse(uint32_t node);
  Info times(const Info &a, const Info &b);
  Info sum(const Info &a, const Info &b);
  Info infoOf(const sem::FieldValue &value) const;

  struct Separation {
    bool holds = false;
    double degree = 0; // d_1
    unsigned roots = 0;
  };
  const Separation &separate(const std::vector<uint32_t> &atoms);

  const sem::Tape &tape;
  const sem::FieldDomain &domain;
  sem::TapeWalk walk, innerWalk;
  std::vector<Info> infos;
  std::vector<bool> isLog;
  std::map<uint32_t, Linear> exponents; // by Exp node, and summand of a log
  std::map<uint64_t, uint32_t> atomOf;  // by residue
  std::map<uint32_t, double> units;     // of each atom
  std::map<Factor, Degrees> factors;
  std::map<Powers, uint32_t> interned;
  std::vector<Powers> denominators;
  std::vector<Degrees> degrees; // of each denominator
  std::map<std::vector<uint32_t>, Separation> separations;
};

} // namespace mirage::verify

#endif // MIRAGE_LIB_VERIFY_ERRORBOUND_H
