//===- ReduceProgram.cpp - Makes a failing program small ------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One change at a time, tried on a clone. Types and the verifier are kept, the
// meaning is not. (LLVM 22's reduction-tree erases operands of what it keeps.)
//
//===----------------------------------------------------------------------===//

#include "mirage/Tools/ReduceProgram.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Program.h"

using namespace mlir;
using namespace mlir::mirage;

//===----------------------------------------------------------------------===//
// Changes of one op; each returns whether it changed something
//===----------------------------------------------------------------------===//

static bool dropFunction(Operation *op) {
  if (!isa<func::FuncOp>(op))
    return false;
  op->erase();
  return true;
}

static bool eraseUnused(Operation *op) {
  if (!isOpTriviallyDead(op))
    return false;
  op->erase();
  return true;
}

static bool replaceByZeros(Operation *op) {
  if (op->getNumResults() == 0 || isa<mlir::mirage::ConstantOp>(op))
    return false;
  OpBuilder builder(op);
  SmallVector<Value> zeros;
  for (Type type : op->getResultTypes()) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (!shaped || !shaped.hasStaticShape() ||
        !getElementType(shaped.getElementType()))
      return false;
    zeros.push_back(mlir::mirage::ConstantOp::create(
        builder, op->getLoc(), type, builder.getF64FloatAttr(0)));
  }
  op->replaceAllUsesWith(zeros);
  op->erase();
  return true;
}

static bool replaceByOperand(Operation *op) {
  if (op->getNumResults() != 1)
    return false;
  for (Value operand : op->getOperands())
    if (operand.getType() == op->getResult(0).getType()) {
      op->replaceAllUsesWith(ValueRange(operand));
      op->erase();
      return true;
    }
  return false;
}

/// Returns all but the first, or the last, value.
template <bool First> static bool dropReturnedValue(Operation *op) {
  auto ret = dyn_cast<func::ReturnOp>(op);
  if (!ret || ret.getNumOperands() < 2)
    return false;
  unsigned i = First ? 0 : ret.getNumOperands() - 1;
  ret->eraseOperand(i);
  return succeeded(cast<func::FuncOp>(ret->getParentOp()).eraseResult(i));
}

static bool dropUnusedArguments(Operation *op) {
  auto function = dyn_cast<func::FuncOp>(op);
  if (!function || function.isExternal())
    return false;
  BitVector unused(function.getNumArguments());
  for (BlockArgument argument : function.getArguments())
    unused[argument.getArgNumber()] = argument.use_empty();
  return unused.any() && succeeded(function.eraseArguments(unused));
}

/// A kernel without the results that nothing uses.
static bool dropUnusedOutputs(Operation *op) {
  auto kernel = dyn_cast<KernelOp>(op);
  if (!kernel)
    return false;
  SmallVector<Value> used;
  for (Value result : kernel.getResults())
    if (!result.use_empty())
      used.push_back(result);
  if (used.empty() || used.size() == kernel.getNumResults())
    return false;
  OpBuilder builder(op);
  auto smaller =
      KernelOp::create(builder, op->getLoc(), TypeRange(ValueRange(used)),
                       kernel.getInputs(), kernel.getGrid());
  smaller.getBodyRegion().takeBody(kernel.getBodyRegion());
  Block *body = smaller.getBody();
  unsigned first = body->getNumArguments() - kernel.getNumResults();
  for (unsigned i = kernel.getNumResults(); i-- > 0;) {
    if (!kernel.getResult(i).use_empty())
      continue;
    for (Operation *store : llvm::make_early_inc_range(
             body->getArgument(first + i).getUsers()))
      store->erase();
    body->eraseArgument(first + i);
  }
  for (auto [from, to] : llvm::zip(used, smaller.getResults()))
    from.replaceAllUsesWith(to);
  op->erase();
  return true;
}

/// Removes a kernel's inputs, or a loop's results, that nothing uses.
static bool simplifyRegion(Operation *op) {
  auto isUnused = [](Value value) { return value.use_empty(); };
  auto kernel = dyn_cast<KernelOp>(op);
  auto loop = dyn_cast<LoopOp>(op);
  if (!(kernel && llvm::any_of(kernel.getInputArgs(), isUnused)) &&
      !(loop && llvm::any_of(loop.getResults(), isUnused)))
    return false;
  RewritePatternSet patterns(op->getContext());
  KernelOp::getCanonicalizationPatterns(patterns, op->getContext());
  LoopOp::getCanonicalizationPatterns(patterns, op->getContext());
  bool changed = false;
  (void)applyOpPatternsGreedily(op, std::move(patterns), {}, &changed);
  return changed;
}

static constexpr bool (*changes[])(Operation *) = {
    dropFunction,      dropReturnedValue<true>, dropReturnedValue<false>,
    eraseUnused,       replaceByZeros,          replaceByOperand,
    dropUnusedOutputs, simplifyRegion,          dropUnusedArguments,
};

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

static SmallVector<Operation *> opsOf(ModuleOp module) {
  SmallVector<Operation *> ops;
  module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op != module)
      ops.push_back(op);
  });
  return ops;
}

namespace {
struct ReduceProgram : PassWrapper<ReduceProgram, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ReduceProgram)
  ReduceProgram() = default;
  ReduceProgram(const ReduceProgram &other) : PassWrapper(other) {}

  Option<std::string> test{*this, "test",
                           llvm::cl::desc("A program that exits with 1 if the "
                                          "file that it is given is "
                                          "interesting, else with 0")};
  ListOption<std::string> testArgs{*this, "test-arg",
                                   llvm::cl::desc("Its first arguments")};

  StringRef getArgument() const final { return "mirage-reduce-program"; }
  StringRef getDescription() const final {
    return "Remove what a test does not need";
  }
  void getDependentDialects(DialectRegistry &registry) const final {
    registry.insert<MirageDialect>();
  }

  void runOnOperation() final {
    ModuleOp module = getOperation();
    if (std::string why = whyDull(module); !why.empty()) {
      emitError(module.getLoc(), "the test '") << test << "' " << why;
      return signalPassFailure();
    }
    bool changed = true;
    while (changed) {
      changed = false;
      for (auto change : changes)
        // From the end: what is not used goes first.
        for (size_t i = opsOf(module).size(); i-- > 0;)
          if (i < opsOf(module).size())
            changed |= tryChange(module, i, change);
    }
  }

private:
  /// Why the test does not find `module` interesting; empty if it does.
  std::string whyDull(ModuleOp module) {
    if (!llvm::sys::fs::can_execute(test))
      return "is no program";
    auto noFile = [](std::error_code error) {
      return "gets no file: " + error.message();
    };
    SmallString<128> path;
    int descriptor = -1;
    if (std::error_code error = llvm::sys::fs::createTemporaryFile(
            "mirage-reduce", "mlir", descriptor, path))
      return noFile(error);
    llvm::FileRemover remover(path);
    llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    module->print(os);
    os.close();
    if (std::error_code error = os.error()) {
      os.clear_error();
      return noFile(error);
    }
    SmallVector<StringRef> arguments{test};
    llvm::append_range(arguments, testArgs);
    arguments.push_back(path);
    std::string message;
    // stdout is for the result.
    std::optional<StringRef> redirects[] = {std::nullopt, "", std::nullopt};
    int code =
        llvm::sys::ExecuteAndWait(test, arguments, std::nullopt, redirects,
                                  /*SecondsToWait=*/0,
                                  /*MemoryLimit=*/0, &message);
    if (code < 0)
      return "does not run: " + message;
    if (code == 0)
      return "does not find this interesting: its exit code must be 1";
    if (code != 1)
      return "has exit code " + std::to_string(code) + ", expected 0 or 1";
    return "";
  }

  bool isInteresting(ModuleOp module) {
    ScopedDiagnosticHandler quiet(&getContext(), [](Diagnostic &) {});
    return succeeded(verify(module)) && whyDull(module).empty();
  }

  bool tryChange(ModuleOp module, size_t i, bool (*change)(Operation *)) {
    OwningOpRef<ModuleOp> candidate = module.clone();
    if (!change(opsOf(*candidate)[i]))
      return false;
    if (!isInteresting(*candidate))
      return false;
    module.getBodyRegion().takeBody(candidate->getBodyRegion());
    return true;
  }
};
} // namespace

void mlir::mirage::registerReduceProgramPass() {
  PassRegistration<ReduceProgram>();
}
