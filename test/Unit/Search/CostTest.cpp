//===- CostTest.cpp - What a kernel costs on a target ---------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Search/Cost.h"
#include "../Verify/Builder.h"

using namespace mirage;
using namespace mirage::test;
using namespace mirage::search;

namespace {

const Target &target() { return *lookupTarget("sm_90a"); }

/// exp of x in tiles of so many rows and columns.
KernelCost costOfTiles(Shape shape, Shape tile,
                       ElementType type = ElementType::F16) {
  Builder b;
  ValueId x = b.input(shape, type);
  llvm::SmallVector<AxisId, 2> axes;
  Split split;
  for (size_t d = 0; d < shape.size(); ++d) {
    axes.push_back(b.axis((shape[d] + tile[d] - 1) / tile[d]));
    split.push_back({axes.back()});
  }
  auto out = b.kernel(axes, {{shape, type}}, [&](const auto &results) {
    b.store(b.exp(b.load(x, split, tile)), results[0], split);
  });
  Program program = b.done({out[0]});
  return costOf(program, program.ops[0], target());
}

TEST(Cost, RunsTouchWholeSectors) {
  EXPECT_EQ(target().sectorBytes, 32u);
  auto touched = [](Shape tensor, Shape tile, ElementType type) {
    return sectorsTouched({tensor, type}, tile, target());
  };
  Shape cube{4096, 32, 128};
  // One f16 of 32 bytes; half of them; all.
  EXPECT_EQ(touched(cube, {256, 4, 1}, ElementType::F16), 16);
  EXPECT_EQ(touched(cube, {16, 1, 8}, ElementType::F16), 2);
  EXPECT_EQ(touched(cube, {16, 1, 16}, ElementType::F16), 1);
  EXPECT_EQ(touched(cube, {16, 1, 8}, ElementType::F32), 1);
  // 96 bytes are three sectors, 80 too.
  EXPECT_EQ(touched(cube, {1, 1, 48}, ElementType::F16), 1);
  EXPECT_EQ(touched(cube, {1, 1, 40}, ElementType::F16), 96.0 / 80);
  // A run goes on over dimensions that are whole, and no further.
  EXPECT_EQ(touched({64, 64, 2}, {1, 4, 2}, ElementType::F32), 1);
  EXPECT_EQ(touched({64, 64, 2}, {4, 1, 2}, ElementType::F32), 4);
  EXPECT_EQ(touched({64, 64, 2}, {4, 4, 1}, ElementType::F32), 8);
  EXPECT_EQ(touched({64, 2, 1}, {4, 2, 1}, ElementType::F32), 1);
  // So does one that is a single element of a scalar or a small tensor.
  EXPECT_EQ(touched({}, {}, ElementType::F32), 8);
  EXPECT_EQ(touched({4}, {4}, ElementType::F32), 2);
  // What a tile has beyond its tensor is not touched.
  EXPECT_EQ(touched({64, 4}, {1, 16}, ElementType::F32), 2);
}

TEST(Cost, SectorsAreNoDistinctBytes) {
  Shape shape{4096, 4096};
  KernelCost rows = costOfTiles(shape, {1, 256}),
             columns = costOfTiles(shape, {256, 1});
  int64_t bytes = 4096 * 4096 * 2;
  for (const KernelCost &cost : {rows, columns}) {
    EXPECT_EQ(cost.bytesRead, bytes);
    EXPECT_EQ(cost.bytesWritten, bytes);
    EXPECT_EQ(cost.bytesLoaded, bytes);
    EXPECT_EQ(cost.blocks, 4096 * 16);
  }
  // Loads and stores.
  EXPECT_EQ(rows.sectorBytes, 2.0 * bytes);
  EXPECT_EQ(columns.sectorBytes, 32.0 * bytes);
  EXPECT_LT(rows.microseconds, columns.microseconds);
}

TEST(Cost, SectorsOfEachLoadCount) {
  // The right operand is loaded by every block of rows.
  Builder b;
  ValueId x = b.input({64, 32}), w = b.input({32, 64});
  AxisId i = b.axis(4), j = b.axis(16);
  auto out = b.kernel({i, j}, {{{64, 64}, ElementType::F32}},
                      [&](const auto &results) {
                        ValueId xt = b.load(x, {{i}, {}}, {16, 32}),
                                wt = b.load(w, {{}, {j}}, {32, 4});
                        b.store(b.matmul(xt, wt), results[0], {{i}, {j}});
                      });
  Program program = b.done({out[0]});
  KernelCost cost = costOf(program, program.ops[0], target());
  double xs = 64 * 32 * 4, ws = 32 * 64 * 4, ys = 64 * 64 * 4;
  EXPECT_EQ(cost.bytesLoaded, 16 * xs + 4 * ws);
  EXPECT_EQ(cost.sectorBytes, 16 * xs + 2 * 4 * ws + 2 * ys);
}

} // namespace
