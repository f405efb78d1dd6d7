//===- TensorTest.cpp - Types, sizes and rounding -------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Tensor.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

using namespace mirage::runtime;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double nan_ = std::numeric_limits<double>::quiet_NaN();

static uint16_t bits16(DType type, double value) {
  HostTensor tensor = HostTensor::fromDoubles(type, {}, {value});
  uint16_t bits;
  std::memcpy(&bits, tensor.bytes.data(), sizeof(bits));
  return bits;
}

static double fromBits16(DType type, uint16_t bits) {
  HostTensor tensor = HostTensor::zeros(type, {});
  std::memcpy(tensor.bytes.data(), &bits, sizeof(bits));
  return tensor.get(0);
}

TEST(Tensor, TypeNames) {
  for (DType type :
       {DType::F16, DType::BF16, DType::F32, DType::F64, DType::I32, DType::I1})
    EXPECT_EQ(parseDType(toString(type)), type);
  EXPECT_EQ(parseDType("f8"), std::nullopt);
  EXPECT_EQ(parseDType(""), std::nullopt);
}

TEST(Tensor, CheckedBytes) {
  EXPECT_EQ(checkedBytes(DType::F16, {3, 5}), 30u);
  EXPECT_EQ(checkedBytes(DType::F64, {}), 8u);
  EXPECT_EQ(checkedBytes(DType::I1, {7}), 7u);
  EXPECT_EQ(checkedBytes(DType::F32, {-1}), std::nullopt);
  EXPECT_EQ(checkedBytes(DType::F32, {0, -1}), std::nullopt);
  int64_t large = int64_t(1) << 40;
  EXPECT_EQ(checkedBytes(DType::F32, {large, large}), std::nullopt);
  EXPECT_EQ(checkedBytes(DType::F32, {large, 0, large}), 0u);
  EXPECT_EQ(checkedBytes(DType::F32, {int64_t(1) << 61}), std::nullopt);
  EXPECT_EQ(checkedBytes(DType::I1, {std::numeric_limits<int64_t>::max()}),
            uint64_t(std::numeric_limits<int64_t>::max()));
}

// What numpy.float64(x).astype(numpy.float16) gives.
TEST(Tensor, F16AsNumPy) {
  const std::pair<double, uint16_t> cases[] = {{0.0, 0x0000},
                                               {-0.0, 0x8000},
                                               {1.0, 0x3c00},
                                               {0.3333333333333333, 0x3555},
                                               {0.1, 0x2e66},
                                               {65504.0, 0x7bff},
                                               {65519.99, 0x7bff},
                                               {65520.0, 0x7c00},
                                               {65536.0, 0x7c00},
                                               {-70000.0, 0xfc00},
                                               {6e-08, 0x0001},
                                               {2.98e-08, 0x0000},
                                               {2.981e-08, 0x0001},
                                               {2.9802322387695312e-08, 0x0000},
                                               {2.980232536792755e-08, 0x0001},
                                               {8.940696716308594e-08, 0x0002},
                                               {6.1e-05, 0x03ff},
                                               {6.102025508880615e-05, 0x0400},
                                               {2049.0, 0x6800},
                                               {2051.0, 0x6802},
                                               {1.00048828125, 0x3c00},
                                               {1.00146484375, 0x3c02},
                                               {1.0004882812509095, 0x3c01},
                                               {1e-320, 0x0000},
                                               {1e+300, 0x7c00},
                                               {-3.141592653589793, 0xc248},
                                               {infinity, 0x7c00},
                                               {-infinity, 0xfc00}};
  for (auto [value, bits] : cases)
    EXPECT_EQ(bits16(DType::F16, value), bits) << value;
}

TEST(Tensor, BF16Rounding) {
  EXPECT_EQ(bits16(DType::BF16, 1.0), 0x3f80);
  // Ties go to the even neighbour.
  EXPECT_EQ(bits16(DType::BF16, 1 + std::ldexp(1, -8)), 0x3f80);
  EXPECT_EQ(bits16(DType::BF16, 1 + 3 * std::ldexp(1, -8)), 0x3f82);
  // A detour through f32 would round this one twice, down to 1.
  EXPECT_EQ(bits16(DType::BF16, 1 + std::ldexp(1, -8) + std::ldexp(1, -40)),
            0x3f81);
  EXPECT_EQ(bits16(DType::BF16, 3.3895313892515355e38), 0x7f7f);
  EXPECT_EQ(bits16(DType::BF16, 3.4e38), 0x7f80);
  EXPECT_EQ(bits16(DType::BF16, -1e300), 0xff80);
  EXPECT_EQ(bits16(DType::BF16, std::ldexp(1, -133)), 0x0001);
  EXPECT_EQ(bits16(DType::BF16, std::ldexp(1, -134)), 0x0000);
  EXPECT_EQ(bits16(DType::BF16, std::ldexp(1.5, -134)), 0x0001);
}

// Every value of both formats survives, and every midpoint of neighbours goes
// to the even one, a bit more or less to the nearer.
TEST(Tensor, EveryHalf) {
  for (DType type : {DType::F16, DType::BF16}) {
    unsigned infinityBits = bits16(type, infinity);
    EXPECT_TRUE(std::isnan(fromBits16(type, infinityBits + 1)));
    EXPECT_TRUE(std::isnan(fromBits16(type, bits16(type, nan_))));
    for (unsigned bits = 0; bits <= infinityBits; ++bits) {
      double value = fromBits16(type, bits);
      ASSERT_EQ(bits16(type, value), bits);
      ASSERT_EQ(bits16(type, -value), bits | 0x8000);
      if (bits + 1 >= infinityBits)
        continue;
      double middle = (value + fromBits16(type, bits + 1)) / 2;
      ASSERT_EQ(bits16(type, middle), bits + (bits & 1));
      ASSERT_EQ(bits16(type, std::nextafter(middle, infinity)), bits + 1);
      ASSERT_EQ(bits16(type, std::nextafter(middle, 0)), bits);
    }
  }
}

TEST(Tensor, OtherTypes) {
  HostTensor ints = HostTensor::fromDoubles(
      DType::I32, {6}, {2.5, -3.5, 1e10, -infinity, nan_, 7});
  EXPECT_EQ(ints.toDoubles(),
            (std::vector<double>{2, -4, 2147483647, -2147483648.0, 0, 7}));
  HostTensor bools = HostTensor::fromDoubles(DType::I1, {3}, {0, 0.5, -1});
  EXPECT_EQ(bools.bytes, (std::vector<uint8_t>{0, 1, 1}));
  HostTensor floats = HostTensor::fromDoubles(DType::F32, {2}, {0.1, 1e60});
  EXPECT_EQ(floats.get(0), double(0.1f));
  EXPECT_EQ(floats.get(1), infinity);
  EXPECT_EQ(floats.convertedTo(DType::F16).get(0), 0.0999755859375);
}
