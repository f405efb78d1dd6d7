//===- Superoptimizer.cpp - Search, test and rank -------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/Superoptimizer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/ThreadPool.h"
#include <atomic>
#include <chrono>

using namespace mirage;

/// If the tests refuse so many plans and accept none, the others are not tested:
/// of plans with narrow products, and of all.
static constexpr unsigned narrowTries = 40, allTries = 80;

std::optional<std::string>
mirage::whyUnusable(const SuperoptimizeOptions &options) {
  if (!search::lookupTarget(options.chip)) {
    std::string chips;
    for (const TargetInfo &target : allTargets())
      chips += (chips.empty() ? "" : ", ") + target.chip.str();
    return "unknown chip '" + options.chip + "'; chips are " + chips;
  }
  if (options.require == "proof")
    return "require=proof: there are no proofs yet";
  if (options.require != "test")
    return "require is '" + options.require + "', expected test";
  if (options.topK < 1)
    return "top-k must be at least 1";
  if (options.maxStates < 1)
    return "max-states must be at least 1";
  for (const std::string &rule : options.disabledRules)
    if (!llvm::is_contained(search::ruleNames(), rule))
      return "unknown rule '" + rule + "'; rules are " +
             llvm::join(search::ruleNames(), ", ");
  for (const std::string &rule : options.enabledRules)
    if (!llvm::is_contained(search::optionalRuleNames(), rule))
      return "rule '" + rule + "' is not one that can be enabled: " +
             llvm::join(search::optionalRuleNames(), ", ");
  return std::nullopt;
}

namespace {
using ParallelFor = decltype(search::SearchOptions::parallelFor);

/// Plans are tested in the order of their cost. The same plans are tested
/// whatever the number of threads: at a time only as many as are needed even
/// if all of them pass.
class Judge {
public:
  /// `parallelFor` runs on so many threads; it is not called if they are one.
  Judge(const sem::Program &program, const SuperoptimizeOptions &options,
        unsigned threads, const ParallelFor &parallelFor,
        SuperoptimizeResult &result)
      : program(program), options(options), threads(threads),
        parallelFor(parallelFor), result(result) {
    field.seed = options.seed;
    floats.seed = options.seed;
  }

  /// Lists the best plans of `found`, one a structure: half of them the best of
  /// each number of kernels, if there are so many.
  void run(search::SearchResult found) {
    result.plans.clear();
    result.unfused.reset();
    plans = std::move(found.plans);
    states.assign(plans.size(), State::Unlisted);
    verdicts.assign(plans.size(), std::nullopt);
    structures.clear();
    std::set<size_t> counts; // of kernels
    for (bool isFirst : {true, false})
      for (size_t i = 0; i < plans.size(); ++i) {
        size_t count = plans[i].kernels.size();
        unsigned most = isFirst ? (options.topK + 1) / 2 : options.topK;
        if (states[i] == State::Unlisted && listed < most &&
            !(isFirst && counts.count(count)) && !plans[i].unfused &&
            passes(i))
          counts.insert(count);
      }
    uint64_t rank = 0;
    for (size_t i = 0; i < plans.size(); ++i) {
      if (plans[i].unfused) {
        result.unfused = result.plans.size();
        test(i);
        states[i] = State::Listed;
      }
      rank += states[i] == State::Listed || states[i] == State::Unlisted;
      if (states[i] == State::Listed)
        result.plans.push_back(
            {rank, std::move(plans[i]), std::move(*verdicts[i])});
    }
  }

  /// Whether the best plan passes.
  bool passesFirst(const search::SearchResult &found) const {
    for (const search::Plan &plan : found.plans)
      if (!plan.unfused)
        return verify::verify(program, plan.program, {field, floats}).accepted;
    return false;
  }

private:
  enum class State { Unlisted, Listed, Refused, Repeated };

  /// Tests plan i, and lists it if it passes.
  bool passes(size_t i) {
    bool isNarrow = plans[i].hasNarrowProducts;
    if ((!listed && refused >= allTries) ||
        (isNarrow && !narrowPassed && narrowRefused >= narrowTries))
      return false;
    if (structures.count(plans[i].structure)) {
      states[i] = State::Repeated;
      return false;
    }
    if (options.progress)
      options.progress(llvm::formatv("testing plan {0}, {1} of {2} passed",
                                     i + 1, listed, options.topK)
                           .str());
    test(i);
    if (!accept(plans[i], *verdicts[i])) {
      refuse(*verdicts[i]);
      ++refused;
      narrowRefused += isNarrow;
      states[i] = State::Refused;
      return false;
    }
    narrowPassed |= isNarrow;
    structures.insert(plans[i].structure);
    states[i] = State::Listed;
    ++listed;
    return true;
  }

  /// Tests plan `first` and, on other threads, plans after it that may be
  /// tested next.
  void test(size_t first) {
    if (verdicts[first])
      return;
    unsigned needed = listed < options.topK ? options.topK - listed : 1;
    needed = std::min(needed, threads);
    std::vector<size_t> batch{first};
    for (size_t i = first + 1; i < plans.size() && batch.size() < needed; ++i)
      if (!verdicts[i] && states[i] == State::Unlisted &&
          !structures.count(plans[i].structure) &&
          plans[i].structure != plans[first].structure)
        batch.push_back(i);
    verify::VerifyOptions layers{field, floats};
    auto testOne = [&](size_t i) {
      size_t plan = batch[i];
      verdicts[plan] = verify::verify(program, plans[plan].program, layers);
    };
    if (batch.size() == 1)
      testOne(0);
    else
      parallelFor(batch.size(), testOne);
  }

  /// Whether the plan passes; the first that does is tested once more, with an
  /// error bound, and at its real extents.
  bool accept(const search::Plan &plan, verify::Verdict &verdict) {
    if (!verdict.accepted || hasWinner)
      return verdict.accepted;
    verify::VerifyOptions layers{field, floats};
    layers.field.bound = true;
    layers.runRealShapeTest = true;
    layers.real.seed = field.seed;
    verdict = verify::verify(program, plan.program, layers);
    return hasWinner = verdict.accepted;
  }

  void refuse(const verify::Verdict &verdict) {
    const std::string &layer = verdict.refusedBy;
    ++result.stats.refused[layer + " test"];
    for (Refusal &refusal : result.refusals)
      if (refusal.layer == layer) {
        ++refusal.count;
        return;
      }
    result.refusals.push_back({layer, verdict.summary, 1});
  }

  const sem::Program &program;
  const SuperoptimizeOptions &options;
  unsigned threads;
  const ParallelFor &parallelFor;
  SuperoptimizeResult &result;
  verify::FieldTestOptions field;
  verify::FloatTestOptions floats;
  std::vector<search::Plan> plans; // best first
  std::vector<State> states;
  std::vector<std::optional<verify::Verdict>> verdicts;
  std::set<uint64_t> structures; // that are listed
  unsigned listed = 0;
  uint64_t refused = 0, narrowRefused = 0;
  bool narrowPassed = false, hasWinner = false;
};
} // namespace

static void add(search::SearchStats &total, const search::SearchStats &stats) {
  total.programs += stats.programs;
  total.states += stats.states;
  for (const auto &[name, count] : stats.refused)
    total.refused[name] += count;
  for (const auto &[name, count] : stats.pruned)
    total.pruned[name] += count;
  for (const std::string &limit : stats.limitsHit)
    if (!llvm::is_contained(total.limitsHit, limit))
      total.limitsHit.push_back(limit);
}

/// Whether a search with wide products is another one.
static bool hasNarrowProducts(const sem::Program &program) {
  return llvm::any_of(program.ops, [&](const sem::Op &op) {
    return op.kind == sem::Op::Algebra && op.sem->name() == "mirage.matmul" &&
           llvm::any_of(op.operands, [&](sem::ValueId v) {
             return sem::bitWidth(program.values[v].element) < 32;
           });
  });
}

/// Says why nothing was chosen. `searched` is what the search said.
static std::string explain(const sem::Program &program,
                           const SuperoptimizeResult &result,
                           const std::string &searched) {
  auto holds = [&](sem::Op::Kind kind) {
    return llvm::any_of(program.ops,
                        [&](const sem::Op &op) { return op.kind == kind; });
  };
  if (!holds(sem::Op::Algebra))
    return holds(sem::Op::Kernel) ? "all operations are in kernels already"
                                  : "there is nothing to compute";
  uint64_t refused = 0;
  for (const Refusal &refusal : result.refusals)
    refused += refusal.count;
  std::string why = searched;
  if (!why.empty() && !result.stats.limitsHit.empty())
    why += "; limits hit: " + llvm::join(result.stats.limitsHit, ", ");
  if (!why.empty())
    return why;
  if (result.plans.size() > (result.unfused ? 1 : 0))
    return llvm::formatv("no plan is cheaper than one kernel an op ({0:f1} us)",
                         result.plans[*result.unfused].plan.microseconds);
  return llvm::formatv("the tests refused {0} plan{1}, and accepted none",
                       refused, refused == 1 ? "" : "s");
}

SuperoptimizeResult
mirage::superoptimize(const sem::Program &program,
                      const SuperoptimizeOptions &options) {
  auto start = std::chrono::steady_clock::now();
  SuperoptimizeResult result;
  search::SearchOptions searching;
  searching.target = search::lookupTarget(options.chip);
  searching.topK = options.topK;
  searching.maxStates = options.maxStates;
  searching.disabledRules.insert(options.disabledRules.begin(),
                                 options.disabledRules.end());
  searching.enabledRules.insert(options.enabledRules.begin(),
                                options.enabledRules.end());
  llvm::ThreadPoolStrategy strategy =
      llvm::hardware_concurrency(options.threads);
  unsigned threads = strategy.compute_thread_count();
  std::optional<llvm::DefaultThreadPool> pool;
  if (threads > 1) {
    pool.emplace(strategy);
    searching.parallelFor = [&](size_t n, llvm::function_ref<void(size_t)> fn) {
      std::atomic<size_t> next{0};
      for (unsigned t = 0; t < threads; ++t)
        pool->async([&] {
          for (size_t i; (i = next++) < n;)
            fn(i);
        });
      pool->wait();
    };
  }
  Judge judge(program, options, threads, searching.parallelFor, result);
  auto search = [&](bool narrow) {
    if (options.progress)
      options.progress(narrow ? "searching" : "searching wider products");
    searching.narrowProducts = narrow;
    search::SearchResult found = search::search(program, searching);
    add(result.stats, found.stats);
    return found;
  };
  search::SearchResult found = search(/*narrow=*/true);
  std::string searched = found.nothingFound;
  // Where the best plan must not round so much, wider ones compete with the
  // rest.
  if (hasNarrowProducts(program) && searched.empty() &&
      !judge.passesFirst(found)) {
    search::SearchResult wide = search(/*narrow=*/false);
    for (search::Plan &plan : wide.plans)
      if (!plan.unfused)
        found.plans.push_back(std::move(plan));
    llvm::stable_sort(found.plans,
                      [](const search::Plan &a, const search::Plan &b) {
                        return a.microseconds < b.microseconds;
                      });
  }
  judge.run(std::move(found));
  // The best plan, if it is better than what there is without a search.
  if (!result.plans.empty() && result.unfused != 0u &&
      (!result.unfused ||
       result.plans[0].plan.microseconds <
           result.plans[*result.unfused].plan.microseconds))
    result.chosen = 0;
  else
    result.nothingFound = explain(program, result, searched);
  result.seconds = std::chrono::duration<double>(
                       std::chrono::steady_clock::now() - start)
                       .count();
  return result;
}
