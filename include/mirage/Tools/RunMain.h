//===- RunMain.h - The program mirage-run -----------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_TOOLS_RUNMAIN_H
#define MIRAGE_TOOLS_RUNMAIN_H

#include "mirage/InitAll.h"

namespace mlir::mirage {

/// All of mirage-run: runs the program that the command line names, and returns
/// the exit code. `registry` holds all dialects that programs may use:
/// registerAllDialects and one's own.
int runMain(int argc, const char *const *argv, const DialectRegistry &registry);

} // namespace mlir::mirage

#endif // MIRAGE_TOOLS_RUNMAIN_H
