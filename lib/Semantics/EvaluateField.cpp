//===- EvaluateField.cpp - Run a program in finite fields -----------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EvaluateImpl.h"
#include "mirage/Semantics/Field.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"

using namespace mirage::sem;
using llvm::ArrayRef;

namespace {
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
    if (domain.recorder)
      domain.recorder->site = &op;
  }
  bool contract(const Structure &, ArrayRef<const FieldTensor *>,
                FieldTensor &) const {
    return false;
  }
};
} // namespace

std::vector<FieldTensor> mirage::sem::evaluate(const FieldDomain &domain,
                                               const Program &program,
                                               ArrayRef<FieldTensor> inputs) {
  Field field{domain};
  FieldValue unwritten;
  unwritten.bad = 0xff;
  return detail::Interpreter<Field, FieldValue>(field, program)
      .run(inputs, unwritten);
}
