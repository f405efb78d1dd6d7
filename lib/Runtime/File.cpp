//===- File.cpp - Whole files ---------------------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/File.h"
#include <cerrno>
#include <cstring>
#include <fstream>

using namespace mirage::runtime;

Expected<std::string> mirage::runtime::readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return Error{std::string("cannot open: ") + std::strerror(errno), path};
  std::string contents;
  char buffer[1 << 16];
  while (file.read(buffer, sizeof(buffer)) || file.gcount() > 0)
    contents.append(buffer, static_cast<size_t>(file.gcount()));
  // A directory opens, but cannot be read.
  if (file.bad())
    return Error{"cannot read", path};
  return contents;
}

MaybeError mirage::runtime::writeFile(const std::string &path,
                                      const std::string &contents) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file)
    return Error{std::string("cannot create: ") + std::strerror(errno), path};
  file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  file.close();
  if (!file)
    return Error{"cannot write", path};
  return std::nullopt;
}
