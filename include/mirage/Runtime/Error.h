//===- Error.h - Errors as values -------------------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime stands alone: it knows no MLIR and no LLVM, and no exception
// leaves it, so code that is built without exceptions can call it.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_RUNTIME_ERROR_H
#define MIRAGE_RUNTIME_ERROR_H

#include <optional>
#include <string>
#include <utility>

namespace mirage::runtime {

struct Error {
  enum class Kind {
    /// Bad usage, a bad file, a failed launch.
    Invalid,
    /// The machine has no driver or no device.
    NoDevice
  };

  std::string message;
  /// What the message is about: a file, an option, or a JSON path such as
  /// "$.functions[0].launches[1].block". May be empty.
  std::string where = "";
  Kind kind = Kind::Invalid;

  std::string str() const {
    return where.empty() ? message : where + ": " + message;
  }
  /// The exit status of a tool that stops with this error.
  int exitCode() const { return kind == Kind::NoDevice ? 3 : 2; }
};

using MaybeError = std::optional<Error>;

/// A value, or why there is none.
template <typename T>
class [[nodiscard]] Expected {
public:
  Expected(T value) : stored(std::move(value)) {}
  Expected(Error error) : failure(std::move(error)) {}

  explicit operator bool() const { return stored.has_value(); }
  T &operator*() { return *stored; }
  const T &operator*() const { return *stored; }
  T *operator->() { return &*stored; }
  const T *operator->() const { return &*stored; }
  const Error &error() const { return failure; }

private:
  std::optional<T> stored;
  Error failure;
};

} // namespace mirage::runtime

#endif // MIRAGE_RUNTIME_ERROR_H
