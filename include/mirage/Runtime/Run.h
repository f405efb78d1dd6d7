//===- Run.h - Running, checking and timing a program -----------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part that every runner shares: make the inputs, execute, compare, time,
// report. What executes is behind an interface.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_RUNTIME_RUN_H
#define MIRAGE_RUNTIME_RUN_H

#include "mirage/Runtime/Options.h"
#include "mirage/Runtime/Report.h"
#include <functional>
#include <iosfwd>
#include <memory>

namespace mirage::runtime {

/// Something that executes one program, from one thread.
class Executor {
public:
  virtual ~Executor();
  /// One tensor for each output.
  virtual Expected<std::vector<HostTensor>>
  run(const std::vector<HostTensor> &inputs) = 0;
  /// Times the program on the inputs of the last run.
  virtual Expected<BenchResult> bench() = 0;
  /// Known after a run.
  virtual std::string device() const = 0;
};

/// Executes a function of a bundle, which must outlive the executor, on the
/// first CUDA device. The driver is opened at the first run.
std::unique_ptr<Executor>
createCudaExecutor(const Bundle &bundle, size_t function,
                   std::string driverLibrary = "libcuda.so.1");

/// What the first CUDA device is like, but for its free memory.
Expected<DeviceInfo>
queryCudaDevice(std::string driverLibrary = "libcuda.so.1");

/// Times `run` by the clock of this host, as long and as often as a program on
/// a device is timed. `bytes` is left at 0.
Expected<BenchResult> benchOnHost(const std::function<MaybeError()> &run);

struct ProgramInfo {
  std::string entry;
  Target target = Target::Cuda;
  std::vector<TensorDesc> inputs;
  std::vector<TensorDesc> outputs;
};

/// The outputs of the reference in double.
using ReferenceFn = std::function<Expected<std::vector<std::vector<double>>>(
    const std::vector<HostTensor> &inputs)>;

/// Does what `options` ask for and returns the exit status: 0 ran and agreed,
/// 1 disagreed, 2 bad file or failed launch, 3 no device. Tensors are saved and
/// read as input_<i>.npy and output_<i>.npy. `reference` may be empty; files
/// of --reference-outputs come before it. A program that disagrees is not
/// timed. The table goes to `err` if the JSON goes to `out`.
int runProgram(const RunOptions &options, const ProgramInfo &program,
               Executor &executor, const ReferenceFn &reference,
               std::ostream &out, std::ostream &err);

/// `runProgram` for the bundle `options.file`, given its text.
int runBundle(const RunOptions &options, std::string_view text,
              const ReferenceFn &reference, std::ostream &out,
              std::ostream &err, std::string driverLibrary = "libcuda.so.1");

} // namespace mirage::runtime

#endif // MIRAGE_RUNTIME_RUN_H
