//===- Rules.h - Programs that are equal under the algebra ------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_SEARCH_RULES_H
#define MIRAGE_LIB_SEARCH_RULES_H

#include "mirage/Search/Graph.h"
#include <set>

namespace mirage::search {

/// Programs that are equal to `roots` under the laws that are not disabled: the
/// given one, then by their arithmetic, at most `limit`. All live in `graph`.
std::vector<std::vector<NodeId>>
equalPrograms(Graph &graph, llvm::ArrayRef<NodeId> roots,
              const std::set<std::string> &disabled, size_t limit,
              bool &limitHit);

/// The program in which what is reduced over `axis` is reduced over its runs
/// first, one a value of the new axis `outer`, and then over `outer`: sums and
/// maxima split over an axis, and sums of values relative to a maximum become
/// sums relative to that of the run (telescoping). Nothing if no sum splits.
std::optional<std::vector<NodeId>> splitAxis(Graph &graph,
                                             llvm::ArrayRef<NodeId> roots,
                                             int axis, int outer,
                                             bool telescope);

/// The rule `invent-shift`: every exponential that is summed becomes one
/// relative to its maximum over the summed axes. Equal only where the shift
/// cancels, which the tests decide. Nothing if no exponential is summed.
std::optional<std::vector<NodeId>>
inventShift(Graph &graph, llvm::ArrayRef<NodeId> roots);

} // namespace mirage::search

#endif // MIRAGE_LIB_SEARCH_RULES_H
