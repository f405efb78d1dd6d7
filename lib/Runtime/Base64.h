//===- Base64.h - Bytes as text ---------------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_RUNTIME_BASE64_H
#define MIRAGE_LIB_RUNTIME_BASE64_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mirage::runtime {

std::string encodeBase64(const std::vector<uint8_t> &bytes);
/// Takes only what `encodeBase64` gives.
std::optional<std::vector<uint8_t>> decodeBase64(std::string_view text);

} // namespace mirage::runtime

#endif // MIRAGE_LIB_RUNTIME_BASE64_H
