//===- RealShapeTestTest.cpp - Programs evaluated by demand ---------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "mirage/Semantics/Cone.h"
#include "mirage/Verify/FieldTest.h"
#include "mirage/Verify/Surrogate.h"
#include <cmath>

using namespace mirage::test;
using namespace mirage::verify;

namespace {

//===----------------------------------------------------------------------===//
// Cones
//===----------------------------------------------------------------------===//

Region wholeOf(const Shape &shape) {
  Region region;
  for (int64_t extent : shape) {
    region.emplace_back();
    for (int64_t i = 0; i < extent; ++i)
      region.back().push_back(i);
  }
  return region;
}

/// Compares some elements of each output with an evaluation of all.
void checkCones(const Program &p, std::string name) {
  std::string why;
  ASSERT_TRUE(isWellFormed(p, why)) << why;
  FieldDomain domain(fieldTowers()[3], 3, 7);
  Random random(1);
  std::vector<FieldTensor> inputs;
  std::vector<FieldPart> parts;
  for (ValueId v : p.inputs) {
    FieldTensor t;
    t.shape = p.shape(v);
    for (int64_t i = 0, n = numElements(t.shape); i < n; ++i)
      t.data.push_back(domain.random(random, random.normal()));
    inputs.push_back(t);
    parts.push_back({wholeOf(t.shape), std::move(t)});
  }
  auto all = evaluate(domain, p, inputs);
  for (unsigned o = 0; o < p.outputs.size(); ++o) {
    const Shape &shape = p.shape(p.outputs[o]);
    for (unsigned trial = 0; trial < 12; ++trial) {
      // The first, the last, single elements, and products of two.
      Region region;
      for (int64_t extent : shape) {
        int64_t i = trial == 0   ? 0
                    : trial == 1 ? extent - 1
                                 : random.below(extent);
        region.push_back({i});
        if (trial > 6 && i + 1 < extent)
          region.back().push_back(i + 1 + random.below(extent - i - 1));
      }
      Cone cone(p, p.outputs[o], region);
      FieldPart part = cone.evaluate(domain, parts);
      ASSERT_EQ(part.region, region);
      EXPECT_GT(cone.work(), 0);
      size_t next = 0;
      Shape at(shape.size(), 0);
      while (true) {
        size_t offset = 0;
        for (size_t d = 0; d < shape.size(); ++d)
          offset = offset * shape[d] + region[d][at[d]];
        const FieldValue &x = all[o].data[offset],
                         &y = part.tensor.data[next++];
        EXPECT_EQ(x.bad, y.bad) << name;
        EXPECT_TRUE(!domain.comparable(x, y) || domain.same(x, y)) << name;
        EXPECT_NEAR(x.shadow, y.shadow, 1e-9 * (1 + std::fabs(x.shadow)));
        size_t d = shape.size();
        while (d-- > 0 && ++at[d] == static_cast<int64_t>(region[d].size()))
          at[d] = 0;
        if (d == static_cast<size_t>(-1))
          break;
      }
      EXPECT_EQ(next, part.tensor.data.size());
    }
  }
}

TEST(Cone, AgreesWithTheWholeProgram) {
  AttentionSizes even{2, 6, 8, 24, 6}, odd{2, 7, 8, 29, 6};
  RmsSizes rms{3, 50, 36};
  checkCones(rmsReference(rms), "rms");
  checkCones(rmsFused(rms, 8, 16), "rms, fused");
  checkCones(rmsSplitK(rms, 3, 8, 16), "rms, split");
  checkCones(attentionReference(even), "attention");
  checkCones(attentionOnline(even, 2, 8), "attention, online");
  checkCones(attentionOnline(odd, 4, 8), "attention, online, ragged");
  checkCones(attentionSplit(odd, 2, 8), "attention, split, ragged");
  checkCones(attentionSplit(odd, 5, 8), "attention, an empty split");
  checkCones(qkNormReference(odd), "qknorm");
  checkCones(qkNormOnline(odd, 8, false), "qknorm, online");
  checkCones(gatedMlp(MlpForm::Fused, 3, 192, 64), "mlp");
}

/// Products of matrices have a loop of their own, which adds before it reduces.
TEST(Contraction, IsASumOfProducts) {
  for (auto [k, n] : {std::pair(1, 2),
                      {2, 7},
                      {3, 64},
                      {4, 65},
                      {9, 1},
                      {70, 131},
                      {131, 8}}) {
    Builder b;
    ValueId x = b.input({3, k}), y = b.input({k, n});
    Program p = b.done({b.matmul(x, y), b.matmul(b.transpose(y, {1, 0}),
                                                 b.transpose(x, {1, 0}))});
    for (unsigned levels : {1u, 2u, FieldValue::maxLevels})
      for (unsigned special = 0; special < 6; ++special) {
        FieldDomain domain(fieldTowers()[5], levels, 7);
        Random random(special);
        std::vector<FieldTensor> inputs;
        for (ValueId v : p.inputs) {
          FieldTensor t;
          t.shape = p.shape(v);
          for (int64_t i = 0, size = numElements(t.shape); i < size; ++i) {
            t.data.push_back(domain.random(random, random.normal()));
            // The largest sums there are.
            if (special == 1)
              for (unsigned level = 0; level < levels; ++level)
                t.data.back().residue[level] = domain.field(level).prime - 1;
          }
          inputs.push_back(std::move(t));
        }
        FieldValue &one = inputs[1].data[inputs[1].data.size() / 2];
        if (special == 2)
          one = domain.constant(-HUGE_VAL);
        if (special == 3)
          one.bad = 1;
        if (special == 4)
          one.shadow = 1e308, inputs[0].data.front().shadow = 1e308;
        if (special == 5) {
          one.shadow = NAN;
          one.lost = true;
        }
        auto fast = evaluate(domain, p, inputs);
        Tape tape; // with one, scalar functions are applied
        FieldRecorder recorder;
        recorder.tape = &tape;
        domain.recorder = &recorder;
        auto slow = evaluate(domain, p, inputs);
        for (unsigned o = 0; o < 2; ++o)
          for (size_t i = 0; i < slow[o].data.size(); ++i) {
            const FieldValue &r = slow[o].data[i], &f = fast[o].data[i];
            EXPECT_EQ(r.bad, f.bad);
            EXPECT_EQ(r.kind, f.kind);
            EXPECT_EQ(r.lost, f.lost);
            EXPECT_TRUE(r.shadow == f.shadow ||
                        (std::isnan(r.shadow) && std::isnan(f.shadow)));
            for (unsigned level = 0; level < levels; ++level)
              if (!(r.bad >> level & 1))
                EXPECT_EQ(r.residue[level], f.residue[level])
                    << k << " x " << n << ", special " << special;
          }
      }
  }
}

TEST(Cone, ViewsAndConcatenations) {
  Builder b;
  ValueId in = b.input({4, 6 * 8}), w = b.input({3, 8});
  ValueId x = b.reshape(in, {4, 6, 8});
  ValueId lo = b.slice(x, {0, 1, 0}, {4, 3, 4}, {1, 2, 1});
  ValueId hi = b.slice(x, {0, 0, 4}, {4, 3, 4}, {1, 1, 1});
  ValueId both = b.concat({hi, b.neg(lo)}, 2);
  ValueId y = b.mul(both, b.reshape(w, {1, 3, 8}));
  ValueId t = b.transpose(y, {1, 0, 2});
  checkCones(b.done({b.reshape(t, {12, 8}), b.sum(t, 1)}), "views");
}

TEST(Cone, StacksStoresInLoopsAndSeveralOutputs) {
  Builder b;
  ValueId x = b.input({6, 20}), y = b.input({6, 20});
  AxisId m = b.axis(3, "m"), k = b.axis(4, "k");
  auto out = b.kernel(
      {m}, {f32({6, 20}), f32({6, 1}), f32({20, 1})}, [&](const auto &res) {
        auto sums = b.loop({k}, [&] {
          ValueId t = b.load(x, {{m}, {k}}, {2, 5});
          ValueId u = b.load(y, {{m}, {k}}, {2, 5});
          b.store(b.mul(t, u), res[0], {{m}, {k}});
          return std::vector<Accumulator>{{Combiner::Sum, b.sum(t, 1)},
                                          {Combiner::Stack, u, -1, 1}};
        });
        b.store(b.add(sums[0], b.maximum(sums[1], 1)), res[1], {{m}, {}});
        ValueId all = b.load(x, {{}, {}}, {6, 20});
        b.store(b.transpose(b.sum(all, 0), {1, 0}), res[2], {{}, {}}, {m});
      });
  checkCones(b.done({out[0], out[1], out[2]}), "stores");
}

TEST(Cone, NeedsLittle) {
  AttentionSizes z;
  Program p = attentionOnline(z, 16, 64);
  Cone cone(p, p.outputs[0], {{3}, {17}, {5}});
  // One query, one column of values, all keys of one batch.
  EXPECT_EQ(*cone.region(p.inputs[0]), (Region{{3}, {17}, wholeOf({64})[0]}));
  EXPECT_EQ(numElements(*cone.region(p.inputs[1])), 64 * 4096);
  EXPECT_EQ(numElements(*cone.region(p.inputs[2])), 4096);
  EXPECT_LT(cone.work(), 2e6);
}

//===----------------------------------------------------------------------===//
// S6
//===----------------------------------------------------------------------===//

TEST(RealShape, AcceptsWhatIsEqual) {
  AttentionSizes z{16, 256, 64, 4096, 64};
  RmsSizes rms{16, 4096, 4096};
  struct {
    Program reference, candidate;
  } pairs[] = {
      {rmsReference(rms), rmsFused(rms)},
      {rmsReference(rms), rmsSplitK(rms, 4, 64, 32)},
      {attentionReference(z), attentionOnline(z, 16, 64)},
      {attentionReference(z), attentionSplit(z, 8, 64)},
      {qkNormReference(z), qkNormOnline(z, 64, false)},
      {gatedMlp(MlpForm::Reference), gatedMlp(MlpForm::OtherSilu)},
      {lora(LoraForm::Reference), lora(LoraForm::Merged)},
      {layerNorm(false), layerNorm(true)},
  };
  for (auto &pair : pairs) {
    FieldTestResult r = realShapeTest(pair.reference, pair.candidate);
    EXPECT_TRUE(r.accepted) << r.text;
    // The first, the last and a random element, each with another prime.
    EXPECT_EQ(r.comparisons, 3u);
    EXPECT_EQ(r.draws, 3u);
    EXPECT_EQ(r.primes.size(), 3u);
    EXPECT_EQ(r.surrogates, std::vector<std::string>{"real"});
  }
}

TEST(RealShape, RefusesWhatDiffers) {
  AttentionSizes z;
  RmsSizes rms;
  struct {
    Program reference, candidate;
  } pairs[] = {
      {rmsReference(rms), rmsFused(rms, 64, 32, RmsBug::NoSquare)},
      {rmsReference(rms), rmsSplitK(rms, 4, 64, 32, true)},
      {attentionReference(z),
       attentionOnline(z, 16, 64, OnlineBug::NoRelOnValue)},
      {attentionReference(z), attentionSplit(z, 8, 64, false)},
      {qkNormReference(z), qkNormOnline(z, 64, true)},
      {gatedMlp(MlpForm::Reference), gatedMlp(MlpForm::Swapped)},
      {lora(LoraForm::Reference), lora(LoraForm::ConcatWrongOrder)},
      {layerNorm(false), layerNorm(true, 4095)},
  };
  for (auto &pair : pairs) {
    FieldTestResult r = realShapeTest(pair.reference, pair.candidate);
    ASSERT_TRUE(r.difference) << r.text;
    EXPECT_EQ(r.difference->surrogate, "real");
  }
}

// A mask with one entry of -inf: no other row shows that it was forgotten.
TEST(RealShape, SamplesAMaskedElement) {
  auto program = [](bool masked) {
    Builder b;
    ValueId x = b.input({200, 300});
    std::vector<double> mask(200 * 300, 0.0);
    if (masked)
      mask[77 * 300 + 10] = -HUGE_VAL;
    ValueId s = b.add(x, b.dense({200, 300}, mask));
    ValueId p = b.exp(b.sub(s, b.maximum(s, 1)));
    return b.done({b.div(p, b.sum(p, 1))});
  };
  EXPECT_TRUE(realShapeTest(program(true), program(true)).accepted);
  FieldTestResult r = realShapeTest(program(true), program(false));
  ASSERT_TRUE(r.difference) << r.text;
  EXPECT_EQ(r.difference->index[0], 77);
}

// Roots over roots, roots in kernels, and roots that share their inputs.
TEST(RealShape, RepairsRootsOnTheCone) {
  auto twice = [](bool inverse) {
    Builder b;
    ValueId x = b.input({64, 256}), w = b.input({64, 256});
    auto norm = [&](ValueId v) {
      ValueId ss = b.add(b.sum(b.mul(v, v), 1), b.c(1));
      return inverse ? b.mul(v, b.rsqrt(ss)) : b.div(v, b.sqrt(ss));
    };
    // Over a root, and roots of one row that share it.
    ValueId y = norm(x), z = b.mul(y, w);
    return b.done({norm(b.add(y, b.sqrt(b.add(b.mul(z, w), b.c(1)))))});
  };
  FieldTestResult r = realShapeTest(twice(false), twice(true));
  EXPECT_TRUE(r.accepted) << r.text;
  EXPECT_GT(r.repairs, 100u);
  AttentionSizes z{2, 8, 16, 128, 8};
  r = realShapeTest(qkNormOnline(z, 16, false), qkNormReference(z));
  EXPECT_TRUE(r.accepted) << r.text;
}

/// A root that a whole weight stands behind, after one that it shares x with.
TEST(RealShape, RepairsRootsOverAWholeWeight) {
  auto layer = [](bool inverse, double scale) {
    Builder b;
    ValueId x = b.input({4, 96}), w = b.input({96, 96});
    auto norm = [&](ValueId v) {
      ValueId ss = b.sum(b.mul(v, v), 1);
      return inverse ? b.mul(v, b.rsqrt(ss)) : b.div(v, b.sqrt(ss));
    };
    return b.done({norm(b.mul(b.matmul(norm(x), w), b.c(scale)))});
  };
  FieldTestResult r = realShapeTest(layer(false, 1), layer(true, 1));
  EXPECT_TRUE(r.accepted) << r.text;
  EXPECT_GT(r.repairs, 96u * 96);
  EXPECT_EQ(r.comparisons, 3u);
  // A norm forgets a positive scale, and not a sign.
  EXPECT_TRUE(realShapeTest(layer(false, 1), layer(true, 3)).accepted);
  EXPECT_EQ(realShapeTest(layer(false, 1), layer(true, -1)).reason,
            FieldReason::Different);
}

TEST(RealShape, SaysWhenOneElementIsTooMuch) {
  Builder b;
  ValueId x = b.input({4096, 4096}), y = b.input({4096, 4096});
  Program p = b.done({b.sum(b.matmul(x, y), 1)});
  FieldTestResult r = realShapeTest(p, p);
  EXPECT_EQ(r.reason, FieldReason::NotTestable);
  EXPECT_NE(r.text.find("one element takes"), std::string::npos) << r.text;
}

TEST(RealShape, IsBoundedByWorkAndNotByExtents) {
  constexpr int64_t huge = int64_t(1) << 40;
  Builder b;
  ValueId x = b.input({huge, 4});
  Program rows = b.done({b.sum(b.exp(x), 1)});
  FieldTestResult r = realShapeTest(rows, rows);
  EXPECT_TRUE(r.accepted) << r.text;
  // A list of the summed indices would not fit into memory.
  Builder c;
  ValueId y = c.input({4, huge});
  Program columns = c.done({c.sum(c.exp(y), 1)});
  r = realShapeTest(columns, columns);
  EXPECT_EQ(r.reason, FieldReason::NotTestable);
}

TEST(RealShape, DependsOnItsSeedOnly) {
  AttentionSizes z{2, 16, 16, 256, 16};
  RealShapeOptions options;
  options.seed = 3;
  FieldTestResult first =
      realShapeTest(qkNormReference(z), qkNormOnline(z, 16, false), options);
  FieldTestResult second =
      realShapeTest(qkNormReference(z), qkNormOnline(z, 16, false), options);
  EXPECT_EQ(first.repairs, second.repairs);
  EXPECT_EQ(first.primes, second.primes);
  EXPECT_TRUE(first.accepted && second.accepted);
}

} // namespace
