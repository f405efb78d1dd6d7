//===- SharedMemory.cpp - Where tiles live in shared memory ---------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Analysis/SharedMemory.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

//===----------------------------------------------------------------------===//
// First fit
//===----------------------------------------------------------------------===//

uint64_t FirstFit::place(uint64_t bytes, uint64_t begin, uint64_t end) {
  SmallVector<const Buffer *> live;
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
// Shared memory
//===----------------------------------------------------------------------===//

Value mlir::mirage::getBufferRoot(Value tile) {
  while (auto reshape = tile.getDefiningOp<ReshapeOp>())
    tile = reshape.getOperand();
  return tile;
}

bool mlir::mirage::hasBuffer(Value tile) {
  return isa<TileType>(tile.getType()) &&
         !isa_and_present<ConstantOp, ReshapeOp>(tile.getDefiningOp());
}

static uint64_t tileBytes(Value tile) {
  auto type = cast<TileType>(tile.getType());
  unsigned bits = type.getElementType().getIntOrFloatBitWidth();
  return sem::numElements(type.getShape()) * llvm::divideCeil(bits, 8);
}

namespace {
class Planner {
public:
  explicit Planner(KernelOp kernel)
      : kernel(kernel), fit(16, needsCombine() ? combineBytes : 0) {}

  SharedMemoryPlan run() {
    number(*kernel.getBody());
    kernel.getBody()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (op != kernel.getOperation())
        place(op);
    });
    plan.bytes = fit.bytes();
    return std::move(plan);
  }

private:
  /// Whether some op reduces.
  bool needsCombine() {
    return kernel
        ->walk([](Operation *op) {
          return isa<MatmulOp, ReduceOp>(op) || isThirdPartyReduction(op)
                     ? WalkResult::interrupt()
                     : WalkResult::advance();
        })
        .wasInterrupted();
  }

  static bool isThirdPartyReduction(Operation *op) {
    auto algebra = dyn_cast<AlgebraOpInterface>(op);
    if (!algebra || algebra.getSemantics().elementwise())
      return false;
    SmallVector<sem::Shape> shapes;
    for (Value operand : op->getOperands())
      shapes.push_back(getShape(operand.getType()));
    std::string why;
    auto s = algebra.getSemantics().structure(shapes, algebra.getParams(), why);
    return s && s->combine;
  }

  /// Points grow in program order; a loop's body lies between its two points.
  void number(Block &block) {
    for (Operation &op : block) {
      begin[&op] = next++;
      if (auto loop = dyn_cast<LoopOp>(op))
        number(*loop.getBody());
      end[&op] = next++;
    }
  }

  /// The last point at which `tile`'s contents may be read. What a loop uses
  /// from outside lives until the loop ends.
  uint64_t lastUse(Value tile, Block *home) {
    uint64_t last = 0;
    for (Operation *user : tile.getUsers()) {
      if (auto reshape = dyn_cast<ReshapeOp>(user)) {
        last = std::max(last, lastUse(reshape.getResult(), home));
        continue;
      }
      Operation *ancestor = home->findAncestorOpInBlock(*user);
      last = std::max(last, ancestor == user ? begin[user] : end[ancestor]);
    }
    return last;
  }

  void place(Operation *op) {
    for (Value tile : op->getResults()) {
      if (!hasBuffer(tile))
        continue;
      uint64_t from = begin[op];
      uint64_t to = std::max(end[op], lastUse(tile, op->getBlock()));
      if (std::optional<uint64_t> reused = reuse(op, tile)) {
        plan.offsets[tile] = *reused;
        fit.extend(*reused, from, to);
        ends[tile] = to;
        continue;
      }
      plan.offsets[tile] = fit.place(tileBytes(tile), from, to);
      ends[tile] = to;
    }
  }

  /// The buffer of an operand that dies at `op` and whose elements `op` reads
  /// only where it writes the result's.
  std::optional<uint64_t> reuse(Operation *op, Value tile) {
    auto algebra = dyn_cast<AlgebraOpInterface>(op);
    if (!algebra && !isa<MaskOp>(op))
      return std::nullopt;
    if (algebra) {
      SmallVector<sem::Shape> shapes;
      for (Value operand : op->getOperands())
        shapes.push_back(getShape(operand.getType()));
      std::string why;
      auto s =
          algebra.getSemantics().structure(shapes, algebra.getParams(), why);
      if (!s || !s->isElementwise())
        return std::nullopt;
      for (auto [d, index] : llvm::enumerate(s->out))
        if (index.asDim() != std::optional<unsigned>(d))
          return std::nullopt;
      for (const sem::IndexMap &map : s->in)
        for (auto [d, index] : llvm::enumerate(map))
          if (!index.isZero() && index.asDim() != std::optional<unsigned>(d))
            return std::nullopt;
    }
    auto shape = getShape(tile.getType());
    for (Value operand : op->getOperands()) {
      if (!isa<TileType>(operand.getType()))
        continue;
      Value root = getBufferRoot(operand);
      auto it = plan.offsets.find(root);
      // A root of another block outlives this op.
      if (it == plan.offsets.end() || tileBytes(root) != tileBytes(tile) ||
          root.getParentBlock() != op->getBlock() ||
          lastUse(root, op->getBlock()) != begin[op] ||
          ends[root] > begin[op])
        continue;
      // The same buffer must not be read at other places under another shape.
      bool aligned = llvm::all_of(op->getOperands(), [&](Value other) {
        return !isa<TileType>(other.getType()) ||
               getBufferRoot(other) != root ||
               sem::numElements(getShape(other.getType())) ==
                   sem::numElements(shape);
      });
      if (aligned)
        return it->second;
    }
    return std::nullopt;
  }

  KernelOp kernel;
  FirstFit fit;
  SharedMemoryPlan plan;
  DenseMap<Operation *, uint64_t> begin, end;
  DenseMap<Value, uint64_t> ends;
  uint64_t next = 0;
};
} // namespace

SharedMemoryPlan mlir::mirage::planSharedMemory(KernelOp kernel) {
  return Planner(kernel).run();
}

uint64_t mlir::mirage::sharedMemoryBytes(KernelOp kernel) {
  return planSharedMemory(kernel).bytes;
}
