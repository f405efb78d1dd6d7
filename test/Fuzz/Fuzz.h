//===- Fuzz.h - What fuzz targets with IR share -------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_TEST_FUZZ_FUZZ_H
#define MIRAGE_TEST_FUZZ_FUZZ_H

#include "Fail.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>

/// A context that is made anew now and then, since a context never forgets a
/// type or an attribute.
class FuzzContext {
public:
  explicit FuzzContext(void (*registerDialects)(mlir::DialectRegistry &))
      : registerDialects(registerDialects) {}

  /// To be asked for once an input: what it returned before may be gone.
  mlir::MLIRContext *get() {
    if (!context || ++uses == 1000) {
      uses = 0;
      mlir::DialectRegistry registry;
      registerDialects(registry);
      context = std::make_unique<mlir::MLIRContext>(
          registry, mlir::MLIRContext::Threading::DISABLED);
      context->loadAllAvailableDialects();
      // Ops of others may stand between ours.
      context->allowUnregisteredDialects();
      // Bad input is the rule here.
      context->getDiagEngine().registerHandler([](mlir::Diagnostic &) {});
    }
    return context.get();
  }

private:
  void (*registerDialects)(mlir::DialectRegistry &);
  std::unique_ptr<mlir::MLIRContext> context;
  unsigned uses = 0;
};

inline std::string print(mlir::Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os);
  return text;
}

#endif // MIRAGE_TEST_FUZZ_FUZZ_H
