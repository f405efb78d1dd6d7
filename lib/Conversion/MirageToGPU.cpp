//===- MirageToGPU.cpp - Kernels to gpu.func, functions to launches -------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plain distribution: tiles live in shared memory, row-major, and each op is
// a loop over its result's elements which the block's threads share out. A
// barrier follows each op, so that an op may read what others wrote and write
// what others have read. What an op computes comes from its sem::Structure.
//
//===----------------------------------------------------------------------===//

#include "mirage/Analysis/SharedMemory.h"
#include "mirage/Analysis/TilePlan.h"
#include "mirage/Conversion/Passes.h"
#include "mirage/Dialect/Mirage/IR/ScalarBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

namespace mlir::mirage {
#define GEN_PASS_DEF_CONVERTMIRAGETOGPUPASS
#include "mirage/Conversion/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

static constexpr StringLiteral sharedName = "dsmem";
static constexpr int64_t warpSize = 32;
/// What one memory instruction of a thread moves at most.
static constexpr int64_t vectorBytes = 16;

static Attribute sharedSpace(MLIRContext *context) {
  return gpu::AddressSpaceAttr::get(context, gpu::AddressSpace::Workgroup);
}

//===----------------------------------------------------------------------===//
// One kernel
//===----------------------------------------------------------------------===//

namespace {
class KernelEmitter {
public:
  KernelEmitter(KernelOp kernel, gpu::GPUFuncOp function)
      : kernel(kernel), b(kernel.getLoc(), kernel.getContext()),
        threads(kernel->getAttrOfType<IntegerAttr>("mirage.threads").getInt()) {
    b.setInsertionPointToStart(&function.getBody().front());
    for (auto [argument, parameter] : llvm::zip(
             kernel.getBody()->getArguments().drop_front(kernel.getGrid().size()),
             function.getArguments()))
      buffers[argument] = flatten(parameter);
  }

  LogicalResult run() {
    thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
    setAxes(kernel.getAxes(), kernel.getGrid(),
            gpu::BlockIdOp::create(b, gpu::Dimension::x));
    Type bytes = MemRefType::get({0}, b.getI8Type(), MemRefLayoutAttrInterface(),
                                 sharedSpace(b.getContext()));
    Value all = memref::GetGlobalOp::create(b, bytes, sharedName);
    shared = memref::CastOp::create(
        b,
        MemRefType::get({ShapedType::kDynamic}, b.getI8Type(),
                        MemRefLayoutAttrInterface(), sharedSpace(b.getContext())),
        all);
    if (failed(emit(*kernel.getBody())))
      return failure();
    gpu::ReturnOp::create(b);
    return success();
  }

private:
  //===--------------------------------------------------------------------===//
  // Arithmetic on indices
  //===--------------------------------------------------------------------===//

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value add(Value x, int64_t y) { return y == 0 ? x : add(x, index(y)); }
  Value mul(Value x, int64_t y) {
    return y == 1 ? x : arith::MulIOp::create(b, x, index(y)).getResult();
  }
  Value div(Value x, int64_t y) {
    return y == 1 ? x : arith::DivUIOp::create(b, x, index(y)).getResult();
  }
  Value rem(Value x, int64_t y) {
    return y == 1 ? index(0) : arith::RemUIOp::create(b, x, index(y)).getResult();
  }
  Value less(Value x, int64_t y) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, x, index(y));
  }
  Value both(Value x, Value y) {
    return !x ? y : !y ? x : arith::AndIOp::create(b, x, y).getResult();
  }

  /// The index of each dimension of a row-major box.
  SmallVector<Value> delinearize(Value linear, ArrayRef<int64_t> shape) {
    SmallVector<Value> result(shape.size());
    int64_t stride = 1;
    for (size_t d = shape.size(); d-- > 0;) {
      bool outermost = stride * shape[d] == sem::numElements(shape);
      Value quotient = div(linear, stride);
      result[d] = outermost ? quotient : rem(quotient, shape[d]);
      if (shape[d] == 1)
        result[d] = index(0);
      stride *= shape[d];
    }
    return result;
  }

  Value linearize(ValueRange indices, ArrayRef<int64_t> shape) {
    Value result;
    int64_t stride = 1;
    for (size_t d = shape.size(); d-- > 0; stride *= shape[d]) {
      if (shape[d] == 1)
        continue;
      Value term = mul(indices[d], stride);
      result = result ? add(term, result) : term;
    }
    return result ? result : index(0);
  }

  Value apply(const sem::IndexExpr &expr, ValueRange iteration) {
    Value value;
    for (auto [dim, coefficient] : expr.terms) {
      Value term = mul(iteration[dim], coefficient);
      value = value ? add(value, term) : term;
    }
    value = value ? add(value, expr.offset) : index(expr.offset);
    value = div(value, expr.div);
    return expr.mod ? rem(value, expr.mod) : value;
  }

  /// The flat place that `map` reads or writes in a box of shape `shape`.
  Value apply(const sem::IndexMap &map, ValueRange iteration,
              ArrayRef<int64_t> shape) {
    SmallVector<Value> indices;
    for (const sem::IndexExpr &expr : map)
      indices.push_back(apply(expr, iteration));
    return linearize(indices, shape);
  }

  //===--------------------------------------------------------------------===//
  // Axes and splits
  //===--------------------------------------------------------------------===//

  void setAxes(Block::BlockArgListType axes, ArrayRef<int64_t> extents,
               Value linear) {
    for (auto [axis, value] : llvm::zip(axes, delinearize(linear, extents)))
      axisIndex[axis] = value;
  }

  /// Where the tile starts along a dimension cut by `axes`; null if at 0.
  Value start(ArrayRef<Value> axes, int64_t tile) {
    Value position;
    for (Value axis : axes) {
      Value at = axisIndex.at(axis);
      position = position
                     ? add(mul(position, KernelOp::getAxisExtent(axis)), at)
                     : at;
    }
    return position ? mul(position, tile) : position;
  }

  /// How tiles of a shape lie in a box of another shape. Trailing dimensions
  /// that are whole are one with the dimension before them, so that the last
  /// one is as long a run of consecutive elements as there is.
  struct Window {
    SmallVector<int64_t> whole, tile;
    SmallVector<Value> starts;  // null: 0
    SmallVector<int64_t> grain; // divides every start
    SmallVector<bool> ragged;
  };

  Window window(ArrayRef<int64_t> whole, ArrayRef<int64_t> tile,
                ValueRange axes, ArrayRef<int32_t> axisCounts) {
    Window w;
    auto split = getSplit(axes, axisCounts);
    int64_t trailing = 1;
    bool joined = true;
    for (size_t d = whole.size(); d-- > 0;) {
      if (joined && split[d].empty() && d > 0) {
        trailing *= whole[d];
        continue;
      }
      int64_t pieces = 1;
      for (Value axis : split[d])
        pieces *= KernelOp::getAxisExtent(axis);
      w.whole.push_back(whole[d] * trailing);
      w.tile.push_back(tile[d] * trailing);
      w.starts.push_back(start(split[d], tile[d] * trailing));
      w.grain.push_back(tile[d] * trailing);
      w.ragged.push_back(pieces * tile[d] != whole[d]);
      trailing = 1;
      joined = false;
    }
    if (w.whole.empty()) {
      w = {{1}, {1}, {Value()}, {1}, {false}};
      return w;
    }
    std::reverse(w.whole.begin(), w.whole.end());
    std::reverse(w.tile.begin(), w.tile.end());
    std::reverse(w.starts.begin(), w.starts.end());
    std::reverse(w.grain.begin(), w.grain.end());
    std::reverse(w.ragged.begin(), w.ragged.end());
    return w;
  }

  struct Place {
    Value offset, inside; // inside is null if always
  };
  /// The place of the tile's element at flat index `linear`.
  Place place(const Window &w, Value linear) {
    Place result;
    SmallVector<Value> indices = delinearize(linear, w.tile);
    for (size_t d = 0; d < indices.size(); ++d) {
      if (w.starts[d])
        indices[d] = add(w.starts[d], indices[d]);
      if (w.ragged[d])
        result.inside = both(result.inside, less(indices[d], w.whole[d]));
    }
    result.offset = linearize(indices, w.whole);
    return result;
  }

  /// The elements that one instruction may move: all in one row, aligned, and
  /// either all inside or all beyond the edge.
  static int64_t vectorWidth(const Window &w, Type element) {
    if (element.isInteger(1))
      return 1;
    int64_t width = vectorBytes * 8 / element.getIntOrFloatBitWidth();
    while (width > 1 && (w.whole.back() % width || w.tile.back() % width ||
                         w.grain.back() % width))
      width /= 2;
    return width;
  }

  //===--------------------------------------------------------------------===//
  // Buffers
  //===--------------------------------------------------------------------===//

  Value flatten(Value buffer) {
    auto type = cast<MemRefType>(buffer.getType());
    if (type.getRank() == 1)
      return buffer;
    int64_t size = type.getNumElements();
    return memref::ReinterpretCastOp::create(
        b, MemRefType::get({size}, type.getElementType()), buffer,
        /*offset=*/0, ArrayRef<int64_t>{size}, ArrayRef<int64_t>{1});
  }

  Value sharedView(int64_t offset, int64_t size, Type element) {
    auto type =
        MemRefType::get({size}, element, MemRefLayoutAttrInterface(),
                        sharedSpace(b.getContext()));
    return memref::ViewOp::create(b, type, shared, index(offset), ValueRange());
  }

  LogicalResult createBuffers(Operation *op) {
    if (isa<ConstantOp, ReshapeOp, MaskOp>(op))
      return success();
    auto offsets = op->getAttrOfType<DenseI64ArrayAttr>("mirage.offsets");
    size_t next = 0;
    for (Value result : op->getResults()) {
      if (!offsets || next >= static_cast<size_t>(offsets.size()))
        return op->emitOpError("has no offset in shared memory; run "
                               "mirage-plan-memory");
      auto tile = cast<TileType>(result.getType());
      buffers[result] =
          sharedView(offsets[next++], sem::numElements(tile.getShape()),
                     tile.getElementType());
    }
    return success();
  }

  static Value withoutReshapes(Value tile) {
    while (auto reshape = tile.getDefiningOp<ReshapeOp>())
      tile = reshape.getOperand();
    return tile;
  }

  Value read(Value tile, Value offset) {
    Type element = cast<ShapedType>(tile.getType()).getElementType();
    if (auto reshape = tile.getDefiningOp<ReshapeOp>())
      return read(reshape.getOperand(), offset);
    if (auto mask = tile.getDefiningOp<MaskOp>()) {
      Window w = window(mask.getSizes(), mask.getType().getShape(),
                        mask.getAxes(), mask.getAxisCounts());
      Value inside = place(w, offset).inside, value = read(mask.getOperand(), offset);
      return inside ? arith::SelectOp::create(
                          b, inside, value,
                          scalar(element, mask.getFill().convertToDouble()))
                          .getResult()
                    : value;
    }
    if (auto constant = tile.getDefiningOp<ConstantOp>())
      return scalar(element, constant.getValue().convertToDouble());
    return memref::LoadOp::create(b, buffers.at(tile), offset);
  }
  void write(Value value, Value tile, Value offset) {
    memref::StoreOp::create(b, value, buffers.at(tile), offset);
  }

  Value scalar(Type type, double value) {
    if (auto real = dyn_cast<FloatType>(type)) {
      APFloat rounded(value);
      bool inexact;
      rounded.convert(real.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                      &inexact);
      return arith::ConstantOp::create(b, FloatAttr::get(real, rounded));
    }
    int64_t integer =
        type.isInteger(1) ? value != 0 : static_cast<int64_t>(value);
    return arith::ConstantOp::create(b, IntegerAttr::get(type, integer));
  }

  void barrier() { gpu::BarrierOp::create(b); }

  //===--------------------------------------------------------------------===//
  // Sharing out
  //===--------------------------------------------------------------------===//

  void guarded(Value condition, function_ref<void()> body) {
    if (!condition)
      return body();
    auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    body();
  }

  /// `body` once for each of `count` indices, in some thread. An index is
  /// always the same thread's.
  void forEach(int64_t count, function_ref<void(Value)> body) {
    if (count <= threads)
      return guarded(count == threads ? Value() : less(thread, count),
                     [&] { body(thread); });
    auto loop = scf::ForOp::create(b, thread, index(count), index(threads));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  }

  //===--------------------------------------------------------------------===//
  // Ops
  //===--------------------------------------------------------------------===//

  LogicalResult emit(Block &block) {
    for (Operation &op : block) {
      b.setLoc(op.getLoc());
      if (failed(createBuffers(&op)))
        return failure();
      if (isa<ConstantOp, ReshapeOp, MaskOp, EndOp>(op))
        continue;
      LogicalResult result =
          llvm::TypeSwitch<Operation *, LogicalResult>(&op)
              .Case<LoadOp, StoreOp, LoopOp, AccumulateOp>(
                  [&](auto concrete) { return emitOp(concrete); })
              .Case<AlgebraOpInterface>(
                  [&](auto algebra) { return emitAlgebra(algebra); })
              .Default([](Operation *other) {
                return other->emitOpError("has no lowering to a GPU");
              });
      if (failed(result))
        return failure();
      // Loads from global memory one after another need one barrier together.
      auto fromGlobal = [](Operation *op) {
        auto load = dyn_cast<LoadOp>(op);
        return load && isa<RankedTensorType>(load.getSource().getType());
      };
      if (!isa<LoopOp>(op) && !(fromGlobal(&op) && fromGlobal(op.getNextNode())))
        barrier();
    }
    return success();
  }

  LogicalResult emitOp(LoadOp load) {
    TileType tile = load.getType();
    bool fromTile = isa<TileType>(load.getSource().getType());
    Window w = window(getShape(load.getSource().getType()), tile.getShape(),
                      load.getAxes(), load.getAxisCounts());
    bool ragged = llvm::is_contained(w.ragged, true);
    if (ragged && !load.getFill())
      return load.emitOpError("is ragged and has no fill; run "
                              "mirage-materialize-masks");
    Type element = tile.getElementType();
    double fill = load.getFill() ? load.getFill()->convertToDouble() : 0;
    int64_t width = fromTile ? 1 : vectorWidth(w, element);
    int64_t count = sem::numElements(tile.getShape()) / width;
    Value dest = buffers.at(load.getResult());
    auto vector = VectorType::get({width}, element);
    auto bytes = llvm::MaybeAlign(width * element.getIntOrFloatBitWidth() / 8);
    Type moved = width == 1 ? element : Type(vector);

    auto fetch = [&](Value i) -> Value {
      Place from = place(w, mul(i, width));
      auto readIt = [&]() -> Value {
        if (fromTile)
          return read(load.getSource(), from.offset);
        Value source = buffers.at(load.getSource());
        if (width == 1)
          return memref::LoadOp::create(b, source, from.offset);
        return vector::LoadOp::create(b, vector, source, from.offset,
                                      /*nontemporal=*/false, bytes);
      };
      if (!from.inside)
        return readIt();
      auto branch = scf::IfOp::create(b, TypeRange(moved), from.inside,
                                      /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      scf::YieldOp::create(b, readIt());
      b.setInsertionPointToStart(branch.elseBlock());
      Value beyond = scalar(element, fill);
      if (width != 1)
        beyond = vector::BroadcastOp::create(b, vector, beyond);
      scf::YieldOp::create(b, beyond);
      return branch.getResult(0);
    };
    auto put = [&](Value i, Value value) {
      if (width == 1)
        memref::StoreOp::create(b, value, dest, i);
      else
        vector::StoreOp::create(b, value, dest, mul(i, width),
                                /*nontemporal=*/false, bytes);
    };

    // Several loads are in flight at once where every thread has as many.
    int64_t trips = count / threads;
    if (count % threads == 0 && trips > 1) {
      int64_t batch = 8;
      while (trips % batch)
        batch /= 2;
      auto loop =
          scf::ForOp::create(b, index(0), index(trips / batch), index(1));
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Value first =
          add(mul(loop.getInductionVar(), batch * threads), thread);
      SmallVector<Value> values;
      for (int64_t i = 0; i < batch; ++i)
        values.push_back(fetch(add(first, i * threads)));
      for (int64_t i = 0; i < batch; ++i)
        put(add(first, i * threads), values[i]);
      return success();
    }
    forEach(count, [&](Value i) { put(i, fetch(i)); });
    return success();
  }

  LogicalResult emitOp(StoreOp store) {
    auto tile = cast<TileType>(store.getValue().getType());
    Window w = window(getShape(store.getDest().getType()), tile.getShape(),
                      store.getAxes(), store.getAxisCounts());
    Value writes;
    for (Value axis : store.getOnce())
      writes = both(writes, less(axisIndex.at(axis), 1));
    Type element = tile.getElementType();
    Value root = getBufferRoot(store.getValue());
    bool hasRow = root == withoutReshapes(store.getValue()) &&
                  !isa_and_present<ConstantOp>(root.getDefiningOp());
    int64_t width = hasRow ? vectorWidth(w, element) : 1;
    auto bytes = llvm::MaybeAlign(width * element.getIntOrFloatBitWidth() / 8);
    Value dest = buffers.at(store.getDest());
    guarded(writes, [&] {
      forEach(sem::numElements(tile.getShape()) / width, [&](Value i) {
        Value from = mul(i, width);
        Place to = place(w, from);
        guarded(to.inside, [&] {
          if (width == 1) {
            memref::StoreOp::create(b, read(store.getValue(), from), dest,
                                    to.offset);
            return;
          }
          Value value = vector::LoadOp::create(
              b, VectorType::get({width}, element), buffers.at(root), from,
              /*nontemporal=*/false, bytes);
          vector::StoreOp::create(b, value, dest, to.offset,
                                  /*nontemporal=*/false, bytes);
        });
      });
    });
    return success();
  }

  LogicalResult emitOp(LoopOp loop) {
    AccumulateOp accumulate = loop.getAccumulate();
    bool initialized = false;
    for (auto [i, result] : llvm::enumerate(loop.getResults())) {
      auto kind = static_cast<sem::Combiner>(accumulate.getKinds()[i]);
      if (kind == sem::Combiner::Stack)
        continue;
      auto tile = cast<TileType>(result.getType());
      forEach(sem::numElements(tile.getShape()), [&, result = result](Value at) {
        write(scalar(tile.getElementType(), sem::identity(kind)), result, at);
      });
      initialized = true;
    }
    if (initialized)
      barrier();
    OpBuilder::InsertionGuard guard(b);
    for (auto [axis, extent] : llvm::zip(loop.getAxes(), loop.getExtents())) {
      auto range = scf::ForOp::create(b, index(0), index(extent), index(1));
      b.setInsertionPointToStart(range.getBody());
      axisIndex[axis] = range.getInductionVar();
    }
    return emit(*loop.getBody());
  }

  /// exp(m - max), 0 where m = -inf.
  Value relativeWeight(Value m, Value max) {
    return emitScalarFn(b, b.getLoc(), sem::fn::exp_sub, {m, max});
  }

  /// x * weight, 0 where m = -inf, whatever x is.
  Value relativeTerm(Value x, Value m, Value weight) {
    Type type = x.getType();
    Value low = arith::CmpFOp::create(
        b, arith::CmpFPredicate::OEQ, m,
        scalar(type, -std::numeric_limits<double>::infinity()));
    Value product = arith::MulFOp::create(b, x, weight);
    return arith::SelectOp::create(b, low, scalar(type, 0), product);
  }

  Value cast_(Value value, Type type) {
    return emitCast(b, b.getLoc(), value, type);
  }

  LogicalResult emitOp(AccumulateOp accumulate) {
    auto loop = cast<LoopOp>(accumulate->getParentOp());
    auto kindOf = [&](size_t i) {
      return static_cast<sem::Combiner>(accumulate.getKinds()[i]);
    };
    // Sums relative to a maximum need it as it was, so they come first.
    bool relative = false;
    for (auto [i, value] : llvm::enumerate(accumulate.getValues())) {
      int32_t rel = accumulate.getRels()[i];
      if (rel < 0)
        continue;
      relative = true;
      Value result = loop.getResult(i), max = loop.getResult(rel),
            m = accumulate.getValues()[rel];
      auto tile = cast<TileType>(result.getType());
      sem::Shape shape = getShape(tile), maxShape = getShape(m.getType());
      Type type = tile.getElementType();
      forEach(sem::numElements(shape), [&, value = value](Value at) {
        SmallVector<Value> indices = delinearize(at, shape);
        Value atMax = linearize(indices, maxShape);
        Value before = cast_(read(max, atMax), type);
        Value now = cast_(read(m, atMax), type);
        Value after = arith::MaximumFOp::create(b, before, now);
        Value kept =
            relativeTerm(read(result, at), before, relativeWeight(before, after));
        Value term = relativeTerm(cast_(read(value, at), type), now,
                                  relativeWeight(now, after));
        write(arith::AddFOp::create(b, kept, term), result, at);
      });
    }
    if (relative)
      barrier();
    for (auto [i, value] : llvm::enumerate(accumulate.getValues())) {
      if (accumulate.getRels()[i] >= 0)
        continue;
      Value result = loop.getResult(i);
      sem::Shape shape = getShape(value.getType()),
                 whole = getShape(result.getType());
      Type type = cast<TileType>(result.getType()).getElementType();
      if (kindOf(i) == sem::Combiner::Stack) {
        int64_t dim = accumulate.getDims()[i];
        SmallVector<Value> axes(loop.getAxes());
        Value first = start(axes, shape[dim]);
        forEach(sem::numElements(shape), [&, value = value](Value at) {
          SmallVector<Value> indices = delinearize(at, shape);
          indices[dim] = add(first, indices[dim]);
          write(read(value, at), result, linearize(indices, whole));
        });
        continue;
      }
      forEach(sem::numElements(shape), [&, i = i, value = value](Value at) {
        Value combined =
            emitScalarFn(b, b.getLoc(), sem::combineFn(kindOf(i)),
                         {read(result, at), cast_(read(value, at), type)});
        write(combined, result, at);
      });
    }
    return success();
  }

  //===--------------------------------------------------------------------===//
  // The algebra
  //===--------------------------------------------------------------------===//

  /// The type that `op` is computed in: integers are exact in f64.
  Type computeType(Operation *op) {
    SmallVector<Type> types(op->getOperandTypes());
    types.push_back(op->getResult(0).getType());
    for (Type type : types) {
      Type element = cast<ShapedType>(type).getElementType();
      if (element.isF64() || element.isInteger(32))
        return b.getF64Type();
    }
    return b.getF32Type();
  }

  LogicalResult emitAlgebra(AlgebraOpInterface op) {
    SmallVector<sem::Shape> shapes;
    for (Value operand : op->getOperands())
      shapes.push_back(getShape(operand.getType()));
    std::string why;
    std::optional<sem::Structure> s =
        op.getSemantics().structure(shapes, op.getParams(), why);
    if (!s)
      return op->emitOpError() << why;
    if (s->combine)
      return emitReduction(op, *s, shapes);

    Value result = op->getResult(0);
    auto tile = cast<TileType>(result.getType());
    sem::Shape shape = getShape(tile);
    if (!s->pieces.empty()) {
      for (auto [p, piece] : llvm::enumerate(op->getOperands()))
        forEach(sem::numElements(shapes[p]), [&, p = p, piece = piece](Value i) {
          SmallVector<Value> indices = delinearize(i, shapes[p]);
          for (size_t d = 0; d < indices.size(); ++d)
            indices[d] = add(indices[d], s->pieces[p][d]);
          write(read(piece, i), result, linearize(indices, shape));
        });
      return success();
    }
    forEach(sem::numElements(shape), [&](Value i) {
      SmallVector<Value> iteration, args;
      auto isIdentity = [&](size_t p) {
        if (shapes[p] != shape || s->in[p].size() != s->extents.size() ||
            sem::Shape(s->extents) != shape)
          return false;
        for (auto [d, expr] : llvm::enumerate(s->in[p]))
          if (shape[d] != 1 && expr.asDim() != std::optional<unsigned>(d))
            return false;
        return true;
      };
      for (auto [p, operand] : llvm::enumerate(op->getOperands())) {
        if (isIdentity(p)) {
          args.push_back(read(operand, i));
          continue;
        }
        if (iteration.empty())
          iteration = delinearize(i, s->extents);
        args.push_back(read(operand, apply(s->in[p], iteration, shapes[p])));
      }
      Value value =
          emitScalarExpr(b, b.getLoc(), s->body, args, computeType(op));
      write(cast_(value, tile.getElementType()), result, i);
    });
    return success();
  }

  /// Combines `values` over the `group` consecutive threads of a warp that
  /// share an output; every one of them gets the result.
  SmallVector<Value> shuffleCombine(SmallVector<Value> values, int64_t group,
                                    const sem::ScalarFn &combine) {
    for (int64_t distance = group / 2; distance > 0; distance /= 2)
      for (Value &value : values) {
        auto other = gpu::ShuffleOp::create(b, value, distance, warpSize,
                                            gpu::ShuffleMode::XOR);
        value = emitScalarFn(b, b.getLoc(), combine,
                             {value, other.getShuffleResult()});
      }
    return values;
  }

  /// The terms at lane, lane + group, ... below `extent`, combined.
  SmallVector<Value>
  combineTerms(int64_t extent, int64_t group, Value lane, size_t count,
               Value identity, const sem::ScalarFn &combine,
               function_ref<SmallVector<Value>(Value)> terms) {
    bool even = extent % group == 0;
    auto loop = scf::ForOp::create(
        b, even ? index(0) : lane, index(even ? extent / group : extent),
        index(even ? 1 : group), SmallVector<Value>(count, identity));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value at = loop.getInductionVar();
    if (even && group > 1)
      at = add(mul(at, group), lane);
    SmallVector<Value> results;
    for (auto [sum, term] : llvm::zip(loop.getRegionIterArgs(), terms(at))) {
      // A product that is summed needs no rounding of its own.
      auto product = term.getDefiningOp<arith::MulFOp>();
      if (product && combine.name == sem::fn::add.name) {
        results.push_back(math::FmaOp::create(b, product.getLhs(),
                                              product.getRhs(), sum));
        product.erase();
        continue;
      }
      results.push_back(emitScalarFn(b, b.getLoc(), combine, {sum, term}));
    }
    scf::YieldOp::create(b, results);
    return SmallVector<Value>(loop.getResults());
  }

  LogicalResult emitReduction(AlgebraOpInterface op, const sem::Structure &s,
                              ArrayRef<sem::Shape> shapes) {
    Value result = op->getResult(0);
    auto tile = cast<TileType>(result.getType());
    sem::Shape outShape = getShape(tile);
    Type type = computeType(op);
    const sem::ScalarFn &combine = sem::combineFn(*s.combine);
    size_t parallel = llvm::count(s.reduced, false);
    ArrayRef<int64_t> outer = ArrayRef(s.extents).take_front(parallel),
                      inner = ArrayRef(s.extents).drop_front(parallel);
    int64_t extent = sem::numElements(inner);

    // Of a contraction each thread computes several rows, so that what it
    // reads of the right operand serves them all.
    int64_t rows = 1;
    size_t rowDim = parallel >= 2 ? parallel - 2 : 0;
    if (s.isContraction() && parallel >= 2)
      for (int64_t r : {8, 4, 2})
        if (outer[rowDim] % r == 0) {
          rows = r;
          break;
        }
    sem::Shape items(outer);
    if (rows > 1)
      items[rowDim] /= rows;
    int64_t count = sem::numElements(items);

    // Where there are fewer items than threads, a group of threads shares one.
    // An f64 does not go through a shuffle.
    int64_t group = 1;
    int64_t limit = type.isF64()             ? 1
                    : s.relative || rows > 1 ? warpSize
                    : count == 1             ? threads
                                             : warpSize;
    while (group * 2 <= limit && count * group * 2 <= threads &&
           group * 2 <= extent)
      group *= 2;
    bool wide = group > warpSize;
    Value lane = rem(thread, group);
    if (group == 1)
      lane = index(0);

    auto at = [&](ValueRange outerIndex, Value k, int64_t row) {
      SmallVector<Value> iteration(outerIndex);
      if (rows > 1)
        iteration[rowDim] = add(mul(outerIndex[rowDim], rows), row);
      llvm::append_range(iteration, delinearize(k, inner));
      return iteration;
    };
    auto operand = [&](unsigned p, ValueRange iteration) {
      return read(op->getOperand(p), apply(s.in[p], iteration, shapes[p]));
    };
    auto compute = [&](ValueRange outerIndex) {
      Value max;
      if (s.relative) {
        Value low = scalar(type, -std::numeric_limits<double>::infinity());
        SmallVector<Value> maxima = combineTerms(
            extent, group, lane, 1, low, sem::fn::max, [&](Value k) {
              return SmallVector<Value>{
                  cast_(operand(1, at(outerIndex, k, 0)), type)};
            });
        max = shuffleCombine(maxima, group, sem::fn::max).front();
      }
      SmallVector<Value> sums = combineTerms(
          extent, group, lane, rows, scalar(type, sem::identity(*s.combine)),
          combine, [&](Value k) {
            SmallVector<Value> terms;
            for (int64_t row = 0; row < rows; ++row) {
              SmallVector<Value> iteration = at(outerIndex, k, row);
              if (s.relative) {
                Value m = cast_(operand(1, iteration), type);
                terms.push_back(relativeTerm(cast_(operand(0, iteration), type),
                                             m, relativeWeight(m, max)));
                continue;
              }
              SmallVector<Value> args;
              for (unsigned p = 0; p < s.in.size(); ++p)
                args.push_back(operand(p, iteration));
              terms.push_back(cast_(
                  emitScalarExpr(b, b.getLoc(), s.body, args, type), type));
            }
            return terms;
          });
      return shuffleCombine(sums, std::min(group, warpSize), combine);
    };
    auto finish = [&](ArrayRef<Value> sums, ValueRange outerIndex) {
      for (int64_t row = 0; row < rows; ++row)
        write(cast_(sums[row], tile.getElementType()), result,
              apply(s.out, at(outerIndex, index(0), row), outShape));
    };

    if (wide) {
      // One output for the whole block: its warps meet in shared memory.
      SmallVector<Value> indices(parallel, index(0));
      SmallVector<Value> sums;
      int64_t warps = group / warpSize;
      Value meeting = sharedView(0, ::mirage::combineBytes / 4, type);
      Value active = group == threads ? Value() : less(thread, group);
      guarded(active, [&] {
        Value sum = compute(indices).front();
        guarded(less(rem(thread, warpSize), 1), [&] {
          memref::StoreOp::create(b, sum, meeting, div(thread, warpSize));
        });
      });
      barrier();
      guarded(less(thread, 1), [&] {
        Value sum = memref::LoadOp::create(b, meeting, index(0));
        for (int64_t warp = 1; warp < warps; ++warp)
          sum = emitScalarFn(
              b, b.getLoc(), combine,
              {sum,
               memref::LoadOp::create(b, meeting, index(warp)).getResult()});
        finish({sum}, indices);
      });
      return success();
    }
    if (group == 1) {
      forEach(count, [&](Value i) {
        SmallVector<Value> indices = delinearize(i, items);
        finish(compute(indices), indices);
      });
      return success();
    }
    // All threads of a warp take part in its shuffles; those without an item
    // repeat the last one.
    Value own = div(thread, group);
    Value active = count * group == threads ? Value() : less(own, count);
    Value item = active ? arith::MinUIOp::create(b, own, index(count - 1))
                              .getResult()
                        : own;
    SmallVector<Value> indices = delinearize(item, items);
    SmallVector<Value> sums = compute(indices);
    guarded(both(active, less(lane, 1)), [&] { finish(sums, indices); });
    return success();
  }

  KernelOp kernel;
  ImplicitLocOpBuilder b;
  int64_t threads;
  Value thread, shared;
  DenseMap<Value, Value> buffers, axisIndex;
};

//===----------------------------------------------------------------------===//
// One function
//===----------------------------------------------------------------------===//

MemRefType bufferType(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

bool isConstant(Operation *op) {
  return isa<ConstantOp>(op) ||
         (isa<arith::ConstantOp>(op) &&
          isa<RankedTensorType>(op->getResult(0).getType()));
}

class FunctionLowering {
public:
  FunctionLowering(func::FuncOp function, gpu::GPUModuleOp module,
                   SymbolTable &symbols)
      : function(function), module(module), symbols(symbols),
        b(function.getLoc(), function.getContext()) {}

  LogicalResult run() {
    if (failed(check()))
      return failure();
    return lower();
  }

private:
  LogicalResult check() {
    if (!function.getBody().hasOneBlock())
      return function.emitError("has control flow, which does not lower to a "
                                "GPU");
    std::optional<InFlightDiagnostic> foreign;
    for (Operation &op : function.getBody().front()) {
      if (isa<KernelOp, func::ReturnOp>(op) || isConstant(&op) ||
          (isa<ReshapeOp>(op)))
        continue;
      if (!foreign)
        foreign.emplace(function.emitError(
            "holds ops that do not lower to a GPU; only kernels, constants and "
            "reshapes do"));
      foreign->attachNote(op.getLoc()) << "'" << op.getName() << "' here";
    }
    if (foreign) {
      foreign->report();
      return failure();
    }
    for (Type type : function.getFunctionType().getInputs())
      if (failed(checkType(type, function)))
        return failure();
    for (auto kernel : function.getOps<KernelOp>()) {
      for (Type type : kernel.getResultTypes())
        if (failed(checkType(type, kernel)))
          return failure();
      auto threads = kernel->getAttrOfType<IntegerAttr>("mirage.threads");
      auto bytes = kernel->getAttrOfType<IntegerAttr>("mirage.shared_bytes");
      auto distribution =
          kernel->getAttrOfType<StringAttr>("mirage.distribution");
      if (!threads || threads.getInt() < warpSize || threads.getInt() > 1024 ||
          threads.getInt() % warpSize)
        return kernel.emitOpError("needs mirage.threads, a multiple of 32 up to "
                                  "1024");
      if (!distribution || distribution.getValue() != "plain")
        return kernel.emitOpError("needs a mirage.distribution that lowers: "
                                  "plain");
      if (!bytes)
        return kernel.emitOpError("needs mirage.shared_bytes");
      int64_t blocks = 1;
      for (int64_t extent : kernel.getGrid())
        if (llvm::MulOverflow(blocks, extent, blocks) ||
            blocks > std::numeric_limits<int32_t>::max())
          return kernel.emitOpError("has more than 2^31 - 1 blocks");
    }
    llvm::SmallDenseSet<Value> returned;
    for (auto [i, value] : llvm::enumerate(
             function.getBody().front().getTerminator()->getOperands())) {
      Value root = getBufferRoot(value);
      if (!root.getDefiningOp<KernelOp>())
        return function.emitError("result ")
               << i << " is not computed by a kernel";
      if (!returned.insert(root).second)
        return function.emitError("result ") << i << " is another result too";
    }
    return success();
  }

  LogicalResult checkType(Type type, Operation *where) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape() ||
        !getElementType(tensor.getElementType()))
      return where->emitError("has a value of type ")
             << type << ", which has no buffer on a GPU";
    if (tensor.getNumElements() > std::numeric_limits<int32_t>::max())
      return where->emitError("has a value of type ")
             << type << ", more elements than 32 bits count";
    return success();
  }

  LogicalResult lower() {
    Block &block = function.getBody().front();
    Operation *end = block.getTerminator();
    MLIRContext *context = b.getContext();
    FunctionType type = function.getFunctionType();
    SmallVector<StringRef> roles(type.getNumInputs(), "input");
    SmallVector<Type> parameters;
    for (Type input : type.getInputs())
      parameters.push_back(bufferType(input));
    SmallVector<BlockArgument> inputs(block.getArguments());
    for (BlockArgument input : inputs)
      buffers[input] = block.addArgument(bufferType(input.getType()),
                                         input.getLoc());
    for (Value result : end->getOperands()) {
      parameters.push_back(bufferType(result.getType()));
      roles.push_back("output");
      buffers[getBufferRoot(result)] =
          block.addArgument(parameters.back(), function.getLoc());
    }
    // Intermediates share one workspace.
    DenseMap<Value, uint64_t> offsets;
    uint64_t bytes = planWorkspace(block, offsets);
    Value workspace;
    if (bytes) {
      parameters.push_back(
          MemRefType::get({static_cast<int64_t>(bytes)}, b.getI8Type()));
      roles.push_back("workspace");
      workspace = block.addArgument(parameters.back(), function.getLoc());
    }
    b.setInsertionPointToStart(&block);
    for (auto kernel : function.getOps<KernelOp>())
      for (Value result : kernel.getResults()) {
        auto it = offsets.find(result);
        if (it == offsets.end())
          continue;
        buffers[result] = memref::ViewOp::create(
            b, bufferType(result.getType()), workspace,
            arith::ConstantIndexOp::create(b, it->second), ValueRange());
      }
    SmallVector<KernelOp> kernels(function.getOps<KernelOp>());
    for (KernelOp kernel : kernels)
      if (failed(lowerKernel(kernel)))
        return failure();

    b.setInsertionPoint(end);
    func::ReturnOp::create(b);
    end->erase();
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isa<KernelOp, ReshapeOp>(op) || isConstant(&op))
        op.erase();
    block.eraseArguments(0, inputs.size());
    function.setResAttrsAttr(nullptr);
    ArrayAttr old = function.getArgAttrsAttr();
    function.removeArgAttrsAttr();
    function.setFunctionType(FunctionType::get(context, parameters, {}));
    if (old)
      for (auto [i, attrs] : llvm::enumerate(old))
        function.setArgAttrs(i, cast<DictionaryAttr>(attrs));
    for (auto [i, role] : llvm::enumerate(roles))
      function.setArgAttr(i, "mirage.role", b.getStringAttr(role));
    return success();
  }

  uint64_t planWorkspace(Block &block, DenseMap<Value, uint64_t> &offsets) {
    ::mirage::FirstFit fit(256);
    DenseMap<Operation *, uint64_t> points;
    for (auto kernel : function.getOps<KernelOp>())
      points[kernel] = points.size();
    std::function<uint64_t(Value)> lastUse = [&](Value value) {
      uint64_t last = points.at(getBufferRoot(value).getDefiningOp());
      for (Operation *user : value.getUsers())
        last = std::max(last, isa<ReshapeOp>(user)
                                  ? lastUse(user->getResult(0))
                                  : points.lookup(user));
      return last;
    };
    for (auto kernel : function.getOps<KernelOp>())
      for (Value result : kernel.getResults()) {
        if (buffers.count(result))
          continue;
        MemRefType type = bufferType(result.getType());
        uint64_t bytes =
            type.getNumElements() *
            llvm::divideCeil(type.getElementType().getIntOrFloatBitWidth(), 8);
        offsets[result] = fit.place(bytes, points[kernel], lastUse(result));
      }
    return fit.bytes();
  }

  /// The buffer of `tensor`, under its shape.
  Value getBuffer(Value tensor) {
    Value root = getBufferRoot(tensor);
    MemRefType type = bufferType(tensor.getType());
    Value &buffer = buffers[root];
    if (!buffer)
      buffer = createConstant(root);
    if (buffer.getType() == type)
      return buffer;
    SmallVector<int64_t> strides;
    int64_t offset;
    (void)type.getStridesAndOffset(strides, offset);
    return memref::ReinterpretCastOp::create(b, type, buffer, 0,
                                             type.getShape(), strides);
  }

  Value createConstant(Value root) {
    MemRefType type = bufferType(root.getType());
    auto tensor = cast<RankedTensorType>(root.getType());
    ElementsAttr data;
    if (auto constant = root.getDefiningOp<ConstantOp>()) {
      double value = constant.getValue().convertToDouble();
      Type element = tensor.getElementType();
      data = isa<FloatType>(element)
                 ? DenseElementsAttr::get(
                       tensor, cast<Attribute>(FloatAttr::get(element, value)))
                 : DenseElementsAttr::get(
                       tensor, cast<Attribute>(IntegerAttr::get(
                                   element, element.isInteger(1)
                                                ? value != 0
                                                : static_cast<int64_t>(value))));
    } else {
      data = cast<ElementsAttr>(
          root.getDefiningOp<arith::ConstantOp>().getValue());
    }
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(
        function->getParentOfType<ModuleOp>().getBody());
    auto global = memref::GlobalOp::create(
        b, (function.getName() + "_constant").str(),
        b.getStringAttr("private"), type, data, /*constant=*/true,
        /*alignment=*/IntegerAttr());
    symbols.insert(global);
    b.setInsertionPointToStart(&function.getBody().front());
    return memref::GetGlobalOp::create(b, type, global.getName());
  }

  LogicalResult lowerKernel(KernelOp kernel) {
    b.setLoc(kernel.getLoc());
    std::string name =
        (function.getName() + "_kernel_" + std::to_string(next++)).str();
    SmallVector<Type> types;
    for (Value input : kernel.getInputs())
      types.push_back(bufferType(input.getType()));
    for (Type result : kernel.getResultTypes())
      types.push_back(bufferType(result));
    int32_t threads =
        kernel->getAttrOfType<IntegerAttr>("mirage.threads").getInt();

    b.setInsertionPointToEnd(module.getBody());
    auto device = gpu::GPUFuncOp::create(b, name, b.getFunctionType(types, {}));
    device->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
    device.setKnownBlockSizeAttr(b.getDenseI32ArrayAttr({threads, 1, 1}));
    // Fresh results: no parameter aliases another.
    for (unsigned i = 0; i < types.size(); ++i) {
      device.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                        b.getUnitAttr());
      device.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(),
                        b.getI64IntegerAttr(vectorBytes));
      if (i < kernel.getInputs().size())
        device.setArgAttr(i, LLVM::LLVMDialect::getReadonlyAttrName(),
                          b.getUnitAttr());
    }
    if (failed(KernelEmitter(kernel, device).run()))
      return failure();

    b.setInsertionPoint(kernel);
    SmallVector<Value> args;
    for (Value input : kernel.getInputs())
      args.push_back(getBuffer(input));
    for (Value result : kernel.getResults())
      args.push_back(getBuffer(result));
    int64_t blocks = 1;
    for (int64_t extent : kernel.getGrid())
      blocks *= extent;
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(b, value);
    };
    Value one = index(1);
    Value bytes = arith::ConstantIntOp::create(
        b, b.getI32Type(),
        kernel->getAttrOfType<IntegerAttr>("mirage.shared_bytes").getInt());
    gpu::LaunchFuncOp::create(b, device,
                              gpu::KernelDim3{index(blocks), one, one},
                              gpu::KernelDim3{index(threads), one, one}, bytes,
                              args);
    return success();
  }

  func::FuncOp function;
  gpu::GPUModuleOp module;
  SymbolTable &symbols;
  ImplicitLocOpBuilder b;
  DenseMap<Value, Value> buffers;
  unsigned next = 0;
};

struct ConvertMirageToGPU
    : mlir::mirage::impl::ConvertMirageToGPUPassBase<ConvertMirageToGPU> {
  void runOnOperation() override {
    ModuleOp top = getOperation();
    SmallVector<func::FuncOp> functions;
    for (auto function : top.getOps<func::FuncOp>())
      if (!function.isDeclaration())
        functions.push_back(function);
    if (functions.empty())
      return;
    SymbolTable symbols(top);
    OpBuilder b(top.getBodyRegion());
    auto module = gpu::GPUModuleOp::create(b, top.getLoc(), "kernels");
    symbols.insert(module);
    top->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                 b.getUnitAttr());
    // Public and without initializer: the launch says how large it is.
    b.setInsertionPointToStart(module.getBody());
    memref::GlobalOp::create(
        b, top.getLoc(), sharedName, /*sym_visibility=*/StringAttr(),
        MemRefType::get({0}, b.getI8Type(), MemRefLayoutAttrInterface(),
                        sharedSpace(b.getContext())),
        /*initial_value=*/Attribute(), /*constant=*/false,
        /*alignment=*/b.getI64IntegerAttr(1024));
    for (func::FuncOp function : functions)
      if (failed(FunctionLowering(function, module, symbols).run()))
        return signalPassFailure();
  }
};
} // namespace
