//===- Structures.cpp - The structures of a kernel's ops ------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Analysis/Structures.h"
#include "llvm/ADT/STLExtras.h"

using namespace mirage;
using sem::Op;
using sem::ValueId;

KernelStructures::KernelStructures(const sem::Program &program,
                                   const Op &kernel)
    : program(program) {
  add(kernel.body);
}

std::optional<sem::Structure> KernelStructures::compute(const Op &op) const {
  std::string why;
  return program.structure(op, why);
}

void KernelStructures::add(const std::vector<Op> &body) {
  for (const Op &op : body) {
    add(op.body);
    if (op.kind != Op::Algebra)
      continue;
    std::optional<sem::Structure> s = compute(op);
    if (!s)
      continue;
    Entry entry;
    entry.sources.resize(s->extents.size());
    auto read = [&](const sem::IndexMap &map, ValueId v) {
      for (auto [d, index] : llvm::enumerate(map)) {
        if (std::optional<unsigned> dim = index.asDim())
          entry.sources[*dim] = Source{v, static_cast<unsigned>(d)};
        else if (!index.isZero())
          entry.depends = true;
      }
    };
    for (size_t p = 0; p < s->in.size(); ++p)
      read(s->in[p], op.operands[p]);
    read(s->out, op.results[0]);
    entry.depends |= !s->pieces.empty();
    entry.structure = std::move(*s);
    entries.try_emplace(&op, std::move(entry));
  }
}

void KernelStructures::resize() {
  for (auto &[op, entry] : entries) {
    if (entry.depends) {
      if (std::optional<sem::Structure> s = compute(*op))
        entry.structure = std::move(*s);
      continue;
    }
    for (auto [d, source] : llvm::enumerate(entry.sources))
      if (source)
        entry.structure.extents[d] = program.shape(source->value)[source->dim];
  }
}
