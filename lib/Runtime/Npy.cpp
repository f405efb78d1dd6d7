//===- Npy.cpp - NumPy's array files --------------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Npy.h"
#include "mirage/Runtime/File.h"
#include <charconv>
#include <cstring>

using namespace mirage::runtime;

static constexpr std::string_view magic("\x93NUMPY", 6);

static const char *descriptor(DType type) {
  switch (type) {
  case DType::F16:
    return "<f2";
  case DType::BF16:
    return "<u2";
  case DType::F32:
    return "<f4";
  case DType::F64:
    return "<f8";
  case DType::I32:
    return "<i4";
  case DType::I1:
    return "|b1";
  }
  return "";
}

namespace {
/// The literal of a Python dictionary with the keys descr, fortran_order and
/// shape, each once, in any order.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}

  bool parse() {
    if (!take('{'))
      return false;
    while (!take('}')) {
      std::string_view key;
      if (!parseString(key) || !take(':'))
        return false;
      bool parsed = false;
      if (key == "descr" && !hasDescr)
        parsed = hasDescr = parseString(descr);
      else if (key == "fortran_order" && !hasOrder)
        parsed = hasOrder = parseBool();
      else if (key == "shape" && !hasShape)
        parsed = hasShape = parseShape();
      if (!parsed || (!take(',') && !peek('}')))
        return false;
    }
    skipSpace();
    return text.empty() && hasDescr && hasOrder && hasShape;
  }

  std::string_view descr;
  bool fortranOrder = false;
  Shape shape;

private:
  void skipSpace() {
    while (!text.empty() && (text[0] == ' ' || text[0] == '\n'))
      text.remove_prefix(1);
  }
  bool peek(char c) {
    skipSpace();
    return !text.empty() && text[0] == c;
  }
  bool take(char c) {
    if (!peek(c))
      return false;
    text.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    skipSpace();
    if (text.substr(0, word.size()) != word)
      return false;
    text.remove_prefix(word.size());
    return true;
  }
  bool parseString(std::string_view &value) {
    char quote = peek('"') ? '"' : '\'';
    if (!take(quote))
      return false;
    size_t end = text.find(quote);
    if (end == std::string_view::npos)
      return false;
    value = text.substr(0, end);
    text.remove_prefix(end + 1);
    return true;
  }
  bool parseBool() {
    if (take("True"))
      return fortranOrder = true;
    return take("False");
  }
  bool parseShape() {
    if (!take('('))
      return false;
    while (!take(')')) {
      skipSpace();
      int64_t extent;
      auto [end, error] =
          std::from_chars(text.data(), text.data() + text.size(), extent);
      if (error != std::errc() || extent < 0)
        return false;
      text.remove_prefix(static_cast<size_t>(end - text.data()));
      shape.push_back(extent);
      if (!take(',') && !peek(')'))
        return false;
    }
    return true;
  }

  std::string_view text;
  bool hasDescr = false, hasOrder = false, hasShape = false;
};
} // namespace

Expected<HostTensor> mirage::runtime::parseNpy(std::string_view contents) {
  if (contents.substr(0, magic.size()) != magic || contents.size() < 10)
    return Error{"not a .npy file"};
  unsigned version = static_cast<uint8_t>(contents[6]);
  if (version < 1 || version > 3 || contents[7] != 0)
    return Error{"unknown version of the .npy format"};
  size_t lengthBytes = version == 1 ? 2 : 4;
  size_t start = magic.size() + 2 + lengthBytes;
  if (contents.size() < start)
    return Error{"the header is truncated"};
  uint32_t headerLength = 0;
  std::memcpy(&headerLength, contents.data() + magic.size() + 2, lengthBytes);
  if (headerLength > contents.size() - start)
    return Error{"the header is truncated"};

  HeaderParser header(contents.substr(start, headerLength));
  if (!header.parse())
    return Error{"the header is malformed"};
  HostTensor tensor;
  bool known = false;
  for (DType type :
       {DType::F16, DType::BF16, DType::F32, DType::F64, DType::I32, DType::I1})
    if (header.descr == descriptor(type)) {
      tensor.dtype = type;
      known = true;
    }
  if (!known)
    return Error{"unsupported element type '" + std::string(header.descr) +
                 "' (known: <f2 <f4 <f8 <i4 |b1, and <u2 for bf16)"};
  // Orders differ from two dimensions on.
  if (header.fortranOrder && header.shape.size() > 1)
    return Error{"column-major order is not supported"};
  tensor.shape = std::move(header.shape);
  std::optional<uint64_t> bytes = checkedBytes(tensor.dtype, tensor.shape);
  std::string_view data = contents.substr(start + headerLength);
  if (!bytes || *bytes != data.size())
    return Error{"a tensor of " + toString(tensor.shape) + " " +
                 toString(tensor.dtype) + " needs " +
                 (bytes ? std::to_string(*bytes) + " bytes"
                        : std::string("more bytes than can be counted")) +
                 ", the file has " + std::to_string(data.size())};
  tensor.bytes.assign(data.begin(), data.end());
  if (tensor.dtype == DType::I1)
    for (uint8_t &byte : tensor.bytes)
      byte = byte != 0;
  return tensor;
}

std::string mirage::runtime::serializeNpy(const HostTensor &tensor) {
  std::string shape;
  for (int64_t extent : tensor.shape)
    shape += (shape.empty() ? "" : ", ") + std::to_string(extent);
  if (tensor.shape.size() == 1)
    shape += ',';
  std::string header = std::string("{'descr': '") + descriptor(tensor.dtype) +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  // Data starts at a multiple of 64, after a newline.
  size_t prefix = magic.size() + 4;
  while ((prefix + header.size() + 1) % 64 != 0)
    header += ' ';
  header += '\n';

  std::string contents(magic);
  contents += {1, 0, static_cast<char>(header.size() & 0xff),
               static_cast<char>(header.size() >> 8)};
  contents += header;
  contents.append(tensor.bytes.begin(), tensor.bytes.end());
  return contents;
}

Expected<HostTensor> mirage::runtime::readNpy(const std::string &path) {
  Expected<std::string> contents = readFile(path);
  if (!contents)
    return contents.error();
  Expected<HostTensor> tensor = parseNpy(*contents);
  if (!tensor)
    return Error{tensor.error().message, path};
  return tensor;
}

MaybeError mirage::runtime::writeNpy(const std::string &path,
                                     const HostTensor &tensor) {
  return writeFile(path, serializeNpy(tensor));
}
