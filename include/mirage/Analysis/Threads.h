//===- Threads.h - How many threads a block has -----------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One answer for the pass that assigns threads and for the report that names
// them before there is IR.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_ANALYSIS_THREADS_H
#define MIRAGE_ANALYSIS_THREADS_H

#include <cstdint>

namespace mirage {

/// Threads of a block whose largest tile has so many elements.
inline int64_t threadsOfBlock(int64_t largestTile) {
  // About one thread for eight elements: fewer leave too little in flight, more
  // wait at barriers.
  return largestTile > 1024 ? 256 : 128;
}

} // namespace mirage

#endif // MIRAGE_ANALYSIS_THREADS_H
