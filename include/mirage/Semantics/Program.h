//===- Program.h - A tensor program without MLIR IR -------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The evaluator, the verifier and the search work on this form of a function:
// kernel-level ops over tensors, and kernels whose body is a block program.
// It is extracted from IR and materialized as IR by Compiler/Program*.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_SEMANTICS_PROGRAM_H
#define MIRAGE_SEMANTICS_PROGRAM_H

#include "mirage/Semantics/Semantics.h"
#include <vector>

namespace mirage::sem {

/// Index into Program::values.
using ValueId = unsigned;
/// Index into Program::axes: an axis of a kernel's grid or of a loop.
using AxisId = unsigned;

struct ValueType {
  Shape shape;
  ElementType element = ElementType::F32;
  bool operator==(const ValueType &o) const {
    return shape == o.shape && element == o.element;
  }
};

/// One entry a dimension: the axes that cut it, outermost first; none: whole.
/// The tile at axis indices (s, k) starts at (s * |k| + k) * tile extent.
using Split = llvm::SmallVector<llvm::SmallVector<AxisId, 2>, 4>;

/// One result of a loop. Values are combined over all iterations, whatever the
/// order; `rel` (an index into the loop's accumulators, or -1) names a `max`
/// accumulator m of the same loop, and makes this sum_k x_k exp(m_k - max m).
struct Accumulator {
  Combiner kind = Combiner::Sum;
  ValueId value = 0;
  int rel = -1;
  int64_t stackDim = -1;
};

struct Op {
  enum Kind : uint8_t {
    Algebra,  // sem, params, operands -> one result
    Constant, // splat of `constant`
    Dense,    // `data`, row-major
    Kernel,   // axes, body; results are written by the body's stores
    Load,     // operand 0, split -> one result
    Store,    // operand 0 into results[0] (a kernel's result), split, once
    Loop,     // axes, body, accumulators -> results
  } kind = Algebra;
  const OpSemantics *sem = nullptr;
  Params params;
  llvm::SmallVector<ValueId, 3> operands;
  llvm::SmallVector<ValueId, 1> results;
  double constant = 0;
  std::shared_ptr<const std::vector<double>> data;
  Split split;
  llvm::SmallVector<AxisId, 2> once;
  llvm::SmallVector<AxisId, 3> axes;
  llvm::SmallVector<Accumulator, 3> accumulators;
  std::vector<Op> body;
  /// Attributes that the op has in IR and that mean nothing here; who changes
  /// an op drops them. Opaque, and no longer valid than the IR's context.
  const void *attributes = nullptr;
};

/// A function. Values are single-assignment; ops of a kernel's body refer to
/// the outer tensors that they load directly.
struct Program {
  struct Axis {
    int64_t extent;
    std::string name; // a hint for printing
  };
  std::string name;
  std::vector<ValueType> values;
  std::vector<Axis> axes;
  llvm::SmallVector<ValueId, 4> inputs, outputs;
  std::vector<Op> ops;

  ValueId addValue(ValueType type) {
    values.push_back(std::move(type));
    return values.size() - 1;
  }
  AxisId addAxis(int64_t extent, std::string name) {
    axes.push_back({extent, std::move(name)});
    return axes.size() - 1;
  }
  const Shape &shape(ValueId v) const { return values[v].shape; }
  /// What an algebra op computes on the shapes of its operands; nothing, with a
  /// reason, if they do not fit.
  std::optional<Structure> structure(const Op &op, std::string &why) const {
    llvm::SmallVector<Shape, 3> shapes;
    for (ValueId v : op.operands)
      shapes.push_back(shape(v));
    return op.sem->structure(shapes, op.params, why);
  }
};

} // namespace mirage::sem

#endif // MIRAGE_SEMANTICS_PROGRAM_H
