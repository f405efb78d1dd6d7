//===- PlaceConstants.cpp - Constants of launches on the device -----------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::mirage {
#define GEN_PASS_DEF_PLACECONSTANTSPASS
#include "mirage/Conversion/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;

/// Starts a chain of asynchronous ops.
static Value startChain(OpBuilder &builder, Location loc) {
  Type token = builder.getType<gpu::AsyncTokenType>();
  return gpu::WaitOp::create(builder, loc, token, ValueRange()).getAsyncToken();
}

static void waitFor(OpBuilder &builder, Location loc, Value token) {
  gpu::WaitOp::create(builder, loc, Type(), ValueRange(token));
}

namespace {
struct PlaceConstants
    : mirage::impl::PlaceConstantsPassBase<PlaceConstants> {
  void runOnOperation() override {
    func::FuncOp host = getOperation();
    if (host.isExternal() || host.getOps<gpu::LaunchFuncOp>().empty())
      return;
    // Allocations are freed at the one return.
    if (!host.getBody().hasOneBlock()) {
      host.emitError("is not a straight line of launches");
      return signalPassFailure();
    }
    SmallVector<memref::GetGlobalOp> constants(
        host.getOps<memref::GetGlobalOp>());
    for (memref::GetGlobalOp constant : constants)
      place(constant, host.getBody().front().getTerminator());
  }

private:
  static void place(memref::GetGlobalOp constant, Operation *end) {
    Location loc = constant.getLoc();
    OpBuilder builder(constant->getContext());
    builder.setInsertionPointAfter(constant);
    Type token = builder.getType<gpu::AsyncTokenType>();
    auto buffer = gpu::AllocOp::create(
        builder, loc, constant.getType(), token, startChain(builder, loc),
        ValueRange(), ValueRange(), /*hostShared=*/false);
    auto copy =
        gpu::MemcpyOp::create(builder, loc, token, buffer.getAsyncToken(),
                              buffer.getMemref(), constant.getResult());
    waitFor(builder, loc, copy.getAsyncToken());
    constant.getResult().replaceAllUsesExcept(buffer.getMemref(), copy);

    builder.setInsertionPoint(end);
    auto freed = gpu::DeallocOp::create(
        builder, loc, token, startChain(builder, loc), buffer.getMemref());
    waitFor(builder, loc, freed.getAsyncToken());
  }
};
} // namespace
