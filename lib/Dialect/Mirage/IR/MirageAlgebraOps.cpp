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
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    if (tensor.getEncoding())
      return op->emitOpError("has type ") << type << ", expected no encoding";
  if (!getElementType(type.getElementType()))
    return op->emitOpError("has element type ")
           << type.getElementType()
           << ", expected f16, bf16, f32, f64, i1 or i32";
  for (int64_t extent : type.getShape())
    if (extent < 1)
      return op->emitOpError("has type ")
             << type << ", expected extents of at least 1";
  return success();
}

LogicalResult mlir::mirage::detail::verifyAlgebraOp(Operation *op) {
  auto algebra = cast<AlgebraOpInterface>(op);
  if (op->getNumResults() != 1)
    return op->emitOpError("must have one result");
  bool tiles = isa<TileType>(op->getResult(0).getType());
  SmallVector<sem::Shape> shapes;
  SmallVector<sem::ElementType> types;
  SmallVector<Type> all(op->getOperandTypes());
  all.push_back(op->getResult(0).getType());
  for (Type type : all) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (!shaped || !shaped.hasStaticShape())
      return op->emitOpError("has type ")
             << type << ", expected tensors of static shape or tiles";
    if (isa<TileType>(type) != tiles)
      return op->emitOpError("mixes levels: ")
             << all.front() << " and " << type;
    if (failed(verifyValueType(op, shaped)))
      return failure();
    shapes.push_back(getShape(type));
    types.push_back(*getElementType(shaped.getElementType()));
  }
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

LogicalResult MapOp::verifyRegions() {
  Block &block = getBody().front();
  if (block.getNumArguments() != getInputs().size())
    return emitOpError("body has ")
           << block.getNumArguments() << " arguments, expected "
           << getInputs().size();
  for (auto [argument, input] : llvm::zip(block.getArguments(), getInputs())) {
    Type element = cast<ShapedType>(input.getType()).getElementType();
    if (argument.getType() != element)
      return emitOpError("body argument ")
             << argument.getArgNumber() << " has type " << argument.getType()
             << ", expected " << element;
  }
  Type element = cast<ShapedType>(getResult().getType()).getElementType();
  auto yield = cast<YieldOp>(block.getTerminator());
  if (yield->getNumOperands() != 1 || yield.getValue().getType() != element)
    return yield.emitOpError("must yield one ") << element;
  Operation *why = nullptr;
  if (!readScalarBody(block, &why))
    return why->emitOpError("has no meaning in a mirage.map");
  return success();
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::verify() {
  return verifyValueType(*this, cast<ShapedType>(getResult().getType()));
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
