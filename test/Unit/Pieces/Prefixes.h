//===- Prefixes.h - Block programs grown op by op ---------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The other way to search: every prefix of a block program, op by op, with
// operands in any order. A state is the set of terms that a prefix has
// computed. With pruning, only pieces of the target are computed. It is the
// oracle for the programs that are put together from pieces, and the measure
// of what pieces save.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_TEST_UNIT_PIECES_PREFIXES_H
#define MIRAGE_TEST_UNIT_PIECES_PREFIXES_H

#include "lib/Search/Terms.h"
#include <functional>
#include <mutex>

namespace mirage::search {

struct PrefixOptions {
  unsigned maxOps = 5;
  bool prune = true;
  unsigned threads = 1;
  /// States of one op number that are kept; if there are more, those of more
  /// ops are made again from the last that were, and `reached` knows neither.
  uint64_t maxKept = 1 << 20;
  /// Asked after each chunk of work; the search stops when it says so.
  std::function<bool()> stop;
};

struct PrefixResult {
  /// States with 0, 1, 2, ... ops.
  std::vector<uint64_t> states;
  /// Of them: all outputs are computed.
  uint64_t complete = 0;
  bool exhausted = true;
  uint64_t total() const;
};

class Prefixes {
public:
  Prefixes(Graph &graph, llvm::ArrayRef<NodeId> roots);
  PrefixResult grow(const PrefixOptions &options);

  /// Whether `set` was a state when growing last, and of how many ops.
  bool reached(const std::set<TermId> &set) const;
  /// What the nodes of an equal program compute, without inputs.
  std::set<TermId> statesOf(llvm::ArrayRef<NodeId> roots);

private:
  using State = std::vector<TermId>; // sorted
  using Pair = std::pair<TermId, TermId>;
  class Walker;

  void stepsWith(TermId t, TermId u, llvm::function_ref<void(TermId)> made);
  /// All of one op that has both and no other term as operands.
  const std::vector<TermId> &madeOf(Pair pair, bool prune);

  Graph &graph;
  Terms terms;
  llvm::SmallVector<NodeId, 2> roots;
  std::vector<TermId> inputs, outputs;
  std::vector<NodeId> functions;
  AxisSet axes = 0; // that are reduced somewhere
  std::set<TermId> pieces;
  std::set<State> seen;

  std::mutex mutex; // of the terms, and of
  std::map<Pair, std::vector<TermId>> made;
};

} // namespace mirage::search

#endif // MIRAGE_TEST_UNIT_PIECES_PREFIXES_H
