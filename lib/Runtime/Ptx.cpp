//===- Ptx.cpp - The kernels that a PTX module declares -------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Ptx.h"
#include <charconv>

using namespace mirage::runtime;

namespace {
/// Words (identifiers, directives, numbers) and single other characters.
class Lexer {
public:
  explicit Lexer(std::string_view text) : text(text) {}

  /// Empty at the end.
  std::string_view next() {
    skip();
    size_t length = 0;
    while (length < text.size() && isWord(text[length]))
      ++length;
    std::string_view token = text.substr(0, length ? length : 1);
    text.remove_prefix(token.size());
    return token;
  }

private:
  static bool isWord(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '%' ||
           c == '.';
  }
  void skipThrough(std::string_view end) {
    size_t at = text.find(end);
    text.remove_prefix(at == text.npos ? text.size() : at + end.size());
  }
  void skip() {
    while (!text.empty()) {
      if (text.substr(0, 2) == "//")
        skipThrough("\n");
      else if (text.substr(0, 2) == "/*")
        skipThrough("*/");
      else if (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r'))
        text.remove_prefix(1);
      else
        return;
    }
  }

  std::string_view text;
};
} // namespace

/// The bytes of one element of the type `.b32`, `.u64`, ...; 0 for any other
/// word.
static uint64_t typeBytes(std::string_view word) {
  if (word.size() < 3 || word[0] != '.' ||
      std::string_view("bsuf").find(word[1]) == std::string_view::npos)
    return 0;
  std::string_view digits = word.substr(2);
  for (unsigned bits : {8, 16, 32, 64, 128})
    if (digits == std::to_string(bits))
      return bits / 8;
  return 0;
}

/// Parses `.param .u64 .ptr .align 1 name` or `.param .align 8 .b8 name[16]`
/// through the comma or parenthesis behind it, which goes to `token`.
static uint64_t parseParameter(Lexer &lexer, std::string_view &token) {
  uint64_t bytes = 0;
  for (; !token.empty() && token != "," && token != ")"; token = lexer.next()) {
    if (uint64_t width = typeBytes(token))
      bytes = width;
    if (token != "[")
      continue;
    token = lexer.next();
    uint64_t count = 0;
    std::from_chars(token.data(), token.data() + token.size(), count);
    if (__builtin_mul_overflow(bytes, count, &bytes))
      bytes = 0;
  }
  return bytes;
}

std::map<std::string, std::vector<uint64_t>>
mirage::runtime::ptxKernels(std::string_view ptx) {
  std::map<std::string, std::vector<uint64_t>> kernels;
  Lexer lexer(ptx);
  for (std::string_view token = lexer.next(); !token.empty();
       token = lexer.next()) {
    if (token != ".entry")
      continue;
    std::vector<uint64_t> &sizes = kernels[std::string(lexer.next())];
    token = lexer.next();
    if (token != "(")
      continue;
    token = lexer.next();
    while (!token.empty() && token != ")") {
      sizes.push_back(parseParameter(lexer, token));
      if (token == ",")
        token = lexer.next();
    }
  }
  return kernels;
}
