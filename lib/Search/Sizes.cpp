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
/// Descents from one start, until what was estimated to fit does.
static constexpr int maxRounds = 4;
/// No other start makes a kernel so many times faster.
static constexpr double hopeless = 1.5;
/// More microseconds than any kernel takes, for one that does not fit.
static constexpr double unfit = 1e12;

sem::Shape mirage::search::shapeOf(const Graph &graph, const Layout &layout) {
  sem::Shape shape;
  for (int axis : layout)
    shape.push_back(axis < 0 ? 1 : graph.extents[axis]);
  return shape;
}

namespace {
/// An axis whose tile is to be chosen.
struct Dimension {
  size_t axis;
  std::vector<int64_t> choices;
  size_t pick;
};
} // namespace

static std::vector<int64_t> choicesOf(int64_t extent, Role role) {
  std::vector<int64_t> choices;
  if (role == Role::Grid) {
    for (int64_t t = 1; t < extent && t <= 256; t *= 2)
      choices.push_back(t);
    if (extent <= maxWhole)
      choices.push_back(extent);
  } else if (role == Role::Loop) {
    for (int64_t t = 8; t < extent && t <= 512; t *= 2)
      choices.push_back(t);
    if (choices.empty())
      choices.push_back((extent + 1) / 2);
  }
  return choices;
}

/// Descends from the picks of `dims` by the best change of one pick, or, where
/// there is none, of two by one step in opposite directions. `improves` judges
/// the picks: infinite unless they are better than its argument.
static void descend(std::vector<Dimension> &dims,
                    llvm::function_ref<double(double)> improves) {
  double best = improves(INFINITY);
  for (bool moved = true; moved;) {
    moved = false;
    for (Dimension &dim : dims) {
      size_t kept = dim.pick;
      for (size_t pick = 0; pick < dim.choices.size(); ++pick) {
        dim.pick = pick;
        double cost = pick == kept ? INFINITY : improves(best);
        if (cost < best) {
          best = cost;
          kept = pick;
          moved = true;
        }
      }
      dim.pick = kept;
    }
    if (moved)
      continue;
    for (Dimension &up : dims)
      for (Dimension &down : dims) {
        if (&up == &down || up.pick + 1 == up.choices.size() || !down.pick)
          continue;
        ++up.pick, --down.pick;
        double cost = improves(best);
        if (cost < best) {
          best = cost;
          moved = true;
        } else {
          --up.pick, ++down.pick;
        }
      }
  }
}

bool mirage::search::chooseSizes(const Graph &graph, Candidate &candidate,
                                 const Target &target, sem::Program &scratch,
                                 const std::map<NodeId, TensorRef> &tensors,
                                 MemoryFn memory, double worthwhile,
                                 std::string &why) {
  const std::vector<Role> &roles = candidate.spec.roles;
  size_t values = scratch.values.size(), axes = scratch.axes.size();
  std::vector<int64_t> tiles(graph.extents.begin(), graph.extents.end());
  std::vector<Dimension> dims;
  for (size_t a = 0; a < roles.size(); ++a) {
    if (llvm::is_contained(graph.outer, static_cast<int>(a)))
      continue;
    std::vector<int64_t> choices =
        choicesOf(runOf(graph, candidate.spec, a), roles[a]);
    if (!choices.empty())
      dims.push_back({a, std::move(choices), 0});
  }
  std::map<NodeId, TensorRef> refs = tensors;
  Sizing sizing;
  for (Dimension &dim : dims)
    tiles[dim.axis] = dim.choices.back();
  std::optional<sem::Op> kernel =
      emitKernel(graph, candidate.spec, candidate.schedule, tiles, scratch,
                 refs, memory, why, &sizing);
  auto restore = llvm::make_scope_exit([&] {
    scratch.values.resize(values);
    scratch.axes.resize(axes);
  });
  if (!kernel)
    return false;
  for (Dimension &dim : dims) {
    if (!(sizing.repeated & axisBit(dim.axis)))
      continue;
    int64_t extent = runOf(graph, candidate.spec, dim.axis);
    llvm::erase_if(dim.choices, [&](int64_t t) { return extent % t != 0; });
    if (dim.choices.empty()) {
      why = "no tiles divide an axis along which a tile is repeated";
      return false;
    }
  }
  KernelModel model(scratch, *kernel, target);
  candidate.cost.microseconds = INFINITY;
  auto cost = [&](double worthwhile, bool planned) {
    for (const Dimension &dim : dims)
      tiles[dim.axis] = dim.choices[dim.pick];
    resizeKernel(graph, candidate.spec, sizing, tiles, scratch, *kernel);
    return model.cost(worthwhile, planned);
  };
  // Estimates of shared memory lead the way, also to what fits. One that was
  // too low is corrected for the next descent.
  for (size_t start : {0, 2, 4}) {
    if (!std::isinf(candidate.cost.microseconds) &&
        candidate.cost.microseconds > hopeless * worthwhile)
      break;
    for (int round = 0; round < maxRounds; ++round) {
      for (Dimension &dim : dims)
        dim.pick = std::min(start, dim.choices.size() - 1);
      descend(dims, [&](double best) {
        double worthwhile = best * (1 - 1e-9);
        KernelCost estimate = cost(worthwhile, /*planned=*/false);
        double value = estimate.tooLarge ? unfit + estimate.sharedBytes
                                         : estimate.microseconds;
        return value < worthwhile ? value : INFINITY;
      });
      KernelCost planned = cost(INFINITY, /*planned=*/true);
      if (planned.tooLarge)
        continue;
      if (planned.microseconds < candidate.cost.microseconds) {
        candidate.cost = planned;
        candidate.tiles = tiles;
      }
      break;
    }
  }
  if (std::isinf(candidate.cost.microseconds)) {
    why = "no tiles fit shared memory";
    return false;
  }
  candidate.text.clear();
  for (size_t a = 0; a < roles.size(); ++a) {
    if (roles[a] == Role::Whole)
      continue;
    if (!candidate.text.empty())
      candidate.text += ' ';
    candidate.text += graph.axisNames[a] +
                      (roles[a] == Role::Grid ? "=grid:" : "=loop:") +
                      std::to_string(candidate.tiles[a]);
  }
  return true;
}
