//===- Samples.h - How often a program is timed -----------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_RUNTIME_SAMPLES_H
#define MIRAGE_LIB_RUNTIME_SAMPLES_H

#include <algorithm>

namespace mirage::runtime {

/// How many samples of `sampleUs` microseconds each take about a second: at
/// least `least`, at most 200.
inline unsigned numSamples(double sampleUs, double least) {
  return static_cast<unsigned>(
      std::clamp(1e6 / std::max(sampleUs, 1.0), least, 200.0));
}

} // namespace mirage::runtime

#endif // MIRAGE_LIB_RUNTIME_SAMPLES_H
