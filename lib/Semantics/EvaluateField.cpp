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
                               const Shape &strides, bool reduced) {
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

/// Whether the values can be multiplied residue by residue.
bool arePlain(ArrayRef<FieldValue> values) {
  unsigned other = 0;
  for (const FieldValue &v : values)
    other |= v.kind | v.isLog;
  return other == FieldValue::Finite;
}

/// How many neighbours are computed at once: their values and sums fit a cache
/// while rows of a matrix stream through it.
constexpr unsigned width = 64;

/// The n <= width sums over k of x[xOffsets[k]] * y[yOffsets[k] + j]. False:
/// not all of what it reads is plain and in the range of a shadow.
template <unsigned Levels>
bool rowOfSums(const FieldDomain &domain, const FieldValue *x,
               ArrayRef<int64_t> xOffsets, const FieldValue *y,
               ArrayRef<int64_t> yOffsets, unsigned n, FieldValue *out) {
  using uint128 = unsigned __int128;
  uint128 sums[Levels][width] = {};
  double shadows[width] = {};
  uint8_t bad[width] = {};
  std::array<PrimeField, Levels> fields;
  for (unsigned i = 0; i < Levels; ++i)
    fields[i] = domain.field(i);
  unsigned other = 0;
  size_t k = 0, size = xOffsets.size();
  auto addProducts = [&](auto count) {
    constexpr unsigned group = decltype(count)::value;
    const FieldValue *xs[group], *ys[group];
    for (unsigned g = 0; g < group; ++g) {
      xs[g] = x + xOffsets[k + g];
      ys[g] = y + yOffsets[k + g];
      other |= xs[g]->kind | xs[g]->isLog | xs[g]->lost;
    }
    for (unsigned j = 0; j < n; ++j) {
      for (unsigned g = 0; g < group; ++g) {
        const FieldValue &b = ys[g][j];
        shadows[j] += xs[g]->shadow * b.shadow;
        bad[j] |= xs[g]->bad | b.bad;
        other |= b.kind | b.isLog | b.lost;
      }
      for (unsigned i = 0; i < Levels; ++i) {
        // Residues are below 2^62, so four products are below prime * 2^64,
        // as the sum before them is.
        uint128 sum = sums[i][j];
        for (unsigned g = 0; g < group; ++g)
          sum += static_cast<uint128>(xs[g]->residue[i]) * ys[g][j].residue[i];
        sums[i][j] = fields[i].reduceOnce(sum);
      }
    }
    k += group;
  };
  while (k + 4 <= size)
    addProducts(std::integral_constant<unsigned, 4>());
  while (k < size)
    addProducts(std::integral_constant<unsigned, 1>());
  // What is infinite or no number on the way stays one of them.
  for (unsigned j = 0; j < n; ++j)
    other |= !std::isfinite(shadows[j]);
  if (other)
    return false;
  for (unsigned j = 0; j < n; ++j) {
    FieldValue r;
    for (unsigned i = 0; i < Levels; ++i)
      r.residue[i] = fields[i].reduce(sums[i][j]);
    r.shadow = shadows[j];
    r.bad = bad[j];
    out[j] = r;
  }
  return true;
}

using RowOfSums = decltype(rowOfSums<1>);
RowOfSums *const rowsOfSums[] = {rowOfSums<1>, rowOfSums<2>, rowOfSums<3>,
                                 rowOfSums<4>, rowOfSums<5>};
static_assert(std::size(rowsOfSums) == FieldValue::maxLevels);
} // namespace

/// The sum of products, reduced once.
FieldValue detail::Field::dot(const FieldValue *a, ArrayRef<int64_t> aOffsets,
                              const FieldValue *b,
                              ArrayRef<int64_t> bOffsets) const {
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

bool detail::Field::contractRows(const Structure &s, ArrayRef<Span> operands,
                                 FieldTensor &out) const {
  // What is computed one by one leaves more on the tape.
  if (!s.isContraction() || numElements(s.extents) == 0 ||
      (domain.recorder && domain.recorder->tape))
    return false;
  const FieldValue *x = operands[0].data, *y = operands[1].data;
  auto xOuter = offsetsOf(s, s.in[0], operands[0].strides, false),
       yOuter = offsetsOf(s, s.in[1], operands[1].strides, false),
       xInner = offsetsOf(s, s.in[0], operands[0].strides, true),
       yInner = offsetsOf(s, s.in[1], operands[1].strides, true),
       to = offsetsOf(s, s.out, stridesOf(out.shape), false);
  // Neighbours in a row of one operand that share all of the other.
  size_t row = 1;
  for (size_t d = s.extents.size(); d-- > 0 && row == 1;)
    if (!s.reduced[d])
      row = s.extents[d];
  if (row == 1)
    return false;
  auto isStep = [row](ArrayRef<int64_t> offsets, int64_t step) {
    return offsets[1] - offsets[0] == step &&
           offsets[row - 1] - offsets[0] ==
               step * (static_cast<int64_t>(row) - 1);
  };
  if (isStep(xOuter, 1) && isStep(yOuter, 0)) {
    std::swap(x, y);
    std::swap(xOuter, yOuter);
    std::swap(xInner, yInner);
  }
  if (!isStep(xOuter, 0) || !isStep(yOuter, 1) || !isStep(to, 1))
    return false;
  out.data.resize(numElements(out.shape));
  RowOfSums *sums = rowsOfSums[domain.levels() - 1];
  for (size_t i = 0, n; i < to.size(); i += n) {
    n = std::min<size_t>(width, row - i % row);
    if (!sums(domain, x + xOuter[i], xInner, y + yOuter[i], yInner, n,
              &out.data[to[i]]))
      return false;
  }
  return true;
}

bool detail::Field::contract(const Structure &s,
                             ArrayRef<const FieldTensor *> operands,
                             FieldTensor &out) const {
  if (!s.isContraction() || numElements(s.extents) == 0 ||
      (domain.recorder && domain.recorder->tape))
    return false;
  const FieldTensor &a = *operands[0], &b = *operands[1];
  Shape aStrides = stridesOf(a.shape), bStrides = stridesOf(b.shape);
  if (contractRows(s, {{a.data.data(), aStrides}, {b.data.data(), bStrides}},
                   out))
    return true;
  if (!arePlain(a.data) || !arePlain(b.data))
    return false;
  auto aOuter = offsetsOf(s, s.in[0], aStrides, false),
       bOuter = offsetsOf(s, s.in[1], bStrides, false),
       aInner = offsetsOf(s, s.in[0], aStrides, true),
       bInner = offsetsOf(s, s.in[1], bStrides, true),
       to = offsetsOf(s, s.out, stridesOf(out.shape), false);
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
