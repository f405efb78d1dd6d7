//===- PlanMemory.cpp - Offsets of tiles in shared memory ------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Analysis/SharedMemory.h"
#include "mirage/Dialect/Mirage/Transforms/Passes.h"
#include "mirage/Target/TargetInfo.h"

namespace mlir::mirage {
#define GEN_PASS_DEF_PLANMEMORYPASS
#include "mirage/Dialect/Mirage/Transforms/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
using namespace mlir::mirage;

namespace {
struct PlanMemory : mlir::mirage::impl::PlanMemoryPassBase<PlanMemory> {
  using PlanMemoryPassBase::PlanMemoryPassBase;

  void runOnOperation() override {
    const ::mirage::TargetInfo *target = ::mirage::lookupTarget(chip);
    if (!target) {
      emitError(getOperation()->getLoc(), "unknown chip '") << chip << "'";
      return signalPassFailure();
    }
    getOperation()->walk([&](KernelOp kernel) {
      FailureOr<SharedMemoryPlan> planned = planSharedMemory(kernel);
      if (failed(planned))
        return signalPassFailure();
      const SharedMemoryPlan &plan = *planned;
      if (plan.bytes > target->sharedBytesPerBlock) {
        kernel.emitOpError("needs ")
            << plan.bytes << " bytes of shared memory, a block on " << chip
            << " has " << target->sharedBytesPerBlock;
        signalPassFailure();
        return;
      }
      Builder b(kernel.getContext());
      kernel->walk([&](Operation *op) {
        SmallVector<int64_t> offsets;
        for (Value result : op->getResults())
          if (auto it = plan.offsets.find(result); it != plan.offsets.end())
            offsets.push_back(it->second);
        if (!offsets.empty())
          op->setAttr("mirage.offsets", b.getDenseI64ArrayAttr(offsets));
      });
      kernel->setAttr("mirage.shared_bytes", b.getI64IntegerAttr(plan.bytes));
    });
  }
};
} // namespace
