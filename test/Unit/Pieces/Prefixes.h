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

namespace mirage::search {

struct PrefixOptions {
  unsigned maxOps = 5;
  bool prune = true;
  unsigned threads = 1;
  /// Growing stops before the states of an op number are more than these.
  uint64_t maxStates = ~uint64_t(0);
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
  struct Step {
    llvm::SmallVector<TermId, 2> needs;
    TermId made;
  };

  /// States of as many terms each, one after the other.
  struct Level {
    size_t terms = 0, count = 1;
    std::vector<TermId> flat;
    llvm::ArrayRef<TermId> operator[](size_t i) const {
      return llvm::ArrayRef(flat).slice(i * terms, terms);
    }
  };

  void stepsWith(TermId t, llvm::ArrayRef<TermId> others,
                 llvm::function_ref<void(Step)> found);
  Level grown(const Level &states, bool prune, const PrefixOptions &options,
              bool &stopped);
  void findPrunedSteps();

  Graph &graph;
  Terms terms;
  llvm::SmallVector<NodeId, 2> roots;
  std::vector<TermId> inputs, outputs;
  std::vector<NodeId> functions;
  AxisSet axes = 0; // that are reduced somewhere
  std::set<TermId> pieces;
  std::map<TermId, std::vector<Step>> stepsOf; // by a needed term
  std::set<State> seen;
};

} // namespace mirage::search

#endif // MIRAGE_TEST_UNIT_PIECES_PREFIXES_H
