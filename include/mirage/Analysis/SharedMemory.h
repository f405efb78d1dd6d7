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

/// Attributes of ops in a kernel: where the result lives ("inline" or
/// "registers"; without it, in shared memory), and how threads share out the
/// op's iteration space.
constexpr StringLiteral placeAttrName = "mirage.place";
constexpr StringLiteral boxAttrName = "mirage.box";
constexpr StringLiteral groupAttrName = "mirage.group";
constexpr StringLiteral warpsAttrName = "mirage.warps";

/// What mirage-plan-buffers writes: on a kernel, for each result, its offset in
/// the workspace or `outParameter`; on a function, the bytes of the workspace.
constexpr StringLiteral resultOffsetsAttrName = "mirage.result_offsets";
constexpr StringLiteral workspaceBytesAttrName = "mirage.workspace_bytes";
constexpr int64_t outParameter = -1;

/// The tile whose buffer a tile is read from, or the tensor whose: reshapes and
/// masks have none of their own.
Value getBufferRoot(Value value);

/// Writes what `distribute` chooses for `kernel`.
LogicalResult assignThreads(KernelOp kernel);

/// `planTiles` for a kernel in IR, by its attributes: byte offsets of all tiles that have a
/// buffer, and the shared memory of one block.
struct SharedMemoryPlan {
  DenseMap<Value, uint64_t> offsets;
  uint64_t bytes = 0;
};

FailureOr<SharedMemoryPlan> planSharedMemory(KernelOp kernel);

} // namespace mlir::mirage

#endif // MIRAGE_ANALYSIS_SHAREDMEMORY_H
