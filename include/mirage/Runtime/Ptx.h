//===- Ptx.h - The kernels that a PTX module declares -----------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_RUNTIME_PTX_H
#define MIRAGE_RUNTIME_PTX_H

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mirage::runtime {

/// The kernels (`.entry`) of a PTX module by name, each with the bytes of its
/// parameters. A parameter whose declaration is not understood has size 0.
std::map<std::string, std::vector<uint64_t>> ptxKernels(std::string_view ptx);

} // namespace mirage::runtime

#endif // MIRAGE_RUNTIME_PTX_H
