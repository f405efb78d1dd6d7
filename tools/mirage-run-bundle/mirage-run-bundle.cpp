//===- mirage-run-bundle.cpp - Runs compiled programs ---------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runner for machines that have a GPU and nothing else: it needs no MLIR,
// no LLVM and no CUDA toolkit. Without CMake:
//
//   g++ -O2 -std=c++17 -Iinclude -o mirage-run-bundle lib/Runtime/*.cpp
//       tools/mirage-run-bundle/*.cpp -ldl -static-libstdc++ -static-libgcc
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/File.h"
#include "mirage/Runtime/Run.h"
#include <iostream>

using namespace mirage::runtime;

static int fail(const Error &error) {
  std::cerr << "mirage-run-bundle: error: " << error.str() << "\n";
  return error.exitCode();
}

int main(int argc, char **argv) {
  Expected<RunOptions> options = parseRunOptions(argc, argv);
  if (!options)
    return fail(options.error());
  if (options->help) {
    std::cout << runUsage("mirage-run-bundle");
    return 0;
  }
  Expected<std::string> text = readFile(options->file);
  if (!text)
    return fail(text.error());
  return runBundle(*options, *text, /*reference=*/nullptr, std::cout,
                   std::cerr);
}
