//===- Inputs.cpp - Inputs made from a seed -------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Inputs.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

// A fused multiply-add would round differently. GCC knows no such pragma: the
// build passes -ffp-contract=off to it.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

using namespace mirage::runtime;

static constexpr std::pair<Distribution, const char *> distributionNames[] = {
    {Distribution::Normal, "normal"},
    {Distribution::Large, "large"},
    {Distribution::Tiny, "tiny"},
    {Distribution::Mask, "mask"}};

const char *mirage::runtime::toString(Distribution distribution) {
  return distributionNames[static_cast<unsigned>(distribution)].second;
}

std::optional<Distribution>
mirage::runtime::parseDistribution(std::string_view name) {
  for (auto [distribution, known] : distributionNames)
    if (name == known)
      return distribution;
  return std::nullopt;
}

std::string InputRecipe::str() const {
  std::ostringstream text;
  text << toString(distribution);
  if (scale != 1)
    text << ", scale " << scale;
  return text.str();
}

//===----------------------------------------------------------------------===//
// The generator
//===----------------------------------------------------------------------===//

/// The finalizer of SplitMix64.
static uint64_t mix(uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

/// Word `counter` of the SplitMix64 sequence that starts at `key`.
static uint64_t word(uint64_t key, uint64_t counter) {
  return mix(key + (counter + 1) * 0x9e3779b97f4a7c15);
}

static uint64_t sequenceKey(uint64_t seed, uint64_t sequence) {
  return word(word(seed, 0), sequence);
}

/// The natural logarithm of a positive normal number.
static double logarithm(double x) {
  int exponent;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  // log(m) = 2 atanh(s), |s| < 0.172: the terms left out are below 1e-18.
  double s = (mantissa - 1) / (mantissa + 1);
  double square = s * s;
  double sum = 0;
  for (int k = 21; k > 1; k -= 2)
    sum = (sum + 1.0 / k) * square;
  return exponent * 0.69314718055994531 + 2 * s * (1 + sum);
}

/// Cosine and sine of `turns` (in [0, 1)) full turns.
static std::pair<double, double> circle(double turns) {
  int quarter = static_cast<int>(turns * 4 + 0.5);
  double angle = (turns * 4 - quarter) * 1.5707963267948966;
  // Taylor's series on [-pi/4, pi/4]: the terms left out are below 1e-17.
  double square = angle * angle;
  double cosine = 1, sine = 1;
  for (int k = 16; k > 0; k -= 2) {
    cosine = 1 - square / (k * (k - 1)) * cosine;
    sine = 1 - square / (k * (k + 1)) * sine;
  }
  sine *= angle;
  switch (quarter & 3) {
  case 0:
    return {cosine, sine};
  case 1:
    return {-sine, cosine};
  case 2:
    return {-cosine, -sine};
  default:
    return {sine, -cosine};
  }
}

/// Normal values 2 * pair and 2 * pair + 1, by the method of Box and Muller.
static std::pair<double, double> normalPair(uint64_t key, uint64_t pair) {
  double unit = std::ldexp(1, -53);
  double radius = (double(word(key, 2 * pair) >> 11) + 1) * unit; // in (0, 1]
  double turns = double(word(key, 2 * pair + 1) >> 11) * unit;    // in [0, 1)
  double length = std::sqrt(-2 * logarithm(radius));
  auto [cosine, sine] = circle(turns);
  return {length * cosine, length * sine};
}

double mirage::runtime::standardNormal(uint64_t seed, uint64_t sequence,
                                       uint64_t counter) {
  auto [even, odd] = normalPair(sequenceKey(seed, sequence), counter / 2);
  return counter % 2 ? odd : even;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

namespace {
/// Which elements of a mask are -inf.
class MaskPattern {
public:
  MaskPattern(const Shape &shape, uint64_t key)
      : row(shape.empty() ? 1 : static_cast<uint64_t>(shape.back())),
        run(std::clamp<uint64_t>(row / 2, 1, 64)),
        lastRun((row + run - 1) / run - 1),
        // Any key but that of the values will do.
        key(~key) {}

  bool hides(uint64_t element) const {
    uint64_t index = element % row / run;
    return index != lastRun && (index == 0 || (word(key, index) & 1));
  }

private:
  uint64_t row, run, lastRun, key;
};
} // namespace

Expected<HostTensor>
mirage::runtime::generateInput(DType dtype, const Shape &shape, uint64_t seed,
                               unsigned index, const InputRecipe &recipe) {
  std::optional<uint64_t> bytes = checkedBytes(dtype, shape);
  if (!bytes || *bytes > hostMemoryBytes())
    return Error{"a tensor of " + toString(shape) + " is too large"};
  bool isMask = recipe.distribution == Distribution::Mask;
  if (isMask && !isFloat(dtype))
    return Error{std::string("a mask cannot be of type ") + toString(dtype)};

  HostTensor tensor = HostTensor::zeros(dtype, shape);
  uint64_t size = tensor.size();
  if (size == 0)
    return tensor;
  double factor = recipe.distribution == Distribution::Large  ? 16
                  : recipe.distribution == Distribution::Tiny ? 1e-4
                                                              : 1;
  uint64_t key = sequenceKey(seed, index);
  MaskPattern pattern(shape, key);
  auto put = [&](uint64_t element, double normal) {
    double value = normal * factor * recipe.scale;
    if (dtype == DType::I1)
      value = normal > 0;
    if (isMask && pattern.hides(element))
      value = -std::numeric_limits<double>::infinity();
    tensor.set(element, value);
  };
  for (uint64_t element = 0; element < size; element += 2) {
    auto [even, odd] = normalPair(key, element / 2);
    put(element, even);
    if (element + 1 < size)
      put(element + 1, odd);
  }
  return tensor;
}
