//===- Passes.h - Conversion passes -----------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constructors and registration of the conversion passes.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_CONVERSION_PASSES_H
#define MIRAGE_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::mirage {

#define GEN_PASS_DECL
#include "mirage/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mirage/Conversion/Passes.h.inc"

} // namespace mlir::mirage

#endif // MIRAGE_CONVERSION_PASSES_H
