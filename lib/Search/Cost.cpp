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
#include <cmath>
#include <set>

using namespace mirage;
using namespace mirage::search;
using sem::Op;
using sem::ValueId;

/// Microseconds of a launch, and of one step of a loop: its loads arrive, and
/// the block meets at barriers.
double mirage::search::launchMicroseconds() { return 3.0; }
static constexpr double stepMicroseconds = 0.8;
/// What code reaches of the peaks: products on the tensor cores, and scalar
/// operations that pass their operands through shared memory.
static constexpr double tensorFraction = 0.4, scalarFraction = 0.15;
/// What one multiprocessor can draw of its share of the L2 bandwidth when
/// others rest.
static constexpr double l2Burst = 2;
/// Blocks that are resident at most.
static constexpr int64_t maxResident = 8;

namespace {
struct Walker {
  const sem::Program &program;
  KernelCost &cost;
  std::set<ValueId> read;
  /// Operations of all blocks on tensor cores, padded to their tiles.
  double tensorFlops = 0;
  /// Steps that one block makes one after the other.
  double steps = 0;

  int64_t bytes(ValueId v) const {
    return sem::numElements(program.shape(v)) *
           sem::bitWidth(program.values[v].element) / 8;
  }

  /// `enclosing`: axes of the grid and of the loops around.
  void walk(const std::vector<Op> &body, llvm::SmallVector<sem::AxisId> enclosing) {
    double trips = 1;
    for (sem::AxisId axis : enclosing)
      trips *= program.axes[axis].extent;
    for (const Op &op : body) {
      switch (op.kind) {
      case Op::Load: {
        ValueId source = op.operands[0];
        if (isTile(source))
          break;
        if (read.insert(source).second)
          cost.bytesRead += bytes(source);
        double loaded = bytes(source);
        std::set<sem::AxisId> named;
        for (const auto &entry : op.split)
          named.insert(entry.begin(), entry.end());
        for (sem::AxisId axis : enclosing)
          if (!named.count(axis))
            loaded *= program.axes[axis].extent;
        cost.bytesLoaded += static_cast<int64_t>(loaded);
        break;
      }
      case Op::Store:
        cost.bytesWritten += bytes(op.results[0]);
        break;
      case Op::Algebra: {
        llvm::SmallVector<sem::Shape, 3> shapes;
        for (ValueId v : op.operands)
          shapes.push_back(program.shape(v));
        std::string why;
        auto s = op.sem->structure(shapes, op.params, why);
        if (!s)
          break;
        if (s->isContraction() &&
            sem::bitWidth(program.values[op.operands[0]].element) <= 16)
          tensorFlops += paddedFlops(*s) * trips;
        else
          cost.flops += s->flops() * trips;
        break;
      }
      case Op::Loop: {
        auto inner = enclosing;
        inner.append(op.axes.begin(), op.axes.end());
        double outside = steps;
        steps = 0;
        walk(op.body, inner);
        double own = 1;
        for (sem::AxisId axis : op.axes)
          own *= program.axes[axis].extent;
        steps = outside + own * std::max(steps, 1.0);
        break;
      }
      case Op::Constant:
      case Op::Dense:
      case Op::Kernel:
        break;
      }
    }
  }

  /// A product of (m, k) and (k, n) as tensor cores do it: 16 x 8 x 16, with
  /// the operands exchanged where that pads less.
  static double paddedFlops(const sem::Structure &s) {
    auto pad = [](int64_t n, int64_t to) { return (n + to - 1) / to * to; };
    double rest = 1;
    int64_t m = 1, n = 1, k = 1;
    size_t parallel = llvm::count(s.reduced, false);
    for (size_t d = 0; d < s.extents.size(); ++d)
      if (s.reduced[d])
        k *= s.extents[d];
      else if (d + 1 == parallel)
        n = s.extents[d];
      else if (d + 2 == parallel)
        m = s.extents[d];
      else
        rest *= s.extents[d];
    double padded = std::min(pad(m, 16) * pad(n, 8), pad(m, 8) * pad(n, 16));
    return 2 * rest * padded * pad(k, 16);
  }

  std::set<ValueId> tiles;
  bool isTile(ValueId v) const { return tiles.count(v); }
  void collectTiles(const std::vector<Op> &body) {
    for (const Op &op : body) {
      if (op.kind != Op::Store)
        tiles.insert(op.results.begin(), op.results.end());
      collectTiles(op.body);
    }
  }
};
} // namespace

KernelCost mirage::search::costOf(const sem::Program &program, const Op &kernel,
                                  const Target &target) {
  KernelCost cost;
  for (sem::AxisId axis : kernel.axes)
    cost.blocks *= program.axes[axis].extent;
  Walker walker{program, cost};
  walker.collectTiles(kernel.body);
  walker.walk(kernel.body, {kernel.axes.begin(), kernel.axes.end()});
  cost.sharedBytes = planTiles(program, kernel).bytes;
  if (cost.sharedBytes > static_cast<int64_t>(target.sharedBytesPerBlock)) {
    cost.microseconds = INFINITY;
    return cost;
  }
  // Loads run ahead of the work, and resident blocks share the
  // multiprocessor's rates; a wave that is not full takes as long.
  int64_t sms = target.sms;
  int64_t resident = std::clamp<int64_t>(
      static_cast<int64_t>(target.sharedBytesPerSM) / (cost.sharedBytes + 1024),
      1, maxResident);
  int64_t together = std::min(resident, (cost.blocks + sms - 1) / sms);
  double waves = std::ceil(static_cast<double>(cost.blocks) /
                           static_cast<double>(sms * together));
  double tensor = walker.tensorFlops / (tensorFraction * target.tensorTFlops * 1e6);
  double scalar = cost.flops / (scalarFraction * target.fp32TFlops * 1e6);
  double dram = (cost.bytesRead + cost.bytesWritten) / (target.dramGBps * 1e3);
  double l2 = cost.bytesLoaded / (target.l2GBps * 1e3);
  double perBlock = static_cast<double>(sms) / cost.blocks; // of the whole rates
  double work = std::max({tensor, scalar, l2 / l2Burst}) * perBlock;
  double latency = std::max(walker.steps, 1.0) * stepMicroseconds;
  double wave =
      std::max(latency, work * together) + work / std::max(walker.steps, 1.0);
  cost.microseconds = launchMicroseconds() + std::max({waves * wave, dram, l2}) +
                      0.02 * (dram + l2 + tensor + scalar);
  cost.flops += walker.tensorFlops;
  return cost;
}
