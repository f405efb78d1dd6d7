//===- Passes.h - Passes at block level --------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constructors and registration of the passes at block level.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_DIALECT_MIRAGE_TRANSFORMS_PASSES_H
#define MIRAGE_DIALECT_MIRAGE_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::mirage {

#define GEN_PASS_DECL
#include "mirage/Dialect/Mirage/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mirage/Dialect/Mirage/Transforms/Passes.h.inc"

} // namespace mlir::mirage

#endif // MIRAGE_DIALECT_MIRAGE_TRANSFORMS_PASSES_H
