//===- Npy.h - NumPy's array files ------------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// <f2, <f4, <f8, <i4 and |b1 in row-major order. NumPy has no bf16: a bf16
// tensor travels as <u2, its bits.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_RUNTIME_NPY_H
#define MIRAGE_RUNTIME_NPY_H

#include "mirage/Runtime/Tensor.h"

namespace mirage::runtime {

/// Reads the contents of a file; refuses lengths and sizes that do not match
/// what is there.
Expected<HostTensor> parseNpy(std::string_view contents);
std::string serializeNpy(const HostTensor &tensor);

Expected<HostTensor> readNpy(const std::string &path);
MaybeError writeNpy(const std::string &path, const HostTensor &tensor);

} // namespace mirage::runtime

#endif // MIRAGE_RUNTIME_NPY_H
