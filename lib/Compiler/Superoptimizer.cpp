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
#include <map>
#include <tuple>

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
  return std::nullopt;
}

namespace {
using ParallelFor = decltype(search::SearchOptions::parallelFor);

/// Plans are tested in the order of their cost. What is found does not depend on
/// the number of threads; several also test what one might not have come to.
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

  /// Lists the best plans of `found`.
  void run(search::SearchResult found) {
    result.plans.clear();
    result.unfused.reset();
    std::vector<search::Plan> &plans = found.plans;
    unsigned listed = 0;
    uint64_t rank = 0, refused = 0, narrowRefused = 0;
    bool narrowPassed = false;
    for (size_t i = 0; i < plans.size(); ++i) {
      bool isUnfused = plans[i].unfused;
      bool isNarrow = plans[i].hasNarrowProducts;
      bool isHopeless = (!listed && refused >= allTries) ||
                        (isNarrow && !narrowPassed &&
                         narrowRefused >= narrowTries);
      if (isHopeless && !isUnfused)
        continue;
      bool isListed = isUnfused || listed < options.topK;
      verify::Verdict verdict;
      if (isListed)
        verdict = verdictOf(plans, i, listed);
      if (isListed && !isUnfused && !verdict.accepted) {
        refuse(verdict);
        ++refused;
        narrowRefused += isNarrow;
        continue;
      }
      narrowPassed |= isListed && isNarrow;
      ++rank;
      if (!isListed)
        continue;
      if (isUnfused)
        result.unfused = result.plans.size();
      else
        ++listed;
      result.plans.push_back({rank, std::move(plans[i]), std::move(verdict)});
    }
  }

  /// Whether the best plan passes.
  bool passesFirst(const search::SearchResult &found) {
    for (auto [i, plan] : llvm::enumerate(found.plans)) {
      if (plan.unfused)
        continue;
      test(found.plans, i, std::min(threads, options.topK));
      return of(plan).verdict->accepted;
    }
    return false;
  }

private:
  struct Tests {
    std::optional<verify::Verdict> verdict;
    /// Once more, with an error bound and at the real extents, but without the
    /// float test: that is the same.
    std::optional<verify::Verdict> again;
  };
  using Key = std::tuple<bool, bool, uint64_t>;

  Tests &of(const search::Plan &plan) {
    return tests[Key(plan.unfused, plan.hasNarrowProducts, plan.structure)];
  }

  /// Of plan i, when `listed` plans were accepted. The first plan that passes is
  /// tested again.
  verify::Verdict verdictOf(llvm::ArrayRef<search::Plan> plans, size_t i,
                            unsigned listed) {
    Tests &plan = of(plans[i]);
    unsigned needed = std::max(options.topK, listed + 1) - listed;
    auto say = [&] {
      if (options.progress)
        options.progress(llvm::formatv("testing plan {0}, {1} of {2} passed",
                                       i + 1, listed, options.topK)
                             .str());
    };
    if (!plan.verdict) {
      say();
      test(plans, i, needed);
    }
    if (hasWinner || plans[i].unfused || !plan.verdict->accepted)
      return *plan.verdict;
    if (!plan.again) {
      say();
      test(plans, i, needed);
    }
    verify::Verdict verdict = *plan.again;
    if (verdict.accepted)
      verify::addFloatTest(verdict, *plan.verdict->floats);
    hasWinner = verdict.accepted;
    return verdict;
  }

  /// Tests plan i; with several threads, also the next plans, `needed` in all,
  /// for so many are needed even if all of them pass, and plan i again.
  void test(llvm::ArrayRef<search::Plan> plans, size_t i, unsigned needed) {
    struct Job {
      size_t plan;
      std::optional<verify::Verdict> *verdict;
      bool again;
    };
    std::vector<Job> jobs;
    Tests &first = of(plans[i]);
    bool mayWin = !hasWinner && !plans[i].unfused && !first.again;
    if (mayWin && (first.verdict ? first.verdict->accepted : threads > 1))
      jobs.push_back({i, &first.again, true});
    for (size_t j = i; j < plans.size() && needed; ++j) {
      if (threads == 1 && !jobs.empty())
        break;
      if (j != i && plans[j].unfused)
        continue;
      --needed;
      if (Tests &tests = of(plans[j]); !tests.verdict)
        jobs.push_back({j, &tests.verdict, false});
    }
    auto run = [&](size_t n) {
      verify::VerifyOptions layers{field, floats};
      if (jobs[n].again) {
        layers.field.bound = true;
        layers.runRealShapeTest = true;
        layers.real.seed = field.seed;
        layers.runFloatTest = false;
      }
      *jobs[n].verdict =
          verify::verify(program, plans[jobs[n].plan].program, layers);
    };
    if (jobs.size() == 1)
      run(0);
    else
      parallelFor(jobs.size(), run);
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
  std::map<Key, Tests> tests;
  bool hasWinner = false;
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
