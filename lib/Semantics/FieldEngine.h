//===- FieldEngine.h - The evaluator in finite fields -----------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_SEMANTICS_FIELDENGINE_H
#define MIRAGE_LIB_SEMANTICS_FIELDENGINE_H

#include "EvaluateImpl.h"
#include "mirage/Semantics/Field.h"

namespace mirage::sem::detail {

/// The domain of the evaluator in which a scalar is a FieldValue.
struct Field {
  const FieldDomain &domain;

  FieldValue constant(double value) const { return domain.constant(value); }
  void applyMany(const ScalarFn &fn, const FieldValue *const *args,
                 FieldValue *out, size_t n) const {
    FieldValue in[3];
    for (size_t i = 0; i < n; ++i) {
      for (unsigned a = 0; a < fn.arity; ++a)
        in[a] = args[a][i];
      domain.apply(fn, in, out[i]);
    }
  }
  void roundMany(FieldValue *, size_t, ElementType) const {} // R7
  void forEachBlock(size_t n, llvm::function_ref<void(size_t)> body) const {
    for (size_t i = 0; i < n; ++i)
      body(i);
  }
  void enter(const Op &op) const {
    if (!domain.recorder)
      return;
    domain.recorder->site = &op;
    if (domain.recorder->tape)
      domain.recorder->tape->inSum =
          op.kind == Op::Loop ||
          (op.kind == Op::Algebra && !op.sem->elementwise());
  }
  bool contract(const Structure &s, llvm::ArrayRef<const FieldTensor *> operands,
                FieldTensor &out) const;

private:
  FieldValue dot(const FieldValue *a, llvm::ArrayRef<int64_t> aOffsets,
                 const FieldValue *b, llvm::ArrayRef<int64_t> bOffsets) const;
};

} // namespace mirage::sem::detail

#endif // MIRAGE_LIB_SEMANTICS_FIELDENGINE_H
