//===- Inputs.h - Inputs made from a seed -----------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A counter-based generator: a value depends on the seed, the index of the
// input and the index of the element, and on nothing else; it is the same on
// every machine, since only integer arithmetic and the correctly rounded
// operations + - * / and sqrt are used.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_RUNTIME_INPUTS_H
#define MIRAGE_RUNTIME_INPUTS_H

#include "mirage/Runtime/Tensor.h"

namespace mirage::runtime {

/// Of z, a standard normal value:
enum class Distribution : uint8_t {
  Normal, ///< z
  Large,  ///< 16 z: the logits of attention reach several hundred
  Tiny,   ///< 1e-4 z
  /// An additive mask. The last dimension is cut into runs of 64 elements, or
  /// of half of it where it is shorter than 128. The first run is -inf, the
  /// last is z, and each run between is one or the other, with equal odds and
  /// the same in all rows, so that whole tiles of any height are -inf and no
  /// row is all -inf.
  Mask
};

const char *toString(Distribution distribution);
std::optional<Distribution> parseDistribution(std::string_view name);

struct InputRecipe {
  Distribution distribution = Distribution::Normal;
  /// Every value is multiplied by this.
  double scale = 1;

  /// "normal", "mask, scale 0.125".
  std::string str() const;
};

/// Element `counter` of an endless sequence of standard normal values.
double standardNormal(uint64_t seed, uint64_t sequence, uint64_t counter);

/// Input `index` of a program under `seed`, rounded to `dtype`. An i1 is
/// whether z is positive; a mask must be of a float type.
Expected<HostTensor> generateInput(DType dtype, const Shape &shape,
                                   uint64_t seed, unsigned index,
                                   const InputRecipe &recipe);

} // namespace mirage::runtime

#endif // MIRAGE_RUNTIME_INPUTS_H
