//===- Report.h - What a run found ------------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_RUNTIME_REPORT_H
#define MIRAGE_RUNTIME_REPORT_H

#include "mirage/Runtime/Bundle.h"
#include "mirage/Runtime/Compare.h"

namespace mirage::runtime {

struct Quantiles {
  double median = 0;
  double p10 = 0;
  double p90 = 0;
};

/// Interpolates linearly between the samples; there must be one.
Quantiles quantiles(std::vector<double> samples);

struct BenchResult {
  /// One run on buffers that the run before has just used, in microseconds.
  Quantiles hotUs;
  /// One run after the L2 cache was filled with something else.
  Quantiles coldUs;
  /// Inputs, constants and outputs: what has to be moved at the least.
  uint64_t bytes = 0;
};

struct InputReport {
  TensorDesc desc;
  /// The recipe, or the file.
  std::string source;
};

struct OutputReport {
  TensorDesc desc;
  /// Nothing if there is no reference.
  std::optional<Comparison> comparison = std::nullopt;
  /// Without a reference: elements that are not finite.
  uint64_t nonfinite = 0;
};

struct RunReport {
  std::string file;
  std::string entry;
  std::string target;
  std::string device;
  uint64_t seed = 0;
  std::vector<InputReport> inputs;
  std::vector<OutputReport> outputs;
  std::optional<BenchResult> bench;

  /// No output disagrees with its reference.
  bool ok() const;
};

std::string formatTable(const RunReport &report);
/// What was not compared is null, an infinite error the string "inf".
/// `worst_index` has one entry for each dimension.
std::string formatJson(const RunReport &report);

} // namespace mirage::runtime

#endif // MIRAGE_RUNTIME_REPORT_H
