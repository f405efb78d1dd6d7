//===- RunTest.cpp - Running bundles, on a device that is not one ---------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Run.h"
#include "FakeCuda.h"
#include "mirage/Runtime/File.h"
#include "mirage/Runtime/Npy.h"
#include <chrono>
#include <dlfcn.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

using namespace mirage::runtime;
using nlohmann::json;
using Kind = KernelArg::Kind;

/// t = x + y; out = c[0] + t[2 :], scaled by 0.5 in between.
static Bundle makeBundle() {
  Bundle bundle;
  bundle.chip = "sm_90a";
  bundle.ptx =
      ".entry add(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n)"
      "{} .entry scale(.param .u32 n, .param .u64 a, .param .f32 f, "
      ".param .u64 s, .param .u64 b) {} .entry fault() {} .entry nothing() {}"
      " .entry unknown() {}";
  bundle.constants.push_back(
      HostTensor::fromDoubles(DType::F32, {6}, {0, 0, 10, 20, 30, 40}));
  BundleFunction function;
  function.name = "f";
  function.inputs = {{"x", DType::F32, {2, 3}}, {"y", DType::F32, {2, 3}}};
  function.outputs = {{"out", DType::F32, {4}}};
  function.scratch = {{24, 4096}, {16, 1}};
  function.launches.resize(3);
  KernelLaunch *launches = function.launches.data();
  launches[0].kernel = "add";
  launches[0].grid = {4, 3, 2};
  launches[0].block = {64, 2, 1};
  launches[0].cluster = {2, 1, 1};
  launches[0].sharedBytes = 50000;
  launches[0].args = {{Kind::Input, 0},
                      {Kind::Input, 1},
                      {Kind::Scratch, 0},
                      {Kind::I32, 0, 0, 6}};
  launches[1].kernel = "scale";
  launches[1].args = {{Kind::I32, 0, 0, 4},
                      {Kind::Scratch, 0},
                      {Kind::F32, 0, 0, 0, 0.5f},
                      {Kind::I64, 0, 0, 2},
                      {Kind::Scratch, 1}};
  launches[2].kernel = "add";
  launches[2].args = {{Kind::Constant, 0, 8},
                      {Kind::Scratch, 1},
                      {Kind::Output, 0},
                      {Kind::I32, 0, 0, 4}};
  bundle.functions.push_back(function);
  return bundle;
}

static std::vector<double> expected(const std::vector<HostTensor> &inputs) {
  std::vector<double> out;
  for (size_t i = 0; i < 4; ++i)
    out.push_back(10.0 * (double(i) + 1) +
                  0.5 * (inputs[0].get(i + 2) + inputs[1].get(i + 2)));
  return out;
}

static const std::vector<HostTensor> inputs = {
    HostTensor::fromDoubles(DType::F32, {2, 3}, {1, 2, 3, 4, 5, 6}),
    HostTensor::fromDoubles(DType::F32, {2, 3}, {10, 20, 30, 40, 50, 60})};

class Run : public testing::Test {
protected:
  void SetUp() override {
    void *library = dlopen(FAKE_CUDA_LIBRARY, RTLD_NOW);
    ASSERT_TRUE(library) << dlerror();
    auto getState =
        reinterpret_cast<FakeCudaStateFn>(dlsym(library, "fakeCudaState"));
    ASSERT_TRUE(getState);
    cuda = getState();
    *cuda = FakeCudaState();
    directory = testing::TempDir() + "mirage-run-test";
    std::filesystem::remove_all(directory);
    std::filesystem::create_directory(directory);
  }
  void TearDown() override {
    EXPECT_EQ(cuda->liveObjects, 0);
    std::filesystem::remove_all(directory);
  }

  Expected<std::vector<HostTensor>> execute(const Bundle &bundle) {
    return createCudaExecutor(bundle, 0, FAKE_CUDA_LIBRARY)->run(inputs);
  }
  std::string errorOf(const Bundle &bundle) {
    Expected<std::vector<HostTensor>> outputs = execute(bundle);
    return outputs ? "" : outputs.error().str();
  }

  /// Runs the command line on the text of a bundle.
  int tool(std::vector<std::string> arguments,
           const ReferenceFn &reference = nullptr,
           const std::string &text = serializeBundle(makeBundle())) {
    std::vector<const char *> argv = {"tool", "k.json"};
    for (const std::string &argument : arguments)
      argv.push_back(argument.c_str());
    Expected<RunOptions> options =
        parseRunOptions(static_cast<int>(argv.size()), argv.data());
    EXPECT_TRUE(options) << options.error().str();
    std::ostringstream outStream, errStream;
    int status = runBundle(*options, text, reference, outStream, errStream,
                           FAKE_CUDA_LIBRARY);
    out = outStream.str();
    err = errStream.str();
    return status;
  }

  FakeCudaState *cuda = nullptr;
  std::string directory;
  std::string out, err;
};

static Expected<std::vector<std::vector<double>>>
goodReference(const std::vector<HostTensor> &values) {
  return std::vector<std::vector<double>>{expected(values)};
}
static Expected<std::vector<std::vector<double>>>
badReference(const std::vector<HostTensor> &values) {
  std::vector<double> values0 = expected(values);
  values0[2] += 1;
  return std::vector<std::vector<double>>{values0};
}

TEST_F(Run, LaunchesInOrder) {
  Bundle bundle = makeBundle();
  Expected<std::vector<HostTensor>> outputs = execute(bundle);
  ASSERT_TRUE(outputs) << outputs.error().str();
  ASSERT_EQ(outputs->size(), 1u);
  EXPECT_EQ((*outputs)[0].toDoubles(), expected(inputs));
  ASSERT_EQ(cuda->launches.size(), 3u);
  const FakeLaunch &launch = cuda->launches[0];
  EXPECT_EQ(launch.kernel, "add");
  EXPECT_EQ(launch.grid[0] * 100 + launch.grid[1] * 10 + launch.grid[2], 432u);
  EXPECT_EQ(launch.block[0] * 100 + launch.block[1] * 10 + launch.block[2],
            6421u);
  EXPECT_EQ(launch.cluster[0], 2u);
  EXPECT_EQ(launch.sharedBytes, 50000u);
  EXPECT_EQ(cuda->dynamicSharedBytes, 50000);
  EXPECT_EQ(cuda->nonPortableCluster, -1);
  EXPECT_EQ(cuda->modules, (std::vector<std::string>{"ptx"}));
  // The first scratch buffer has the alignment that it asks for.
  unsigned long long address;
  std::memcpy(&address, launch.parameters.data() + 16, 8);
  EXPECT_EQ(address % 4096, 0u);
}

TEST_F(Run, PassesScalarsByValue) {
  Bundle bundle = makeBundle();
  bundle.functions[0].inputs.push_back({"f", DType::F32, {}});
  KernelArg &factor = bundle.functions[0].launches[1].args[2];
  factor = {Kind::Input, 2};
  factor.valueBytes = 4;
  std::unique_ptr<Executor> executor =
      createCudaExecutor(bundle, 0, FAKE_CUDA_LIBRARY);
  for (float value : {0.5f, -3.0f}) {
    std::vector<HostTensor> values = inputs;
    values.push_back(HostTensor::fromDoubles(DType::F32, {}, {value}));
    Expected<std::vector<HostTensor>> outputs = executor->run(values);
    ASSERT_TRUE(outputs) << outputs.error().str();
    for (size_t i = 0; i < 4; ++i)
      EXPECT_EQ((*outputs)[0].get(i),
                10.0 * (double(i) + 1) +
                    value * (inputs[0].get(i + 2) + inputs[1].get(i + 2)));
  }
}

TEST_F(Run, RunsAgain) {
  Bundle bundle = makeBundle();
  std::unique_ptr<Executor> executor =
      createCudaExecutor(bundle, 0, FAKE_CUDA_LIBRARY);
  ASSERT_TRUE(executor->run(inputs));
  std::vector<HostTensor> swapped = {inputs[1], inputs[1]};
  EXPECT_EQ((*executor->run(swapped))[0].toDoubles(), expected(swapped));
  EXPECT_EQ(cuda->modules.size(), 1u);
  EXPECT_EQ(executor->device(), "Fake device");
  EXPECT_EQ(executor->run({inputs[0]}).error().str(),
            "$.functions[0]: expected 2 inputs, got 1");
  EXPECT_EQ(executor->run({inputs[0], HostTensor::zeros(DType::F32, {6})})
                .error()
                .str(),
            "$.functions[0].inputs[1]: the input has another type or shape");
}

TEST_F(Run, PoisonsWhatIsNotWritten) {
  Bundle bundle = makeBundle();
  bundle.functions[0].launches.clear();
  bundle.functions[0].outputs.push_back({"n", DType::I32, {}});
  Expected<std::vector<HostTensor>> outputs = execute(bundle);
  ASSERT_TRUE(outputs);
  EXPECT_EQ((*outputs)[0].bytes, std::vector<uint8_t>(16, 0xff));
  EXPECT_EQ((*outputs)[1].get(0), -1);
  // Scratch, too: adding it up gives NaN.
  bundle = makeBundle();
  bundle.functions[0].launches.erase(bundle.functions[0].launches.begin());
  EXPECT_TRUE(std::isnan((*execute(bundle))[0].get(0)));
}

TEST_F(Run, EmptyTensors) {
  Bundle bundle = makeBundle();
  BundleFunction &function = bundle.functions[0];
  function.inputs = {{"x", DType::F32, {0, 3}}};
  function.outputs = {{"y", DType::F16, {0}}};
  function.scratch = {{0, 1}};
  function.launches = {{"nothing"}};
  bundle.constants = {HostTensor::zeros(DType::F32, {0})};
  Expected<std::vector<HostTensor>> outputs =
      createCudaExecutor(bundle, 0, FAKE_CUDA_LIBRARY)
          ->run({HostTensor::zeros(DType::F32, {0, 3})});
  ASSERT_TRUE(outputs) << outputs.error().str();
  EXPECT_EQ((*outputs)[0].size(), 0u);
}

TEST_F(Run, NoDevice) {
  Bundle bundle = makeBundle();
  Expected<std::vector<HostTensor>> outputs =
      createCudaExecutor(bundle, 0, "libno-such-driver.so.1")->run(inputs);
  ASSERT_FALSE(outputs);
  EXPECT_EQ(outputs.error().exitCode(), 3);
  EXPECT_NE(outputs.error().str().find("no CUDA driver"), std::string::npos);
  // A library that is no driver.
  outputs = createCudaExecutor(bundle, 0, "libm.so.6")->run(inputs);
  EXPECT_EQ(outputs.error().exitCode(), 3);
  EXPECT_NE(outputs.error().str().find("too old: it has no cu"),
            std::string::npos);
  cuda->deviceCount = 0;
  outputs = execute(bundle);
  EXPECT_EQ(outputs.error().exitCode(), 3);
  EXPECT_EQ(outputs.error().str(), "there is no CUDA device");
  cuda->initResult = 100;
  EXPECT_EQ(tool({}), 3);
  EXPECT_EQ(err, "k.json: error: cuInit failed: CUDA_ERROR_FAKE\n");
}

TEST_F(Run, QueriesTheDevice) {
  cuda->major = 8;
  cuda->minor = 6;
  Expected<DeviceInfo> device = queryCudaDevice(FAKE_CUDA_LIBRARY);
  ASSERT_TRUE(device);
  EXPECT_EQ(device->name, "Fake device");
  EXPECT_EQ(device->major * 10 + device->minor, 86u);
  EXPECT_TRUE(chipRunsOn("sm_86", *device));
  EXPECT_FALSE(chipRunsOn("sm_89", *device));
  EXPECT_FALSE(chipRunsOn("gfx90a", *device));
  EXPECT_EQ(queryCudaDevice("libno-such-driver.so.1").error().exitCode(), 3);
}

TEST_F(Run, DeviceLimits) {
  cuda->major = 8;
  EXPECT_EQ(errorOf(makeBundle()), "$.chip: compiled for sm_90a, but Fake "
                                   "device has compute capability 8.0");
  cuda->major = 9;
  cuda->freeBytes = 1000;
  EXPECT_NE(errorOf(makeBundle()).find("$.functions[0]: needs "),
            std::string::npos);
  cuda->freeBytes = 1 << 30;
  cuda->maxSharedBytes = 49152;
  EXPECT_EQ(errorOf(makeBundle()),
            "$.functions[0].launches[0].shared_bytes: 50000 bytes of shared "
            "memory, the device's limit is 49152");
  cuda->maxSharedBytes = 232448;
  cuda->staticSharedBytes = 200000;
  EXPECT_EQ(errorOf(makeBundle()),
            "$.functions[0].launches[0].shared_bytes: 50000 bytes and the "
            "200000 of the kernel itself of shared memory, the device's limit "
            "is 232448");
  cuda->staticSharedBytes = 0;
  cuda->kernelMaxThreads = 64;
  EXPECT_EQ(errorOf(makeBundle()),
            "$.functions[0].launches[0].block: a block of 128 threads, the "
            "kernel's limit is 64");
  EXPECT_TRUE(cuda->launches.empty());
}

TEST_F(Run, LargeClusters) {
  Bundle bundle = makeBundle();
  bundle.functions[0].launches[0].grid = {16, 1, 1};
  bundle.functions[0].launches[0].cluster = {16, 1, 1};
  EXPECT_EQ(errorOf(bundle), "");
  EXPECT_EQ(cuda->nonPortableCluster, 1);
}

TEST_F(Run, ModuleErrors) {
  Bundle bundle = makeBundle();
  bundle.ptx += "syntax error";
  EXPECT_EQ(errorOf(bundle),
            "$.ptx: cuModuleLoadDataEx failed: CUDA_ERROR_FAKE\nptx, line 1: "
            "bad");
  bundle = makeBundle();
  bundle.functions[0].launches[1] = {"unknown"};
  EXPECT_EQ(errorOf(bundle), "$.functions[0].launches[1].kernel: the module "
                             "has no kernel 'unknown'");
}

TEST_F(Run, Cubin) {
  Bundle bundle = makeBundle();
  // A header that has no segments and no sections.
  bundle.cubin = {0x7f, 'E', 'L', 'F', 2, 1, 1};
  EXPECT_EQ(errorOf(bundle), "$.cubin: not a whole ELF file");
  bundle.cubin.resize(64);
  EXPECT_EQ(errorOf(bundle), "");
  EXPECT_EQ(cuda->modules, (std::vector<std::string>{"cubin"}));
  // One section that lies behind the end.
  std::vector<uint8_t> sections = bundle.cubin;
  sections[40] = 64; // e_shoff
  sections[58] = 64; // e_shentsize
  sections[60] = 1;  // e_shnum
  bundle.cubin = sections;
  EXPECT_EQ(errorOf(bundle), "$.cubin: not a whole ELF file");
  bundle.cubin.resize(128);
  EXPECT_EQ(errorOf(bundle), "");
  bundle.cubin[64 + 24] = 127; // sh_offset
  bundle.cubin[64 + 32] = 2;   // sh_size
  EXPECT_EQ(errorOf(bundle), "$.cubin: not a whole ELF file");
  bundle.cubin[64 + 4] = 8; // sh_type: it takes no space in the file
  EXPECT_EQ(errorOf(bundle), "");

  cuda->modules.clear();
  cuda->refuseCubin = true;
  EXPECT_EQ(errorOf(bundle), "");
  EXPECT_EQ(cuda->modules, (std::vector<std::string>{"cubin", "ptx"}));
}

TEST_F(Run, FaultsNameTheLaunch) {
  Bundle bundle = makeBundle();
  bundle.functions[0].launches[1] = {"fault"};
  EXPECT_EQ(errorOf(bundle),
            "$.functions[0].launches[1]: kernel 'fault' failed: "
            "CUDA_ERROR_FAKE (illegal address)");
  EXPECT_EQ(cuda->launches.size(), 2u);
}

TEST_F(Run, Bench) {
  Bundle bundle = makeBundle();
  std::unique_ptr<Executor> executor =
      createCudaExecutor(bundle, 0, FAKE_CUDA_LIBRARY);
  ASSERT_TRUE(executor->run(inputs));
  for (int i = 0; i < 2; ++i) {
    Expected<BenchResult> bench = executor->bench();
    ASSERT_TRUE(bench) << bench.error().str();
    EXPECT_NEAR(bench->hotUs.median, 30, 1e-3);
    EXPECT_NEAR(bench->hotUs.p90, 30, 1e-3);
    EXPECT_NEAR(bench->coldUs.median, 45, 1e-3);
    EXPECT_NEAR(bench->coldUs.p10, 45, 1e-3);
    EXPECT_EQ(bench->bytes, 24u + 24 + 16 + 24);
  }
  EXPECT_GT(cuda->flushedBytes, size_t(50 << 20));
}

TEST(HostBench, TimesOneRun) {
  using namespace std::chrono_literals;
  unsigned runs = 0;
  Expected<BenchResult> bench = benchOnHost([&]() -> MaybeError {
    ++runs;
    std::this_thread::sleep_for(300ms);
    return std::nullopt;
  });
  ASSERT_TRUE(bench);
  // Two to estimate, and the least that there are of hot and cold samples.
  EXPECT_EQ(runs, 2u + 3 + 3);
  for (const Quantiles *times : {&bench->hotUs, &bench->coldUs}) {
    EXPECT_GE(times->p10, 3e5);
    EXPECT_LE(times->p10, times->median);
    EXPECT_LE(times->median, times->p90);
  }
  EXPECT_EQ(benchOnHost([]() -> MaybeError { return Error{"fails"}; })
                .error()
                .str(),
            "fails");
}

TEST(Quantiles, Interpolate) {
  std::vector<double> samples;
  for (int i = 100; i >= 0; --i)
    samples.push_back(i);
  Quantiles result = quantiles(samples);
  EXPECT_EQ(result.median, 50);
  EXPECT_EQ(result.p10, 10);
  EXPECT_EQ(result.p90, 90);
  EXPECT_EQ(quantiles({3}).p90, 3);
  EXPECT_EQ(quantiles({1, 2}).median, 1.5);
}

TEST_F(Run, Report) {
  EXPECT_EQ(tool({"--json=-", "--seed=5", "--dist=tiny,1:scale=2", "--bench"},
                 goodReference),
            0)
      << err;
  json report = json::parse(out);
  EXPECT_EQ(report["file"], "k.json");
  EXPECT_EQ(report["entry"], "f");
  EXPECT_EQ(report["target"], "cuda");
  EXPECT_EQ(report["device"], "Fake device");
  EXPECT_EQ(report["seed"], 5);
  EXPECT_EQ(report["inputs"][0]["dtype"], "f32");
  EXPECT_EQ(report["inputs"][0]["shape"], json({2, 3}));
  EXPECT_EQ(report["inputs"][1]["source"], "tiny, scale 2");
  const json &output = report["outputs"][0];
  EXPECT_EQ(output["dtype"], "f32");
  EXPECT_EQ(output["shape"], json::array({4}));
  EXPECT_LT(output["max_error"], 1e-6);
  EXPECT_LT(output["norm_error"], 1e-6);
  EXPECT_EQ(output["tolerance"], 2e-5);
  EXPECT_EQ(output["worst_index"].size(), 1u);
  EXPECT_EQ(output["nonfinite"], 0);
  EXPECT_EQ(output["ok"], true);
  EXPECT_EQ(report["ok"], true);
  EXPECT_NEAR(report["bench"]["hot_us"]["median"].get<double>(), 30, 1e-3);
  EXPECT_EQ(report["bench"]["bytes"], 88);
  // The keys in the order in which they are documented.
  size_t position = 0;
  for (const char *key :
       {"file", "entry", "target", "device", "seed", "inputs", "outputs",
        "max_error", "norm_error", "tolerance", "worst_index", "nonfinite",
        "bench", "hot_us", "median", "p10", "p90", "cold_us", "bytes"}) {
    size_t found = out.find('"' + std::string(key) + "\":", position);
    ASSERT_NE(found, std::string::npos) << key;
    position = found;
  }
  // Not mixed with the JSON.
  EXPECT_NE(err.find("output 0"), std::string::npos);
}

TEST_F(Run, Disagreement) {
  std::string file = directory + "/report.json";
  EXPECT_EQ(tool({"--json=" + file, "--bench"}, badReference), 1);
  EXPECT_NE(out.find("DIFFERS"), std::string::npos);
  json report = json::parse(*readFile(file));
  EXPECT_EQ(report["ok"], false);
  EXPECT_EQ(report["outputs"][0]["ok"], false);
  EXPECT_EQ(report["outputs"][0]["worst_index"], json::array({2}));
  // What is wrong is not timed.
  EXPECT_TRUE(report["bench"].is_null());
  EXPECT_EQ(tool({"--tolerance=0.5"}, badReference), 0);
}

TEST_F(Run, InfiniteErrors) {
  auto zeros = [](const std::vector<HostTensor> &)
      -> Expected<std::vector<std::vector<double>>> {
    return std::vector<std::vector<double>>{{0, 0, 0, 0}};
  };
  EXPECT_EQ(tool({"--json=-"}, zeros), 1);
  EXPECT_EQ(json::parse(out)["outputs"][0]["max_error"], "inf");
}

TEST_F(Run, WithoutReference) {
  EXPECT_EQ(tool({"--json=-"}), 0);
  json output = json::parse(out)["outputs"][0];
  EXPECT_TRUE(output["max_error"].is_null());
  EXPECT_TRUE(output["ok"].is_null());
  EXPECT_EQ(output["nonfinite"], 0);
  EXPECT_EQ(tool({}), 0);
  EXPECT_NE(out.find("not compared"), std::string::npos);
  EXPECT_EQ(tool({"--reference=p.mlir"}), 2);
  EXPECT_NE(err.find("--reference: this tool evaluates no programs"),
            std::string::npos);
}

TEST_F(Run, SavedTensors) {
  EXPECT_EQ(tool({"--save-inputs=" + directory + "/a/b",
                  "--save-outputs=" + directory + "/out"}),
            0)
      << err;
  std::vector<HostTensor> saved;
  for (const char *name : {"/a/b/input_0.npy", "/a/b/input_1.npy"})
    saved.push_back(*readNpy(directory + name));
  EXPECT_TRUE(saved[1] ==
              *generateInput(DType::F32, {2, 3}, 0, 1, InputRecipe{}));
  EXPECT_EQ(
      tool({"--seed=3", "--input=0:" + directory + "/a/b/input_0.npy",
            "--input=1:" + directory + "/a/b/input_1.npy",
            "--reference-outputs=" + directory + "/out", "--tolerance=0"}),
      0)
      << err;
  EXPECT_EQ(tool({"--seed=3", "--reference-outputs=" + directory + "/out"}), 1);
}

TEST_F(Run, InputFiles) {
  std::string file = directory + "/x.npy";
  std::string option = "--input=0:" + file;
  // Wider floats are rounded.
  ASSERT_FALSE(writeNpy(
      file, HostTensor::fromDoubles(DType::F64, {2, 3}, {.1, 1, 1, 1, 1, 1})));
  auto rounded = [](const std::vector<HostTensor> &values) {
    EXPECT_EQ(values[0].get(0), double(0.1f));
    return goodReference(values);
  };
  EXPECT_EQ(tool({option}, rounded), 0) << err;
  for (DType type : {DType::I32, DType::F16, DType::BF16}) {
    ASSERT_FALSE(writeNpy(file, HostTensor::zeros(type, {2, 3})));
    EXPECT_EQ(tool({option}), 2);
    EXPECT_NE(err.find("the input is 2x3 f32, the file holds 2x3 "),
              std::string::npos)
        << err;
  }
  ASSERT_FALSE(writeNpy(file, HostTensor::zeros(DType::F32, {3, 2})));
  EXPECT_EQ(tool({option}), 2);
  EXPECT_NE(err.find("the file holds 3x2 f32"), std::string::npos) << err;
  EXPECT_EQ(tool({"--input=0:" + directory + "/none.npy"}), 2);
  EXPECT_EQ(tool({"--input=2:" + file}), 2);
  EXPECT_EQ(err, "k.json: error: --input: there is no input 2\n");
  EXPECT_EQ(tool({"--dist=2:mask"}), 2);
  EXPECT_EQ(err, "k.json: error: --dist: there is no input 2\n");
}

TEST_F(Run, ReferenceFiles) {
  std::string option = "--reference-outputs=" + directory;
  EXPECT_EQ(tool({option}), 2);
  EXPECT_NE(err.find("output_0.npy: cannot open"), std::string::npos);
  // Nothing ran.
  EXPECT_TRUE(cuda->launches.empty());
  std::string file = directory + "/output_0.npy";
  ASSERT_FALSE(writeNpy(file, HostTensor::zeros(DType::F64, {2, 2})));
  EXPECT_EQ(tool({option}), 2);
  EXPECT_NE(err.find("the output is 4, the file holds 2x2"), std::string::npos);
  ASSERT_FALSE(writeNpy(file, HostTensor::zeros(DType::F64, {4})));
  EXPECT_EQ(tool({option}), 1);
}

TEST_F(Run, AnExecutorThatGivesTooLittle) {
  struct Nothing : Executor {
    Expected<std::vector<HostTensor>>
    run(const std::vector<HostTensor> &) override {
      return std::vector<HostTensor>();
    }
    Expected<BenchResult> bench() override { return BenchResult(); }
    std::string device() const override { return "nothing"; }
  } nothing;
  ProgramInfo program{"f", Target::Cuda, {}, {{"out", DType::F32, {4}}}};
  RunOptions options;
  options.file = "k.json";
  std::ostringstream outStream, errStream;
  ReferenceFn reference = [](const std::vector<HostTensor> &)
      -> Expected<std::vector<std::vector<double>>> {
    return std::vector<std::vector<double>>(1, std::vector<double>(4));
  };
  EXPECT_EQ(
      runProgram(options, program, nothing, reference, outStream, errStream),
      2);
  EXPECT_EQ(errStream.str(), "k.json: error: expected 1 outputs, got 0, and "
                             "references for 1\n");
}

TEST_F(Run, BadUsage) {
  EXPECT_EQ(tool({"--target=cpu"}), 2);
  EXPECT_EQ(err, "k.json: error: a bundle runs with --target=cuda only\n");
  EXPECT_EQ(tool({"--entry=g"}), 2);
  EXPECT_EQ(err, "k.json: error: there is no function 'g', only: f\n");
  EXPECT_EQ(tool({}, nullptr, "module {}"), 2);
  EXPECT_EQ(err.find("k.json: error: $: "), 0u);
  EXPECT_EQ(tool({"--json=" + directory + "/no/such"}), 2);
  EXPECT_NE(err.find("cannot create"), std::string::npos);
  EXPECT_EQ(tool({"--save-inputs=/dev/null/x"}), 2);
  json large = json::parse(serializeBundle(makeBundle()));
  large["functions"][0]["inputs"][0]["shape"] = {int64_t(1) << 50};
  EXPECT_EQ(tool({}, nullptr, large.dump()), 2);
  EXPECT_NE(err.find("do not fit in the memory of this host"),
            std::string::npos);
}
