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

/// The closure of `roots` under the laws that are not disabled, at most
/// `limit` programs, the given one first. All live in `graph`.
std::vector<std::vector<NodeId>>
equalPrograms(Graph &graph, std::vector<NodeId> roots,
              const std::set<std::string> &disabled, size_t limit,
              bool &limitHit);

} // namespace mirage::search

#endif // MIRAGE_LIB_SEARCH_RULES_H
