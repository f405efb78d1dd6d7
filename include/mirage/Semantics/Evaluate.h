//===- Evaluate.h - Run a program in a domain -------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A domain says what a scalar is. RealDomain computes in double, either
// exactly as written ("double") or with every value rounded to its element
// type ("rounded"); FieldDomain (Field.h) computes in finite fields.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_SEMANTICS_EVALUATE_H
#define MIRAGE_SEMANTICS_EVALUATE_H

#include "mirage/Semantics/Program.h"

namespace mirage::sem {

template <typename V> struct TensorOf {
  Shape shape;
  std::vector<V> data; // row-major
};
using Tensor = TensorOf<double>;
using FieldTensor = TensorOf<FieldValue>;

/// Evaluates in double (`rounded` false) or with every value rounded to its
/// element type after each op (`rounded` true; sums accumulate in double and
/// round once). Blocks of a kernel run in parallel when `parallel` is set;
/// results do not depend on it.
struct RealDomain {
  bool rounded = false;
  bool parallel = true;
};

/// Inputs in the order of `program.inputs`, with their shapes; results in the
/// order of `program.outputs`. An element that no store wrote is NaN.
std::vector<Tensor> evaluate(const RealDomain &, const Program &program,
                             llvm::ArrayRef<Tensor> inputs);
std::vector<FieldTensor> evaluate(const FieldDomain &, const Program &program,
                                  llvm::ArrayRef<FieldTensor> inputs);

/// One op instance on whole operands.
Tensor evaluate(const RealDomain &, const Structure &structure,
                llvm::ArrayRef<const Tensor *> operands, ElementType result);

} // namespace mirage::sem

#endif // MIRAGE_SEMANTICS_EVALUATE_H
