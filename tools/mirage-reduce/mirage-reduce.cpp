//===- mirage-reduce.cpp - Makes a failing program small -----------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As upstream's mlirReduceMain, which does not say what it cannot write, and
// shows no lines of the program.
//
//===----------------------------------------------------------------------===//

#include "mirage/InitAll.h"
#include "mirage/Tools/ReduceProgram.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Reducer/Passes.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

static int fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "mirage-reduce") << message << '\n';
  return 1;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  mlir::registerAllPasses();
  registerReducerPasses();
  mlir::mirage::registerAllPasses();
  mlir::mirage::registerReduceProgramPass();
  llvm::cl::opt<std::string> inputName(
      llvm::cl::Positional, llvm::cl::desc("<input file>"), llvm::cl::Required);
  llvm::cl::opt<std::string> outputName("o", llvm::cl::desc("Output file"),
                                        llvm::cl::value_desc("filename"),
                                        llvm::cl::init("-"));
  PassPipelineCLParser passes("", "What makes the program smaller");
  llvm::cl::ParseCommandLineOptions(argc, argv,
                                    "Makes a failing program small\n");
  if (!passes.hasAnyOccurrences())
    return fail("no pass is given, as --mirage-reduce-program=test=PROGRAM");

  std::string message;
  auto sources = std::make_shared<llvm::SourceMgr>();
  std::unique_ptr<llvm::MemoryBuffer> input =
      openInputFile(inputName, &message);
  if (!input)
    return fail(message);
  sources->AddNewSourceBuffer(std::move(input), llvm::SMLoc());

  DialectRegistry registry;
  mlir::mirage::registerAllDialects(registry);
  MLIRContext context(registry);
  SourceMgrDiagnosticHandler handler(*sources, &context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, &context);
  if (!module)
    return 1;
  // What cannot be written is said before the work.
  std::unique_ptr<llvm::ToolOutputFile> output =
      openOutputFile(outputName, &message);
  if (!output)
    return fail(message);
  PassManager manager(&context);
  auto error = [&](const llvm::Twine &text) { return failure(fail(text)); };
  if (failed(passes.addToPipeline(manager, error)) ||
      failed(manager.run(*module)))
    return 1;
  module->print(output->os());
  output->keep();
  return 0;
}
