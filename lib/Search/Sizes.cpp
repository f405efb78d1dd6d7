//===- Sizes.cpp - Tile sizes of a kernel ---------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sizes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include <cmath>

using namespace mirage;
using namespace mirage::search;

/// Dimensions on the grid up to this extent can be one tile.
static constexpr int64_t maxWhole = 256;

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
  std::vector<int64_t> tiles(graph.extents.begin(), graph.extents.end());
  std::vector<std::vector<int64_t>> choices(roles.size());
  for (size_t a = 0; a < roles.size(); ++a) {
    int64_t extent = runOf(graph, candidate.spec, a);
    if (llvm::is_contained(graph.outer, static_cast<int>(a)))
      continue;
    if (roles[a] == Role::Grid) {
      for (int64_t t = 1; t < extent && t <= 256; t *= 2)
        choices[a].push_back(t);
      if (extent <= maxWhole)
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
  std::map<NodeId, TensorRef> refs = tensors;
  Sizing sizing;
  std::optional<sem::Op> kernel =
      emitKernel(graph, candidate.spec, candidate.schedule, tiles, scratch, refs,
                 memory, why, &sizing);
  auto restore = llvm::make_scope_exit([&] {
    scratch.values.resize(values);
    scratch.axes.resize(axes);
  });
  if (!kernel)
    return false;
  KernelModel model(scratch, *kernel, target);
  auto judge = [&](const std::vector<int64_t> &tiles, double worthwhile) {
    resizeKernel(graph, candidate.spec, sizing, tiles, scratch, *kernel);
    return model.cost(worthwhile);
  };
  candidate.cost = judge(tiles, INFINITY);
  // Too large for shared memory: shrink everything first.
  while (candidate.cost.tooLarge) {
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
    candidate.cost = judge(tiles, INFINITY);
  }
  for (bool better = true; better;) {
    better = false;
    for (size_t a = 0; a < roles.size(); ++a)
      for (int64_t tile : choices[a]) {
        if (tile == tiles[a])
          continue;
        std::vector<int64_t> trial = tiles;
        trial[a] = tile;
        double worthwhile = candidate.cost.microseconds * (1 - 1e-9);
        KernelCost cost = judge(trial, worthwhile);
        if (cost.microseconds < worthwhile) {
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
