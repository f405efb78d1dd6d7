//===- InitAll.cpp - Registration of everything ---------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/InitAll.h"
#include "mirage/Compiler/Passes.h"
#include "mirage/Conversion/Passes.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Dialect/Mirage/Transforms/Passes.h"
#include "mirage/Pipelines/Pipelines.h"

using namespace mlir;

void mlir::mirage::registerAllDialects(DialectRegistry &registry) {
  registerUpstreamDialects(registry);
  registry.insert<MirageDialect>();
}

void mlir::mirage::registerAllPasses() {
  registerMirageCompilerPasses();
  registerMirageConversionPasses();
  registerMirageTransformsPasses();
  registerMiragePipelines();
  registerCPUPipeline();
}
