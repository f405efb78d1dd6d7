//===- MirageToLinalg.h - From mirage to linalg on tensors ------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_CONVERSION_MIRAGETOLINALG_H
#define MIRAGE_CONVERSION_MIRAGETOLINALG_H

#include "mlir/Support/LLVM.h"

namespace mlir {
class Operation;
} // namespace mlir

namespace mlir::mirage {

/// Rewrites every op of the dialect under `root`, at kernel and at block level,
/// into linalg, tensor, scf, arith, math and affine. Emits an error at the op
/// that it cannot rewrite.
LogicalResult convertMirageToLinalg(Operation *root);

} // namespace mlir::mirage

#endif // MIRAGE_CONVERSION_MIRAGETOLINALG_H
