//===- Narrowing.cpp - Where a plan may round more than its program -------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "mirage/Verify/Surrogate.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include <set>

using namespace mirage::sem;
using namespace mirage::verify;

namespace {
/// What the values of a program that were rounded are used for.
struct Roundings {
  explicit Roundings(const Program &program);

  /// Types to which something is rounded that is used otherwise than by
  /// products and as an output.
  std::set<ElementType> otherUses;
  /// Types to which something is rounded for a product.
  std::set<ElementType> products;
  /// Types of the products' operands.
  std::set<ElementType> productOperands;

private:
  void follow(llvm::ArrayRef<Op> ops);

  const Program &program;
  /// Rounded values that nothing but moves came after.
  llvm::BitVector rounded;
};

bool isMatmul(const Op &op) {
  return op.kind == Op::Algebra && op.sem->name() == matmulSem().name();
}

/// Only moves elements.
bool isView(const Op &op) {
  return op.kind == Op::Algebra &&
         llvm::is_contained({reshapeSem().name(), sliceSem().name(),
                             transposeSem().name(), broadcastSem().name(),
                             concatSem().name()},
                            op.sem->name());
}
} // namespace

Roundings::Roundings(const Program &program)
    : program(program), rounded(program.values.size()) {
  follow(program.ops);
}

void Roundings::follow(llvm::ArrayRef<Op> ops) {
  for (const Op &op : ops) {
    follow(op.body);
    for (ValueId v : op.operands) {
      ElementType type = program.values[v].element;
      if (isMatmul(op)) {
        productOperands.insert(type);
        if (rounded.test(v))
          products.insert(type);
        continue;
      }
      if (!rounded.test(v))
        continue;
      if (op.kind == Op::Load || op.kind == Op::Store || isView(op))
        rounded.set(op.results[0]);
      else
        otherUses.insert(type);
    }
    // What a loop combines is used, but for tiles put side by side.
    for (auto [a, result] : llvm::zip(op.accumulators, op.results)) {
      if (!rounded.test(a.value))
        continue;
      if (a.kind == Combiner::Stack)
        rounded.set(result);
      else
        otherUses.insert(program.values[a.value].element);
    }
    if (op.kind != Op::Algebra || isView(op))
      continue;
    ElementType type = program.values[op.results[0]].element;
    auto isWider = [&](ValueId v) {
      ElementType from = program.values[v].element;
      return isFloat(from) && bitWidth(from) > bitWidth(type);
    };
    if (isFloat(type) && llvm::any_of(op.operands, isWider))
      rounded.set(op.results[0]);
  }
}

std::string mirage::verify::narrowingFault(const Program &reference,
                                           const Program &candidate) {
  Roundings r(reference), c(candidate);
  for (ElementType type : c.products)
    if (!r.productOperands.count(type))
      return "operands of a product are rounded to " + toString(type).str() +
             ", which no product of the program takes";
  for (ElementType type : c.otherUses)
    if (!r.otherUses.count(type))
      return "a value that is no operand of a product is rounded to " +
             toString(type).str() + ", as none of the program is";
  return "";
}
