//===- KernelEmitter.cpp - A kernel as a gpu.func ------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tiles live in shared memory, row-major, or nowhere: then what reads an element
// computes it. An op is a loop over boxes of its result which the block's threads
// share out; a box is read and written in runs that one instruction moves. What
// an op computes comes from its sem::Structure, and where its tiles live and how
// they are shared out from attributes.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "mirage/Analysis/Distribution.h"
#include "mirage/Analysis/KernelAccess.h"
#include "mirage/Analysis/TilePlan.h"
#include "mirage/Dialect/Mirage/IR/ScalarBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include <limits>
#include <numeric>

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

namespace {
class KernelEmitter {
public:
  KernelEmitter(KernelOp kernel, gpu::GPUFuncOp function)
      : kernel(kernel), b(kernel.getLoc(), kernel.getContext()),
        threads(kernel->getAttrOfType<IntegerAttr>("mirage.threads").getInt()),
        barriers(kernel) {
    b.setInsertionPointToStart(&function.getBody().front());
    for (auto [argument, parameter] : llvm::zip(
             kernel.getBody()->getArguments().drop_front(kernel.getGrid().size()),
             function.getArguments())) {
      // A run-time scalar is passed by value.
      if (isa<MemRefType>(parameter.getType()))
        buffers[argument] = flatten(parameter);
      else
        scalars[argument] = parameter;
    }
  }

  LogicalResult run() {
    thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
    setAxes(kernel.getAxes(), kernel.getGrid(),
            gpu::BlockIdOp::create(b, gpu::Dimension::x));
    Type bytes = MemRefType::get({0}, b.getI8Type(), MemRefLayoutAttrInterface(),
                                 sharedMemorySpace(b.getContext()));
    Value all = memref::GetGlobalOp::create(b, bytes, sharedMemoryName);
    shared = memref::CastOp::create(
        b,
        MemRefType::get({ShapedType::kDynamic}, b.getI8Type(),
                        MemRefLayoutAttrInterface(), sharedMemorySpace(b.getContext())),
        all);
    if (failed(checkAll(*kernel.getBody())) ||
        failed(emit(*kernel.getBody())))
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

  //===--------------------------------------------------------------------===//
  // Boxes
  //===--------------------------------------------------------------------===//

  /// A box in a tile or an iteration space: where it starts (null: at 0), a
  /// multiple of its extents.
  struct Box {
    SmallVector<Value> start;
    sem::Shape extents;

    int64_t size() const { return sem::numElements(extents); }
  };
  /// The elements of a box, row-major.
  using Elements = SmallVector<Value>;

  Value shifted(Value start, int64_t offset) {
    return start ? add(start, offset) : index(offset);
  }
  Value sum(Value x, Value y) { return !x ? y : !y ? x : add(x, y); }

  static void forPoints(ArrayRef<int64_t> extents,
                        function_ref<void(ArrayRef<int64_t>)> body) {
    SmallVector<int64_t> point(extents.size(), 0);
    for (int64_t n = sem::numElements(extents); n-- > 0;) {
      body(point);
      for (size_t d = extents.size(); d-- > 0;) {
        if (++point[d] < extents[d])
          break;
        point[d] = 0;
      }
    }
  }

  Value flatStart(ArrayRef<Value> start, ArrayRef<int64_t> shape) {
    Value result;
    int64_t stride = 1;
    for (size_t d = shape.size(); d-- > 0; stride *= shape[d])
      if (start[d] && shape[d] != 1)
        result = sum(result, mul(start[d], stride));
    return result;
  }

  static int64_t flat(ArrayRef<int64_t> point, ArrayRef<int64_t> shape) {
    int64_t result = 0;
    for (size_t d = 0; d < shape.size(); ++d)
      result = result * shape[d] + point[d];
    return result;
  }

  /// How a box lies in memory of shape `shape`: the dimension along which it is
  /// consecutive, and what one instruction may move of it.
  struct Run {
    size_t dim = 0;
    int64_t width = 1;
  };
  static Run runOf(const Box &box, ArrayRef<int64_t> shape, Type element) {
    Run run;
    for (size_t d = shape.size(); d-- > 0;)
      if (shape[d] != 1) {
        run.dim = d;
        sem::Shape both(shape.size(), 1);
        both[d] = std::gcd(box.extents[d], shape[d]);
        run.width = rowBox(both, element)[d];
        break;
      }
    return run;
  }

  /// `body(point, position)` for the first element of each run of the box;
  /// `position` counts the box's elements.
  static void forRuns(const Box &box, const Run &run,
                      function_ref<void(ArrayRef<int64_t>, size_t)> body) {
    size_t position = 0;
    forPoints(box.extents, [&](ArrayRef<int64_t> point) {
      if (run.width == 1 || point[run.dim] % run.width == 0)
        body(point, position);
      ++position;
    });
  }

  Value loadRun(Value memory, Value offset, int64_t width, Type element) {
    if (width == 1)
      return memref::LoadOp::create(b, memory, offset);
    return vector::LoadOp::create(b, VectorType::get({width}, element), memory,
                                  offset, /*nontemporal=*/false,
                                  runAlignment(width, element));
  }
  void unpack(Value run, int64_t width, Elements &out) {
    if (width == 1) {
      out.push_back(run);
      return;
    }
    for (int64_t i = 0; i < width; ++i)
      out.push_back(vector::ExtractOp::create(b, run, i));
  }
  void storeRun(ArrayRef<Value> values, Value memory, Value offset) {
    if (values.size() == 1) {
      memref::StoreOp::create(b, values[0], memory, offset);
      return;
    }
    Type element = values[0].getType();
    int64_t width = values.size();
    Value packed = vector::FromElementsOp::create(
        b, VectorType::get({width}, element), values);
    vector::StoreOp::create(b, packed, memory, offset, /*nontemporal=*/false,
                            runAlignment(width, element));
  }
  static llvm::MaybeAlign runAlignment(int64_t width, Type element) {
    return llvm::MaybeAlign(width * element.getIntOrFloatBitWidth() / 8);
  }

  //===--------------------------------------------------------------------===//
  // Reading and writing tiles
  //===--------------------------------------------------------------------===//

  Elements read(Value tile, const Box &box) {
    Operation *op = tile.getDefiningOp();
    Type element = cast<TileType>(tile.getType()).getElementType();
    if (auto constant = dyn_cast<ConstantOp>(op))
      return Elements(box.size(),
                      scalar(element, constant.getValue().convertToDouble()));
    if (auto mask = dyn_cast<MaskOp>(op))
      return readMask(mask, box);
    if (!isInline(tile))
      return readBuffer(tile, box);
    if (auto load = dyn_cast<LoadOp>(op))
      return readLoad(load, box);
    return readAlgebra(cast<AlgebraOpInterface>(op), box);
  }

  Elements readBuffer(Value tile, const Box &box) {
    sem::Shape shape = getShape(tile.getType());
    Type element = cast<TileType>(tile.getType()).getElementType();
    Run run = runOf(box, shape, element);
    Value base = flatStart(box.start, shape);
    Elements result;
    forRuns(box, run, [&](ArrayRef<int64_t> point, size_t) {
      unpack(loadRun(buffers.at(tile), shifted(base, flat(point, shape)),
                     run.width, element),
             run.width, result);
    });
    return result;
  }

  void writeBuffer(ArrayRef<Value> values, Value tile, const Box &box) {
    sem::Shape shape = getShape(tile.getType());
    Run run =
        runOf(box, shape, cast<TileType>(tile.getType()).getElementType());
    Value base = flatStart(box.start, shape);
    forRuns(box, run, [&](ArrayRef<int64_t> point, size_t position) {
      storeRun(values.slice(position, run.width), buffers.at(tile),
               shifted(base, flat(point, shape)));
    });
  }

  /// A box of a tile, as a box of what the tile is cut from. `inside`: for a
  /// point of the box, whether it lies before the edge; null if all do.
  Box inWhole(const Box &box, ArrayRef<int64_t> tile, ValueRange axes,
              ArrayRef<int32_t> axisCounts) {
    Box result{box.start, box.extents};
    for (auto [d, entry] : llvm::enumerate(getSplit(axes, axisCounts)))
      result.start[d] = sum(start(entry, tile[d]), box.start[d]);
    return result;
  }
  static SmallVector<bool> raggedDims(ArrayRef<int64_t> whole,
                                      ArrayRef<int64_t> tile, ValueRange axes,
                                      ArrayRef<int32_t> axisCounts) {
    SmallVector<bool> result;
    for (auto [d, entry] : llvm::enumerate(getSplit(axes, axisCounts))) {
      int64_t pieces = 1;
      for (Value axis : entry)
        pieces *= KernelOp::getAxisExtent(axis);
      result.push_back(!entry.empty() && pieces * tile[d] != whole[d]);
    }
    return result;
  }
  Value isInside(const Box &box, ArrayRef<int64_t> point,
                 ArrayRef<int64_t> whole, ArrayRef<bool> ragged) {
    Value result;
    for (size_t d = 0; d < whole.size(); ++d)
      if (ragged[d])
        result = both(result, less(shifted(box.start[d], point[d]), whole[d]));
    return result;
  }

  /// `runOf` where edges and pieces must not be crossed.
  static Run runOf(const Box &box, ArrayRef<int64_t> whole,
                   ArrayRef<int64_t> tile, Type element) {
    Box inTile{{}, box.extents};
    for (size_t d = 0; d < tile.size(); ++d)
      inTile.extents[d] = std::gcd(box.extents[d], tile[d]);
    return runOf(inTile, whole, element);
  }

  Elements readMask(MaskOp mask, const Box &box) {
    Type element = mask.getType().getElementType();
    Box whole = inWhole(box, mask.getType().getShape(), mask.getAxes(),
                        mask.getAxisCounts());
    SmallVector<bool> ragged =
        raggedDims(mask.getSizes(), mask.getType().getShape(), mask.getAxes(),
                   mask.getAxisCounts());
    Elements result = read(mask.getOperand(), box);
    Value fill = scalar(element, mask.getFill().convertToDouble());
    size_t next = 0;
    forPoints(box.extents, [&](ArrayRef<int64_t> point) {
      Value &value = result[next++];
      if (Value inside = isInside(whole, point, mask.getSizes(), ragged))
        value = arith::SelectOp::create(b, inside, value, fill);
    });
    return result;
  }

  Elements readLoad(LoadOp load, const Box &box) {
    TileType tile = load.getType();
    Box whole =
        inWhole(box, tile.getShape(), load.getAxes(), load.getAxisCounts());
    sem::Shape shape = getShape(load.getSource().getType());
    SmallVector<bool> ragged = raggedDims(shape, tile.getShape(),
                                          load.getAxes(), load.getAxisCounts());
    Type element = tile.getElementType();
    double fill = load.getFill() ? load.getFill()->convertToDouble() : 0;
    if (isa<TileType>(load.getSource().getType()))
      return readPiece(load.getSource(), whole, ragged, fill);
    Value splat = scalars.lookup(load.getSource());
    if (splat && !llvm::is_contained(ragged, true))
      return Elements(box.size(), splat);
    Run run = splat ? Run() : runOf(box, shape, tile.getShape(), element);
    Value base = flatStart(whole.start, shape),
          memory = splat ? Value() : buffers.at(load.getSource());
    Elements result;
    forRuns(box, run, [&](ArrayRef<int64_t> point, size_t) {
      Value inside = isInside(whole, point, shape, ragged);
      auto fetch = [&] {
        return splat ? splat : loadRun(memory, shifted(base, flat(point, shape)), run.width,
                       element);
      };
      unpack(inside ? selectLazily(inside, fetch, element, run.width, fill)
                    : fetch(),
             run.width, result);
    });
    return result;
  }

  /// A box of a piece of a tile; `fill` beyond the tile's edge.
  Elements readPiece(Value tile, const Box &box, ArrayRef<bool> ragged,
                     double fill) {
    if (!llvm::is_contained(ragged, true))
      return read(tile, box);
    Type element = cast<TileType>(tile.getType()).getElementType();
    Elements result;
    forPoints(box.extents, [&](ArrayRef<int64_t> point) {
      Box one{{}, sem::Shape(point.size(), 1)};
      for (size_t d = 0; d < point.size(); ++d)
        one.start.push_back(shifted(box.start[d], point[d]));
      result.push_back(selectLazily(
          isInside(box, point, getShape(tile.getType()), ragged),
          [&] { return read(tile, one).front(); }, element, 1, fill));
    });
    return result;
  }

  /// What `fetch` makes where `inside` is true, else `fill`.
  Value selectLazily(Value inside, function_ref<Value()> fetch, Type element,
                     int64_t width, double fill) {
    Type type = width == 1 ? element : VectorType::get({width}, element);
    auto branch =
        scf::IfOp::create(b, TypeRange(type), inside, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, fetch());
    b.setInsertionPointToStart(branch.elseBlock());
    Value beyond = scalar(element, fill);
    if (width != 1)
      beyond = vector::BroadcastOp::create(b, type, beyond);
    scf::YieldOp::create(b, beyond);
    return branch.getResult(0);
  }

  /// Operand `p` at each point of a box of the iteration space, as `type` if
  /// that is wider.
  Elements readOperand(Value operand, const sem::IndexMap &map, const Box &box,
                       Type type = {}) {
    bool plain = llvm::all_of(map, [](const sem::IndexExpr &index) {
      return index.isZero() || index.asDim();
    });
    auto widened = [&](Elements values) {
      for (Value &value : values)
        if (type)
          value = emitCast(b, b.getLoc(), value, type);
      return values;
    };
    Elements result;
    if (!plain) {
      forPoints(box.extents, [&](ArrayRef<int64_t> point) {
        SmallVector<Value> iteration;
        for (size_t d = 0; d < point.size(); ++d)
          iteration.push_back(shifted(box.start[d], point[d]));
        Box one;
        for (const sem::IndexExpr &index : map) {
          one.start.push_back(apply(index, iteration));
          one.extents.push_back(1);
        }
        result.append(widened(read(operand, one)));
      });
      return result;
    }
    Box inner;
    for (const sem::IndexExpr &index : map) {
      std::optional<unsigned> dim = index.asDim();
      inner.start.push_back(dim ? box.start[*dim] : Value());
      inner.extents.push_back(dim ? box.extents[*dim] : 1);
    }
    Elements distinct = widened(read(operand, inner));
    forPoints(box.extents, [&](ArrayRef<int64_t> point) {
      SmallVector<int64_t> at;
      for (const sem::IndexExpr &index : map)
        at.push_back(index.asDim() ? point[*index.asDim()] : 0);
      result.push_back(distinct[flat(at, inner.extents)]);
    });
    return result;
  }

  /// The elements of a box of an elementwise op's result.
  Elements readAlgebra(AlgebraOpInterface op, const Box &box) {
    sem::Structure s = *getStructure(op);
    SmallVector<Elements> args;
    for (auto [p, operand] : llvm::enumerate(op->getOperands()))
      args.push_back(readOperand(operand, s.in[p], box));
    Type type = computeType(op),
         element = cast<TileType>(op->getResult(0).getType()).getElementType();
    Elements result;
    for (int64_t i = 0; i < box.size(); ++i) {
      SmallVector<Value> at;
      for (const Elements &arg : args)
        at.push_back(arg[i]);
      result.push_back(
          cast_(emitScalarExpr(b, b.getLoc(), s.body, at, type), element));
    }
    return result;
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
                        sharedMemorySpace(b.getContext()));
    return memref::ViewOp::create(b, type, shared, index(offset), ValueRange());
  }

  LogicalResult createBuffers(Operation *op) {
    if (isa<ConstantOp, ReshapeOp, MaskOp>(op) || op->getNumResults() == 0 ||
        isInline(op->getResult(0)) || isInRegisters(op))
      return success();
    auto offsets = op->getAttrOfType<DenseI64ArrayAttr>("mirage.offsets");
    if (!offsets ||
        offsets.size() != static_cast<int64_t>(op->getNumResults()))
      return op->emitOpError("has no offset in shared memory; run "
                             "mirage-plan-memory");
    for (auto [result, offset] :
         llvm::zip(op->getResults(), offsets.asArrayRef())) {
      auto tile = cast<TileType>(result.getType());
      buffers[result] = sharedView(offset, sem::numElements(tile.getShape()),
                                   tile.getElementType());
    }
    return success();
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
  /// A barrier, if this phase of `op` needs one.
  void synchronize(Operation *op, unsigned phase = 0) {
    if (barriers.isNeeded(op, phase))
      barrier();
  }

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

  static sem::Shape countsOf(ArrayRef<int64_t> extents, ArrayRef<int64_t> box) {
    sem::Shape counts;
    for (auto [extent, size] : llvm::zip(extents, box))
      counts.push_back(extent / size);
    return counts;
  }
  Box boxAt(Value item, ArrayRef<int64_t> counts, ArrayRef<int64_t> extents) {
    Box box{{}, sem::Shape(extents)};
    for (auto [d, at] : llvm::enumerate(delinearize(item, counts)))
      box.start.push_back(counts[d] == 1 ? Value() : mul(at, extents[d]));
    return box;
  }

  /// Shares out the boxes of `extents` to the threads; a box is always the same
  /// thread's. What several boxes read is in flight before one is written.
  void forBoxes(ArrayRef<int64_t> extents, ArrayRef<int64_t> box,
                function_ref<Elements(const Box &)> compute,
                function_ref<void(const Box &, ArrayRef<Value>)> finish) {
    sem::Shape counts = countsOf(extents, box);
    int64_t count = sem::numElements(counts), rounds = count / threads;
    auto one = [&](Value item) {
      Box at = boxAt(item, counts, box);
      finish(at, compute(at));
    };
    if (count <= threads)
      return guarded(count == threads ? Value() : less(thread, count),
                     [&] { one(thread); });
    OpBuilder::InsertionGuard guard(b);
    if (count % threads) {
      auto loop = scf::ForOp::create(b, thread, index(count), index(threads));
      b.setInsertionPointToStart(loop.getBody());
      return one(loop.getInductionVar());
    }
    int64_t batch = 8;
    while (rounds % batch ||
           (batch > 1 && batch * sem::numElements(box) > 64))
      batch /= 2;
    Value first = thread;
    if (batch != rounds) {
      auto loop = scf::ForOp::create(b, thread, index(count),
                                     index(batch * threads));
      b.setInsertionPointToStart(loop.getBody());
      first = loop.getInductionVar();
    }
    SmallVector<Box> boxes;
    SmallVector<Elements> values;
    for (int64_t i = 0; i < batch; ++i) {
      boxes.push_back(boxAt(add(first, i * threads), counts, box));
      values.push_back(compute(boxes.back()));
    }
    for (int64_t i = 0; i < batch; ++i)
      finish(boxes[i], values[i]);
  }

  //===--------------------------------------------------------------------===//
  // Ops
  //===--------------------------------------------------------------------===//

  LogicalResult emit(Block &block) {
    for (Operation &op : block) {
      b.setLoc(op.getLoc());
      if (failed(createBuffers(&op)))
        return failure();
      if (isa<ConstantOp, ReshapeOp, MaskOp, EndOp>(op) ||
          (op.getNumResults() == 1 && isInline(op.getResult(0))))
        continue;
      if (!isa<LoopOp>(op))
        synchronize(&op);
      LogicalResult result =
          llvm::TypeSwitch<Operation *, LogicalResult>(&op)
              .Case<LoadOp, StoreOp, LoopOp, AccumulateOp>(
                  [&](auto concrete) { return emitOp(concrete); })
              .Case<AlgebraOpInterface>(
                  [&](auto algebra) { return emitAlgebra(algebra); })
              .Default([](Operation *) -> LogicalResult {
                llvm_unreachable("an op that cannot stand in a kernel");
              });
      if (failed(result))
        return failure();
    }
    return success();
  }

  template <typename Attr>
  static bool isAbsentOr(Operation *op, StringRef name) {
    return isa_and_present<Attr>(op->getAttr(name)) || !op->hasAttr(name);
  }

  /// Attributes that someone may have written by hand.
  LogicalResult check(Operation *op) {
    if (Attribute place = op->getAttr(placeAttrName)) {
      auto name = dyn_cast<StringAttr>(place);
      if (!name || (name != "inline" && name != "registers"))
        return op->emitOpError("has a mirage.place that is neither inline nor "
                               "registers");
    }
    if (auto load = dyn_cast<LoadOp>(op)) {
      if (!load.getFill() &&
          llvm::is_contained(
              raggedDims(getShape(load.getSource().getType()),
                         load.getType().getShape(), load.getAxes(),
                         load.getAxisCounts()),
              true))
        return load.emitOpError("is ragged and has no fill; run "
                                "mirage-materialize-masks");
      return success();
    }
    auto algebra = dyn_cast<AlgebraOpInterface>(op);
    if (!algebra)
      return success();
    // The op's verifier asked for it.
    std::optional<sem::Structure> s = getStructure(algebra);
    if (isInline(op->getResult(0)))
      return isa<ReshapeOp>(op) || ::mirage::canInline(*s)
                 ? success()
                 : op->emitOpError("cannot be inline");
    if (isInRegisters(op) && !isAccumulated(op, *s))
      return op->emitOpError("cannot be kept in registers");
    sem::Shape box = getBox(op, s->extents);
    int64_t group = getGroup(op);
    bool good = box.size() == s->extents.size() && group >= 1 &&
                llvm::isPowerOf2_64(group) &&
                (group <= warpSize || group == threads) &&
                isAbsentOr<DenseI64ArrayAttr>(op, boxAttrName) &&
                isAbsentOr<IntegerAttr>(op, groupAttrName) &&
                isAbsentOr<IntegerAttr>(op, warpsAttrName);
    int64_t warps = getWarps(op);
    good = good && warps >= 1 && llvm::isPowerOf2_64(warps) &&
           (warps == 1 ||
            (isInRegisters(op) && group <= warpSize &&
             warps <= threads / warpSize && threads % (warps * warpSize) == 0));
    for (size_t d = 0; good && d < box.size(); ++d)
      good = box[d] >= 1 && s->extents[d] % box[d] == 0;
    if (!good || (group > 1 && (!s->combine || computeType(op).isF64())))
      return op->emitOpError("has a mirage.box, mirage.group or mirage.warps "
                             "that does not fit it");
    return success();
  }

  /// What a loop holds is read where the loop begins.
  LogicalResult checkAll(Block &block) {
    for (Operation &op : block) {
      if (failed(check(&op)))
        return failure();
      if (auto loop = dyn_cast<LoopOp>(op))
        if (failed(checkAll(*loop.getBody())))
          return failure();
    }
    return success();
  }

  /// Whether the loop around `op` does nothing but combine its result.
  static bool isAccumulated(Operation *op, const sem::Structure &s) {
    auto loop = dyn_cast<LoopOp>(op->getParentOp());
    if (!loop || !s.combine || s.relative || !op->hasOneUse() ||
        !isa<AccumulateOp>(*op->user_begin()))
      return false;
    AccumulateOp accumulate = loop.getAccumulate();
    unsigned number = op->use_begin()->getOperandNumber();
    return accumulate->getParentOp() == loop &&
           *op->user_begin() == accumulate.getOperation() &&
           accumulate.getKinds()[number] == static_cast<int32_t>(*s.combine) &&
           accumulate.getRels()[number] < 0 &&
           !llvm::is_contained(accumulate.getRels(),
                               static_cast<int32_t>(number)) &&
           loop.getResult(number).getType() == op->getResult(0).getType();
  }

  LogicalResult emitOp(LoadOp load) {
    TileType tile = load.getType();
    Value dest = load.getResult();
    sem::Shape shape = getShape(tile);
    forBoxes(
        shape, rowBox(shape, tile.getElementType()),
        [&](const Box &box) { return readLoad(load, box); },
        [&](const Box &box, ArrayRef<Value> values) {
          writeBuffer(values, dest, box);
        });
    return success();
  }

  LogicalResult emitOp(StoreOp store) {
    auto tile = cast<TileType>(store.getValue().getType());
    sem::Shape shape = getShape(tile), whole = getShape(store.getDest().getType());
    SmallVector<bool> ragged =
        raggedDims(whole, shape, store.getAxes(), store.getAxisCounts());
    Value writes;
    for (Value axis : store.getOnce())
      writes = both(writes, less(axisIndex.at(axis), 1));
    Value memory = buffers.at(store.getDest());
    guarded(writes, [&] {
      forBoxes(
          shape, rowBox(shape, tile.getElementType()),
          [&](const Box &box) { return read(store.getValue(), box); },
          [&](const Box &box, ArrayRef<Value> values) {
            Box place =
                inWhole(box, shape, store.getAxes(), store.getAxisCounts());
            Value base = flatStart(place.start, whole);
            Run run = runOf(box, whole, shape, tile.getElementType());
            forRuns(box, run, [&](ArrayRef<int64_t> point, size_t position) {
              guarded(isInside(place, point, whole, ragged), [&] {
                storeRun(values.slice(position, run.width), memory,
                         shifted(base, flat(point, whole)));
              });
            });
          });
    });
    return success();
  }

  LogicalResult emitOp(LoopOp loop) {
    AccumulateOp accumulate = loop.getAccumulate();
    synchronize(loop, 0);
    SmallVector<Operation *> kept;
    SmallVector<Value> initial;
    for (auto [i, result] : llvm::enumerate(loop.getResults())) {
      auto kind = static_cast<sem::Combiner>(accumulate.getKinds()[i]);
      auto tile = cast<TileType>(result.getType());
      Operation *source = accumulate.getValues()[i].getDefiningOp();
      if (kind == sem::Combiner::Stack)
        continue;
      if (isInRegisters(source)) {
        Reduction r(*this, cast<AlgebraOpInterface>(source));
        kept.push_back(source);
        initial.append(r.rounds * r.kept(), scalar(r.type, sem::identity(kind)));
        continue;
      }
      sem::Shape shape = getShape(tile);
      forBoxes(
          shape, rowBox(shape, tile.getElementType()),
          [&](const Box &box) {
            return Elements(box.size(), scalar(tile.getElementType(),
                                               sem::identity(kind)));
          },
          [&, result = result](const Box &box, ArrayRef<Value> values) {
            writeBuffer(values, result, box);
          });
    }
    SmallVector<Value> results;
    if (failed(emitSteps(loop, 0, kept, initial, results)))
      return failure();
    synchronize(loop, 1);
    ArrayRef<Value> rest = results;
    bool met = false;
    for (auto [i, value] : llvm::enumerate(accumulate.getValues())) {
      if (!isInRegisters(value.getDefiningOp()))
        continue;
      Reduction r(*this, cast<AlgebraOpInterface>(value.getDefiningOp()));
      // The place where warps meet is read until the next barrier.
      if (r.wide() && met)
        barrier();
      met |= r.wide();
      SmallVector<Value> sums =
          shuffleCombine(SmallVector<Value>(rest.take_front(r.total())),
                         r.group, sem::combineFn(*r.s.combine));
      // One warp after another, where several have parts of a result.
      for (int64_t warp = 0; warp < r.warps; ++warp) {
        if (warp)
          barrier();
        for (int64_t round = 0; round < r.rounds; ++round)
          finish(r, llvm::to_vector(ArrayRef(sums).slice(round * r.kept(), r.kept())),
                 itemOf(r, index(round)), loop.getResult(i), warp);
      }
      rest = rest.drop_front(r.total());
    }
    return success();
  }

  /// The loop's axes from `axis` on. `values`: what the ops in `kept` have of
  /// their results, `results`: the same after the loop.
  LogicalResult emitSteps(LoopOp loop, unsigned axis, ArrayRef<Operation *> kept,
                          ArrayRef<Value> values, SmallVector<Value> &results) {
    if (axis == loop.getAxes().size()) {
      for (Operation *op : kept) {
        size_t count = Reduction(*this, cast<AlgebraOpInterface>(op)).total();
        partials[op].assign(values.begin(), values.begin() + count);
        values = values.drop_front(count);
      }
      if (failed(emit(*loop.getBody())))
        return failure();
      for (Operation *op : kept)
        results.append(partials[op]);
      return success();
    }
    int64_t extent = loop.getExtents()[axis], together = 1;
    if (axis + 1 == loop.getAxes().size())
      together = stepsTogether(loop, extent);
    auto range = scf::ForOp::create(b, index(0), index(extent / together),
                                    index(1), values);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(range.getBody());
    SmallVector<Value> inner(range.getRegionIterArgs());
    for (int64_t step = 0; step < together; ++step) {
      axisIndex[loop.getAxes()[axis]] =
          add(mul(range.getInductionVar(), together), step);
      SmallVector<Value> before;
      before.swap(inner);
      if (failed(emitSteps(loop, axis + 1, kept, before, inner)))
        return failure();
    }
    if (!values.empty())
      scf::YieldOp::create(b, inner);
    results.append(range.result_begin(), range.result_end());
    return success();
  }

  /// How many steps of a loop are written out one after another, so that what
  /// they load is in flight at once: several where no thread waits for others,
  /// as long as the code stays short.
  int64_t stepsTogether(LoopOp loop, int64_t extent) {
    int64_t size = 0;
    for (Operation &op : loop.getBody()->without_terminator()) {
      if (isa<LoopOp>(op) || barriers.isNeeded(&op, 0))
        return 1;
      auto algebra = dyn_cast<AlgebraOpInterface>(&op);
      if (!algebra || isInline(op.getResult(0)))
        continue;
      if (!isInRegisters(&op))
        return 1;
      Reduction r(*this, algebra);
      size += r.total() * sem::numElements(r.innerBox) *
              llvm::divideCeil(sem::numElements(r.inner), r.lanes);
    }
    AccumulateOp accumulate = loop.getAccumulate();
    if (barriers.isNeeded(accumulate, 0) || barriers.isNeeded(accumulate, 1))
      return 1;
    constexpr int64_t most = 8, codeLimit = 256;
    int64_t together = most;
    while (together > 1 && (extent % together || together * size > codeLimit))
      together /= 2;
    return together;
  }

  /// x exp(m - max), 0 where m = -inf, whatever x is.
  Value relativeTerm(Value x, Value m, Value max) {
    return emitScalarFn(b, b.getLoc(), sem::fn::rel_term, {x, m, max});
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
    for (auto [i, value] : llvm::enumerate(accumulate.getValues())) {
      int32_t rel = accumulate.getRels()[i];
      if (rel < 0)
        continue;
      Value result = loop.getResult(i), max = loop.getResult(rel),
            m = accumulate.getValues()[rel];
      auto tile = cast<TileType>(result.getType());
      sem::Shape shape = getShape(tile);
      sem::IndexMap toMax = broadcastMap(shape, getShape(m.getType()));
      Type type = tile.getElementType();
      forBoxes(
          shape, rowBox(shape, type),
          [&, value = value](const Box &box) {
            Elements before = readOperand(max, toMax, box, type),
                     now = readOperand(m, toMax, box, type),
                     sums = read(result, box), terms = read(value, box);
            for (int64_t e = 0; e < box.size(); ++e) {
              Value after = arith::MaximumFOp::create(b, before[e], now[e]);
              Value kept = relativeTerm(sums[e], before[e], after);
              Value term = relativeTerm(cast_(terms[e], type), now[e], after);
              sums[e] = arith::AddFOp::create(b, kept, term);
            }
            return sums;
          },
          [&](const Box &box, ArrayRef<Value> values) {
            writeBuffer(values, result, box);
          });
    }
    synchronize(accumulate, 1);
    for (auto [i, value] : llvm::enumerate(accumulate.getValues())) {
      if (accumulate.getRels()[i] >= 0 || isInRegisters(value.getDefiningOp()))
        continue;
      Value result = loop.getResult(i);
      sem::Shape shape = getShape(value.getType());
      Type type = cast<TileType>(result.getType()).getElementType();
      if (kindOf(i) == sem::Combiner::Stack) {
        int64_t dim = accumulate.getDims()[i];
        SmallVector<Value> axes(loop.getAxes());
        Value first = start(axes, shape[dim]);
        forBoxes(
            shape, rowBox(shape, type),
            [&, value = value](const Box &box) { return read(value, box); },
            [&](const Box &box, ArrayRef<Value> values) {
              Box place = box;
              place.start[dim] = sum(first, place.start[dim]);
              writeBuffer(values, result, place);
            });
        continue;
      }
      forBoxes(
          shape, rowBox(shape, type),
          [&, i = i, value = value](const Box &box) {
            Elements sums = read(result, box), terms = read(value, box);
            for (auto [sum, term] : llvm::zip(sums, terms))
              sum = emitScalarFn(b, b.getLoc(), sem::combineFn(kindOf(i)),
                                 {sum, cast_(term, type)});
            return sums;
          },
          [&](const Box &box, ArrayRef<Value> values) {
            writeBuffer(values, result, box);
          });
    }
    return success();
  }

  /// Where an element of a tile of shape `shape` reads one of shape `from`.
  static sem::IndexMap broadcastMap(ArrayRef<int64_t> shape,
                                    ArrayRef<int64_t> from) {
    sem::IndexMap map;
    for (size_t d = 0; d < shape.size(); ++d)
      map.push_back(from[d] == 1 ? sem::IndexExpr::zero()
                                 : sem::IndexExpr::dim(d));
    return map;
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
    sem::Structure s = *getStructure(op);
    if (s.combine)
      return emitReduction(op);
    Value result = op->getResult(0);
    sem::Shape shape = getShape(result.getType());
    auto put = [&](const Box &box, ArrayRef<Value> values) {
      writeBuffer(values, result, box);
    };
    if (s.pieces.empty()) {
      forBoxes(
          shape, getBox(op, s.extents),
          [&](const Box &box) { return readAlgebra(op, box); }, put);
      return success();
    }
    for (auto [p, piece] : llvm::enumerate(op->getOperands())) {
      sem::Shape from = getShape(piece.getType());
      forBoxes(
          from, sem::Shape(from.size(), 1),
          [&, piece = piece](const Box &box) { return read(piece, box); },
          [&, p = p](const Box &box, ArrayRef<Value> values) {
            Box place = box;
            for (size_t d = 0; d < from.size(); ++d)
              place.start[d] = shifted(place.start[d], s.pieces[p][d]);
            put(place, values);
          });
    }
    return success();
  }

  /// How the threads share out a reduction. `lanes` threads share an item, a box
  /// of results: `group` of a warp, at a distance, so that neighbours have
  /// neighbouring items, in each of `warps` warps.
  struct Reduction {
    Reduction(KernelEmitter &emitter, AlgebraOpInterface op)
        : op(op), s(*getStructure(op)), type(emitter.computeType(op)),
          parallel(llvm::count(s.reduced, false)), group(getGroup(op)),
          warps(getWarps(op)), lanes(group * warps) {
      sem::Shape box = getBox(op, s.extents);
      outerBox.assign(box.begin(), box.begin() + parallel);
      innerBox.assign(box.begin() + parallel, box.end());
      sem::Shape counts = countsOf(s.extents, box);
      outer.assign(counts.begin(), counts.begin() + parallel);
      inner.assign(counts.begin() + parallel, counts.end());
      slots = emitter.threads / lanes;
      rounds = llvm::divideCeil(sem::numElements(outer), slots);
    }
    int64_t kept() const { return sem::numElements(outerBox); }
    int64_t total() const { return rounds * kept(); }
    bool wide() const { return group > warpSize; }

    AlgebraOpInterface op;
    sem::Structure s;
    Type type;
    size_t parallel;
    int64_t group, warps, lanes, slots, rounds;
    sem::Shape outer, inner, outerBox, innerBox;
  };

  struct Item {
    Box box;      // of the parallel dimensions
    Value active; // null: always
    Value lane;   // place among the threads that share it
    Value warp;   // and the warp's, null if it is one
  };

  /// The item of this thread in a round. All threads of a warp take part in its
  /// shuffles; those without an item repeat the last one.
  Item itemOf(const Reduction &r, Value round) {
    Item result;
    int64_t count = sem::numElements(r.outer);
    int64_t together = std::max<int64_t>(warpSize / r.group, 1);
    Value slot = thread;
    result.lane = index(0);
    if (r.wide()) {
      slot = index(0);
      result.lane = thread;
    } else if (r.lanes > 1) {
      Value inWarp = rem(thread, warpSize), warp = div(thread, warpSize);
      result.lane = div(inWarp, together);
      if (r.warps > 1) {
        result.warp = rem(warp, r.warps);
        result.lane = add(mul(result.warp, r.group), result.lane);
        warp = div(warp, r.warps);
      }
      slot = add(mul(warp, together), rem(inWarp, together));
    }
    Value item = add(mul(round, r.slots), slot);
    if (count % r.slots) {
      result.active = less(item, count);
      item = arith::MinUIOp::create(b, item, index(count - 1));
    }
    result.box = boxAt(item, r.outer, r.outerBox);
    return result;
  }

  /// `body` for this thread's boxes of the reduced dimensions, with what has
  /// been combined so far.
  SmallVector<Value>
  forTerms(const Reduction &r, const Item &item, ArrayRef<Value> initial,
           function_ref<SmallVector<Value>(const Box &, ValueRange)> body) {
    int64_t count = sem::numElements(r.inner);
    auto boxOf = [&](Value k) {
      Box box = item.box, depth = boxAt(k, r.inner, r.innerBox);
      box.start.append(depth.start);
      box.extents.append(depth.extents);
      return box;
    };
    if (count == r.lanes)
      return body(boxOf(item.lane), initial);
    bool even = count % r.lanes == 0;
    auto loop = scf::ForOp::create(
        b, even ? index(0) : item.lane, index(even ? count / r.lanes : count),
        index(even ? 1 : r.lanes), initial);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    if (even && r.lanes > 1)
      k = add(mul(k, r.lanes), item.lane);
    scf::YieldOp::create(b, body(boxOf(k), loop.getRegionIterArgs()));
    return SmallVector<Value>(loop.getResults());
  }

  /// Adds this thread's terms to `values`.
  SmallVector<Value> combineTerms(const Reduction &r, const Item &item,
                                  ArrayRef<Value> values) {
    const sem::ScalarFn &combine = sem::combineFn(*r.s.combine);
    return forTerms(r, item, values, [&](const Box &box, ValueRange before) {
      SmallVector<Elements> args;
      for (auto [p, operand] : llvm::enumerate(r.op->getOperands()))
        args.push_back(readOperand(operand, r.s.in[p], box, r.type));
      SmallVector<Value> sums(before);
      int64_t depth = box.size() / r.kept();
      // Depth outside: neighbouring operations do not wait for each other.
      for (int64_t k = 0; k < depth; ++k)
        for (int64_t i = 0; i < r.kept(); ++i) {
          SmallVector<Value> at;
          for (const Elements &arg : args)
            at.push_back(arg[i * depth + k]);
          if (r.s.isContraction()) {
            sums[i] = math::FmaOp::create(b, at[0], at[1], sums[i]);
            continue;
          }
          Value term = cast_(
              emitScalarExpr(b, b.getLoc(), r.s.body, at, r.type), r.type);
          sums[i] = emitScalarFn(b, b.getLoc(), combine, {sums[i], term});
        }
      return sums;
    });
  }

  /// Combines `values` over the threads of a group that are in one warp; each
  /// of them gets the result.
  SmallVector<Value> shuffleCombine(SmallVector<Value> values, int64_t group,
                                    const sem::ScalarFn &combine) {
    for (int64_t distance = warpSize / 2;
         distance >= warpSize / std::min(group, warpSize); distance /= 2)
      for (Value &value : values) {
        auto other = gpu::ShuffleOp::create(b, value, distance, warpSize,
                                            gpu::ShuffleMode::XOR);
        value = emitScalarFn(b, b.getLoc(), combine,
                             {value, other.getShuffleResult()});
      }
    return values;
  }

  /// sum x exp(m - max m)
  SmallVector<Value> combineRelative(const Reduction &r, const Item &item) {
    int64_t kept = r.kept();
    Value low =
        scalar(r.type, -std::numeric_limits<double>::infinity());
    SmallVector<Value> maxima = forTerms(
        r, item, SmallVector<Value>(kept, low),
        [&](const Box &box, ValueRange before) {
          Elements m = readOperand(r.op->getOperand(1), r.s.in[1], box, r.type);
          SmallVector<Value> result(before);
          for (int64_t e = 0; e < box.size(); ++e) {
            Value &at = result[e / (box.size() / kept)];
            at = arith::MaximumFOp::create(b, at, m[e]);
          }
          return result;
        });
    maxima = shuffleCombine(maxima, r.group, sem::fn::max);
    SmallVector<Value> sums = forTerms(
        r, item, SmallVector<Value>(kept, scalar(r.type, 0)),
        [&](const Box &box, ValueRange before) {
          Elements x = readOperand(r.op->getOperand(0), r.s.in[0], box, r.type),
                   m = readOperand(r.op->getOperand(1), r.s.in[1], box, r.type);
          SmallVector<Value> result(before);
          for (int64_t e = 0; e < box.size(); ++e) {
            int64_t i = e / (box.size() / kept);
            result[i] = arith::AddFOp::create(
                b, result[i],
                relativeTerm(x[e], m[e], maxima[i]));
          }
          return result;
        });
    return shuffleCombine(sums, r.group, sem::fn::add);
  }

  /// Writes what groups of threads have into `result`; where several warps share
  /// it, those of number `warp`, which add it to what the warps before wrote.
  void finish(const Reduction &r, SmallVector<Value> sums, const Item &item,
              Value result, int64_t warp = 0) {
    const sem::ScalarFn &combine = sem::combineFn(*r.s.combine);
    auto put = [&](ArrayRef<Value> sums) {
      Box place;
      for (const sem::IndexExpr &index : r.s.out) {
        std::optional<unsigned> dim = index.asDim();
        place.start.push_back(dim ? item.box.start[*dim] : Value());
        place.extents.push_back(dim ? item.box.extents[*dim] : 1);
      }
      Elements values(sums);
      if (warp)
        for (auto [value, before] : llvm::zip(values, readBuffer(result, place)))
          value = emitScalarFn(b, b.getLoc(), combine, {before, value});
      for (Value &value : values)
        value = cast_(value, cast<TileType>(result.getType()).getElementType());
      writeBuffer(values, result, place);
    };
    if (!r.wide()) {
      Value first;
      if (r.lanes > 1)
        first = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, item.lane,
                                      index(warp * r.group));
      return guarded(both(item.active, first), [&] { put(sums); });
    }
    // The warps of the block meet in shared memory.
    int64_t warps = threads / warpSize, kept = sums.size();
    Value meeting = sharedView(0, ::mirage::combineBytes / 4, r.type);
    guarded(less(rem(thread, warpSize), 1), [&] {
      Value warp = mul(div(thread, warpSize), kept);
      for (int64_t i = 0; i < kept; ++i)
        memref::StoreOp::create(b, sums[i], meeting, add(warp, i));
    });
    barrier();
    guarded(less(thread, 1), [&] {
      for (int64_t i = 0; i < kept; ++i) {
        sums[i] = memref::LoadOp::create(b, meeting, index(i));
        for (int64_t warp = 1; warp < warps; ++warp)
          sums[i] = emitScalarFn(
              b, b.getLoc(), combine,
              {sums[i], memref::LoadOp::create(b, meeting, index(warp * kept + i))
                            .getResult()});
      }
      put(sums);
    });
  }

  LogicalResult emitReduction(AlgebraOpInterface op) {
    Reduction r(*this, op);
    if (r.wide() && (r.rounds != 1 || sem::numElements(r.outer) != 1 ||
                     r.kept() * (threads / warpSize) * 4 >
                         static_cast<int64_t>(::mirage::combineBytes)))
      return op->emitOpError("has a mirage.group that does not fit it");
    if (isInRegisters(op)) {
      SmallVector<Value> &values = partials[op];
      for (int64_t round = 0; round < r.rounds; ++round) {
        ArrayRef<Value> own = ArrayRef(values).slice(round * r.kept(), r.kept());
        SmallVector<Value> sums = combineTerms(r, itemOf(r, index(round)), own);
        llvm::copy(sums, values.begin() + round * r.kept());
      }
      return success();
    }
    auto emitRound = [&](Value round) {
      Item item = itemOf(r, round);
      SmallVector<Value> identity(r.kept(),
                                  scalar(r.type, sem::identity(*r.s.combine)));
      SmallVector<Value> sums =
          r.s.relative
              ? combineRelative(r, item)
              : shuffleCombine(combineTerms(r, item, identity), r.group,
                               sem::combineFn(*r.s.combine));
      finish(r, sums, item, op->getResult(0));
    };
    if (r.rounds == 1) {
      emitRound(index(0));
      return success();
    }
    auto loop = scf::ForOp::create(b, index(0), index(r.rounds), index(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    emitRound(loop.getInductionVar());
    return success();
  }

  KernelOp kernel;
  ImplicitLocOpBuilder b;
  int64_t threads;
  BarrierAnalysis barriers;
  Value thread, shared;
  DenseMap<Value, Value> buffers, scalars, axisIndex;
  /// What this thread has of the results that a loop accumulates.
  DenseMap<Operation *, SmallVector<Value>> partials;
};
} // namespace

LogicalResult mlir::mirage::emitKernel(KernelOp kernel,
                                       gpu::GPUFuncOp function) {
  return KernelEmitter(kernel, function).run();
}
