//===- TilePlan.cpp - Where a kernel's tiles live in shared memory --------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Analysis/TilePlan.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mirage;
using sem::Op;
using sem::ValueId;

//===----------------------------------------------------------------------===//
// First fit
//===----------------------------------------------------------------------===//

uint64_t FirstFit::place(uint64_t bytes, uint64_t begin, uint64_t end) {
  llvm::SmallVector<const Buffer *> live;
  for (const Buffer &buffer : buffers)
    if (buffer.begin <= end && begin <= buffer.end)
      live.push_back(&buffer);
  llvm::sort(live, [](const Buffer *a, const Buffer *b) {
    return a->offset < b->offset;
  });
  uint64_t offset = reserved;
  for (const Buffer *buffer : live) {
    if (offset + bytes <= buffer->offset)
      break;
    offset = std::max(
        offset, llvm::alignTo(buffer->offset + buffer->bytes, alignment));
  }
  buffers.push_back({offset, bytes, begin, end});
  top = std::max(top, offset + bytes);
  return offset;
}

void FirstFit::extend(uint64_t offset, uint64_t begin, uint64_t end) {
  for (Buffer &buffer : buffers)
    if (buffer.offset == offset && buffer.end == begin) {
      buffer.end = std::max(buffer.end, end);
      return;
    }
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

namespace {
bool reduces(const KernelStructures &structures, const std::vector<Op> &body) {
  return llvm::any_of(body, [&](const Op &op) {
    if (op.kind == Op::Loop)
      return reduces(structures, op.body);
    const sem::Structure *s = structures.of(op);
    return s && s->combine;
  });
}

class Planner {
public:
  Planner(const sem::Program &program, const Op &kernel,
          const KernelStructures &structures, const Distribution &distribution)
      : program(program), kernel(kernel), structures(structures),
        distribution(distribution),
        fit(16, reduces(structures, kernel.body) ? combineBytes : 0) {}

  TilePlan run() {
    uint64_t next = 0;
    number(kernel, next);
    place(kernel.body);
    plan.bytes = fit.bytes();
    return std::move(plan);
  }

private:
  /// The tiles in shared memory that are read where `v` is, and whether only at
  /// the places that `v` is read at.
  void forBuffers(ValueId v, bool inPlace,
                  llvm::function_ref<void(ValueId, bool)> body) const {
    auto it = inlined.find(v);
    if (it == inlined.end())
      return body(v, inPlace);
    const Op &op = *it->second;
    const sem::Structure *s = structures.of(op);
    for (auto [p, operand] : llvm::enumerate(op.operands))
      forBuffers(operand,
                 inPlace && s && (isView(op) || isInPlace(*s, p)) &&
                     sem::numElements(program.shape(operand)) ==
                         sem::numElements(program.shape(v)),
                 body);
  }

  static bool isView(const Op &op) {
    return op.kind == Op::Algebra && op.sem->name() == sem::reshapeSem().name();
  }

  uint64_t bytes(ValueId v) const {
    return sem::numElements(program.shape(v)) *
           llvm::divideCeil(sem::bitWidth(program.values[v].element), 8);
  }

  /// `v` is read at `point`, in a body that has the tiles `own`.
  void use(ValueId v, uint64_t point, llvm::ArrayRef<ValueId> own) {
    forBuffers(v, true, [&](ValueId buffer, bool) {
      auto it = lastUse.find(buffer);
      if (it == lastUse.end())
        return;
      it->second = std::max(it->second, point);
      if (!llvm::is_contained(own, buffer))
        usedFromOutside.push_back(buffer);
    });
  }

  /// Points grow in program order; a loop's body lies between its two points.
  /// What a loop uses from outside lives until the loop ends.
  void number(const Op &parent, uint64_t &next) {
    llvm::SmallVector<ValueId> own;
    for (const Op &op : parent.body) {
      Points p;
      p.begin = next++;
      if (op.kind == Op::Loop) {
        number(op, next);
        llvm::SmallVector<ValueId> outer;
        outer.swap(usedFromOutside);
        p.end = next++;
        for (ValueId v : outer)
          use(v, p.end, own);
      } else {
        p.end = next++;
      }
      points[&op] = p;
      bool isInlined = isView(op) || (op.results.size() == 1 &&
                                      distribution.placeOf(op.results[0]) ==
                                          Place::Inline);
      if (isInlined) {
        inlined[op.results[0]] = &op;
        continue;
      }
      if (op.kind != Op::Loop)
        for (ValueId v : op.operands)
          use(v, p.begin, own);
      if (op.kind == Op::Store || op.kind == Op::Constant)
        continue;
      for (ValueId v : op.results)
        if (distribution.placeOf(v) == Place::Shared) {
          own.push_back(v);
          lastUse[v] = p.end;
        }
    }
    if (parent.kind != Op::Loop)
      return;
    uint64_t accumulates = next;
    next += 2;
    for (const sem::Accumulator &a : parent.accumulators)
      use(a.value, accumulates, own);
  }

  void place(const std::vector<Op> &body) {
    for (const Op &op : body) {
      for (ValueId v : op.results) {
        auto end = lastUse.find(v);
        if (op.kind == Op::Store || end == lastUse.end())
          continue;
        uint64_t from = points[&op].begin;
        std::optional<ValueId> reused = reuse(op, v, body);
        uint64_t offset = reused ? plan.offsets.lookup(*reused)
                                 : fit.place(bytes(v), from, end->second);
        if (reused)
          fit.extend(offset, from, end->second);
        plan.offsets[v] = offset;
      }
      place(op.body);
    }
  }

  /// Whether element i of the result is made of operand `p`'s element i.
  static bool isInPlace(const sem::Structure &s, size_t p) {
    if (!canInline(s))
      return false;
    for (auto [d, index] : llvm::enumerate(s.in[p]))
      if (!index.isZero() && index.asDim() != std::optional<unsigned>(d))
        return false;
    return true;
  }

  /// A tile that dies at `op`, in whose buffer `op` can work.
  std::optional<ValueId> reuse(const Op &op, ValueId result,
                               const std::vector<Op> &body) const {
    const sem::Structure *s = structures.of(op);
    if (!s || !canInline(*s))
      return std::nullopt;
    llvm::SmallVector<ValueId> candidates, elsewhere;
    for (auto [p, operand] : llvm::enumerate(op.operands))
      forBuffers(operand,
                 isInPlace(*s, p) &&
                     sem::numElements(program.shape(operand)) ==
                         sem::numElements(program.shape(result)),
                 [&](ValueId buffer, bool inPlace) {
                   (inPlace ? candidates : elsewhere).push_back(buffer);
                 });
    for (ValueId v : candidates) {
      // A tile of another body outlives this op.
      bool isOwn = llvm::any_of(body, [&](const Op &other) {
        return llvm::is_contained(other.results, v);
      });
      if (isOwn && plan.offsets.count(v) && bytes(v) == bytes(result) &&
          lastUse.lookup(v) == points.lookup(&op).begin &&
          !llvm::is_contained(elsewhere, v))
        return v;
    }
    return std::nullopt;
  }

  struct Points {
    uint64_t begin = 0, end = 0;
  };

  const sem::Program &program;
  const Op &kernel;
  const KernelStructures &structures;
  const Distribution &distribution;
  FirstFit fit;
  TilePlan plan;
  llvm::DenseMap<const Op *, Points> points;
  /// Tiles without a buffer, and the ops that compute them where they are read.
  llvm::DenseMap<ValueId, const Op *> inlined;
  /// Of every tile with a buffer, the last point at which it may be read.
  llvm::DenseMap<ValueId, uint64_t> lastUse;
  llvm::SmallVector<ValueId> usedFromOutside;
};
} // namespace

TilePlan mirage::planTiles(const sem::Program &program, const Op &kernel,
                           const KernelStructures &structures,
                           const Distribution &distribution) {
  return Planner(program, kernel, structures, distribution).run();
}
