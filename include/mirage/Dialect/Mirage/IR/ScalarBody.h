//===- ScalarBody.h - Scalar regions as expressions -------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between a region of arith and math ops and a sem::ScalarExpr. A scalar
// function is named by its op, so there is no table here.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_DIALECT_MIRAGE_IR_SCALARBODY_H
#define MIRAGE_DIALECT_MIRAGE_IR_SCALARBODY_H

#include "mirage/Semantics/Semantics.h"
#include "mlir/IR/Block.h"
#include "mlir/IR/Builders.h"

namespace mlir::mirage {

/// The scalar function that `op` computes ("arith.mulf", "arith.cmpf.olt"), or
/// null.
const ::mirage::sem::ScalarFn *getScalarFn(Operation *op);

/// Whether `op` changes the element type as `mirage.cast` does, in range.
bool isCast(Operation *op);

/// The body's single yielded value as an expression over the block's
/// arguments; every op rounds to its result type. On failure `why` is the op
/// without a meaning.
std::optional<::mirage::sem::ScalarExpr> readScalarBody(Block &block,
                                                        Operation **why);

/// Creates the op that computes `fn` on `args`. All floating-point args have
/// one type.
Value emitScalarFn(OpBuilder &builder, Location loc,
                   const ::mirage::sem::ScalarFn &fn, ValueRange args);

/// `value` rounded to `type`, an element type of the dialect.
TypedAttr getScalarAttr(Type type, double value);

/// Converts between element types as `mirage.cast` does.
Value emitCast(OpBuilder &builder, Location loc, Value value, Type to);

/// Emits `expr` over `args`. Functions are computed in `computeType` (or in
/// the type that a token rounds to, if that is wider), which args are cast to.
Value emitScalarExpr(OpBuilder &builder, Location loc,
                     const ::mirage::sem::ScalarExpr &expr, ValueRange args,
                     Type computeType);

} // namespace mlir::mirage

#endif // MIRAGE_DIALECT_MIRAGE_IR_SCALARBODY_H
