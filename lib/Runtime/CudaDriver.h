//===- CudaDriver.h - The part of the CUDA driver that is used --*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Declared here, so that neither building nor running needs a CUDA toolkit.
// Prototypes and constants are checked against cuda.h by the unit tests where
// there is one.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_RUNTIME_CUDADRIVER_H
#define MIRAGE_LIB_RUNTIME_CUDADRIVER_H

#include "mirage/Runtime/Error.h"
#include <cstddef>
#include <cstdint>

namespace mirage::runtime::cuda {

using Result = int;
using Device = int;
using DevicePtr = unsigned long long;
// Opaque handles.
using Context = void *;
using Module = void *;
using Function = void *;
using Stream = void *;
using Event = void *;
using Graph = void *;
using GraphExec = void *;

// CUresult
constexpr int success = 0;
constexpr int errorDeinitialized = 4;
constexpr int errorNoBinaryForGpu = 209;
constexpr int errorNotFound = 500;
// CUdevice_attribute
constexpr int maxThreadsPerBlock = 1;
constexpr int l2CacheSize = 38;
constexpr int computeCapabilityMajor = 75;
constexpr int computeCapabilityMinor = 76;
constexpr int maxSharedMemoryPerBlockOptin = 97;
// CUfunction_attribute
constexpr int functionMaxThreadsPerBlock = 0;
constexpr int functionSharedSizeBytes = 1;
constexpr int functionMaxDynamicSharedSizeBytes = 8;
constexpr int functionNonPortableClusterSizeAllowed = 14;
// CUjit_option
constexpr int jitErrorLogBuffer = 5;
constexpr int jitErrorLogBufferSizeBytes = 6;
constexpr int jitOptimizationLevel = 7;
// CUlaunchAttributeID
constexpr int launchAttributeClusterDimension = 4;
// CUstreamCaptureMode
constexpr int streamCaptureModeThreadLocal = 1;
// Flags of cuStreamCreate
constexpr int streamNonBlocking = 1;
// Flags of cuEventCreate
constexpr int eventDisableTiming = 2;

/// Kernels take this much dynamic shared memory without consent.
constexpr uint64_t defaultSharedBytes = 48 * 1024;

/// The keys of the list that passes a kernel's parameters as one buffer.
constexpr size_t launchParamEnd = 0;
constexpr size_t launchParamBufferPointer = 1;
constexpr size_t launchParamBufferSize = 2;

struct LaunchAttribute {
  int id;
  char padding[4];
  union {
    char size[64];
    struct {
      unsigned x, y, z;
    } clusterDim;
  } value;
};

struct LaunchConfig {
  unsigned gridX, gridY, gridZ;
  unsigned blockX, blockY, blockZ;
  unsigned sharedBytes;
  Stream stream;
  LaunchAttribute *attributes;
  unsigned numAttributes;
};

/// F(member, symbol, parameter types): the functions, all of which return a
/// Result.
#define MIRAGE_CUDA_FUNCTIONS(F)                                               \
  F(getErrorName, cuGetErrorName, (Result, const char **))                     \
  F(getErrorString, cuGetErrorString, (Result, const char **))                 \
  F(init, cuInit, (unsigned))                                                  \
  F(deviceGetCount, cuDeviceGetCount, (int *))                                 \
  F(deviceGet, cuDeviceGet, (Device *, int))                                   \
  F(deviceGetName, cuDeviceGetName, (char *, int, Device))                     \
  F(deviceGetAttribute, cuDeviceGetAttribute, (int *, int, Device))            \
  F(primaryContextRetain, cuDevicePrimaryCtxRetain, (Context *, Device))       \
  F(primaryContextRelease, cuDevicePrimaryCtxRelease_v2, (Device))             \
  F(contextSetCurrent, cuCtxSetCurrent, (Context))                             \
  F(contextPush, cuCtxPushCurrent_v2, (Context))                               \
  F(contextPop, cuCtxPopCurrent_v2, (Context *))                               \
  F(contextSynchronize, cuCtxSynchronize, ())                                  \
  F(memGetInfo, cuMemGetInfo_v2, (size_t *, size_t *))                         \
  F(memAlloc, cuMemAlloc_v2, (DevicePtr *, size_t))                            \
  F(memFree, cuMemFree_v2, (DevicePtr))                                        \
  F(memcpyToDevice, cuMemcpyHtoD_v2, (DevicePtr, const void *, size_t))        \
  F(memcpyToHost, cuMemcpyDtoH_v2, (void *, DevicePtr, size_t))                \
  F(memcpyAsync, cuMemcpyAsync, (DevicePtr, DevicePtr, size_t, Stream))        \
  F(memset, cuMemsetD8_v2, (DevicePtr, unsigned char, size_t))                 \
  F(memsetAsync, cuMemsetD8Async, (DevicePtr, unsigned char, size_t, Stream))  \
  F(memset16Async, cuMemsetD16Async,                                           \
    (DevicePtr, unsigned short, size_t, Stream))                               \
  F(memset32Async, cuMemsetD32Async, (DevicePtr, unsigned, size_t, Stream))    \
  F(moduleLoad, cuModuleLoadDataEx,                                            \
    (Module *, const void *, unsigned, int *, void **))                        \
  F(moduleUnload, cuModuleUnload, (Module))                                    \
  F(moduleGetFunction, cuModuleGetFunction,                                    \
    (Function *, Module, const char *))                                        \
  F(functionGetAttribute, cuFuncGetAttribute, (int *, int, Function))          \
  F(functionSetAttribute, cuFuncSetAttribute, (Function, int, int))            \
  F(launch, cuLaunchKernelEx,                                                  \
    (const LaunchConfig *, Function, void **, void **))                        \
  F(streamCreate, cuStreamCreate, (Stream *, unsigned))                        \
  F(streamDestroy, cuStreamDestroy_v2, (Stream))                               \
  F(streamSynchronize, cuStreamSynchronize, (Stream))                          \
  F(streamWaitEvent, cuStreamWaitEvent, (Stream, Event, unsigned))             \
  F(streamBeginCapture, cuStreamBeginCapture_v2, (Stream, int))                \
  F(streamEndCapture, cuStreamEndCapture, (Stream, Graph *))                   \
  F(graphInstantiate, cuGraphInstantiateWithFlags,                             \
    (GraphExec *, Graph, unsigned long long))                                  \
  F(graphLaunch, cuGraphLaunch, (GraphExec, Stream))                           \
  F(graphDestroy, cuGraphDestroy, (Graph))                                     \
  F(graphExecDestroy, cuGraphExecDestroy, (GraphExec))                         \
  F(eventCreate, cuEventCreate, (Event *, unsigned))                           \
  F(eventDestroy, cuEventDestroy_v2, (Event))                                  \
  F(eventRecord, cuEventRecord, (Event, Stream))                               \
  F(eventSynchronize, cuEventSynchronize, (Event))                             \
  F(eventElapsedTime, cuEventElapsedTime, (float *, Event, Event))

struct Driver {
#define MIRAGE_CUDA_MEMBER(member, symbol, parameters)                         \
  Result(*member) parameters = nullptr;
  MIRAGE_CUDA_FUNCTIONS(MIRAGE_CUDA_MEMBER)
#undef MIRAGE_CUDA_MEMBER

  /// Opens the driver; it stays open until the process ends.
  static Expected<Driver> open(const std::string &library);

  /// An error that says what `operation` returned.
  MaybeError check(Result result, const std::string &operation,
                   const std::string &where = "") const;
};

struct OpenedDevice {
  Driver driver;
  Device handle = 0;
};

/// Opens the driver, and finds its first device. What fails is of the kind
/// NoDevice.
Expected<OpenedDevice> openDevice(const std::string &library);

} // namespace mirage::runtime::cuda

#endif // MIRAGE_LIB_RUNTIME_CUDADRIVER_H
