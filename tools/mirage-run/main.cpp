//===- main.cpp - Runs and checks programs --------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Tools/RunMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::mirage::registerAllDialects(registry);
  return mlir::mirage::runMain(argc, argv, registry);
}
