//===- NormWithGain.h - RMSNorm with gain, and a product --------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_TEST_UNIT_PIECES_NORMWITHGAIN_H
#define MIRAGE_TEST_UNIT_PIECES_NORMWITHGAIN_H

#include "../Verify/Builder.h"
#include "mirage/Search/Graph.h"

namespace mirage::test {
/// (x g rsqrt(mean x^2 + eps)) w, for x of m rows and k columns.
inline Program normWithGain(int64_t m, int64_t k, int64_t n) {
  Builder b;
  ValueId x = b.input({m, k}), g = b.input({1, k}), w = b.input({k, n});
  ValueId mean = b.div(b.sum(b.mul(x, x), 1), b.c(k));
  ValueId r = b.rsqrt(b.add(mean, b.c(1e-5f)));
  return b.done({b.matmul(b.mul(b.mul(x, r), g), w)});
}

/// All of a program as one region.
inline search::Region regionOf(const Program &program) {
  std::vector<const Op *> ops;
  for (const Op &op : program.ops)
    ops.push_back(&op);
  std::string why;
  std::optional<search::Region> region =
      search::importRegion(program, ops, program.outputs, {}, why);
  EXPECT_TRUE(region) << why;
  return region ? std::move(*region) : search::Region();
}
} // namespace mirage::test

namespace mirage::search {
using test::normWithGain;
using test::regionOf;
} // namespace mirage::search

#endif // MIRAGE_TEST_UNIT_PIECES_NORMWITHGAIN_H
