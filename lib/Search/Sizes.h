//===- Sizes.h - Tile sizes of a kernel -------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_SEARCH_SIZES_H
#define MIRAGE_LIB_SEARCH_SIZES_H

#include "mirage/Search/Cost.h"
#include "mirage/Search/Kernel.h"

namespace mirage::search {

/// A kernel with its sizes.
struct Candidate {
  KernelSpec spec;
  Schedule schedule;
  std::vector<int64_t> tiles;
  KernelCost cost;
  uint64_t structure = 0;
  std::string text;
};

/// Chooses tiles by descending from several starts, with less care if the kernel
/// takes much longer than `worthwhile` microseconds. `scratch` holds the tensors
/// that the kernel reads, and is left as it was. False, with a reason, if no
/// sizes fit the target.
bool chooseSizes(const Graph &graph, Candidate &candidate, const Target &target,
                 sem::Program &scratch,
                 const std::map<NodeId, TensorRef> &tensors, MemoryFn memory,
                 double worthwhile, std::string &why);

/// The shape of a layout.
sem::Shape shapeOf(const Graph &graph, const Layout &layout);

} // namespace mirage::search

#endif // MIRAGE_LIB_SEARCH_SIZES_H
