//===- RunMain.cpp - Runs and checks programs -----------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loads a program or a bundle, and evaluates the reference; what all runners
// share is in the runtime library.
//
//===----------------------------------------------------------------------===//

#include "mirage/Tools/RunMain.h"
#include "mirage/Compiler/CPURunner.h"
#include "mirage/Compiler/ProgramIO.h"
#include "mirage/Pipelines/Pipelines.h"
#include "mirage/Runtime/File.h"
#include "mirage/Runtime/Run.h"
#include "mirage/Semantics/Evaluate.h"
#include "mirage/Target/Export.h"
#include "mirage/Target/TargetInfo.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/SourceMgr.h"
#include <iostream>

using namespace mirage::runtime;
namespace sem = mirage::sem;

static int fail(const Error &error) {
  std::cerr << "mirage-run: error: " << error.str() << "\n";
  return error.exitCode();
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

static DType toDType(sem::ElementType type) {
  switch (type) {
  case sem::ElementType::F16:
    return DType::F16;
  case sem::ElementType::BF16:
    return DType::BF16;
  case sem::ElementType::F32:
    return DType::F32;
  case sem::ElementType::F64:
    return DType::F64;
  case sem::ElementType::I1:
    return DType::I1;
  case sem::ElementType::I32:
    return DType::I32;
  }
  llvm_unreachable("unknown element type");
}

static std::vector<TensorDesc> describe(const sem::Program &program,
                                        llvm::ArrayRef<sem::ValueId> ids,
                                        const char *name) {
  std::vector<TensorDesc> descs;
  for (auto [i, id] : llvm::enumerate(ids)) {
    const sem::ValueType &type = program.values[id];
    descs.push_back({name + std::to_string(i), toDType(type.element),
                     Shape(type.shape.begin(), type.shape.end())});
  }
  return descs;
}

static std::vector<sem::Tensor> evaluate(const sem::Program &program,
                                         const std::vector<HostTensor> &inputs,
                                         bool rounded) {
  std::vector<sem::Tensor> tensors;
  for (const HostTensor &input : inputs)
    tensors.push_back({sem::Shape(input.shape.begin(), input.shape.end()),
                       input.toDoubles()});
  return sem::evaluate(sem::RealDomain{rounded, /*parallel=*/true}, program,
                       tensors);
}

/// The chosen function: the one named, `main`, or the only public one.
static Expected<mlir::func::FuncOp> findEntry(mlir::ModuleOp module,
                                              const std::string &file,
                                              const std::string &entry) {
  std::vector<mlir::func::FuncOp> publics;
  mlir::func::FuncOp named;
  for (auto function : module.getOps<mlir::func::FuncOp>()) {
    if (function.getName() == (entry.empty() ? "main" : entry))
      named = function;
    if (function.isPublic())
      publics.push_back(function);
  }
  if (named)
    return named;
  if (!entry.empty())
    return Error{"there is no function '" + entry + "'", file};
  if (publics.size() != 1)
    return Error{"there is no function 'main', and " +
                     std::to_string(publics.size()) +
                     " public functions: name one",
                 file};
  return publics.front();
}

/// Reads a .mlir file, imports linalg if there is some, and extracts the
/// program of one function; `kept` is given the module. What MLIR reports has gone to stderr.
static Expected<sem::Program> loadProgram(mlir::MLIRContext &context,
                                          const std::string &file,
                                          std::string text,
                                          const std::string &entry,
                                          mlir::OwningOpRef<mlir::ModuleOp>
                                              *kept = nullptr) {
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, file),
                              llvm::SMLoc());
  mlir::SourceMgrDiagnosticHandler handler(*sources, &context);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(sources, &context);
  if (!module)
    return Error{"cannot be parsed", file};
  Expected<mlir::func::FuncOp> function = findEntry(*module, file, entry);
  if (!function)
    return function.error();
  // What the program is does not depend on other functions.
  std::string name = function->getName().str();
  for (auto other :
       llvm::make_early_inc_range(module->getOps<mlir::func::FuncOp>()))
    if (other != *function)
      other.erase();
  mlir::PassManager passes(&context);
  if (failed(mlir::parsePassPipeline(
          "convert-linalg-to-mirage{require-complete=true}", passes)) ||
      failed(passes.run(*module)))
    return Error{"cannot be imported", file};
  mlir::FailureOr<sem::Program> program = mlir::mirage::extractProgram(
      module->lookupSymbol<mlir::func::FuncOp>(name));
  if (failed(program))
    return Error{"is no program that can be evaluated", file};
  if (kept)
    *kept = std::move(module);
  return std::move(*program);
}

//===----------------------------------------------------------------------===//
// Executors
//===----------------------------------------------------------------------===//

namespace {
/// Every value rounded to its element type.
class EvalExecutor : public Executor {
public:
  explicit EvalExecutor(const sem::Program &program) : program(program) {}

  Expected<std::vector<HostTensor>>
  run(const std::vector<HostTensor> &inputs) override {
    std::vector<HostTensor> outputs;
    std::vector<sem::Tensor> results = evaluate(program, inputs, true);
    for (auto [result, id] : llvm::zip(results, program.outputs))
      outputs.push_back(HostTensor::fromDoubles(
          toDType(program.values[id].element),
          Shape(result.shape.begin(), result.shape.end()), result.data));
    return outputs;
  }
  Expected<BenchResult> bench() override {
    llvm_unreachable("refused before the run");
  }
  std::string device() const override { return "evaluator"; }

private:
  const sem::Program &program;
};

/// Through linalg and LLVM, on this machine.
class CPUExecutor : public Executor {
public:
  CPUExecutor(mlir::ModuleOp module, const sem::Program &program)
      : module(module), program(program) {}

  Expected<std::vector<HostTensor>>
  run(const std::vector<HostTensor> &values) override {
    auto compiled = mlir::mirage::CPUProgram::compile(module, program.name);
    if (failed(compiled))
      return Error{"cannot be compiled", "--target=cpu"};
    function.emplace(std::move(*compiled));
    inputs = values;
    for (auto [tensor, id] : llvm::zip(inputs, program.inputs))
      inputBuffers.push_back(makeBuffer(tensor, id));
    for (sem::ValueId id : program.outputs) {
      const sem::ValueType &type = program.values[id];
      outputs.push_back(HostTensor::zeros(
          toDType(type.element), Shape(type.shape.begin(), type.shape.end())));
    }
    for (auto [tensor, id] : llvm::zip(outputs, program.outputs)) {
      std::fill(tensor.bytes.begin(), tensor.bytes.end(), 0xff); // poison
      outputBuffers.push_back(makeBuffer(tensor, id));
    }
    if (MaybeError error = runOnce())
      return *error;
    return outputs;
  }
  Expected<BenchResult> bench() override {
    Expected<BenchResult> result = benchOnHost([&] { return runOnce(); });
    if (result)
      for (const std::vector<HostTensor> *tensors : {&inputs, &outputs})
        for (const HostTensor &tensor : *tensors)
          result->bytes += tensor.bytes.size();
    return result;
  }
  std::string device() const override { return "cpu"; }

private:
  mlir::mirage::HostBuffer makeBuffer(HostTensor &tensor, sem::ValueId id) {
    return {tensor.bytes.data(), program.shape(id), program.values[id].element};
  }
  MaybeError runOnce() {
    if (failed(function->run(inputBuffers, outputBuffers)))
      return Error{"cannot be run", "--target=cpu"};
    return std::nullopt;
  }

  mlir::ModuleOp module;
  const sem::Program &program;
  std::optional<mlir::mirage::CPUProgram> function;
  std::vector<HostTensor> inputs, outputs;
  std::vector<mlir::mirage::HostBuffer> inputBuffers, outputBuffers;
};
} // namespace

/// The newest chip whose code runs on `device`.
static Expected<std::string> chooseChip(const DeviceInfo &device) {
  for (const ::mirage::TargetInfo &target :
       llvm::reverse(::mirage::allTargets()))
    if (chipRunsOn(target.chip.str(), device))
      return target.chip.str();
  return Error{"no code can be generated for " + device.name +
                   ", of compute capability " + std::to_string(device.major) +
                   "." + std::to_string(device.minor),
               "--target=cuda"};
}

/// Forms kernels of `module` and lowers it for the first device of this
/// machine.
static Expected<Bundle> compileForDevice(mlir::ModuleOp module) {
  Expected<DeviceInfo> device = queryCudaDevice();
  if (!device)
    return device.error();
  Expected<std::string> chip = chooseChip(*device);
  if (!chip)
    return chip.error();
  mlir::mirage::ToPTXOptions options;
  options.chip = *chip;
  mlir::PassManager passes(module.getContext());
  mlir::mirage::buildToPTXPipeline(passes, options);
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (failed(passes.run(module)) ||
      failed(mlir::mirage::exportBundle(module, stream)))
    return Error{"cannot be compiled", "--target=cuda"};
  return parseBundle(text);
}

/// Evaluates `program` in double.
static ReferenceFn makeReference(const sem::Program &program) {
  return [&program](const std::vector<HostTensor> &inputs)
             -> Expected<std::vector<std::vector<double>>> {
    if (inputs.size() != program.inputs.size())
      return Error{"takes " + std::to_string(program.inputs.size()) +
                       " inputs, the program " + std::to_string(inputs.size()),
                   "--reference"};
    for (auto [i, id] : llvm::enumerate(program.inputs))
      if (llvm::ArrayRef(inputs[i].shape) !=
          llvm::ArrayRef<int64_t>(program.shape(id)))
        return Error{"input " + std::to_string(i) + " is " +
                         sem::toString(program.shape(id)) + ", the program's " +
                         toString(inputs[i].shape),
                     "--reference"};
    std::vector<std::vector<double>> outputs;
    for (sem::Tensor &tensor : evaluate(program, inputs, false))
      outputs.push_back(std::move(tensor.data));
    return outputs;
  };
}

static int run(const RunOptions &options,
               const mlir::DialectRegistry &registry) {
  Expected<std::string> text = readFile(options.file);
  if (!text)
    return fail(text.error());
  mlir::mirage::registerAllPasses();
  mlir::MLIRContext context(registry);

  std::optional<sem::Program> referenceProgram;
  ReferenceFn reference;
  if (!options.referenceFile.empty()) {
    Expected<std::string> other = readFile(options.referenceFile);
    if (!other)
      return fail(other.error());
    Expected<sem::Program> loaded = loadProgram(
        context, options.referenceFile, *other, options.referenceEntry);
    if (!loaded)
      return fail(loaded.error());
    referenceProgram = std::move(*loaded);
    reference = makeReference(*referenceProgram);
  }
  if (llvm::StringRef(*text).ltrim().starts_with("{") &&
      !llvm::StringRef(options.file).ends_with(".mlir"))
    return runBundle(options, *text, reference, std::cout, std::cerr);

  Target target = options.target.value_or(Target::Eval);
  if (options.bench && target == Target::Eval)
    return fail({"needs --target=cpu or --target=cuda", "--bench"});
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Expected<sem::Program> program =
      loadProgram(context, options.file, *text, options.entry, &module);
  if (!program)
    return fail(program.error());
  if (!reference)
    reference = makeReference(*program);
  ProgramInfo info{program->name, target,
                   describe(*program, program->inputs, "input"),
                   describe(*program, program->outputs, "output")};
  Bundle bundle;
  std::unique_ptr<Executor> executor;
  switch (target) {
  case Target::Eval:
    executor = std::make_unique<EvalExecutor>(*program);
    break;
  case Target::Cpu:
    executor = std::make_unique<CPUExecutor>(*module, *program);
    break;
  case Target::Cuda: {
    Expected<Bundle> compiled = compileForDevice(*module);
    if (!compiled)
      return fail(compiled.error());
    bundle = std::move(*compiled);
    Expected<size_t> index = findFunction(bundle, program->name);
    if (!index)
      return fail(index.error());
    executor = createCudaExecutor(bundle, *index);
    break;
  }
  }
  return runProgram(options, info, *executor, reference, std::cout, std::cerr);
}

int mlir::mirage::runMain(int argc, const char *const *argv,
                          const DialectRegistry &registry) {
  Expected<RunOptions> options = parseRunOptions(argc, argv);
  if (!options)
    return fail(options.error());
  if (options->help) {
    std::cout << runUsage("mirage-run");
    return 0;
  }
  return run(*options, registry);
}
