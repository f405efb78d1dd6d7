//===- CheckEquivalence.cpp - Test that two functions are equal -----------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/Passes.h"
#include "mirage/Compiler/ProgramIO.h"
#include "mirage/Verify/Verifier.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::mirage {
#define GEN_PASS_DEF_CHECKEQUIVALENCEPASS
#include "mirage/Compiler/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;
namespace verify = ::mirage::verify;

namespace {
class CheckEquivalence
    : public mlir::mirage::impl::CheckEquivalencePassBase<CheckEquivalence> {
public:
  using Base::Base;

  void runOnOperation() final {
    if (failed(check()))
      signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  func::FuncOp find(StringRef option, StringRef name) {
    if (name.empty()) {
      emitError(getOperation().getLoc())
          << "option '" << option << "' is missing";
      return {};
    }
    auto function = getOperation().lookupSymbol<func::FuncOp>(name);
    if (!function)
      emitError(getOperation().getLoc())
          << "there is no function '" << name << "'";
    return function;
  }

  LogicalResult check() {
    verify::VerifyOptions options;
    if (layers != "all" && layers != "field" && layers != "float")
      return emitError(getOperation().getLoc())
             << "layers is '" << layers << "', expected field, float or all";
    options.runFieldTest = options.runRealShapeTest = layers != "float";
    options.runFloatTest = layers != "field";
    func::FuncOp reference = find("a", a);
    func::FuncOp candidate = find("b", b);
    if (!reference || !candidate)
      return failure();
    if (reference.getFunctionType() != candidate.getFunctionType())
      return candidate.emitOpError("has type ")
             << candidate.getFunctionType() << ", but '"
             << reference.getName() << "' has " << reference.getFunctionType();
    FailureOr<sem::Program> expected = extractProgram(reference);
    FailureOr<sem::Program> actual = extractProgram(candidate);
    if (failed(expected) || failed(actual))
      return failure();

    options.field.seed = seed;
    options.field.bound = true;
    options.real.seed = seed;
    options.floats.seed = seed;
    options.floats.parallel = true;
    verify::Verdict verdict = verify::verify(*expected, *actual, options);
    if (!verdict.accepted)
      return candidate.emitOpError("is not shown to equal '")
             << reference.getName() << "', refused by the "
             << verdict.refusedBy << " test: seed " << seed.getValue() << ", "
             << verdict.summary;
    InFlightDiagnostic remark = mlir::emitRemark(candidate.getLoc());
    remark << "equals '" << reference.getName() << "': seed "
           << seed.getValue() << ", " << verdict.summary;
    if (!verdict.field.primes.empty()) {
      remark << "; primes ";
      llvm::interleaveComma(verdict.field.primes, remark);
    }
    return success();
  }
};
} // namespace
