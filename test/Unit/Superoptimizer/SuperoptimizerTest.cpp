//===- SuperoptimizerTest.cpp - The superoptimizer without IR -------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/Superoptimizer.h"
#include "../Verify/Builder.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <thread>

using namespace mirage;
using namespace mirage::test;

namespace {

/// exp(X) Y
Program product() {
  Builder b;
  ValueId x = b.input({64, 128}), y = b.input({128, 96});
  return b.done({b.matmul(b.exp(x), y)});
}

std::string report(SuperoptimizeResult result) {
  result.seconds = 0;
  return llvm::formatv("{0}", llvm::json::Value(reportOf("main", result)));
}

TEST(Superoptimizer, SaysWhyOptionsAreUnusable) {
  SuperoptimizeOptions options;
  EXPECT_EQ(whyUnusable(options), std::nullopt);
  auto why = [&](auto change) {
    SuperoptimizeOptions changed = options;
    change(changed);
    return whyUnusable(changed).value_or("");
  };
  EXPECT_EQ(why([](auto &o) { o.chip = "sm_1"; }).find("unknown chip"), 0u);
  EXPECT_EQ(why([](auto &o) { o.require = "proof"; }).find("require="), 0u);
  EXPECT_EQ(why([](auto &o) { o.topK = 0; }).find("top-k"), 0u);
  EXPECT_EQ(why([](auto &o) { o.maxStates = 0; }).find("max-states"), 0u);
  EXPECT_EQ(why([](auto &o) { o.disabledRules = {"none"}; }).find("unknown"),
            0u);
}

TEST(Superoptimizer, RanksTestedPlans) {
  Program program = product();
  SuperoptimizeOptions options;
  options.topK = 4;
  SuperoptimizeResult result = superoptimize(program, options);
  ASSERT_TRUE(result.chosen && result.unfused);
  EXPECT_EQ(result.nothingFound, "");
  EXPECT_LE(result.plans.size(), 5u);
  for (const RankedPlan &plan : result.plans)
    EXPECT_TRUE(plan.verdict.accepted) << plan.verdict.summary;
  const search::Plan &best = result.plans[*result.chosen].plan;
  const search::Plan &unfused = result.plans[*result.unfused].plan;
  EXPECT_LT(best.microseconds, unfused.microseconds);
  EXPECT_EQ(unfused.kernels.size(), 2u);
  EXPECT_TRUE(
      verify::fieldTest(program, result.plans[*result.chosen].plan.program)
          .accepted);
}

TEST(Superoptimizer, ThreadsChangeNothing) {
  Program program = product();
  SuperoptimizeOptions options;
  options.topK = 5;
  std::string expected;
  for (unsigned threads : {1, 2, 3, 8}) {
    options.threads = threads;
    std::string text = report(superoptimize(program, options));
    if (expected.empty())
      expected = text;
    EXPECT_EQ(text, expected) << threads;
  }
}

TEST(Superoptimizer, ListsOnlyTheUnfusedFormOfWhatCannotBeBetter) {
  Builder b;
  ValueId x = b.input({64, 64}), y = b.input({64, 64});
  SuperoptimizeOptions options;
  SuperoptimizeResult result =
      superoptimize(b.done({b.matmul(x, y)}), options);
  EXPECT_FALSE(result.chosen);
  ASSERT_TRUE(result.unfused);
  EXPECT_EQ(result.nothingFound.find("no plan is cheaper"), 0u)
      << result.nothingFound;
}

TEST(Superoptimizer, TellsProgressOnTheCallingThread) {
  SuperoptimizeOptions options;
  options.topK = 3;
  options.threads = 4;
  std::vector<std::string> said;
  options.progress = [&, caller = std::this_thread::get_id()](
                         llvm::StringRef what) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    said.push_back(what.str());
  };
  superoptimize(product(), options);
  ASSERT_GE(said.size(), 2u);
  EXPECT_EQ(said[0], "searching");
  EXPECT_EQ(said[1].find("testing plan 1, 0 of 3 passed"), 0u) << said[1];
}

TEST(KernelFacts, CountsLoadsAndTiles) {
  Builder b;
  ValueId x = b.input({6, 40});
  AxisId rows = b.axis(3, "m"), columns = b.axis(2, "n"), k = b.axis(5, "k");
  auto out = b.kernel({rows, columns}, {{{6, 1}, ElementType::F32}},
                      [&](const Builder::Values &results) {
    auto sums = b.loop({k}, [&] {
      ValueId tile = b.load(x, {{rows}, {k}}, {2, 8});
      ValueId again = b.load(x, {{rows}, {}}, {2, 40});
      ValueId both = b.add(b.sum(tile, 1), b.sum(again, 1));
      return std::vector<Accumulator>{{Combiner::Sum, both}};
    });
    b.store(sums[0], results[0], {{rows}, {}}, {columns});
  });
  std::vector<KernelFacts> facts = factsOf(b.done({out[0]}));
  ASSERT_EQ(facts.size(), 1u);
  ASSERT_EQ(facts[0].axes.size(), 3u);
  EXPECT_TRUE(facts[0].axes[0].grid);
  EXPECT_EQ(facts[0].axes[0].tile, 2);
  EXPECT_EQ(facts[0].axes[1].tile, std::nullopt);
  EXPECT_FALSE(facts[0].axes[2].grid);
  EXPECT_EQ(facts[0].axes[2].steps, 5);
  EXPECT_EQ(facts[0].axes[2].tile, 8);
  // Both columns load every tile once, and every row again in each step.
  ASSERT_EQ(facts[0].loads.size(), 1u);
  EXPECT_EQ(facts[0].loads[0].tensor, "arg0");
  EXPECT_EQ(facts[0].loads[0].times, 2 + 2 * 5);
  EXPECT_EQ(facts[0].threads, 128);
}

} // namespace
