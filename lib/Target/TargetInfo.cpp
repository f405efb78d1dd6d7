//===- TargetInfo.cpp - Facts about GPUs ----------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Target/TargetInfo.h"

using namespace mirage;

static constexpr uint64_t KiB = 1024, MiB = 1024 * KiB;

// A100, A10, L40S, H100 (SXM), B200.
static constexpr TargetInfo targets[] = {
    {"sm_80", "+ptx80", 163 * KiB, 164 * KiB, 40 * MiB, 108, 2048, 1555, 19.5,
     312, 5000},
    {"sm_86", "+ptx80", 99 * KiB, 100 * KiB, 6 * MiB, 72, 1536, 600, 31.2, 125,
     3000},
    {"sm_89", "+ptx80", 99 * KiB, 100 * KiB, 96 * MiB, 142, 1536, 864, 91.6,
     362, 4000},
    {"sm_90a", "+ptx86", 227 * KiB, 228 * KiB, 50 * MiB, 132, 2048, 3350, 66.9,
     989, 7000},
    {"sm_100a", "+ptx86", 227 * KiB, 228 * KiB, 126 * MiB, 148, 2048, 8000, 80,
     2250, 10000},
};

llvm::ArrayRef<TargetInfo> mirage::allTargets() { return targets; }

const TargetInfo *mirage::lookupTarget(llvm::StringRef chip) {
  for (const TargetInfo &target : targets)
    if (target.chip == chip)
      return &target;
  return nullptr;
}
