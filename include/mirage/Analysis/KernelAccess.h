//===- KernelAccess.h - What ops of a kernel read and write -*- C++ -*- --===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a kernel's ops are shared out to threads, as attributes say, what they
// touch in shared memory, and where threads must wait for each other.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_ANALYSIS_KERNELACCESS_H
#define MIRAGE_ANALYSIS_KERNELACCESS_H

#include "mirage/Analysis/Distribution.h"
#include "mirage/Analysis/SharedMemory.h"
#include "llvm/ADT/DenseSet.h"

namespace mlir::mirage {

using ::mirage::vectorBytes;
using ::mirage::warpSize;

/// Whether a tile is computed where it is read.
bool isInline(Value tile);

/// Whether a reduction's partial results stay in registers over a loop.
bool isInRegisters(Operation *op);

/// The structure of an op of the algebra on its operands' shapes.
std::optional<::mirage::sem::Structure> getStructure(AlgebraOpInterface op);

/// The largest box of a row of `shape` that one instruction moves.
::mirage::sem::Shape rowBox(ArrayRef<int64_t> shape, Type element);

/// The box of an op's iteration space that a thread computes at a time (without
/// the attribute, one point), and the number of threads of a warp, and of warps,
/// that share one.
::mirage::sem::Shape getBox(Operation *op, ArrayRef<int64_t> extents);
int64_t getGroup(Operation *op);
int64_t getWarps(Operation *op);

/// Finds out where threads must wait for each other: between two accesses to
/// the same bytes, one of which writes, unless every element is the same
/// thread's in both.
class BarrierAnalysis {
public:
  explicit BarrierAnalysis(KernelOp kernel);

  /// Whether there must be a barrier before a phase of `op`. Ops have one phase;
  /// an accumulate has two (sums relative to a maximum, then the others), and so
  /// has a loop (before its body, and after it).
  bool isNeeded(Operation *op, unsigned phase) const {
    return needed.contains({op, phase});
  }

private:
  llvm::DenseSet<std::pair<Operation *, unsigned>> needed;
};

} // namespace mlir::mirage

#endif // MIRAGE_ANALYSIS_KERNELACCESS_H
