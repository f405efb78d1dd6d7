//===- Pipelines.cpp - Passes in their order ------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Pipelines/Pipelines.h"
#include "RegisterPipeline.h"
#include "mirage/Compiler/Passes.h"
#include "mirage/Conversion/Passes.h"
#include "mirage/Dialect/Mirage/Transforms/Passes.h"
#include "mirage/Target/TargetInfo.h"
#include "mlir/Conversion/GPUCommon/GPUCommonPass.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void mlir::mirage::buildToPTXPipeline(OpPassManager &pm,
                                      const ToPTXOptions &options) {
  pm.addPass(createFormKernelsPass({options.chip}));
  pm.addPass(createMaterializeMasksPass());
  pm.addPass(createAssignThreadsPass());
  // Refuses a chip that is not known.
  pm.addPass(createPlanMemoryPass({options.chip}));
  pm.addPass(createPlanBuffersPass());
  pm.addPass(createConvertMirageToGPUPass());

  OpPassManager &gpu = pm.nest<gpu::GPUModuleOp>();
  gpu.addPass(createCanonicalizerPass());
  gpu.addPass(createCSEPass());
  gpu.addPass(createExpandMathPass());
  gpu.addPass(createSCFToControlFlowPass());
  ConvertGpuOpsToNVVMOpsOptions toNVVM;
  // Tensors of 2^31 elements or more are refused before.
  toNVVM.indexBitwidth = 32;
  toNVVM.useBarePtrCallConv = true;
  gpu.addPass(createConvertGpuOpsToNVVMOps(toNVVM));
  gpu.addPass(createCanonicalizerPass());
  gpu.addPass(createCSEPass());
  gpu.addPass(createReconcileUnrealizedCastsPass());

  const ::mirage::TargetInfo *target = ::mirage::lookupTarget(options.chip);
  GpuNVVMAttachTargetOptions attach;
  attach.chip = options.chip;
  attach.features = target ? target->ptxFeature.str() : "";
  attach.optLevel = options.optLevel;
  pm.addPass(createGpuNVVMAttachTarget(attach));
  GpuModuleToBinaryPassOptions binary;
  binary.compilationTarget = "isa";
  pm.addPass(createGpuModuleToBinaryPass(binary));
  pm.addPass(createCheckPTXPass());
}

void mlir::mirage::buildCUDAHostPipeline(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createPlaceConstantsPass());
  GpuToLLVMConversionPassOptions options;
  options.hostBarePtrCallConv = true;
  options.kernelBarePtrCallConv = true;
  pm.addPass(createGpuToLLVMConversionPass(options));
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
}

void mlir::mirage::registerMiragePipelines() {
  registerModulePipeline<ToPTXOptions>(
      "mirage-to-ptx", "Lower block programs to PTX", buildToPTXPipeline);
  registerModulePipeline<EmptyPipelineOptions>(
      "mirage-to-llvm-cuda",
      "From PTX and launches to the LLVM dialect for the host",
      [](OpPassManager &pm, const EmptyPipelineOptions &) {
        buildCUDAHostPipeline(pm);
      });
}
