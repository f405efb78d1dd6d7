//===- FakeCuda.h - A CUDA driver whose device is the host ------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Device memory is host memory, and kernels are C++ functions that are known
// by name. Tests open the library as the executor does, and reach its state
// through `fakeCudaState`.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_TEST_UNIT_RUNTIME_FAKECUDA_H
#define MIRAGE_TEST_UNIT_RUNTIME_FAKECUDA_H

#include "CudaDriver.h"
#include <string>
#include <vector>

struct FakeLaunch {
  std::string kernel;
  unsigned grid[3], block[3], cluster[3];
  unsigned sharedBytes;
  std::vector<unsigned char> parameters;
};

struct FakeCudaState {
  // What the device is like.
  int initResult = 0;
  int deviceCount = 1;
  int major = 9, minor = 0;
  int maxSharedBytes = 232448;
  size_t freeBytes = size_t(1) << 30;
  /// Of every kernel.
  int staticSharedBytes = 0;
  int kernelMaxThreads = 1024;
  /// Machine code is refused, as if it were for another chip.
  bool refuseCubin = false;
  /// The modules have no kernels.
  bool emptyModules = false;

  // What was done with it.
  std::vector<FakeLaunch> launches;
  std::vector<std::string> modules;
  int dynamicSharedBytes = -1;
  int nonPortableCluster = -1;
  int liveObjects = 0;
  size_t flushedBytes = 0;
  /// Every kernel takes 10 microseconds, or 25 after a fill on the stream.
  double clockUs = 0;
};

using FakeCudaStateFn = FakeCudaState *(*)();

#endif // MIRAGE_TEST_UNIT_RUNTIME_FAKECUDA_H
