//===- Options.h - The command line of the runners --------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_RUNTIME_OPTIONS_H
#define MIRAGE_RUNTIME_OPTIONS_H

#include "mirage/Runtime/Inputs.h"
#include <map>

namespace mirage::runtime {

enum class Target : uint8_t { Eval, Cpu, Cuda };

const char *toString(Target target);

struct RunOptions {
  /// A program (.mlir) or a bundle.
  std::string file;
  /// Empty: `main`, or the only public function.
  std::string entry;
  std::optional<Target> target;
  /// Files by index of the input.
  std::map<unsigned, std::string> inputFiles;
  uint64_t seed = 0;
  Distribution distribution = Distribution::Normal;
  /// What --dist says of single inputs.
  std::map<unsigned, InputRecipe> recipes;
  std::string saveInputs;
  std::string saveOutputs;
  /// Where the reference's outputs go, in double.
  std::string saveReference;
  std::string referenceFile;
  std::string referenceEntry;
  std::string referenceOutputs;
  std::optional<double> tolerance;
  bool bench = false;
  /// A file, or "-" for stdout.
  std::string json;
  bool help = false;

  InputRecipe recipe(unsigned input) const;
};

/// `argv[0]` is the tool's name. Refuses unknown, malformed, repeated and
/// contradictory options.
Expected<RunOptions> parseRunOptions(int argc, const char *const *argv);
std::string runUsage(const std::string &tool);

} // namespace mirage::runtime

#endif // MIRAGE_RUNTIME_OPTIONS_H
