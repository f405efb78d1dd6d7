//===- EvaluateField.cpp - Run a program in finite fields -----------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FieldEngine.h"
#include <cmath>
#include <limits>

using namespace mirage::sem;
using llvm::ArrayRef;

namespace {
/// Where the iterations over the dimensions with `reduced` lie in an operand.
std::vector<int64_t> offsetsOf(const Structure &s, const IndexMap &map,
                               const Shape &shape, bool reduced) {
  Shape strides = detail::stridesOf(shape);
  llvm::SmallVector<int64_t, 4> steps, extents;
  for (size_t d = 0; d < s.extents.size(); ++d) {
    if (s.reduced[d] != reduced)
      continue;
    int64_t step = 0;
    for (size_t i = 0; i < map.size(); ++i)
      if (map[i].asDim() == static_cast<unsigned>(d))
        step += strides[i];
    steps.push_back(step);
    extents.push_back(s.extents[d]);
  }
  std::vector<int64_t> offsets;
  offsets.reserve(numElements(extents));
  llvm::SmallVector<int64_t, 4> index(extents.size(), 0);
  do {
    int64_t offset = 0;
    for (size_t i = 0; i < index.size(); ++i)
      offset += index[i] * steps[i];
    offsets.push_back(offset);
  } while (detail::advance(index, extents));
  return offsets;
}

} // namespace

/// The sum of products, reduced once.
FieldValue detail::Field::dot(const FieldValue *a, ArrayRef<int64_t> aOffsets,
                      const FieldValue *b, ArrayRef<int64_t> bOffsets) const {
  FieldValue r;
  unsigned levels = domain.levels();
  std::array<unsigned __int128, FieldValue::maxLevels> sums{};
  double shadow = 0;
  bool lost = false;
  for (size_t k = 0; k < aOffsets.size(); ++k) {
    const FieldValue &x = a[aOffsets[k]], &y = b[bOffsets[k]];
    for (unsigned i = 0; i < levels; ++i)
      sums[i] =
          domain.field(i).multiplyAdd(sums[i], x.residue[i], y.residue[i]);
    shadow += x.shadow * y.shadow;
    lost |= x.lost | y.lost | std::isinf(shadow);
    r.bad |= x.bad | y.bad;
  }
  for (unsigned i = 0; i < levels; ++i)
    r.residue[i] = domain.field(i).reduce(sums[i]);
  r.lost = lost;
  r.shadow = lost ? std::numeric_limits<double>::quiet_NaN() : shadow;
  return r;
}

bool detail::Field::contract(const Structure &s, ArrayRef<const FieldTensor *> operands,
                     FieldTensor &out) const {
  // What is computed one by one leaves more on the tape.
  if (!s.isContraction() || numElements(s.extents) == 0 ||
      (domain.recorder && domain.recorder->tape))
    return false;
  for (const FieldTensor *t : operands)
    for (const FieldValue &v : t->data)
      if (v.kind != FieldValue::Finite || v.isLog)
        return false;
  const FieldTensor &a = *operands[0], &b = *operands[1];
  auto aOuter = offsetsOf(s, s.in[0], a.shape, false),
       bOuter = offsetsOf(s, s.in[1], b.shape, false),
       aInner = offsetsOf(s, s.in[0], a.shape, true),
       bInner = offsetsOf(s, s.in[1], b.shape, true),
       to = offsetsOf(s, s.out, out.shape, false);
  out.data.resize(numElements(out.shape));
  for (size_t i = 0; i < to.size(); ++i)
    out.data[to[i]] = dot(a.data.data() + aOuter[i], aInner,
                          b.data.data() + bOuter[i], bInner);
  return true;
}

std::vector<FieldTensor> mirage::sem::evaluate(const FieldDomain &domain,
                                               const Program &program,
                                               ArrayRef<FieldTensor> inputs) {
  detail::Field field{domain};
  FieldValue unwritten;
  unwritten.bad = 0xff;
  return detail::Interpreter<detail::Field, FieldValue>(field, program)
      .run(inputs, unwritten);
}
