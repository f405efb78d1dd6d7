//===- SharedMemory.cpp - Where tiles live in shared memory ---------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Analysis/SharedMemory.h"
#include "mirage/Analysis/TilePlan.h"
#include "mirage/Compiler/ProgramIO.h"

using namespace mlir;
using namespace mlir::mirage;

Value mlir::mirage::getBufferRoot(Value value) {
  while (isa_and_present<ReshapeOp, MaskOp>(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

FailureOr<SharedMemoryPlan> mlir::mirage::planSharedMemory(KernelOp kernel) {
  FailureOr<FilledKernel> filled = extractFilledKernel(kernel);
  if (failed(filled))
    return failure();
  ::mirage::TilePlan tiles =
      ::mirage::TilePlanner(filled->program, filled->kernel).plan();
  SharedMemoryPlan plan;
  plan.bytes = tiles.bytes;
  for (auto [value, id] : filled->ids) {
    auto it = tiles.offsets.find(id);
    if (it != tiles.offsets.end() && getBufferRoot(value) == value)
      plan.offsets[value] = it->second;
  }
  return plan;
}
