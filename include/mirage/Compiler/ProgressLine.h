//===- ProgressLine.h - Say on a terminal what is being done ----*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_COMPILER_PROGRESSLINE_H
#define MIRAGE_COMPILER_PROGRESSLINE_H

#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace mirage {

/// One line of a terminal that says what is being done and for how long, and
/// is gone when the object is. Nothing else may write to the stream meanwhile.
class ProgressLine {
public:
  using Duration = std::chrono::steady_clock::duration;

  /// Says nothing for the first `quiet`.
  ProgressLine(llvm::raw_ostream &os, std::string title,
               Duration quiet = std::chrono::seconds(1));
  ~ProgressLine();
  ProgressLine(const ProgressLine &) = delete;
  ProgressLine &operator=(const ProgressLine &) = delete;

  void say(llvm::StringRef what);

private:
  /// Expects the lock to be held.
  void print();

  llvm::raw_ostream &os;
  std::string title, what;
  std::chrono::steady_clock::time_point start;
  Duration quiet;
  bool shown = false, done = false;
  std::mutex mutex;
  std::condition_variable wake;
  std::thread ticker;
};

} // namespace mirage

#endif // MIRAGE_COMPILER_PROGRESSLINE_H
