//===- CPURunner.cpp - Compile and run a program on the host --------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/CPURunner.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Pipelines/Pipelines.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include <cmath>

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

// Of libgcc: conversions that not every processor has an instruction for. Only
// their addresses are taken.
extern "C" {
void __extendhfsf2();
void __truncsfhf2();
void __truncdfhf2();
}

/// f32 to bf16, which the libgcc of GCC 12 lacks. LLVM calls it where it compares
/// values of bf16, also where no such conversion is written. A bf16 is returned
/// in the low bits of the register that returns a float.
static float truncsfbf2(float value) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value);
  if (std::isnan(value))
    bits = (bits >> 16) | 0x40;
  else
    bits = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return llvm::bit_cast<float>(bits);
}

/// A static tool shows none of them to the code that it compiles.
static llvm::orc::SymbolMap libgccSymbols(llvm::orc::MangleAndInterner mangle) {
  llvm::orc::SymbolMap symbols;
  auto add = [&](StringRef name, auto *function) {
    symbols[mangle(name)] = {llvm::orc::ExecutorAddr::fromPtr(function),
                             llvm::JITSymbolFlags::Exported};
  };
  add("__extendhfsf2", __extendhfsf2);
  add("__truncsfhf2", __truncsfhf2);
  add("__truncdfhf2", __truncdfhf2);
  add("__truncsfbf2", truncsfbf2);
  return symbols;
}

/// The element type of a static tensor, or of a scalar, that runs on the CPU.
static std::optional<sem::ElementType> elementOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (tensor && !tensor.hasStaticShape())
    return std::nullopt;
  return getElementType(tensor ? tensor.getElementType() : type);
}

/// Emits an error at `function` unless all `types` run on the CPU.
static LogicalResult checkTypes(func::FuncOp function, StringRef what,
                                TypeRange types) {
  for (auto [i, type] : llvm::enumerate(types))
    if (!elementOf(type))
      return function.emitError(what) << " " << i << " has type " << type
                                      << ", which does not run on the CPU";
  return success();
}

/// Emits an error at `function` if `buffers` do not have the types `types`.
static LogicalResult checkBuffers(func::FuncOp function, StringRef what,
                                  TypeRange types,
                                  ArrayRef<HostBuffer> buffers) {
  if (types.size() != buffers.size())
    return function.emitError("has ")
           << types.size() << " " << what << "s, got " << buffers.size();
  for (auto [i, type, buffer] : llvm::enumerate(types, buffers)) {
    // A scalar is a buffer of shape {}.
    auto tensor = dyn_cast<RankedTensorType>(type);
    sem::Shape shape = tensor ? getShape(tensor) : sem::Shape();
    if (elementOf(type) != buffer.type || shape != buffer.shape)
      return function.emitError(what) << " " << i << " has type " << type
                                      << ", got " << sem::toString(buffer.shape)
                                      << " of " << sem::toString(buffer.type);
  }
  return success();
}

CPUProgram::CPUProgram(func::FuncOp function,
                       std::unique_ptr<ExecutionEngine> engine)
    : function(function), engine(std::move(engine)) {}
CPUProgram::CPUProgram(CPUProgram &&) = default;
CPUProgram::~CPUProgram() = default;

FailureOr<CPUProgram> CPUProgram::compile(ModuleOp module, StringRef entry) {
  auto function = module.lookupSymbol<func::FuncOp>(entry);
  if (!function || function.isExternal())
    return module.emitError("defines no function '") << entry << "'";
  if (failed(checkTypes(function, "input", function.getArgumentTypes())) ||
      failed(checkTypes(function, "output", function.getResultTypes())))
    return failure();

  OwningOpRef<ModuleOp> lowered = module.clone();
  // Only what the entry calls is compiled; the rest need not run on the CPU.
  for (auto other : lowered->getOps<func::FuncOp>())
    if (other.getName() == entry)
      other.setPublic();
    else
      other.setPrivate();
  PassManager pm(module.getContext());
  pm.addPass(createSymbolDCEPass());
  buildCPUPipeline(pm);
  if (failed(pm.run(*lowered)))
    return failure();

  static bool initialized = !llvm::InitializeNativeTarget() &&
                            !llvm::InitializeNativeTargetAsmPrinter();
  if (!initialized)
    return module.emitError("no code generator for this host");
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());

  auto fail = [&](llvm::Error error) {
    return module.emitError("cannot compile for this host: ")
           << llvm::toString(std::move(error));
  };
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return fail(builder.takeError());
  builder->setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  auto machine = builder->createTargetMachine();
  if (!machine)
    return fail(machine.takeError());
  auto optimize = makeOptimizingTransformer(/*optLevel=*/3, /*sizeLevel=*/0,
                                            machine->get());
  ExecutionEngineOptions options;
  options.transformer = optimize;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  auto engine = ExecutionEngine::create(*lowered, options, std::move(*machine));
  if (!engine)
    return fail(engine.takeError());
  (*engine)->registerSymbols(libgccSymbols);

  return CPUProgram(function, std::move(*engine));
}

LogicalResult CPUProgram::run(ArrayRef<HostBuffer> inputs,
                              ArrayRef<HostBuffer> outputs) {
  if (failed(checkBuffers(function, "input", function.getArgumentTypes(),
                          inputs)) ||
      failed(
          checkBuffers(function, "output", function.getResultTypes(), outputs)))
    return failure();
  SmallVector<void *> pointers, arguments;
  for (const HostBuffer &buffer : inputs)
    pointers.push_back(buffer.data);
  for (const HostBuffer &buffer : outputs)
    pointers.push_back(buffer.data);
  for (auto [i, pointer] : llvm::enumerate(pointers)) {
    bool byValue = i < inputs.size() &&
                   !isa<RankedTensorType>(function.getArgumentTypes()[i]);
    arguments.push_back(byValue ? pointer : &pointer);
  }
  if (llvm::Error error = engine->invokePacked(function.getName(), arguments))
    return function.emitError("cannot run on this host: ")
           << llvm::toString(std::move(error));
  return success();
}

LogicalResult mlir::mirage::runOnCPU(ModuleOp module, StringRef entry,
                                     ArrayRef<HostBuffer> inputs,
                                     ArrayRef<HostBuffer> outputs) {
  FailureOr<CPUProgram> program = CPUProgram::compile(module, entry);
  return failed(program) ? failure() : program->run(inputs, outputs);
}
