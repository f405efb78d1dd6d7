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
/// An op's structure, or nothing where it is no algebra.
std::optional<sem::Structure> structureOf(const sem::Program &program,
                                          const Op &op) {
  if (op.kind != Op::Algebra)
    return std::nullopt;
  llvm::SmallVector<sem::Shape, 3> shapes;
  for (ValueId v : op.operands)
    shapes.push_back(program.shape(v));
  std::string why;
  return op.sem->structure(shapes, op.params, why);
}

bool reduces(const sem::Program &program, const std::vector<Op> &body) {
  return llvm::any_of(body, [&](const Op &op) {
    if (op.kind == Op::Loop)
      return reduces(program, op.body);
    std::optional<sem::Structure> s = structureOf(program, op);
    return s && s->combine;
  });
}

/// What of a plan does not depend on sizes.
class Lifetimes {
public:
  Lifetimes(const sem::Program &program, const Op &kernel) : program(program) {
    uint64_t next = 0;
    number(kernel, next);
    collect(kernel.body);
  }
  std::vector<TilePlanner::Tile> tiles;

private:
  /// The tile that a tile is stored as.
  ValueId root(ValueId v) const {
    auto it = views.find(v);
    return it == views.end() ? v : it->second;
  }

  void use(ValueId v, uint64_t point) {
    auto it = lastUse.find(root(v));
    if (it != lastUse.end())
      it->second = std::max(it->second, point);
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
        for (ValueId v : outer) {
          use(v, p.end);
          if (!llvm::is_contained(own, v))
            usedFromOutside.push_back(v);
        }
      } else {
        p.end = next++;
        for (ValueId v : op.operands) {
          use(v, p.begin);
          if (!llvm::is_contained(own, root(v)))
            usedFromOutside.push_back(root(v));
        }
      }
      points[&op] = p;
      if (op.kind == Op::Store || op.kind == Op::Constant)
        continue;
      if (op.kind == Op::Algebra && op.sem->name() == sem::reshapeSem().name()) {
        views[op.results[0]] = root(op.operands[0]);
        continue;
      }
      for (ValueId v : op.results) {
        own.push_back(v);
        lastUse[v] = p.end;
      }
    }
    if (parent.kind != Op::Loop)
      return;
    uint64_t accumulates = next;
    next += 2;
    for (const sem::Accumulator &a : parent.accumulators) {
      use(a.value, accumulates);
      if (!llvm::is_contained(own, root(a.value)))
        usedFromOutside.push_back(root(a.value));
    }
  }

  void collect(const std::vector<Op> &body) {
    for (const Op &op : body) {
      for (ValueId v : op.results) {
        auto end = lastUse.find(v);
        if (op.kind != Op::Store && end != lastUse.end())
          tiles.push_back(
              {v, points[&op].begin, end->second, reusable(op, body)});
      }
      collect(op.body);
    }
  }

  /// Whether each element of the result is made of the operands' elements at
  /// the same place.
  static bool isInPlace(const sem::Structure &s) {
    if (!s.isElementwise())
      return false;
    for (auto [d, index] : llvm::enumerate(s.out))
      if (index.asDim() != std::optional<unsigned>(d))
        return false;
    for (const sem::IndexMap &map : s.in)
      for (auto [d, index] : llvm::enumerate(map))
        if (!index.isZero() && index.asDim() != std::optional<unsigned>(d))
          return false;
    return true;
  }

  /// Operands that die at `op`, in whose buffers it could work if they have
  /// its result's size.
  llvm::SmallVector<TilePlanner::Reuse, 2>
  reusable(const Op &op, const std::vector<Op> &body) const {
    llvm::SmallVector<TilePlanner::Reuse, 2> result;
    std::optional<sem::Structure> s = structureOf(program, op);
    if (!s || !isInPlace(*s))
      return result;
    // A tile of another body outlives this op.
    auto isOwn = [&](ValueId v) {
      return llvm::any_of(body, [&](const Op &other) {
        return llvm::is_contained(other.results, v);
      });
    };
    for (ValueId operand : op.operands) {
      ValueId from = root(operand);
      auto end = lastUse.find(from);
      if (end == lastUse.end() || end->second != points.lookup(&op).begin ||
          !isOwn(from))
        continue;
      TilePlanner::Reuse reuse{from, {}};
      for (ValueId other : op.operands)
        if (root(other) == from)
          reuse.views.push_back(other);
      result.push_back(std::move(reuse));
    }
    return result;
  }

  struct Points {
    uint64_t begin = 0, end = 0;
  };

  const sem::Program &program;
  llvm::DenseMap<const Op *, Points> points;
  llvm::DenseMap<ValueId, ValueId> views;
  /// Of every tile with a buffer, the last point at which it may be read.
  llvm::DenseMap<ValueId, uint64_t> lastUse;
  llvm::SmallVector<ValueId> usedFromOutside;
};
} // namespace

TilePlanner::TilePlanner(const sem::Program &program, const Op &kernel)
    : program(program),
      reserved(reduces(program, kernel.body) ? combineBytes : 0),
      tiles(std::move(Lifetimes(program, kernel).tiles)) {}

TilePlan TilePlanner::plan() const {
  auto bytes = [&](ValueId v) -> uint64_t {
    return sem::numElements(program.shape(v)) *
           llvm::divideCeil(sem::bitWidth(program.values[v].element), 8);
  };
  FirstFit fit(16, reserved);
  TilePlan plan;
  for (const Tile &tile : tiles) {
    // The same buffer must not be read at other places under another shape.
    const Reuse *reuse = llvm::find_if(tile.reusable, [&](const Reuse &r) {
      return plan.offsets.count(r.tile) && bytes(r.tile) == bytes(tile.value) &&
             llvm::all_of(r.views, [&](ValueId view) {
               return sem::numElements(program.shape(view)) ==
                      sem::numElements(program.shape(tile.value));
             });
    });
    uint64_t offset;
    if (reuse != tile.reusable.end()) {
      offset = plan.offsets.lookup(reuse->tile);
      fit.extend(offset, tile.begin, tile.end);
    } else {
      offset = fit.place(bytes(tile.value), tile.begin, tile.end);
    }
    plan.offsets[tile.value] = offset;
  }
  plan.bytes = fit.bytes();
  return plan;
}
