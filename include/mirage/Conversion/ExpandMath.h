//===- ExpandMath.h - Scalar math without a math library --------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The patterns behind `mirage-expand-math`, for pipelines of one's own.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_CONVERSION_EXPANDMATH_H
#define MIRAGE_CONVERSION_EXPANDMATH_H

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace mlir::mirage {

/// Adds patterns that rewrite scalar `math` ops into `arith` ops and LLVM
/// intrinsics which NVPTX selects without libdevice. No pattern makes an op
/// that another one matches, so a single sweep is enough.
void populateExpandMathPatterns(RewritePatternSet &patterns);

} // namespace mlir::mirage

#endif // MIRAGE_CONVERSION_EXPANDMATH_H
