//===- Distribution.cpp - How a block's threads share out its tiles -------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Analysis/Distribution.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <array>
#include <cmath>

using namespace mirage;
using sem::Op;
using sem::ValueId;

/// Registers that a thread may spend on results that outlive a loop's step.
static constexpr int64_t accumulatorLimit = 64;

bool mirage::canInline(const sem::Structure &s) {
  if (s.combine || !s.pieces.empty())
    return false;
  for (auto [d, index] : llvm::enumerate(s.out))
    if (index.asDim() != std::optional<unsigned>(d))
      return false;
  return true;
}

namespace {
class Distributor {
public:
  Distributor(const sem::Program &program, const Op &kernel,
              const KernelStructures &structures, int64_t threads)
      : program(program), kernel(kernel), structures(structures) {
    result.threads = threads;
  }

  Distribution run() {
    collect(kernel, 1);
    if (!result.threads)
      result.threads = chooseThreads();
    for (ValueId v : order)
      chooseBox(v);
    // Whether a tile is read often depends on what its readers do.
    for (ValueId v : llvm::reverse(order))
      if (isInline(v))
        result.places[v] = Place::Inline;
    return std::move(result);
  }

private:
  struct Use {
    const Op *op; // a loop: it accumulates the tile
    unsigned operand;
    double trips;
  };
  struct Info {
    const Op *def = nullptr;
    const Op *parent = nullptr;
    double trips = 1;                          // how often a block computes it
    const sem::Structure *structure = nullptr; // of an algebra op
    llvm::SmallVector<Use, 2> uses;
  };

  int64_t elements(ValueId v) const {
    return sem::numElements(program.shape(v));
  }
  int64_t bytes(ValueId v) const {
    return llvm::divideCeil(sem::bitWidth(program.values[v].element), 8);
  }
  const Info *find(ValueId v) const {
    auto it = infos.find(v);
    return it == infos.end() ? nullptr : &it->second;
  }

  void collect(const Op &parent, double trips) {
    for (const Op &op : parent.body) {
      for (auto [i, v] : llvm::enumerate(op.operands))
        infos[v].uses.push_back({&op, static_cast<unsigned>(i), trips});
      if (op.kind == Op::Store)
        continue;
      for (ValueId v : op.results) {
        Info &info = infos[v];
        info.def = &op;
        info.parent = &parent;
        info.trips = trips;
        info.structure = structures.of(op);
        order.push_back(v);
      }
      if (op.kind != Op::Loop)
        continue;
      double inner = trips;
      for (sem::AxisId axis : op.axes)
        inner *= program.axes[axis].extent;
      collect(op, inner);
      for (auto [i, a] : llvm::enumerate(op.accumulators))
        infos[a.value].uses.push_back({&op, static_cast<unsigned>(i), inner});
    }
  }

  /// Few threads leave too little in flight, many wait at barriers.
  int64_t chooseThreads() const {
    int64_t most = 0;
    for (ValueId v : order)
      most = std::max(most, elements(v));
    return most > 1024 ? 256 : 128;
  }

  //===--------------------------------------------------------------------===//
  // Boxes
  //===--------------------------------------------------------------------===//

  /// The dimension of `v` along which its elements are consecutive in memory.
  std::optional<unsigned> consecutiveDim(ValueId v) const {
    const Info *info = find(v);
    if (info && info->structure && canInline(*info->structure)) {
      const sem::Structure &s = *info->structure;
      for (auto [p, operand] : llvm::enumerate(info->def->operands)) {
        if (elements(operand) != elements(v))
          continue;
        std::optional<unsigned> inner = consecutiveDim(operand);
        return inner ? s.in[p][*inner].asDim() : std::nullopt;
      }
    }
    const sem::Shape &shape = program.shape(v);
    for (size_t d = shape.size(); d-- > 0;)
      if (shape[d] != 1)
        return d;
    return std::nullopt;
  }

  /// Whether the loop around it sums up the result of a reduction `v`, so that
  /// threads can keep what they have of it until the loop ends.
  bool isAccumulated(ValueId v) const {
    const Info &info = *find(v);
    const sem::Structure &s = *info.structure;
    if (info.uses.size() != 1 || s.relative || info.uses[0].op != info.parent ||
        info.parent->kind != Op::Loop)
      return false;
    const auto &accumulators = info.parent->accumulators;
    const sem::Accumulator &a = accumulators[info.uses[0].operand];
    ValueId sum = info.parent->results[info.uses[0].operand];
    bool isMaximum = llvm::any_of(accumulators, [&](const auto &other) {
      return other.rel == static_cast<int>(info.uses[0].operand);
    });
    return a.value == v && a.kind == *s.combine && a.rel < 0 && !isMaximum &&
           program.values[sum].element == program.values[v].element &&
           sem::isFloat(program.values[v].element) &&
           sem::accumulationType(program.values[v].element) ==
               program.values[v].element;
  }

  /// The dimensions along which boxes are wide: at most the last two of the
  /// result and the last reduced one. Sizes of a box along them, in that order.
  static constexpr unsigned row = 0, column = 1, depth = 2;
  using Sizes = std::array<int64_t, 3>;

  /// What matters of an operand for the choice of a box.
  struct Operand {
    std::array<bool, 3> varies{};       // with the wide dimensions
    std::optional<unsigned> vectorized; // the one that it is consecutive along
    double vector;                      // elements that one instruction moves
  };

  struct Choice {
    Sizes size{1, 1, 1};
    int64_t group = 1, warps = 1;
    double cost = INFINITY;
    int64_t kept = 0; // results that a thread holds
  };

  /// What a box is chosen for: the op, and what does not depend on the box.
  struct Problem {
    const sem::Structure &structure;
    llvm::SmallVector<Operand, 2> operands;
    double outputVector;           // elements that one instruction moves
    double results = 1, terms = 1; // of the op; terms of each result
    double flops;                  // of a term
    bool accumulated;
  };

  /// Instructions of a thread; those on memory count several times.
  void estimate(const Problem &p, Choice choice, Choice &best) const {
    constexpr double memory = 4, shuffle = 6;
    const Sizes &size = choice.size;
    double kept = size[row] * size[column], group = choice.group,
           lanes = group * choice.warps;
    double work = kept * size[depth] * p.flops;
    for (const Operand &operand : p.operands) {
      double read = 1;
      for (unsigned d : {row, column, depth})
        if (operand.varies[d])
          read *= size[d];
      double vector =
          operand.vectorized
              ? std::min<double>(size[*operand.vectorized], operand.vector)
              : 1;
      work += read + memory * read / vector;
    }
    double rounds = std::ceil(p.results / kept * lanes / result.threads);
    double steps = std::ceil(p.terms / size[depth] / lanes);
    choice.cost = rounds * steps * work;
    if (!p.structure.combine)
      choice.cost += rounds * memory * kept /
                     std::min<double>(size[column], p.outputVector);
    else if (!p.accumulated)
      choice.cost += rounds * kept * llvm::Log2_64(choice.group) * shuffle;
    // Threads of a warp that share outputs do not read neighbouring elements.
    if (size[column] > 1)
      choice.cost *= group > 16 ? 1.4 : group > 8 ? 1.15 : 1;
    choice.kept = static_cast<int64_t>(rounds * kept);
    if (choice.cost < best.cost)
      best = choice;
  }

  void chooseBox(ValueId v) {
    const Info &info = *find(v);
    if (!info.structure || !info.structure->pieces.empty() ||
        info.structure->extents.empty())
      return;
    const sem::Structure &s = *info.structure;
    unsigned rank = s.extents.size(), parallel = llvm::count(s.reduced, false);
    std::array<std::optional<unsigned>, 3> dims;
    if (parallel >= 2 && s.combine)
      dims[row] = parallel - 2;
    if (parallel >= 1)
      dims[column] = parallel - 1;
    if (rank > parallel)
      dims[depth] = rank - 1;

    bool wide64 = needs64Bits(info, v);
    Problem problem{s,
                    {},
                    static_cast<double>(vectorBytes) / bytes(v),
                    1,
                    1,
                    std::max(1.0, s.body.flops()),
                    s.combine && isAccumulated(v)};
    for (auto [p, id] : llvm::enumerate(info.def->operands)) {
      Operand operand;
      operand.vector = static_cast<double>(vectorBytes) / bytes(id);
      std::optional<unsigned> consecutive = consecutiveDim(id);
      for (auto [d, index] : llvm::enumerate(s.in[p]))
        for (unsigned wide : {row, column, depth})
          if (dims[wide] && index.asDim() == dims[wide]) {
            operand.varies[wide] = true;
            if (consecutive == static_cast<unsigned>(d))
              operand.vectorized = wide;
          }
      problem.operands.push_back(operand);
    }
    for (unsigned d = 0; d < rank; ++d)
      (s.reduced[d] ? problem.terms : problem.results) *= s.extents[d];
    double results = problem.results, terms = problem.terms;
    bool accumulated = problem.accumulated;

    auto divides = [&](unsigned wide, int64_t size, int64_t most) {
      return size == 1 ||
             (dims[wide] && size <= most && s.extents[*dims[wide]] % size == 0);
    };
    Choice best;
    // An f64 does not go through a shuffle.
    int64_t groups = s.combine && !wide64 ? warpSize : 1;
    for (int64_t r = 1; divides(row, r, 4); r *= 2)
      for (int64_t c = 1; divides(column, c, 8); c *= 2)
        for (int64_t k = 1; divides(depth, k, 8); k *= 2) {
          for (int64_t g = 1;
               g <= groups && results / (r * c) * g < 2 * result.threads &&
               g < 2 * terms / k;
               g *= 2)
            for (int64_t w = 1;
                 w == 1 || (accumulated && w * warpSize <= result.threads &&
                            results / (r * c) * g * w < 2 * result.threads &&
                            g * w < 2 * terms / k);
                 w *= 2)
              estimate(problem, {{r, c, k}, g, w}, best);
          // All threads of the block share one box of results.
          if (groups > 1 && !s.relative && r * c == results && r * c <= 4 &&
              result.threads <= 256 && llvm::isPowerOf2_64(result.threads))
            estimate(problem, {{r, c, k}, result.threads, 1}, best);
        }
    // Other warps' results meet where the loop's result lives.
    if (accumulated && best.kept <= accumulatorLimit)
      result.places[v] = Place::Registers;
    else
      best.warps = 1;
    ThreadBox box;
    box.extents.assign(rank, 1);
    for (unsigned wide : {row, column, depth})
      if (dims[wide])
        box.extents[*dims[wide]] = best.size[wide];
    box.group = best.group;
    box.warps = best.warps;
    result.boxes[v] = std::move(box);
  }

  /// Whether a reduction is computed in f64, as the lowering does for integers.
  bool needs64Bits(const Info &info, ValueId v) const {
    auto needs = [&](ValueId id) {
      sem::ElementType type = program.values[id].element;
      return type == sem::ElementType::F64 || type == sem::ElementType::I32;
    };
    return needs(v) || llvm::any_of(info.def->operands, needs);
  }

  //===--------------------------------------------------------------------===//
  // Places
  //===--------------------------------------------------------------------===//

  /// How many elements of `v` a block reads.
  double reads(ValueId v) {
    auto [it, isNew] = readCounts.try_emplace(v, 0);
    if (!isNew)
      return it->second;
    double sum = countReads(v);
    return readCounts[v] = sum;
  }
  double countReads(ValueId v) {
    double sum = 0;
    for (const Use &use : find(v)->uses) {
      const Op &op = *use.op;
      if (op.kind == Op::Loop) {
        if (result.placeOf(v) == Place::Registers)
          continue;
        sum += use.trips * elements(v);
        for (const sem::Accumulator &other : op.accumulators)
          if (other.rel == static_cast<int>(use.operand))
            sum += 2 * use.trips * elements(other.value);
        continue;
      }
      if (op.kind == Op::Store) {
        sum += use.trips * elements(v);
        continue;
      }
      ValueId made = op.results[0];
      if (result.placeOf(made) == Place::Inline) {
        sum += reads(made);
        continue;
      }
      auto box = result.boxes.find(made);
      if (box == result.boxes.end()) {
        sum += use.trips * elements(made);
        continue;
      }
      const sem::Structure &s = *find(made)->structure;
      double ofBox = 1, boxes = 1;
      for (size_t d = 0; d < s.extents.size(); ++d)
        boxes *= s.extents[d] / box->second.extents[d];
      for (const sem::IndexExpr &index : s.in[use.operand])
        if (std::optional<unsigned> dim = index.asDim())
          ofBox *= box->second.extents[*dim];
      sum += use.trips * boxes * ofBox * (s.relative ? 2 : 1);
    }
    return sum;
  }

  /// Whether threads that read `v` where it is used read consecutive elements
  /// of its memory together.
  bool isReadInOrder(ValueId v, std::optional<unsigned> dim) const {
    if (!dim)
      return true;
    return llvm::all_of(find(v)->uses, [&](const Use &use) {
      const Op &op = *use.op;
      if (op.kind == Op::Loop || op.kind == Op::Store) {
        std::optional<unsigned> last = lastDim(program.shape(v));
        return last == dim;
      }
      ValueId made = op.results[0];
      const Info *info = find(made);
      if (op.kind == Op::Load)
        return result.placeOf(made) != Place::Inline ||
               isReadInOrder(made, dim);
      if (!info || !info->structure)
        return true;
      const sem::Structure &s = *info->structure;
      if (!s.pieces.empty())
        return true;
      std::optional<unsigned> at = s.in[use.operand][*dim].asDim();
      if (!at)
        return false;
      if (result.placeOf(made) == Place::Inline)
        return isReadInOrder(made, at);
      auto box = result.boxes.find(made);
      if (box == result.boxes.end())
        return true;
      size_t parallel = llvm::count(s.reduced, false);
      return *at + 1 == parallel || box->second.extents[*at] * bytes(v) >= 8 ||
             (s.reduced[*at] && box->second.group > 1);
    });
  }

  static std::optional<unsigned> lastDim(const sem::Shape &shape) {
    for (size_t d = shape.size(); d-- > 0;)
      if (shape[d] != 1)
        return d;
    return std::nullopt;
  }

  bool isInline(ValueId v) {
    const Info &info = *find(v);
    double ratio = reads(v) / (elements(v) * info.trips);
    if (info.def->kind == Op::Load) {
      const Info *source = find(info.def->operands[0]);
      if (source && source->def)
        return ratio <= 16;
      // Elements that few threads read, or few elements, come from the cache.
      double largest = 0;
      for (const Op &op : info.parent->body)
        if (op.kind == Op::Load)
          largest = std::max<double>(largest, elements(op.results[0]));
      return isReadInOrder(v, lastDim(program.shape(v))) &&
             (ratio <= 4 ||
              (ratio <= 32 && ratio * elements(v) <= 2 * largest));
    }
    if (!info.structure || !canInline(*info.structure))
      return false;
    double flops = info.structure->body.flops();
    return ratio <= (flops == 0 ? 16 : flops <= 1 ? 2 : 1);
  }

  const sem::Program &program;
  const Op &kernel;
  const KernelStructures &structures;
  Distribution result;
  llvm::DenseMap<ValueId, Info> infos;
  std::vector<ValueId> order;
  llvm::DenseMap<ValueId, double> readCounts;
};
} // namespace

Distribution mirage::distribute(const sem::Program &program, const Op &kernel,
                                const KernelStructures &structures,
                                int64_t threads) {
  return Distributor(program, kernel, structures, threads).run();
}
