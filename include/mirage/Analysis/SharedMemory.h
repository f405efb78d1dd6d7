//===- SharedMemory.h - Where tiles live in shared memory -------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_ANALYSIS_SHAREDMEMORY_H
#define MIRAGE_ANALYSIS_SHAREDMEMORY_H

#include "mirage/Dialect/Mirage/IR/Mirage.h"

namespace mlir::mirage {

/// The tile whose buffer a tile is read from, or the tensor whose: reshapes and
/// masks have none of their own.
Value getBufferRoot(Value value);

/// `planTiles` for a kernel in IR: byte offsets of all tiles that have a
/// buffer, and the shared memory of one block.
struct SharedMemoryPlan {
  DenseMap<Value, uint64_t> offsets;
  uint64_t bytes = 0;
};

FailureOr<SharedMemoryPlan> planSharedMemory(KernelOp kernel);

} // namespace mlir::mirage

#endif // MIRAGE_ANALYSIS_SHAREDMEMORY_H
