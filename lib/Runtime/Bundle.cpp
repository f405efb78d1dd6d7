//===- Bundle.cpp - Compiled programs as one JSON file --------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Bundle.h"
#include "Base64.h"
#include "mirage/Runtime/Ptx.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

using namespace mirage::runtime;
using nlohmann::json;
using nlohmann::ordered_json;
using ArgKind = KernelArg::Kind;

static constexpr std::pair<ArgKind, const char *> argKindNames[] = {
    {ArgKind::Input, "input"},     {ArgKind::Output, "output"},
    {ArgKind::Scratch, "scratch"}, {ArgKind::Constant, "constant"},
    {ArgKind::I32, "i32"},         {ArgKind::I64, "i64"},
    {ArgKind::F32, "f32"}};

static const char *toString(ArgKind kind) {
  return argKindNames[static_cast<unsigned>(kind)].second;
}

static std::string indexed(const char *field, size_t index) {
  return std::string(field) + "[" + std::to_string(index) + "]";
}

/// The device memory that a run needs, unless it overflows.
static std::optional<uint64_t> requiredMemory(const Bundle &bundle,
                                              const BundleFunction &function) {
  int64_t sum = 0;
  bool overflow = false;
  auto add = [&](uint64_t bytes) {
    overflow |= __builtin_add_overflow(sum, bytes, &sum);
  };
  for (const std::vector<TensorDesc> *descs :
       {&function.inputs, &function.outputs})
    for (const TensorDesc &desc : *descs)
      add(*checkedBytes(desc.dtype, desc.shape));
  for (const ScratchBuffer &buffer : function.scratch) {
    add(buffer.bytes);
    add(buffer.align);
  }
  for (const HostTensor &constant : bundle.constants)
    add(constant.bytes.size());
  if (overflow)
    return std::nullopt;
  return static_cast<uint64_t>(sum);
}

namespace {
/// The compute capability that a chip's name stands for.
struct Chip {
  unsigned major = 0;
  unsigned minor = 0;
  /// 'a': this capability only; 'f': this and later ones of its major; 0: this
  /// and all later ones.
  char suffix = 0;

  static std::optional<Chip> parse(std::string_view name) {
    if (name.substr(0, 3) != "sm_")
      return std::nullopt;
    name.remove_prefix(3);
    Chip chip;
    if (!name.empty() && (name.back() == 'a' || name.back() == 'f')) {
      chip.suffix = name.back();
      name.remove_suffix(1);
    }
    if (name.size() < 2 || name.size() > 3)
      return std::nullopt;
    unsigned number = 0;
    for (char digit : name) {
      if (digit < '0' || digit > '9')
        return std::nullopt;
      number = number * 10 + static_cast<unsigned>(digit - '0');
    }
    chip.major = number / 10;
    chip.minor = number % 10;
    return chip;
  }

  bool runsOn(const DeviceInfo &device) const {
    bool sameMajor = device.major == major;
    if (suffix == 'a')
      return sameMajor && device.minor == minor;
    if (sameMajor)
      return device.minor >= minor;
    return !suffix && device.major > major;
  }
};

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// A JSON value that knows where it is. What does not fit throws an `Error`.
class Node {
public:
  Node(const json &value, std::string path)
      : value(value), path(std::move(path)) {}

  [[noreturn]] void refuse(std::string message) const {
    throw Error{std::move(message), path};
  }

  /// The field `key`, unless it is left out or null.
  std::optional<Node> find(const char *key) const {
    if (!value.is_object())
      refuse("expected an object");
    auto it = value.find(key);
    if (it == value.end() || it->is_null())
      return std::nullopt;
    return Node(*it, path + "." + key);
  }
  Node field(const char *key) const {
    if (std::optional<Node> node = find(key))
      return *node;
    throw Error{"missing", path + "." + key};
  }
  std::vector<Node> elements() const {
    if (!value.is_array())
      refuse("expected an array");
    std::vector<Node> nodes;
    for (size_t i = 0; i < value.size(); ++i)
      nodes.emplace_back(value[i], indexed(path.c_str(), i));
    return nodes;
  }
  const std::string &string() const {
    if (!value.is_string())
      refuse("expected a string");
    return value.get_ref<const std::string &>();
  }
  /// An integer in [min, max].
  int64_t integer(int64_t min, int64_t max) const {
    if (!value.is_number_integer())
      refuse("expected an integer");
    int64_t number = value.get<int64_t>();
    bool tooLarge =
        value.is_number_unsigned() &&
        value.get<uint64_t>() > uint64_t(std::numeric_limits<int64_t>::max());
    if (tooLarge || number < min || number > max)
      refuse("must be between " + std::to_string(min) + " and " +
             std::to_string(max) + ", but is " + value.dump());
    return number;
  }
  uint64_t size() const {
    return static_cast<uint64_t>(
        integer(0, std::numeric_limits<int64_t>::max()));
  }
  bool boolean() const {
    if (!value.is_boolean())
      refuse("expected true or false");
    return value.get<bool>();
  }
  float real() const {
    if (!value.is_number())
      refuse("expected a number");
    double number = value.get<double>();
    if (!(std::abs(number) <= std::numeric_limits<float>::max()))
      refuse("does not fit in an f32");
    return static_cast<float>(number);
  }

  const json &value;
  std::string path;
};

/// Reads and checks one bundle.
class BundleReader {
public:
  Bundle read(const json &document) {
    Node root(document, "$");
    Node version = root.field("mirage_bundle");
    if (!version.value.is_number_integer() || version.value != Bundle::version)
      version.refuse("unknown version " + version.value.dump() +
                     ", this reader knows " + std::to_string(Bundle::version));
    Node chip = root.field("chip");
    bundle.chip = chip.string();
    if (!Chip::parse(bundle.chip))
      chip.refuse("unknown chip '" + bundle.chip + "'");
    Node ptx = root.field("ptx");
    bundle.ptx = ptx.string();
    // The driver takes it as a C string.
    if (bundle.ptx.find('\0') != std::string::npos)
      ptx.refuse("the text contains a NUL");
    kernels = ptxKernels(bundle.ptx);
    if (std::optional<Node> cubin = root.find("cubin"))
      bundle.cubin = readBytes(*cubin);
    for (const Node &node : root.field("constants").elements())
      readConstant(node);
    std::set<std::string> names;
    for (const Node &node : root.field("functions").elements()) {
      readFunction(node);
      if (!names.insert(bundle.functions.back().name).second)
        node.field("name").refuse("a second function '" +
                                  bundle.functions.back().name + "'");
    }
    return std::move(bundle);
  }

private:
  static std::vector<uint8_t> readBytes(const Node &node) {
    std::optional<std::vector<uint8_t>> bytes = decodeBase64(node.string());
    if (!bytes)
      node.refuse("malformed base64");
    return std::move(*bytes);
  }

  static void readType(const Node &node, DType &dtype, Shape &shape) {
    Node dtypeNode = node.field("dtype");
    std::optional<DType> parsed = parseDType(dtypeNode.string());
    if (!parsed)
      dtypeNode.refuse("unknown type '" + dtypeNode.string() + "'");
    dtype = *parsed;
    Node shapeNode = node.field("shape");
    for (const Node &extent : shapeNode.elements())
      shape.push_back(static_cast<int64_t>(extent.size()));
    if (!checkedBytes(dtype, shape))
      shapeNode.refuse("the size of the tensor overflows");
  }

  void readConstant(const Node &node) {
    HostTensor constant;
    readType(node, constant.dtype, constant.shape);
    Node data = node.field("data");
    constant.bytes = readBytes(data);
    uint64_t expected = *checkedBytes(constant.dtype, constant.shape);
    if (constant.bytes.size() != expected)
      data.refuse("expected " + std::to_string(expected) + " bytes, got " +
                  std::to_string(constant.bytes.size()));
    bundle.constants.push_back(std::move(constant));
  }

  static std::vector<TensorDesc> readDescs(const Node &node) {
    std::vector<TensorDesc> descs;
    for (const Node &element : node.elements()) {
      TensorDesc desc;
      desc.name = element.field("name").string();
      readType(element, desc.dtype, desc.shape);
      descs.push_back(std::move(desc));
    }
    return descs;
  }

  void readFunction(const Node &node) {
    bundle.functions.emplace_back();
    BundleFunction &function = bundle.functions.back();
    function.name = node.field("name").string();
    function.inputs = readDescs(node.field("inputs"));
    function.outputs = readDescs(node.field("outputs"));
    if (std::optional<Node> scratch = node.find("scratch"))
      for (const Node &element : scratch->elements()) {
        ScratchBuffer buffer;
        buffer.bytes = element.field("bytes").size();
        Node align = element.field("align");
        buffer.align = static_cast<uint64_t>(align.integer(1, 1 << 20));
        if (buffer.align & (buffer.align - 1))
          align.refuse("must be a power of two");
        function.scratch.push_back(buffer);
      }
    if (std::optional<Node> maps = node.find("tensor_maps"))
      if (!maps->elements().empty())
        maps->refuse("tensor maps are not supported");
    if (!requiredMemory(bundle, function))
      node.refuse("the sum of the buffer sizes overflows");
    for (const Node &element : node.field("launches").elements())
      readLaunch(element, function);
  }

  static Dim3 readDim3(const Node &node, Dim3 limits) {
    std::vector<Node> elements = node.elements();
    if (elements.size() != 3)
      node.refuse("expected three extents");
    Dim3 dims;
    for (size_t i = 0; i < 3; ++i)
      dims[i] = static_cast<uint32_t>(elements[i].integer(1, limits[i]));
    return dims;
  }
  static uint64_t volume(const Dim3 &dims) {
    return uint64_t(dims[0]) * dims[1] * dims[2];
  }

  void readLaunch(const Node &node, BundleFunction &function) {
    KernelLaunch launch;
    Node kernel = node.field("kernel");
    launch.kernel = kernel.string();
    auto known = kernels.find(launch.kernel);
    if (known == kernels.end())
      kernel.refuse("the PTX has no kernel '" + launch.kernel + "'");

    // What no device exceeds; checkDevice has the rest.
    launch.grid = readDim3(node.field("grid"), {0x7fffffff, 65535, 65535});
    Node block = node.field("block");
    launch.block = readDim3(block, {1024, 1024, 64});
    if (volume(launch.block) > 1024)
      block.refuse("a block of " + std::to_string(volume(launch.block)) +
                   " threads, the limit is 1024");
    if (std::optional<Node> cluster = node.find("cluster")) {
      launch.cluster = readDim3(*cluster, {16, 16, 16});
      if (volume(launch.cluster) > 16)
        cluster->refuse("a cluster of " +
                        std::to_string(volume(launch.cluster)) +
                        " blocks, the limit is 16");
      for (size_t i = 0; i < 3; ++i)
        if (launch.grid[i] % launch.cluster[i])
          cluster->refuse("does not divide the grid");
    }
    launch.sharedBytes = static_cast<uint64_t>(
        node.field("shared_bytes")
            .integer(0, std::numeric_limits<uint32_t>::max()));

    const std::vector<uint64_t> &parameters = known->second;
    Node args = node.field("args");
    for (const Node &arg : args.elements())
      launch.args.push_back(readArg(arg, function));
    if (launch.args.size() != parameters.size())
      args.refuse("the kernel takes " + std::to_string(parameters.size()) +
                  " arguments, got " + std::to_string(launch.args.size()));
    for (size_t i = 0; i < parameters.size(); ++i)
      if (launch.args[i].byteWidth() != parameters[i])
        args.elements()[i].refuse("the kernel's parameter has " +
                                  std::to_string(parameters[i]) +
                                  " bytes, the argument " +
                                  std::to_string(launch.args[i].byteWidth()));
    function.launches.push_back(std::move(launch));
  }

  std::vector<uint64_t> bufferSizes(ArgKind kind,
                                    const BundleFunction &function) const {
    std::vector<uint64_t> sizes;
    if (kind == ArgKind::Scratch) {
      for (const ScratchBuffer &buffer : function.scratch)
        sizes.push_back(buffer.bytes);
    } else if (kind == ArgKind::Constant) {
      for (const HostTensor &constant : bundle.constants)
        sizes.push_back(constant.bytes.size());
    } else {
      for (const TensorDesc &desc :
           kind == ArgKind::Input ? function.inputs : function.outputs)
        sizes.push_back(*checkedBytes(desc.dtype, desc.shape));
    }
    return sizes;
  }

  KernelArg readArg(const Node &node, const BundleFunction &function) const {
    KernelArg arg;
    Node kind = node.field("kind");
    const std::string &name = kind.string();
    if (name == "tensor_map")
      kind.refuse("tensor maps are not supported");
    auto known =
        std::find_if(std::begin(argKindNames), std::end(argKindNames),
                     [&](const auto &entry) { return entry.second == name; });
    if (known == std::end(argKindNames))
      kind.refuse("unknown kind of argument '" + name + "'");
    arg.kind = known->first;

    if (arg.isBuffer()) {
      Node index = node.field("index");
      uint64_t position = index.size();
      std::vector<uint64_t> sizes = bufferSizes(arg.kind, function);
      if (position >= sizes.size())
        index.refuse("index " + std::to_string(position) +
                     " is out of range, buffers of kind " + name + ": " +
                     std::to_string(sizes.size()));
      arg.index = static_cast<uint32_t>(position);
      if (std::optional<Node> offset = node.find("offset")) {
        arg.offset = offset->size();
        uint64_t bytes = sizes[position];
        if (arg.offset && arg.offset >= bytes)
          offset->refuse("offset " + std::to_string(arg.offset) +
                         " is out of range, the buffer has " +
                         std::to_string(bytes) + " bytes");
      }
      if (std::optional<Node> byValue = node.find("by_value");
          byValue && byValue->boolean()) {
        if (arg.kind != ArgKind::Input || arg.offset ||
            !function.inputs[position].shape.empty())
          byValue->refuse("only an input of shape [] is passed by value");
        arg.valueBytes = static_cast<unsigned>(sizes[position]);
      }
      return arg;
    }

    Node value = node.field("value");
    if (arg.kind == ArgKind::F32)
      arg.real = value.real();
    else if (arg.kind == ArgKind::I32)
      arg.integer = value.integer(std::numeric_limits<int32_t>::min(),
                                  std::numeric_limits<int32_t>::max());
    else
      arg.integer = value.integer(std::numeric_limits<int64_t>::min(),
                                  std::numeric_limits<int64_t>::max());
    return arg;
  }

  Bundle bundle;
  std::map<std::string, std::vector<uint64_t>> kernels;
};
} // namespace

Expected<Bundle> mirage::runtime::parseBundle(std::string_view text) {
  try {
    return BundleReader().read(json::parse(text));
  } catch (const Error &error) {
    return error;
  } catch (const std::exception &exception) {
    return Error{exception.what(), "$"};
  }
}

Expected<size_t> mirage::runtime::findFunction(const Bundle &bundle,
                                               const std::string &name) {
  std::string wanted = name.empty() ? "main" : name;
  std::string known;
  for (size_t i = 0; i < bundle.functions.size(); ++i) {
    if (bundle.functions[i].name == wanted)
      return i;
    known += (known.empty() ? "" : ", ") + bundle.functions[i].name;
  }
  if (!name.empty())
    return Error{"there is no function '" + name + "', only: " + known};
  if (bundle.functions.size() == 1)
    return size_t(0);
  return Error{known.empty()
                   ? "there is no function"
                   : "there are several functions, name one: " + known};
}

MaybeError mirage::runtime::checkDevice(const Bundle &bundle, size_t index,
                                        const DeviceInfo &device) {
  std::string capability =
      std::to_string(device.major) + "." + std::to_string(device.minor);
  std::optional<Chip> chip = Chip::parse(bundle.chip);
  if (!chip || !chip->runsOn(device))
    return Error{"compiled for " + bundle.chip + ", but " + device.name +
                     " has compute capability " + capability,
                 "$.chip"};
  const BundleFunction &function = bundle.functions[index];
  std::string path = indexed("$.functions", index);
  for (size_t i = 0; i < function.launches.size(); ++i) {
    const KernelLaunch &launch = function.launches[i];
    std::string launchPath = path + indexed(".launches", i);
    uint64_t threads =
        uint64_t(launch.block[0]) * launch.block[1] * launch.block[2];
    if (threads > device.maxThreadsPerBlock)
      return Error{"a block of " + std::to_string(threads) +
                       " threads, the device's limit is " +
                       std::to_string(device.maxThreadsPerBlock),
                   launchPath + ".block"};
    if (launch.sharedBytes > device.maxSharedBytes)
      return Error{std::to_string(launch.sharedBytes) +
                       " bytes of shared memory, the device's limit is " +
                       std::to_string(device.maxSharedBytes),
                   launchPath + ".shared_bytes"};
    if (launch.hasCluster() && device.major < 9)
      return Error{"compute capability " + capability + " has no clusters",
                   launchPath + ".cluster"};
  }
  std::optional<uint64_t> needed = requiredMemory(bundle, function);
  if (!needed || *needed > device.freeBytes)
    return Error{"needs " + (needed ? std::to_string(*needed) : "too many") +
                     " bytes of device memory, " +
                     std::to_string(device.freeBytes) + " are free",
                 path};
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static ordered_json writeDescs(const std::vector<TensorDesc> &descs) {
  ordered_json array = ordered_json::array();
  for (const TensorDesc &desc : descs)
    array.push_back({{"name", desc.name},
                     {"dtype", toString(desc.dtype)},
                     {"shape", desc.shape}});
  return array;
}

static ordered_json writeArg(const KernelArg &arg) {
  ordered_json object = {{"kind", toString(arg.kind)}};
  if (arg.isBuffer()) {
    object["index"] = arg.index;
    if (arg.offset)
      object["offset"] = arg.offset;
    if (arg.valueBytes)
      object["by_value"] = true;
  } else if (arg.kind == ArgKind::F32) {
    object["value"] = arg.real;
  } else {
    object["value"] = arg.integer;
  }
  return object;
}

static ordered_json writeFunction(const BundleFunction &function) {
  ordered_json scratch = ordered_json::array();
  for (const ScratchBuffer &buffer : function.scratch)
    scratch.push_back({{"bytes", buffer.bytes}, {"align", buffer.align}});
  ordered_json launches = ordered_json::array();
  for (const KernelLaunch &launch : function.launches) {
    ordered_json args = ordered_json::array();
    for (const KernelArg &arg : launch.args)
      args.push_back(writeArg(arg));
    launches.push_back({{"kernel", launch.kernel},
                        {"grid", launch.grid},
                        {"block", launch.block},
                        {"cluster", launch.cluster},
                        {"shared_bytes", launch.sharedBytes},
                        {"args", std::move(args)}});
  }
  return {{"name", function.name},
          {"inputs", writeDescs(function.inputs)},
          {"outputs", writeDescs(function.outputs)},
          {"scratch", std::move(scratch)},
          {"launches", std::move(launches)},
          {"tensor_maps", ordered_json::array()}};
}

std::string mirage::runtime::serializeBundle(const Bundle &bundle) {
  ordered_json document = {{"mirage_bundle", Bundle::version},
                           {"chip", bundle.chip},
                           {"ptx", bundle.ptx},
                           {"cubin", nullptr}};
  if (!bundle.cubin.empty())
    document["cubin"] = encodeBase64(bundle.cubin);
  ordered_json &functions = document["functions"] = ordered_json::array();
  for (const BundleFunction &function : bundle.functions)
    functions.push_back(writeFunction(function));
  ordered_json &constants = document["constants"] = ordered_json::array();
  for (const HostTensor &constant : bundle.constants)
    constants.push_back({{"dtype", toString(constant.dtype)},
                         {"shape", constant.shape},
                         {"data", encodeBase64(constant.bytes)}});
  // Names are not always UTF-8, and nothing may be thrown.
  return document.dump(1, ' ', false, ordered_json::error_handler_t::replace) +
         "\n";
}
