//===- Evaluate.cpp - Run a program in double -----------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Semantics/Evaluate.h"
#include "EvaluateImpl.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Parallel.h"
#include <limits>

using namespace mirage::sem;
using llvm::ArrayRef;

namespace {

/// acc[r][j] += sum over k of a[r][k] * panel[k][j], four rows by eight columns.
__attribute__((target_clones("avx2", "default"))) void
contractPanel(const double *const a[4], int64_t aStep, const double *panel,
              int64_t k, double acc[4][8]) {
  double c[4][8];
  for (int r = 0; r < 4; ++r)
    for (int j = 0; j < 8; ++j)
      c[r][j] = acc[r][j];
  for (int64_t i = 0; i < k; ++i)
    for (int r = 0; r < 4; ++r)
      for (int j = 0; j < 8; ++j)
        c[r][j] += a[r][i * aStep] * panel[i * 8 + j];
  for (int r = 0; r < 4; ++r)
    for (int j = 0; j < 8; ++j)
      acc[r][j] = c[r][j];
}

struct Real {
  const RealDomain &mode;

  double constant(double value) const { return value; }
  void applyMany(const ScalarFn &fn, const double *const *args, double *out,
                 size_t n) const {
    fn.evalMany(args, out, n);
  }
  void roundMany(double *values, size_t n, ElementType type) const {
    // What an integer can hold is part of the function, not of its precision.
    if (type == ElementType::F64 || (!mode.rounded && isFloat(type)))
      return;
    if (type == ElementType::F32) {
      for (size_t i = 0; i < n; ++i)
        values[i] = static_cast<float>(values[i]);
      return;
    }
    for (size_t i = 0; i < n; ++i)
      values[i] = roundTo(values[i], type);
  }
  void castMany(double *values, size_t n, ElementType type) const {
    roundMany(values, n, type);
  }
  void forEachBlock(size_t n, llvm::function_ref<void(size_t)> body) const {
    if (mode.parallel && n > 1)
      llvm::parallelFor(0, n, body);
    else
      for (size_t i = 0; i < n; ++i)
        body(i);
  }

  void enter(const Op &) const {}
  bool contract(const Structure &s, ArrayRef<const Tensor *> operands,
                Tensor &out) const;
};

/// Offsets of all points of some iteration dimensions in one tensor.
std::vector<int64_t> offsetsOf(ArrayRef<unsigned> dims, const Structure &s,
                               const IndexMap &map, const Shape &shape) {
  Shape strides = detail::stridesOf(shape), extents, index(dims.size(), 0);
  for (unsigned d : dims)
    extents.push_back(s.extents[d]);
  std::vector<int64_t> offsets;
  do {
    int64_t offset = 0;
    for (size_t d = 0; d < map.size(); ++d)
      if (std::optional<unsigned> dim = map[d].asDim())
        for (size_t i = 0; i < dims.size(); ++i)
          if (dims[i] == *dim)
            offset += index[i] * strides[d];
    offsets.push_back(offset);
  } while (detail::advance(index, extents));
  return offsets;
}

bool Real::contract(const Structure &s, ArrayRef<const Tensor *> operands,
                    Tensor &out) const {
  if (!s.isContraction() || numElements(s.extents) == 0)
    return false;
  // Sort the dimensions: in both operands, in one, reduced.
  llvm::SmallVector<unsigned> batch, rows, columns, reduced;
  auto uses = [&](const IndexMap &map, unsigned d) {
    return llvm::any_of(map, [&](const IndexExpr &i) { return i.asDim() == d; });
  };
  for (unsigned d = 0; d < s.extents.size(); ++d) {
    bool a = uses(s.in[0], d), b = uses(s.in[1], d);
    if (s.reduced[d])
      reduced.push_back(d);
    else if (a && b)
      batch.push_back(d);
    else if (b)
      columns.push_back(d);
    else
      rows.push_back(d);
  }
  auto count = [&](ArrayRef<unsigned> dims) {
    int64_t n = 1;
    for (unsigned d : dims)
      n *= s.extents[d];
    return n;
  };
  int64_t m = count(rows), n = count(columns), k = count(reduced);
  if (m * n * k < 64)
    return false;
  const Tensor &a = *operands[0], &b = *operands[1];
  auto aBatch = offsetsOf(batch, s, s.in[0], a.shape),
       bBatch = offsetsOf(batch, s, s.in[1], b.shape),
       oBatch = offsetsOf(batch, s, s.out, out.shape),
       aRows = offsetsOf(rows, s, s.in[0], a.shape),
       oRows = offsetsOf(rows, s, s.out, out.shape),
       bColumns = offsetsOf(columns, s, s.in[1], b.shape),
       oColumns = offsetsOf(columns, s, s.out, out.shape),
       aReduced = offsetsOf(reduced, s, s.in[0], a.shape),
       bReduced = offsetsOf(reduced, s, s.in[1], b.shape);
  int64_t aStep = k > 1 ? aReduced[1] - aReduced[0] : 1;
  for (int64_t i = 0; i < k; ++i)
    if (aReduced[i] != i * aStep)
      return false;
  out.data.assign(numElements(out.shape), 0);
  int64_t panels = (n + 7) / 8;
  forEachBlock(aBatch.size() * panels, [&](size_t job) {
    size_t q = job / panels;
    int64_t first = (job % panels) * 8, width = std::min<int64_t>(8, n - first);
    std::vector<double> panel(k * 8, 0.0);
    for (int64_t i = 0; i < k; ++i)
      for (int64_t j = 0; j < width; ++j)
        panel[i * 8 + j] = b.data[bBatch[q] + bReduced[i] + bColumns[first + j]];
    for (int64_t row = 0; row < m; row += 4) {
      const double *pointers[4];
      for (int64_t r = 0; r < 4; ++r)
        pointers[r] =
            a.data.data() + aBatch[q] + aRows[std::min(row + r, m - 1)];
      double acc[4][8] = {};
      contractPanel(pointers, aStep, panel.data(), k, acc);
      for (int64_t r = 0; r < std::min<int64_t>(4, m - row); ++r)
        for (int64_t j = 0; j < width; ++j)
          out.data[oBatch[q] + oRows[row + r] + oColumns[first + j]] = acc[r][j];
    }
  });
  return true;
}
} // namespace

std::vector<Tensor> mirage::sem::evaluate(const RealDomain &mode,
                                          const Program &program,
                                          ArrayRef<Tensor> inputs) {
  Real domain{mode};
  double unwritten = std::numeric_limits<double>::quiet_NaN();
  return detail::Interpreter<Real, double>(domain, program)
      .run(inputs, unwritten);
}

Tensor mirage::sem::evaluate(const RealDomain &mode, const Structure &structure,
                             ArrayRef<const Tensor *> operands,
                             ElementType result) {
  Real domain{mode};
  return detail::Engine<Real, double>(domain).run(structure, operands, result);
}
