//===- Run.cpp - Running, checking and timing a program -------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Run.h"
#include "mirage/Runtime/File.h"
#include "mirage/Runtime/Npy.h"
#include <cmath>
#include <filesystem>
#include <ostream>

using namespace mirage::runtime;

using Tensors = std::vector<HostTensor>;

Executor::~Executor() = default;

static std::string tensorFile(const std::string &directory, const char *kind,
                              size_t index) {
  return directory + "/" + kind + "_" + std::to_string(index) + ".npy";
}

static MaybeError saveTensors(const std::string &directory, const char *kind,
                              const Tensors &tensors) {
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code)
    return Error{"cannot create: " + code.message(), directory};
  for (size_t i = 0; i < tensors.size(); ++i)
    if (MaybeError error = writeNpy(tensorFile(directory, kind, i), tensors[i]))
      return error;
  return std::nullopt;
}

static std::string describe(DType dtype, const Shape &shape) {
  return toString(shape) + " " + toString(dtype);
}

/// Reads an input; files of wider floats are rounded to the input's type.
static Expected<HostTensor> loadInput(const TensorDesc &desc,
                                      const std::string &file) {
  Expected<HostTensor> tensor = readNpy(file);
  if (!tensor)
    return tensor;
  bool rounds = isFloat(desc.dtype) &&
                (tensor->dtype == DType::F32 || tensor->dtype == DType::F64);
  if (tensor->shape != desc.shape || (tensor->dtype != desc.dtype && !rounds))
    return Error{"the input is " + describe(desc.dtype, desc.shape) +
                     ", the file holds " +
                     describe(tensor->dtype, tensor->shape),
                 file};
  return tensor->dtype == desc.dtype ? *tensor
                                     : tensor->convertedTo(desc.dtype);
}

static MaybeError checkHostMemory(const ProgramInfo &program) {
  uint64_t available = hostMemoryBytes();
  for (const std::vector<TensorDesc> *descs :
       {&program.inputs, &program.outputs})
    for (const TensorDesc &desc : *descs) {
      std::optional<uint64_t> bytes = checkedBytes(desc.dtype, desc.shape);
      if (!bytes || *bytes > available)
        return Error{
            "inputs and outputs do not fit in the memory of this host"};
      available -= *bytes;
    }
  return std::nullopt;
}

namespace {
/// One run, from the inputs to the report.
class Runner {
public:
  Runner(const RunOptions &options, const ProgramInfo &program,
         Executor &executor, const ReferenceFn &reference)
      : options(options), program(program), executor(executor),
        reference(reference) {}

  MaybeError run() {
    if (!options.referenceFile.empty() && !reference)
      return Error{"this tool evaluates no programs", "--reference"};
    if (!options.saveReference.empty() && !reference)
      return Error{"there is no reference program", "--save-reference"};
    if (MaybeError error = checkHostMemory(program))
      return error;
    if (MaybeError error = makeInputs())
      return error;
    // Before anything runs: a missing file should not cost a run.
    if (!options.referenceOutputs.empty())
      if (MaybeError error = loadReferences())
        return error;

    Expected<Tensors> outputs = executor.run(inputs);
    if (!outputs)
      return outputs.error();
    if (!options.saveOutputs.empty())
      if (MaybeError error =
              saveTensors(options.saveOutputs, "output", *outputs))
        return error;
    if (options.referenceOutputs.empty() && reference) {
      Expected<std::vector<std::vector<double>>> computed = reference(inputs);
      if (!computed)
        return computed.error();
      references = std::move(*computed);
    }
    if (MaybeError error = compareOutputs(*outputs))
      return error;
    if (!options.saveReference.empty())
      if (MaybeError error = saveReferences())
        return error;

    if (options.bench && report.ok()) {
      Expected<BenchResult> bench = executor.bench();
      if (!bench)
        return bench.error();
      report.bench = *bench;
    }
    report.file = options.file;
    report.entry = program.entry;
    report.target = toString(program.target);
    report.device = executor.device();
    report.seed = options.seed;
    return std::nullopt;
  }

  RunReport report;

private:
  MaybeError makeInputs() {
    size_t count = program.inputs.size();
    for (const auto &[index, file] : options.inputFiles)
      if (index >= count)
        return Error{"there is no input " + std::to_string(index), "--input"};
    for (const auto &[index, recipe] : options.recipes)
      if (index >= count)
        return Error{"there is no input " + std::to_string(index), "--dist"};
    for (unsigned i = 0; i < count; ++i) {
      const TensorDesc &desc = program.inputs[i];
      auto file = options.inputFiles.find(i);
      bool isFile = file != options.inputFiles.end();
      InputRecipe recipe = options.recipe(i);
      Expected<HostTensor> tensor =
          isFile
              ? loadInput(desc, file->second)
              : generateInput(desc.dtype, desc.shape, options.seed, i, recipe);
      if (!tensor)
        return isFile ? tensor.error()
                      : Error{tensor.error().message,
                              "input " + std::to_string(i)};
      inputs.push_back(std::move(*tensor));
      report.inputs.push_back({desc, isFile ? file->second : recipe.str()});
    }
    if (options.saveInputs.empty())
      return std::nullopt;
    return saveTensors(options.saveInputs, "input", inputs);
  }

  MaybeError loadReferences() {
    for (size_t i = 0; i < program.outputs.size(); ++i) {
      std::string file = tensorFile(options.referenceOutputs, "output", i);
      Expected<HostTensor> tensor = readNpy(file);
      if (!tensor)
        return tensor.error();
      if (tensor->shape != program.outputs[i].shape)
        return Error{"the output is " + toString(program.outputs[i].shape) +
                         ", the file holds " + toString(tensor->shape),
                     file};
      references.push_back(tensor->toDoubles());
    }
    return std::nullopt;
  }

  /// After the comparison, which says whether the sizes agree.
  MaybeError saveReferences() const {
    Tensors tensors;
    for (size_t i = 0; i < references.size(); ++i)
      tensors.push_back(HostTensor::fromDoubles(
          DType::F64, program.outputs[i].shape, references[i]));
    return saveTensors(options.saveReference, "output", tensors);
  }

  MaybeError compareOutputs(const Tensors &outputs) {
    bool compared = !options.referenceOutputs.empty() || reference;
    if (outputs.size() != program.outputs.size() ||
        (compared && references.size() != outputs.size()))
      return Error{"expected " + std::to_string(program.outputs.size()) +
                   " outputs, got " + std::to_string(outputs.size()) +
                   ", and references for " + std::to_string(references.size())};
    for (size_t i = 0; i < outputs.size(); ++i) {
      OutputReport output{program.outputs[i]};
      if (compared) {
        double tolerance =
            options.tolerance.value_or(defaultTolerance(outputs[i].dtype));
        Expected<Comparison> comparison =
            compare(outputs[i], references[i], tolerance);
        if (!comparison)
          return Error{comparison.error().message,
                       "output " + std::to_string(i)};
        output.comparison = *comparison;
      } else {
        for (size_t k = 0, e = outputs[i].size(); k != e; ++k)
          output.nonfinite += !std::isfinite(outputs[i].get(k));
      }
      report.outputs.push_back(std::move(output));
    }
    return std::nullopt;
  }

  const RunOptions &options;
  const ProgramInfo &program;
  Executor &executor;
  const ReferenceFn &reference;
  Tensors inputs;
  std::vector<std::vector<double>> references;
};
} // namespace

/// Says why the run of `options.file` failed, and gives the exit status.
static int fail(const RunOptions &options, const Error &error,
                std::ostream &err) {
  err << options.file << ": error: " << error.str() << "\n";
  return error.exitCode();
}

int mirage::runtime::runProgram(const RunOptions &options,
                                const ProgramInfo &program, Executor &executor,
                                const ReferenceFn &reference, std::ostream &out,
                                std::ostream &err) {
  try {
    Runner runner(options, program, executor, reference);
    if (MaybeError error = runner.run())
      return fail(options, *error, err);
    std::string json = formatJson(runner.report);
    (options.json == "-" ? err : out)
        << formatTable(runner.report) << std::flush;
    if (options.json == "-")
      out << json << std::flush;
    else if (!options.json.empty())
      if (MaybeError error = writeFile(options.json, json))
        return fail(options, *error, err);
    if (!out)
      return fail(options, Error{"cannot write the report"}, err);
    return runner.report.ok() ? 0 : 1;
  } catch (const std::exception &exception) {
    return fail(options, Error{exception.what()}, err);
  }
}

int mirage::runtime::runBundle(const RunOptions &options, std::string_view text,
                               const ReferenceFn &reference, std::ostream &out,
                               std::ostream &err, std::string driverLibrary) {
  if (options.target.value_or(Target::Cuda) != Target::Cuda)
    return fail(options, Error{"a bundle runs with --target=cuda only"}, err);
  Expected<Bundle> bundle = parseBundle(text);
  if (!bundle)
    return fail(options, bundle.error(), err);
  Expected<size_t> index = findFunction(*bundle, options.entry);
  if (!index)
    return fail(options, index.error(), err);
  const BundleFunction &function = bundle->functions[*index];
  std::unique_ptr<Executor> executor =
      createCudaExecutor(*bundle, *index, std::move(driverLibrary));
  ProgramInfo program{function.name, Target::Cuda, function.inputs,
                      function.outputs};
  return runProgram(options, program, *executor, reference, out, err);
}
