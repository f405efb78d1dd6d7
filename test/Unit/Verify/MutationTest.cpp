//===- MutationTest.cpp - Plans with random faults ------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each plan is changed in one or two places. What surrogates say of it is
// compared with an evaluation in double at the extents it was written for.
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "mirage/Semantics/Field.h"
#include "mirage/Verify/FieldTest.h"
#include "mirage/Verify/FloatTest.h"
#include "mirage/Verify/Surrogate.h"
#include <cmath>

using namespace mirage::test;
using namespace mirage::verify;

namespace {

void collect(std::vector<Op> &ops, std::vector<Op *> &all) {
  for (Op &op : ops) {
    all.push_back(&op);
    collect(op.body, all);
  }
}

/// One random change; what it did, or nothing if it did not apply.
std::string mutate(Program &p, Random &random) {
  std::vector<Op *> all;
  collect(p.ops, all);
  Op &op = *all[random.below(all.size())];
  switch (op.kind) {
  case Op::Algebra: {
    std::string name = op.sem->name().str();
    if (op.sem->elementwise() && random.below(2)) {
      const OpSemantics *binary[] = {&addSem(),   &subSem(), &mulSem(),
                                     &divSem(),   &maxSem(), &minSem(),
                                     &expSubSem()};
      const OpSemantics *unary[] = {&negSem(), &expSem(), &absSem(), &sqrtSem(),
                                    &rsqrtSem()};
      op.sem = op.operands.size() == 2 ? binary[random.below(std::size(binary))]
                                       : unary[random.below(std::size(unary))];
      return name + " becomes " + op.sem->name().str();
    }
    if (name == "mirage.reduce" && random.below(2)) {
      int64_t kind = random.below(4);
      Params params;
      params.set("kind", kind).set("dim", op.params.get("dim"));
      op.params = params;
      return "reduce becomes kind " + std::to_string(kind);
    }
    unsigned which = random.below(op.operands.size());
    if (op.operands.size() == 2 && random.below(3) == 0) {
      std::swap(op.operands[0], op.operands[1]);
      return name + " swaps its operands";
    }
    ValueId other = random.below(p.values.size());
    if (p.shape(other) != p.shape(op.operands[which]) ||
        other == op.operands[which])
      return "";
    op.operands[which] = other;
    return name + " takes value " + std::to_string(other);
  }
  case Op::Constant: {
    const double factors[] = {2, 0.5, -1, 1.5};
    op.constant *= factors[random.below(4)];
    return "constant becomes " + std::to_string(op.constant);
  }
  case Op::Loop: {
    Accumulator &a = op.accumulators[random.below(op.accumulators.size())];
    if (a.rel >= 0) {
      a.rel = -1;
      return "rel is dropped";
    }
    const Combiner kinds[] = {Combiner::Sum, Combiner::Max, Combiner::Prod};
    a.kind = kinds[random.below(3)];
    return "accumulator becomes " + toString(a.kind).str();
  }
  case Op::Load: {
    auto &axes = op.split[random.below(op.split.size())];
    if (axes.size() == 2) {
      std::swap(axes[0], axes[1]);
      return "split is cyclic";
    }
    if (axes.size() == 1) {
      AxisId axis = random.below(p.axes.size());
      if (axis == axes[0] || p.axes[axis].extent != p.axes[axes[0]].extent)
        return "";
      axes[0] = axis;
      return "load by axis " + p.axes[axis].name;
    }
    return "";
  }
  default:
    return "";
  }
}

/// The largest error in double over a few inputs; infinite also where equal
/// functions overflow.
double errorInDouble(const Program &reference, const Program &candidate) {
  double error = NAN;
  for (double scale : {1., 3., 0.5}) {
    Random random(static_cast<uint64_t>(scale * 10));
    std::vector<Tensor> inputs;
    for (ValueId v : reference.inputs) {
      Tensor t{reference.shape(v), {}};
      for (int64_t i = 0, n = numElements(t.shape); i < n; ++i)
        t.data.push_back(scale * random.normal());
      inputs.push_back(std::move(t));
    }
    RealDomain domain{false, false};
    auto expected = evaluate(domain, reference, inputs);
    auto actual = evaluate(domain, candidate, inputs);
    for (size_t o = 0; o < expected.size(); ++o)
      error = std::fmax(error, outputError(expected[o], actual[o]));
  }
  return error;
}

TEST(Mutation, SurrogatesAgreeWithDouble) {
  struct Pair {
    const char *name;
    Program reference, candidate;
  };
  RmsSizes rms{3, 48, 32}, ragged{3, 50, 36};
  AttentionSizes att{2, 6, 8, 24, 6}, raggedAtt{2, 7, 8, 29, 6};
  Pair pairs[] = {
      {"rms", rmsReference(rms), rmsFused(rms, 8, 8)},
      {"rms, ragged", rmsReference(ragged), rmsFused(ragged, 8, 16)},
      {"rms, split", rmsReference(rms), rmsSplitK(rms, 2, 8, 8)},
      {"rms, ragged split", rmsReference(ragged), rmsSplitK(ragged, 2, 8, 16)},
      {"attention", attentionReference(att), attentionOnline(att, 2, 8)},
      {"attention, ragged", attentionReference(raggedAtt),
       attentionOnline(raggedAtt, 4, 8)},
      {"attention, split", attentionReference(raggedAtt),
       attentionSplit(raggedAtt, 2, 8)},
      {"qknorm", qkNormReference(raggedAtt), qkNormOnline(raggedAtt, 8, false)},
      {"mlp", gatedMlp(MlpForm::Reference, 3, 192, 64),
       gatedMlp(MlpForm::Fused, 3, 192, 64)},
  };
  Random random(20);
  FieldTestOptions options;
  options.realWork = 0; // only what surrogates see
  unsigned equal = 0, different = 0;
  for (Pair &pair : pairs)
    for (unsigned trial = 0; trial < 60; ++trial) {
      Program mutant = pair.candidate;
      std::string what = mutate(mutant, random);
      if (random.below(3) == 0)
        what += "; " + mutate(mutant, random);
      std::string why;
      if (what.empty() || !isWellFormed(mutant, why))
        continue;
      options.seed = trial;
      FieldTestResult r = fieldTest(pair.reference, mutant, options);
      double error = errorInDouble(pair.reference, mutant);
      if (error < 1e-9) {
        ++equal;
        EXPECT_TRUE(r.accepted) << pair.name << ": " << what << ": " << r.text
                                << ", error " << error;
      } else if (error > 1e-6 && std::isfinite(error)) {
        ++different;
        EXPECT_FALSE(r.accepted)
            << pair.name << ": " << what << ": error " << error;
      }
    }
  EXPECT_GT(equal, 10u);
  EXPECT_GT(different, 150u);
}

} // namespace
