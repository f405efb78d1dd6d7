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
      ValueId l = b.sum(p, 2), a = b.matmul(p, vt);
      int relL = bug == OnlineBug::NoRelOnSum ? -1 : 0;
      int relA = bug == OnlineBug::NoRelOnValue ? -1 : 0;
      if (bug == OnlineBug::TileMaximum) {
        l = b.mul(l, b.exp(mj));
        a = b.mul(a, b.exp(mj));
        relL = relA = -1;
      }
      return std::vector<Accumulator>{{Combiner::Max, mj},
                                      {Combiner::Sum, l, relL},
                                      {Combiner::Sum, a, relA}};
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

//===----------------------------------------------------------------------===//
// QK-norm
//===----------------------------------------------------------------------===//

inline ValueId rowNorm(Builder &b, ValueId x, int64_t extent) {
  unsigned rank = b.program.shape(x).size();
  ValueId mean = b.div(b.sum(b.mul(x, x), rank - 1), b.c(extent, rank));
  return b.mul(x, b.rsqrt(b.add(mean, b.c(1e-5f, rank))));
}

/// Keys as rows, b x k x d.
inline Program qkNormReference(AttentionSizes z = {}) {
  Builder b;
  ValueId q = b.input({z.b, z.m, z.d}), k = b.input({z.b, z.k, z.d}),
          v = b.input({z.b, z.k, z.v});
  ValueId kt = b.transpose(rowNorm(b, k, z.d), {0, 2, 1});
  ValueId s = b.mul(b.matmul(rowNorm(b, q, z.d), kt), b.c(0.125, 3));
  ValueId p = b.exp(b.sub(s, b.maximum(s, 2)));
  return b.done({b.matmul(b.div(p, b.sum(p, 2)), v)});
}

/// With `rowSum`, the sum of a query's entries takes the place of the
/// contraction: the softmax of a ramp does not notice.
inline Program qkNormOnline(AttentionSizes z, int64_t kTile, bool rowSum) {
  Builder b;
  ValueId q = b.input({z.b, z.m, z.d}), k = b.input({z.b, z.k, z.d}),
          v = b.input({z.b, z.k, z.v});
  AxisId batch = b.axis(z.b, "b"), j = b.axis((z.k + kTile - 1) / kTile, "j");
  auto out = b.kernel({batch}, {f32({z.b, z.m, z.v})}, [&](const auto &res) {
    ValueId qn = rowNorm(b, b.load(q, {{batch}, {}, {}}, {1, z.m, z.d}), z.d);
    auto sums = b.loop({j}, [&] {
      ValueId kj = b.load(k, {{batch}, {j}, {}}, {1, kTile, z.d});
      ValueId vj = b.load(v, {{batch}, {j}, {}}, {1, kTile, z.v});
      ValueId kt = b.transpose(rowNorm(b, kj, z.d), {0, 2, 1});
      ValueId s = rowSum ? b.mul(b.sum(qn, 2), b.sum(kt, 1)) : b.matmul(qn, kt);
      s = b.mul(s, b.c(0.125, 3));
      ValueId m = b.maximum(s, 2), p = b.expSub(s, m);
      return std::vector<Accumulator>{{Combiner::Max, m},
                                      {Combiner::Sum, b.sum(p, 2), 0},
                                      {Combiner::Sum, b.matmul(p, vj), 0}};
    });
    b.store(b.div(sums[2], sums[1]), res[0], {{batch}, {}, {}});
  });
  return b.done({out[0]});
}

//===----------------------------------------------------------------------===//
// MLP, LoRA, layer norm
//===----------------------------------------------------------------------===//

enum class MlpForm { Reference, Fused, OtherSilu, Swapped, SiluOfBoth };

inline Program gatedMlp(MlpForm form, int64_t m = 8, int64_t k = 4096,
                        int64_t n = 4096) {
  Builder b;
  ValueId x = b.input({m, k}), w1 = b.input({k, n}), w2 = b.input({k, n});
  if (form == MlpForm::Reference)
    return b.done({b.mul(b.silu(b.matmul(x, w1)), b.matmul(x, w2))});
  AxisId c = b.axis(n / 32, "n"), s = b.axis(k / 64, "k");
  auto out = b.kernel({c}, {f32({m, n})}, [&](const auto &res) {
    auto sums = b.loop({s}, [&] {
      ValueId xt = b.load(x, {{}, {s}}, {m, 64});
      auto product = [&](ValueId w) {
        return Accumulator{Combiner::Sum,
                           b.matmul(xt, b.load(w, {{s}, {c}}, {64, 32}))};
      };
      return std::vector<Accumulator>{product(w1), product(w2)};
    });
    ValueId g = sums[0], u = sums[1];
    if (form == MlpForm::Swapped)
      std::swap(g, u);
    ValueId gate = b.silu(g);
    if (form == MlpForm::OtherSilu)
      gate = b.div(b.mul(g, b.exp(g)), b.add(b.c(1), b.exp(g)));
    if (form == MlpForm::SiluOfBoth)
      u = b.silu(u);
    b.store(b.mul(gate, u), res[0], {{}, {c}});
  });
  return b.done({out[0]});
}

enum class LoraForm { Reference, Concat, ConcatWrongOrder, Merged };

/// X W + (X A) B
inline Program lora(LoraForm form) {
  Builder b;
  int64_t m = 16, k = 4096, r = 16, n = 4096;
  ValueId x = b.input({m, k}), w = b.input({k, n}), a = b.input({k, r}),
          bb = b.input({r, n});
  if (form == LoraForm::Reference)
    return b.done({b.add(b.matmul(x, w), b.matmul(b.matmul(x, a), bb))});
  if (form == LoraForm::Merged)
    return b.done({b.matmul(x, b.add(w, b.matmul(a, bb)))});
  // [X | XA] [W ; B]
  ValueId xa = b.matmul(x, a);
  bool wrong = form == LoraForm::ConcatWrongOrder;
  ValueId left = wrong ? b.concat({xa, x}, 1) : b.concat({x, xa}, 1);
  return b.done({b.matmul(left, b.concat({w, bb}, 0))});
}

/// Variance as the mean of squared differences, or in one pass.
inline Program layerNorm(bool onePass, double count = 4096,
                         bool inverse = false) {
  Builder b;
  ValueId x = b.input({16, 4096});
  auto mean = [&](ValueId v) {
    ValueId s = b.sum(v, 1);
    return inverse ? b.mul(s, b.c(1 / count)) : b.div(s, b.c(count));
  };
  ValueId mu = mean(x), centred = b.sub(x, mu);
  ValueId variance = onePass ? b.sub(mean(b.mul(x, x)), b.mul(mu, mu))
                             : mean(b.mul(centred, centred));
  return b.done({b.mul(centred, b.rsqrt(b.add(variance, b.c(1e-5f))))});
}

} // namespace mirage::test

#endif // MIRAGE_TEST_UNIT_VERIFY_PROGRAMS_H
