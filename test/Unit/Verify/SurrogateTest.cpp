//===- SurrogateTest.cpp - Shapes that stand for others -------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Verify/Surrogate.h"
#include "Programs.h"
#include "mirage/Verify/FieldTest.h"
#include <cmath>
#include <set>

using namespace mirage::test;
using namespace mirage::verify;

namespace {

struct Shrunk {
  Program reference, candidate;
};

std::optional<Shrunk> shrink(const Program &reference, const Program &candidate,
                             SurrogateOptions options) {
  std::string why;
  auto classes = SizeClasses::compute(reference, candidate, why);
  if (!classes) {
    ADD_FAILURE() << why;
    return std::nullopt;
  }
  auto assignment = classes->assign(options, why);
  if (!assignment) {
    ADD_FAILURE() << why;
    return std::nullopt;
  }
  auto r = instantiate(reference, assignment->reference, why);
  auto c =
      r ? instantiate(candidate, assignment->candidate, why) : std::nullopt;
  if (!c) {
    ADD_FAILURE() << why;
    return std::nullopt;
  }
  return Shrunk{*r, *c};
}

/// S3, on every split of a program.
void checkSplits(const Program &real, const Program &small, bool ragged) {
  std::map<AxisId, bool> isLoop;
  std::vector<const Op *> before, after;
  walk(real.ops, [&](const Op &op) {
    before.push_back(&op);
    for (AxisId a : op.axes)
      isLoop[a] = op.kind == Op::Loop;
  });
  walk(small.ops, [&](const Op &op) { after.push_back(&op); });
  ASSERT_EQ(before.size(), after.size());
  for (size_t i = 0; i < before.size(); ++i) {
    const Op &op = *after[i];
    for (AxisId a : op.axes) {
      int64_t extent = small.axes[a].extent;
      if (real.axes[a].extent == 1)
        EXPECT_EQ(extent, 1);
      else
        EXPECT_GE(extent, isLoop[a] ? 3 : 2);
    }
    if (op.kind != Op::Load && op.kind != Op::Store)
      continue;
    bool load = op.kind == Op::Load;
    ValueId source = load ? op.operands[0] : op.results[0];
    ValueId tile = load ? op.results[0] : op.operands[0];
    for (size_t d = 0; d < op.split.size(); ++d) {
      int64_t n = small.shape(source)[d], t = small.shape(tile)[d];
      int64_t blocks = 1, realBlocks = 1;
      for (AxisId a : op.split[d]) {
        blocks *= small.axes[a].extent;
        realBlocks *= real.axes[a].extent;
      }
      bool realRagged =
          realBlocks * real.shape(tile)[d] != real.shape(source)[d];
      if (op.split[d].empty())
        continue;
      if (real.shape(tile)[d] != 1) {
        EXPECT_GE(t, 2);
      }
      if (!ragged || !realRagged) {
        EXPECT_EQ(n, t * blocks);
      } else if (real.shape(source)[d] % real.shape(tile)[d]) {
        EXPECT_LT(n, t * blocks);
        EXPECT_GE(n % t, 2);
      }
    }
  }
}

TEST(Surrogate, KeepsSplitsOfEveryKind) {
  AttentionSizes even, odd{4, 100, 48, 1000, 80};
  RmsSizes rms{5, 1000, 300};
  struct {
    Program reference, candidate;
  } pairs[] = {
      {rmsReference(), rmsFused()},
      {rmsReference(), rmsSplitK({}, 4, 64, 32)},
      {rmsReference(rms), rmsFused(rms, 64, 32)},
      {rmsReference(rms), rmsSplitK(rms, 3, 64, 32)},
      {attentionReference(even), attentionOnline(even, 16, 64)},
      {attentionReference(even), attentionSplit(even, 8, 64)},
      {attentionReference(odd), attentionOnline(odd, 16, 64)},
      {attentionReference(odd), attentionSplit(odd, 3, 64)},
      {gatedMlp(MlpForm::Reference), gatedMlp(MlpForm::Fused)},
      {lora(LoraForm::Reference), lora(LoraForm::Concat)},
      {qkNormReference(odd), qkNormOnline(odd, 64, false)},
  };
  for (auto &pair : pairs)
    for (SurrogateKind kind : {SurrogateKind::Dividing, SurrogateKind::Ragged,
                               SurrogateKind::Float}) {
      SurrogateOptions options;
      options.kind = kind;
      auto small = shrink(pair.reference, pair.candidate, options);
      ASSERT_TRUE(small);
      EXPECT_EQ(small->reference.inputs.size(), small->candidate.inputs.size());
      for (size_t i = 0; i < small->reference.inputs.size(); ++i)
        EXPECT_EQ(small->reference.values[small->reference.inputs[i]],
                  small->candidate.values[small->candidate.inputs[i]]);
      if (kind == SurrogateKind::Dividing || kind == SurrogateKind::Ragged) {
        checkSplits(pair.candidate, small->candidate,
                    kind == SurrogateKind::Ragged);
        EXPECT_LT(scalarOps(small->reference), 2e5);
      }
    }
}

// S2
TEST(Surrogate, ExtentsAreDistinctAndExceedTheSums) {
  AttentionSizes z;
  SurrogateOptions options;
  auto small = shrink(qkNormReference(z), qkNormOnline(z, 64, false), options);
  ASSERT_TRUE(small);
  const Program &p = small->reference;
  const Shape &q = p.shape(p.inputs[0]), &k = p.shape(p.inputs[1]),
              &v = p.shape(p.inputs[2]);
  EXPECT_EQ(q[0], k[0]);
  EXPECT_EQ(q[2], k[2]);
  EXPECT_EQ(k[1], v[1]);
  std::set<int64_t> extents = {q[0], q[1], q[2], k[1], v[2]};
  EXPECT_EQ(extents.size(), 5u);
  EXPECT_GE(*extents.begin(), 3);
  EXPECT_GT(q[2], 6); // three sums in each program
}

TEST(Surrogate, UnitExtentsStay) {
  AttentionSizes z{1, 1, 64, 4096, 64};
  auto small = shrink(attentionReference(z), attentionOnline(z, 1, 64), {});
  ASSERT_TRUE(small);
  const Shape &q = small->reference.shape(small->reference.inputs[0]);
  EXPECT_EQ(q[0], 1);
  EXPECT_EQ(q[1], 1);
}

TEST(Surrogate, FloatKeepsTilesAndRaggedEdges) {
  RmsSizes z{16, 4000, 4000};
  SurrogateOptions options;
  options.kind = SurrogateKind::Float;
  options.tileCap = 64;
  auto small = shrink(rmsReference(z), rmsFused(z, 64, 32), options);
  ASSERT_TRUE(small);
  // The rest of 4000 by 64 is 32, by 32 nothing.
  EXPECT_EQ(small->candidate.axes[1].extent, 3);
  int64_t k = small->reference.shape(small->reference.inputs[0])[1];
  EXPECT_GT(k, 2 * 64);
  EXPECT_LT(k, 3 * 64);
  EXPECT_EQ(small->reference.shape(small->reference.inputs[1])[1] % 32, 0);
}

TEST(Surrogate, TheSameClassSplitInTwoWays) {
  // W's rows are contracted in tiles of 64 and written in tiles of 48.
  auto plan = [](int64_t n) {
    Builder b;
    ValueId x = b.input({n, n}), y = b.input({n, n});
    auto product = [&](ValueId a, int64_t rows, int64_t inner) {
      AxisId i = b.axis((n + rows - 1) / rows, "i"),
             k = b.axis((n + inner - 1) / inner, "k");
      return b.kernel({i}, {f32({n, n})}, [&](const auto &res) {
        auto sums = b.loop({k}, [&] {
          ValueId at = b.load(a, {{i}, {k}}, {rows, inner});
          ValueId yt = b.load(y, {{k}, {}}, {inner, n});
          return std::vector<Accumulator>{{Combiner::Sum, b.matmul(at, yt)}};
        });
        b.store(sums[0], res[0], {{i}, {}});
      })[0];
    };
    return b.done({product(product(x, 48, 64), 64, 48)});
  };
  auto reference = [](int64_t n) {
    Builder b;
    ValueId x = b.input({n, n}), y = b.input({n, n});
    return b.done({b.matmul(b.matmul(x, y), y)});
  };
  for (int64_t n : {768, 700, 768 + 48}) {
    FieldTestResult r = fieldTest(reference(n), plan(n));
    EXPECT_TRUE(r.accepted) << r.text;
    EXPECT_EQ(r.surrogates.size(), n == 768 ? 1u : 2u);
  }
}

TEST(Surrogate, ReportsWhatCannotShrink) {
  Builder b;
  std::vector<double> data(4096 * 4096, 0.5);
  data[5] = -HUGE_VAL; // so that it is no input
  ValueId x = b.input({4096, 4096});
  Program p = b.done({b.matmul(x, b.dense({4096, 4096}, data))});
  FieldTestResult r = fieldTest(p, p);
  EXPECT_EQ(r.reason, FieldReason::NotTestable);
  EXPECT_EQ(toString(r.reason), "not testable");
  EXPECT_NE(r.text.find("takes"), std::string::npos) << r.text;
}

TEST(WellFormed, NamesTheFault) {
  std::string why;
  EXPECT_TRUE(isWellFormed(rmsFused(), why)) << why;
  Program p = rmsFused();
  p.values[p.outputs[0]].shape = {16, 4000};
  EXPECT_FALSE(isWellFormed(p, why));
  EXPECT_EQ(why, "128 tiles of 32 are too many for 4000");
  p = rmsReference();
  std::swap(p.ops[0], p.ops[1]);
  EXPECT_FALSE(isWellFormed(p, why));
  EXPECT_NE(why.find("not defined"), std::string::npos) << why;
  p = rmsReference();
  p.ops[0].results[0] = p.inputs[0];
  EXPECT_FALSE(isWellFormed(p, why));
  EXPECT_NE(why.find("defined twice"), std::string::npos) << why;
}

} // namespace
