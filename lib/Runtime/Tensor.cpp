//===- Tensor.cpp - Tensors in host memory --------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Tensor.h"
#include <cmath>
#include <cstring>
#include <limits>
#include <unistd.h>

using namespace mirage::runtime;

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "tensors are little-endian, in files and on devices");

const char *mirage::runtime::toString(DType type) {
  switch (type) {
  case DType::F16:
    return "f16";
  case DType::BF16:
    return "bf16";
  case DType::F32:
    return "f32";
  case DType::F64:
    return "f64";
  case DType::I32:
    return "i32";
  case DType::I1:
    return "i1";
  }
  return "";
}

std::optional<DType> mirage::runtime::parseDType(std::string_view name) {
  for (DType type :
       {DType::F16, DType::BF16, DType::F32, DType::F64, DType::I32, DType::I1})
    if (name == toString(type))
      return type;
  return std::nullopt;
}

size_t mirage::runtime::byteWidth(DType type) {
  switch (type) {
  case DType::F16:
  case DType::BF16:
    return 2;
  case DType::F32:
  case DType::I32:
    return 4;
  case DType::F64:
    return 8;
  case DType::I1:
    return 1;
  }
  return 1;
}

std::string mirage::runtime::toString(const Shape &shape) {
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

std::optional<uint64_t> mirage::runtime::checkedBytes(DType type,
                                                      const Shape &shape) {
  // Zeros first: the other extents of an empty tensor may be of any size.
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent < 0)
      return std::nullopt;
    empty |= extent == 0;
  }
  if (empty)
    return 0;
  int64_t bytes = static_cast<int64_t>(byteWidth(type));
  for (int64_t extent : shape)
    if (__builtin_mul_overflow(bytes, extent, &bytes))
      return std::nullopt;
  return bytes;
}

uint64_t mirage::runtime::hostMemoryBytes() {
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

/// `value` rounded once, to nearest even, to an IEEE format of at most 16 bits.
static uint16_t encode(double value, int exponentBits, int mantissaBits) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  uint64_t sign = (bits >> 63) << (exponentBits + mantissaBits);
  uint64_t infinity = ((uint64_t(1) << exponentBits) - 1) << mantissaBits;
  int exponent = static_cast<int>(bits >> 52 & 0x7ff);
  uint64_t mantissa = bits & ((uint64_t(1) << 52) - 1);
  if (exponent == 0x7ff)
    return sign | infinity | (mantissa ? uint64_t(1) << (mantissaBits - 1) : 0);
  // Subnormal doubles are far below half of the least value of the format.
  if (exponent == 0)
    return sign;
  exponent += (1 << (exponentBits - 1)) - 1 - 1023;
  mantissa |= uint64_t(1) << 52;
  int dropped = 52 - mantissaBits + (exponent < 1 ? 1 - exponent : 0);
  if (dropped > 53)
    return sign;
  uint64_t kept = mantissa >> dropped;
  uint64_t rest = mantissa & ((uint64_t(1) << dropped) - 1);
  uint64_t half = uint64_t(1) << (dropped - 1);
  kept += rest > half || (rest == half && (kept & 1));
  // The implicit bit, or a carry out of the mantissa, adds to the exponent.
  if (exponent > 1)
    kept += static_cast<uint64_t>(exponent - 1) << mantissaBits;
  return sign | (kept < infinity ? kept : infinity);
}

static double decode(uint16_t bits, int exponentBits, int mantissaBits) {
  int maxExponent = (1 << exponentBits) - 1;
  int exponent = bits >> mantissaBits & maxExponent;
  int mantissa = bits & ((1 << mantissaBits) - 1);
  double sign = bits >> (exponentBits + mantissaBits) ? -1.0 : 1.0;
  if (exponent == maxExponent)
    return mantissa ? std::numeric_limits<double>::quiet_NaN()
                    : sign * std::numeric_limits<double>::infinity();
  if (exponent)
    mantissa |= 1 << mantissaBits;
  else
    exponent = 1;
  int bias = (1 << (exponentBits - 1)) - 1;
  return sign * std::ldexp(mantissa, exponent - bias - mantissaBits);
}

template <typename T>
static double load(const uint8_t *from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return static_cast<double>(value);
}

template <typename T>
static void store(uint8_t *to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

static int32_t toInt32(double value) {
  if (std::isnan(value))
    return 0;
  using Limits = std::numeric_limits<int32_t>;
  double rounded = std::nearbyint(value);
  if (rounded <= Limits::min())
    return Limits::min();
  if (rounded >= Limits::max())
    return Limits::max();
  return static_cast<int32_t>(rounded);
}

double HostTensor::get(size_t index) const {
  const uint8_t *from = bytes.data() + index * byteWidth(dtype);
  switch (dtype) {
  case DType::F16:
    return decode(static_cast<uint16_t>(load<uint16_t>(from)), 5, 10);
  case DType::BF16:
    return decode(static_cast<uint16_t>(load<uint16_t>(from)), 8, 7);
  case DType::F32:
    return load<float>(from);
  case DType::F64:
    return load<double>(from);
  case DType::I32:
    return load<int32_t>(from);
  case DType::I1:
    return *from;
  }
  return 0;
}

void HostTensor::set(size_t index, double value) {
  uint8_t *to = bytes.data() + index * byteWidth(dtype);
  switch (dtype) {
  case DType::F16:
    return store(to, encode(value, 5, 10));
  case DType::BF16:
    return store(to, encode(value, 8, 7));
  case DType::F32:
    return store(to, static_cast<float>(value));
  case DType::F64:
    return store(to, value);
  case DType::I32:
    return store(to, toInt32(value));
  case DType::I1:
    return store(to, static_cast<uint8_t>(value != 0));
  }
}

HostTensor HostTensor::zeros(DType dtype, Shape shape) {
  HostTensor tensor{dtype, std::move(shape), {}};
  tensor.bytes.resize(*checkedBytes(dtype, tensor.shape));
  return tensor;
}

HostTensor HostTensor::fromDoubles(DType dtype, Shape shape,
                                   const std::vector<double> &values) {
  HostTensor tensor = zeros(dtype, std::move(shape));
  for (size_t i = 0, e = tensor.size(); i != e; ++i)
    tensor.set(i, values[i]);
  return tensor;
}

std::vector<double> HostTensor::toDoubles() const {
  std::vector<double> values(size());
  for (size_t i = 0, e = values.size(); i != e; ++i)
    values[i] = get(i);
  return values;
}

HostTensor HostTensor::convertedTo(DType type) const {
  HostTensor result = zeros(type, shape);
  for (size_t i = 0, e = size(); i != e; ++i)
    result.set(i, get(i));
  return result;
}
