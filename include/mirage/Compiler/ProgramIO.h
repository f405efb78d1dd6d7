//===- ProgramIO.h - Functions as programs and back -------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between a function of mirage ops and the sem::Program that it computes. Of a
// function and what is materialized from its program, extraction gives the
// same program, up to the names of axes.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_COMPILER_PROGRAMIO_H
#define MIRAGE_COMPILER_PROGRAMIO_H

#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Semantics/Program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::mirage {

/// The program of a function of one block that takes tensors of static shape
/// and scalars (inputs of shape {}), returns tensors, and holds ops of the
/// algebra, kernels and constants. On failure the op without a meaning (or the
/// function, if its signature or body has none) is returned in `foreign`, with
/// the reason in `why`; it is reported if `foreign` is null.
FailureOr<::mirage::sem::Program> extractProgram(func::FuncOp function,
                                                 Operation **foreign = nullptr,
                                                 std::string *why = nullptr);

/// A kernel for the analyses that lay out its tiles: how tiles are filled beyond
/// edges does not count, and the result of a mask is the tile that it masks.
struct FilledKernel {
  ::mirage::sem::Program program;
  ::mirage::sem::Op kernel;
  DenseMap<Value, ::mirage::sem::ValueId> ids;
};
FailureOr<FilledKernel> extractFilledKernel(KernelOp kernel);

/// Replaces the body of `function`, whose type must be the program's, with IR
/// for the program. Ops that came from IR keep their discardable attributes, but
/// for those of terminators. Reports an error and leaves the body incomplete if the
/// program uses a value before it is defined or does not fit the type.
LogicalResult materializeProgram(const ::mirage::sem::Program &program,
                                 func::FuncOp function);

} // namespace mlir::mirage

#endif // MIRAGE_COMPILER_PROGRAMIO_H
