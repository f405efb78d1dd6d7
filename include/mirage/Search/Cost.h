//===- Cost.h - What a kernel costs on a target -----------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_SEARCH_COST_H
#define MIRAGE_SEARCH_COST_H

#include "mirage/Analysis/Structures.h"
#include "mirage/Semantics/Program.h"
#include "mirage/Target/TargetInfo.h"
#include <limits>
#include <map>
#include <set>

namespace mirage::search {

using Target = TargetInfo;
using ::mirage::lookupTarget;

struct KernelCost {
  llvm::SmallVector<int64_t, 3> grid; // extents of the grid's axes
  int64_t blocks = 1;
  int64_t bytesRead = 0; // distinct bytes of each source
  int64_t bytesWritten = 0;
  int64_t bytesLoaded = 0; // all loads of all blocks and steps
  double sectorBytes = 0;  // of the sectors that all loads and stores touch
  int64_t sharedBytes = 0; // of one block, as mirage-plan-memory plans
  double flops = 0;        // products on tensor cores padded to their tiles
  double microseconds = 0; // infinite if it does not fit
  bool tooLarge = false;   // for the shared memory of a block
};

/// What one launch costs beside its work.
double launchMicroseconds();

/// How often a load in the body of the axes `enclosing` reads each element of
/// its source, over all blocks and steps.
int64_t timesLoaded(const sem::Program &program, const sem::Op &load,
                    llvm::ArrayRef<sem::AxisId> enclosing);

/// Bytes of the sectors that a tile of `tensor` touches, for each byte of the
/// tile: at least 1. Tensors are row-major; each contiguous run of the tile is
/// taken to start a sector.
double sectorsTouched(const sem::ValueType &tensor, const sem::Shape &tile,
                      const Target &target);

/// Of each view in device memory: the value whose bytes it has.
std::map<sem::ValueId, sem::ValueId> viewsOf(const sem::Program &program);

/// The cost of a kernel as a function of the sizes in its program, which may be
/// changed between two calls of `cost`: shapes of tiles and extents of axes.
class KernelModel {
public:
  /// No extent that is larger later may be 1 now.
  KernelModel(const sem::Program &program, const sem::Op &kernel,
              const Target &target);
  /// If the time is at least `worthwhile` whatever fits, it is infinite.
  /// Unless `planned`, the shared memory is only estimated.
  KernelCost cost(double worthwhile = std::numeric_limits<double>::infinity(),
                  bool planned = true);

private:
  using Axes = llvm::SmallVector<sem::AxisId, 4>;
  struct Transfer {
    sem::ValueId tensor, tile;
    Axes repeated; // enclosing axes that do not cut what is loaded
    /// The first of its tensor, or of a view of the same, in the kernel.
    bool first = false;
  };
  struct Work {
    enum Kind { Tensor, Product, Scalar } kind = Scalar;
    struct Dim {
      sem::ValueId value;
      unsigned index;
      bool reduced;
    };
    llvm::SmallVector<Dim, 4> dims; // extents of the iteration
    double factor = 1;              // operations a point
    Axes trips;
  };
  struct Steps {
    Axes axes;
    llvm::SmallVector<size_t, 2> inner;
  };

  static void collectTiles(const std::vector<sem::Op> &body,
                           std::set<sem::ValueId> &tiles);
  void addBody(const std::vector<sem::Op> &body, const Axes &enclosing,
               const std::set<sem::ValueId> &tiles,
               std::set<sem::ValueId> &read);
  void addWork(const sem::Op &op, const Axes &enclosing);
  size_t addSteps(const sem::Op &op);
  double trips(llvm::ArrayRef<sem::AxisId> axes) const;
  double stepsOf(size_t index) const;
  int64_t sharedBytes(bool planned);
  double paddedPoints(const Work &work) const;

  const sem::Program &program;
  const sem::Op &kernel;
  const Target &target;
  KernelStructures structures;
  std::map<sem::ValueId, sem::ValueId> views;
  std::vector<Transfer> loads, stores;
  /// Tiles that need shared memory in most plans.
  std::vector<sem::ValueId> buffers;
  /// The most that was planned of what was estimated.
  double correction = 1;
  std::vector<Work> work;
  std::vector<Steps> steps;
  size_t root = 0;
};

/// Cost of one kernel op of `program`.
KernelCost costOf(const sem::Program &program, const sem::Op &kernel,
                  const Target &target);

} // namespace mirage::search

#endif // MIRAGE_SEARCH_COST_H
