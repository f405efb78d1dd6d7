//===- Superoptimizer.h - Search, test and rank -----------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The whole of the superoptimizer on programs without IR: options in, ranked
// and tested plans out, and the report about them. What calls it adds only its
// own form of programs.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_COMPILER_SUPEROPTIMIZER_H
#define MIRAGE_COMPILER_SUPEROPTIMIZER_H

#include "mirage/Search/Search.h"
#include "mirage/Verify/Verifier.h"
#include "llvm/Support/JSON.h"
#include <functional>

namespace mirage {

struct SuperoptimizeOptions {
  /// One of allTargets().
  std::string chip = "sm_90a";
  /// Of all tests.
  uint64_t seed = 0;
  /// 0: as many as the machine runs at once. No result depends on it.
  unsigned threads = 0;
  /// How many plans are tested and listed, one a structure, at least 1.
  unsigned topK = 1;
  /// Most sets of operations with roles that are judged, at least 1.
  uint64_t maxStates = search::SearchOptions().maxStates;
  /// What a plan must pass. Only "test": there are no proofs yet.
  std::string require = "test";
  /// Of search::ruleNames().
  std::vector<std::string> disabledRules, enabledRules; // sorted
  /// Told what is done next ("testing plan 2 of 8"), on the calling thread.
  std::function<void(llvm::StringRef)> progress;
};

/// Why the options are of no use, or nothing.
std::optional<std::string> whyUnusable(const SuperoptimizeOptions &options);

/// What a kernel of a program does, read off the program.
struct KernelFacts {
  /// An axis of the grid or of a loop, with its number of steps and the
  /// elements that one step goes ahead (nothing if no load or store names it).
  struct Axis {
    std::string name;
    bool grid = false;
    int64_t steps = 1;
    std::optional<int64_t> tile;
  };
  /// A tensor in device memory, and how often each of its elements is loaded.
  struct Loads {
    std::string tensor;
    int64_t times = 0;
  };
  std::vector<Axis> axes;
  /// Of a block.
  int64_t threads = 0;
  std::vector<Loads> loads;
};

/// Facts about each kernel, in order.
std::vector<KernelFacts> factsOf(const sem::Program &program);

/// Names of the tensors in device memory: `arg0` for an input, `kernel1.0` for
/// a result of a kernel, `constant0` for a dense constant. A view has the name
/// of what it views.
std::map<sem::ValueId, std::string> tensorNames(const sem::Program &program);

/// A plan, tested unless it is listed although it was refused (the unfused
/// form always is).
struct RankedPlan {
  /// Place by modelled cost among all plans that were not refused, from 1.
  uint64_t rank = 0;
  search::Plan plan;
  verify::Verdict verdict;
};

/// Plans that one layer refused.
struct Refusal {
  std::string layer; // "field" or "float"
  std::string first; // what was said about the first
  uint64_t count = 0;
};

struct SuperoptimizeResult {
  /// Best first: top-k plans and the unfused form (one kernel an op), if that
  /// has block programs.
  std::vector<RankedPlan> plans;
  /// Of `plans`: the best, if it is cheaper than the unfused form.
  std::optional<size_t> chosen;
  std::optional<size_t> unfused;
  search::SearchStats stats;
  std::vector<Refusal> refusals;
  /// A clause that says why nothing was chosen, or empty.
  std::string nothingFound;
  double seconds = 0;
};

/// Searches programs equal to `program`, and tests them against it. Options
/// must be usable. But for `seconds` the result depends on the arguments only.
SuperoptimizeResult superoptimize(const sem::Program &program,
                                  const SuperoptimizeOptions &options);

/// The report's entry for a function.
llvm::json::Object reportOf(llvm::StringRef function,
                            const SuperoptimizeResult &result);

/// The report: `functions` holds entries made by reportOf.
llvm::json::Object makeReport(const SuperoptimizeOptions &options,
                              llvm::json::Array functions, double seconds);

/// Prints plans (of the functions named beside them) as one graph in the DOT
/// language: a cluster a function, a kernel and a loop, and the tensors between
/// the kernels with their bytes.
void printDot(llvm::raw_ostream &os,
              llvm::ArrayRef<std::pair<std::string, search::Plan>> plans);

} // namespace mirage

#endif // MIRAGE_COMPILER_SUPEROPTIMIZER_H
