//===- Compare.cpp - The error of an output -------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Compare.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace mirage::runtime;

double mirage::runtime::defaultTolerance(DType type) {
  switch (type) {
  case DType::F16:
    return 2e-3;
  case DType::BF16:
    return 1.6e-2;
  case DType::F32:
    return 2e-5;
  case DType::F64:
    return 1e-12;
  case DType::I32:
  case DType::I1:
    return 0;
  }
  return 0;
}

namespace {
/// A root of mean squares that neither overflows nor underflows.
class RootMeanSquare {
public:
  void add(double value) {
    value = std::abs(value);
    if (value > largest) {
      sum *= (largest / value) * (largest / value);
      largest = value;
    }
    if (largest > 0)
      sum += (value / largest) * (value / largest);
  }
  double get(size_t count) const {
    return count ? largest * std::sqrt(sum / static_cast<double>(count)) : 0;
  }

private:
  double largest = 0;
  double sum = 0;
};
} // namespace

Expected<Comparison>
mirage::runtime::compare(const HostTensor &actual,
                         const std::vector<double> &reference,
                         double tolerance) {
  if (actual.size() != reference.size())
    return Error{"the output has " + std::to_string(actual.size()) +
                 " elements, its reference has " +
                 std::to_string(reference.size())};
  constexpr double infinity = std::numeric_limits<double>::infinity();
  // Halves are summed and compared: the differences of large doubles overflow.
  RootMeanSquare halfNorm, halfDifference;
  size_t finite = 0;
  for (double r : reference)
    if (std::isfinite(r)) {
      halfNorm.add(r / 2);
      ++finite;
    }
  double halfRms = halfNorm.get(finite);

  Comparison result;
  result.tolerance = tolerance;
  bool incomparable = false;
  for (size_t i = 0, e = reference.size(); i != e; ++i) {
    double a = actual.get(i), r = reference[i];
    bool same = a == r || (std::isnan(a) && std::isnan(r));
    double error = same ? 0 : infinity;
    if (std::isfinite(a) && std::isfinite(r)) {
      double difference = std::abs(a / 2 - r / 2);
      double scale = std::abs(r / 2) + halfRms;
      halfDifference.add(difference);
      if (!same && scale > 0)
        error = difference / scale;
    } else {
      incomparable |= !same;
      result.nonfinite += std::isfinite(r);
    }
    if (result.worstIndex < 0 || error > result.maxError) {
      result.maxError = error;
      result.worstIndex = static_cast<int64_t>(i);
    }
  }
  double difference = halfDifference.get(finite);
  if (incomparable || (difference > 0 && halfRms == 0))
    result.normError = infinity;
  else if (difference > 0)
    result.normError = difference / halfRms;
  result.ok = result.maxError <= tolerance;
  return result;
}
