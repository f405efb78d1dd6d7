//===- ProgressLine.cpp - Say on a terminal what is being done ------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/ProgressLine.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mirage;

/// Return to the first column, and erase to the end of the line.
static constexpr llvm::StringLiteral clear = "\r\033[K";

ProgressLine::ProgressLine(llvm::raw_ostream &os, std::string title,
                           Duration quiet)
    : os(os), title(std::move(title)), start(std::chrono::steady_clock::now()),
      quiet(quiet) {
  ticker = std::thread([this] {
    std::unique_lock<std::mutex> lock(mutex);
    while (!wake.wait_for(lock, std::chrono::milliseconds(250),
                          [this] { return done; }))
      print();
  });
}

ProgressLine::~ProgressLine() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    done = true;
  }
  wake.notify_one();
  ticker.join();
  if (shown)
    os << clear;
  os.flush();
}

void ProgressLine::say(llvm::StringRef text) {
  std::lock_guard<std::mutex> lock(mutex);
  what = text.str();
  print();
}

void ProgressLine::print() {
  Duration elapsed = std::chrono::steady_clock::now() - start;
  if (what.empty() || elapsed < quiet)
    return;
  double seconds = std::chrono::duration<double>(elapsed).count();
  os << clear << title << ": " << what
     << llvm::formatv(", {0:f0} s", seconds);
  os.flush();
  shown = true;
}
