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
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include <memory>

namespace mlir {
class ExecutionEngine;
} // namespace mlir

namespace mlir::mirage {

/// A dense row-major tensor in memory; i1 takes a byte an element.
struct HostBuffer {
  void *data = nullptr;
  ::mirage::sem::Shape shape;
  ::mirage::sem::ElementType type = ::mirage::sem::ElementType::F32;
};

/// A function compiled for the host.
class CPUProgram {
public:
  /// Compiles function `entry` of `module`, which is not changed and must
  /// outlive the program. Emits an error if there is no such function, it has
  /// a type that does not run on the CPU, or a pass fails.
  static FailureOr<CPUProgram> compile(ModuleOp module, StringRef entry);
  CPUProgram(CPUProgram &&);
  ~CPUProgram();

  /// Runs once on `inputs`, writing `outputs`. Emits an error where the buffers
  /// do not fit the function's type.
  LogicalResult run(ArrayRef<HostBuffer> inputs, ArrayRef<HostBuffer> outputs);

private:
  CPUProgram(func::FuncOp function, std::unique_ptr<ExecutionEngine> engine);

  func::FuncOp function;
  std::unique_ptr<ExecutionEngine> engine;
};

/// Compiles function `entry` and runs it once.
LogicalResult runOnCPU(ModuleOp module, StringRef entry,
                       ArrayRef<HostBuffer> inputs,
                       ArrayRef<HostBuffer> outputs);

} // namespace mlir::mirage

#endif // MIRAGE_COMPILER_CPURUNNER_H
