//===- Elf.h - The lengths in a cubin ---------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_RUNTIME_ELF_H
#define MIRAGE_LIB_RUNTIME_ELF_H

#include <cstdint>
#include <vector>

namespace mirage::runtime {

/// Whether `bytes` are a 64-bit ELF file whose headers, segments and sections
/// all lie within it.
bool isWholeElf(const std::vector<uint8_t> &bytes);

} // namespace mirage::runtime

#endif // MIRAGE_LIB_RUNTIME_ELF_H
