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
#include "mirage/Target/TargetInfo.h"

namespace mirage::search {

using Target = TargetInfo;
using ::mirage::lookupTarget;

struct KernelCost {
  int64_t blocks = 1;
  int64_t bytesRead = 0;    // distinct bytes of each source
  int64_t bytesWritten = 0;
  int64_t bytesLoaded = 0;  // all loads of all blocks and steps
  int64_t sharedBytes = 0;  // peak of live tiles
  double flops = 0;
  double microseconds = 0;  // infinite if it does not fit
};

/// What one launch costs beside its work.
double launchMicroseconds();

/// How often a load in the body of the axes `enclosing` reads each element of
/// its source, over all blocks and steps.
int64_t timesLoaded(const sem::Program &program, const sem::Op &load,
                    llvm::ArrayRef<sem::AxisId> enclosing);

/// Cost of one kernel op of `program`.
KernelCost costOf(const sem::Program &program, const sem::Op &kernel,
                  const Target &target);

} // namespace mirage::search

#endif // MIRAGE_SEARCH_COST_H
