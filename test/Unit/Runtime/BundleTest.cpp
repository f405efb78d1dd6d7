//===- BundleTest.cpp - Bundles, good and hostile -------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Bundle.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

using namespace mirage::runtime;
using nlohmann::json;
using Kind = KernelArg::Kind;

static Bundle makeBundle() {
  Bundle bundle;
  bundle.chip = "sm_90a";
  bundle.ptx = ".visible .entry main_kernel_0(.param .u64 a, .param .u64 b,\n"
               " .param .u64 c, .param .u64 d, .param .u32 e, .param .u64 f,\n"
               " .param .f32 g) { ret; }\n"
               ".visible .entry main_kernel_1() { ret; }\n";
  bundle.constants.push_back(
      HostTensor::fromDoubles(DType::BF16, {2, 2}, {1, 2, 3, 4}));
  BundleFunction function;
  function.name = "main";
  function.inputs = {{"x", DType::F16, {2, 64}}, {"s", DType::F32, {}}};
  function.outputs = {{"y", DType::F32, {64}}};
  function.scratch = {{4096, 1024}};
  KernelLaunch launch;
  launch.kernel = "main_kernel_0";
  launch.grid = {8, 2, 1};
  launch.block = {128, 2, 4};
  launch.cluster = {2, 1, 1};
  launch.sharedBytes = 100000;
  launch.args = {{Kind::Input, 1},          {Kind::Output, 0, 16},
                 {Kind::Scratch, 0, 4095},  {Kind::Constant, 0},
                 {Kind::I32, 0, 0, -7},     {Kind::I64, 0, 0, INT64_MIN},
                 {Kind::F32, 0, 0, 0, 0.1f}};
  function.launches.push_back(launch);
  function.launches.push_back({"main_kernel_1"});
  bundle.functions.push_back(function);
  return bundle;
}

static json makeJson() { return json::parse(serializeBundle(makeBundle())); }

/// The error for the document in which the value at `pointer` is `value`.
static std::string errorWith(const char *pointer, const json &value) {
  json document = makeJson();
  document[json::json_pointer(pointer)] = value;
  Expected<Bundle> bundle = parseBundle(document.dump());
  return bundle ? "" : bundle.error().str();
}

static std::string errorWithout(const char *pointer) {
  json document = makeJson();
  json::json_pointer field(pointer);
  document[field.parent_pointer()].erase(field.back());
  Expected<Bundle> bundle = parseBundle(document.dump());
  return bundle ? "" : bundle.error().str();
}

TEST(Bundle, RoundTrip) {
  std::string text = serializeBundle(makeBundle());
  Expected<Bundle> bundle = parseBundle(text);
  ASSERT_TRUE(bundle) << bundle.error().str();
  EXPECT_EQ(serializeBundle(*bundle), text);
  const BundleFunction &function = bundle->functions[0];
  EXPECT_EQ(function.inputs[0].name, "x");
  EXPECT_EQ(function.inputs[1].shape, Shape{});
  EXPECT_EQ(function.scratch[0].align, 1024u);
  const KernelLaunch &launch = function.launches[0];
  EXPECT_EQ(launch.grid, (Dim3{8, 2, 1}));
  EXPECT_EQ(launch.cluster, (Dim3{2, 1, 1}));
  EXPECT_EQ(launch.args[2].offset, 4095u);
  EXPECT_EQ(launch.args[4].integer, -7);
  EXPECT_EQ(launch.args[5].integer, INT64_MIN);
  EXPECT_EQ(launch.args[6].real, 0.1f);
  EXPECT_TRUE(bundle->constants[0] == makeBundle().constants[0]);
}

TEST(Bundle, KeysKeepTheirOrder) {
  std::string text = serializeBundle(makeBundle());
  size_t position = 0;
  for (const char *key :
       {"mirage_bundle", "chip",        "ptx",          "cubin",
        "functions",     "name",        "inputs",       "dtype",
        "shape",         "outputs",     "scratch",      "bytes",
        "align",         "launches",    "kernel",       "grid",
        "block",         "cluster",     "shared_bytes", "args",
        "kind",          "tensor_maps", "constants",    "data"}) {
    size_t found = text.find('"' + std::string(key) + "\":", position);
    ASSERT_NE(found, std::string::npos) << key;
    position = found;
  }
}

TEST(Bundle, Cubin) {
  for (size_t size : {1, 2, 3, 4, 5, 300}) {
    Bundle bundle = makeBundle();
    for (size_t i = 0; i < size; ++i)
      bundle.cubin.push_back(static_cast<uint8_t>(255 - i));
    EXPECT_EQ(parseBundle(serializeBundle(bundle))->cubin, bundle.cubin);
  }
  for (const char *bad :
       {"A", "AB", "ABC", "AB=C", "A===", "====", "AB==AB==", "AB C",
        "AB\n=", "AB-_", "AB==\n", "AC==B", "AB==", "AAB="})
    EXPECT_EQ(errorWith("/cubin", bad), "$.cubin: malformed base64") << bad;
  EXPECT_EQ(errorWith("/cubin", "AA=="), "");
  EXPECT_EQ(errorWith("/cubin", 7), "$.cubin: expected a string");
}

TEST(Bundle, ByValue) {
  json document = makeJson();
  json &arg = document["functions"][0]["launches"][0]["args"][6];
  arg = {{"kind", "input"}, {"index", 1}, {"by_value", true}};
  Expected<Bundle> bundle = parseBundle(document.dump());
  ASSERT_TRUE(bundle) << bundle.error().str();
  EXPECT_EQ(bundle->functions[0].launches[0].args[6].byteWidth(), 4u);
  EXPECT_EQ(json::parse(serializeBundle(*bundle)), document);
  const std::string path = "$.functions[0].launches[0].args[6]";
  auto error = [&] { return parseBundle(document.dump()).error().str(); };
  arg["index"] = 0;
  EXPECT_EQ(error(), path + ".by_value: only an input of shape [] is passed by "
                            "value");
  arg = {{"kind", "output"}, {"index", 0}, {"by_value", true}};
  EXPECT_EQ(error(), path + ".by_value: only an input of shape [] is passed by "
                            "value");
  arg = {{"kind", "input"}, {"index", 1}, {"by_value", 1}};
  EXPECT_EQ(error(), path + ".by_value: expected true or false");
}

TEST(Bundle, OptionalFields) {
  for (const char *field :
       {"/cubin", "/functions/0/tensor_maps", "/functions/0/launches/0/cluster",
        "/functions/0/launches/0/args/1/offset"})
    EXPECT_EQ(errorWithout(field), "") << field;
}

TEST(Bundle, MissingFields) {
  for (auto [field, path] : {
           std::pair("/mirage_bundle", "$.mirage_bundle"),
           {"/chip", "$.chip"},
           {"/ptx", "$.ptx"},
           {"/functions", "$.functions"},
           {"/constants", "$.constants"},
           {"/constants/0/data", "$.constants[0].data"},
           {"/constants/0/dtype", "$.constants[0].dtype"},
           {"/functions/0/name", "$.functions[0].name"},
           {"/functions/0/inputs/1/shape", "$.functions[0].inputs[1].shape"},
           {"/functions/0/outputs/0/dtype", "$.functions[0].outputs[0].dtype"},
           {"/functions/0/scratch/0/align", "$.functions[0].scratch[0].align"},
           {"/functions/0/launches", "$.functions[0].launches"},
           {"/functions/0/launches/1/kernel",
            "$.functions[0].launches[1].kernel"},
           {"/functions/0/launches/0/shared_bytes",
            "$.functions[0].launches[0].shared_bytes"},
           {"/functions/0/launches/0/args/0/index",
            "$.functions[0].launches[0].args[0].index"},
           {"/functions/0/launches/0/args/4/value",
            "$.functions[0].launches[0].args[4].value"},
       })
    EXPECT_EQ(errorWithout(field), std::string(path) + ": missing");
}

TEST(Bundle, RefusesTopLevel) {
  EXPECT_EQ(errorWith("/mirage_bundle", 2),
            "$.mirage_bundle: unknown version 2, this reader knows 1");
  EXPECT_EQ(errorWith("/mirage_bundle", "1"),
            "$.mirage_bundle: unknown version \"1\", this reader knows 1");
  EXPECT_EQ(errorWith("/mirage_bundle", 1.5),
            "$.mirage_bundle: unknown version 1.5, this reader knows 1");
  for (const char *chip : {"", "sm_", "sm_9", "sm_90b", "gfx90", "sm_9x", "90a",
                           "sm_1000", "sm_-90", "sm_a"})
    EXPECT_EQ(errorWith("/chip", chip),
              "$.chip: unknown chip '" + std::string(chip) + "'");
  EXPECT_EQ(errorWith("/ptx", std::string("a\0b", 3)),
            "$.ptx: the text contains a NUL");
  EXPECT_EQ(errorWith("/functions", json::object()),
            "$.functions: expected an array");
  EXPECT_EQ(errorWith("/functions/0", 1), "$.functions[0]: expected an object");
  json function = makeJson()["functions"][0];
  EXPECT_EQ(errorWith("/functions/1", function),
            "$.functions[1].name: a second function 'main'");
  EXPECT_EQ(parseBundle("[]").error().str(), "$: expected an object");
  EXPECT_EQ(parseBundle("").error().where, "$");
  EXPECT_EQ(parseBundle("{\"ptx\": \"\xff\"}").error().where, "$");
}

TEST(Bundle, RefusesTensors) {
  EXPECT_EQ(errorWith("/functions/0/inputs/0/dtype", "f8"),
            "$.functions[0].inputs[0].dtype: unknown type 'f8'");
  EXPECT_EQ(errorWith("/functions/0/inputs/0/shape/1", -64),
            "$.functions[0].inputs[0].shape[1]: must be between 0 and "
            "9223372036854775807, but is -64");
  EXPECT_EQ(errorWith("/functions/0/inputs/0/shape/1", 2.0),
            "$.functions[0].inputs[0].shape[1]: expected an integer");
  EXPECT_EQ(errorWith("/functions/0/inputs/0/shape/1", UINT64_MAX),
            "$.functions[0].inputs[0].shape[1]: must be between 0 and "
            "9223372036854775807, but is 18446744073709551615");
  EXPECT_EQ(errorWith("/functions/0/inputs/0/shape",
                      {int64_t(1) << 40, int64_t(1) << 40}),
            "$.functions[0].inputs[0].shape: the size of the tensor overflows");
  EXPECT_EQ(errorWith("/constants/0/shape", {2, 3}),
            "$.constants[0].data: expected 12 bytes, got 8");
  EXPECT_EQ(errorWith("/constants/0/data", "?"),
            "$.constants[0].data: malformed base64");
}

TEST(Bundle, RefusesMemory) {
  EXPECT_EQ(errorWith("/functions/0/scratch/0/bytes", -1),
            "$.functions[0].scratch[0].bytes: must be between 0 and "
            "9223372036854775807, but is -1");
  EXPECT_EQ(errorWith("/functions/0/scratch/0/bytes", INT64_MAX),
            "$.functions[0]: the sum of the buffer sizes overflows");
  EXPECT_EQ(errorWith("/functions/0/scratch/0/align", 48),
            "$.functions[0].scratch[0].align: must be a power of two");
  EXPECT_EQ(errorWith("/functions/0/scratch/0/align", 0),
            "$.functions[0].scratch[0].align: must be between 1 and 1048576, "
            "but is 0");
  EXPECT_EQ(errorWith("/functions/0/tensor_maps", json::array({1})),
            "$.functions[0].tensor_maps: tensor maps are not supported");
}

TEST(Bundle, RefusesLaunches) {
  auto error = [](const char *field, const json &value) {
    return errorWith((std::string("/functions/0/launches/0/") + field).c_str(),
                     value);
  };
  std::string path = "$.functions[0].launches[0].";
  EXPECT_EQ(error("kernel", "main_kernel_2"),
            path + "kernel: the PTX has no kernel 'main_kernel_2'");
  EXPECT_EQ(error("grid", {1, 1}), path + "grid: expected three extents");
  EXPECT_EQ(error("grid", {0, 1, 1}),
            path + "grid[0]: must be between 1 and 2147483647, but is 0");
  EXPECT_EQ(error("grid", {2, 65536, 1}),
            path + "grid[1]: must be between 1 and 65535, but is 65536");
  EXPECT_EQ(error("block", {1025, 1, 1}),
            path + "block[0]: must be between 1 and 1024, but is 1025");
  EXPECT_EQ(error("block", {1, 1, 65}),
            path + "block[2]: must be between 1 and 64, but is 65");
  EXPECT_EQ(error("block", {1024, 2, 1}),
            path + "block: a block of 2048 threads, the limit is 1024");
  EXPECT_EQ(error("cluster", {16, 2, 1}),
            path + "cluster: a cluster of 32 blocks, the limit is 16");
  EXPECT_EQ(error("cluster", {3, 1, 1}),
            path + "cluster: does not divide the grid");
  EXPECT_EQ(error("shared_bytes", int64_t(1) << 32),
            path + "shared_bytes: must be between 0 and 4294967295, but is "
                   "4294967296");
  EXPECT_EQ(error("shared_bytes", "1"),
            path + "shared_bytes: expected an integer");
}

TEST(Bundle, RefusesArguments) {
  auto error = [](const char *field, const json &value) {
    return errorWith(
        (std::string("/functions/0/launches/0/args") + field).c_str(), value);
  };
  std::string path = "$.functions[0].launches[0].args";
  EXPECT_EQ(error("/0/index", 2),
            path + "[0].index: index 2 is out of range, buffers of kind "
                   "input: 2");
  EXPECT_EQ(error("/1/index", 1),
            path + "[1].index: index 1 is out of range, buffers of kind "
                   "output: 1");
  EXPECT_EQ(error("/2/index", int64_t(1) << 32),
            path + "[2].index: index 4294967296 is out of range, buffers of "
                   "kind scratch: 1");
  EXPECT_EQ(error("/3/index", 1),
            path + "[3].index: index 1 is out of range, buffers of kind "
                   "constant: 1");
  EXPECT_EQ(error("/0/index", -1),
            path + "[0].index: must be between 0 and 9223372036854775807, but "
                   "is -1");
  EXPECT_EQ(error("/2/offset", 4096),
            path + "[2].offset: offset 4096 is out of range, the buffer has "
                   "4096 bytes");
  EXPECT_EQ(error("/3/offset", 8),
            path + "[3].offset: offset 8 is out of range, the buffer has 8 "
                   "bytes");
  EXPECT_EQ(error("/0/kind", "pointer"),
            path + "[0].kind: unknown kind of argument 'pointer'");
  EXPECT_EQ(error("/0/kind", "tensor_map"),
            path + "[0].kind: tensor maps are not supported");
  EXPECT_EQ(error("/4/value", int64_t(1) << 31),
            path + "[4].value: must be between -2147483648 and 2147483647, "
                   "but is 2147483648");
  EXPECT_EQ(error("/5/value", 0.5), path + "[5].value: expected an integer");
  EXPECT_EQ(error("/6/value", 1e39),
            path + "[6].value: does not fit in an f32");
  EXPECT_EQ(error("/6/value", "1"), path + "[6].value: expected a number");
  EXPECT_EQ(error("", json::array()),
            path + ": the kernel takes 7 arguments, got 0");
  EXPECT_EQ(error("/5", {{"kind", "i32"}, {"value", 1}}),
            path + "[5]: the kernel's parameter has 8 bytes, the argument 4");
}

TEST(Bundle, FindFunction) {
  Bundle bundle;
  EXPECT_EQ(findFunction(bundle, "").error().message, "there is no function");
  bundle.functions.resize(1);
  bundle.functions[0].name = "f";
  EXPECT_EQ(*findFunction(bundle, ""), 0u);
  bundle.functions.resize(2);
  bundle.functions[1].name = "g";
  EXPECT_EQ(findFunction(bundle, "").error().message,
            "there are several functions, name one: f, g");
  EXPECT_EQ(*findFunction(bundle, "g"), 1u);
  EXPECT_EQ(findFunction(bundle, "h").error().message,
            "there is no function 'h', only: f, g");
  bundle.functions[1].name = "main";
  EXPECT_EQ(*findFunction(bundle, ""), 1u);
}

static DeviceInfo hopper() {
  DeviceInfo device;
  device.name = "Test";
  device.major = 9;
  device.maxSharedBytes = 232448;
  device.freeBytes = 1 << 20;
  return device;
}

TEST(Bundle, DeviceLimits) {
  auto errorOn = [](const DeviceInfo &device) {
    MaybeError error = checkDevice(makeBundle(), 0, device);
    return error ? error->str() : "";
  };
  EXPECT_EQ(errorOn(hopper()), "");
  DeviceInfo device = hopper();
  device.maxSharedBytes = 99999;
  EXPECT_EQ(errorOn(device),
            "$.functions[0].launches[0].shared_bytes: 100000 bytes of shared "
            "memory, the device's limit is 99999");
  device = hopper();
  device.maxThreadsPerBlock = 512;
  EXPECT_EQ(errorOn(device), "$.functions[0].launches[0].block: a block of "
                             "1024 threads, the device's limit is 512");
  device = hopper();
  // Two inputs, an output, scratch with its alignment, a constant.
  uint64_t needed = 256 + 4 + 256 + 4096 + 1024 + 8;
  device.freeBytes = needed;
  EXPECT_EQ(errorOn(device), "");
  --device.freeBytes;
  EXPECT_EQ(errorOn(device), "$.functions[0]: needs 5644 bytes of device "
                             "memory, 5643 are free");
  // Which the reader refuses.
  Bundle large = makeBundle();
  large.functions[0].scratch = {{uint64_t(1) << 62, 1}, {uint64_t(1) << 62, 1}};
  EXPECT_EQ(checkDevice(large, 0, hopper())->str(),
            "$.functions[0]: needs too many bytes of device memory, " +
                std::to_string(hopper().freeBytes) + " are free");
}

TEST(Bundle, Chips) {
  auto runs = [](const char *chip, unsigned major, unsigned minor) {
    Bundle bundle = makeBundle();
    bundle.chip = chip;
    DeviceInfo device = hopper();
    device.major = major;
    device.minor = minor;
    MaybeError error = checkDevice(bundle, 0, device);
    return !error || error->where != "$.chip";
  };
  EXPECT_TRUE(runs("sm_90a", 9, 0));
  EXPECT_FALSE(runs("sm_90a", 10, 0));
  EXPECT_FALSE(runs("sm_90a", 8, 0));
  EXPECT_TRUE(runs("sm_80", 8, 0));
  EXPECT_TRUE(runs("sm_80", 8, 9));
  EXPECT_TRUE(runs("sm_80", 9, 0));
  EXPECT_FALSE(runs("sm_86", 8, 0));
  EXPECT_TRUE(runs("sm_100f", 10, 3));
  EXPECT_FALSE(runs("sm_100f", 12, 0));
  EXPECT_TRUE(runs("sm_120", 12, 1));
  Bundle bundle = makeBundle();
  bundle.chip = "sm_80";
  DeviceInfo device = hopper();
  device.major = 8;
  EXPECT_EQ(checkDevice(bundle, 0, device)->str(),
            "$.functions[0].launches[0].cluster: compute capability 8.0 has "
            "no clusters");
}

TEST(Bundle, HostileNesting) {
  std::string deep(1000000, '[');
  EXPECT_FALSE(parseBundle(deep));
  EXPECT_FALSE(parseBundle(deep + std::string(1000000, ']')));
  EXPECT_FALSE(parseBundle("{\"mirage_bundle\": 1, \"chip\": " + deep));
}

// Whatever is accepted can be written and read again.
static void check(const std::string &text, unsigned &refused) {
  Expected<Bundle> bundle = parseBundle(text);
  if (!bundle) {
    ++refused;
    EXPECT_EQ(bundle.error().where[0], '$');
    EXPECT_FALSE(bundle.error().message.empty());
    return;
  }
  std::string written = serializeBundle(*bundle);
  Expected<Bundle> again = parseBundle(written);
  ASSERT_TRUE(again) << again.error().str();
  EXPECT_EQ(serializeBundle(*again), written);
}

TEST(Bundle, MutatedTextNeverHurts) {
  const std::string good = makeJson().dump();
  std::minstd_rand random(1);
  unsigned refused = 0;
  for (size_t length = 0; length < good.size(); length += 3)
    check(good.substr(0, length), refused);
  EXPECT_EQ(refused, (good.size() + 2) / 3);
  const char alphabet[] = "0123456789-.eE\"{}[],:\\ntrue \xff";
  for (int i = 0; i < 5000; ++i) {
    std::string bad = good;
    for (unsigned k = random() % 4 + 1; k > 0; --k) {
      size_t at = random() % bad.size();
      char c = alphabet[random() % (sizeof(alphabet) - 1)];
      if (random() % 3 == 0)
        bad.insert(at, 1, c);
      else if (random() % 2)
        bad.erase(at, random() % 8 + 1);
      else
        bad[at] = c;
    }
    check(bad, refused);
  }
}

/// All places in `value`.
static void collect(const json &value, const json::json_pointer &at,
                    std::vector<json::json_pointer> &places) {
  places.push_back(at);
  if (value.is_object())
    for (auto &[key, element] : value.items())
      collect(element, at / key, places);
  if (value.is_array())
    for (size_t i = 0; i < value.size(); ++i)
      collect(value[i], at / i, places);
}

// Every value in turn is replaced by ones of every type and size.
TEST(Bundle, MutatedValuesNeverHurt) {
  const json good = makeJson();
  std::vector<json::json_pointer> places;
  collect(good, json::json_pointer(), places);
  const json values[] = {nullptr,
                         true,
                         0,
                         1,
                         -1,
                         INT64_MAX,
                         INT64_MIN,
                         UINT64_MAX,
                         int64_t(1) << 32,
                         int64_t(1) << 62,
                         1e300,
                         -0.5,
                         "",
                         "main",
                         "sm_90",
                         "AAAA",
                         "input",
                         json::array(),
                         json::object(),
                         json::array({1, 1, 1}),
                         json::array({json::object()})};
  unsigned refused = 0;
  for (const json::json_pointer &place : places)
    for (const json &value : values) {
      json bad = good;
      bad[place] = value;
      check(bad.dump(), refused);
    }
  EXPECT_GT(refused, places.size() * 10);
}
