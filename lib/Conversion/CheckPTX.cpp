//===- CheckPTX.cpp - PTX must be whole ------------------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Conversion/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/ADT/StringExtras.h"

namespace mlir::mirage {
#define GEN_PASS_DEF_CHECKPTXPASS
#include "mirage/Conversion/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;

namespace {
struct CheckPTX : mirage::impl::CheckPTXPassBase<CheckPTX> {
  void runOnOperation() override {
    getOperation()->walk([&](gpu::BinaryOp binary) {
      for (Attribute object : binary.getObjects()) {
        StringRef text = cast<gpu::ObjectAttr>(object).getObject().getValue();
        constexpr StringRef keyword = ".extern .func";
        for (size_t at = text.find(keyword); at != StringRef::npos;
             at = text.find(keyword, at + 1)) {
          // .extern .func (.param .b32 func_retval0) name
          StringRef rest = text.substr(at + keyword.size()).ltrim();
          if (rest.starts_with("("))
            rest = rest.split(')').second.ltrim();
          StringRef name = rest.take_while([](char c) {
            return llvm::isAlnum(c) || c == '_' || c == '$';
          });
          binary.emitError("the PTX calls '")
              << name << "', which nothing defines";
          signalPassFailure();
        }
      }
    });
  }
};
} // namespace
