//===- Search.h - Equivalent programs, ranked -------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which ops share a kernel and the role of each axis are enumerated over terms
// that are equal under the algebra; sizes are chosen after the structure by
// the cost model. Nothing here is verified: see Verify/Verifier.h.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_SEARCH_SEARCH_H
#define MIRAGE_SEARCH_SEARCH_H

#include "mirage/Search/Cost.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <functional>
#include <map>
#include <set>

namespace mirage::search {

/// Laws that can be disabled by name, in the order of application.
llvm::ArrayRef<llvm::StringRef> ruleNames();
/// Laws that are used only if they are enabled.
llvm::ArrayRef<llvm::StringRef> optionalRuleNames();

struct SearchOptions {
  const Target *target = lookupTarget("sm_90a");
  unsigned topK = 1;
  /// Most kernels (sets of nodes with roles) that are judged.
  uint64_t maxStates = 20000;
  /// Operands of products are rounded to the type that the program's took.
  bool narrowProducts = true;
  std::set<std::string> disabledRules, enabledRules;
  /// Calls its second argument for 0 .. n-1, in any order, in parallel; null:
  /// one after the other. The result does not depend on it.
  std::function<void(size_t, llvm::function_ref<void(size_t)>)> parallelFor;
};

struct Plan {
  sem::Program program;
  double microseconds = 0;
  /// Hash of what each kernel reads and keeps, the roles of the axes and the
  /// loops. Plans of equal programs may share it.
  uint64_t structure = 0;
  /// Hash of the structure and of the equal programs that it is a plan of.
  uint64_t identity = 0;
  std::vector<KernelCost> kernels;
  std::vector<std::string> sizes; // one text a kernel
  /// Kernels that ops outside of kernels will get.
  size_t unformed = 0;
  bool unfused = false;
  /// Searched with `narrowProducts`.
  bool hasNarrowProducts = false;
};

struct SearchStats {
  /// Programs equal under the laws; sets of nodes with roles that fit.
  uint64_t programs = 0, states = 0;
  std::map<std::string, uint64_t> refused, pruned;
  std::vector<std::string> limitsHit;
};

struct SearchResult {
  std::vector<Plan> plans; // best first
  SearchStats stats;
  std::string nothingFound; // why, or empty
};

SearchResult search(const sem::Program &program, const SearchOptions &options);

/// Every kernel-level op, and every elementwise chain, outside a kernel gets a
/// kernel. Reshapes stay as views. False with a reason if an op has no block
/// program; `failed` is then that op.
bool formKernels(const sem::Program &program, const Target &target,
                 sem::Program &result, std::string &why, const sem::Op **failed);

/// Gives every output a buffer of its own: one that is, or is a view of, an
/// input, a constant or another output becomes a copy, made by a kernel.
/// Whether there was one.
bool copyOutputs(sem::Program &program, const Target &target);

/// The cost of every kernel of a program.
std::vector<KernelCost> costsOf(const sem::Program &program,
                                const Target &target);

} // namespace mirage::search

#endif // MIRAGE_SEARCH_SEARCH_H
