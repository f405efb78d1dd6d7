//===- Cone.h - What a few elements depend on -------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program evaluated by demand: only those elements of each value, and those
// blocks of each kernel, that some elements of one value depend on. So a large
// program can be run at its real extents.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_SEMANTICS_CONE_H
#define MIRAGE_SEMANTICS_CONE_H

#include "mirage/Semantics/Evaluate.h"
#include "mirage/Semantics/Field.h"
#include <cmath>

namespace mirage::sem {

/// Sorted indices along each dimension; the region is their product.
using Region = llvm::SmallVector<std::vector<int64_t>, 4>;

/// The region of a tensor, in row-major order. `shape` has the number of
/// indices of each dimension.
struct FieldPart {
  Region region;
  FieldTensor tensor;
};

/// Adds the indices of `other`, dimension by dimension.
void include(Region &region, const Region &other);
int64_t numElements(const Region &region);

class Cone {
public:
  /// Of the elements of `value` in `region`; `value` is a result of an op
  /// outside kernels, or an input. The program is well-formed and outlives
  /// this. What takes more than `maxWork` is not followed to its end: then
  /// work() exceeds that too, and nothing can be evaluated.
  Cone(const Program &program, ValueId value, Region region,
       double maxWork = HUGE_VAL);
  ~Cone();
  Cone(Cone &&);

  /// What is needed of a value outside kernels; null: nothing.
  const Region *region(ValueId value) const;
  /// Scalar functions that one evaluation computes, about.
  double work() const;
  /// The part of the value that was asked for. `inputs` hold, in the order of
  /// the program's inputs, at least what is needed of each.
  FieldPart evaluate(const FieldDomain &domain,
                     llvm::ArrayRef<FieldPart> inputs) const;

  struct Impl;

private:
  std::unique_ptr<Impl> impl;
};

} // namespace mirage::sem

#endif // MIRAGE_SEMANTICS_CONE_H
