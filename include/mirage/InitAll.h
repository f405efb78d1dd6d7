//===- InitAll.h - Registration of everything -------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_INITALL_H
#define MIRAGE_INITALL_H

#include "mlir/IR/DialectRegistry.h"

namespace mlir::mirage {

/// The project's dialects, and the upstream dialects and extensions that its
/// pipelines create and translate.
void registerAllDialects(DialectRegistry &registry);

/// Upstream's dialects and extensions alone: all of them, or, in a portable
/// build, those that our passes need.
void registerUpstreamDialects(DialectRegistry &registry);

/// All passes and pipelines of the project.
void registerAllPasses();

/// Upstream's passes: all of them, or, in a portable build, the general ones
/// (`canonicalize`, `cse`, ...).
void registerUpstreamPasses();

} // namespace mlir::mirage

#endif // MIRAGE_INITALL_H
