//===- AssignThreads.cpp - Threads and distribution of a kernel ------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Analysis/SharedMemory.h"
#include "mirage/Dialect/Mirage/Transforms/Passes.h"

namespace mlir::mirage {
#define GEN_PASS_DEF_ASSIGNTHREADSPASS
#include "mirage/Dialect/Mirage/Transforms/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
using namespace mlir::mirage;

namespace {
struct AssignThreads : mlir::mirage::impl::AssignThreadsPassBase<AssignThreads> {
  void runOnOperation() override {
    getOperation()->walk([&](KernelOp kernel) {
      if (!kernel->hasAttr("mirage.distribution") &&
          failed(assignThreads(kernel)))
        signalPassFailure();
    });
  }
};
} // namespace
