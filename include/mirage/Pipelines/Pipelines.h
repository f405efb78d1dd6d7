//===- Pipelines.h - Pass pipelines -----------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_PIPELINES_PIPELINES_H
#define MIRAGE_PIPELINES_PIPELINES_H

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace mlir::mirage {

/// From mirage or linalg on tensors to the LLVM dialect for the host
/// (`mirage-to-llvm-cpu`). A function takes one bare pointer an argument and
/// then one an output, to dense row-major data; it returns nothing.
void buildCPUPipeline(OpPassManager &pm);

void registerCPUPipeline();

} // namespace mlir::mirage

#endif // MIRAGE_PIPELINES_PIPELINES_H
