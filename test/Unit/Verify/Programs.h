//===- Programs.h - References and plans for the tests ----------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_TEST_UNIT_VERIFY_PROGRAMS_H
#define MIRAGE_TEST_UNIT_VERIFY_PROGRAMS_H

#include "Builder.h"

namespace mirage::test {

inline ValueType f32(Shape shape) {
  return {std::move(shape), ElementType::F32};
}

//===----------------------------------------------------------------------===//
// RMSNorm and matmul
//===----------------------------------------------------------------------===//

struct RmsSizes {
  int64_t m = 16, k = 4096, n = 4096;
};

inline Program rmsReference(RmsSizes z = {}) {
  Builder b;
  ValueId x = b.input({z.m, z.k}), w = b.input({z.k, z.n});
  ValueId ss = b.sum(b.mul(x, x), 1);
  ValueId r = b.rsqrt(b.add(b.div(ss, b.c(z.k)), b.c(1e-5f)));
  return b.done({b.matmul(b.mul(x, r), w)});
}

enum class RmsBug { None, WrongOperand, NoSquare, NoScale, RootDividesTwice };

/// One kernel: the scale moves behind the matmul.
inline Program rmsFused(RmsSizes z = {}, int64_t kTile = 64, int64_t nTile = 32,
                        RmsBug bug = RmsBug::None) {
  Builder b;
  ValueId x = b.input({z.m, z.k}), w = b.input({z.k, z.n});
  AxisId n = b.axis((z.n + nTile - 1) / nTile, "n"),
         k = b.axis((z.k + kTile - 1) / kTile, "k");
  auto out = b.kernel({n}, {f32({z.m, z.n})}, [&](const auto &results) {
    auto sums = b.loop({k}, [&] {
      ValueId xt = b.load(x, {{}, {k}}, {z.m, kTile});
      ValueId wt = b.load(w, {{k}, {n}}, {kTile, nTile});
      ValueId square = bug == RmsBug::WrongOperand
                           ? b.transpose(b.sum(b.mul(wt, wt), 0), {0, 1})
                       : bug == RmsBug::NoSquare ? b.sum(xt, 1)
                                                 : b.sum(b.mul(xt, xt), 1);
      return std::vector<Accumulator>{{Combiner::Sum, b.matmul(xt, wt)},
                                      {Combiner::Sum, square}};
    });
    ValueId mean = b.div(sums[1], b.c(z.k));
    ValueId eps = b.add(mean, b.c(1e-5f));
    ValueId y = bug == RmsBug::NoScale            ? sums[0]
                : bug == RmsBug::RootDividesTwice ? b.div(sums[0], eps)
                                                  : b.div(sums[0], b.sqrt(eps));
    b.store(y, results[0], {{}, {n}});
  });
  return b.done({out[0]});
}

/// Split over k, with a second kernel that combines.
inline Program rmsSplitK(RmsSizes z, int64_t splits, int64_t kTile,
                         int64_t nTile, bool dropASplit = false) {
  Builder b;
  ValueId x = b.input({z.m, z.k}), w = b.input({z.k, z.n});
  int64_t steps = (z.k + splits * kTile - 1) / (splits * kTile);
  AxisId n = b.axis((z.n + nTile - 1) / nTile, "n"), s = b.axis(splits, "s"),
         k = b.axis(steps, "k"), n2 = b.axis((z.n + nTile - 1) / nTile, "n");
  auto partial =
      b.kernel({n, s}, {f32({splits, z.m, z.n}), f32({splits, z.m, 1})},
               [&](const auto &results) {
                 auto sums = b.loop({k}, [&] {
                   ValueId xt = b.load(x, {{}, {s, k}}, {z.m, kTile});
                   ValueId wt = b.load(w, {{s, k}, {n}}, {kTile, nTile});
                   return std::vector<Accumulator>{
                       {Combiner::Sum, b.matmul(xt, wt)},
                       {Combiner::Sum, b.sum(b.mul(xt, xt), 1)}};
                 });
                 b.store(b.reshape(sums[0], {1, z.m, nTile}), results[0],
                         {{s}, {}, {n}});
                 b.store(b.reshape(sums[1], {1, z.m, 1}), results[1],
                         {{s}, {}, {}}, {n});
               });
  auto out = b.kernel({n2}, {f32({z.m, z.n})}, [&](const auto &results) {
    ValueId p = b.load(partial[0], {{}, {}, {n2}}, {splits, z.m, nTile});
    ValueId q = b.load(partial[1], {{}, {}, {}}, {splits, z.m, 1});
    ValueId xw = dropASplit ? b.maximum(p, 0) : b.sum(p, 0);
    ValueId ss = b.sum(q, 0);
    ValueId r = b.rsqrt(b.add(b.div(ss, b.c(z.k, 3)), b.c(1e-5f, 3)));
    b.store(b.reshape(b.mul(xw, r), {z.m, nTile}), results[0], {{}, {n2}});
  });
  return b.done({out[0]});
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

struct AttentionSizes {
  int64_t b = 16, m = 256, d = 64, k = 4096, v = 64;
};

struct AttentionInputs {
  ValueId q, kt, v;
};

inline AttentionInputs attentionInputs(Builder &b, AttentionSizes z) {
  return {b.input({z.b, z.m, z.d}), b.input({z.b, z.d, z.k}),
          b.input({z.b, z.k, z.v})};
}

inline Program attentionReference(AttentionSizes z = {}, bool safe = true,
                                  double scale = 0.125) {
  Builder b;
  AttentionInputs in = attentionInputs(b, z);
  ValueId s = b.mul(b.matmul(in.q, in.kt), b.c(scale, 3));
  if (safe)
    s = b.sub(s, b.maximum(s, 2));
  ValueId p = b.exp(s);
  return b.done({b.matmul(b.div(p, b.sum(p, 2)), in.v)});
}

enum class OnlineBug {
  None,
  NoRelOnSum,
  NoRelOnValue,
  TileMaximum,
  MissingScale,
  ScaleTwice,
};

/// Online softmax over tiles of keys. One block for each batch and query tile.
inline Program attentionOnline(AttentionSizes z, int64_t mTile, int64_t kTile,
                               OnlineBug bug = OnlineBug::None,
                               double scale = 0.125) {
  Builder b;
  AttentionInputs in = attentionInputs(b, z);
  AxisId batch = b.axis(z.b, "b"), m = b.axis((z.m + mTile - 1) / mTile, "m"),
         k = b.axis((z.k + kTile - 1) / kTile, "k");
  auto out = b.kernel({batch, m}, {f32({z.b, z.m, z.v})}, [&](const auto &res) {
    ValueId qt = b.load(in.q, {{batch}, {m}, {}}, {1, mTile, z.d});
    auto sums = b.loop({k}, [&] {
      ValueId ktt = b.load(in.kt, {{batch}, {}, {k}}, {1, z.d, kTile});
      ValueId vt = b.load(in.v, {{batch}, {k}, {}}, {1, kTile, z.v});
      ValueId s = b.matmul(qt, ktt);
      if (bug != OnlineBug::MissingScale)
        s = b.mul(s, b.c(scale, 3));
      if (bug == OnlineBug::ScaleTwice)
        s = b.mul(s, b.c(scale, 3));
      ValueId mj = b.maximum(s, 2);
      ValueId p = b.expSub(s, mj);
      int rel = 0;
      return std::vector<Accumulator>{
          {Combiner::Max, mj},
          {Combiner::Sum, b.sum(p, 2), bug == OnlineBug::NoRelOnSum ? -1 : rel},
          {Combiner::Sum, b.matmul(p, vt),
           bug == OnlineBug::NoRelOnValue ? -1 : rel}};
    });
    b.store(b.div(sums[2], sums[1]), res[0], {{batch}, {m}, {}});
  });
  return b.done({out[0]});
}

/// Attention split over the keys, with a second kernel that combines.
inline Program attentionSplit(AttentionSizes z, int64_t splits, int64_t kTile,
                              bool rel = true) {
  Builder b;
  AttentionInputs in = attentionInputs(b, z);
  int64_t steps = (z.k + splits * kTile - 1) / (splits * kTile);
  AxisId batch = b.axis(z.b, "b"), s = b.axis(splits, "s"),
         k = b.axis(steps, "k"), batch2 = b.axis(z.b, "b");
  auto partial = b.kernel(
      {batch, s},
      {f32({splits, z.b, z.m, 1}), f32({splits, z.b, z.m, 1}),
       f32({splits, z.b, z.m, z.v})},
      [&](const auto &res) {
        ValueId qt = b.load(in.q, {{batch}, {}, {}}, {1, z.m, z.d});
        auto sums = b.loop({k}, [&] {
          ValueId ktt = b.load(in.kt, {{batch}, {}, {s, k}}, {1, z.d, kTile});
          ValueId vt = b.load(in.v, {{batch}, {s, k}, {}}, {1, kTile, z.v});
          ValueId sc = b.mul(b.matmul(qt, ktt), b.c(0.125, 3));
          ValueId mj = b.maximum(sc, 2), p = b.expSub(sc, mj);
          return std::vector<Accumulator>{{Combiner::Max, mj},
                                          {Combiner::Sum, b.sum(p, 2), 0},
                                          {Combiner::Sum, b.matmul(p, vt), 0}};
        });
        for (int i = 0; i < 3; ++i) {
          int64_t width = i == 2 ? z.v : 1;
          b.store(b.reshape(sums[i], {1, 1, z.m, width}), res[i],
                  {{s}, {batch}, {}, {}});
        }
      });
  auto out = b.kernel({batch2}, {f32({z.b, z.m, z.v})}, [&](const auto &res) {
    Split split = {{}, {batch2}, {}, {}};
    ValueId mt = b.load(partial[0], split, {splits, 1, z.m, 1});
    ValueId lt = b.load(partial[1], split, {splits, 1, z.m, 1});
    ValueId at = b.load(partial[2], split, {splits, 1, z.m, z.v});
    ValueId l = rel ? b.sumRel(lt, mt, 0) : b.sum(lt, 0);
    ValueId a = rel ? b.sumRel(at, mt, 0) : b.sum(at, 0);
    b.store(b.reshape(b.div(a, l), {1, z.m, z.v}), res[0], {{batch2}, {}, {}});
  });
  return b.done({out[0]});
}

} // namespace mirage::test

#endif // MIRAGE_TEST_UNIT_VERIFY_PROGRAMS_H
