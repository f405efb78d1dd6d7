//===- FakeCuda.cpp - A CUDA driver whose device is the host --------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeCuda.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>

using namespace mirage::runtime::cuda;

namespace {
constexpr Result invalidValue = 1;
constexpr Result invalidPtx = 218;
constexpr Result illegalAddress = 700;

struct FakeGraph {
  std::vector<FakeLaunch> launches;
};

/// Tools that are run as a whole cannot reach the state: for them the
/// environment says what the device is like.
FakeCudaState makeState() {
  FakeCudaState initial;
  for (auto [variable, field] :
       {std::pair("FAKE_CUDA_DEVICES", &initial.deviceCount),
        std::pair("FAKE_CUDA_MAJOR", &initial.major)})
    if (const char *value = std::getenv(variable))
      *field = std::atoi(value);
  return initial;
}

FakeCudaState state = makeState();
/// Of the kernels that ran since the stream was last waited for.
Result pending = success;
bool cold = false;
FakeGraph *capturing = nullptr;
/// The sizes of what is allocated, by address.
std::map<DevicePtr, size_t> deviceMemory;

template <typename T>
T parameter(const FakeLaunch &launch, size_t offset) {
  T value;
  std::memcpy(&value, launch.parameters.data() + offset, sizeof(T));
  return value;
}

/// Whether `bytes` at `address` are memory of the device.
bool isOnDevice(DevicePtr address, size_t bytes) {
  auto it = deviceMemory.upper_bound(address);
  if (it == deviceMemory.begin())
    return false;
  --it;
  return address + bytes <= it->first + it->second;
}

float *pointer(const FakeLaunch &launch, size_t offset) {
  return reinterpret_cast<float *>(parameter<DevicePtr>(launch, offset));
}

Result add(const FakeLaunch &launch) {
  float *a = pointer(launch, 0), *b = pointer(launch, 8);
  float *out = pointer(launch, 16);
  for (int i = 0, e = parameter<int>(launch, 24); i != e; ++i)
    out[i] = a[i] + b[i];
  return success;
}

// (i32 n, ptr in, f32 factor, i64 skip, ptr out): needs padding twice.
Result scale(const FakeLaunch &launch) {
  int count = parameter<int>(launch, 0);
  float *in = pointer(launch, 8), *out = pointer(launch, 32);
  float factor = parameter<float>(launch, 16);
  long long skip = parameter<long long>(launch, 24);
  for (int i = 0; i < count; ++i)
    out[i] = in[i + skip] * factor;
  return success;
}

// What the program @twice of the tests is compiled to.
Result twice(const FakeLaunch &launch) {
  float *in = pointer(launch, 0), *out = pointer(launch, 8);
  for (int i = 0; i < 6; ++i)
    out[i] = in[i] + in[i];
  return success;
}

// What the program @chain of the tests is compiled to: its first kernel
// multiplies by a constant, its second takes the square root.
Result chainFirst(const FakeLaunch &launch) {
  for (size_t offset : {0, 8, 16})
    if (!isOnDevice(parameter<DevicePtr>(launch, offset), offset == 8 ? 4 : 24))
      return illegalAddress;
  float *in = pointer(launch, 0), *factor = pointer(launch, 8);
  float *out = pointer(launch, 16);
  for (int i = 0; i < 6; ++i)
    out[i] = in[i] * *factor;
  return success;
}
Result chainSecond(const FakeLaunch &launch) {
  float *in = pointer(launch, 0), *out = pointer(launch, 8);
  for (int i = 0; i < 6; ++i)
    out[i] = std::sqrt(in[i]);
  return success;
}

Result fault(const FakeLaunch &) { return illegalAddress; }
Result nothing(const FakeLaunch &) { return success; }

struct Kernel {
  size_t parameterBytes;
  Result (*run)(const FakeLaunch &);
};
const std::map<std::string, Kernel> kernels = {{"add", {28, add}},
                                               {"scale", {40, scale}},
                                               {"twice_kernel_0", {16, twice}},
                                               {"chain_kernel_0", {24, chainFirst}},
                                               {"chain_kernel_1", {16, chainSecond}},
                                               {"fault", {0, fault}},
                                               {"nothing", {0, nothing}}};

Result execute(const FakeLaunch &launch) {
  state.launches.push_back(launch);
  state.clockUs += cold ? 25 : 10;
  cold = false;
  Result result = kernels.at(launch.kernel).run(launch);
  if (pending == success)
    pending = result;
  return success;
}

void *create(void *object) {
  ++state.liveObjects;
  return object;
}
Result destroy() {
  --state.liveObjects;
  return success;
}
} // namespace

extern "C" {
FakeCudaState *fakeCudaState() { return &state; }

Result cuGetErrorName(Result, const char **name) {
  *name = "CUDA_ERROR_FAKE";
  return success;
}
Result cuGetErrorString(Result result, const char **text) {
  *text = result == illegalAddress ? "illegal address" : nullptr;
  return *text ? success : invalidValue;
}
Result cuInit(unsigned) { return state.initResult; }
Result cuDeviceGetCount(int *count) {
  *count = state.deviceCount;
  return success;
}
Result cuDeviceGet(Device *device, int) {
  *device = 0;
  return success;
}
Result cuDeviceGetName(char *name, int size, Device) {
  std::strncpy(name, "Fake device", static_cast<size_t>(size));
  return success;
}
Result cuDeviceGetAttribute(int *value, int attribute, Device) {
  const std::map<int, int> attributes = {
      {maxThreadsPerBlock, 1024},
      {l2CacheSize, 50 << 20},
      {computeCapabilityMajor, state.major},
      {computeCapabilityMinor, state.minor},
      {maxSharedMemoryPerBlockOptin, state.maxSharedBytes}};
  *value = attributes.at(attribute);
  return success;
}
Result cuDevicePrimaryCtxRetain(Context *context, Device) {
  *context = create(&state);
  return success;
}
Result cuDevicePrimaryCtxRelease_v2(Device) { return destroy(); }
Result cuCtxSetCurrent(Context) { return success; }
Result cuCtxPushCurrent_v2(Context) { return success; }
Result cuCtxPopCurrent_v2(Context *context) {
  *context = &state;
  return success;
}
Result cuCtxSynchronize() { return success; }
Result cuMemGetInfo_v2(size_t *freeBytes, size_t *total) {
  *freeBytes = *total = state.freeBytes;
  return success;
}
Result cuMemAlloc_v2(DevicePtr *address, size_t bytes) {
  if (bytes == 0)
    return invalidValue;
  void *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  std::memset(memory, 0, bytes);
  *address = reinterpret_cast<DevicePtr>(create(memory));
  deviceMemory[*address] = bytes;
  return success;
}
Result cuMemFree_v2(DevicePtr address) {
  deviceMemory.erase(address);
  std::free(reinterpret_cast<void *>(address));
  return destroy();
}
Result cuMemcpyHtoD_v2(DevicePtr to, const void *from, size_t bytes) {
  std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  return success;
}
Result cuMemcpyDtoH_v2(void *to, DevicePtr from, size_t bytes) {
  std::memcpy(to, reinterpret_cast<void *>(from), bytes);
  return success;
}
Result cuMemcpyAsync(DevicePtr to, DevicePtr from, size_t bytes, Stream) {
  return cuMemcpyHtoD_v2(to, reinterpret_cast<void *>(from), bytes);
}
Result cuMemsetD16Async(DevicePtr to, unsigned short value, size_t count,
                        Stream) {
  std::fill_n(reinterpret_cast<unsigned short *>(to), count, value);
  return success;
}
Result cuMemsetD32Async(DevicePtr to, unsigned value, size_t count, Stream) {
  std::fill_n(reinterpret_cast<unsigned *>(to), count, value);
  return success;
}
Result cuMemsetD8_v2(DevicePtr to, unsigned char value, size_t bytes) {
  std::memset(reinterpret_cast<void *>(to), value, bytes);
  return success;
}
Result cuMemsetD8Async(DevicePtr, unsigned char, size_t bytes, Stream) {
  state.flushedBytes = bytes;
  cold = true;
  return success;
}
Result cuModuleLoadDataEx(Module *module, const void *image, unsigned count,
                          int *options, void **values) {
  const char *text = static_cast<const char *>(image);
  bool isCubin = std::memcmp(text,
                             "\x7f"
                             "ELF",
                             4) == 0;
  state.modules.push_back(isCubin ? "cubin" : "ptx");
  if (isCubin && state.refuseCubin)
    return errorNoBinaryForGpu;
  if (!isCubin && std::strstr(text, "syntax error")) {
    for (unsigned i = 0; i < count; ++i)
      if (options[i] == jitErrorLogBuffer)
        std::strcpy(static_cast<char *>(values[i]), "ptx, line 1: bad");
    return invalidPtx;
  }
  *module = create(&state);
  return success;
}
Result cuModuleUnload(Module) { return destroy(); }
Result cuModuleGetFunction(Function *function, Module, const char *name) {
  auto it = kernels.find(name);
  if (it == kernels.end() || state.emptyModules)
    return errorNotFound;
  *function = const_cast<std::string *>(&it->first);
  return success;
}
Result cuFuncGetAttribute(int *value, int attribute, Function) {
  *value = attribute == functionMaxThreadsPerBlock ? state.kernelMaxThreads
                                                   : state.staticSharedBytes;
  return success;
}
Result cuFuncSetAttribute(Function, int attribute, int value) {
  (attribute == functionMaxDynamicSharedSizeBytes ? state.dynamicSharedBytes
                                                  : state.nonPortableCluster) =
      value;
  return success;
}
Result cuLaunchKernelEx(const LaunchConfig *config, Function function,
                        void **params, void **extra) {
  FakeLaunch launch{*static_cast<std::string *>(function),
                    {config->gridX, config->gridY, config->gridZ},
                    {config->blockX, config->blockY, config->blockZ},
                    {1, 1, 1},
                    config->sharedBytes,
                    {}};
  for (unsigned i = 0; i < config->numAttributes; ++i) {
    const LaunchAttribute &attribute = config->attributes[i];
    if (attribute.id == launchAttributeClusterDimension) {
      launch.cluster[0] = attribute.value.clusterDim.x;
      launch.cluster[1] = attribute.value.clusterDim.y;
      launch.cluster[2] = attribute.value.clusterDim.z;
    }
  }
  const unsigned char *buffer = nullptr;
  size_t size = 0;
  for (; extra && *extra; extra += 2) {
    if (extra[0] == reinterpret_cast<void *>(launchParamBufferPointer))
      buffer = static_cast<unsigned char *>(extra[1]);
    else
      size = *static_cast<size_t *>(extra[1]);
  }
  launch.parameters.assign(buffer, buffer + size);
  // One by one: only of kernels that take nothing but pointers.
  if (params) {
    size = kernels.at(launch.kernel).parameterBytes;
    launch.parameters.resize(size);
    for (size_t i = 0; i < size / sizeof(DevicePtr); ++i)
      std::memcpy(launch.parameters.data() + i * sizeof(DevicePtr), params[i],
                  sizeof(DevicePtr));
  }
  if (size != kernels.at(launch.kernel).parameterBytes)
    return invalidValue;
  if (!capturing)
    return execute(launch);
  capturing->launches.push_back(launch);
  return success;
}
Result cuStreamCreate(Stream *stream, unsigned flags) {
  *stream = create(&state);
  return flags == streamNonBlocking ? success : invalidValue;
}
Result cuStreamDestroy_v2(Stream) { return destroy(); }
Result cuStreamSynchronize(Stream) {
  Result result = pending;
  pending = success;
  return result;
}
Result cuStreamWaitEvent(Stream, Event, unsigned) { return success; }
Result cuStreamBeginCapture_v2(Stream, int mode) {
  capturing = new FakeGraph;
  return mode == streamCaptureModeThreadLocal ? success : invalidValue;
}
Result cuStreamEndCapture(Stream, Graph *graph) {
  *graph = create(capturing);
  capturing = nullptr;
  return success;
}
Result cuGraphInstantiateWithFlags(GraphExec *exec, Graph graph,
                                   unsigned long long) {
  *exec = create(new FakeGraph(*static_cast<FakeGraph *>(graph)));
  return success;
}
Result cuGraphLaunch(GraphExec exec, Stream) {
  for (const FakeLaunch &launch : static_cast<FakeGraph *>(exec)->launches)
    execute(launch);
  return success;
}
Result cuGraphDestroy(Graph graph) {
  delete static_cast<FakeGraph *>(graph);
  return destroy();
}
Result cuGraphExecDestroy(GraphExec exec) {
  delete static_cast<FakeGraph *>(exec);
  return destroy();
}
Result cuEventCreate(Event *event, unsigned) {
  *event = create(new double(0));
  return success;
}
Result cuEventDestroy_v2(Event event) {
  delete static_cast<double *>(event);
  return destroy();
}
Result cuEventRecord(Event event, Stream) {
  *static_cast<double *>(event) = state.clockUs;
  return success;
}
Result cuEventSynchronize(Event) { return cuStreamSynchronize(nullptr); }
Result cuEventElapsedTime(float *milliseconds, Event start, Event stop) {
  *milliseconds = static_cast<float>(
      (*static_cast<double *>(stop) - *static_cast<double *>(start)) * 1e-3);
  return success;
}
}
