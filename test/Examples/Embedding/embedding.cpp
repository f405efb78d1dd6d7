//===- embedding.cpp - The superoptimizer as a library --------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/Superoptimizer.h"
#include "llvm/Support/raw_ostream.h"

using namespace mirage;

/// exp(x w), x of 8 x 64 and w of 64 x 32
static sem::Program makeProgram() {
  sem::Program program;
  program.name = "main";
  auto apply = [&](const sem::OpSemantics &op,
                   std::initializer_list<sem::ValueId> operands,
                   sem::Shape shape) {
    program.ops.emplace_back();
    program.ops.back().sem = &op;
    program.ops.back().operands = operands;
    sem::ValueId result = program.addValue({shape, sem::ElementType::F32});
    program.ops.back().results = {result};
    return result;
  };
  sem::ValueId x = program.addValue({{8, 64}, sem::ElementType::F32});
  sem::ValueId w = program.addValue({{64, 32}, sem::ElementType::F32});
  program.inputs = {x, w};
  program.outputs = {
      apply(sem::expSem(), {apply(sem::matmulSem(), {x, w}, {8, 32})}, {8, 32})};
  return program;
}

int main() {
  SuperoptimizeResult result = superoptimize(makeProgram(), {});
  if (!result.chosen) {
    llvm::errs() << "nothing found: " << result.nothingFound << "\n";
    return 1;
  }
  llvm::outs() << result.plans[*result.unfused].plan.kernels.size() << " -> "
               << result.plans[*result.chosen].plan.kernels.size()
               << " kernel(s)\n";
}
