//===- import-fuzzer.cpp - convert-linalg-to-mirage ----------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pass makes valid IR of all valid IR, in which it finds nothing more to
// import.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "mirage/Conversion/Passes.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

static void registerDialects(DialectRegistry &registry) {
  registry.insert<mlir::mirage::MirageDialect, arith::ArithDialect,
                  func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
                  tensor::TensorDialect>();
}

/// Whether something stands in <> where LLVM 22's parser of structured ops
/// takes any attribute for a dictionary.
static bool hasOtherProperties(StringRef text) {
  for (size_t at = text.find('<'); at != StringRef::npos;
       at = text.find('<', at + 1)) {
    StringRef before = text.take_front(at);
    StringRef name = before.substr(
        before.find_last_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
                                "UVWXYZ0123456789_.$") +
        1);
    if (!name.empty() && !name.starts_with("linalg."))
      continue; // a type or an attribute with parameters
    if (!text.drop_front(at + 1).ltrim().starts_with("{"))
      return true;
  }
  return false;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static FuzzContext fuzzContext(registerDialects);
  // The lexer looks for a 0 at the end.
  std::string text(reinterpret_cast<const char *>(data), size);
  // LLVM 22's parsers of these crash on malformed text.
  for (StringRef name :
       {"linalg.broadcast", "linalg.map", "linalg.reduce", "linalg.transpose"})
    if (StringRef(text).contains(name))
      return 0;
  if (hasOtherProperties(text))
    return 0;
  MLIRContext *context = fuzzContext.get();
  auto module = parseSourceString<ModuleOp>(text, context);
  if (!module)
    return 0;
  std::string before = print(*module);
  PassManager passes(context);
  passes.enableVerifier(false);
  passes.addPass(mlir::mirage::createConvertLinalgToMiragePass());
  if (failed(passes.run(*module)))
    return 0;
  if (failed(verify(*module)))
    fail("invalid IR is made of\n" + before);
  std::string once = print(*module);
  if (failed(passes.run(*module)) || print(*module) != once)
    fail("a second run changes what the first made of\n" + before);
  return 0;
}
