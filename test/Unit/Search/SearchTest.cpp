//===- SearchTest.cpp - The search on programs without IR -----------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Search/Search.h"
#include "../Verify/Programs.h"
#include "Partition.h"
#include "mirage/Analysis/TilePlan.h"
#include "mirage/Semantics/Evaluate.h"
#include "llvm/ADT/STLExtras.h"
#include <atomic>
#include <cmath>
#include <thread>

using namespace mirage;
using namespace mirage::test;
using namespace mirage::search;

namespace {

Program rms() { return rmsReference({16, 512, 384}); }
Program attention() { return attentionReference({4, 32, 64, 512, 64}); }
Program gatedMlp() {
  Builder b;
  ValueId x = b.input({8, 256}), w = b.input({256, 320}),
          v = b.input({256, 320});
  return b.done({b.mul(b.silu(b.matmul(x, w)), b.matmul(x, v))});
}
/// The first part cannot be named together with the second.
Program twoParts() {
  Builder b;
  ValueId x = b.input({12, 64}), w = b.input({8, 16});
  ValueId y = b.reshape(b.exp(x), {96, 8});
  return b.done({b.matmul(y, w)});
}

std::vector<std::pair<std::string, Program>> programs() {
  return {{"rms", rms()},
          {"attention", attention()},
          {"gated mlp", gatedMlp()},
          {"two parts", twoParts()}};
}

/// Calls on so many threads, each of which takes what is next.
auto threadsOf(unsigned count) {
  return [count](size_t n, llvm::function_ref<void(size_t)> fn) {
    std::atomic<size_t> next{0};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < count; ++t)
      threads.emplace_back([&] {
        for (size_t i; (i = next++) < n;)
          fn(i);
      });
    for (std::thread &thread : threads)
      thread.join();
  };
}

void print(const std::vector<Op> &ops, std::string &text) {
  for (const Op &op : ops) {
    text += std::to_string(op.kind) + (op.sem ? op.sem->name().str() : "") + '(';
    for (ValueId v : op.operands)
      text += std::to_string(v) + ',';
    for (ValueId v : op.results)
      text += '=' + std::to_string(v);
    for (sem::AxisId a : op.axes)
      text += 'a' + std::to_string(a);
    for (const auto &entry : op.split) {
      text += '|';
      for (sem::AxisId a : entry)
        text += std::to_string(a) + ' ';
    }
    print(op.body, text);
    text += ')';
  }
}

/// All that a result says, so that two can be compared.
std::string textOf(const SearchResult &result) {
  std::string text = result.nothingFound;
  auto add = [&](const auto &x) { text += std::to_string(x) + ' '; };
  add(result.stats.programs);
  add(result.stats.states);
  for (const auto &counts : {result.stats.refused, result.stats.pruned})
    for (const auto &[name, count] : counts) {
      text += name + ' ';
      add(count);
    }
  for (const std::string &limit : result.stats.limitsHit)
    text += limit + ' ';
  for (const Plan &plan : result.plans) {
    text += '\n';
    add(plan.microseconds);
    add(plan.identity);
    for (const KernelCost &cost : plan.kernels) {
      add(cost.microseconds);
      add(cost.sharedBytes);
      add(cost.bytesLoaded);
    }
    for (const std::string &sizes : plan.sizes)
      text += sizes + ';';
    for (const auto &axis : plan.program.axes)
      add(axis.extent);
    for (const ValueType &type : plan.program.values)
      for (int64_t extent : type.shape)
        add(extent);
    print(plan.program.ops, text);
  }
  return text;
}

TEST(Search, PlansComputeTheProgram) {
  for (auto &[name, program] : programs()) {
    std::vector<sem::Tensor> inputs;
    for (ValueId v : program.inputs) {
      inputs.push_back({program.shape(v), {}});
      for (int64_t e = 0; e < sem::numElements(program.shape(v)); ++e)
        inputs.back().data.push_back(
            static_cast<double>((e * 37 + v * 11) % 101) / 101 - 0.4);
    }
    auto expected = sem::evaluate(sem::RealDomain(), program, inputs);
    SearchResult result = search::search(program, {});
    ASSERT_GE(result.plans.size(), 2u) << name;
    EXPECT_EQ(result.nothingFound, "");
    // None twice, and the best ones first.
    std::set<uint64_t> identities;
    for (size_t p = 0; p < result.plans.size(); ++p) {
      const Plan &plan = result.plans[p];
      if (!plan.unfused)
        EXPECT_TRUE(identities.insert(plan.identity).second) << name;
      if (p)
        EXPECT_LE(result.plans[p - 1].microseconds, plan.microseconds);
      if (p >= 4 && !plan.unfused)
        continue;
      auto out = sem::evaluate(sem::RealDomain(), plan.program, inputs);
      ASSERT_EQ(out.size(), expected.size());
      double worst = 0, scale = 0;
      for (auto [e, o] : llvm::zip(expected[0].data, out[0].data)) {
        worst = std::max(worst, std::abs(e - o));
        scale = std::max(scale, std::abs(e));
      }
      EXPECT_LT(worst, 1e-9 * scale) << name << ", plan " << p;
    }
  }
}

TEST(Search, SizesFitWhatThePlannerGives) {
  for (const char *chip : {"sm_80", "sm_90a"})
    for (auto &[name, program] : programs()) {
      SearchOptions options;
      options.target = lookupTarget(chip);
      uint64_t limit = options.target->sharedBytesPerBlock;
      unsigned kernels = 0;
      for (const Plan &plan : search::search(program, options).plans) {
        size_t next = 0;
        for (const Op &op : plan.program.ops) {
          if (op.kind != Op::Kernel)
            continue;
          KernelStructures structures(plan.program, op);
          uint64_t bytes =
              planTiles(plan.program, op, structures,
                        distribute(plan.program, op, structures))
                  .bytes;
          EXPECT_LE(bytes, limit) << name;
          ASSERT_LT(next, plan.kernels.size()) << name;
          // Axes of one step are left out of the program, which may save some.
          EXPECT_LE(plan.kernels[next].sharedBytes,
                    static_cast<int64_t>(limit))
              << name;
          ++next, ++kernels;
        }
        EXPECT_EQ(next, plan.kernels.size()) << name;
      }
      EXPECT_GT(kernels, 3u) << name;
    }
}

TEST(Search, ALessChipHasSmallerTiles) {
  Target little = *lookupTarget("sm_90a");
  little.sharedBytesPerBlock = little.sharedBytesPerSM = 8192;
  SearchOptions options;
  options.target = &little;
  SearchResult result = search::search(attention(), options);
  ASSERT_FALSE(result.plans.empty());
  unsigned searched = 0;
  for (const Plan &plan : result.plans) {
    searched += !plan.unfused;
    for (const KernelCost &cost : plan.kernels)
      if (!plan.unfused)
        EXPECT_LE(cost.sharedBytes, 8192);
  }
  EXPECT_GT(searched, 0u);
  little.sharedBytesPerBlock = 16;
  result = search::search(attention(), options);
  EXPECT_TRUE(llvm::all_of(result.plans, [](const Plan &plan) {
    return plan.unfused || std::isinf(plan.microseconds);
  }));
  EXPECT_EQ(result.nothingFound, "no set of kernels fits");
  EXPECT_GT(result.stats.refused["memory"], 0u);
}

TEST(Search, TheResultIsTheSameOnAnyNumberOfThreads) {
  for (auto &[name, program] : programs()) {
    SearchOptions options;
    std::string alone = textOf(search::search(program, options));
    for (unsigned count : {1, 2, 8}) {
      options.parallelFor = threadsOf(count);
      EXPECT_EQ(textOf(search::search(program, options)), alone)
          << name << " on " << count << " threads";
    }
  }
}

TEST(Search, TheResultIsTheSameWhereALimitCutsIt) {
  SearchOptions options;
  options.maxStates = 40;
  std::string alone = textOf(search::search(attention(), options));
  for (unsigned count : {2, 8}) {
    options.parallelFor = threadsOf(count);
    EXPECT_EQ(textOf(search::search(attention(), options)), alone);
  }
}

TEST(Search, LimitsAreReported) {
  SearchOptions options;
  EXPECT_TRUE(search::search(rms(), options).stats.limitsHit.empty());
  options.maxStates = 3;
  SearchResult result = search::search(rms(), options);
  EXPECT_EQ(result.stats.limitsHit, std::vector<std::string>{"max-states"});
  EXPECT_LT(result.stats.states, 40u);
  // The kernels of whole programs come first.
  EXPECT_TRUE(llvm::any_of(result.plans, [](const Plan &plan) {
    return !plan.unfused && plan.kernels.size() == 1;
  }));
}

TEST(Search, IdealsAreLimited) {
  Builder b;
  ValueId x = b.input({64, 64});
  std::vector<ValueId> outputs;
  for (int n = 0; n < 12; ++n) // any set of these is an ideal
    outputs.push_back(b.add(b.exp(x), b.c(n)));
  Program program = b.done({});
  program.outputs.assign(outputs.begin(), outputs.end());
  SearchOptions options;
  options.maxStates = 20;
  SearchResult result = search::search(program, options);
  EXPECT_TRUE(llvm::is_contained(result.stats.limitsHit, "ideals"));
  ASSERT_FALSE(result.plans.empty());
  EXPECT_EQ(result.plans[0].kernels.size(), 1u);
}

TEST(Search, DisabledLawsAreNotUsed) {
  SearchOptions options;
  SearchResult all = search::search(rms(), options);
  for (llvm::StringRef rule : ruleNames())
    options.disabledRules.insert(rule.str());
  SearchResult none = search::search(rms(), options);
  EXPECT_GT(all.stats.programs, 1u);
  EXPECT_LT(none.stats.programs, all.stats.programs);
  EXPECT_LT(all.plans[0].microseconds, none.plans[0].microseconds);
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

unsigned searched(const std::vector<Part> &parts) {
  return llvm::count_if(parts, [](const Part &part) { return part.searched; });
}

TEST(Parts, AnOpWithoutNamedAxesCuts) {
  Program program = twoParts();
  std::vector<Part> parts = partition(program);
  EXPECT_EQ(searched(parts), 2u);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_TRUE(parts[0].searched);
  EXPECT_FALSE(parts[1].searched);
  EXPECT_EQ(parts[1].ops[0]->sem->name(), "mirage.reshape");
  EXPECT_EQ(parts[0].outputs.size(), 1u);
}

TEST(Parts, WhatSharesNoValueIsApart) {
  Builder b;
  ValueId x = b.input({4, 8}), y = b.input({4, 8});
  Program program = b.done({b.exp(x), b.exp(y)});
  EXPECT_EQ(searched(partition(program)), 2u);
  Builder c;
  ValueId z = c.input({4, 8});
  program = c.done({c.exp(z), c.sqrt(z)});
  EXPECT_EQ(searched(partition(program)), 1u);
}

TEST(Parts, LongOnesAreCut) {
  Builder b;
  ValueId x = b.input({4, 8});
  for (int n = 0; n < 100; ++n)
    x = b.exp(x);
  Program program = b.done({x});
  std::vector<Part> parts = partition(program);
  EXPECT_EQ(searched(parts), 3u);
  size_t ops = 0;
  for (const Part &part : parts) {
    EXPECT_LE(part.ops.size(), 48u);
    EXPECT_EQ(part.outputs.size(), 1u);
    ops += part.ops.size();
  }
  EXPECT_EQ(ops, 100u);
}

TEST(Parts, TwoDimensionsOfOneAxisCut) {
  Builder b;
  ValueId e = b.exp(b.input({4, 4}));
  Program program = b.done({b.add(e, b.transpose(e, {1, 0}))});
  EXPECT_EQ(searched(partition(program)), 2u);
}

TEST(Parts, EachHasItsConstants) {
  Builder b;
  ValueId x = b.input({12, 8});
  ValueId two = b.c(2);
  ValueId y = b.reshape(b.mul(x, two), {96, 1});
  Program program = b.done({b.mul(y, two)});
  unsigned constants = 0;
  for (const Part &part : partition(program))
    if (part.searched)
      constants += llvm::count_if(part.ops, [](const Op *op) {
        return op->kind == Op::Constant;
      });
  EXPECT_EQ(constants, 2u);
}

} // namespace
