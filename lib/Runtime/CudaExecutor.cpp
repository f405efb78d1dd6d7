//===- CudaExecutor.cpp - Running a bundle on a CUDA device ---------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"
#include "Elf.h"
#include "Samples.h"
#include "mirage/Runtime/Run.h"
#include <algorithm>
#include <cmath>
#include <cstring>

using namespace mirage::runtime;
using namespace mirage::runtime::cuda;
using ArgKind = KernelArg::Kind;

/// Clusters of this many blocks run on every device that has clusters.
static constexpr unsigned portableClusterSize = 8;
/// What memory is filled with where nothing was written yet: NaN in every
/// float type.
static constexpr unsigned char poison = 0xff;

namespace {
/// A launch whose arguments are device addresses.
struct PreparedLaunch {
  const KernelLaunch *launch;
  std::string path;
  Function kernel = nullptr;
  /// The parameters as the kernel sees them.
  std::vector<unsigned char> parameters;
};

class CudaExecutor : public Executor {
public:
  CudaExecutor(const Bundle &bundle, size_t index, std::string library)
      : bundle(bundle), function(bundle.functions[index]), index(index),
        path("$.functions[" + std::to_string(index) + "]"),
        library(std::move(library)) {}
  ~CudaExecutor() override;

  Expected<std::vector<HostTensor>>
  run(const std::vector<HostTensor> &inputs) override;
  Expected<BenchResult> bench() override;
  std::string device() const override { return info.name; }

private:
  MaybeError openContext();
  MaybeError loadModule();
  MaybeError loadKernel(PreparedLaunch &prepared);
  MaybeError allocate(DevicePtr &address, uint64_t bytes, uint64_t align = 1);
  MaybeError allocateBuffers();
  void packParameters(PreparedLaunch &prepared,
                      const std::vector<HostTensor> &values) const;
  MaybeError prepare();
  MaybeError prepareOnce();
  MaybeError enqueue(const PreparedLaunch &prepared);
  MaybeError enqueueAll();

  /// The microseconds that the device spends on what `enqueueWork` enqueues.
  template <typename Enqueue>
  Expected<double> time(Enqueue &&enqueueWork);
  Expected<double> timeGraph();
  void destroyGraph();
  MaybeError captureRuns(unsigned runs);
  MaybeError benchHot(double estimate, Quantiles &result);
  MaybeError benchCold(double estimate, Quantiles &result);

  const Bundle &bundle;
  const BundleFunction &function;
  size_t index;
  std::string path;
  std::string library;

  /// Unless nothing was prepared yet: whether that failed.
  std::optional<MaybeError> preparation;
  Driver driver;
  Device handle = 0;
  DeviceInfo info;
  Context context = nullptr;
  Stream stream = nullptr;
  Module module = nullptr;
  Graph graph = nullptr;
  GraphExec graphExec = nullptr;
  Event start = nullptr, stop = nullptr;
  std::vector<DevicePtr> allocations;
  std::vector<DevicePtr> inputs, outputs, scratch, constants;
  DevicePtr flush = 0;
  std::vector<PreparedLaunch> launches;
};
} // namespace

CudaExecutor::~CudaExecutor() {
  // After a failed launch these fail, too; there is nothing to be done then.
  if (!context)
    return;
  if (stream)
    driver.streamSynchronize(stream);
  destroyGraph();
  for (Event event : {start, stop})
    if (event)
      driver.eventDestroy(event);
  for (DevicePtr address : allocations)
    driver.memFree(address);
  if (module)
    driver.moduleUnload(module);
  if (stream)
    driver.streamDestroy(stream);
  driver.primaryContextRelease(handle);
}

//===----------------------------------------------------------------------===//
// Preparation
//===----------------------------------------------------------------------===//

/// What a device is like, but for its free memory.
static Expected<DeviceInfo> describe(const Driver &driver, Device handle) {
  char name[256] = "";
  int major = 0, minor = 0, threads = 0, shared = 0, l2 = 0;
  Result result = driver.deviceGetName(name, sizeof(name), handle);
  for (auto [value, attribute] :
       {std::pair(&major, computeCapabilityMajor),
        std::pair(&minor, computeCapabilityMinor),
        std::pair(&threads, maxThreadsPerBlock),
        std::pair(&shared, maxSharedMemoryPerBlockOptin),
        std::pair(&l2, l2CacheSize)})
    if (result == success)
      result = driver.deviceGetAttribute(value, attribute, handle);
  if (MaybeError error = driver.check(result, "cuDeviceGetAttribute"))
    return *error;
  DeviceInfo info;
  info.name = name;
  info.major = static_cast<unsigned>(major);
  info.minor = static_cast<unsigned>(minor);
  info.maxThreadsPerBlock = static_cast<unsigned>(threads);
  info.maxSharedBytes = static_cast<uint64_t>(shared);
  info.l2Bytes = static_cast<uint64_t>(l2);
  return info;
}

Expected<DeviceInfo>
mirage::runtime::queryCudaDevice(std::string driverLibrary) {
  Expected<OpenedDevice> device = openDevice(driverLibrary);
  if (!device)
    return device.error();
  return describe(device->driver, device->handle);
}

MaybeError CudaExecutor::openContext() {
  Context retained = nullptr;
  if (MaybeError error =
          driver.check(driver.primaryContextRetain(&retained, handle),
                       "cuDevicePrimaryCtxRetain"))
    return error;
  context = retained;
  if (MaybeError error =
          driver.check(driver.contextSetCurrent(context), "cuCtxSetCurrent"))
    return error;
  size_t freeBytes = 0, totalBytes = 0;
  if (MaybeError error = driver.check(
          driver.memGetInfo(&freeBytes, &totalBytes), "cuMemGetInfo"))
    return error;
  info.freeBytes = freeBytes;
  return driver.check(driver.streamCreate(&stream, streamNonBlocking),
                      "cuStreamCreate");
}

MaybeError CudaExecutor::loadModule() {
  if (!bundle.cubin.empty()) {
    // The driver believes the lengths in the file.
    if (!isWholeElf(bundle.cubin))
      return Error{"not a whole ELF file", "$.cubin"};
    Result result =
        driver.moduleLoad(&module, bundle.cubin.data(), 0, nullptr, nullptr);
    // Machine code serves one generation of chips, the PTX later ones, too.
    if (result != errorNoBinaryForGpu)
      return driver.check(result, "cuModuleLoadDataEx", "$.cubin");
    module = nullptr;
  }
  std::vector<char> log(1 << 14);
  int options[] = {jitErrorLogBuffer, jitErrorLogBufferSizeBytes};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size() - 1)};
  MaybeError error = driver.check(
      driver.moduleLoad(&module, bundle.ptx.c_str(), 2, options, values),
      "cuModuleLoadDataEx", "$.ptx");
  if (error) {
    module = nullptr;
    if (log[0])
      error->message += std::string("\n") + log.data();
  }
  return error;
}

MaybeError CudaExecutor::loadKernel(PreparedLaunch &prepared) {
  const KernelLaunch &launch = *prepared.launch;
  Result result =
      driver.moduleGetFunction(&prepared.kernel, module, launch.kernel.c_str());
  std::string kernelPath = prepared.path + ".kernel";
  if (result == errorNotFound)
    return Error{"the module has no kernel '" + launch.kernel + "'",
                 kernelPath};
  if (MaybeError error =
          driver.check(result, "cuModuleGetFunction", kernelPath))
    return error;

  int threads = 0, staticBytes = 0;
  result = driver.functionGetAttribute(&threads, functionMaxThreadsPerBlock,
                                       prepared.kernel);
  if (result == success)
    result = driver.functionGetAttribute(&staticBytes, functionSharedSizeBytes,
                                         prepared.kernel);
  if (MaybeError error = driver.check(result, "cuFuncGetAttribute", kernelPath))
    return error;
  uint64_t block =
      uint64_t(launch.block[0]) * launch.block[1] * launch.block[2];
  if (block > static_cast<uint64_t>(threads))
    return Error{"a block of " + std::to_string(block) +
                     " threads, the kernel's limit is " +
                     std::to_string(threads),
                 prepared.path + ".block"};
  uint64_t sharedBytes =
      launch.sharedBytes + static_cast<uint64_t>(staticBytes);
  std::string sharedPath = prepared.path + ".shared_bytes";
  if (sharedBytes > info.maxSharedBytes)
    return Error{std::to_string(launch.sharedBytes) + " bytes and the " +
                     std::to_string(staticBytes) +
                     " of the kernel itself of shared memory, the device's "
                     "limit is " +
                     std::to_string(info.maxSharedBytes),
                 sharedPath};
  if (sharedBytes > defaultSharedBytes)
    if (MaybeError error =
            driver.check(driver.functionSetAttribute(
                             prepared.kernel, functionMaxDynamicSharedSizeBytes,
                             static_cast<int>(launch.sharedBytes)),
                         "cuFuncSetAttribute", sharedPath))
      return error;
  if (launch.cluster[0] * launch.cluster[1] * launch.cluster[2] >
      portableClusterSize)
    return driver.check(
        driver.functionSetAttribute(prepared.kernel,
                                    functionNonPortableClusterSizeAllowed, 1),
        "cuFuncSetAttribute", prepared.path + ".cluster");
  return std::nullopt;
}

MaybeError CudaExecutor::allocate(DevicePtr &address, uint64_t bytes,
                                  uint64_t align) {
  // The driver allocates neither nothing nor at more than 256 bytes.
  uint64_t padding = align > 256 ? align : 0;
  if (MaybeError error = driver.check(
          driver.memAlloc(&address, std::max<uint64_t>(bytes + padding, 1)),
          "cuMemAlloc of " + std::to_string(bytes) + " bytes", path))
    return error;
  allocations.push_back(address);
  address = (address + align - 1) & ~(align - 1);
  return std::nullopt;
}

MaybeError CudaExecutor::allocateBuffers() {
  for (auto [descs, buffers] : {std::pair(&function.inputs, &inputs),
                                std::pair(&function.outputs, &outputs)})
    for (const TensorDesc &desc : *descs)
      if (MaybeError error = allocate(buffers->emplace_back(),
                                      *checkedBytes(desc.dtype, desc.shape)))
        return error;
  for (const ScratchBuffer &buffer : function.scratch)
    if (MaybeError error =
            allocate(scratch.emplace_back(), buffer.bytes, buffer.align))
      return error;
  for (const HostTensor &constant : bundle.constants) {
    DevicePtr &address = constants.emplace_back();
    if (MaybeError error = allocate(address, constant.bytes.size()))
      return error;
    if (constant.bytes.empty())
      continue;
    if (MaybeError error =
            driver.check(driver.memcpyToDevice(address, constant.bytes.data(),
                                               constant.bytes.size()),
                         "cuMemcpyHtoD", "$.constants"))
      return error;
  }
  return std::nullopt;
}

/// `values`: of the inputs, for those that are passed by value; if empty, these
/// are 0.
void CudaExecutor::packParameters(PreparedLaunch &prepared,
                                  const std::vector<HostTensor> &values) const {
  std::vector<unsigned char> &parameters = prepared.parameters;
  parameters.clear();
  for (const KernelArg &arg : prepared.launch->args) {
    unsigned width = arg.byteWidth();
    // Every parameter is aligned to its own size.
    size_t position = (parameters.size() + width - 1) / width * width;
    parameters.resize(position + width);
    unsigned char *to = parameters.data() + position;
    DevicePtr address = 0;
    if (arg.valueBytes) {
      if (!values.empty())
        std::memcpy(to, values[arg.index].bytes.data(), width);
      continue;
    }
    switch (arg.kind) {
    case ArgKind::Input:
      address = inputs[arg.index] + arg.offset;
      break;
    case ArgKind::Output:
      address = outputs[arg.index] + arg.offset;
      break;
    case ArgKind::Scratch:
      address = scratch[arg.index] + arg.offset;
      break;
    case ArgKind::Constant:
      address = constants[arg.index] + arg.offset;
      break;
    case ArgKind::I32:
    case ArgKind::I64:
      // The low bytes come first.
      std::memcpy(to, &arg.integer, width);
      continue;
    case ArgKind::F32:
      std::memcpy(to, &arg.real, width);
      continue;
    }
    std::memcpy(to, &address, width);
  }
}

MaybeError CudaExecutor::prepare() {
  Expected<OpenedDevice> device = openDevice(library);
  if (!device)
    return device.error();
  driver = device->driver;
  handle = device->handle;
  Expected<DeviceInfo> described = describe(driver, handle);
  if (!described)
    return described.error();
  info = *described;
  if (MaybeError error = openContext())
    return error;
  if (MaybeError error = checkDevice(bundle, index, info))
    return error;
  if (MaybeError error = loadModule())
    return error;
  if (MaybeError error = allocateBuffers())
    return error;
  for (size_t i = 0; i < function.launches.size(); ++i) {
    PreparedLaunch &launch = launches.emplace_back();
    launch.launch = &function.launches[i];
    launch.path = path + ".launches[" + std::to_string(i) + "]";
    if (MaybeError error = loadKernel(launch))
      return error;
    packParameters(launch, {});
  }
  return std::nullopt;
}

MaybeError CudaExecutor::prepareOnce() {
  if (!preparation)
    preparation = prepare();
  return *preparation;
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

MaybeError CudaExecutor::enqueue(const PreparedLaunch &prepared) {
  const KernelLaunch &launch = *prepared.launch;
  LaunchAttribute attribute{};
  attribute.id = launchAttributeClusterDimension;
  attribute.value.clusterDim = {launch.cluster[0], launch.cluster[1],
                                launch.cluster[2]};
  LaunchConfig config{launch.grid[0],
                      launch.grid[1],
                      launch.grid[2],
                      launch.block[0],
                      launch.block[1],
                      launch.block[2],
                      static_cast<unsigned>(launch.sharedBytes),
                      stream,
                      &attribute,
                      launch.hasCluster() ? 1u : 0u};
  // As one buffer with its size, so that the driver reads no more than there
  // is, whatever the kernel declares.
  size_t size = prepared.parameters.size();
  void *extra[] = {reinterpret_cast<void *>(launchParamBufferPointer),
                   const_cast<unsigned char *>(prepared.parameters.data()),
                   reinterpret_cast<void *>(launchParamBufferSize), &size,
                   reinterpret_cast<void *>(launchParamEnd)};
  return driver.check(
      driver.launch(&config, prepared.kernel, nullptr, size ? extra : nullptr),
      "cuLaunchKernelEx", prepared.path);
}

MaybeError CudaExecutor::enqueueAll() {
  for (const PreparedLaunch &launch : launches)
    if (MaybeError error = enqueue(launch))
      return error;
  return std::nullopt;
}

Expected<std::vector<HostTensor>>
CudaExecutor::run(const std::vector<HostTensor> &values) {
  if (values.size() != function.inputs.size())
    return Error{"expected " + std::to_string(function.inputs.size()) +
                     " inputs, got " + std::to_string(values.size()),
                 path};
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i].dtype != function.inputs[i].dtype ||
        values[i].shape != function.inputs[i].shape)
      return Error{"the input has another type or shape",
                   path + ".inputs[" + std::to_string(i) + "]"};
  if (MaybeError error = prepareOnce())
    return *error;

  for (PreparedLaunch &launch : launches)
    packParameters(launch, values);
  for (size_t i = 0; i < values.size(); ++i)
    if (!values[i].bytes.empty())
      if (MaybeError error = driver.check(
              driver.memcpyToDevice(inputs[i], values[i].bytes.data(),
                                    values[i].bytes.size()),
              "cuMemcpyHtoD"))
        return *error;
  std::vector<HostTensor> results;
  for (const TensorDesc &desc : function.outputs)
    results.push_back(HostTensor::zeros(desc.dtype, desc.shape));
  auto poisonBuffer = [&](DevicePtr address, uint64_t bytes) {
    return bytes ? driver.check(driver.memset(address, poison, bytes),
                                "cuMemsetD8")
                 : std::nullopt;
  };
  for (size_t i = 0; i < results.size(); ++i)
    if (MaybeError error = poisonBuffer(outputs[i], results[i].bytes.size()))
      return *error;
  for (size_t i = 0; i < scratch.size(); ++i)
    if (MaybeError error = poisonBuffer(scratch[i], function.scratch[i].bytes))
      return *error;
  // Copies and fills may still be under way, and our stream does not wait for
  // them.
  if (MaybeError error =
          driver.check(driver.contextSynchronize(), "cuCtxSynchronize"))
    return *error;

  // One at a time, so that a fault is told of the launch that caused it.
  for (const PreparedLaunch &launch : launches) {
    if (MaybeError error = enqueue(launch))
      return *error;
    if (MaybeError error =
            driver.check(driver.streamSynchronize(stream),
                         "kernel '" + launch.launch->kernel + "'", launch.path))
      return *error;
  }
  for (size_t i = 0; i < results.size(); ++i)
    if (!results[i].bytes.empty())
      if (MaybeError error = driver.check(
              driver.memcpyToHost(results[i].bytes.data(), outputs[i],
                                  results[i].bytes.size()),
              "cuMemcpyDtoH"))
        return *error;
  return results;
}

//===----------------------------------------------------------------------===//
// Timing
//===----------------------------------------------------------------------===//

/// A hot sample lasts this long: launching a graph and recording events cost
/// some microseconds, which must not count.
static constexpr double hotSampleUs = 2000;
static constexpr unsigned maxRunsPerSample = 500;

template <typename Enqueue>
Expected<double> CudaExecutor::time(Enqueue &&enqueueWork) {
  if (MaybeError error =
          driver.check(driver.eventRecord(start, stream), "cuEventRecord"))
    return *error;
  if (MaybeError error = enqueueWork())
    return *error;
  if (MaybeError error =
          driver.check(driver.eventRecord(stop, stream), "cuEventRecord"))
    return *error;
  if (MaybeError error =
          driver.check(driver.streamSynchronize(stream), "timed run", path))
    return *error;
  float milliseconds = 0;
  if (MaybeError error =
          driver.check(driver.eventElapsedTime(&milliseconds, start, stop),
                       "cuEventElapsedTime"))
    return *error;
  return double(milliseconds) * 1e3;
}

void CudaExecutor::destroyGraph() {
  if (graphExec)
    driver.graphExecDestroy(graphExec);
  if (graph)
    driver.graphDestroy(graph);
  graphExec = graph = nullptr;
}

Expected<double> CudaExecutor::timeGraph() {
  return time([&] {
    return driver.check(driver.graphLaunch(graphExec, stream), "cuGraphLaunch");
  });
}

/// Makes `graphExec` a graph of `runs` runs in a row, and launches it once, which
/// uploads it.
MaybeError CudaExecutor::captureRuns(unsigned runs) {
  destroyGraph();
  if (MaybeError error = driver.check(
          driver.streamBeginCapture(stream, streamCaptureModeThreadLocal),
          "cuStreamBeginCapture"))
    return error;
  MaybeError failed;
  for (unsigned i = 0; i < runs && !failed; ++i)
    failed = enqueueAll();
  // The capture must end in any case.
  MaybeError error = driver.check(driver.streamEndCapture(stream, &graph),
                                  "cuStreamEndCapture");
  if (failed || error)
    return failed ? failed : error;
  if (MaybeError error =
          driver.check(driver.graphInstantiate(&graphExec, graph, 0),
                       "cuGraphInstantiate"))
    return error;
  Expected<double> first = timeGraph();
  return first ? std::nullopt : MaybeError(first.error());
}

MaybeError CudaExecutor::benchHot(double estimate, Quantiles &result) {
  unsigned runs = static_cast<unsigned>(
      std::clamp(std::ceil(hotSampleUs / std::max(estimate, 0.1)), 1.0,
                 double(maxRunsPerSample)));
  if (MaybeError error = captureRuns(runs))
    return error;
  std::vector<double> samples;
  for (unsigned i = 0, e = numSamples(estimate * runs, 10); i != e; ++i) {
    Expected<double> sample = timeGraph();
    if (!sample)
      return sample.error();
    samples.push_back(*sample / runs);
  }
  result = quantiles(std::move(samples));
  return std::nullopt;
}

MaybeError CudaExecutor::benchCold(double estimate, Quantiles &result) {
  if (MaybeError error = captureRuns(1))
    return error;
  // Twice the cache, since writes may bypass some of it.
  uint64_t flushBytes = std::max<uint64_t>(2 * info.l2Bytes, 1 << 25);
  if (!flush)
    if (MaybeError error = allocate(flush, flushBytes))
      return error;
  std::vector<double> samples;
  for (unsigned i = 0, e = numSamples(estimate + 100, 10); i != e; ++i) {
    // It also keeps the device busy until the graph behind it is queued.
    if (MaybeError error = driver.check(
            driver.memsetAsync(flush, i & 0xff, flushBytes, stream),
            "cuMemsetD8Async"))
      return error;
    Expected<double> sample = timeGraph();
    if (!sample)
      return sample.error();
    samples.push_back(*sample);
  }
  result = quantiles(std::move(samples));
  return std::nullopt;
}

Expected<BenchResult> CudaExecutor::bench() {
  if (MaybeError error = prepareOnce())
    return *error;
  if (!start)
    for (Event *event : {&start, &stop})
      if (MaybeError error =
              driver.check(driver.eventCreate(event, 0), "cuEventCreate"))
        return *error;
  // Warm up, then estimate.
  constexpr unsigned estimateRuns = 5;
  double estimate = 0;
  for (unsigned i = 0; i < 2; ++i) {
    Expected<double> several = time([&] {
      MaybeError failed;
      for (unsigned run = 0; run < estimateRuns && !failed; ++run)
        failed = enqueueAll();
      return failed;
    });
    if (!several)
      return several.error();
    estimate = *several / estimateRuns;
  }

  BenchResult result;
  if (MaybeError error = benchHot(estimate, result.hotUs))
    return *error;
  if (MaybeError error = benchCold(estimate, result.coldUs))
    return *error;
  for (const std::vector<TensorDesc> *descs :
       {&function.inputs, &function.outputs})
    for (const TensorDesc &desc : *descs)
      result.bytes += *checkedBytes(desc.dtype, desc.shape);
  for (const HostTensor &constant : bundle.constants)
    result.bytes += constant.bytes.size();
  return result;
}

std::unique_ptr<Executor>
mirage::runtime::createCudaExecutor(const Bundle &bundle, size_t function,
                                    std::string driverLibrary) {
  return std::make_unique<CudaExecutor>(bundle, function,
                                        std::move(driverLibrary));
}
