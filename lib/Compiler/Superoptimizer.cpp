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
#include <numeric>
#include <tuple>

using namespace mirage;

/// If the tests refuse so many plans, the others are not tested: of plans with
/// narrow products while none is accepted, and of all.
static constexpr unsigned narrowTries = 40, allTries = 80;
/// More are a slip of the pen.
static constexpr unsigned maxThreads = 1024;
/// Plans that are tested together, a thread: tests take unequal times.
static constexpr unsigned testsAThread = 3;

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
  if (options.threads > maxThreads)
    return "threads must be at most " + std::to_string(maxThreads);
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

/// Plans are tested in the order of their cost. What is found does not depend on
/// the number of threads; several also test what one might not have come to.
class Judge {
public:
  /// `parallelFor` runs on so many threads; it is not called if there is one.
  Judge(const sem::Program &program, const SuperoptimizeOptions &options,
        unsigned threads, const ParallelFor &parallelFor,
        SuperoptimizeResult &result)
      : program(program), options(options), threads(threads),
        parallelFor(parallelFor), result(result) {
    field.seed = options.seed;
    floats.seed = options.seed;
  }

  /// Lists the best plans of `found`, one a structure: the best, then the best
  /// of each number of kernels, the fewest first, up to half of the list.
  void run(search::SearchResult found) {
    result.plans.clear();
    result.unfused.reset();
    plans = std::move(found.plans);
    states.assign(plans.size(), State::Unlisted);
    verdicts.assign(plans.size(), verify::Verdict());
    byCost.resize(plans.size());
    std::iota(byCost.begin(), byCost.end(), 0);
    byCount = byCost;
    llvm::stable_sort(byCount, [&](size_t i, size_t j) {
      return plans[i].kernels.size() < plans[j].kernels.size();
    });
    listing = Listing();
    for (Round round : {Best, EachCount, Rest}) {
      listing.round = round;
      for (size_t i : orderOf(round))
        if (isNext(listing, i))
          tryToList(i);
    }
    uint64_t rank = 0;
    for (size_t i = 0; i < plans.size(); ++i) {
      if (plans[i].unfused) {
        result.unfused = result.plans.size();
        states[i] = State::Listed;
        verdicts[i] = verdictOf(i);
      }
      rank += states[i] == State::Listed || states[i] == State::Unlisted;
      if (states[i] == State::Listed)
        result.plans.push_back(
            {rank, std::move(plans[i]), std::move(verdicts[i])});
    }
  }

  /// Whether the best plan passes.
  bool passesFirst(const search::SearchResult &found) {
    for (const search::Plan &plan : found.plans) {
      if (plan.unfused)
        continue;
      Tests &first = of(plan);
      llvm::SmallVector<Job, 2> jobs{{&plan, &first.verdict, false}};
      if (threads > 1)
        jobs.push_back({&plan, &first.again, true});
      run(jobs);
      lastRefused = !first.verdict->accepted;
      return !lastRefused;
    }
    return false;
  }

private:
  enum class State { Unlisted, Listed, Refused, Repeated };

  /// EachCount takes the best plan of each number of kernels.
  enum Round { Best, EachCount, Rest };

  /// What is listed.
  struct Listing {
    Round round = Best;
    unsigned listed = 0;
    std::set<size_t> counts; // of kernels
    std::set<uint64_t> structures;

    void add(const search::Plan &plan) {
      ++listed;
      counts.insert(plan.kernels.size());
      structures.insert(plan.structure);
    }
  };

  llvm::ArrayRef<size_t> orderOf(Round round) const {
    return round == EachCount ? byCount : byCost;
  }

  /// Whether plan i is tested next, if those before were.
  bool isNext(const Listing &list, size_t i) const {
    unsigned most = list.round == Best        ? 1
                    : list.round == EachCount ? (options.topK + 1) / 2
                                              : options.topK;
    return states[i] == State::Unlisted && list.listed < most &&
           !(list.round == EachCount &&
             list.counts.count(plans[i].kernels.size())) &&
           !plans[i].unfused;
  }

  /// Plan i and those that are tested next: if all pass, or, after one that was
  /// refused, if none does.
  llvm::SmallVector<size_t> upcoming(size_t i) const {
    llvm::SmallVector<size_t> result{i};
    if (threads == 1 || plans[i].unfused) // that is tested after all others
      return result;
    Listing list = listing;
    auto add = [&](size_t j) {
      if (!lastRefused)
        list.add(plans[j]);
    };
    add(i);
    llvm::ArrayRef<size_t> order = orderOf(list.round);
    order = order.drop_front(llvm::find(order, i) - order.begin() + 1);
    while (true) {
      for (size_t j : order) {
        if (result.size() == testsAThread * threads)
          return result;
        if (isNext(list, j) && !list.structures.count(plans[j].structure) &&
            !llvm::is_contained(result, j)) {
          result.push_back(j);
          add(j);
        }
      }
      if (list.round == Rest)
        return result;
      list.round = static_cast<Round>(list.round + 1);
      order = orderOf(list.round);
    }
  }

  /// Tests plan i, and lists it if it passes.
  void tryToList(size_t i) {
    bool isNarrow = plans[i].hasNarrowProducts;
    if (!canJudge || refused >= allTries ||
        (isNarrow && !narrowPassed && narrowRefused >= narrowTries))
      return;
    if (listing.structures.count(plans[i].structure)) {
      states[i] = State::Repeated;
      return;
    }
    verdicts[i] = verdictOf(i);
    lastRefused = !verdicts[i].accepted;
    if (lastRefused) {
      refuse(verdicts[i]);
      if (!refused++)
        canJudge = passesUnfused();
      narrowRefused += isNarrow;
      states[i] = State::Refused;
      return;
    }
    narrowPassed |= isNarrow;
    states[i] = State::Listed;
    listing.add(plans[i]);
  }

  /// Whether the program passes as it is, each op a kernel. If not, as where no
  /// inputs were found on which its comparisons are certain, no plan will.
  bool passesUnfused() {
    auto unfused = llvm::find_if(
        plans, [](const search::Plan &plan) { return plan.unfused; });
    if (unfused == plans.end())
      return true;
    Tests &passed = of(*unfused);
    run({{&*unfused, &passed.verdict, false}, {&*unfused, &passed.again, true}});
    return passed.verdict->accepted && passed.again->accepted;
  }

  struct Tests {
    std::optional<verify::Verdict> verdict;
    /// Once more, with an error bound and at the real extents, but without the
    /// float test: that is the same.
    std::optional<verify::Verdict> again;
  };
  using Key = std::tuple<bool, bool, uint64_t>;
  struct Job {
    const search::Plan *plan;
    std::optional<verify::Verdict> *verdict;
    bool again;
  };

  Tests &of(const search::Plan &plan) {
    return tests[Key(plan.unfused, plan.hasNarrowProducts, plan.identity)];
  }

  /// Of plan i. The first plan that passes is tested again.
  verify::Verdict verdictOf(size_t i) {
    Tests &plan = of(plans[i]);
    auto say = [&] {
      if (options.progress)
        options.progress(llvm::formatv("testing plan {0}, {1} of {2} passed",
                                       i + 1, listing.listed, options.topK)
                             .str());
    };
    if (!plan.verdict) {
      say();
      test(i);
    }
    if (hasWinner || plans[i].unfused || !plan.verdict->accepted)
      return *plan.verdict;
    if (!plan.again) {
      say();
      test(i);
    }
    verify::Verdict verdict = *plan.again;
    if (verdict.accepted)
      verify::addFloatTest(verdict, *plan.verdict->floats);
    hasWinner = verdict.accepted;
    return verdict;
  }

  /// Tests plan i; with several threads, also plan i again and those that are
  /// upcoming.
  void test(size_t i) {
    std::vector<Job> jobs;
    Tests &first = of(plans[i]);
    bool mayWin = !hasWinner && !plans[i].unfused && !first.again;
    if (mayWin && (first.verdict ? first.verdict->accepted
                                 : threads > 1 && !lastRefused))
      jobs.push_back({&plans[i], &first.again, true});
    if (threads > 1 || jobs.empty())
      for (size_t j : upcoming(i))
        if (Tests &tests = of(plans[j]); !tests.verdict)
          jobs.push_back({&plans[j], &tests.verdict, false});
    run(jobs);
  }

  void run(llvm::ArrayRef<Job> jobs) {
    auto runOne = [&](size_t n) {
      const Job &job = jobs[n];
      verify::VerifyOptions layers{field, floats};
      if (job.again) {
        layers.field.bound = true;
        layers.runRealShapeTest = true;
        layers.real.seed = field.seed;
        layers.runFloatTest = false;
      }
      *job.verdict = verify::verify(program, job.plan->program, layers);
    };
    if (threads > 1 && jobs.size() > 1)
      return parallelFor(jobs.size(), runOne);
    for (size_t n = 0; n < jobs.size(); ++n)
      runOne(n);
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
  std::vector<size_t> byCost, byCount;
  std::vector<State> states;
  std::vector<verify::Verdict> verdicts; // of those that were tested
  std::map<Key, Tests> tests;
  Listing listing;
  uint64_t refused = 0, narrowRefused = 0;
  bool narrowPassed = false, hasWinner = false, lastRefused = false;
  bool canJudge = true;
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
