//===- FieldTestTest.cpp - Plans that are equal, and that are not ---------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Verify/FieldTest.h"
#include "Programs.h"
#include <cmath>
#include <thread>

using namespace mirage::test;
using namespace mirage::verify;

namespace {

::testing::AssertionResult accepts(const Program &reference,
                                   const Program &candidate) {
  for (uint64_t seed : {1, 2, 3}) {
    FieldTestOptions options;
    options.seed = seed;
    FieldTestResult r = fieldTest(reference, candidate, options);
    if (!r.accepted)
      return ::testing::AssertionFailure()
             << toString(r.reason).str() << ": " << r.text;
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult refuses(const Program &reference,
                                   const Program &candidate) {
  for (uint64_t seed : {1, 2, 3}) {
    FieldTestOptions options;
    options.seed = seed;
    FieldTestResult r = fieldTest(reference, candidate, options);
    if (r.reason != FieldReason::Different &&
        r.reason != FieldReason::Undefined)
      return ::testing::AssertionFailure()
             << toString(r.reason).str() << ": " << r.text;
  }
  return ::testing::AssertionSuccess();
}

TEST(FieldTest, RmsNorm) {
  EXPECT_TRUE(accepts(rmsReference(), rmsFused()));
  EXPECT_TRUE(accepts(rmsReference(), rmsSplitK({}, 4, 64, 32)));
  for (RmsBug bug : {RmsBug::NoSquare, RmsBug::NoScale,
                     RmsBug::RootDividesTwice, RmsBug::WrongOperand})
    EXPECT_TRUE(refuses(rmsReference(), rmsFused({}, 64, 32, bug)))
        << static_cast<int>(bug);
  EXPECT_TRUE(refuses(rmsReference(), rmsSplitK({}, 4, 64, 32, true)));
}

TEST(FieldTest, RaggedRmsNorm) {
  RmsSizes z{3, 100, 75};
  EXPECT_TRUE(accepts(rmsReference(z), rmsFused(z, 16, 32)));
  EXPECT_TRUE(accepts(rmsReference(z), rmsSplitK(z, 3, 16, 32)));
}

TEST(FieldTest, Attention) {
  AttentionSizes z;
  Program reference = attentionReference(z);
  EXPECT_TRUE(accepts(reference, attentionOnline(z, 16, 64)));
  EXPECT_TRUE(accepts(reference, attentionReference(z, false)));
  EXPECT_TRUE(accepts(attentionReference(z, false), reference));
  EXPECT_TRUE(accepts(reference, attentionSplit(z, 8, 64)));
  for (OnlineBug bug : {OnlineBug::NoRelOnSum, OnlineBug::NoRelOnValue,
                        OnlineBug::MissingScale, OnlineBug::ScaleTwice})
    EXPECT_TRUE(refuses(reference, attentionOnline(z, 16, 64, bug)));
  EXPECT_TRUE(refuses(reference, attentionSplit(z, 8, 64, false)));
  EXPECT_TRUE(refuses(reference, attentionReference(z, false, 1)));
}

TEST(FieldTest, RaggedAttention) {
  AttentionSizes z{2, 5, 8, 21, 3};
  Program reference = attentionReference(z);
  EXPECT_TRUE(accepts(reference, attentionOnline(z, 2, 4)));
  EXPECT_TRUE(accepts(reference, attentionSplit(z, 2, 4)));
  EXPECT_TRUE(accepts(reference, attentionSplit(z, 3, 8)));
  EXPECT_TRUE(
      refuses(reference, attentionOnline(z, 2, 4, OnlineBug::NoRelOnSum)));
}

TEST(FieldTest, QkNorm) {
  AttentionSizes z;
  Program reference = qkNormReference(z);
  EXPECT_TRUE(accepts(reference, qkNormOnline(z, 64, false)));
  EXPECT_TRUE(refuses(reference, qkNormOnline(z, 64, true)));
  FieldTestResult r = fieldTest(reference, qkNormOnline(z, 64, false));
  EXPECT_GT(r.repairs, 0u);
  EXPECT_EQ(r.levels, 2u);
}

// R12, S1
TEST(FieldTest, GatedMlp) {
  Program reference = gatedMlp(MlpForm::Reference);
  EXPECT_TRUE(accepts(reference, gatedMlp(MlpForm::Fused)));
  EXPECT_TRUE(accepts(reference, gatedMlp(MlpForm::OtherSilu)));
  EXPECT_TRUE(refuses(reference, gatedMlp(MlpForm::Swapped)));
  EXPECT_TRUE(refuses(reference, gatedMlp(MlpForm::SiluOfBoth)));
}

TEST(FieldTest, Lora) {
  Program reference = lora(LoraForm::Reference);
  EXPECT_TRUE(accepts(reference, lora(LoraForm::Concat)));
  EXPECT_TRUE(accepts(reference, lora(LoraForm::Merged)));
  EXPECT_TRUE(refuses(reference, lora(LoraForm::ConcatWrongOrder)));
}

// S5
TEST(FieldTest, MeanConstants) {
  EXPECT_TRUE(accepts(layerNorm(false), layerNorm(true)));
  EXPECT_TRUE(accepts(layerNorm(false), layerNorm(true, 4096, true)));
  EXPECT_TRUE(refuses(layerNorm(false), layerNorm(true, 4095)));
  EXPECT_TRUE(refuses(layerNorm(false), layerNorm(false, 2048)));
}

/// One output, a function of the inputs.
Program function(std::vector<Shape> inputs,
                 std::function<ValueId(Builder &, Builder::Values)> body) {
  Builder b;
  Builder::Values values;
  for (const Shape &shape : inputs)
    values.push_back(b.input(shape));
  ValueId result = body(b, values);
  return b.done({result});
}
using In = Builder::Values;

// S5: the number of summed elements meets another literal first.
TEST(FieldTest, MeanConstantsInProductsOfConstants) {
  auto squares = [](std::optional<double> count) {
    return function({{4, 1000}}, [=](Builder &b, In x) {
      ValueId s = b.sum(x[0], 1), c = b.c(0.003), m = b.mul(s, c);
      ValueId d = b.sub(x[0], m);
      if (!count)
        return b.sum(b.mul(d, d), 1);
      ValueId mixed = b.mul(b.mul(s, m), b.c(2));
      return b.add(b.sub(b.sum(b.mul(x[0], x[0]), 1), mixed),
                   b.mul(b.mul(s, m), b.mul(c, b.c(*count))));
    });
  };
  EXPECT_TRUE(accepts(squares({}), squares(1000)));
  EXPECT_TRUE(refuses(squares({}), squares(999)));
}

ValueId clamp(Builder &b, ValueId x, double bound) {
  return b.min(b.max(x, b.c(-bound)), b.c(bound));
}

// R9: no draw of size 1 tells these apart.
TEST(FieldTest, ClampIsCovered) {
  auto program = [](double bound) {
    return function({{4, 8}},
                    [=](Builder &b, In x) { return clamp(b, x[0], bound); });
  };
  for (double bound : {5., 0.5, 100., 3e4}) {
    EXPECT_TRUE(accepts(program(bound), program(bound)));
    EXPECT_TRUE(refuses(program(bound), program(1.2 * bound))) << bound;
    EXPECT_TRUE(fieldTest(program(bound), program(bound)).uncovered.empty());
  }
}

TEST(FieldTest, DifferencesOnALiteralOnly) {
  // 1 where x equals or does not exceed the bound, else x.
  auto program = [](Predicate predicate) {
    return function({{3, 4}}, [=](Builder &b, In x) {
      ValueId c = b.op(cmpSem(), {x[0], b.c(0.5)},
                       Params().set("predicate", static_cast<int>(predicate)),
                       ElementType::I1);
      return b.op(selectSem(), {c, b.c(1), x[0]});
    });
  };
  auto same = function({{3, 4}}, [](Builder &b, In x) { return x[0]; });
  EXPECT_TRUE(refuses(same, program(Predicate::eq)));
  EXPECT_TRUE(refuses(program(Predicate::lt), program(Predicate::le)));
  EXPECT_TRUE(refuses(program(Predicate::gt), program(Predicate::ge)));
  EXPECT_TRUE(accepts(program(Predicate::le), program(Predicate::le)));
}

// R8
TEST(FieldTest, OrderLaws) {
  auto relu = [](Builder &b, ValueId x) { return b.max(x, b.c(0)); };
  std::vector<Shape> two = {{4, 8}, {4, 8}};
  auto identity = function(
      two, [](Builder &b, In x) { return b.add(x[0], b.sub(x[1], x[1])); });
  auto reluOf = function(two, [&](Builder &b, In x) { return relu(b, x[0]); });
  EXPECT_TRUE(refuses(reluOf, identity));
  auto scaled = [&](double inside, double outside) {
    return function(two, [=](Builder &b, In x) {
      return b.mul(relu(b, b.mul(x[0], b.c(inside))), b.c(outside));
    });
  };
  EXPECT_TRUE(accepts(scaled(3, 1), scaled(1, 3)));
  EXPECT_TRUE(refuses(scaled(3, 1), scaled(-1, -3)));
  auto maximum =
      function(two, [](Builder &b, In x) { return b.max(x[0], x[1]); });
  auto shifted = function(two, [&](Builder &b, In x) {
    return b.add(x[1], relu(b, b.sub(x[0], x[1])));
  });
  auto selected = function(two, [](Builder &b, In x) {
    Params gt;
    gt.set("predicate", static_cast<int64_t>(Predicate::gt));
    ValueId c = b.op(cmpSem(), {x[0], x[1]}, gt, ElementType::I1);
    return b.op(selectSem(), {c, x[0], x[1]});
  });
  auto half = function(two, [&](Builder &b, In x) {
    ValueId d = b.op(absSem(), {b.sub(x[0], x[1])});
    return b.mul(b.c(0.5), b.add(b.add(x[0], x[1]), d));
  });
  for (const Program &p : {shifted, selected, half})
    EXPECT_TRUE(accepts(maximum, p));
  auto minimum =
      function(two, [](Builder &b, In x) { return b.min(x[0], x[1]); });
  EXPECT_TRUE(refuses(maximum, minimum));
}

// R10
TEST(FieldTest, DomainMayNotShrink) {
  auto logOfSquare = function(
      {{4, 8}}, [](Builder &b, In x) { return b.log(b.mul(x[0], x[0])); });
  auto twiceLog = function(
      {{4, 8}}, [](Builder &b, In x) { return b.mul(b.c(2), b.log(x[0])); });
  EXPECT_EQ(fieldTest(logOfSquare, twiceLog).reason, FieldReason::Undefined);
  EXPECT_TRUE(accepts(twiceLog, logOfSquare));
}

// R11
TEST(FieldTest, Roots) {
  std::vector<Shape> shape = {{4, 64}};
  auto of = [&](std::function<ValueId(Builder &, ValueId)> f) {
    return function(shape, [f](Builder &b, In x) {
      return f(b, b.sum(b.mul(x[0], x[0]), 1));
    });
  };
  auto s = of([](Builder &b, ValueId s) { return s; });
  auto rootSquared =
      of([](Builder &b, ValueId s) { return b.mul(b.sqrt(s), b.sqrt(s)); });
  auto minus = of([](Builder &b, ValueId s) { return b.neg(s); });
  EXPECT_TRUE(accepts(rootSquared, s));
  EXPECT_TRUE(refuses(rootSquared, minus));
  auto rsqrt = of([](Builder &b, ValueId s) { return b.rsqrt(s); });
  auto quotient = of([](Builder &b, ValueId s) { return b.div(b.sqrt(s), s); });
  auto inverse =
      of([](Builder &b, ValueId s) { return b.div(b.c(1), b.sqrt(s)); });
  EXPECT_TRUE(accepts(rsqrt, quotient));
  EXPECT_TRUE(accepts(rsqrt, inverse));
  // R2: 7 is a residue in every field.
  auto seven = of([](Builder &b, ValueId s) {
    return b.div(b.c(7), b.sqrt(b.add(s, b.c(49 * 0.5))));
  });
  auto folded = of([](Builder &b, ValueId s) {
    return b.rsqrt(b.add(b.div(s, b.c(49)), b.c(0.5)));
  });
  EXPECT_TRUE(accepts(seven, folded));
  // Behind an exponential the argument depends on the level above.
  auto behindExp =
      of([](Builder &b, ValueId s) { return b.sqrt(b.add(b.c(1), b.exp(s))); });
  EXPECT_TRUE(accepts(behindExp, behindExp));
}

TEST(FieldTest, RootsOfOneInputAreRepairedTogether) {
  auto program = [](bool product) {
    return function({{1, 1}}, [=](Builder &b, In x) {
      ValueId s = b.mul(x[0], x[0]);
      ValueId u = b.add(s, b.c(1)), v = b.add(s, b.c(2));
      return product ? b.sqrt(b.mul(u, v)) : b.mul(b.sqrt(u), b.sqrt(v));
    });
  };
  EXPECT_TRUE(accepts(program(false), program(true)));
}

// R1, R15
TEST(FieldTest, TwoAttentionLayers) {
  AttentionSizes z{1, 4, 8, 16, 8};
  auto program = [&](bool safe, double scale) {
    Builder b;
    ValueId q = b.input({z.b, z.m, z.d});
    ValueId kt[2], v[2];
    for (int i : {0, 1}) {
      kt[i] = b.input({z.b, z.d, z.k});
      v[i] = b.input({z.b, z.k, z.d});
    }
    for (int i : {0, 1}) {
      ValueId s = b.matmul(q, kt[i]);
      if (i)
        s = b.mul(s, b.c(scale, 3));
      if (safe)
        s = b.sub(s, b.maximum(s, 2));
      ValueId p = b.exp(s);
      q = b.div(b.matmul(p, v[i]), b.sum(p, 2));
    }
    return b.done({q});
  };
  EXPECT_TRUE(accepts(program(true, 1), program(false, 1)));
  EXPECT_TRUE(refuses(program(true, 1), program(true, 3)));
  EXPECT_EQ(fieldTest(program(true, 1), program(false, 1)).levels, 3u);
}

TEST(FieldTest, ExponentialsBelowTheTower) {
  auto program = [](double c) {
    return function({{2, 3}}, [=](Builder &b, In x) {
      ValueId v = b.mul(x[0], b.c(c));
      for (int i = 0; i < 6; ++i)
        v = b.exp(b.neg(v));
      return v;
    });
  };
  FieldTestResult r = fieldTest(program(1), program(1));
  EXPECT_TRUE(r.accepted) << r.text;
  EXPECT_TRUE(r.deepExponentials);
  EXPECT_TRUE(refuses(program(1), program(2)));
}

// R13
TEST(FieldTest, OpaqueFunctions) {
  auto gelu = [](bool odd, const char *inner) {
    return function({{4, 64}, {64, 8}}, [=](Builder &b, In x) {
      ValueId v = b.matmul(x[0], x[1]);
      ValueId e = b.op(erfSem(), {odd ? b.neg(v) : v});
      ValueId one = b.c(1);
      Params map;
      map.expr = ScalarExpr::call(*lookupScalarFn(inner), {ScalarExpr::arg(0)});
      ValueId w = b.op(mapSem(), {v}, map);
      return b.mul(w, odd ? b.sub(one, e) : b.add(one, e));
    });
  };
  EXPECT_TRUE(accepts(gelu(false, "math.sin"), gelu(true, "math.sin")));
  EXPECT_TRUE(refuses(gelu(false, "math.sin"), gelu(false, "math.cos")));
}

// R14
TEST(FieldTest, LogSumExp) {
  std::vector<Shape> shape = {{8, 4096}};
  auto unsafe = function(
      shape, [](Builder &b, In x) { return b.log(b.sum(b.exp(x[0]), 1)); });
  auto safe = function(shape, [](Builder &b, In x) {
    ValueId m = b.maximum(x[0], 1);
    return b.add(m, b.log(b.sum(b.exp(b.sub(x[0], m)), 1)));
  });
  auto online = [&](bool rel) {
    return function(shape, [=](Builder &b, In x) {
      AxisId k = b.axis(64, "k"), m = b.axis(2, "m");
      return b.kernel({m}, {f32({8, 1})}, [&](const auto &res) {
        auto sums = b.loop({k}, [&] {
          ValueId t = b.load(x[0], {{m}, {k}}, {4, 64});
          ValueId mj = b.maximum(t, 1);
          return std::vector<Accumulator>{
              {Combiner::Max, mj},
              {Combiner::Sum, b.sum(b.expSub(t, mj), 1), rel ? 0 : -1}};
        });
        b.store(b.add(sums[0], b.log(sums[1])), res[0], {{m}, {}});
      })[0];
    });
  };
  // The log of sums over parts, summed up again.
  auto parts = function(shape, [](Builder &b, In x) {
    AxisId k = b.axis(64, "k"), m = b.axis(2, "m");
    ValueId part = b.kernel({m, k}, {f32({8, 64})}, [&](const auto &res) {
      ValueId t = b.load(x[0], {{m}, {k}}, {4, 64});
      b.store(b.log(b.sum(b.exp(t), 1)), res[0], {{m}, {k}});
    })[0];
    return b.log(b.sum(b.exp(part), 1));
  });
  EXPECT_TRUE(accepts(safe, unsafe));
  EXPECT_TRUE(accepts(safe, online(true)));
  EXPECT_TRUE(accepts(safe, parts));
  EXPECT_TRUE(refuses(safe, online(false)));
  auto logSoftmax = [&](bool throughLse) {
    return function(shape, [=](Builder &b, In x) {
      ValueId p = b.exp(x[0]), l = b.sum(p, 1);
      return throughLse ? b.sub(x[0], b.log(l)) : b.log(b.div(p, l));
    });
  };
  EXPECT_TRUE(accepts(logSoftmax(false), logSoftmax(true)));
}

// S2: equal at widths 1 and 2, for every x.
TEST(FieldTest, WidthExceedsTheProductsOfSums) {
  auto program = [](bool zero) {
    return function({{4, 2048}}, [=](Builder &b, In x) {
      ValueId x2 = b.mul(x[0], x[0]);
      ValueId s = b.sum(x[0], 1), s2 = b.sum(x2, 1),
              s3 = b.sum(b.mul(x2, x[0]), 1);
      ValueId e =
          b.add(b.sub(b.mul(s, b.mul(s, s)), b.mul(b.c(3), b.mul(s, s2))),
                b.mul(b.c(2), s3));
      return zero ? b.sub(e, e) : e;
    });
  };
  EXPECT_TRUE(refuses(program(false), program(true)));
}

// S3: only a ragged surrogate sees that the ones are counted in full tiles.
TEST(FieldTest, ForgottenMask) {
  auto plan = [](int64_t extent, bool constants) {
    return function({{4, extent}}, [=](Builder &b, In x) {
      AxisId k = b.axis((extent + 63) / 64, "k"), m = b.axis(2, "m");
      return b.kernel({m}, {f32({4, 1})}, [&](const auto &res) {
        auto sums = b.loop({k}, [&] {
          ValueId t = b.load(x[0], {{m}, {k}}, {2, 64});
          ValueId one = b.c(1);
          ValueId ones = constants ? b.op(broadcastSem(), {one},
                                          Params().setArray("shape", {2, 64}))
                                   : b.add(b.sub(t, t), one);
          return std::vector<Accumulator>{{Combiner::Sum, b.sum(t, 1)},
                                          {Combiner::Sum, b.sum(ones, 1)}};
        });
        b.store(b.add(sums[0], sums[1]), res[0], {{m}, {}});
      })[0];
    });
  };
  auto reference = [](int64_t extent) {
    return function({{4, extent}}, [](Builder &b, In x) {
      return b.sum(b.add(x[0], b.c(1)), 1);
    });
  };
  EXPECT_TRUE(accepts(reference(4096), plan(4096, true)));
  EXPECT_TRUE(accepts(reference(4000), plan(4000, false)));
  EXPECT_TRUE(refuses(reference(4000), plan(4000, true)));
  FieldTestOptions onlySurrogates;
  onlySurrogates.realWork = 0;
  FieldTestResult r =
      fieldTest(reference(4000), plan(4000, true), onlySurrogates);
  ASSERT_TRUE(r.difference);
  EXPECT_EQ(r.difference->surrogate, "ragged");
}

TEST(FieldTest, CombinersAndSplitsThatAreWrong) {
  auto reference =
      function({{4, 4096}}, [](Builder &b, In x) { return b.sum(x[0], 1); });
  // A loop over half of the steps, or a split that leaves a gap.
  auto partial = [](int64_t steps, int64_t tile) {
    return function({{4, 4096}}, [=](Builder &b, In x) {
      AxisId k = b.axis(steps, "k");
      return b.kernel({}, {f32({4, 1})}, [&](const auto &res) {
        auto sums = b.loop({k}, [&] {
          ValueId t = b.load(x[0], {{}, {k}}, {4, tile});
          return std::vector<Accumulator>{{Combiner::Sum, b.sum(t, 1)}};
        });
        b.store(sums[0], res[0], {{}, {}});
      })[0];
    });
  };
  EXPECT_TRUE(accepts(reference, partial(64, 64)));
  EXPECT_EQ(fieldTest(reference, partial(63, 64)).reason,
            FieldReason::IllFormed);
  EXPECT_EQ(fieldTest(reference, partial(65, 64)).reason,
            FieldReason::IllFormed);
  // Blocks that all write the same element, or count something twice.
  auto twice = function({{4, 4096}}, [](Builder &b, In x) {
    AxisId k = b.axis(64, "k"), s = b.axis(2, "s");
    return b.kernel({}, {f32({4, 1})}, [&](const auto &res) {
      auto sums = b.loop({s, k}, [&] {
        ValueId t = b.load(x[0], {{}, {k}}, {4, 64});
        return std::vector<Accumulator>{{Combiner::Sum, b.sum(t, 1)}};
      });
      b.store(sums[0], res[0], {{}, {}});
    })[0];
  });
  EXPECT_TRUE(refuses(reference, twice));
  auto unnamed = function({{4, 4096}}, [](Builder &b, In x) {
    AxisId k = b.axis(64, "k");
    return b.kernel({k}, {f32({4, 1})}, [&](const auto &res) {
      ValueId t = b.load(x[0], {{}, {k}}, {4, 64});
      b.store(b.sum(t, 1), res[0], {{}, {}});
    })[0];
  });
  EXPECT_EQ(fieldTest(reference, unnamed).reason, FieldReason::IllFormed);
}

TEST(FieldTest, TransposedAndDiagonalReads) {
  auto plan = [](bool transposed, bool diagonal) {
    return function({{256, 256}}, [=](Builder &b, In x) {
      AxisId i = b.axis(8, "i"), k = b.axis(8, "k");
      return b.kernel({i}, {f32({256, 1})}, [&](const auto &res) {
        auto sums = b.loop({k}, [&] {
          AxisId other = diagonal ? i : k;
          ValueId t =
              transposed
                  ? b.transpose(b.load(x[0], {{other}, {i}}, {32, 32}), {1, 0})
                  : b.load(x[0], {{i}, {other}}, {32, 32});
          return std::vector<Accumulator>{{Combiner::Sum, b.sum(t, 1)}};
        });
        b.store(sums[0], res[0], {{i}, {}});
      })[0];
    });
  };
  auto reference = function({{256, 256}}, [](Builder &b, In x) {
    return b.sum(b.add(x[0], b.matmul(x[0], b.sub(x[0], x[0]))), 1);
  });
  EXPECT_TRUE(accepts(reference, plan(false, false)));
  EXPECT_TRUE(refuses(reference, plan(true, false)));
  EXPECT_TRUE(refuses(reference, plan(false, true)));
}

TEST(FieldTest, CyclicSplit) {
  auto plan = [](bool cyclic) {
    return function({{4, 4000}}, [=](Builder &b, In x) {
      AxisId s = b.axis(4, "s"), k = b.axis(16, "k");
      llvm::SmallVector<AxisId, 2> order = {s, k};
      if (cyclic)
        order = {k, s};
      ValueId p = b.kernel({s}, {f32({4, 4})}, [&](const auto &res) {
        auto sums = b.loop({k}, [&] {
          ValueId t = b.load(x[0], {{}, order}, {4, 64});
          return std::vector<Accumulator>{{Combiner::Sum, b.sum(t, 1)}};
        });
        b.store(sums[0], res[0], {{}, {s}});
      })[0];
      return b.sum(p, 1);
    });
  };
  auto reference =
      function({{4, 4000}}, [](Builder &b, In x) { return b.sum(x[0], 1); });
  EXPECT_TRUE(accepts(reference, plan(false)));
  EXPECT_TRUE(accepts(reference, plan(true)));
}

// The last tile of the accumulator is smaller than the others, in every row.
TEST(FieldTest, AccumulatorsOverRaggedTiles) {
  auto reference = function({{4, 1000}}, [](Builder &b, In x) {
    ValueId m = b.maximum(x[0], 1);
    ValueId p = b.exp(b.sub(x[0], m));
    return b.add(b.sum(x[0], 1), b.add(m, b.log(b.sum(p, 1))));
  });
  auto plan = function({{4, 1000}}, [](Builder &b, In x) {
    AxisId k = b.axis(16, "k"), m = b.axis(2, "m");
    return b.kernel({m}, {f32({4, 1})}, [&](const auto &res) {
      auto sums = b.loop({k}, [&] {
        ValueId t = b.load(x[0], {{m}, {k}}, {2, 64});
        ValueId one = b.exp(b.sub(t, t));
        return std::vector<Accumulator>{
            {Combiner::Sum, t}, {Combiner::Max, t}, {Combiner::Sum, one, 1}};
      });
      ValueId l = b.sumRel(sums[2], sums[1], 1);
      ValueId lse = b.add(b.maximum(sums[1], 1), b.log(l));
      b.store(b.add(b.sum(sums[0], 1), lse), res[0], {{m}, {}});
    })[0];
  });
  EXPECT_TRUE(accepts(reference, plan));
}

TEST(FieldTest, ViewsKeepTheirPieces) {
  // Rotary embedding on two halves, heads merged into one dimension.
  auto rope = [](bool merged, bool swapped) {
    return function({{8, 32 * 128}, {8, 64}, {8, 64}}, [=](Builder &b, In in) {
      ValueId x = b.reshape(in[0], {8, 32, 128});
      ValueId cos = b.reshape(in[1], {8, 1, 64}),
              sin = b.reshape(in[2], {8, 1, 64});
      ValueId lo = b.slice(x, {0, 0, 0}, {8, 32, 64}, {1, 1, 1});
      ValueId hi = b.slice(x, {0, 0, 64}, {8, 32, 64}, {1, 1, 1});
      if (swapped)
        std::swap(lo, hi);
      ValueId first = merged ? b.add(b.mul(lo, cos), b.neg(b.mul(hi, sin)))
                             : b.sub(b.mul(lo, cos), b.mul(hi, sin));
      ValueId second = b.add(b.mul(hi, cos), b.mul(lo, sin));
      return b.reshape(b.concat({first, second}, 2), {8, 32 * 128});
    });
  };
  EXPECT_TRUE(accepts(rope(false, false), rope(true, false)));
  EXPECT_TRUE(refuses(rope(false, false), rope(false, true)));
  // Every second element.
  auto strided = [](int64_t offset) {
    return function({{8, 4096}}, [=](Builder &b, In in) {
      return b.slice(in[0], {0, offset}, {8, 2048}, {1, 2});
    });
  };
  EXPECT_TRUE(accepts(strided(1), strided(1)));
  EXPECT_TRUE(refuses(strided(1), strided(0)));
}

TEST(FieldTest, ExtentsThatNoInputDependsOn) {
  // A sum over a constant, a loop that reads nothing, and their values.
  Builder a;
  ValueId x = a.input({3, 5});
  ValueId total = a.sum(a.splat(0.25, {3, 7}), 1);
  Program reference = a.done({a.mul(x, total)});
  EXPECT_TRUE(fieldTest(reference, reference).accepted);

  auto looped = [&](int64_t steps) {
    Builder b;
    ValueId x = b.input({3, 5});
    AxisId k = b.axis(steps);
    auto out = b.kernel({}, {f32({3, 5})}, [&](const Builder::Values &outs) {
      ValueId t = b.load(x, {{}, {}}, {3, 5});
      auto sums = b.loop({k}, [&] {
        return std::vector<Accumulator>{{Combiner::Sum, b.c(0.25)}};
      });
      b.store(b.mul(t, sums[0]), outs[0], {{}, {}});
    });
    return b.done({out[0]});
  };
  EXPECT_TRUE(fieldTest(reference, looped(7)).accepted);
  EXPECT_EQ(fieldTest(reference, looped(6)).reason, FieldReason::Different);
}

TEST(FieldTest, DenseConstants) {
  std::vector<double> weights(1024 * 1024);
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = std::sin(static_cast<double>(i));
  auto other = weights;
  other.back() += 1;
  auto plan = [&](bool left, const std::vector<double> &data) {
    return function({{512, 1024}, {512, 1024}}, [&](Builder &b, In x) {
      ValueId w = b.dense({1024, 1024}, data);
      return left ? b.add(b.matmul(x[0], w), b.matmul(x[1], w))
                  : b.matmul(b.add(x[0], x[1]), w);
    });
  };
  EXPECT_TRUE(accepts(plan(true, weights), plan(false, weights)));
  // Data that differ anywhere are no common constant, and too large to run.
  EXPECT_FALSE(fieldTest(plan(true, weights), plan(false, other)).accepted);
  // Small ones run as they are.
  auto small = [](double last) {
    return function({{64, 4}}, [=](Builder &b, In x) {
      return b.mul(x[0], b.dense({1, 4}, {1, 2, 3, last}));
    });
  };
  EXPECT_TRUE(accepts(small(4), small(4)));
  EXPECT_TRUE(refuses(small(4), small(5)));
}

// R6: a mask whose first tiles are -inf, as a constant.
TEST(FieldTest, InfiniteMasks) {
  std::vector<double> mask(8 * 16, 0.0);
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 12 - i; ++j)
      mask[16 * i + j] = -HUGE_VAL;
  auto reference = function({{8, 16}, {16, 4}}, [&](Builder &b, In x) {
    ValueId s = b.add(x[0], b.dense({8, 16}, mask));
    ValueId p = b.exp(b.sub(s, b.maximum(s, 1)));
    return b.matmul(b.div(p, b.sum(p, 1)), x[1]);
  });
  // Online, terms relative to -inf are 0, whatever they are. Where each tile's
  // sums are rescaled by hand, they must not be undefined.
  auto blocks = [&](bool online, bool guarded) {
    return function({{8, 16}, {16, 4}}, [&](Builder &b, In x) {
      ValueId mask_ = b.dense({8, 16}, mask);
      AxisId k = b.axis(4, "k"), l = b.axis(4, "l"), m = b.axis(2, "m");
      auto scores = [&](AxisId axis) {
        return b.add(b.load(x[0], {{m}, {axis}}, {4, 4}),
                     b.load(mask_, {{m}, {axis}}, {4, 4}));
      };
      return b.kernel({m}, {f32({8, 4})}, [&](const auto &res) {
        auto top = b.loop({l}, [&] {
          return std::vector<Accumulator>{
              {Combiner::Max, b.maximum(scores(l), 1)}};
        });
        auto sums = b.loop({k}, [&] {
          ValueId s = scores(k), mj = b.maximum(s, 1);
          ValueId p = guarded ? b.expSub(s, mj) : b.exp(b.sub(s, mj));
          ValueId v = b.load(x[1], {{k}, {}}, {4, 4});
          ValueId sum = b.sum(p, 1), product = b.matmul(p, v);
          if (online)
            return std::vector<Accumulator>{{Combiner::Max, mj},
                                            {Combiner::Sum, sum, 0},
                                            {Combiner::Sum, product, 0}};
          ValueId scale = b.expSub(mj, top[0]);
          return std::vector<Accumulator>{
              {Combiner::Max, mj},
              {Combiner::Sum, b.mul(scale, sum)},
              {Combiner::Sum, b.mul(scale, product)}};
        });
        b.store(b.div(sums[2], sums[1]), res[0], {{m}, {}});
      })[0];
    });
  };
  EXPECT_TRUE(accepts(reference, blocks(true, true)));
  EXPECT_TRUE(accepts(reference, blocks(true, false)));
  EXPECT_TRUE(accepts(reference, blocks(false, true)));
  EXPECT_EQ(fieldTest(reference, blocks(false, false)).reason,
            FieldReason::Undefined);
}

TEST(FieldTest, PredicatesAsInputs) {
  auto program = [](bool swapped) {
    Builder b;
    ValueId c = b.input({4, 64}, ElementType::I1);
    ValueId x = b.input({4, 64}), y = b.input({4, 64});
    return b.done({b.op(selectSem(), {c, swapped ? y : x, swapped ? x : y})});
  };
  EXPECT_TRUE(accepts(program(false), program(false)));
  EXPECT_TRUE(refuses(program(false), program(true)));
}

TEST(FieldTest, SignaturesMustAgree) {
  auto a = function({{4, 8}}, [](Builder &b, In x) { return x[0]; });
  auto b = function({{8, 4}}, [](Builder &b, In x) { return x[0]; });
  FieldTestResult r = fieldTest(a, b);
  EXPECT_EQ(r.reason, FieldReason::IllFormed);
  EXPECT_EQ(r.text, "the signatures differ");
}

TEST(FieldTest, UndefinedOutputsAreRefused) {
  // 1 / (x - x): never compared.
  auto p = function({{4, 8}}, [](Builder &b, In x) {
    return b.div(b.c(1), b.sub(x[0], x[0]));
  });
  EXPECT_EQ(fieldTest(p, p).reason, FieldReason::NeverCompared);
}

TEST(FieldTest, SeveralOutputsInOrder) {
  auto program = [](bool swapped) {
    Builder b;
    ValueId x = b.input({4, 64});
    ValueId s = b.sum(x, 1), m = b.maximum(x, 1);
    return swapped ? b.done({m, s}) : b.done({s, m});
  };
  EXPECT_TRUE(accepts(program(false), program(false)));
  FieldTestResult r = fieldTest(program(false), program(true));
  EXPECT_EQ(r.reason, FieldReason::Different);
  EXPECT_EQ(r.difference->output, 0u);
}

TEST(FieldTest, DependsOnItsSeedOnly) {
  AttentionSizes z;
  Program reference = qkNormReference(z), plan = qkNormOnline(z, 64, false),
          wrong = qkNormOnline(z, 64, true);
  FieldTestOptions options;
  options.seed = 7;
  FieldTestResult first = fieldTest(reference, plan, options);
  FieldTestResult refused = fieldTest(reference, wrong, options);
  std::vector<std::thread> threads;
  std::vector<FieldTestResult> results(8);
  for (size_t i = 0; i < results.size(); ++i)
    threads.emplace_back([&, i] {
      results[i] = fieldTest(reference, i % 2 ? wrong : plan, options);
    });
  for (std::thread &t : threads)
    t.join();
  for (size_t i = 0; i < results.size(); ++i) {
    const FieldTestResult &expected = i % 2 ? refused : first;
    EXPECT_EQ(results[i].text, expected.text);
    EXPECT_EQ(results[i].primes, expected.primes);
    EXPECT_EQ(results[i].repairs, expected.repairs);
    EXPECT_EQ(results[i].comparisons, expected.comparisons);
  }
  options.seed = 8;
  EXPECT_NE(fieldTest(reference, plan, options).primes, first.primes);
}

} // namespace
