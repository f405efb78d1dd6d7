//===- Cost.cpp - What a kernel costs on a target -------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Search/Cost.h"
#include "mirage/Analysis/TilePlan.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <set>

using namespace mirage;
using namespace mirage::search;
using sem::Op;
using sem::ValueId;

/// Microseconds of a launch, and of one step of a loop: its loads arrive, and
/// the block meets at barriers.
double mirage::search::launchMicroseconds() { return 4.0; }
static constexpr double stepMicroseconds = 0.8;
/// What code reaches of the peaks: products of 16-bit operands on the tensor
/// cores, and operations that pass their operands through shared memory.
static constexpr double tensorFraction = 0.4, scalarFraction = 0.15;

/// The same of other products. Shared memory has one word for four
/// multiplications; a thread with a x b outputs needs a + b words for a b of
/// them.
static double productFraction(double outputs) {
  constexpr double threads = 256, most = 0.5;
  double side = std::sqrt(std::max(1.0, outputs / threads));
  return std::min(most, side / 8);
}
/// What one multiprocessor can draw of its share of the bandwidths when others
/// rest.
static constexpr double l2Burst = 2, dramBurst = 1.3;
/// Blocks that are resident at most.
static constexpr int64_t maxResident = 8;

/// Enclosing axes that do not cut what is loaded.
static llvm::SmallVector<sem::AxisId, 4>
repeatingAxes(const Op &load, llvm::ArrayRef<sem::AxisId> enclosing) {
  llvm::SmallVector<sem::AxisId, 4> axes;
  for (sem::AxisId axis : enclosing)
    if (llvm::none_of(load.split, [&](const auto &entry) {
          return llvm::is_contained(entry, axis);
        }))
      axes.push_back(axis);
  return axes;
}

int64_t mirage::search::timesLoaded(const sem::Program &program, const Op &load,
                                    llvm::ArrayRef<sem::AxisId> enclosing) {
  int64_t times = 1;
  for (sem::AxisId axis : repeatingAxes(load, enclosing))
    times *= program.axes[axis].extent;
  return times;
}

double mirage::search::sectorsTouched(const sem::ValueType &tensor,
                                      const sem::Shape &tile,
                                      const Target &target) {
  int64_t run = 1;
  for (size_t d = tile.size(); d-- > 0;) {
    run *= std::min(tile[d], tensor.shape[d]);
    if (tile[d] < tensor.shape[d])
      break;
  }
  double bytes = static_cast<double>(run * sem::bitWidth(tensor.element)) / 8,
         sector = target.sectorBytes;
  return std::ceil(bytes / sector) * sector / bytes;
}

std::map<ValueId, ValueId>
mirage::search::viewsOf(const sem::Program &program) {
  std::map<ValueId, ValueId> views;
  for (const Op &op : program.ops)
    if (op.kind == Op::Algebra && op.sem->name() == sem::reshapeSem().name()) {
      auto of = views.find(op.operands[0]);
      views[op.results[0]] = of == views.end() ? op.operands[0] : of->second;
    }
  return views;
}

KernelModel::KernelModel(const sem::Program &program, const Op &kernel,
                         const Target &target)
    : program(program), kernel(kernel), target(target),
      structures(program, kernel), views(viewsOf(program)) {
  std::set<ValueId> tiles;
  collectTiles(kernel.body, tiles);
  std::set<ValueId> read;
  addBody(kernel.body, {kernel.axes.begin(), kernel.axes.end()}, tiles, read);
  root = addSteps(kernel);
}

void KernelModel::collectTiles(const std::vector<Op> &body,
                               std::set<ValueId> &tiles) {
  for (const Op &op : body) {
    if (op.kind != Op::Store)
      tiles.insert(op.results.begin(), op.results.end());
    collectTiles(op.body, tiles);
  }
}

/// `enclosing`: axes of the grid and of the loops around.
void KernelModel::addBody(const std::vector<Op> &body, const Axes &enclosing,
                          const std::set<ValueId> &tiles,
                          std::set<ValueId> &read) {
  for (const Op &op : body) {
    switch (op.kind) {
    case Op::Load: {
      ValueId source = op.operands[0];
      if (tiles.count(source))
        break;
      auto view = views.find(source);
      bool first =
          read.insert(view == views.end() ? source : view->second).second;
      loads.push_back(
          {source, op.results[0], repeatingAxes(op, enclosing), first});
      buffers.push_back(op.results[0]);
      break;
    }
    case Op::Store:
      stores.push_back({op.results[0], op.operands[0], {}});
      break;
    case Op::Algebra:
      addWork(op, enclosing);
      break;
    case Op::Loop: {
      Axes inner = enclosing;
      inner.append(op.axes.begin(), op.axes.end());
      addBody(op.body, inner, tiles, read);
      buffers.insert(buffers.end(), op.results.begin(), op.results.end());
      break;
    }
    case Op::Constant:
    case Op::Dense:
    case Op::Kernel:
      break;
    }
  }
}

void KernelModel::addWork(const Op &op, const Axes &enclosing) {
  const sem::Structure *s = structures.of(op);
  if (!s)
    return;
  Work w;
  w.trips = enclosing;
  double points = 1;
  for (size_t d = 0; d < s->extents.size(); ++d) {
    points *= static_cast<double>(s->extents[d]);
    // Where a dimension of the iteration can be read off.
    std::pair<ValueId, unsigned> source{op.results[0], 0};
    bool found = false;
    for (auto [r, index] : llvm::enumerate(s->out))
      if (index.asDim() == std::optional<unsigned>(d)) {
        source = {op.results[0], static_cast<unsigned>(r)};
        found = true;
      }
    for (size_t p = 0; p < s->in.size() && !found; ++p)
      for (auto [i, index] : llvm::enumerate(s->in[p]))
        if (index.asDim() == std::optional<unsigned>(d)) {
          source = {op.operands[p], static_cast<unsigned>(i)};
          found = true;
        }
    if (found)
      w.dims.push_back(
          {source.first, source.second, static_cast<bool>(s->reduced[d])});
    else
      w.factor *= static_cast<double>(s->extents[d]);
  }
  w.factor *= s->flops() / std::max(points, 1.0);
  if (s->isContraction())
    w.kind = sem::bitWidth(program.values[op.operands[0]].element) <= 16
                 ? Work::Tensor
                 : Work::Product;
  work.push_back(std::move(w));
}

size_t KernelModel::addSteps(const Op &op) {
  size_t index = steps.size();
  steps.push_back({});
  if (op.kind == Op::Loop)
    steps[index].axes.assign(op.axes.begin(), op.axes.end());
  for (const Op &inner : op.body)
    if (inner.kind == Op::Loop) {
      size_t child = addSteps(inner);
      steps[index].inner.push_back(child);
    }
  return index;
}

double KernelModel::trips(llvm::ArrayRef<sem::AxisId> axes) const {
  double n = 1;
  for (sem::AxisId axis : axes)
    n *= static_cast<double>(program.axes[axis].extent);
  return n;
}

/// Steps that one block makes one after the other.
double KernelModel::stepsOf(size_t index) const {
  double own = 0;
  for (size_t child : steps[index].inner)
    own += stepsOf(child);
  return trips(steps[index].axes) * std::max(own, 1.0);
}

/// A product of (m, k) and (k, n) on tensor cores comes in pieces of 16 x 8 x
/// 16; the operands are exchanged where that pads less.
double KernelModel::paddedPoints(const Work &w) const {
  auto pad = [](int64_t n, int64_t to) { return (n + to - 1) / to * to; };
  double rest = 1;
  int64_t m = 1, n = 1, k = 1;
  for (const Work::Dim &dim : w.dims) {
    int64_t extent = program.shape(dim.value)[dim.index];
    if (dim.reduced) {
      k *= extent;
      continue;
    }
    rest *= static_cast<double>(m);
    m = n;
    n = extent;
  }
  double padded = static_cast<double>(
      std::min(pad(m, 16) * pad(n, 8), pad(m, 8) * pad(n, 16)));
  return rest * padded * static_cast<double>(pad(k, 16));
}

/// Planning is dear; what is loaded and what loops make is most of it. An
/// estimate is as much too low as one that was planned.
int64_t KernelModel::sharedBytes(bool planned) {
  double bytes = 0;
  for (ValueId v : buffers)
    bytes += static_cast<double>(sem::numElements(program.shape(v)) *
                                 sem::bitWidth(program.values[v].element) / 8);
  if (!planned)
    return static_cast<int64_t>(bytes * correction);
  structures.resize();
  uint64_t needed = planTiles(program, kernel, structures,
                              distribute(program, kernel, structures))
                        .bytes;
  correction =
      std::max(correction, static_cast<double>(needed) / std::max(bytes, 1.0));
  return static_cast<int64_t>(needed);
}

KernelCost KernelModel::cost(double worthwhile, bool planned) {
  auto bytes = [&](ValueId v) {
    return static_cast<double>(sem::numElements(program.shape(v)) *
                               sem::bitWidth(program.values[v].element) / 8);
  };
  KernelCost cost;
  for (sem::AxisId axis : kernel.axes) {
    cost.grid.push_back(program.axes[axis].extent);
    cost.blocks *= program.axes[axis].extent;
  }
  double loaded = 0;
  auto sectors = [&](const Transfer &t) {
    return sectorsTouched(program.values[t.tensor], program.shape(t.tile),
                          target);
  };
  for (const Transfer &load : loads) {
    double once = bytes(load.tensor), all = once * trips(load.repeated);
    if (load.first)
      cost.bytesRead += static_cast<int64_t>(once);
    loaded += all;
    cost.sectorBytes += all * sectors(load);
  }
  cost.bytesLoaded = static_cast<int64_t>(loaded);
  for (const Transfer &store : stores) {
    double once = bytes(store.tensor);
    cost.bytesWritten += static_cast<int64_t>(once);
    cost.sectorBytes += once * sectors(store);
  }
  double flops[3] = {0, 0, 0}, products = 0;
  for (const Work &w : work) {
    double points = 1, outputs = 1;
    if (w.kind == Work::Tensor)
      points = paddedPoints(w);
    else
      for (const Work::Dim &dim : w.dims) {
        auto extent = static_cast<double>(program.shape(dim.value)[dim.index]);
        points *= extent;
        outputs *= dim.reduced ? 1 : extent;
      }
    double all = points * w.factor * trips(w.trips);
    flops[w.kind] += all;
    if (w.kind == Work::Product)
      products += all / productFraction(outputs);
  }
  cost.flops = flops[0] + flops[1] + flops[2];

  // Loads run ahead of the work, and resident blocks share the
  // multiprocessor's rates; a wave that is not full takes as long.
  double tensor =
      flops[Work::Tensor] / (tensorFraction * target.tensorTFlops * 1e6);
  double scalar = (products + flops[Work::Scalar] / scalarFraction) /
                  (target.fp32TFlops * 1e6);
  double dram = static_cast<double>(cost.bytesRead + cost.bytesWritten) /
                (target.dramGBps * 1e3);
  double l2 = loaded / (target.l2GBps * 1e3);
  // Blocks at the same time want the rest of a sector: it comes from DRAM once,
  // but each multiprocessor draws it whole.
  double drawn = cost.sectorBytes / (target.l2GBps * 1e3);
  double serial = stepsOf(root);
  int64_t sms = target.sms;
  auto time = [&](int64_t resident) {
    int64_t together = std::min(resident, (cost.blocks + sms - 1) / sms);
    double waves = std::ceil(static_cast<double>(cost.blocks) /
                             static_cast<double>(sms * together));
    // Of one block that has its multiprocessor alone.
    double alone =
        std::max({tensor, scalar, drawn / l2Burst, dram / dramBurst}) *
        static_cast<double>(sms) / static_cast<double>(cost.blocks);
    double wave = std::max(serial * stepMicroseconds,
                           alone * static_cast<double>(together)) +
                  alone / serial;
    return launchMicroseconds() + std::max({waves * wave, dram, l2}) +
           0.02 * (dram + drawn + tensor + scalar);
  };
  cost.microseconds = INFINITY;
  double least = INFINITY;
  for (int64_t resident = 1; resident <= maxResident; ++resident)
    least = std::min(least, time(resident));
  if (least >= worthwhile)
    return cost;
  cost.sharedBytes = sharedBytes(planned);
  if (cost.sharedBytes > static_cast<int64_t>(target.sharedBytesPerBlock)) {
    cost.tooLarge = true;
    return cost;
  }
  cost.microseconds = time(std::clamp<int64_t>(
      static_cast<int64_t>(target.sharedBytesPerSM) / (cost.sharedBytes + 1024),
      1, maxResident));
  return cost;
}

KernelCost mirage::search::costOf(const sem::Program &program, const Op &kernel,
                                  const Target &target) {
  return KernelModel(program, kernel, target).cost();
}
