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

static StringRef nameOf(::mirage::Place place) {
  return place == ::mirage::Place::Inline ? "inline" : "registers";
}

LogicalResult mlir::mirage::assignThreads(KernelOp kernel) {
  FailureOr<FilledKernel> filled = extractFilledKernel(kernel);
  if (failed(filled))
    return failure();
  auto threads = kernel->getAttrOfType<IntegerAttr>("mirage.threads");
  ::mirage::KernelStructures structures(filled->program, filled->kernel);
  ::mirage::Distribution distribution =
      ::mirage::distribute(filled->program, filled->kernel, structures,
                           threads ? threads.getInt() : 0);
  Builder b(kernel.getContext());
  kernel->setAttr("mirage.threads", b.getI64IntegerAttr(distribution.threads));
  kernel->setAttr("mirage.distribution", b.getStringAttr("plain"));
  kernel->walk([&](Operation *op) {
    if (op->getNumResults() != 1 || isa<KernelOp, MaskOp, ReshapeOp>(op))
      return;
    ::mirage::sem::ValueId id = filled->ids.lookup(op->getResult(0));
    ::mirage::Place place = distribution.placeOf(id);
    if (place != ::mirage::Place::Shared)
      op->setAttr(placeAttrName, b.getStringAttr(nameOf(place)));
    auto box = distribution.boxes.find(id);
    if (place == ::mirage::Place::Inline || box == distribution.boxes.end())
      return;
    op->setAttr(boxAttrName, b.getDenseI64ArrayAttr(box->second.extents));
    if (box->second.group > 1)
      op->setAttr(groupAttrName, b.getI64IntegerAttr(box->second.group));
    if (box->second.warps > 1)
      op->setAttr(warpsAttrName, b.getI64IntegerAttr(box->second.warps));
  });
  return success();
}

/// What `assignThreads`, or someone by hand, wrote.
static ::mirage::Distribution readDistribution(const FilledKernel &filled) {
  ::mirage::Distribution result;
  for (auto [value, id] : filled.ids) {
    Operation *op = value.getDefiningOp();
    auto place = op ? op->getAttrOfType<StringAttr>(placeAttrName) : nullptr;
    for (::mirage::Place known :
         {::mirage::Place::Inline, ::mirage::Place::Registers})
      if (place && place == nameOf(known))
        result.places[id] = known;
  }
  return result;
}

FailureOr<SharedMemoryPlan> mlir::mirage::planSharedMemory(KernelOp kernel) {
  FailureOr<FilledKernel> filled = extractFilledKernel(kernel);
  if (failed(filled))
    return failure();
  ::mirage::KernelStructures structures(filled->program, filled->kernel);
  ::mirage::TilePlan tiles =
      ::mirage::planTiles(filled->program, filled->kernel, structures,
                          readDistribution(*filled));
  SharedMemoryPlan plan;
  plan.bytes = tiles.bytes;
  for (auto [value, id] : filled->ids) {
    auto it = tiles.offsets.find(id);
    if (it != tiles.offsets.end() && getBufferRoot(value) == value)
      plan.offsets[value] = it->second;
  }
  return plan;
}
