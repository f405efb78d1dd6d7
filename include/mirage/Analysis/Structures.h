//===- Structures.h - The structures of a kernel's ops ----------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What an op computes, looked up by the op. Sizes may change under it: the
// search asks about one kernel at many sizes.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_ANALYSIS_STRUCTURES_H
#define MIRAGE_ANALYSIS_STRUCTURES_H

#include "mirage/Semantics/Program.h"
#include "llvm/ADT/DenseMap.h"

namespace mirage {

class KernelStructures {
public:
  /// All algebra ops in the body of `kernel`. No extent of a tile that later
  /// is larger may be 1 now: it would be taken for a broadcast one.
  KernelStructures(const sem::Program &program, const sem::Op &kernel);

  /// Null where `op` is no algebra.
  const sem::Structure *of(const sem::Op &op) const {
    auto it = entries.find(&op);
    return it == entries.end() ? nullptr : &it->second.structure;
  }

  /// Follows the shapes that the program has now.
  void resize();

private:
  /// A dimension of a value.
  struct Source {
    sem::ValueId value;
    unsigned dim;
  };
  struct Entry {
    sem::Structure structure;
    /// Where each extent of the iteration can be read off.
    llvm::SmallVector<std::optional<Source>, 4> sources;
    /// Its index maps hold extents.
    bool depends = false;
  };

  void add(const std::vector<sem::Op> &body);
  std::optional<sem::Structure> compute(const sem::Op &op) const;

  const sem::Program &program;
  llvm::DenseMap<const sem::Op *, Entry> entries;
};

} // namespace mirage

#endif // MIRAGE_ANALYSIS_STRUCTURES_H
