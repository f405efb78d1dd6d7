//===- Compare.h - The error of an output -----------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_RUNTIME_COMPARE_H
#define MIRAGE_RUNTIME_COMPARE_H

#include "mirage/Runtime/Tensor.h"

namespace mirage::runtime {

/// 2e-3 for f16, 1.6e-2 for bf16, 2e-5 for f32, 1e-12 for f64; integers must
/// be equal.
double defaultTolerance(DType type);

struct Comparison {
  /// max |a - r| / (|r| + rms(r)), where rms is over the finite elements of r.
  /// An element that is not finite in one of the two must be the same in both
  /// (the same infinity, or NaN): else its error is infinite. So it is if
  /// rms(r) is 0 and a is not r.
  double maxError = 0;
  /// ||a - r|| / ||r||, with the same rules.
  double normError = 0;
  /// The first element with the largest error; -1 if there are no elements.
  int64_t worstIndex = -1;
  /// Elements that are not finite where the reference is.
  uint64_t nonfinite = 0;
  double tolerance = 0;
  /// maxError <= tolerance.
  bool ok = false;
};

/// Fails if the sizes differ.
Expected<Comparison> compare(const HostTensor &actual,
                             const std::vector<double> &reference,
                             double tolerance);

} // namespace mirage::runtime

#endif // MIRAGE_RUNTIME_COMPARE_H
