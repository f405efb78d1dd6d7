//===- Partition.h - Parts of a program that are searched alone -*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_SEARCH_PARTITION_H
#define MIRAGE_LIB_SEARCH_PARTITION_H

#include "mirage/Semantics/Program.h"

namespace mirage::search {

/// Ops that follow each other: a connected set of ops with named axes, which is
/// searched, or ops that stay.
struct Part {
  bool searched = false;
  /// In the program's order; a searched part also has the constants it uses.
  std::vector<const sem::Op *> ops;
  /// Values of the part that something outside uses.
  std::vector<sem::ValueId> outputs;
};

/// The parts of a program in an order in which they can run. What is too large
/// for one search, or has no one naming of its axes, is cut in the order of its
/// ops.
std::vector<Part> partition(const sem::Program &program);

} // namespace mirage::search

#endif // MIRAGE_LIB_SEARCH_PARTITION_H
