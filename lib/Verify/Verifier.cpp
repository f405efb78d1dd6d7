//===- Verifier.cpp - Is a candidate the same function? -------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Verify/Verifier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <set>

using namespace mirage::verify;

/// "1 draw", "2 draws"
static std::string count(uint64_t n, llvm::StringRef what) {
  return std::to_string(n) + " " + what.str() + (n == 1 ? "" : "s");
}

static void describeBound(const FieldTestResult &r, llvm::raw_ostream &os) {
  if (!r.boundLog2) {
    os << "no bound"
       << (r.noBound.empty() ? "" : ": " + r.noBound)
       << " (heuristically 1/p for each draw)";
    return;
  }
  const BoundNumbers &n = r.boundNumbers;
  std::set<uint64_t> towers(r.primes.begin(), r.primes.end());
  os << "bound 2^" << llvm::format("%.0f", std::ceil(*r.boundLog2)) << " ("
     << count(towers.size(), "tower") << ", "
     << count(r.levelsCompared, "level") << " compared, D_0 "
     << llvm::format("%g", n.degree);
  if (n.exponents)
    os << ", D_u " << llvm::format("%g", n.exponentDegree) << ", d_1 "
       << llvm::format("%g", n.argumentDegree) << ", "
       << count(n.exponents, "separable exponent");
  else
    os << ", no exponents";
  if (n.roots)
    os << ", " << count(n.roots, "root");
  if (n.oracle)
    os << ", in the random-oracle model";
  os << ")";
  if (r.cells)
    os << " within " << count(r.cells, "cell");
}

static std::string describe(const FieldTestResult &r) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "field test: ";
  if (!r.accepted) {
    os << toString(r.reason) << ", " << r.text;
    return text;
  }
  os << count(r.draws, "draw") << " on " << llvm::join(r.surrogates, " and ")
     << " shapes, " << count(r.levels, "level") << ", "
     << count(r.comparisons, "comparison") << ", ";
  describeBound(r, os);
  if (r.deepExponentials)
    os << ", innermost exponentials uninterpreted";
  if (r.reason == FieldReason::Uncovered)
    os << ", uncovered: only one way went " << llvm::join(r.uncovered, " and ");
  return text;
}

static std::string describeReal(const FieldTestResult &r) {
  if (r.accepted)
    return "real shapes: " + count(r.comparisons, "comparison") +
           " of sampled elements";
  if (r.reason == FieldReason::NotTestable)
    return "real shapes: not sampled, " + r.text;
  return "field test: " + toString(r.reason).str() + ", " + r.text;
}

static std::string describe(const FloatTestResult &r) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "float test: ";
  if (!r.accepted) {
    os << (r.testable ? "refused, " : "") << r.text;
    return text;
  }
  os << "error " << llvm::format("%.2g", r.maxError) << " (the program's own "
     << llvm::format("%.2g", r.referenceError) << ", tolerance "
     << llvm::format("%.2g", r.tolerance) << ") on " << r.compared.size()
     << " kinds of inputs, " << r.surrogate << " shapes";
  return text;
}

uint64_t Verdict::smallestPrime() const {
  return field.primes.empty() ? 0 : *llvm::min_element(field.primes);
}

std::string Verdict::surrogates() const {
  std::vector<std::string> names = field.surrogates;
  if (real && real->accepted)
    names.push_back("real (sampled)");
  return llvm::join(names, ", ");
}

std::optional<double> Verdict::bound() const {
  if (!field.boundLog2)
    return std::nullopt;
  return std::exp2(*field.boundLog2);
}

static void say(Verdict &verdict, const std::string &clause) {
  verdict.summary += (verdict.summary.empty() ? "" : "; ") + clause;
}

static void refuse(Verdict &verdict, const char *layer) {
  verdict.refusedBy = layer;
  verdict.accepted = false;
}

Verdict mirage::verify::verify(const sem::Program &reference,
                               const sem::Program &candidate,
                               const VerifyOptions &options) {
  Verdict verdict;
  verdict.accepted = true;
  if (options.runFieldTest) {
    verdict.field = fieldTest(reference, candidate, options.field);
    say(verdict, describe(verdict.field));
    if (!verdict.field.accepted)
      refuse(verdict, "field");
  }
  if (verdict.accepted && options.runRealShapeTest) {
    verdict.real = realShapeTest(reference, candidate, options.real);
    say(verdict, describeReal(*verdict.real));
    if (!verdict.real->accepted &&
        verdict.real->reason != FieldReason::NotTestable)
      refuse(verdict, "field");
  }
  if (verdict.accepted && options.runFloatTest)
    addFloatTest(verdict, floatTest(reference, candidate, options.floats));
  return verdict;
}

void mirage::verify::addFloatTest(Verdict &verdict, FloatTestResult floats) {
  assert(verdict.accepted && "a layer refused before");
  say(verdict, describe(floats));
  if (!floats.accepted)
    refuse(verdict, "float");
  verdict.floats = std::move(floats);
}
