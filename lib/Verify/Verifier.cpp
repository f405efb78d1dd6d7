//===- Verifier.cpp - Is a candidate the same function? -------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Verify/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mirage::verify;

static std::string describe(const FieldTestResult &r) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "field test: ";
  if (!r.accepted) {
    os << toString(r.reason) << ", " << r.text;
    return text;
  }
  os << r.draws << " draws on " << llvm::join(r.surrogates, " and ")
     << " shapes, " << r.levels << (r.levels == 1 ? " level, " : " levels, ")
     << r.comparisons << " comparisons, " << r.bound;
  if (r.deepExponentials)
    os << ", innermost exponentials uninterpreted";
  if (r.reason == FieldReason::Uncovered)
    os << ", uncovered: only one way went " << llvm::join(r.uncovered, " and ");
  return text;
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

Verdict mirage::verify::verify(const sem::Program &reference,
                               const sem::Program &candidate,
                               const VerifyOptions &options) {
  Verdict verdict;
  verdict.field = fieldTest(reference, candidate, options.field);
  verdict.summary = describe(verdict.field);
  verdict.accepted = verdict.field.accepted;
  if (!verdict.accepted || !options.runFloatTest)
    return verdict;
  verdict.floats = floatTest(reference, candidate, options.floats);
  verdict.summary += "; " + describe(*verdict.floats);
  verdict.accepted = verdict.floats->accepted;
  return verdict;
}
