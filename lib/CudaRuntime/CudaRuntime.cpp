//===- CudaRuntime.cpp - What gpu-to-llvm calls ---------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/CudaRuntime.h"
#include "CudaDriver.h"
#include <cstdio>
#include <mutex>

using namespace mirage::runtime;
using namespace mirage::runtime::cuda;

namespace {
/// The driver and its first device, once they are open.
class Runtime {
public:
  /// Never destroyed: modules are unloaded when static objects are gone.
  static Runtime &get() {
    static Runtime *runtime = new Runtime;
    return *runtime;
  }

  /// Calls `function(driver)` with the device's context current, unless there
  /// is no device.
  template <typename Function>
  void call(const char *operation, Function function) {
    std::call_once(opened, [&] { keep(open()); });
    if (!context)
      return;
    if (keep(driver.check(driver.contextPush(context), "cuCtxPushCurrent")))
      return;
    keep(driver.check(function(driver), operation));
    Context popped = nullptr;
    keep(driver.check(driver.contextPop(&popped), "cuCtxPopCurrent"));
  }

  /// Says what went wrong, if anything. Returns whether it did.
  bool keep(const MaybeError &error) {
    if (!error)
      return false;
    std::lock_guard<std::mutex> lock(mutex);
    std::fprintf(stderr, "mirage: %s\n", error->str().c_str());
    if (!first)
      first = new std::string(error->str());
    return true;
  }

  const char *firstError() {
    std::lock_guard<std::mutex> lock(mutex);
    return first ? first->c_str() : nullptr;
  }

private:
  MaybeError open() {
    Expected<OpenedDevice> device = openDevice("libcuda.so.1");
    if (!device)
      return device.error();
    driver = device->driver;
    Context retained = nullptr;
    MaybeError error =
        driver.check(driver.primaryContextRetain(&retained, device->handle),
                     "cuDevicePrimaryCtxRetain");
    if (!error)
      context = retained;
    return error;
  }

  std::once_flag opened;
  Driver driver;
  Context context = nullptr;
  std::mutex mutex;
  /// Never changed once it is set.
  std::string *first = nullptr;
};
} // namespace

template <typename Function>
static void call(const char *operation, Function function) {
  Runtime::get().call(operation, function);
}

static DevicePtr address(void *memory) {
  return reinterpret_cast<DevicePtr>(memory);
}

const char *mirageCudaError(void) { return Runtime::get().firstError(); }

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

void *mgpuModuleLoad(void *data, size_t) {
  Module module = nullptr;
  call("cuModuleLoadDataEx", [&](const Driver &driver) {
    return driver.moduleLoad(&module, data, 0, nullptr, nullptr);
  });
  return module;
}

void *mgpuModuleLoadJIT(void *data, int optLevel) {
  Module module = nullptr;
  char log[4096] = "";
  int options[] = {jitErrorLogBuffer, jitErrorLogBufferSizeBytes,
                   jitOptimizationLevel};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log) - 1),
                    reinterpret_cast<void *>(intptr_t(optLevel))};
  call("cuModuleLoadDataEx", [&](const Driver &driver) {
    Result result = driver.moduleLoad(&module, data, 3, options, values);
    if (result != success && log[0])
      std::fprintf(stderr, "mirage: %s\n", log);
    return result;
  });
  return module;
}

void mgpuModuleUnload(void *module) {
  if (!module)
    return;
  call("cuModuleUnload", [&](const Driver &driver) {
    Result result = driver.moduleUnload(module);
    // At the end of the process the driver may be gone before us.
    return result == errorDeinitialized ? success : result;
  });
}

void *mgpuModuleGetFunction(void *module, const char *name) {
  Function function = nullptr;
  if (module)
    call("cuModuleGetFunction", [&](const Driver &driver) {
      return driver.moduleGetFunction(&function, module, name);
    });
  return function;
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

/// Launches unless the kernel is one that could not be loaded.
static void launch(Function function, LaunchConfig config, void **params,
                   void **extra) {
  if (!function)
    return;
  call("cuLaunchKernelEx", [&](const Driver &driver) {
    int staticBytes = 0;
    Result result = driver.functionGetAttribute(
        &staticBytes, functionSharedSizeBytes, function);
    if (result == success &&
        uint64_t(staticBytes) + config.sharedBytes > defaultSharedBytes)
      result = driver.functionSetAttribute(
          function, functionMaxDynamicSharedSizeBytes,
          static_cast<int>(config.sharedBytes));
    return result == success ? driver.launch(&config, function, params, extra)
                             : result;
  });
}

void mgpuLaunchKernel(void *function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t sharedBytes, void *stream,
                      void **params, void **extra, size_t) {
  launch(function,
         {unsigned(gridX), unsigned(gridY), unsigned(gridZ), unsigned(blockX),
          unsigned(blockY), unsigned(blockZ), unsigned(sharedBytes), stream,
          nullptr, 0},
         params, extra);
}

void mgpuLaunchClusterKernel(void *function, intptr_t clusterX,
                             intptr_t clusterY, intptr_t clusterZ,
                             intptr_t gridX, intptr_t gridY, intptr_t gridZ,
                             intptr_t blockX, intptr_t blockY, intptr_t blockZ,
                             int32_t sharedBytes, void *stream, void **params,
                             void **extra, size_t) {
  LaunchAttribute attribute{};
  attribute.id = launchAttributeClusterDimension;
  attribute.value.clusterDim = {unsigned(clusterX), unsigned(clusterY),
                                unsigned(clusterZ)};
  launch(function,
         {unsigned(gridX), unsigned(gridY), unsigned(gridZ), unsigned(blockX),
          unsigned(blockY), unsigned(blockZ), unsigned(sharedBytes), stream,
          &attribute, 1},
         params, extra);
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

void *mgpuStreamCreate(void) {
  Stream stream = nullptr;
  call("cuStreamCreate", [&](const Driver &driver) {
    return driver.streamCreate(&stream, streamNonBlocking);
  });
  return stream;
}

void mgpuStreamDestroy(void *stream) {
  call("cuStreamDestroy", [&](const Driver &driver) {
    return driver.streamDestroy(stream);
  });
}

void mgpuStreamSynchronize(void *stream) {
  call("cuStreamSynchronize", [&](const Driver &driver) {
    return driver.streamSynchronize(stream);
  });
}

void mgpuStreamWaitEvent(void *stream, void *event) {
  call("cuStreamWaitEvent", [&](const Driver &driver) {
    return driver.streamWaitEvent(stream, event, 0);
  });
}

void *mgpuEventCreate(void) {
  Event event = nullptr;
  call("cuEventCreate", [&](const Driver &driver) {
    return driver.eventCreate(&event, eventDisableTiming);
  });
  return event;
}

void mgpuEventDestroy(void *event) {
  call("cuEventDestroy",
       [&](const Driver &driver) { return driver.eventDestroy(event); });
}

void mgpuEventSynchronize(void *event) {
  call("cuEventSynchronize",
       [&](const Driver &driver) { return driver.eventSynchronize(event); });
}

void mgpuEventRecord(void *event, void *stream) {
  call("cuEventRecord",
       [&](const Driver &driver) { return driver.eventRecord(event, stream); });
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

void *mgpuMemAlloc(uint64_t sizeBytes, void *, bool isHostShared) {
  DevicePtr memory = 0;
  if (isHostShared)
    Runtime::get().keep(Error{"memory that the host shares is not supported"});
  else
    call("cuMemAlloc", [&](const Driver &driver) {
      // The driver does not allocate nothing.
      return driver.memAlloc(&memory, sizeBytes ? sizeBytes : 1);
    });
  return reinterpret_cast<void *>(memory);
}

void mgpuMemFree(void *memory, void *) {
  call("cuMemFree",
       [&](const Driver &driver) { return driver.memFree(address(memory)); });
}

void mgpuMemcpy(void *to, void *from, size_t sizeBytes, void *stream) {
  if (sizeBytes)
    call("cuMemcpyAsync", [&](const Driver &driver) {
      return driver.memcpyAsync(address(to), address(from), sizeBytes, stream);
    });
}

void mgpuMemset32(void *to, unsigned value, size_t count, void *stream) {
  if (count)
    call("cuMemsetD32Async", [&](const Driver &driver) {
      return driver.memset32Async(address(to), value, count, stream);
    });
}

void mgpuMemset16(void *to, unsigned short value, size_t count, void *stream) {
  if (count)
    call("cuMemsetD16Async", [&](const Driver &driver) {
      return driver.memset16Async(address(to), value, count, stream);
    });
}
