//===- Elf.cpp - The lengths in a cubin -----------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elf.h"
#include <cstring>
#include <elf.h>

using namespace mirage::runtime;

static bool contains(const std::vector<uint8_t> &bytes, uint64_t offset,
                     uint64_t size) {
  return offset <= bytes.size() && size <= bytes.size() - offset;
}

/// Calls `check` with each entry of a table of headers.
template <typename Header, typename Check>
static bool checkTable(const std::vector<uint8_t> &bytes, uint64_t offset,
                       uint64_t count, uint64_t entrySize, Check &&check) {
  if (count == 0)
    return true;
  if (entrySize < sizeof(Header) || !contains(bytes, offset, count * entrySize))
    return false;
  for (uint64_t i = 0; i < count; ++i) {
    Header header;
    std::memcpy(&header, bytes.data() + offset + i * entrySize, sizeof(header));
    if (!check(header))
      return false;
  }
  return true;
}

bool mirage::runtime::isWholeElf(const std::vector<uint8_t> &bytes) {
  Elf64_Ehdr file;
  if (bytes.size() < sizeof(file))
    return false;
  std::memcpy(&file, bytes.data(), sizeof(file));
  if (std::memcmp(file.e_ident, ELFMAG, SELFMAG) != 0 ||
      file.e_ident[EI_CLASS] != ELFCLASS64 ||
      file.e_ident[EI_DATA] != ELFDATA2LSB)
    return false;
  return checkTable<Elf64_Phdr>(
             bytes, file.e_phoff, file.e_phnum, file.e_phentsize,
             [&](const Elf64_Phdr &segment) {
               return contains(bytes, segment.p_offset, segment.p_filesz);
             }) &&
         checkTable<Elf64_Shdr>(
             bytes, file.e_shoff, file.e_shnum, file.e_shentsize,
             [&](const Elf64_Shdr &section) {
               return section.sh_type == SHT_NOBITS ||
                      contains(bytes, section.sh_offset, section.sh_size);
             });
}
