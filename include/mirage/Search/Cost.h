//===- Cost.h - What a kernel costs on a target -----------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_SEARCH_COST_H
#define MIRAGE_SEARCH_COST_H

#include "mirage/Semantics/Program.h"

namespace mirage::search {

/// Facts of a GPU, from its vendor's data sheet.
struct Target {
  llvm::StringRef chip;
  int64_t sms;
  int64_t sharedBytes; // most for one block, opt-in
  int64_t sharedBytesPerSM;
  double dramGBps, l2GBps;
  /// Scalar f32 multiply-adds through shared memory, in TFLOP/s: what the
  /// plain distribution can reach, not the peak.
  double plainTflops;
  double launchUs;
};

/// Null for a chip that is not in the table.
const Target *lookupTarget(llvm::StringRef chip);

struct KernelCost {
  int64_t blocks = 1;
  int64_t bytesRead = 0;    // distinct bytes of each source
  int64_t bytesWritten = 0;
  int64_t bytesLoaded = 0;  // all loads of all blocks and steps
  int64_t sharedBytes = 0;  // peak of live tiles
  double flops = 0;
  double microseconds = 0;  // infinite if it does not fit
};

/// Cost of one kernel op of `program`.
KernelCost costOf(const sem::Program &program, const sem::Op &kernel,
                  const Target &target);

} // namespace mirage::search

#endif // MIRAGE_SEARCH_COST_H
