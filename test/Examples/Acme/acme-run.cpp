//===- acme-run.cpp - mirage-run with the acme dialect --------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Acme.h"
#include "mirage/Tools/RunMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::mirage::registerAllDialects(registry);
  acme::registerAcme(registry);
  return mlir::mirage::runMain(argc, argv, registry);
}
