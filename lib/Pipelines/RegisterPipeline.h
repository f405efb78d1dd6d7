//===- RegisterPipeline.h - Pipelines that refuse with a line ---*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_PIPELINES_REGISTERPIPELINE_H
#define MIRAGE_LIB_PIPELINES_REGISTERPIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

namespace mlir::mirage {

/// Registers a pipeline of passes over modules. Upstream's registration aborts
/// if one stands elsewhere, and says nothing about options of one that has
/// none.
template <typename Options>
void registerModulePipeline(StringRef name, StringRef description,
                            void (*build)(OpPassManager &, const Options &)) {
  registerPassPipeline(
      name, description,
      [name = name.str(),
       build](OpPassManager &pm, StringRef text,
              function_ref<LogicalResult(const Twine &)> errorHandler) {
        std::optional<StringRef> op = pm.getOpName();
        if (op && *op != "builtin.module" &&
            pm.getNesting() == OpPassManager::Nesting::Explicit)
          return errorHandler(
              "'" + name + "' runs on 'builtin.module', not on '" + *op + "'");
        Options options;
        if (failed(options.parseFromString(text)))
          return failure();
        build(pm, options);
        return success();
      },
      [](function_ref<void(const detail::PassOptions &)> handle) {
        handle(Options());
      });
}

} // namespace mlir::mirage

#endif // MIRAGE_LIB_PIPELINES_REGISTERPIPELINE_H
