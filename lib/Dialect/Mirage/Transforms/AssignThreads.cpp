//===- AssignThreads.cpp - Threads and distribution of a kernel ------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Analysis/Threads.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Dialect/Mirage/Transforms/Passes.h"

namespace mlir::mirage {
#define GEN_PASS_DEF_ASSIGNTHREADSPASS
#include "mirage/Dialect/Mirage/Transforms/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

static int64_t chooseThreads(KernelOp kernel) {
  int64_t elements = 0;
  kernel->walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (auto tile = dyn_cast<TileType>(result.getType()))
        elements = std::max(elements, sem::numElements(tile.getShape()));
  });
  return ::mirage::threadsOfBlock(elements);
}

namespace {
struct AssignThreads : mlir::mirage::impl::AssignThreadsPassBase<AssignThreads> {
  void runOnOperation() override {
    getOperation()->walk([](KernelOp kernel) {
      Builder b(kernel.getContext());
      if (!kernel->hasAttr("mirage.threads"))
        kernel->setAttr("mirage.threads",
                        b.getI64IntegerAttr(chooseThreads(kernel)));
      if (!kernel->hasAttr("mirage.distribution"))
        kernel->setAttr("mirage.distribution", b.getStringAttr("plain"));
    });
  }
};
} // namespace
