//===- PlanBuffers.cpp - Where tensors between kernels live -------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Analysis/SharedMemory.h"
#include "mirage/Analysis/TilePlan.h"
#include "mirage/Dialect/Mirage/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::mirage {
#define GEN_PASS_DEF_PLANBUFFERSPASS
#include "mirage/Dialect/Mirage/Transforms/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
using namespace mlir::mirage;

/// What the driver aligns allocations to.
static constexpr uint64_t workspaceAlignment = 256;

namespace {
struct PlanBuffers : mlir::mirage::impl::PlanBuffersPassBase<PlanBuffers> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.getBody().hasOneBlock() &&
          !function.getOps<KernelOp>().empty())
        plan(function);
  }

private:
  void plan(func::FuncOp function) {
    llvm::SmallDenseSet<Value> returned;
    for (Value value : function.getBody().front().getTerminator()->getOperands())
      returned.insert(getBufferRoot(value));
    points.clear();
    for (auto kernel : function.getOps<KernelOp>())
      points[kernel] = points.size();
    Builder b(function.getContext());
    ::mirage::FirstFit fit(workspaceAlignment);
    for (auto kernel : function.getOps<KernelOp>()) {
      SmallVector<int64_t> offsets;
      for (Value result : kernel.getResults())
        offsets.push_back(
            returned.contains(result)
                ? outParameter
                : static_cast<int64_t>(fit.place(
                      bytesOf(result), points[kernel], lastUse(result))));
      kernel->setAttr(resultOffsetsAttrName, b.getDenseI64ArrayAttr(offsets));
    }
    function->setAttr(workspaceBytesAttrName, b.getI64IntegerAttr(fit.bytes()));
  }

  /// The last kernel that reads the buffer of `tensor`.
  uint64_t lastUse(Value tensor) {
    uint64_t last = points.lookup(getBufferRoot(tensor).getDefiningOp());
    for (Operation *user : tensor.getUsers())
      last = std::max(last, isa<ReshapeOp>(user) ? lastUse(user->getResult(0))
                                                 : points.lookup(user));
    return last;
  }

  static uint64_t bytesOf(Value tensor) {
    auto type = cast<RankedTensorType>(tensor.getType());
    return type.getNumElements() *
           llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  }

  DenseMap<Operation *, uint64_t> points;
};
} // namespace
