//===- Cost.cpp - What a kernel costs on a target -------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Search/Cost.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <map>
#include <set>

using namespace mirage;
using namespace mirage::search;
using sem::Op;
using sem::ValueId;

/// What the plain distribution reaches of the f32 peak: scalar multiply-adds
/// through shared memory. And what a launch costs, in microseconds.
static constexpr double plainFraction = 0.06;
double mirage::search::launchMicroseconds() { return 3.0; }

int64_t mirage::search::timesLoaded(const sem::Program &program, const Op &load,
                                    llvm::ArrayRef<sem::AxisId> enclosing) {
  int64_t times = 1;
  for (sem::AxisId axis : enclosing)
    if (llvm::none_of(load.split, [&](const auto &entry) {
          return llvm::is_contained(entry, axis);
        }))
      times *= program.axes[axis].extent;
  return times;
}

namespace {
struct Walker {
  const sem::Program &program;
  KernelCost &cost;
  std::set<ValueId> read;

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
        cost.bytesLoaded += bytes(source) * timesLoaded(program, op, enclosing);
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
        if (auto s = op.sem->structure(shapes, op.params, why))
          cost.flops += s->flops() * trips;
        break;
      }
      case Op::Loop: {
        auto inner = enclosing;
        inner.append(op.axes.begin(), op.axes.end());
        walk(op.body, inner);
        break;
      }
      case Op::Constant:
      case Op::Dense:
      case Op::Kernel:
        break;
      }
    }
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

  static void uses(const Op &op, std::set<ValueId> &set) {
    set.insert(op.operands.begin(), op.operands.end());
    for (const sem::Accumulator &a : op.accumulators)
      set.insert(a.value);
    for (const Op &inner : op.body)
      uses(inner, set);
  }

  int64_t tileBytes(ValueId v) const { return (bytes(v) + 15) / 16 * 16; }

  /// Peak of live tiles in a body, each freed after its last use there.
  int64_t peak(const std::vector<Op> &body, const Op *loop) const {
    std::map<ValueId, size_t> last;
    std::set<ValueId> own;
    for (size_t i = 0; i < body.size(); ++i) {
      std::set<ValueId> used;
      uses(body[i], used);
      for (ValueId v : used)
        last[v] = i;
      if (body[i].kind != Op::Store && body[i].kind != Op::Constant)
        for (ValueId v : body[i].results)
          own.insert(v), last.try_emplace(v, i);
    }
    if (loop)
      for (const sem::Accumulator &a : loop->accumulators)
        last[a.value] = body.size();
    int64_t live = 0, most = 0;
    for (size_t i = 0; i < body.size(); ++i) {
      const Op &op = body[i];
      if (op.kind != Op::Store && op.kind != Op::Constant)
        for (ValueId v : op.results)
          live += tileBytes(v);
      int64_t inside = op.kind == Op::Loop ? peak(op.body, &op) : 0;
      most = std::max(most, live + inside);
      for (ValueId v : own)
        if (last[v] == i)
          live -= tileBytes(v);
    }
    return most;
  }
};
} // namespace

KernelCost mirage::search::costOf(const sem::Program &program, const Op &kernel,
                                  const Target &target) {
  KernelCost cost;
  for (sem::AxisId axis : kernel.axes)
    cost.blocks *= program.axes[axis].extent;
  Walker walker{program, cost, {}, {}};
  walker.collectTiles(kernel.body);
  walker.walk(kernel.body, {kernel.axes.begin(), kernel.axes.end()});
  cost.sharedBytes = walker.peak(kernel.body, nullptr);
  if (cost.sharedBytes > static_cast<int64_t>(target.sharedBytesPerBlock)) {
    cost.microseconds = INFINITY;
    return cost;
  }
  // Blocks run in waves; a wave that is not full leaves multiprocessors idle.
  int64_t resident = std::max<int64_t>(
      1, std::min<int64_t>(8, static_cast<int64_t>(target.sharedBytesPerSM) /
                                  (cost.sharedBytes + 1024)));
  int64_t sms = target.sms;
  double slots = static_cast<double>(sms * resident);
  double waves = std::ceil(cost.blocks / slots);
  double used = std::min<double>(cost.blocks, sms) / sms;
  double idle = waves * slots / cost.blocks;
  double balance = cost.blocks >= sms ? std::min(idle, 2.0) : 1.0;
  double dram = (cost.bytesRead + cost.bytesWritten) / (target.dramGBps * 1e3);
  double l2 = cost.bytesLoaded / (target.l2GBps * 1e3);
  double compute = cost.flops / (plainFraction * target.fp32TFlops * 1e6);
  cost.microseconds =
      launchMicroseconds() + std::max({dram, l2, compute}) * balance / used +
      0.1 * (dram + l2 + compute);
  return cost;
}
