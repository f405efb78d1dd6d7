//===- Acme.h - A dialect beside mirage -------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACME_ACME_H
#define ACME_ACME_H

#include "mirage/Dialect/Mirage/IR/Mirage.h"

#include "AcmeDialect.h.inc"

#define GET_OP_CLASSES
#include "AcmeOps.h.inc"

namespace acme {
/// The dialect, with what its ops mean to mirage.
void registerAcme(mlir::DialectRegistry &registry);
} // namespace acme

#endif // ACME_ACME_H
