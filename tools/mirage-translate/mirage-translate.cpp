//===- mirage-translate.cpp - PTX and bundles from lowered modules --------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Target/Export.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"

int main(int argc, char **argv) {
  mlir::mirage::registerTranslations();
  return mlir::failed(
      mlir::mlirTranslateMain(argc, argv, "Mirage translation driver\n"));
}
