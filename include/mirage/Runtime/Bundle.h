//===- Bundle.h - Compiled programs as one JSON file ------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A bundle holds PTX and, for each host function, its signature and a straight
// line of kernel launches over its inputs, outputs, constants and scratch
// buffers:
//
//   {"mirage_bundle": 1, "chip": "sm_90a", "ptx": "...", "cubin": base64|null,
//    "functions": [{
//      "name": "main",
//      "inputs": [{"name": "x", "dtype": "f16", "shape": [2, 64]}],
//      "outputs": [...],
//      "scratch": [{"bytes": 4096, "align": 256}],
//      "launches": [{
//        "kernel": "main_kernel_0", "grid": [8, 1, 1], "block": [128, 1, 1],
//        "cluster": [1, 1, 1], "shared_bytes": 0,
//        "args": [{"kind": "input", "index": 0},
//                 {"kind": "scratch", "index": 0, "offset": 1024},
//                 {"kind": "input", "index": 1, "by_value": true},
//                 {"kind": "i32", "value": 7}]}],
//      "tensor_maps": []}],
//    "constants": [{"dtype": "f32", "shape": [4], "data": base64}]}
//
// Buffers of kind input, output, scratch and constant are passed as a device
// pointer, `offset` bytes (default 0) into the buffer; an input of shape [] may
// be passed by its value instead. `cubin`, `cluster`,
// `scratch` and `tensor_maps` may be left out. Scratch buffers hold no
// particular value when a run starts.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_RUNTIME_BUNDLE_H
#define MIRAGE_RUNTIME_BUNDLE_H

#include "mirage/Runtime/Tensor.h"
#include <array>

namespace mirage::runtime {

struct TensorDesc {
  std::string name;
  DType dtype = DType::F32;
  Shape shape;
};

struct ScratchBuffer {
  uint64_t bytes = 0;
  uint64_t align = 256;
};

struct KernelArg {
  enum class Kind : uint8_t { Input, Output, Scratch, Constant, I32, I64, F32 };

  Kind kind = Kind::Input;
  // Of buffers.
  uint32_t index = 0;
  uint64_t offset = 0;
  // Of scalars.
  int64_t integer = 0;
  float real = 0;
  /// Of an input that is passed by value, its bytes; else 0.
  unsigned valueBytes = 0;

  bool isBuffer() const { return kind <= Kind::Constant; }
  /// The bytes of the kernel's parameter.
  unsigned byteWidth() const {
    if (valueBytes)
      return valueBytes;
    return kind == Kind::I32 || kind == Kind::F32 ? 4 : 8;
  }
};

using Dim3 = std::array<uint32_t, 3>;

struct KernelLaunch {
  std::string kernel;
  Dim3 grid{1, 1, 1};
  Dim3 block{1, 1, 1};
  Dim3 cluster{1, 1, 1};
  /// Dynamic shared memory.
  uint64_t sharedBytes = 0;
  std::vector<KernelArg> args;

  bool hasCluster() const { return cluster != Dim3{1, 1, 1}; }
};

struct BundleFunction {
  std::string name;
  std::vector<TensorDesc> inputs;
  std::vector<TensorDesc> outputs;
  std::vector<ScratchBuffer> scratch;
  std::vector<KernelLaunch> launches;
};

struct Bundle {
  static constexpr int version = 1;

  std::string chip;
  std::string ptx;
  /// Machine code for `chip`; may be empty.
  std::vector<uint8_t> cubin;
  std::vector<BundleFunction> functions;
  std::vector<HostTensor> constants;
};

/// What the limits of a bundle are checked against.
struct DeviceInfo {
  std::string name;
  unsigned major = 0;
  unsigned minor = 0;
  unsigned maxThreadsPerBlock = 1024;
  /// Shared memory of a block, with the kernel's consent.
  uint64_t maxSharedBytes = 0;
  uint64_t l2Bytes = 0;
  uint64_t freeBytes = 0;
};

/// Reads a bundle and checks all that can be checked without a device. The
/// error names the JSON path of the offending value.
Expected<Bundle> parseBundle(std::string_view text);
/// The text of a bundle: the same bytes for the same bundle.
std::string serializeBundle(const Bundle &bundle);

/// The function called `name`; without a name `main`, or else the only one.
Expected<size_t> findFunction(const Bundle &bundle, const std::string &name);

/// Why `function` cannot run on `device`: its chip, shared memory, block size
/// or memory. The error names the JSON path.
MaybeError checkDevice(const Bundle &bundle, size_t function,
                       const DeviceInfo &device);

} // namespace mirage::runtime

#endif // MIRAGE_RUNTIME_BUNDLE_H
