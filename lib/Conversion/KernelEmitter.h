//===- KernelEmitter.h - A kernel as a gpu.func -*- C++ -*- --------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_CONVERSION_KERNELEMITTER_H
#define MIRAGE_CONVERSION_KERNELEMITTER_H

#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::mirage {

/// The module's global for dynamic shared memory.
constexpr StringLiteral sharedMemoryName = "dsmem";
inline Attribute sharedMemorySpace(MLIRContext *context) {
  return gpu::AddressSpaceAttr::get(context, gpu::AddressSpace::Workgroup);
}

/// Fills the empty `function`, whose parameters are the kernel's inputs, then its
/// outputs: memrefs, or scalars for inputs that are splats.
LogicalResult emitKernel(KernelOp kernel, gpu::GPUFuncOp function);

} // namespace mlir::mirage

#endif // MIRAGE_CONVERSION_KERNELEMITTER_H
