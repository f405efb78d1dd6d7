//===- CudaRuntime.h - What gpu-to-llvm calls -------------------*- C -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The `mgpu` functions that code made by upstream's `gpu-to-llvm` calls, on the
// first CUDA device. The driver is opened by the first call; neither a CUDA
// toolkit nor MLIR is needed. For C and C++.
//
// Such code has no way to tell of an error. The first one is kept, every one is
// written to stderr, and where there is no driver or no device the functions do
// nothing: a caller asks `mirageCudaError` before it trusts an output.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_RUNTIME_CUDARUNTIME_H
#define MIRAGE_RUNTIME_CUDARUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What failed first, or null. Valid until the process ends.
const char *mirageCudaError(void);

/// `data` is a whole cubin, fatbin, or text of PTX that ends with a 0.
void *mgpuModuleLoad(void *data, size_t size);
/// The same, compiled with `optLevel` (0 to 4).
void *mgpuModuleLoadJIT(void *data, int optLevel);
void mgpuModuleUnload(void *module);
void *mgpuModuleGetFunction(void *module, const char *name);

/// `params` points to each parameter of the kernel.
void mgpuLaunchKernel(void *function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t sharedBytes, void *stream,
                      void **params, void **extra, size_t paramsCount);
void mgpuLaunchClusterKernel(void *function, intptr_t clusterX,
                             intptr_t clusterY, intptr_t clusterZ,
                             intptr_t gridX, intptr_t gridY, intptr_t gridZ,
                             intptr_t blockX, intptr_t blockY, intptr_t blockZ,
                             int32_t sharedBytes, void *stream, void **params,
                             void **extra, size_t paramsCount);

void *mgpuStreamCreate(void);
void mgpuStreamDestroy(void *stream);
void mgpuStreamSynchronize(void *stream);
void mgpuStreamWaitEvent(void *stream, void *event);

void *mgpuEventCreate(void);
void mgpuEventDestroy(void *event);
void mgpuEventSynchronize(void *event);
void mgpuEventRecord(void *event, void *stream);

/// Memory that the host shares is not supported.
void *mgpuMemAlloc(uint64_t sizeBytes, void *stream, bool isHostShared);
void mgpuMemFree(void *memory, void *stream);
/// Between host and device, in any direction.
void mgpuMemcpy(void *to, void *from, size_t sizeBytes, void *stream);
void mgpuMemset32(void *to, unsigned value, size_t count, void *stream);
void mgpuMemset16(void *to, unsigned short value, size_t count, void *stream);

#ifdef __cplusplus
}
#endif

#endif // MIRAGE_RUNTIME_CUDARUNTIME_H
