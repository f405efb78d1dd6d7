//===- HostBench.cpp - Timing a program on this host ----------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Samples.h"
#include "mirage/Runtime/Run.h"
#include <chrono>
#include <unistd.h>

using namespace mirage::runtime;

namespace {
/// Twice the largest cache, written between two runs.
class CacheFlush {
public:
  CacheFlush() {
    long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
    memory.resize(std::clamp<size_t>(cache > 0 ? 2 * size_t(cache) : 0,
                                     size_t(1) << 26, size_t(1) << 30));
  }
  void flush() {
    // Volatile: nobody reads it.
    volatile uint8_t *data = memory.data();
    for (size_t i = 0; i < memory.size(); i += 64)
      data[i] = data[i] + 1;
  }

private:
  std::vector<uint8_t> memory;
};
} // namespace

static Expected<double> timeUs(const std::function<MaybeError()> &run) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  if (MaybeError error = run())
    return *error;
  return std::chrono::duration<double, std::micro>(Clock::now() - start)
      .count();
}

Expected<BenchResult>
mirage::runtime::benchOnHost(const std::function<MaybeError()> &run) {
  // Small programs are over before a clock can tell.
  constexpr double hotSampleUs = 100;
  constexpr unsigned maxRunsPerSample = 1000;
  constexpr double leastSamples = 3;
  Expected<double> estimate = timeUs(run);
  if (estimate)
    estimate = timeUs(run);
  if (!estimate)
    return estimate.error();

  BenchResult result;
  unsigned runs = static_cast<unsigned>(std::clamp(
      hotSampleUs / std::max(*estimate, 0.01), 1.0, double(maxRunsPerSample)));
  std::vector<double> samples;
  for (unsigned i = 0, e = numSamples(*estimate * runs, leastSamples); i != e;
       ++i) {
    Expected<double> sample = timeUs([&]() -> MaybeError {
      for (unsigned k = 0; k < runs; ++k)
        if (MaybeError error = run())
          return error;
      return std::nullopt;
    });
    if (!sample)
      return sample.error();
    samples.push_back(*sample / runs);
  }
  result.hotUs = quantiles(std::move(samples));

  CacheFlush cache;
  samples.clear();
  constexpr double flushUs = 2e4;
  for (unsigned i = 0, e = numSamples(*estimate + flushUs, leastSamples);
       i != e; ++i) {
    cache.flush();
    Expected<double> sample = timeUs(run);
    if (!sample)
      return sample.error();
    samples.push_back(*sample);
  }
  result.coldUs = quantiles(std::move(samples));
  return result;
}
