//===- MirageToLinalg.cpp - From mirage to linalg on tensors --------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tensor or tile becomes a tensor; a tile's dimension that meets an edge is
// dynamic there. Which one that is, and its extent at a point of the axes, come
// from computeEdges, never from the operands, so broadcasting is decided by the
// static types alone.
//
//===----------------------------------------------------------------------===//

#include "mirage/Conversion/MirageToLinalg.h"
#include "mirage/Conversion/Passes.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Dialect/Mirage/IR/ScalarBody.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::mirage {
#define GEN_PASS_DEF_CONVERTMIRAGETOLINALGPASS
#define GEN_PASS_DEF_COPYTOLINALGPASS
#include "mirage/Conversion/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

namespace {

using Body = function_ref<Value(OpBuilder &, Location, ValueRange)>;
using Sizes = SmallVector<OpFoldResult, 4>;

/// The type in which values of `type` are accumulated.
Type wide(Type type) {
  if (!isa<FloatType>(type))
    return type;
  return getMLIRType(type.getContext(),
                     sem::accumulationType(*getElementType(type)));
}

/// The type in which scalar functions are computed. f64 holds every i32.
Type computeType(OpBuilder &b, TypeRange types, const sem::ScalarExpr &expr) {
  for (Type type : types)
    if (type.isF64() || type.isInteger(32))
      return b.getF64Type();
  for (const sem::ScalarExpr::Token &token : expr.tokens)
    if (token.type == sem::ElementType::F64 &&
        (token.rounds || token.kind == sem::ScalarExpr::Token::Round))
      return b.getF64Type();
  return b.getF32Type();
}

Value constant(OpBuilder &b, Location loc, Type type, double value) {
  return arith::ConstantOp::create(b, loc, getScalarAttr(type, value));
}

Type elementType(Value value) {
  return cast<ShapedType>(value.getType()).getElementType();
}

AffineExpr toAffine(OpBuilder &b, const sem::IndexExpr &index,
                    ArrayRef<unsigned> position) {
  AffineExpr expr = b.getAffineConstantExpr(index.offset);
  for (auto [dim, coefficient] : index.terms)
    expr = expr + b.getAffineDimExpr(position[dim]) * coefficient;
  if (index.div != 1)
    expr = expr.floorDiv(index.div);
  return index.mod ? expr % index.mod : expr;
}

AffineMap toAffine(OpBuilder &b, const sem::IndexMap &map,
                   ArrayRef<unsigned> position) {
  SmallVector<AffineExpr> results;
  for (const sem::IndexExpr &index : map)
    results.push_back(toAffine(b, index, position));
  return AffineMap::get(position.size(), 0, results, b.getContext());
}

/// Where each dimension of the iteration space goes in the loop nest. The
/// innermost loop should run along the result's last dimension, so a reduced
/// dimension goes before that one, if it has more than one element.
SmallVector<unsigned> loopOrder(const sem::Structure &s) {
  unsigned rank = s.extents.size();
  std::optional<unsigned> last;
  if (!s.out.empty())
    last = s.out.back().asDim();
  if (last && s.extents[*last] == 1)
    last = std::nullopt;
  SmallVector<unsigned> position(rank);
  unsigned next = 0;
  for (unsigned d = 0; d < rank; ++d)
    if (d != last)
      position[d] = next++;
  if (last)
    position[*last] = next;
  return position;
}

/// Rewrites kernels and ops one by one. Inside a kernel, `values` holds the
/// tensor of each tile and input, `axes` the index of each axis, and `outs` the
/// current contents of each output.
class Emitter {
public:
  explicit Emitter(MLIRContext *context) : b(context) {}

  LogicalResult convert(Operation *op) {
    b.setInsertionPoint(op);
    loc = op->getLoc();
    if (auto kernel = dyn_cast<KernelOp>(op)) {
      SmallVector<Value> results;
      if (failed(emitKernel(kernel, results)))
        return failure();
      op->replaceAllUsesWith(results);
    } else {
      for (Value operand : op->getOperands())
        values[operand] = operand;
      FailureOr<Value> result = emitValue(op);
      if (failed(result))
        return failure();
      op->getResult(0).replaceAllUsesWith(*result);
      values.clear();
    }
    op->erase();
    return success();
  }

private:
  //===--- Extents --------------------------------------------------------===//

  OpFoldResult index(int64_t value) { return b.getIndexAttr(value); }

  OpFoldResult minimum(OpFoldResult a, OpFoldResult c) {
    return affine::makeComposedFoldedAffineMin(
        b, loc, AffineMap::getMultiDimIdentityMap(2, b.getContext()), {a, c});
  }

  /// The first element of the tile that `axes` select, at most `size`.
  OpFoldResult tileStart(ArrayRef<Value> tileAxes, int64_t tile, int64_t size,
                         bool ragged) {
    AffineExpr linear = b.getAffineConstantExpr(0);
    SmallVector<OpFoldResult> operands;
    for (Value axis : tileAxes) {
      linear = linear * KernelOp::getAxisExtent(axis) +
               b.getAffineDimExpr(operands.size());
      operands.push_back(axes.lookup(axis));
    }
    OpFoldResult start =
        affine::makeComposedFoldedAffineApply(b, loc, linear * tile, operands);
    return ragged ? minimum(start, index(size)) : start;
  }

  /// min(tile, size - start)
  OpFoldResult tileSize(OpFoldResult start, int64_t tile, int64_t size) {
    AffineExpr d0 = b.getAffineDimExpr(0);
    AffineMap map = AffineMap::get(
        1, 0,
        {b.getAffineConstantExpr(tile), b.getAffineConstantExpr(size) - d0},
        b.getContext());
    return affine::makeComposedFoldedAffineMin(b, loc, map, {start});
  }

  static bool isRagged(ArrayRef<Value> tileAxes, int64_t tile, int64_t size) {
    int64_t pieces = 1;
    for (Value axis : tileAxes)
      pieces *= KernelOp::getAxisExtent(axis);
    return !tileAxes.empty() && pieces * tile != size;
  }

  OpFoldResult extent(const Edge &edge, int64_t full) {
    if (edge.isFull())
      return index(full);
    return tileSize(tileStart(edge.axes, edge.tile, edge.size, true), edge.tile,
                    edge.size);
  }

  /// The actual extents of a tensor or tile of the program.
  Sizes sizesOf(Value value) {
    sem::Shape shape = getShape(value.getType());
    auto it = edges.find(value);
    Sizes sizes;
    for (auto [d, full] : llvm::enumerate(shape))
      sizes.push_back(it == edges.end() ? index(full)
                                        : extent(it->second[d], full));
    return sizes;
  }

  /// A box of elements: where it starts in a whole and its sizes.
  struct Box {
    Sizes offsets, sizes;
    SmallVector<OpFoldResult> strides;
    bool ragged = false;
  };
  Box boxOf(ValueRange boxAxes, ArrayRef<int32_t> axisCounts,
            ArrayRef<int64_t> whole, ArrayRef<int64_t> tile) {
    Box box;
    for (auto [d, tileAxes] : llvm::enumerate(getSplit(boxAxes, axisCounts))) {
      bool ragged = isRagged(tileAxes, tile[d], whole[d]);
      OpFoldResult start = tileAxes.empty()
                               ? index(0)
                               : tileStart(tileAxes, tile[d], whole[d], ragged);
      box.offsets.push_back(start);
      box.sizes.push_back(ragged ? tileSize(start, tile[d], whole[d])
                                 : index(tile[d]));
      box.strides.push_back(index(1));
      box.ragged |= ragged;
    }
    return box;
  }

  //===--- Tensors --------------------------------------------------------===//

  Value empty(const Sizes &sizes, Type type) {
    return tensor::EmptyOp::create(b, loc, sizes, type);
  }

  Value filled(const Sizes &sizes, Type type, double value) {
    Value scalar = constant(b, loc, type, value);
    return linalg::FillOp::create(b, loc, scalar, empty(sizes, type))
        .getResult(0);
  }

  Value generic(ValueRange ins, Value init, ArrayRef<AffineMap> maps,
                ArrayRef<utils::IteratorType> iterators, Body body) {
    return linalg::GenericOp::create(
               b, loc, init.getType(), ins, init, maps, iterators,
               [&](OpBuilder &builder, Location bodyLoc, ValueRange args) {
                 linalg::YieldOp::create(builder, bodyLoc,
                                         body(builder, bodyLoc, args));
               })
        .getResult(0);
  }

  /// A generic over the structure's maps; the body gets the operands' elements
  /// and then the result's.
  Value generic(const sem::Structure &s, ValueRange ins, Value init,
                Body body) {
    SmallVector<unsigned> position = loopOrder(s);
    SmallVector<AffineMap> maps;
    for (const sem::IndexMap &map : s.in)
      maps.push_back(toAffine(b, map, position));
    maps.push_back(toAffine(b, s.out, position));
    SmallVector<utils::IteratorType> iterators(s.extents.size());
    for (auto [d, reduced] : llvm::enumerate(s.reduced))
      iterators[position[d]] = reduced ? utils::IteratorType::reduction
                                       : utils::IteratorType::parallel;
    return generic(ins, init, maps, iterators, body);
  }

  /// One element of `init` at a time; where an operand's shape says 1 it is
  /// broadcast.
  Value elementwise(ValueRange ins, ArrayRef<sem::Shape> shapes, Value init,
                    Body body) {
    unsigned rank = cast<ShapedType>(init.getType()).getRank();
    SmallVector<AffineMap> maps;
    for (const sem::Shape &shape : shapes) {
      SmallVector<AffineExpr> results;
      for (unsigned d = 0; d < rank; ++d)
        results.push_back(shape[d] == 1 ? b.getAffineConstantExpr(0)
                                        : b.getAffineDimExpr(d));
      maps.push_back(AffineMap::get(rank, 0, results, b.getContext()));
    }
    maps.push_back(b.getMultiDimIdentityMap(rank));
    SmallVector<utils::IteratorType> iterators(rank,
                                               utils::IteratorType::parallel);
    return generic(ins, init, maps, iterators, body);
  }

  Value castTo(Value tensor, Type type, const Sizes &sizes) {
    if (elementType(tensor) == type)
      return tensor;
    unsigned rank = sizes.size();
    SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(rank));
    SmallVector<utils::IteratorType> iterators(rank,
                                               utils::IteratorType::parallel);
    return generic(tensor, empty(sizes, type), maps, iterators,
                   [&](OpBuilder &builder, Location bodyLoc, ValueRange args) {
                     return emitCast(builder, bodyLoc, args[0], type);
                   });
  }

  static Value call(OpBuilder &builder, Location bodyLoc,
                    const sem::ScalarFn &fn, ValueRange args, Type type) {
    SmallVector<Value> operands;
    for (Value arg : args)
      operands.push_back(emitCast(builder, bodyLoc, arg, type));
    return emitScalarFn(builder, bodyLoc, fn, operands);
  }

  //===--- The algebra ----------------------------------------------------===//

  /// A constant, splat or op of the algebra, as a tensor.
  FailureOr<Value> emitValue(Operation *op) {
    if (auto constantOp = dyn_cast<ConstantOp>(op)) {
      auto type = cast<ShapedType>(op->getResult(0).getType());
      auto tensorType =
          RankedTensorType::get(type.getShape(), type.getElementType());
      return Value(arith::ConstantOp::create(
          b, loc,
          DenseElementsAttr::get(
              tensorType, Attribute(getScalarAttr(
                              type.getElementType(),
                              constantOp.getValue().convertToDouble())))));
    }
    if (auto splat = dyn_cast<SplatOp>(op))
      return Value(tensor::FromElementsOp::create(
          b, loc, splat.getResult().getType(), splat.getScalar()));
    return emitAlgebra(cast<AlgebraOpInterface>(op));
  }

  FailureOr<Value> emitAlgebra(AlgebraOpInterface op) {
    SmallVector<sem::Shape> shapes;
    SmallVector<Value> ins;
    SmallVector<Type> types;
    for (Value operand : op->getOperands()) {
      shapes.push_back(getShape(operand.getType()));
      ins.push_back(values.lookup(operand));
      types.push_back(elementType(operand));
    }
    std::string why;
    std::optional<sem::Structure> s =
        op.getSemantics().structure(shapes, op.getParams(), why);
    if (!s)
      return op->emitOpError() << why;
    Value result = op->getResult(0);
    Type type = elementType(result);
    Sizes sizes = sizesOf(result);
    types.push_back(type);

    if (!s->pieces.empty())
      return emitPieces(op, *s, ins, sizes, type);
    if (isa<SliceOp>(op.getOperation()))
      return emitSlice(*s, ins[0], sizes);
    if (isa<ReshapeOp>(op.getOperation()) &&
        isa<RankedTensorType>(result.getType()))
      return emitReshape(ins[0], cast<RankedTensorType>(result.getType()));

    Type compute = computeType(b, types, s->body);
    if (!s->combine)
      return generic(
          *s, ins, empty(sizes, type),
          [&](OpBuilder &builder, Location bodyLoc, ValueRange args) {
            return emitCast(builder, bodyLoc,
                            emitScalarExpr(builder, bodyLoc, s->body,
                                           args.drop_back(), compute),
                            type);
          });

    if (s->relative)
      return emitRelative(*s, op->getOperands(), ins, sizes, type, compute);
    Type sumType = wide(type);
    Value sum =
        generic(*s, ins, filled(sizes, sumType, sem::identity(*s->combine)),
                [&](OpBuilder &builder, Location bodyLoc, ValueRange args) {
                  Value term = emitScalarExpr(builder, bodyLoc, s->body,
                                              args.drop_back(), compute);
                  return call(builder, bodyLoc, sem::combineFn(*s->combine),
                              {args.back(), term}, sumType);
                });
    return castTo(sum, type, sizes);
  }

  /// sum of rel_term(x, m, max m)
  Value emitRelative(const sem::Structure &s, ValueRange operands,
                     ValueRange ins, const Sizes &sizes, Type type,
                     Type compute) {
    Sizes maxSizes = sizesOf(operands[1]);
    sem::Structure max, sum = s;
    sem::IndexMap reducedMap = s.in[1];
    max.extents = getShape(operands[1].getType());
    max.in.emplace_back();
    for (size_t d = 0; d < max.extents.size(); ++d) {
      std::optional<unsigned> dim = s.in[1][d].asDim();
      bool reduced = dim && s.reduced[*dim];
      max.in[0].push_back(sem::IndexExpr::dim(d));
      max.out.push_back(reduced ? sem::IndexExpr::zero()
                                : sem::IndexExpr::dim(d));
      max.reduced.push_back(reduced);
      if (reduced) {
        reducedMap[d] = sem::IndexExpr::zero();
        maxSizes[d] = index(1);
      }
    }
    Type maxType = wide(elementType(operands[1]));
    Value maxima =
        generic(max, ins[1],
                filled(maxSizes, maxType, sem::identity(sem::Combiner::Max)),
                [&](OpBuilder &builder, Location bodyLoc, ValueRange args) {
                  return call(builder, bodyLoc, sem::fn::max,
                              {args[1], args[0]}, maxType);
                });
    sum.in.push_back(reducedMap);
    Type sumType = wide(type);
    Value result = generic(
        sum, {ins[0], ins[1], maxima}, filled(sizes, sumType, 0),
        [&](OpBuilder &builder, Location bodyLoc, ValueRange args) {
          Value term = call(builder, bodyLoc, sem::fn::rel_term,
                            {args[0], args[1], args[2]}, compute);
          return call(builder, bodyLoc, sem::fn::add, {args[3], term}, sumType);
        });
    return castTo(result, type, sizes);
  }

  Value emitPieces(Operation *op, const sem::Structure &s, ValueRange ins,
                   const Sizes &sizes, Type type) {
    Value result = empty(sizes, type);
    SmallVector<OpFoldResult> strides(sizes.size(), index(1));
    for (auto [p, start] : llvm::enumerate(s.pieces)) {
      Sizes offsets;
      for (int64_t offset : start)
        offsets.push_back(index(offset));
      result = tensor::InsertSliceOp::create(
          b, loc, ins[p], result, offsets, sizesOf(op->getOperand(p)), strides);
    }
    return result;
  }

  Value emitSlice(const sem::Structure &s, Value in, const Sizes &sizes) {
    SmallVector<OpFoldResult> offsets, strides;
    for (const sem::IndexExpr &start : s.in[0]) {
      offsets.push_back(index(start.offset));
      strides.push_back(
          index(start.terms.empty() ? 1 : start.terms.front().second));
    }
    return tensor::ExtractSliceOp::create(b, loc, in, offsets, sizes, strides);
  }

  /// Through one dimension: at kernel level both are views.
  Value emitReshape(Value in, RankedTensorType type) {
    auto inType = cast<RankedTensorType>(in.getType());
    auto all = [](int64_t rank) {
      SmallVector<ReassociationIndices> groups(rank ? 1 : 0);
      for (int64_t d = 0; d < rank; ++d)
        groups[0].push_back(d);
      return groups;
    };
    auto flat =
        RankedTensorType::get({type.getNumElements()}, type.getElementType());
    // A tensor without dimensions has no groups: it comes from and goes to
    // extent 1 in each dimension, in one step.
    if (inType.getRank() == 0)
      return tensor::ExpandShapeOp::create(b, loc, type, in, all(0));
    if (type.getRank() == 0)
      return tensor::CollapseShapeOp::create(b, loc, type, in, all(0));
    if (inType.getRank() != 1)
      in = tensor::CollapseShapeOp::create(b, loc, flat, in,
                                           all(inType.getRank()));
    if (type.getRank() != 1)
      in = tensor::ExpandShapeOp::create(b, loc, type, in, all(type.getRank()));
    return in;
  }

  //===--- Kernels --------------------------------------------------------===//

  /// A nest of loops over `loopAxes` that carries `inits`.
  SmallVector<Value> nest(ArrayRef<int64_t> extents, ValueRange loopAxes,
                          ValueRange inits,
                          function_ref<SmallVector<Value>(ValueRange)> body) {
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    SmallVector<Value> lower(extents.size(), zero), step(extents.size(), one);
    SmallVector<Value> upper;
    for (int64_t extent : extents)
      upper.push_back(arith::ConstantIndexOp::create(b, loc, extent));
    Location nestLoc = loc;
    OpBuilder::InsertionGuard guard(b);
    scf::LoopNest loops = scf::buildLoopNest(
        b, loc, lower, upper, step, inits,
        [&](OpBuilder &builder, Location, ValueRange ivs, ValueRange carried) {
          OpBuilder::InsertionGuard bodyGuard(b);
          b.setInsertionPoint(builder.getInsertionBlock(),
                              builder.getInsertionPoint());
          for (auto [axis, iv] : llvm::zip_equal(loopAxes, ivs))
            axes[axis] = iv;
          return scf::ValueVector(body(carried));
        });
    loc = nestLoc;
    return SmallVector<Value>(loops.results);
  }

  LogicalResult emitKernel(KernelOp kernel, SmallVector<Value> &results) {
    FailureOr<DenseMap<Value, Edges>> computed = computeEdges(kernel);
    if (failed(computed))
      return failure();
    edges = std::move(*computed);
    for (auto [arg, input] :
         llvm::zip_equal(kernel.getInputArgs(), kernel.getInputs()))
      values[arg] = input;
    SmallVector<Value> inits;
    for (Value output : kernel.getOutputs())
      inits.push_back(tensor::EmptyOp::create(
          b, loc, getShape(output.getType()), elementType(output)));
    bool good = true;
    results = nest(kernel.getGrid(), kernel.getAxes(), inits,
                   [&](ValueRange carried) {
                     SmallVector<Value> current;
                     for (auto [arg, tensor] :
                          llvm::zip_equal(kernel.getOutputArgs(), carried))
                       outs[arg] = tensor;
                     good = succeeded(emitBlock(*kernel.getBody()));
                     for (Value arg : kernel.getOutputArgs())
                       current.push_back(outs[arg]);
                     return current;
                   });
    edges.clear();
    values.clear();
    axes.clear();
    outs.clear();
    return success(good);
  }

  LogicalResult emitBlock(Block &block) {
    for (Operation &op : block.without_terminator()) {
      loc = op.getLoc();
      if (auto load = dyn_cast<LoadOp>(op)) {
        values[load.getResult()] = emitLoad(load);
      } else if (auto store = dyn_cast<StoreOp>(op)) {
        emitStore(store);
      } else if (auto mask = dyn_cast<MaskOp>(op)) {
        values[mask.getResult()] = emitMask(mask);
      } else if (auto loop = dyn_cast<LoopOp>(op)) {
        if (failed(emitLoop(loop)))
          return failure();
      } else {
        FailureOr<Value> result = emitValue(&op);
        if (failed(result))
          return failure();
        values[op.getResult(0)] = *result;
      }
    }
    return success();
  }

  Value emitLoad(LoadOp load) {
    Value source = values.lookup(load.getSource());
    sem::Shape whole = getShape(load.getSource().getType()),
               tile = getShape(load.getType());
    Box box = boxOf(load.getAxes(), load.getAxisCounts(), whole, tile);
    // A dimension taken whole keeps the edge of a tile that is read again.
    if (isa<TileType>(load.getSource().getType())) {
      Sizes sizes = sizesOf(load.getSource());
      for (auto [d, count] : llvm::enumerate(load.getAxisCounts()))
        if (count == 0)
          box.sizes[d] = sizes[d];
    }
    Value result = tensor::ExtractSliceOp::create(b, loc, source, box.offsets,
                                                  box.sizes, box.strides);
    if (!load.getFill() || !box.ragged)
      return result;
    Value full = filled(sizesOf(load.getResult()), elementType(result),
                        load.getFill()->convertToDouble());
    SmallVector<OpFoldResult> zeros(tile.size(), index(0));
    return tensor::InsertSliceOp::create(b, loc, result, full, zeros, box.sizes,
                                         box.strides);
  }

  Value emitMask(MaskOp mask) {
    Type type = elementType(mask.getResult());
    sem::Shape tile = getShape(mask.getResult().getType());
    Box box =
        boxOf(mask.getAxes(), mask.getAxisCounts(), mask.getSizes(), tile);
    if (!box.ragged)
      return values.lookup(mask.getOperand());
    // Where the tile's elements end.
    SmallVector<std::pair<unsigned, Value>> ends;
    for (auto [d, size] : llvm::enumerate(box.sizes))
      if (isa<Value>(size))
        ends.push_back({d, cast<Value>(size)});
    SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(tile.size()));
    SmallVector<utils::IteratorType> iterators(tile.size(),
                                               utils::IteratorType::parallel);
    double fill = mask.getFill().convertToDouble();
    return generic(values.lookup(mask.getOperand()),
                   empty(sizesOf(mask.getResult()), type), maps, iterators,
                   [&](OpBuilder &builder, Location bodyLoc, ValueRange args) {
                     Value beyond = constant(builder, bodyLoc, type, fill);
                     Value result = args[0];
                     for (auto [d, end] : ends) {
                       Value i = linalg::IndexOp::create(builder, bodyLoc, d);
                       Value inside = arith::CmpIOp::create(
                           builder, bodyLoc, arith::CmpIPredicate::slt, i, end);
                       result = arith::SelectOp::create(builder, bodyLoc,
                                                        inside, result, beyond);
                     }
                     return result;
                   });
  }

  void emitStore(StoreOp store) {
    Value value = values.lookup(store.getValue()), out = outs[store.getDest()];
    Box box = boxOf(store.getAxes(), store.getAxisCounts(),
                    getShape(store.getDest().getType()),
                    getShape(store.getValue().getType()));
    auto write = [&] {
      // A filled tile is cut to what the output has.
      if (box.ragged) {
        SmallVector<OpFoldResult> zeros(box.sizes.size(), index(0));
        if (cast<RankedTensorType>(value.getType()).hasStaticShape())
          value = tensor::ExtractSliceOp::create(b, loc, value, zeros,
                                                 box.sizes, box.strides);
      }
      // An insertion of everything would fold to the value, which is not what
      // a loop that carries `out` bufferizes in place.
      if (value.getType() == out.getType())
        return linalg::CopyOp::create(b, loc, value, out).getResult(0);
      return Value(tensor::InsertSliceOp::create(
          b, loc, value, out, box.offsets, box.sizes, box.strides));
    };
    if (store.getOnce().empty()) {
      outs[store.getDest()] = write();
      return;
    }
    Value zero = arith::ConstantIndexOp::create(b, loc, 0), isFirst;
    for (Value axis : store.getOnce()) {
      Value equal = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                          axes.lookup(axis), zero);
      isFirst = isFirst ? Value(arith::AndIOp::create(b, loc, isFirst, equal))
                        : equal;
    }
    auto choice = scf::IfOp::create(b, loc, out.getType(), isFirst,
                                    /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(choice.thenBlock());
    scf::YieldOp::create(b, loc, write());
    b.setInsertionPointToStart(choice.elseBlock());
    scf::YieldOp::create(b, loc, out);
    outs[store.getDest()] = choice.getResult(0);
  }

  //===--- Loops ----------------------------------------------------------===//

  LogicalResult emitLoop(LoopOp loop) {
    AccumulateOp accumulate = loop.getAccumulate();
    size_t count = loop.getNumResults();
    SmallVector<Value> inits, stored;
    for (auto [i, result] : llvm::enumerate(loop.getResults()))
      inits.push_back(filled(
          sizesOf(result), elementType(result),
          sem::identity(static_cast<sem::Combiner>(accumulate.getKinds()[i]))));
    loop.walk([&](StoreOp store) {
      stored.push_back(store.getDest());
      inits.push_back(outs[store.getDest()]);
    });
    bool good = true;
    SmallVector<Value> results =
        nest(loop.getExtents(), loop.getAxes(), inits, [&](ValueRange carried) {
          for (auto [i, out] : llvm::enumerate(stored))
            outs[out] = carried[count + i];
          good = succeeded(emitBlock(loop.getBodyRegion().front()));
          loc = accumulate.getLoc();
          SmallVector<Value> next(carried);
          if (good)
            emitAccumulate(loop, accumulate, next);
          for (auto [i, out] : llvm::enumerate(stored))
            next[count + i] = outs[out];
          return next;
        });
    for (auto [i, out] : llvm::enumerate(stored))
      outs[out] = results[count + i];
    for (auto [i, result] : llvm::enumerate(loop.getResults()))
      values[result] = results[i];
    return success(good);
  }

  /// Updates the accumulators in `next`. A sum relative to a maximum is
  /// rescaled to the new running maximum; that maximum itself moves last, since
  /// the rescaling reads the old one.
  void emitAccumulate(LoopOp loop, AccumulateOp accumulate,
                      SmallVector<Value> &next) {
    SmallVector<Value> old(next);
    // exp(m - m') of the old sum and of the new term, for each maximum.
    DenseMap<int32_t, std::pair<Value, Value>> factors;
    for (auto [i, value] : llvm::enumerate(accumulate.getValues())) {
      int32_t rel = accumulate.getRels()[i];
      if (rel < 0)
        continue;
      Value maximum = accumulate.getValues()[rel];
      sem::Shape shape = getShape(maximum.getType());
      if (!factors.count(rel)) {
        Type type = elementType(old[rel]);
        auto factor = [&](unsigned which) {
          return elementwise(
              {old[rel], values.lookup(maximum)}, {shape, shape},
              empty(sizesOf(maximum), type),
              [&](OpBuilder &builder, Location bodyLoc, ValueRange args) {
                Value max = call(builder, bodyLoc, sem::fn::max,
                                 {args[0], args[1]}, type);
                return call(builder, bodyLoc, sem::fn::exp_sub,
                            {args[which], max}, type);
              });
        };
        factors[rel] = {factor(0), factor(1)};
      }
      auto [oldFactor, newFactor] = factors[rel];
      next[i] = elementwise(
          {values.lookup(value), values.lookup(maximum), oldFactor, newFactor},
          {getShape(value.getType()), shape, shape, shape}, old[i],
          [&](OpBuilder &builder, Location bodyLoc, ValueRange args) {
            Type type = args[4].getType();
            Value kept =
                call(builder, bodyLoc, sem::fn::mul, {args[4], args[2]}, type);
            Value term =
                call(builder, bodyLoc, sem::fn::mul, {args[0], args[3]}, type);
            // A term whose maximum is -inf is 0, whatever the value is.
            Value low = constant(builder, bodyLoc, args[1].getType(),
                                 sem::identity(sem::Combiner::Max));
            Value isLow = arith::CmpFOp::create(
                builder, bodyLoc, arith::CmpFPredicate::OEQ, args[1], low);
            term = arith::SelectOp::create(builder, bodyLoc, isLow,
                                           constant(builder, bodyLoc, type, 0),
                                           term);
            return call(builder, bodyLoc, sem::fn::add, {kept, term}, type);
          });
    }
    for (auto [i, value] : llvm::enumerate(accumulate.getValues())) {
      auto kind = static_cast<sem::Combiner>(accumulate.getKinds()[i]);
      if (kind == sem::Combiner::Stack)
        next[i] = emitStack(loop, value, loop.getResult(i), old[i],
                            accumulate.getDims()[i]);
      else if (accumulate.getRels()[i] < 0)
        next[i] = elementwise(
            values.lookup(value), getShape(value.getType()), old[i],
            [&](OpBuilder &builder, Location bodyLoc, ValueRange args) {
              return call(builder, bodyLoc, sem::combineFn(kind),
                          {args[1], args[0]}, args[1].getType());
            });
    }
  }

  Value emitStack(LoopOp loop, Value value, Value result, Value into,
                  int64_t dim) {
    sem::Shape tile = getShape(value.getType());
    SmallVector<OpFoldResult> offsets(tile.size(), index(0)),
        strides(tile.size(), index(1));
    SmallVector<Value> loopAxes(loop.getAxes());
    OpFoldResult start = tileStart(loopAxes, tile[dim], 0, /*ragged=*/false);
    // An empty tile may lie beyond the end of what is stacked.
    OpFoldResult end = sizesOf(result)[dim];
    offsets[dim] = isa<Value>(end) ? minimum(start, end) : start;
    return tensor::InsertSliceOp::create(b, loc, values.lookup(value), into,
                                         offsets, sizesOf(value), strides);
  }

  OpBuilder b;
  Location loc = b.getUnknownLoc();
  DenseMap<Value, Edges> edges;
  DenseMap<Value, Value> values, outs, axes;
};

struct ConvertMirageToLinalg
    : mlir::mirage::impl::ConvertMirageToLinalgPassBase<ConvertMirageToLinalg> {
  void runOnOperation() override {
    if (failed(convertMirageToLinalg(getOperation())))
      signalPassFailure();
  }
};

struct CopyToLinalg : mlir::mirage::impl::CopyToLinalgPassBase<CopyToLinalg> {
  void runOnOperation() override {
    getOperation()->walk([](memref::CopyOp copy) {
      OpBuilder b(copy);
      linalg::CopyOp::create(b, copy.getLoc(), copy.getSource(),
                             copy.getTarget());
      copy.erase();
    });
  }
};

} // namespace

LogicalResult mlir::mirage::convertMirageToLinalg(Operation *root) {
  SmallVector<Operation *> ops;
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isa<AlgebraOpInterface>(op) &&
        !isa_and_nonnull<MirageDialect>(op->getDialect()))
      return WalkResult::advance();
    ops.push_back(op);
    return WalkResult::skip();
  });
  Emitter emitter(root->getContext());
  for (Operation *op : ops)
    if (failed(emitter.convert(op)))
      return failure();
  return success();
}
