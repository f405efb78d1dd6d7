//===- Surrogate.h - Small shapes that stand for large ones -----*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ops of two programs with the same signature say which extents must stay
// equal, which are products or sums of others, and which are covered by tiles.
// A surrogate assigns new values to the extents so that all of this still
// holds; neither program is derived anew.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_VERIFY_SURROGATE_H
#define MIRAGE_VERIFY_SURROGATE_H

#include "mirage/Semantics/Program.h"
#include <map>
#include <memory>

namespace mirage::verify {

/// False, with a reason, if evaluating the program would have no meaning: an op
/// that does not fit its operands, a value used before it is computed, a split
/// that does not cover its dimension, or a store that names an axis of its
/// kernel not at all or twice.
bool isWellFormed(const sem::Program &program, std::string &why);

/// How many scalar functions an evaluation computes, about.
double scalarOps(const sem::Program &program);

/// Visits every op, outer ones first.
void walk(llvm::ArrayRef<sem::Op> ops,
          llvm::function_ref<void(const sem::Op &)> visit);

/// New extents of one program.
struct ProgramSizes {
  std::vector<sem::Shape> values;
  std::vector<int64_t> axes;
  /// Ops whose parameters hold extents or positions.
  std::map<const sem::Op *, sem::Params> params;
  /// Constants tied to an extent: numerator and denominator.
  std::map<const sem::Op *, std::pair<int64_t, int64_t>> literals;
};

struct Assignment {
  std::string name;
  ProgramSizes reference, candidate;
  /// The new extents that literals were tied to.
  std::vector<int64_t> tied;
};

enum class SurrogateKind {
  /// Tiles divide their dimensions; at least 2 blocks and 3 steps.
  Dividing,
  /// As Dividing, and what is ragged in the programs stays so.
  Ragged,
  /// Larger tiles, for rounded arithmetic: at least two full ones and what is
  /// ragged.
  Float,
};
llvm::StringRef toString(SurrogateKind kind);

struct SurrogateOptions {
  SurrogateKind kind = SurrogateKind::Dividing;
  /// Replace literals that stand for an extent by the new extent.
  bool tieMeans = false;
  /// Float: tiles are not made wider than this.
  int64_t tileCap = 64;
  /// Extents that no dimension may take, besides the programs' literals: a
  /// literal that happens to be an extent would pass for a count.
  std::vector<int64_t> avoid;
};

/// The classes of extents of a reference and a candidate.
class SizeClasses {
public:
  /// Null, with a reason, if a program is not well-formed or the signatures
  /// differ. The programs must outlive the result.
  static std::unique_ptr<SizeClasses> compute(const sem::Program &reference,
                                              const sem::Program &candidate,
                                              std::string &why);
  ~SizeClasses();

  /// Some tile does not divide its dimension.
  bool hasRaggedTiles() const;
  /// Some literal can be tied to an extent.
  bool hasMeans() const;
  std::optional<Assignment> assign(const SurrogateOptions &options,
                                   std::string &why) const;

  struct Impl;

private:
  explicit SizeClasses(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// The program with new extents, or nothing and a reason.
std::optional<sem::Program> instantiate(const sem::Program &program,
                                        const ProgramSizes &sizes,
                                        std::string &why);

} // namespace mirage::verify

#endif // MIRAGE_VERIFY_SURROGATE_H
