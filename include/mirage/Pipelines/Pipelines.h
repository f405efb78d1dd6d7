//===- Pipelines.h - Passes in their order ----------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_PIPELINES_PIPELINES_H
#define MIRAGE_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassOptions.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace mlir::mirage {

struct ToPTXOptions : PassPipelineOptions<ToPTXOptions> {
  Option<std::string> chip{*this, "chip", llvm::cl::desc("The GPU"),
                           llvm::cl::init("sm_90a")};
  Option<int> optLevel{*this, "opt-level",
                       llvm::cl::desc("Optimization level of the back end"),
                       llvm::cl::init(3)};
};

/// From block programs to PTX in a `gpu.binary` and a host function.
void buildToPTXPipeline(OpPassManager &pm, const ToPTXOptions &options);

/// From what `mirage-to-ptx` makes to the LLVM dialect for the host
/// (`mirage-to-llvm-cuda`), with calls of the functions in
/// mirage/Runtime/CudaRuntime.h. A function takes one bare pointer to device
/// memory a parameter: inputs, outputs and, if there is one, the workspace.
void buildCUDAHostPipeline(OpPassManager &pm);

void registerMiragePipelines();

/// From mirage or linalg on tensors to the LLVM dialect for the host
/// (`mirage-to-llvm-cpu`). A function takes one bare pointer an argument and
/// then one an output, to dense row-major data; it returns nothing.
void buildCPUPipeline(OpPassManager &pm);

void registerCPUPipeline();

} // namespace mlir::mirage

#endif // MIRAGE_PIPELINES_PIPELINES_H
