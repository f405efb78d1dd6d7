//===- FormKernels.cpp - Give every op outside a kernel a kernel ----------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/Passes.h"
#include "mirage/Compiler/ProgramIO.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Search/Search.h"

namespace mlir::mirage {
#define GEN_PASS_DEF_FORMKERNELSPASS
#include "mirage/Compiler/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
namespace search = ::mirage::search;
namespace sem = ::mirage::sem;

namespace {
struct FormKernels : mlir::mirage::impl::FormKernelsPassBase<FormKernels> {
  using FormKernelsPassBase::FormKernelsPassBase;
  void runOnOperation() final {
    const search::Target *target = search::lookupTarget(chip);
    if (!target) {
      emitError(getOperation().getLoc(), "unknown chip '") << chip << "'";
      return signalPassFailure();
    }
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      Operation *foreign = nullptr;
      std::string why;
      FailureOr<sem::Program> program =
          mlir::mirage::extractProgram(function, &foreign, &why);
      if (failed(program)) {
        if (!foreign)
          return signalPassFailure();
        emitRemark(foreign->getLoc(), "no kernels formed in '")
            << function.getName() << "': '" << foreign->getName() << "' "
            << why;
        continue;
      }
      bool hasAlgebra = llvm::any_of(program->ops, [](const sem::Op &op) {
        return op.kind == sem::Op::Algebra;
      });
      sem::Program formed;
      const sem::Op *failedOp = nullptr;
      if (!search::formKernels(*program, *target, formed, why, &failedOp)) {
        function.emitError("no block program for ")
            << failedOp->sem->name() << ": " << why;
        return signalPassFailure();
      }
      if (!search::copyOutputs(formed, *target) && !hasAlgebra)
        continue;
      if (failed(mlir::mirage::materializeProgram(formed, function)))
        return signalPassFailure();
    }
  }
};
} // namespace
