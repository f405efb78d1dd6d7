//===- parser-fuzzer.cpp - Parser, verifier and printer ------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What parses and verifies is printed as text that parses to the same, and
// survives bytecode.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;

static void registerDialects(DialectRegistry &registry) {
  registry.insert<mlir::mirage::MirageDialect, arith::ArithDialect, func::FuncDialect,
                  math::MathDialect>();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static FuzzContext context(registerDialects);
  StringRef input(reinterpret_cast<const char *>(data), size);
  // A blob is renamed where its name is taken: what may have some is read each
  // time in a context of its own.
  bool hasBlobs = input.contains("dense_resource");
  MLIRContext *shared = context.get();
  std::vector<std::unique_ptr<FuzzContext>> apart;
  // The lexer looks for a 0 at the end.
  auto parse = [&](const std::string &text) {
    MLIRContext *in = shared;
    if (hasBlobs) {
      apart.push_back(std::make_unique<FuzzContext>(registerDialects));
      in = apart.back()->get();
    }
    return parseSourceString<ModuleOp>(text, ParserConfig(in));
  };
  auto module = parse(input.str());
  if (!module)
    return 0;
  std::string text = print(*module);
  auto again = parse(text);
  if (!again)
    fail("printed text does not parse:\n" + text);
  if (print(*again) != text)
    fail("printed text changes when it is parsed:\n" + text);
  // MLIR's bytecode does not keep a blob whose alignment is 0.
  if (hasBlobs)
    return 0;

  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  if (failed(writeBytecodeToFile(*module, os)))
    fail("no bytecode for\n" + text);
  auto read = parse(bytes);
  if (!read || print(*read) != text)
    fail("bytecode differs from\n" + text);
  return 0;
}
