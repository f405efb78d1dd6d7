//===- TilePlan.h - Where a kernel's tiles live in shared memory -*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One planner, without MLIR IR: mirage-plan-memory obeys it and the search's
// cost model asks it, so that a plan that the search finds fits.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_ANALYSIS_TILEPLAN_H
#define MIRAGE_ANALYSIS_TILEPLAN_H

#include "mirage/Analysis/Distribution.h"
#include "llvm/ADT/DenseMap.h"

namespace mirage {

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
  llvm::SmallVector<Buffer> buffers;
  uint64_t alignment, reserved, top;
};

/// Bytes at offset 0 through which the warps of a block combine partial
/// results; only where a kernel reduces.
constexpr uint64_t combineBytes = 256;

/// Byte offsets of all tiles that have a buffer, and the bytes of one block.
struct TilePlan {
  llvm::DenseMap<sem::ValueId, uint64_t> offsets;
  uint64_t bytes = 0;
};

TilePlan planTiles(const sem::Program &program, const sem::Op &kernel,
                   const KernelStructures &structures,
                   const Distribution &distribution);

} // namespace mirage

#endif // MIRAGE_ANALYSIS_TILEPLAN_H
