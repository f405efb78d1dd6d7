//===- Cone.cpp - What a few elements depend on ---------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// First backwards: the region of each value that is needed, and the blocks of
// each kernel with the regions of their tiles. Then forwards, each op on its
// region. A region is a product of lists of indices; where the demand is no
// product, the product that holds it is computed.
//
//===----------------------------------------------------------------------===//

#include "mirage/Semantics/Cone.h"
#include "FieldEngine.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include <map>
#include <numeric>
#include <set>

using namespace mirage::sem;
using llvm::ArrayRef;

using Indices = std::vector<int64_t>;

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

static void include(Indices &to, const Indices &other) {
  if (to == other || other.empty())
    return;
  // What blocks need one after the other.
  if (to.empty() || to.back() < other.front()) {
    to.insert(to.end(), other.begin(), other.end());
    return;
  }
  if (std::includes(llvm::lower_bound(to, other.front()), to.end(),
                    other.begin(), other.end()))
    return;
  Indices merged;
  std::set_union(to.begin(), to.end(), other.begin(), other.end(),
                 std::back_inserter(merged));
  to = std::move(merged);
}

void mirage::sem::include(Region &region, const Region &other) {
  for (size_t d = 0; d < region.size(); ++d)
    ::include(region[d], other[d]);
}

int64_t mirage::sem::numElements(const Region &region) {
  int64_t n = 1;
  for (const Indices &indices : region)
    n *= indices.size();
  return n;
}

static Indices all(int64_t extent) {
  Indices indices(extent);
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

/// In order, and each once.
static Indices ordered(Indices indices) {
  // Most are: those of a tile that lies in one place.
  if (std::adjacent_find(indices.begin(), indices.end(),
                         std::greater_equal<int64_t>()) == indices.end())
    return indices;
  llvm::sort(indices);
  indices.erase(llvm::unique(indices), indices.end());
  return indices;
}

static Indices shifted(Indices indices, int64_t by) {
  for (int64_t &index : indices)
    index += by;
  return indices;
}

/// For each dimension of the iteration, the one of the result that it is, or
/// -1.
static std::vector<int> resultDims(const Structure &s) {
  std::vector<int> dims(s.extents.size(), -1);
  for (size_t k = 0; k < s.out.size(); ++k)
    if (std::optional<unsigned> d = s.out[k].asDim())
      dims[*d] = k;
  return dims;
}

/// What an op computes where `wanted` is needed of its result.
static Region iterationOf(const Structure &s, const Region &wanted) {
  Region iteration;
  for (auto [extent, k] : llvm::zip(s.extents, resultDims(s)))
    iteration.push_back(k < 0 ? all(extent) : wanted[k]);
  return iteration;
}

static Indices intersection(const Indices &a, const Indices &b) {
  if (a == b)
    return a;
  Indices result;
  if (a.empty() || b.empty())
    return result;
  // One of them may be that of a tile in a large tensor.
  std::set_intersection(
      llvm::lower_bound(a, b.front()), llvm::upper_bound(a, b.back()),
      llvm::lower_bound(b, a.front()), llvm::upper_bound(b, a.back()),
      std::back_inserter(result));
  return result;
}

static Shape shapeOf(const Region &region) {
  Shape shape;
  for (const Indices &indices : region)
    shape.push_back(indices.size());
  return shape;
}

static bool isRun(const Indices &indices) {
  return !indices.empty() && indices.back() - indices.front() + 1 ==
                                 static_cast<int64_t>(indices.size());
}

/// Where `wanted` stands in `have`, which holds all of it.
static Indices positions(const Indices &wanted, const Indices &have) {
  Indices result;
  result.reserve(wanted.size());
  if (isRun(have)) {
    for (int64_t index : wanted)
      result.push_back(index - have.front());
    return result;
  }
  auto it = have.begin();
  for (int64_t index : wanted) {
    it = std::lower_bound(it, have.end(), index);
    result.push_back(it - have.begin());
  }
  return result;
}

/// Calls `body` with each point of a product of lists.
static void forEachPoint(const Region &lists,
                         llvm::function_ref<void(ArrayRef<int64_t>)> body) {
  Shape extents = shapeOf(lists), at(lists.size(), 0), point(lists.size(), 0);
  if (llvm::is_contained(extents, 0))
    return;
  do {
    for (size_t d = 0; d < at.size(); ++d)
      point[d] = lists[d][at[d]];
    body(point);
  } while (detail::advance(at, extents));
}

/// The elements of `t` at a product of positions.
static FieldTensor pick(const FieldTensor &t, const Region &at) {
  FieldTensor result;
  result.shape = shapeOf(at);
  Shape strides = detail::stridesOf(t.shape);
  if (at.empty()) {
    result.data = t.data;
    return result;
  }
  result.data.resize(numElements(at));
  FieldValue *to = result.data.data();
  const Indices &inner = at.back();
  bool runs = isRun(inner);
  forEachPoint(Region(at.begin(), at.end() - 1), [&](ArrayRef<int64_t> point) {
    int64_t offset = 0;
    for (size_t d = 0; d < point.size(); ++d)
      offset += point[d] * strides[d];
    const FieldValue *row = t.data.data() + offset;
    if (runs)
      to = std::copy(row + inner.front(), row + inner.back() + 1, to);
    else
      for (int64_t i : inner)
        *to++ = row[i];
  });
  return result;
}

/// What a part has of `wanted`, and at which indices.
static FieldTensor restrict(const FieldPart &part, const Region &wanted,
                            Region &region) {
  Region at;
  for (size_t d = 0; d < wanted.size(); ++d) {
    region.push_back(intersection(wanted[d], part.region[d]));
    at.push_back(positions(region[d], part.region[d]));
  }
  return region == part.region ? part.tensor : pick(part.tensor, at);
}

/// The values that an index takes where the iteration takes those of `lists`.
static Indices image(const IndexExpr &index, const Region &lists) {
  if (std::optional<unsigned> d = index.asDim())
    return lists[*d];
  Region used;
  for (auto [d, coefficient] : index.terms)
    used.push_back(lists[d]);
  Indices values;
  Shape iteration(lists.size(), 0);
  forEachPoint(used, [&](ArrayRef<int64_t> point) {
    for (size_t i = 0; i < point.size(); ++i)
      iteration[index.terms[i].first] = point[i];
    values.push_back(index.at(iteration));
  });
  return ordered(std::move(values));
}

static bool isPlain(const Structure &s) {
  auto plain = [](const IndexMap &map) {
    return llvm::all_of(map, [](const IndexExpr &i) {
      return i.asDim() || i.isZero();
    });
  };
  return llvm::all_of(s.in, plain) && plain(s.out);
}

//===----------------------------------------------------------------------===//
// Backwards
//===----------------------------------------------------------------------===//

struct Cone::Impl {
  const Program &program;
  ValueId target;
  using Demand = std::map<ValueId, Region>;
  /// Of values outside kernels.
  Demand demand;
  struct Block {
    std::vector<int64_t> axes; // -1: of a loop
    Demand tiles;
  };
  std::map<const Op *, std::vector<Block>> blocks;
  std::map<const Op *, Structure> structures;
  llvm::BitVector isOutside;
  double work = 0;

  const double maxWork;

  Impl(const Program &program, ValueId target, Region region, double maxWork);

  /// Whether a list that is about to be made is too long.
  bool isTooLong(double count) {
    if (count > maxWork)
      work = std::max(work, count);
    return work > maxWork;
  }

  const Structure &structureOf(const Op &op);
  static void want(Demand &demand, ValueId v, Region region);
  void visitAlgebra(const Op &op, Demand &demand, double times);
  void visitKernel(const Op &kernel);
  void visitBody(ArrayRef<Op> body, Block &block, double times, bool inLoop);
  void visitLoop(const Op &loop, Block &block, double times);
  void visitLoad(const Op &load, Block &block);
  void visitStore(const Op &store, Block &block, bool inLoop);
  Indices starts(ArrayRef<AxisId> axes, ArrayRef<int64_t> at,
                 int64_t tile) const;
  std::vector<Indices> axesThatWrite(const Op &kernel, const Op &store) const;
};

Cone::Impl::Impl(const Program &program, ValueId target, Region region,
                 double maxWork)
    : program(program), target(target), isOutside(program.values.size()),
      maxWork(maxWork) {
  for (ValueId v : program.inputs)
    isOutside.set(v);
  for (const Op &op : program.ops)
    for (ValueId v : op.results)
      isOutside.set(v);
  demand[target] = std::move(region);
  for (const Op &op : llvm::reverse(program.ops)) {
    if (work > maxWork)
      return;
    if (llvm::none_of(op.results, [&](ValueId v) { return demand.count(v); }))
      continue;
    if (op.kind == Op::Algebra)
      visitAlgebra(op, demand, 1);
    else if (op.kind == Op::Kernel)
      visitKernel(op);
  }
}

const Structure &Cone::Impl::structureOf(const Op &op) {
  auto [it, isNew] = structures.try_emplace(&op);
  if (isNew) {
    std::string why;
    std::optional<Structure> s = program.structure(op, why);
    if (!s)
      llvm::report_fatal_error(llvm::StringRef("ill-formed program: " + why));
    it->second = std::move(*s);
  }
  return it->second;
}

void Cone::Impl::want(Demand &demand, ValueId v, Region region) {
  auto [it, isNew] = demand.try_emplace(v, region);
  if (!isNew)
    mirage::sem::include(it->second, region);
}

void Cone::Impl::visitAlgebra(const Op &op, Demand &demand, double times) {
  auto it = demand.find(op.results[0]);
  if (it == demand.end())
    return;
  const Structure &s = structureOf(op);
  Region result = it->second;
  if (!s.pieces.empty()) {
    int64_t dim = op.params.get("dim");
    for (ValueId v : op.operands) {
      if (isTooLong(program.shape(v)[dim]))
        return;
      result[dim] = all(program.shape(v)[dim]);
      want(demand, v, result);
    }
    return;
  }
  double points = 1;
  for (auto [extent, k] : llvm::zip(s.extents, resultDims(s)))
    points *= k < 0 ? extent : result[k].size();
  work += times * points * (s.body.flops() + 1);
  if (work > maxWork)
    return;
  Region iteration = iterationOf(s, result);
  for (size_t p = 0; p < op.operands.size(); ++p) {
    Region operand;
    for (const IndexExpr &index : s.in[p])
      operand.push_back(image(index, iteration));
    want(demand, op.operands[p], std::move(operand));
  }
}

/// For each axis of the grid, its values in blocks that write what is wanted.
std::vector<Indices> Cone::Impl::axesThatWrite(const Op &kernel,
                                               const Op &store) const {
  std::map<AxisId, std::set<int64_t>> values;
  for (AxisId axis : store.once)
    values[axis] = {0};
  const Region &wanted = demand.at(store.results[0]);
  for (size_t d = 0; d < store.split.size(); ++d) {
    int64_t tile = program.shape(store.operands[0])[d];
    for (int64_t index : wanted[d]) {
      int64_t rest = index / tile;
      for (AxisId axis : llvm::reverse(store.split[d])) {
        values[axis].insert(rest % program.axes[axis].extent);
        rest /= program.axes[axis].extent;
      }
    }
  }
  std::vector<Indices> result;
  for (AxisId axis : kernel.axes)
    result.emplace_back(values[axis].begin(), values[axis].end());
  return result;
}

void Cone::Impl::visitKernel(const Op &kernel) {
  std::set<std::vector<int64_t>> wanted;
  auto visitStores = [&](auto &&self, ArrayRef<Op> body) -> void {
    for (const Op &op : body) {
      self(self, op.body);
      if (op.kind != Op::Store || !demand.count(op.results[0]))
        continue;
      std::vector<Indices> values = axesThatWrite(kernel, op);
      double count = 1;
      for (const Indices &axis : values)
        count *= axis.size();
      if (isTooLong(count))
        return;
      forEachPoint(Region(values.begin(), values.end()),
                   [&](ArrayRef<int64_t> point) {
                     std::vector<int64_t> axes(program.axes.size(), -1);
                     for (auto [axis, at] : llvm::zip(kernel.axes, point))
                       axes[axis] = at;
                     wanted.insert(std::move(axes));
                   });
    }
  };
  visitStores(visitStores, kernel.body);
  for (const std::vector<int64_t> &axes : wanted) {
    if (work > maxWork)
      return;
    Block block{axes, {}};
    visitBody(kernel.body, block, 1, false);
    blocks[&kernel].push_back(std::move(block));
  }
}

void Cone::Impl::visitBody(ArrayRef<Op> body, Block &block, double times,
                           bool inLoop) {
  for (const Op &op : llvm::reverse(body)) {
    if (work > maxWork)
      return;
    switch (op.kind) {
    case Op::Algebra:
      visitAlgebra(op, block.tiles, times);
      break;
    case Op::Load:
      visitLoad(op, block);
      break;
    case Op::Store:
      visitStore(op, block, inLoop);
      break;
    case Op::Loop:
      visitLoop(op, block, times);
      break;
    default:
      break;
    }
  }
}

/// Where tiles can start; what the axes of loops are is not known.
Indices Cone::Impl::starts(ArrayRef<AxisId> axes, ArrayRef<int64_t> at,
                           int64_t tile) const {
  Indices indices{0};
  for (AxisId axis : axes) {
    int64_t extent = program.axes[axis].extent;
    Indices next;
    int64_t first = at[axis] < 0 ? 0 : at[axis],
            end = at[axis] < 0 ? extent : at[axis] + 1;
    for (int64_t index : indices)
      for (int64_t i = first; i < end; ++i)
        next.push_back(index * extent + i);
    indices = std::move(next);
  }
  for (int64_t &index : indices)
    index *= tile;
  return indices;
}

void Cone::Impl::visitLoad(const Op &load, Block &block) {
  auto it = block.tiles.find(load.results[0]);
  if (it == block.tiles.end())
    return;
  ValueId source = load.operands[0];
  Region region;
  for (size_t d = 0; d < load.split.size(); ++d) {
    int64_t tile = program.shape(load.results[0])[d],
            extent = program.shape(source)[d];
    double count = it->second[d].size();
    for (AxisId axis : load.split[d])
      count *= block.axes[axis] < 0 ? program.axes[axis].extent : 1;
    if (isTooLong(count))
      return;
    Indices indices;
    for (int64_t start : starts(load.split[d], block.axes, tile))
      for (int64_t i : it->second[d])
        if (start + i < extent)
          indices.push_back(start + i);
    region.push_back(ordered(std::move(indices)));
  }
  want(isOutside.test(source) ? demand : block.tiles, source,
       std::move(region));
}

void Cone::Impl::visitStore(const Op &store, Block &block, bool inLoop) {
  auto it = demand.find(store.results[0]);
  if (it == demand.end() || llvm::any_of(store.once, [&](AxisId axis) {
        return block.axes[axis] > 0;
      }))
    return;
  Region region;
  for (size_t d = 0; d < store.split.size(); ++d) {
    int64_t tile = program.shape(store.operands[0])[d];
    Indices indices;
    const Indices &wanted = it->second[d];
    for (int64_t start : starts(store.split[d], block.axes, tile))
      for (auto index = llvm::lower_bound(wanted, start);
           index != wanted.end() && *index < start + tile; ++index)
        indices.push_back(*index - start);
    region.push_back(ordered(std::move(indices)));
  }
  if (numElements(region) > 0)
    want(block.tiles, store.operands[0], std::move(region));
}

void Cone::Impl::visitLoop(const Op &loop, Block &block, double times) {
  for (AxisId axis : loop.axes)
    times *= program.axes[axis].extent;
  // Relative sums need their maximum, and all have the same elements.
  for (bool toMaximum : {true, false})
    for (size_t i = 0; i < loop.accumulators.size(); ++i) {
      const Accumulator &a = loop.accumulators[i];
      auto it = block.tiles.find(loop.results[i]);
      if (a.rel < 0 || it == block.tiles.end())
        continue;
      ValueId max = loop.results[a.rel];
      const Shape &shape = program.shape(max);
      Region region = toMaximum ? it->second : block.tiles.at(max);
      for (size_t d = 0; d < region.size(); ++d)
        if (shape[d] == 1)
          region[d] = toMaximum ? Indices{0} : it->second[d];
      want(block.tiles, toMaximum ? max : loop.results[i], std::move(region));
    }
  for (size_t i = 0; i < loop.accumulators.size(); ++i) {
    const Accumulator &a = loop.accumulators[i];
    auto it = block.tiles.find(loop.results[i]);
    if (it == block.tiles.end())
      continue;
    Region region = it->second;
    if (a.kind == Combiner::Stack)
      region[a.stackDim] = all(program.shape(a.value)[a.stackDim]);
    want(block.tiles, a.value, std::move(region));
  }
  for (AxisId axis : loop.axes)
    block.axes[axis] = -1;
  visitBody(loop.body, block, times, true);
}

//===----------------------------------------------------------------------===//
// Forwards
//===----------------------------------------------------------------------===//

namespace {
using Base = detail::Interpreter<detail::Field, FieldValue>;

class Evaluator : Base {
public:
  Evaluator(const detail::Field &field, const Cone::Impl &cone)
      : Base(field, cone.program), cone(cone) {
    undefined.bad = 0xff;
    unwritten = &undefined;
  }

  FieldPart run(ArrayRef<FieldPart> inputs);

private:
  using Parts = std::map<ValueId, FieldPart>;

  void runAlgebra(const Op &op, const Region &wanted, Parts &parts);
  FieldPart concat(const Op &op, const Structure &s, Parts &parts);
  FieldPart view(const Structure &s, const Region &iteration,
                 const FieldPart &source) const;
  void runConstant(const Op &op, const Region &wanted, Parts &parts) const;
  void runBody(ArrayRef<Op> body, const Cone::Impl::Block &block,
               std::vector<int64_t> &axes, Parts &tiles);
  void load(const Op &op, const Region &wanted, ArrayRef<int64_t> axes,
            Parts &tiles);
  void store(const Op &op, ArrayRef<int64_t> axes, const FieldPart &tile);
  void loop(const Op &op, const Cone::Impl::Block &block,
            std::vector<int64_t> &axes, Parts &tiles);

  /// Where a part lies that was loaded and not copied yet.
  struct Source {
    const FieldTensor *tensor;
    Region at;
  };

  const Region &regionOf(ValueId v, const Parts &parts) const {
    auto it = given.find(v);
    return it == given.end() ? parts.at(v).region : it->second->region;
  }
  const FieldPart &partOf(ValueId v, Parts &parts) {
    if (auto it = given.find(v); it != given.end())
      return *it->second;
    FieldPart &part = parts.at(v);
    if (auto it = sources.find(v); it != sources.end()) {
      part.tensor = pick(*it->second.tensor, it->second.at);
      sources.erase(it);
    }
    return part;
  }
  detail::Field::Span spanOf(ValueId v, Parts &parts);

  const Cone::Impl &cone;
  std::map<ValueId, const FieldPart *> given; // inputs
  Parts outside;
  std::map<ValueId, Source> sources;
  FieldValue undefined;
};
} // namespace

FieldPart Evaluator::run(ArrayRef<FieldPart> inputs) {
  for (auto [v, part] : llvm::zip(program.inputs, inputs))
    given[v] = &part;
  for (const Op &op : program.ops) {
    domain.enter(op);
    if (op.kind != Op::Kernel) {
      auto it = cone.demand.find(op.results[0]);
      if (it == cone.demand.end())
        continue;
      if (op.kind == Op::Algebra)
        runAlgebra(op, it->second, outside);
      else
        runConstant(op, it->second, outside);
      continue;
    }
    auto blocks = cone.blocks.find(&op);
    if (blocks == cone.blocks.end())
      continue;
    for (ValueId v : op.results)
      if (auto it = cone.demand.find(v); it != cone.demand.end()) {
        FieldPart &part = outside[v];
        part.region = it->second;
        part.tensor.shape = shapeOf(part.region);
        part.tensor.data.assign(numElements(part.region), undefined);
      }
    for (const Cone::Impl::Block &block : blocks->second) {
      std::vector<int64_t> axes = block.axes;
      Parts tiles;
      sources.clear();
      runBody(op.body, block, axes, tiles);
    }
  }
  FieldPart result;
  result.tensor = restrict(partOf(cone.target, outside),
                           cone.demand.at(cone.target), result.region);
  return result;
}

void Evaluator::runConstant(const Op &op, const Region &wanted,
                            Parts &parts) const {
  FieldPart &part = parts[op.results[0]];
  part.region = wanted;
  part.tensor.shape = shapeOf(wanted);
  if (op.kind == Op::Constant) {
    part.tensor.data.assign(numElements(wanted), domain.constant(op.constant));
    return;
  }
  Shape strides = detail::stridesOf(program.shape(op.results[0]));
  part.tensor.data.clear();
  forEachPoint(wanted, [&](ArrayRef<int64_t> point) {
    part.tensor.data.push_back(
        domain.constant((*op.data)[Base::dot(point, strides)]));
  });
}

void Evaluator::runAlgebra(const Op &op, const Region &wanted, Parts &parts) {
  const Structure &s = cone.structures.at(&op);
  if (!s.pieces.empty()) {
    parts[op.results[0]] = concat(op, s, parts);
    return;
  }
  // Tiles may have less than was wanted: the last one is smaller.
  Region iteration = iterationOf(s, wanted);
  for (size_t p = 0; p < op.operands.size(); ++p) {
    const Region &have = regionOf(op.operands[p], parts);
    for (size_t d = 0; d < have.size(); ++d) {
      if (std::optional<unsigned> dim = s.in[p][d].asDim()) {
        if (iteration[*dim] != have[d])
          iteration[*dim] = intersection(iteration[*dim], have[d]);
      } else if (have[d].empty() && d < s.out.size())
        if (std::optional<unsigned> out = s.out[d].asDim())
          if (s.extents[*out] == 1)
            iteration[*out].clear();
    }
  }
  FieldPart result;
  for (const IndexExpr &index : s.out) {
    std::optional<unsigned> d = index.asDim();
    result.region.push_back(d ? iteration[*d] : Indices{0});
  }
  Structure part = s;
  for (size_t d = 0; d < iteration.size(); ++d)
    part.extents[d] = iteration[d].size();
  auto needsAllOf = [&](size_t p) {
    const Region &have = regionOf(op.operands[p], parts);
    for (size_t d = 0; d < have.size(); ++d)
      if (have[d].empty() || image(s.in[p][d], iteration) != have[d])
        return false;
    return true;
  };
  if (s.isContraction() && needsAllOf(0) && needsAllOf(1)) {
    result.tensor.shape = part.outShape();
    if (domain.contractRows(
            part,
            {spanOf(op.operands[0], parts), spanOf(op.operands[1], parts)},
            result.tensor)) {
      parts[op.results[0]] = std::move(result);
      return;
    }
  }
  if (!isPlain(s)) {
    result.tensor = view(s, iteration, partOf(op.operands[0], parts)).tensor;
  } else {
    llvm::SmallVector<FieldTensor, 3> picked(op.operands.size());
    llvm::SmallVector<const FieldTensor *, 3> operands;
    for (size_t p = 0; p < op.operands.size(); ++p) {
      const FieldPart &part = partOf(op.operands[p], parts);
      Region needed;
      for (size_t d = 0; d < part.region.size(); ++d)
        needed.push_back(part.region[d].empty() ? Indices()
                                                : image(s.in[p][d], iteration));
      bool whole = needed == part.region;
      if (!whole) {
        Region at;
        for (size_t d = 0; d < needed.size(); ++d)
          at.push_back(positions(needed[d], part.region[d]));
        picked[p] = pick(part.tensor, at);
      }
      operands.push_back(whole ? &part.tensor : &picked[p]);
    }
    result.tensor = Base::runAlgebra(op, part, operands);
  }
  parts[op.results[0]] = std::move(result);
}

detail::Field::Span Evaluator::spanOf(ValueId v, Parts &parts) {
  auto it = sources.find(v);
  if (it == sources.end()) {
    const FieldTensor &tensor = partOf(v, parts).tensor;
    return {tensor.data.data(), detail::stridesOf(tensor.shape)};
  }
  const auto &[tensor, at] = it->second;
  Shape strides = detail::stridesOf(tensor->shape);
  const FieldValue *data = tensor->data.data();
  for (size_t d = 0; d < strides.size(); ++d)
    data += at[d].front() * strides[d];
  return {data, std::move(strides)};
}

/// An op that only moves elements.
FieldPart Evaluator::view(const Structure &s, const Region &iteration,
                          const FieldPart &source) const {
  FieldPart result;
  for (const IndexExpr &index : s.out)
    result.region.push_back(image(index, iteration));
  result.tensor.shape = shapeOf(result.region);
  Shape strides = detail::stridesOf(source.tensor.shape);
  forEachPoint(iteration, [&](ArrayRef<int64_t> point) {
    int64_t offset = 0;
    for (size_t d = 0; d < strides.size(); ++d) {
      const Indices &have = source.region[d];
      int64_t index = s.in[0][d].at(point);
      auto it = llvm::lower_bound(have, index);
      if (it == have.end() || *it != index) { // beyond a smaller tile
        result.tensor.data.push_back(undefined);
        return;
      }
      offset += (it - have.begin()) * strides[d];
    }
    result.tensor.data.push_back(source.tensor.data[offset]);
  });
  return result;
}

/// Pieces follow each other as they are, whole along the dimension.
FieldPart Evaluator::concat(const Op &op, const Structure &s, Parts &parts) {
  int64_t dim = op.params.get("dim"), total = 0;
  FieldPart result;
  result.region = partOf(op.operands[0], parts).region;
  for (ValueId v : op.operands) {
    const Region &have = partOf(v, parts).region;
    for (size_t d = 0; d < have.size(); ++d)
      result.region[d] = intersection(result.region[d], have[d]);
    total += have[dim].size();
  }
  result.region[dim] = all(total);
  result.tensor.shape = shapeOf(result.region);
  result.tensor.data.resize(numElements(result.region));
  Shape to(s.out.size(), 0);
  for (ValueId v : op.operands) {
    const FieldPart &part = partOf(v, parts);
    Region at;
    for (size_t d = 0; d < part.region.size(); ++d)
      at.push_back(static_cast<int64_t>(d) == dim
                       ? all(part.region[d].size())
                       : positions(result.region[d], part.region[d]));
    FieldTensor piece = pick(part.tensor, at);
    detail::Engine<detail::Field, FieldValue>::copyBox(
        piece, Shape(to.size(), 0), piece.shape, result.tensor, to);
    to[dim] += piece.shape[dim];
  }
  return result;
}

void Evaluator::runBody(ArrayRef<Op> body, const Cone::Impl::Block &block,
                        std::vector<int64_t> &axes, Parts &tiles) {
  for (const Op &op : body) {
    domain.enter(op);
    if (op.kind == Op::Loop) {
      loop(op, block, axes, tiles);
      continue;
    }
    if (op.kind == Op::Store) {
      if (tiles.count(op.operands[0]))
        store(op, axes, partOf(op.operands[0], tiles));
      continue;
    }
    auto it = block.tiles.find(op.results[0]);
    if (it == block.tiles.end())
      continue;
    if (op.kind == Op::Load)
      load(op, it->second, axes, tiles);
    else if (op.kind == Op::Algebra)
      runAlgebra(op, it->second, tiles);
    else
      runConstant(op, it->second, tiles);
  }
}

void Evaluator::load(const Op &op, const Region &wanted, ArrayRef<int64_t> axes,
                     Parts &tiles) {
  ValueId v = op.operands[0];
  bool isOutside = cone.isOutside.test(v);
  const FieldPart &source = partOf(v, isOutside ? outside : tiles);
  FieldPart tile;
  Region at;
  for (size_t d = 0; d < wanted.size(); ++d) {
    int64_t from = start(op.split[d], axes, program.shape(op.results[0])[d]);
    Indices indices = intersection(shifted(wanted[d], from), source.region[d]);
    at.push_back(positions(indices, source.region[d]));
    tile.region.push_back(shifted(std::move(indices), -from));
  }
  // A product may read a box where it lies; all else copies it.
  sources.erase(op.results[0]);
  if (isOutside && !at.empty() && llvm::all_of(at, isRun))
    sources[op.results[0]] = {&source.tensor, std::move(at)};
  else
    tile.tensor = pick(source.tensor, at);
  tiles[op.results[0]] = std::move(tile);
}

void Evaluator::store(const Op &op, ArrayRef<int64_t> axes,
                      const FieldPart &tile) {
  auto it = outside.find(op.results[0]);
  if (it == outside.end() ||
      llvm::any_of(op.once, [&](AxisId axis) { return axes[axis] != 0; }))
    return;
  FieldPart &to = it->second;
  Region from, at;
  for (size_t d = 0; d < tile.region.size(); ++d) {
    int64_t first = start(op.split[d], axes, program.shape(op.operands[0])[d]);
    Indices indices = shifted(tile.region[d], first);
    Indices common = intersection(indices, to.region[d]);
    from.push_back(positions(common, indices));
    at.push_back(positions(common, to.region[d]));
  }
  FieldTensor picked = pick(tile.tensor, from);
  Shape strides = detail::stridesOf(to.tensor.shape);
  size_t next = 0;
  forEachPoint(at, [&](ArrayRef<int64_t> point) {
    to.tensor.data[Base::dot(point, strides)] = picked.data[next++];
  });
}

void Evaluator::loop(const Op &op, const Cone::Impl::Block &block,
                     std::vector<int64_t> &axes, Parts &tiles) {
  size_t results = op.accumulators.size();
  std::vector<FieldTensor> sums(results);
  std::vector<Region> regions(results);
  Env env(program.values.size());
  for (int64_t step = 0, steps = count(op.axes); step < steps; ++step) {
    place(op.axes, step, axes);
    runBody(op.body, block, axes, tiles);
    domain.enter(op);
    for (size_t i = 0; i < results; ++i) {
      const Accumulator &a = op.accumulators[i];
      if (!block.tiles.count(op.results[i]))
        continue;
      Region wanted = block.tiles.at(op.results[i]), region;
      if (a.kind == Combiner::Stack)
        wanted[a.stackDim] = all(program.shape(a.value)[a.stackDim]);
      env[a.value] = restrict(partOf(a.value, tiles), wanted, region);
      if (step == 0)
        regions[i] = std::move(region);
    }
    // Later tiles are a first part of the first one, if they are smaller.
    for (bool relative : {true, false})
      for (size_t i = 0; i < results; ++i) {
        const Accumulator &a = op.accumulators[i];
        if (!block.tiles.count(op.results[i]) || (a.rel >= 0) != relative)
          continue;
        if (relative)
          accumulateRelative(op, i, env, sums, step == 0);
        else
          accumulate(a, env, sums[i], step == 0);
      }
  }
  for (size_t i = 0; i < results; ++i) {
    if (!block.tiles.count(op.results[i]))
      continue;
    const Accumulator &a = op.accumulators[i];
    if (a.kind == Combiner::Stack)
      regions[i][a.stackDim] = all(sums[i].shape[a.stackDim]);
    tiles[op.results[i]] = {std::move(regions[i]), std::move(sums[i])};
  }
}

//===----------------------------------------------------------------------===//
// Cone
//===----------------------------------------------------------------------===//

Cone::Cone(const Program &program, ValueId value, Region region, double maxWork)
    : impl(std::make_unique<Impl>(program, value, std::move(region), maxWork)) {
}
Cone::~Cone() = default;
Cone::Cone(Cone &&) = default;

const Region *Cone::region(ValueId value) const {
  auto it = impl->demand.find(value);
  return it == impl->demand.end() ? nullptr : &it->second;
}

double Cone::work() const { return impl->work; }

FieldPart Cone::evaluate(const FieldDomain &domain,
                         ArrayRef<FieldPart> inputs) const {
  detail::Field field{domain};
  return Evaluator(field, *impl).run(inputs);
}
