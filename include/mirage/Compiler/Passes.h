//===- Passes.h - Passes over whole programs --------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_COMPILER_PASSES_H
#define MIRAGE_COMPILER_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::mirage {

#define GEN_PASS_DECL
#include "mirage/Compiler/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mirage/Compiler/Passes.h.inc"

} // namespace mlir::mirage

#endif // MIRAGE_COMPILER_PASSES_H
