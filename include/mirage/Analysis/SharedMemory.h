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

/// Buffers on a line of program points, each at the lowest offset that no
/// buffer which is live with it occupies. `begin` must not decrease from one
/// call to the next.
class FirstFit {
public:
  explicit FirstFit(uint64_t alignment, uint64_t reserved = 0)
      : alignment(alignment), reserved(reserved), top(reserved) {}
  /// Live at the points `begin` to `end`, both included.
  uint64_t place(uint64_t bytes, uint64_t begin, uint64_t end);
  /// Lets the buffer at `offset` live until `end` too.
  void extend(uint64_t offset, uint64_t begin, uint64_t end);
  uint64_t bytes() const { return top; }

private:
  struct Buffer {
    uint64_t offset, bytes, begin, end;
  };
  SmallVector<Buffer> buffers;
  uint64_t alignment, reserved, top;
};

/// The tile that a tile is stored as: reshapes share their operand's buffer.
Value getBufferRoot(Value tile);

/// Whether `tile` has a buffer of its own; constants and reshapes have none.
bool hasBuffer(Value tile);

/// A kernel's plan: byte offsets of all tiles that have a buffer.
struct SharedMemoryPlan {
  DenseMap<Value, uint64_t> offsets;
  uint64_t bytes = 0;
};

/// Bytes at offset 0 through which the warps of a block combine partial
/// results.
constexpr uint64_t combineBytes = 256;

SharedMemoryPlan planSharedMemory(KernelOp kernel);

/// The shared memory of one block.
uint64_t sharedMemoryBytes(KernelOp kernel);

} // namespace mlir::mirage

#endif // MIRAGE_ANALYSIS_SHAREDMEMORY_H
