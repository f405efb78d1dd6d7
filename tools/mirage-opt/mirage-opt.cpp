//===- mirage-opt.cpp - The pass driver -----------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/InitAll.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

void registerTestGPULowering();
void registerTestProgramRoundTrip();

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::mirage::registerAllDialects(registry);
  mlir::registerAllPasses();
  mlir::mirage::registerAllPasses();
  registerTestGPULowering();
  registerTestProgramRoundTrip();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Mirage optimizer driver\n", registry));
}
