//===- Programs.cpp - What the layers ask of programs ---------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include <cmath>

using namespace mirage::sem;
using namespace mirage::verify;

Structure mirage::verify::structureOf(const Program &program, const Op &op) {
  std::string why;
  std::optional<Structure> s = program.structure(op, why);
  if (!s)
    llvm::report_fatal_error(llvm::StringRef("ill-formed program: " + why));
  return *s;
}

/// Replaces uses of `from` by `to`, in `ops` and what they contain.
static void rename(std::vector<Op> &ops, ValueId from, ValueId to) {
  for (Op &op : ops) {
    llvm::replace(op.operands, from, to);
    rename(op.body, from, to);
  }
}

/// Makes the results of the dense constants with this data one input.
static bool lift(Program &program, const ValueType &type,
                 const std::vector<double> &data) {
  llvm::SmallVector<ValueId> values;
  auto matches = [&](const Op &op) {
    return op.kind == Op::Dense && program.values[op.results[0]] == type &&
           *op.data == data;
  };
  for (const Op &op : program.ops)
    if (matches(op))
      values.push_back(op.results[0]);
  if (values.empty())
    return false;
  llvm::erase_if(program.ops, matches);
  for (ValueId v : llvm::drop_begin(values)) {
    rename(program.ops, v, values.front());
    llvm::replace(program.outputs, v, values.front());
  }
  program.inputs.push_back(values.front());
  return true;
}

std::vector<std::shared_ptr<const std::vector<double>>>
mirage::verify::liftDense(Program &reference, Program &candidate) {
  std::vector<std::shared_ptr<const std::vector<double>>> lifted;
  auto isFinite = [](double v) { return std::isfinite(v); };
  auto find = [&]() -> const Op * {
    for (const Op &r : reference.ops)
      if (r.kind == Op::Dense && r.data->size() > 1 &&
          llvm::all_of(*r.data, isFinite))
        for (const Op &c : candidate.ops)
          if (c.kind == Op::Dense &&
              candidate.values[c.results[0]] ==
                  reference.values[r.results[0]] &&
              *c.data == *r.data)
            return &r;
    return nullptr;
  };
  while (const Op *op = find()) {
    auto data = op->data;
    ValueType type = reference.values[op->results[0]];
    lift(reference, type, *data);
    lift(candidate, type, *data);
    lifted.push_back(std::move(data));
  }
  return lifted;
}
