//===- Sizes.cpp - Tile sizes of a kernel ---------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sizes.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mirage;
using namespace mirage::search;

sem::Shape mirage::search::shapeOf(const Graph &graph, const Layout &layout) {
  sem::Shape shape;
  for (int axis : layout)
    shape.push_back(axis < 0 ? 1 : graph.extents[axis]);
  return shape;
}

bool mirage::search::chooseSizes(const Graph &graph, Candidate &candidate,
                                 const Target &target, sem::Program &scratch,
                                 const std::map<NodeId, TensorRef> &tensors,
                                 MemoryFn memory, std::string &why) {
  const std::vector<Role> &roles = candidate.spec.roles;
  size_t values = scratch.values.size(), axes = scratch.axes.size();
  bool emitted = false;
  auto judge = [&](const std::vector<int64_t> &tiles) -> KernelCost {
    std::map<NodeId, TensorRef> refs = tensors;
    std::optional<sem::Op> kernel =
        emitKernel(graph, candidate.spec, candidate.schedule, tiles, scratch,
                   refs, memory, why);
    KernelCost cost;
    cost.microseconds = INFINITY;
    if (kernel) {
      emitted = true;
      cost = costOf(scratch, *kernel, target);
    }
    scratch.values.resize(values);
    scratch.axes.resize(axes);
    return cost;
  };
  std::vector<int64_t> tiles(graph.extents.begin(), graph.extents.end());
  std::vector<std::vector<int64_t>> choices(roles.size());
  for (size_t a = 0; a < roles.size(); ++a) {
    int64_t extent = runOf(graph, candidate.spec, a);
    if (llvm::is_contained(graph.outer, static_cast<int>(a)))
      continue;
    if (roles[a] == Role::Grid) {
      for (int64_t t = 1; t < extent && t <= 256; t *= 2)
        choices[a].push_back(t);
      if (extent <= 256)
        choices[a].push_back(extent);
      tiles[a] = choices[a][std::min<size_t>(4, choices[a].size() - 1)];
    } else if (roles[a] == Role::Loop) {
      for (int64_t t = 8; t < extent && t <= 512; t *= 2)
        choices[a].push_back(t);
      if (choices[a].empty())
        choices[a].push_back((extent + 1) / 2);
      tiles[a] = choices[a][std::min<size_t>(2, choices[a].size() - 1)];
    }
  }
  candidate.cost = judge(tiles);
  // Too large for shared memory: shrink everything first.
  while (emitted && std::isinf(candidate.cost.microseconds)) {
    bool shrunk = false;
    for (size_t a = 0; a < roles.size(); ++a)
      if (!choices[a].empty() && tiles[a] > choices[a].front()) {
        for (size_t i = choices[a].size(); i-- > 1;)
          if (choices[a][i] == tiles[a]) {
            tiles[a] = choices[a][i - 1];
            break;
          }
        shrunk = true;
      }
    if (!shrunk) {
      why = "no tiles fit shared memory";
      return false;
    }
    candidate.cost = judge(tiles);
  }
  if (!emitted)
    return false;
  for (bool better = true; better;) {
    better = false;
    for (size_t a = 0; a < roles.size(); ++a)
      for (int64_t tile : choices[a]) {
        if (tile == tiles[a])
          continue;
        std::vector<int64_t> trial = tiles;
        trial[a] = tile;
        KernelCost cost = judge(trial);
        if (cost.microseconds < candidate.cost.microseconds * (1 - 1e-9)) {
          candidate.cost = cost;
          tiles = trial;
          better = true;
        }
      }
  }
  candidate.tiles = tiles;
  candidate.text.clear();
  for (size_t a = 0; a < roles.size(); ++a) {
    if (roles[a] == Role::Whole)
      continue;
    if (!candidate.text.empty())
      candidate.text += ' ';
    candidate.text += graph.axisNames[a] +
                      (roles[a] == Role::Grid ? "=grid:" : "=loop:") +
                      std::to_string(tiles[a]);
  }
  return true;
}
