//===- ReduceProgram.h - Makes a failing program small ----------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_TOOLS_REDUCEPROGRAM_H
#define MIRAGE_TOOLS_REDUCEPROGRAM_H

namespace mlir::mirage {

/// Registers `mirage-reduce-program`, the pass of mirage-reduce: removes
/// functions, arguments, results, kernels, loops and ops as long as a test
/// finds the module interesting, which it says with exit code 1 (0: it does
/// not; another is an error for the whole module, and not interesting for a
/// part).
void registerReduceProgramPass();

} // namespace mlir::mirage

#endif // MIRAGE_TOOLS_REDUCEPROGRAM_H
