//===- Kernel.h - Block programs from sets of nodes -------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel is a set of nodes and the role of each axis. Its schedule follows:
// a reduction over a looped axis is accumulated, what depends on an
// accumulated value comes after its loop, and a value that holds a looped axis
// is computed again in every loop that needs it. An online maximum lets values
// relative to the tile's maximum be accumulated in the same loop (the
// telescoping law; `sum rel`). An axis whose outer axis is on the grid is cut
// into runs, one a block; what is reduced over it is a partial result.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_SEARCH_KERNEL_H
#define MIRAGE_SEARCH_KERNEL_H

#include "mirage/Search/Graph.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mirage::search {

enum class Role : uint8_t { Whole, Loop, Grid };

struct KernelSpec {
  std::vector<NodeId> nodes;  // computed here, in topological order
  std::vector<NodeId> stores; // of those, the ones that are kept
  std::vector<Role> roles;    // one an axis of the graph
  std::vector<NodeId> online; // maxima that are online
};

/// The elements of an axis that one index of its outer axis leaves, where that
/// is on the kernel's grid; else all.
int64_t runOf(const Graph &graph, const KernelSpec &spec, size_t axis);

/// The size-independent order of a kernel.
struct Schedule {
  struct Loop {
    unsigned stage = 0;
    AxisSet axes = 0;
    std::vector<NodeId> accumulated, stores;
  };
  std::vector<Loop> loops; // in order
  std::map<NodeId, unsigned> stage;
  /// Of a node that is accumulated: the maximum that it is relative to.
  std::map<NodeId, NodeId> relative;
};

/// Nothing, with a reason, if the roles do not fit the nodes.
std::optional<Schedule> scheduleKernel(const Graph &graph,
                                       const KernelSpec &spec,
                                       std::string &why);

/// Where a node stands in device memory.
struct TensorRef {
  sem::ValueId value;
  Layout layout;
};

/// What a kept node is in device memory; `value`, if it has one already.
struct Memory {
  sem::ValueType type;
  Layout layout;
  std::optional<sem::ValueId> value;
};
using MemoryFn = llvm::function_ref<Memory(NodeId)>;

/// What of a kernel's program depends on its sizes.
struct Sizing {
  std::vector<std::pair<sem::ValueId, Layout>> tiles;
  std::vector<std::pair<sem::AxisId, size_t>> axes; // of an axis of the graph
  /// Axes along which an op of its own repeats a tile. That op does not know where
  /// the tensor ends, so tiles of these must divide them.
  AxisSet repeated = 0;
};

/// Appends the kernel to `program`. `tiles` gives the tile extent of each
/// axis; `tensors` the nodes that stand in device memory, to which the stored
/// ones are added. `memory` says what a stored node is there.
/// Nothing, with a reason, if tiles cannot be laid out.
std::optional<sem::Op>
emitKernel(const Graph &graph, const KernelSpec &spec, const Schedule &schedule,
           llvm::ArrayRef<int64_t> tiles, sem::Program &program,
           std::map<NodeId, TensorRef> &tensors,
           MemoryFn memory, std::string &why, Sizing *sizing = nullptr);

/// Gives `kernel`, as emitted with `sizing`, other tiles.
void resizeKernel(const Graph &graph, const KernelSpec &spec,
                  const Sizing &sizing, llvm::ArrayRef<int64_t> tiles,
                  sem::Program &program, sem::Op &kernel);

} // namespace mirage::search

#endif // MIRAGE_SEARCH_KERNEL_H
