//===- KernelAccess.cpp - What ops of a kernel read and write ------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Analysis/KernelAccess.h"
#include "mirage/Analysis/TilePlan.h"

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

bool mlir::mirage::isInline(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (isa_and_present<ConstantOp, ReshapeOp, MaskOp>(op))
    return true;
  if (!isa_and_present<LoadOp, AlgebraOpInterface>(op))
    return false;
  auto place = op->getAttrOfType<StringAttr>(placeAttrName);
  return place && place == "inline";
}

bool mlir::mirage::isInRegisters(Operation *op) {
  if (!isa<AlgebraOpInterface>(op))
    return false;
  auto place = op->getAttrOfType<StringAttr>(placeAttrName);
  return place && place == "registers";
}

std::optional<sem::Structure> mlir::mirage::getStructure(AlgebraOpInterface op) {
  SmallVector<sem::Shape> shapes;
  for (Value operand : op->getOperands())
    shapes.push_back(getShape(operand.getType()));
  std::string why;
  return op.getSemantics().structure(shapes, op.getParams(), why);
}

sem::Shape mlir::mirage::rowBox(ArrayRef<int64_t> shape, Type element) {
  sem::Shape box(shape.size(), 1);
  int64_t most =
      element.isInteger(1) ? 1 : vectorBytes * 8 / element.getIntOrFloatBitWidth();
  for (size_t d = shape.size(); d-- > 0;)
    if (shape[d] != 1) {
      while (box[d] < most && shape[d] % (box[d] * 2) == 0)
        box[d] *= 2;
      break;
    }
  return box;
}

sem::Shape mlir::mirage::getBox(Operation *op, ArrayRef<int64_t> extents) {
  if (auto box = op->getAttrOfType<DenseI64ArrayAttr>(boxAttrName))
    return sem::Shape(box.asArrayRef());
  return sem::Shape(extents.size(), 1);
}
int64_t mlir::mirage::getWarps(Operation *op) {
  auto warps = op->getAttrOfType<IntegerAttr>(warpsAttrName);
  return warps ? warps.getInt() : 1;
}

int64_t mlir::mirage::getGroup(Operation *op) {
  auto group = op->getAttrOfType<IntegerAttr>(groupAttrName);
  return group ? group.getInt() : 1;
}

//===----------------------------------------------------------------------===//
// Barriers
//===----------------------------------------------------------------------===//

namespace {
using Phase = std::pair<Operation *, unsigned>;

class BarrierFinder {
public:
  llvm::DenseSet<Phase> find(KernelOp kernel) {
    Pending pending;
    visit(*kernel.getBody(), pending);
    return std::move(needed);
  }

private:
  struct Access {
    int64_t begin, end;
    bool writes;
    /// Equal and not 0: each element is the same thread's.
    size_t owners;
    bool operator==(const Access &o) const {
      return begin == o.begin && end == o.end && writes == o.writes &&
             owners == o.owners;
    }
  };
  using Pending = SmallVector<Access>;

  static void add(Pending &pending, const Access &access) {
    if (!llvm::is_contained(pending, access))
      pending.push_back(access);
  }

  void visit(Block &block, Pending &pending) {
    for (Operation &op : block) {
      if (auto loop = dyn_cast<LoopOp>(op)) {
        visitLoop(loop, pending);
        continue;
      }
      unsigned phases = isa<AccumulateOp>(op) || isWide(&op) ? 2 : 1;
      for (unsigned phase = 0; phase < phases; ++phase)
        enter(&op, phase, pending);
    }
  }

  /// What is pending at the end of a step is so at the start of the next one.
  void visitLoop(LoopOp loop, Pending &pending) {
    enter(loop, 0, pending);
    Pending start(pending);
    while (true) {
      size_t known = needed.size(), before = start.size();
      Pending end(start);
      visit(*loop.getBody(), end);
      for (const Access &access : end)
        add(start, access);
      pending = end;
      if (needed.size() == known && start.size() == before)
        break;
    }
    enter(loop, 1, pending);
  }

  void enter(Operation *op, unsigned phase, Pending &pending) {
    SmallVector<Access> accesses = accessesOf(op, phase);
    bool conflict = llvm::any_of(accesses, [&](const Access &a) {
      return llvm::any_of(pending, [&](const Access &b) {
        return a.begin < b.end && b.begin < a.end && (a.writes || b.writes) &&
               !(a.owners && a.owners == b.owners);
      });
    });
    if (conflict)
      needed.insert({op, phase});
    if (needed.contains({op, phase}))
      pending.clear();
    for (const Access &access : accesses)
      add(pending, access);
  }

  /// Whether the warps of a block combine their results through shared memory.
  static bool isWide(Operation *op) {
    return getGroup(op) > warpSize && !isInRegisters(op);
  }

  static Access makeAccess(Value tile, bool writes, size_t owners) {
    Operation *op = tile.getDefiningOp();
    auto offsets = op->getAttrOfType<DenseI64ArrayAttr>("mirage.offsets");
    size_t number = cast<OpResult>(tile).getResultNumber();
    // A missing plan is reported when the op is lowered.
    int64_t begin =
        offsets && number < static_cast<size_t>(offsets.size())
            ? offsets[number]
            : 0;
    auto type = cast<TileType>(tile.getType());
    int64_t bytes =
        llvm::divideCeil(type.getElementType().getIntOrFloatBitWidth(), 8);
    if (owners)
      owners = llvm::hash_combine(owners, begin, bytes);
    return {begin, begin + sem::numElements(type.getShape()) * bytes, writes,
            owners};
  }

  /// Owners of the elements of a tile of shape `shape` that threads compute box
  /// by box.
  static size_t ownersOf(ArrayRef<int64_t> shape, ArrayRef<int64_t> box) {
    return llvm::hash_combine(1, llvm::hash_combine_range(shape),
                              llvm::hash_combine_range(box));
  }

  /// The buffers read where `tile` is. `owners` is 0 where they are read at
  /// other places than the tile.
  static void addReads(Value tile, size_t owners, SmallVector<Access> &out) {
    Operation *op = tile.getDefiningOp();
    if (!isa<TileType>(tile.getType()) || isa<ConstantOp>(op))
      return;
    if (!isInline(tile)) {
      out.push_back(makeAccess(tile, false, owners));
      return;
    }
    if (isa<LoadOp>(op))
      return isa<TileType>(op->getOperand(0).getType())
                 ? addReads(op->getOperand(0), 0, out)
                 : void();
    bool view = isa<ReshapeOp, MaskOp>(op);
    std::optional<sem::Structure> s;
    if (!view)
      s = getStructure(cast<AlgebraOpInterface>(op));
    for (auto [p, operand] : llvm::enumerate(op->getOperands())) {
      if (!isa<TileType>(operand.getType()))
        continue;
      bool same = view || isInPlace(s->in[p], getShape(operand.getType()),
                                    getShape(tile.getType()));
      addReads(operand, same ? owners : 0, out);
    }
  }

  static bool isInPlace(const sem::IndexMap &map, const sem::Shape &from,
                        const sem::Shape &to) {
    if (from != to)
      return false;
    for (auto [d, index] : llvm::enumerate(map))
      if (to[d] != 1 && index.asDim() != std::optional<unsigned>(d))
        return false;
    return true;
  }

  static SmallVector<Access> accessesOf(Operation *op, unsigned phase) {
    SmallVector<Access> out;
    const Access meeting{0, ::mirage::combineBytes, phase == 0, 0};
    if (auto loop = dyn_cast<LoopOp>(op)) {
      AccumulateOp accumulate = loop.getAccumulate();
      for (auto [i, result] : llvm::enumerate(loop.getResults())) {
        Operation *source = accumulate.getValues()[i].getDefiningOp();
        bool kept = isInRegisters(source);
        bool stacks = accumulate.getKinds()[i] ==
                      static_cast<int32_t>(sem::Combiner::Stack);
        if (kept != (phase == 1) || (stacks && phase == 0))
          continue;
        out.push_back(makeAccess(result, true, kept ? 0 : ownersOf(result)));
        if (kept && getGroup(source) > warpSize)
          out.push_back({0, ::mirage::combineBytes, true, 0});
      }
      return out;
    }
    if (auto accumulate = dyn_cast<AccumulateOp>(op)) {
      auto loop = cast<LoopOp>(op->getParentOp());
      for (auto [i, value] : llvm::enumerate(accumulate.getValues())) {
        int32_t rel = accumulate.getRels()[i];
        if ((rel >= 0) != (phase == 0) || isInRegisters(value.getDefiningOp()))
          continue;
        bool stacks = accumulate.getKinds()[i] ==
                      static_cast<int32_t>(sem::Combiner::Stack);
        size_t owners = stacks ? 0 : ownersOf(loop.getResult(i));
        addReads(value, owners, out);
        out.push_back(makeAccess(loop.getResult(i), true, owners));
        if (rel >= 0) {
          addReads(accumulate.getValues()[rel], 0, out);
          out.push_back(makeAccess(loop.getResult(rel), false, 0));
        }
      }
      return out;
    }
    if (auto store = dyn_cast<StoreOp>(op)) {
      addReads(store.getValue(), ownersOf(store.getValue()), out);
      return out;
    }
    if (op->getNumResults() != 1 || isInline(op->getResult(0)))
      return out;
    Value result = op->getResult(0);
    if (isWide(op)) {
      out.push_back(meeting);
      if (phase == 1)
        out.push_back(makeAccess(result, true, 0));
    } else if (!isInRegisters(op)) {
      size_t owners = 0;
      if (auto algebra = dyn_cast<AlgebraOpInterface>(op)) {
        std::optional<sem::Structure> s = getStructure(algebra);
        if (s && ::mirage::canInline(*s))
          owners = ownersOf(getShape(result.getType()),
                            getBox(op, s->extents));
      }
      out.push_back(makeAccess(result, true, owners));
    }
    if (phase == 1)
      return out;
    if (auto load = dyn_cast<LoadOp>(op)) {
      addReads(load.getSource(), 0, out);
      out.front().owners = makeAccess(result, true, ownersOf(result)).owners;
      return out;
    }
    auto algebra = dyn_cast<AlgebraOpInterface>(op);
    std::optional<sem::Structure> s;
    if (algebra)
      s = getStructure(algebra);
    for (auto [p, operand] : llvm::enumerate(op->getOperands())) {
      bool same = s && ::mirage::canInline(*s) &&
                  isInPlace(s->in[p], getShape(operand.getType()),
                            getShape(result.getType()));
      addReads(operand,
               same ? ownersOf(getShape(result.getType()), getBox(op, s->extents))
                    : 0,
               out);
    }
    return out;
  }

  static size_t ownersOf(Value tile) {
    auto type = cast<TileType>(tile.getType());
    sem::Shape shape = getShape(type);
    return ownersOf(shape, rowBox(shape, type.getElementType()));
  }

  llvm::DenseSet<Phase> needed;
};
} // namespace

BarrierAnalysis::BarrierAnalysis(KernelOp kernel)
    : needed(BarrierFinder().find(kernel)) {}
