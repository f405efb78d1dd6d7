//===- Mirage.h - The mirage dialect ----------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_DIALECT_MIRAGE_IR_MIRAGE_H
#define MIRAGE_DIALECT_MIRAGE_IR_MIRAGE_H

#include "mirage/Semantics/Semantics.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "mirage/Dialect/Mirage/IR/MirageDialect.h.inc"
#include "mirage/Dialect/Mirage/IR/MirageEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "mirage/Dialect/Mirage/IR/MirageTypes.h.inc"

namespace mlir::mirage {
class AccumulateOp;

/// Shape and element type of a tensor or tile, as data; nothing if the element
/// type is not one of ours or the shape is not static.
std::optional<::mirage::sem::ElementType> getElementType(Type elementType);
Type getMLIRType(MLIRContext *context, ::mirage::sem::ElementType type);
::mirage::sem::Shape getShape(Type type);

/// Why no value of the dialect has this type; empty if one may.
StringRef whyNoValue(ShapedType type);

namespace detail {
/// The one verifier of the algebra: levels, shapes, element types.
LogicalResult verifyAlgebraOp(Operation *op);
} // namespace detail
} // namespace mlir::mirage

#include "mirage/Dialect/Mirage/IR/MirageInterfaces.h.inc"

#define GET_OP_CLASSES
#include "mirage/Dialect/Mirage/IR/MirageOps.h.inc"

namespace mlir::mirage {

/// A split as one list of axes a dimension, outermost first.
SmallVector<SmallVector<Value, 2>, 4> getSplit(ValueRange axes,
                                               ArrayRef<int32_t> axisCounts);

/// How a tile's dimension meets its edge: at a point of `axes` (outermost
/// first) the tile starts at index * tile and has only the elements below
/// `size`. No axes: the dimension is always full.
struct Edge {
  int64_t size = 0, tile = 0;
  SmallVector<Value, 2> axes;
  bool isFull() const { return axes.empty(); }
  bool operator==(const Edge &o) const {
    return isFull() ? o.isFull()
                    : size == o.size && tile == o.tile && axes == o.axes;
  }
};
using Edges = SmallVector<Edge, 4>;

/// Edges of every tile in a kernel. Emits an error and returns failure where
/// operands' actual extents can differ, or an op has no meaning on ragged
/// tiles.
FailureOr<DenseMap<Value, Edges>> computeEdges(KernelOp kernel);

} // namespace mlir::mirage

#endif // MIRAGE_DIALECT_MIRAGE_IR_MIRAGE_H
