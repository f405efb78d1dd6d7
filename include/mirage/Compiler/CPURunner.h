//===- CPURunner.h - Compile and run a program on the host ------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_COMPILER_CPURUNNER_H
#define MIRAGE_COMPILER_CPURUNNER_H

#include "mirage/Semantics/Semantics.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::mirage {

/// A dense row-major tensor in memory; i1 takes a byte an element.
struct HostBuffer {
  void *data = nullptr;
  ::mirage::sem::Shape shape;
  ::mirage::sem::ElementType type = ::mirage::sem::ElementType::F32;
};

/// Compiles function `entry` of `module` for the host and runs it once on
/// `inputs`, writing `outputs`. `module` is not changed. Emits an error where
/// the buffers do not fit the function's type, or a pass fails.
LogicalResult runOnCPU(ModuleOp module, StringRef entry,
                       ArrayRef<HostBuffer> inputs,
                       ArrayRef<HostBuffer> outputs);

} // namespace mlir::mirage

#endif // MIRAGE_COMPILER_CPURUNNER_H
