//===- TargetInfo.h - Facts about GPUs --------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What planning, ranking and code generation need to know about a GPU, as data.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_TARGET_TARGETINFO_H
#define MIRAGE_TARGET_TARGETINFO_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace mirage {

struct TargetInfo {
  llvm::StringRef chip;
  /// The PTX version that code for the chip is written in, as a feature.
  llvm::StringRef ptxFeature;
  /// Dynamic shared memory that one block may ask for.
  uint64_t sharedBytesPerBlock;
  uint64_t sharedBytesPerSM;
  uint64_t l2Bytes;
  unsigned sms;
  unsigned threadsPerSM;
  /// Of a typical product: bandwidth in 10^9 bytes, arithmetic in 10^12
  /// operations a second (a multiply-add is two; dense f16 on tensor cores).
  double dramGBps, fp32TFlops, tensorTFlops;
  /// L2 bandwidth in 10^9 bytes a second; an estimate, no vendor states it.
  double l2GBps;
  /// Device memory and L2 move whole sectors.
  unsigned sectorBytes = 32;
};

/// All chips that code can be generated for.
llvm::ArrayRef<TargetInfo> allTargets();

/// The facts about `chip` ("sm_90a"), or null.
const TargetInfo *lookupTarget(llvm::StringRef chip);

} // namespace mirage

#endif // MIRAGE_TARGET_TARGETINFO_H
