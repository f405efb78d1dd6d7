//===- MirageAlgebraOps.cpp - The algebra --------------------------------------- ===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Dialect/Mirage/IR/ScalarBody.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

#include "mirage/Dialect/Mirage/IR/MirageInterfaces.cpp.inc"

//===----------------------------------------------------------------------===//
// The one verifier
//===----------------------------------------------------------------------===//

/// Whether a value of the dialect may have `type`.
static LogicalResult verifyValueType(Operation *op, ShapedType type) {
  StringRef why = whyNoValue(type);
  return why.empty() ? success()
                     : op->emitOpError("has a value of type ")
                           << type << ": " << why;
}

/// Tiles are computed in kernels, tensors outside.
static LogicalResult verifyLevel(Operation *op) {
  bool tile = isa<TileType>(op->getResult(0).getType());
  if (tile == static_cast<bool>(op->getParentOfType<KernelOp>()))
    return success();
  return op->emitOpError(tile ? "computes a tile outside a mirage.kernel"
                              : "computes a tensor inside a mirage.kernel");
}

/// The body of a map, which the map's meaning is read from.
static LogicalResult verifyMapBody(MapOp map) {
  Block &block = map.getBody().front();
  if (block.getNumArguments() != map.getInputs().size())
    return map.emitOpError("body has ")
           << block.getNumArguments() << " arguments, expected "
           << map.getInputs().size();
  for (auto [argument, input] :
       llvm::zip(block.getArguments(), map.getInputs())) {
    Type element = cast<ShapedType>(input.getType()).getElementType();
    if (argument.getType() != element)
      return map.emitOpError("body argument ")
             << argument.getArgNumber() << " has type " << argument.getType()
             << ", expected " << element;
  }
  Type element = cast<ShapedType>(map.getResult().getType()).getElementType();
  auto yield = cast<YieldOp>(block.getTerminator());
  if (yield.getValue().getType() != element)
    return yield.emitOpError("has a value of type ")
           << yield.getValue().getType() << ", expected " << element;
  Operation *why = nullptr;
  if (!readScalarBody(block, &why))
    return why->emitOpError("has no meaning in a mirage.map");
  return success();
}

LogicalResult mlir::mirage::detail::verifyAlgebraOp(Operation *op) {
  auto algebra = cast<AlgebraOpInterface>(op);
  if (op->getNumResults() != 1)
    return op->emitOpError("must have one result");
  if (auto map = dyn_cast<MapOp>(op))
    if (failed(verifyMapBody(map)))
      return failure();
  bool tiles = isa<TileType>(op->getResult(0).getType());
  SmallVector<sem::Shape> shapes;
  SmallVector<sem::ElementType> types;
  SmallVector<Type> all(op->getOperandTypes());
  all.push_back(op->getResult(0).getType());
  for (Type type : all) {
    if (!isa<RankedTensorType, TileType>(type) ||
        !cast<ShapedType>(type).hasStaticShape())
      return op->emitOpError("has a value of type ")
             << type << ", expected a tensor of static shape or a tile";
  }
  for (Type type : all) {
    auto shaped = cast<ShapedType>(type);
    if (isa<TileType>(type) != tiles)
      return op->emitOpError("mixes levels: ")
             << type << " and " << all.back();
    if (failed(verifyValueType(op, shaped)))
      return failure();
    shapes.push_back(getShape(type));
    types.push_back(*getElementType(shaped.getElementType()));
  }
  if (failed(verifyLevel(op)))
    return failure();
  sem::Shape resultShape = shapes.pop_back_val();
  sem::ElementType resultType = types.pop_back_val();
  std::string why;
  std::optional<sem::Structure> s =
      algebra.getSemantics().structure(shapes, algebra.getParams(), why);
  if (!s)
    return op->emitOpError() << why;
  if (s->outShape() != resultShape)
    return op->emitOpError("result has shape ")
           << sem::toString(resultShape) << ", expected "
           << sem::toString(s->outShape());
  if (!algebra.getSemantics().resultType(types, algebra.getParams(), resultType,
                                         why))
    return op->emitOpError() << why;
  return success();
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

sem::Params CmpOp::getParams() {
  return sem::Params().set("predicate", static_cast<int64_t>(getPredicate()));
}

sem::Params ReduceOp::getParams() {
  return sem::Params()
      .set("kind", static_cast<int64_t>(getKind()))
      .set("dim", getDim());
}

sem::Params TransposeOp::getParams() {
  return sem::Params().setArray("permutation", getPermutation());
}

sem::Params BroadcastOp::getParams() {
  return sem::Params().setArray("shape", getShape(getResult().getType()));
}

sem::Params ReshapeOp::getParams() {
  return sem::Params().setArray("shape", getShape(getResult().getType()));
}

sem::Params SliceOp::getParams() {
  return sem::Params()
      .setArray("offsets", getOffsets())
      .setArray("sizes", getShape(getResult().getType()))
      .setArray("strides", getStrides());
}

sem::Params ConcatOp::getParams() { return sem::Params().set("dim", getDim()); }

sem::Params MapOp::getParams() {
  sem::Params params;
  params.expr = readScalarBody(getBody().front(), /*why=*/nullptr);
  return params;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::verify() {
  if (failed(verifyValueType(*this, cast<ShapedType>(getResult().getType()))))
    return failure();
  return verifyLevel(*this);
}

LogicalResult SplatOp::verify() {
  auto type = cast<RankedTensorType>(getResult().getType());
  if (type.getElementType() != getScalar().getType())
    return emitOpError("scalar has type ")
           << getScalar().getType() << ", expected " << type.getElementType();
  if (failed(verifyValueType(*this, type)))
    return failure();
  if (type.getNumElements() != 1)
    return emitOpError("result has shape ")
           << sem::toString(type.getShape()) << ", expected one element";
  return success();
}

//===----------------------------------------------------------------------===//
// Folders
//===----------------------------------------------------------------------===//

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

/// An op that returns its operand unchanged.
static OpFoldResult foldIdentity(Value operand, Value result, bool identity) {
  if (identity && operand.getType() == result.getType())
    return operand;
  return {};
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  return foldIdentity(getOperand(), getResult(), true);
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  bool identity = llvm::all_of(llvm::enumerate(getPermutation()), [](auto it) {
    return static_cast<int64_t>(it.index()) == it.value();
  });
  return foldIdentity(getOperand(), getResult(), identity);
}

OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  return foldIdentity(getOperand(), getResult(), true);
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (auto producer = getOperand().getDefiningOp<ReshapeOp>())
    if (isa<RankedTensorType>(getResult().getType())) {
      getOperandMutable().assign(producer.getOperand());
      return getResult();
    }
  return foldIdentity(getOperand(), getResult(), true);
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  return foldIdentity(getOperand(), getResult(), true);
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  if (getPieces().size() == 1)
    return foldIdentity(getPieces().front(), getResult(), true);
  return {};
}
