//===- File.h - Whole files -------------------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_RUNTIME_FILE_H
#define MIRAGE_RUNTIME_FILE_H

#include "mirage/Runtime/Error.h"

namespace mirage::runtime {

/// The whole contents of a file.
Expected<std::string> readFile(const std::string &path);
MaybeError writeFile(const std::string &path, const std::string &contents);

} // namespace mirage::runtime

#endif // MIRAGE_RUNTIME_FILE_H
