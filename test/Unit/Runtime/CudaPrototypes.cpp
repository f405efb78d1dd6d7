//===- CudaPrototypes.cpp - The driver's prototypes -----------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// That this compiles is the test. It is built where there is a cuda.h.
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"
#include <cuda.h>
#include <type_traits>

using namespace mirage::runtime;

/// Pointers are passed alike, and so are numbers of the same size.
template <typename Ours, typename Theirs>
static constexpr bool isSame() {
  if constexpr (std::is_pointer_v<Ours> || std::is_pointer_v<Theirs>)
    return std::is_pointer_v<Ours> && std::is_pointer_v<Theirs>;
  else
    return sizeof(Ours) == sizeof(Theirs) &&
           std::is_floating_point_v<Ours> == std::is_floating_point_v<Theirs>;
}

template <typename Ours, typename Theirs>
struct IsSameCall;
template <typename R, typename... Ours, typename S, typename... Theirs>
struct IsSameCall<R (*)(Ours...), S (*)(Theirs...)> {
  static constexpr bool get() {
    if constexpr (sizeof...(Ours) != sizeof...(Theirs))
      return false;
    else
      return isSame<R, S>() && (isSame<Ours, Theirs>() && ...);
  }
};

#define CHECK_PROTOTYPE(member, symbol, parameters)                            \
  static_assert(                                                               \
      IsSameCall<decltype(cuda::Driver::member), decltype(&symbol)>::get(),    \
      "the prototype of " #symbol);
MIRAGE_CUDA_FUNCTIONS(CHECK_PROTOTYPE)

static_assert(cuda::success == CUDA_SUCCESS);
static_assert(cuda::errorNoBinaryForGpu == CUDA_ERROR_NO_BINARY_FOR_GPU);
static_assert(cuda::errorNotFound == CUDA_ERROR_NOT_FOUND);
static_assert(cuda::errorDeinitialized == CUDA_ERROR_DEINITIALIZED);
static_assert(cuda::maxThreadsPerBlock ==
              CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
static_assert(cuda::l2CacheSize == CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
static_assert(cuda::computeCapabilityMajor ==
              CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
static_assert(cuda::computeCapabilityMinor ==
              CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
static_assert(cuda::maxSharedMemoryPerBlockOptin ==
              CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
static_assert(cuda::functionMaxThreadsPerBlock ==
              CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
static_assert(cuda::functionSharedSizeBytes ==
              CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
static_assert(cuda::functionMaxDynamicSharedSizeBytes ==
              CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
static_assert(cuda::functionNonPortableClusterSizeAllowed ==
              CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED);
static_assert(cuda::jitErrorLogBuffer == CU_JIT_ERROR_LOG_BUFFER);
static_assert(cuda::jitErrorLogBufferSizeBytes ==
              CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);
static_assert(cuda::jitOptimizationLevel == CU_JIT_OPTIMIZATION_LEVEL);
static_assert(cuda::eventDisableTiming == CU_EVENT_DISABLE_TIMING);
static_assert(cuda::launchAttributeClusterDimension ==
              CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION);
static_assert(cuda::streamCaptureModeThreadLocal ==
              CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
static_assert(cuda::streamNonBlocking == CU_STREAM_NON_BLOCKING);
static_assert(cuda::launchParamEnd == CU_LAUNCH_PARAM_END_AS_INT);
static_assert(cuda::launchParamBufferPointer ==
              CU_LAUNCH_PARAM_BUFFER_POINTER_AS_INT);
static_assert(cuda::launchParamBufferSize ==
              CU_LAUNCH_PARAM_BUFFER_SIZE_AS_INT);

static_assert(sizeof(cuda::LaunchAttribute) == sizeof(CUlaunchAttribute));
static_assert(offsetof(cuda::LaunchAttribute, value) ==
              offsetof(CUlaunchAttribute, value));
static_assert(offsetof(cuda::LaunchAttribute, value.clusterDim.z) ==
              offsetof(CUlaunchAttribute, value.clusterDim.z));
static_assert(sizeof(cuda::LaunchConfig) == sizeof(CUlaunchConfig));
static_assert(offsetof(cuda::LaunchConfig, gridX) ==
              offsetof(CUlaunchConfig, gridDimX));
static_assert(offsetof(cuda::LaunchConfig, blockZ) ==
              offsetof(CUlaunchConfig, blockDimZ));
static_assert(offsetof(cuda::LaunchConfig, sharedBytes) ==
              offsetof(CUlaunchConfig, sharedMemBytes));
static_assert(offsetof(cuda::LaunchConfig, stream) ==
              offsetof(CUlaunchConfig, hStream));
static_assert(offsetof(cuda::LaunchConfig, attributes) ==
              offsetof(CUlaunchConfig, attrs));
static_assert(offsetof(cuda::LaunchConfig, numAttributes) ==
              offsetof(CUlaunchConfig, numAttrs));
