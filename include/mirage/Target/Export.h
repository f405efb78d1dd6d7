//===- Export.h - PTX and bundles from lowered modules ----------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_TARGET_EXPORT_H
#define MIRAGE_TARGET_EXPORT_H

#include "mlir/Support/LLVM.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace mlir {
class Operation;
} // namespace mlir

namespace mlir::mirage {

/// Writes the PTX of a module's one `gpu.binary`.
LogicalResult exportPTX(Operation *module, llvm::raw_ostream &os);

/// Writes a module as a bundle (mirage/Runtime/Bundle.h). The manifest is
/// derived from the host functions, which must be straight lines of launches
/// over their parameters, constants and views of one workspace; anything else
/// is an error at its location.
LogicalResult exportBundle(Operation *module, llvm::raw_ostream &os);

/// `--mirage-export-ptx` and `--mirage-export-bundle`.
void registerTranslations();

} // namespace mlir::mirage

#endif // MIRAGE_TARGET_EXPORT_H
