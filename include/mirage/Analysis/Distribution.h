//===- Distribution.h - How a block's threads share out its tiles -*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What mirage-assign-threads writes, without MLIR IR, so that the search's cost
// model can ask for it too.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_ANALYSIS_DISTRIBUTION_H
#define MIRAGE_ANALYSIS_DISTRIBUTION_H

#include "mirage/Analysis/Structures.h"
#include "mirage/Semantics/Program.h"
#include "llvm/ADT/DenseMap.h"

namespace mirage {

constexpr int64_t warpSize = 32;
/// What one memory instruction of a thread moves at most.
constexpr int64_t vectorBytes = 16;

/// Where a tile lives.
enum class Place : uint8_t {
  Shared,    // in shared memory
  Inline,    // nowhere: what reads an element computes it
  Registers, // a reduction that a loop accumulates: its partial results stay in
             // the threads' registers until the loop ends
};

/// What one thread computes at a time: a box of the op's iteration space, which
/// divides it. `group` threads of a warp in each of `warps` warps (powers of 2)
/// share a box's outputs, and take turns along the reduced dimensions.
struct ThreadBox {
  sem::Shape extents;
  int64_t group = 1, warps = 1;
};

struct Distribution {
  int64_t threads = 0;
  /// Of tiles that are not in shared memory.
  llvm::DenseMap<sem::ValueId, Place> places;
  /// Of the results of algebra ops that are not inline.
  llvm::DenseMap<sem::ValueId, ThreadBox> boxes;

  Place placeOf(sem::ValueId v) const {
    auto it = places.find(v);
    return it == places.end() ? Place::Shared : it->second;
  }
};

/// `threads` 0: chosen by the tiles' sizes.
Distribution distribute(const sem::Program &program, const sem::Op &kernel,
                        const KernelStructures &structures,
                        int64_t threads = 0);

/// Whether each element of the result is computed of one element of each
/// operand, so that it can be computed where it is read.
bool canInline(const sem::Structure &s);

} // namespace mirage

#endif // MIRAGE_ANALYSIS_DISTRIBUTION_H
