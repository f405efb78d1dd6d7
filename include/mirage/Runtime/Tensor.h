//===- Tensor.h - Tensors in host memory ------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_RUNTIME_TENSOR_H
#define MIRAGE_RUNTIME_TENSOR_H

#include "mirage/Runtime/Error.h"
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mirage::runtime {

enum class DType : uint8_t { F16, BF16, F32, F64, I32, I1 };

/// "f16", "bf16", "f32", "f64", "i32", "i1".
const char *toString(DType type);
std::optional<DType> parseDType(std::string_view name);
/// An i1 takes one byte.
size_t byteWidth(DType type);
inline bool isFloat(DType type) { return type <= DType::F64; }

using Shape = std::vector<int64_t>;

/// "2x4096", "scalar".
std::string toString(const Shape &shape);
/// The bytes of a tensor; nothing if a dimension is negative or the size does
/// not fit in 63 bits.
std::optional<uint64_t> checkedBytes(DType type, const Shape &shape);

/// The physical memory of this machine. More is never asked for: the system
/// would not refuse it, but end the process later.
uint64_t hostMemoryBytes();

/// A dense row-major tensor.
struct HostTensor {
  DType dtype = DType::F32;
  Shape shape;
  std::vector<uint8_t> bytes;

  /// A tensor of zeros. `shape` must have passed `checkedBytes`.
  static HostTensor zeros(DType dtype, Shape shape);
  /// `values` rounded to `dtype`. There must be one for each element.
  static HostTensor fromDoubles(DType dtype, Shape shape,
                                const std::vector<double> &values);

  size_t size() const { return bytes.size() / byteWidth(dtype); }
  /// Elements of type i1 give their byte: one that a kernel never wrote is
  /// neither 0 nor 1.
  double get(size_t index) const;
  /// Stores `value` rounded to nearest even; overflow gives an infinity. As
  /// i32 it saturates (NaN gives 0), as i1 it is whether it is not 0.
  void set(size_t index, double value);
  std::vector<double> toDoubles() const;
  /// Every element rounded to `dtype`.
  HostTensor convertedTo(DType dtype) const;

  bool operator==(const HostTensor &other) const {
    return dtype == other.dtype && shape == other.shape && bytes == other.bytes;
  }
};

} // namespace mirage::runtime

#endif // MIRAGE_RUNTIME_TENSOR_H
