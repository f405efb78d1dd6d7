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
#include <cmath>
#include <limits>

namespace mirage::sem::detail {

/// The domain of the evaluator in which a scalar is a FieldValue.
struct Field {
  const FieldDomain &domain;

  FieldValue constant(double value) const { return domain.constant(value); }
  void applyMany(const ScalarFn &fn, const FieldValue *const *args,
                 FieldValue *out, size_t n) const {
    if (fn.arity == 1) {
      for (size_t i = 0; i < n; ++i)
        domain.apply(fn, &args[0][i], out[i]);
      return;
    }
    bool noTape = !domain.recorder || !domain.recorder->tape;
    bool adds = noTape && fn.field == fieldAdd,
         multiplies = noTape && fn.field == fieldMul;
    FieldValue in[3];
    for (size_t i = 0; i < n; ++i) {
      if ((adds || multiplies) && isPlain(args[0][i]) && isPlain(args[1][i])) {
        applyPlain(multiplies, args[0][i], args[1][i], out[i]);
        continue;
      }
      for (unsigned a = 0; a < fn.arity; ++a)
        in[a] = args[a][i];
      domain.apply(fn, in, out[i]);
    }
  }
  void roundMany(FieldValue *, size_t, ElementType) const {} // R7
  void castMany(FieldValue *values, size_t n, ElementType type) const {
    if (!isFloat(type))
      for (size_t i = 0; i < n; ++i)
        values[i] = castToInteger(domain, values[i], type);
  }
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
  /// Values that lie apart in a larger tensor.
  struct Span {
    const FieldValue *data;
    Shape strides;
  };
  /// A contraction of plain values, row by row of one operand; `out` has its
  /// shape. False: it is none, or a shadow leaves its range.
  bool contractRows(const Structure &s, llvm::ArrayRef<Span> operands,
                    FieldTensor &out) const;

private:
  static bool isPlain(const FieldValue &v) {
    return v.kind == FieldValue::Finite && !v.isLog;
  }
  /// fieldAdd and fieldMul of plain values, in place; `out` may be an argument.
  void applyPlain(bool multiplies, const FieldValue &a, const FieldValue &b,
                  FieldValue &out) const {
    double shadow = multiplies ? a.shadow * b.shadow : a.shadow + b.shadow;
    if (multiplies && shadow == 0 && a.shadow != 0 && b.shadow != 0)
      shadow = std::copysign(std::numeric_limits<double>::min(), shadow);
    bool lost = a.lost || b.lost || std::isinf(shadow);
    for (unsigned i = 0; i < domain.levels(); ++i)
      out.residue[i] = multiplies
                           ? domain.field(i).mul(a.residue[i], b.residue[i])
                           : domain.field(i).add(a.residue[i], b.residue[i]);
    out.bad = a.bad | b.bad;
    out.shadow = lost ? std::numeric_limits<double>::quiet_NaN() : shadow;
    out.lost = lost;
    out.kind = FieldValue::Finite;
    out.isLog = out.literal = out.truncated = false;
    out.node = 0;
  }
  FieldValue dot(const FieldValue *a, llvm::ArrayRef<int64_t> aOffsets,
                 const FieldValue *b, llvm::ArrayRef<int64_t> bOffsets) const;
};

} // namespace mirage::sem::detail

#endif // MIRAGE_LIB_SEMANTICS_FIELDENGINE_H
