//===- InputsTest.cpp - Inputs made from a seed ---------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Inputs.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace mirage::runtime;

static HostTensor generate(DType dtype, const Shape &shape, uint64_t seed,
                           unsigned index, InputRecipe recipe = {}) {
  Expected<HostTensor> tensor =
      generateInput(dtype, shape, seed, index, recipe);
  EXPECT_TRUE(tensor) << tensor.error().str();
  return *tensor;
}

static uint64_t bitsOf(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

// To the last bit: reports of different machines speak of the same inputs.
TEST(Inputs, ValuesAreFixed) {
  EXPECT_EQ(bitsOf(standardNormal(0, 0, 0u)), 0x3fff47933fa84f87);
  EXPECT_EQ(bitsOf(standardNormal(0, 0, 1u)), 0xbfd6f889d7cd00c9);
  EXPECT_EQ(bitsOf(standardNormal(0, 1, 0u)), 0xbff4cf78c0cb71e8);
  EXPECT_EQ(bitsOf(standardNormal(1, 0, 0u)), 0x3feaf2b6430775b6);
  EXPECT_EQ(bitsOf(standardNormal(12345, 7, 1000003u)), 0x3fd91e17b41b6735);
  EXPECT_EQ(bitsOf(standardNormal(UINT64_MAX, 2, 1099511627776u)),
            0xbfc105406fcd34c2);
}

TEST(Inputs, IsStandardNormal) {
  constexpr int count = 200000;
  double sum = 0, squares = 0, cubes = 0, fourths = 0, product = 0, last = 0;
  int beyond2 = 0;
  for (int i = 0; i < count; ++i) {
    double z = standardNormal(7, 3, i);
    sum += z;
    squares += z * z;
    cubes += z * z * z;
    fourths += z * z * z * z;
    product += z * last;
    last = z;
    beyond2 += std::abs(z) > 2;
  }
  EXPECT_NEAR(sum / count, 0, 0.01);
  EXPECT_NEAR(squares / count, 1, 0.015);
  EXPECT_NEAR(cubes / count, 0, 0.05);
  EXPECT_NEAR(fourths / count, 3, 0.1);
  EXPECT_NEAR(product / count, 0, 0.01);
  EXPECT_NEAR(beyond2 / double(count), 0.0455, 0.002);
}

// The own logarithm, cosine and sine against the C library's.
TEST(Inputs, MatchesTheLibrary) {
  auto mix = [](uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
  };
  auto word = [&](uint64_t key, uint64_t n) {
    return mix(key + (n + 1) * 0x9e3779b97f4a7c15);
  };
  uint64_t key = word(word(5, 0), 2);
  for (uint64_t pair = 0; pair < 20000; ++pair) {
    double radius = (double(word(key, 2 * pair) >> 11) + 1) * 0x1p-53;
    double turns = double(word(key, 2 * pair + 1) >> 11) * 0x1p-53;
    double length = std::sqrt(-2 * std::log(radius));
    double angle = 2 * 3.14159265358979323846 * turns;
    ASSERT_NEAR(standardNormal(5, 2, 2 * pair), length * std::cos(angle),
                1e-14);
    ASSERT_NEAR(standardNormal(5, 2, 2 * pair + 1), length * std::sin(angle),
                1e-14);
  }
}

TEST(Inputs, DependOnSeedAndIndexOnly) {
  HostTensor base = generate(DType::F32, {4, 6}, 1, 2);
  EXPECT_TRUE(base == generate(DType::F32, {4, 6}, 1, 2));
  EXPECT_NE(base.bytes, generate(DType::F32, {4, 6}, 2, 2).bytes);
  EXPECT_NE(base.bytes, generate(DType::F32, {4, 6}, 1, 3).bytes);
  // Another shape has the same elements, another type rounds them.
  HostTensor flat = generate(DType::F32, {23}, 1, 2);
  HostTensor halves = generate(DType::F16, {24}, 1, 2);
  HostTensor doubles = generate(DType::F64, {24}, 1, 2);
  for (size_t i = 0; i < 23; ++i) {
    EXPECT_EQ(flat.get(i), base.get(i));
    EXPECT_EQ(doubles.get(i), standardNormal(1, 2, i));
  }
  EXPECT_TRUE(halves == doubles.convertedTo(DType::F16));
}

TEST(Inputs, Distributions) {
  HostTensor normal = generate(DType::F64, {50}, 9, 0);
  HostTensor large = generate(DType::F64, {50}, 9, 0, {Distribution::Large});
  HostTensor tiny = generate(DType::F64, {50}, 9, 0, {Distribution::Tiny});
  HostTensor scaled =
      generate(DType::F64, {50}, 9, 0, {Distribution::Normal, 0.125});
  for (size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(large.get(i), 16 * normal.get(i));
    EXPECT_EQ(tiny.get(i), 1e-4 * normal.get(i));
    EXPECT_EQ(scaled.get(i), 0.125 * normal.get(i));
  }
  HostTensor bools = generate(DType::I1, {50}, 9, 0);
  for (size_t i = 0; i < 50; ++i)
    EXPECT_EQ(bools.get(i), normal.get(i) > 0);
  EXPECT_EQ(generate(DType::F32, {0, 5}, 9, 0).size(), 0u);
  EXPECT_EQ(generate(DType::F32, {}, 9, 0).size(), 1u);
}

TEST(Inputs, MasksHideWholeTiles) {
  constexpr int64_t rows = 3, columns = 64 * 20 + 10;
  HostTensor mask =
      generate(DType::F16, {rows, columns}, 4, 1, {Distribution::Mask, 2});
  HostTensor values =
      generate(DType::F16, {rows, columns}, 4, 1, {Distribution::Normal, 2});
  int hidden = 0;
  for (int64_t run = 0; run <= 20; ++run) {
    bool hides = std::isinf(mask.get(run * 64));
    hidden += hides;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t i = run * 64; i < std::min((run + 1) * 64, columns); ++i) {
        size_t at = row * columns + i;
        EXPECT_EQ(mask.get(at), hides ? -INFINITY : values.get(at));
      }
    if (run == 0 || run == 20) {
      EXPECT_EQ(hides, run == 0);
    }
  }
  EXPECT_GT(hidden, 4);
  EXPECT_LT(hidden, 17);
}

TEST(Inputs, ShortMasksKeepSomething) {
  for (int64_t columns = 1; columns < 200; ++columns) {
    HostTensor mask =
        generate(DType::F32, {2, columns}, 0, 0, {Distribution::Mask});
    EXPECT_EQ(std::isinf(mask.get(0)), columns > 1) << columns;
    EXPECT_TRUE(std::isfinite(mask.get(columns - 1))) << columns;
  }
  EXPECT_TRUE(std::isfinite(
      generate(DType::F32, {}, 0, 0, {Distribution::Mask}).get(0)));
}

TEST(Inputs, Refusals) {
  auto errorOf = [](DType dtype, Shape shape, InputRecipe recipe) {
    return generateInput(dtype, shape, 0, 0, recipe).error().message;
  };
  EXPECT_EQ(errorOf(DType::I32, {4}, {Distribution::Mask}),
            "a mask cannot be of type i32");
  EXPECT_EQ(errorOf(DType::F32, {-4}, {}), "a tensor of -4 is too large");
  EXPECT_EQ(errorOf(DType::F32, {int64_t(1) << 60}, {}),
            "a tensor of 1152921504606846976 is too large");
}

TEST(Inputs, RecipesInWords) {
  EXPECT_EQ(InputRecipe{}.str(), "normal");
  EXPECT_EQ((InputRecipe{Distribution::Mask, 0.125}.str()),
            "mask, scale 0.125");
}
