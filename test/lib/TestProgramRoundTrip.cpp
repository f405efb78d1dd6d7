//===- TestProgramRoundTrip.cpp - Functions as programs and back ----------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Replaces each function by what is materialized from its program, and checks
// that this has the same program.
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/ProgramIO.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

static bool isSame(const sem::Accumulator &a, const sem::Accumulator &b) {
  return a.kind == b.kind && a.value == b.value && a.rel == b.rel &&
         a.stackDim == b.stackDim;
}

static bool isSame(ArrayRef<sem::Op> a, ArrayRef<sem::Op> b);

static bool isSame(const sem::Op &a, const sem::Op &b) {
  return a.kind == b.kind && a.sem == b.sem && a.params == b.params &&
         a.operands == b.operands && a.results == b.results &&
         a.constant == b.constant && !a.data == !b.data &&
         (!a.data || *a.data == *b.data) && a.split == b.split &&
         a.once == b.once && a.axes == b.axes && a.attributes == b.attributes &&
         llvm::equal(
             a.accumulators, b.accumulators,
             [](const auto &x, const auto &y) { return isSame(x, y); }) &&
         isSame(ArrayRef(a.body), ArrayRef(b.body));
}

static bool isSame(ArrayRef<sem::Op> a, ArrayRef<sem::Op> b) {
  return llvm::equal(a, b,
                     [](const auto &x, const auto &y) { return isSame(x, y); });
}

static bool isSame(const sem::Program &a, const sem::Program &b) {
  return a.name == b.name && a.values == b.values && a.inputs == b.inputs &&
         a.outputs == b.outputs &&
         llvm::equal(a.axes, b.axes,
                     [](const auto &x, const auto &y) {
                       return x.extent == y.extent;
                     }) &&
         isSame(ArrayRef(a.ops), ArrayRef(b.ops));
}

namespace {
struct TestProgramRoundTrip
    : PassWrapper<TestProgramRoundTrip, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestProgramRoundTrip)

  StringRef getArgument() const final {
    return "test-mirage-program-roundtrip";
  }
  StringRef getDescription() const final {
    return "Replace functions by what is materialized from their programs";
  }
  void getDependentDialects(DialectRegistry &registry) const final {
    registry.insert<MirageDialect>();
  }

  void runOnOperation() final {
    func::FuncOp function = getOperation();
    FailureOr<sem::Program> before = extractProgram(function);
    if (failed(before) || failed(materializeProgram(*before, function)))
      return signalPassFailure();
    FailureOr<sem::Program> after = extractProgram(function);
    if (failed(after))
      return signalPassFailure();
    if (!isSame(*before, *after)) {
      function.emitError("the program changed");
      signalPassFailure();
    }
  }
};
} // namespace

void registerTestProgramRoundTrip() {
  PassRegistration<TestProgramRoundTrip>();
}
