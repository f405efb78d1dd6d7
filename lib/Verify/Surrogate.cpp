//===- Surrogate.cpp - Small shapes that stand for large ones -------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// First the ops are walked: union-find over all dimensions and axes of both
// programs, with the relations that are no equalities (covers, sums, products)
// kept aside. Then a small search with backtracking gives each class a value.
//
//===----------------------------------------------------------------------===//

#include "mirage/Verify/Surrogate.h"
#include "Programs.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <functional>
#include <set>

using namespace mirage::sem;
using namespace mirage::verify;

llvm::StringRef mirage::verify::toString(SurrogateKind kind) {
  switch (kind) {
  case SurrogateKind::Dividing:
    return "dividing";
  case SurrogateKind::Ragged:
    return "ragged";
  case SurrogateKind::Float:
    return "float";
  }
  llvm_unreachable("covered switch");
}

namespace {
/// Index of a class member: a dimension of a value, or an axis.
using Node = unsigned;
constexpr Node none = ~0u;

/// `source` is covered by tiles of `tile`, numbered by `axes`.
struct Cover {
  Node source, tile;
  llvm::SmallVector<Node, 2> axes;
};
/// `part` is [start, start + extent) of `whole`.
struct Range {
  Node whole, part;
  int64_t start;
};
/// `whole` is `factor` times the product of `parts`.
struct Product {
  Node whole;
  llvm::SmallVector<Node, 3> parts;
  int64_t factor;
};
/// A constant that stands for the extent of `extent`, or for its inverse.
struct Mean {
  const Op *op;
  Node extent;
  bool inverse;
};

/// What was found in one program.
struct Half {
  const Program *program;
  std::vector<llvm::SmallVector<Node, 4>> dims; // by value
  std::vector<Node> axes;
  /// Where each `slice` starts, a node and a position in it for each dimension.
  struct SliceStart {
    Node whole;
    int64_t start;
    bool positional;
  };
  std::map<const Op *, llvm::SmallVector<SliceStart, 4>> slices;
  std::vector<Mean> means;
};
} // namespace

struct SizeClasses::Impl {
  Half halves[2];
  // Union-find.
  std::vector<Node> parent;
  std::vector<int64_t> real;
  // By node; a class has a property if one of its members has.
  std::vector<bool> pinned, isTensorDim, isGrid, isLoop;
  std::vector<unsigned> sums;
  std::vector<Cover> covers;
  std::vector<Range> ranges;
  std::vector<Product> products;
  /// By class: sorted positions at which it is cut, and the pieces between.
  std::map<Node, std::set<int64_t>> cuts;
  /// Extents of constants and of loops.
  std::vector<Node> ownExtents;
  std::map<Node, std::vector<Node>> pieces;
  std::string error;

  Node find(Node n) const {
    while (parent[n] != n)
      n = parent[n];
    return n;
  }
  Node add(int64_t extent) {
    parent.push_back(parent.size());
    real.push_back(extent);
    pinned.push_back(false);
    isTensorDim.push_back(false);
    isGrid.push_back(false);
    isLoop.push_back(false);
    sums.push_back(0);
    return parent.size() - 1;
  }
  void unite(Node a, Node b) {
    a = find(a);
    b = find(b);
    if (a == b || (real[a] == 1 && real[b] == 1))
      return;
    if (real[a] != real[b]) {
      error = "extents " + std::to_string(real[a]) + " and " +
              std::to_string(real[b]) + " should be equal";
      return;
    }
    parent[b] = a;
    pinned[a] = pinned[a] || pinned[b];
    isTensorDim[a] = isTensorDim[a] || isTensorDim[b];
    isGrid[a] = isGrid[a] || isGrid[b];
    isLoop[a] = isLoop[a] || isLoop[b];
    sums[a] += sums[b];
  }
  void pin(Node n) { pinned[find(n)] = true; }

  bool addProgram(unsigned half, const Program &program);
  void collect(Half &h, llvm::ArrayRef<Op> ops, bool inKernel);
  void collectAlgebra(Half &h, const Op &op);
  void collectReshape(Half &h, const Op &op);
  void collectSplit(Half &h, const Split &split, ValueId source, ValueId tile);
  void uniteSharedCovers();
  void refineCuts();
  void pinOwnExtents();
  void findMeans(Half &h);
  bool isRagged(const Cover &c) const;
  llvm::SmallVector<Node, 4> sourcesOf(Node tile) const;
};

SizeClasses::SizeClasses(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
SizeClasses::~SizeClasses() = default;

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

bool SizeClasses::Impl::addProgram(unsigned half, const Program &program) {
  Half &h = halves[half];
  h.program = &program;
  for (const ValueType &type : program.values) {
    h.dims.emplace_back();
    for (int64_t extent : type.shape)
      h.dims.back().push_back(add(extent));
  }
  for (const Program::Axis &axis : program.axes)
    h.axes.push_back(add(axis.extent));
  for (ValueId v : program.inputs)
    for (Node n : h.dims[v])
      isTensorDim[n] = true;
  collect(h, program.ops, false);
  return error.empty();
}

void SizeClasses::Impl::collect(Half &h, llvm::ArrayRef<Op> ops,
                                bool inKernel) {
  for (const Op &op : ops) {
    if (!inKernel)
      for (ValueId v : op.results)
        for (Node n : h.dims[v])
          isTensorDim[find(n)] = true;
    switch (op.kind) {
    case Op::Algebra:
      collectAlgebra(h, op);
      break;
    case Op::Constant:
      llvm::append_range(ownExtents, h.dims[op.results[0]]);
      break;
    case Op::Dense:
      for (Node n : h.dims[op.results[0]])
        pin(n);
      break;
    case Op::Kernel:
    case Op::Loop:
      if (op.kind == Op::Loop)
        for (AxisId axis : op.axes)
          ownExtents.push_back(h.axes[axis]);
      for (AxisId axis : op.axes)
        (op.kind == Op::Kernel ? isGrid : isLoop)[find(h.axes[axis])] = true;
      collect(h, op.body, true);
      for (size_t i = 0; i < op.accumulators.size(); ++i) {
        const Accumulator &a = op.accumulators[i];
        for (size_t d = 0; d < h.dims[a.value].size(); ++d) {
          Node value = h.dims[a.value][d], result = h.dims[op.results[i]][d];
          if (a.kind != Combiner::Stack ||
              a.stackDim != static_cast<int64_t>(d)) {
            unite(result, value);
            continue;
          }
          Product product{result, {value}, 1};
          for (AxisId axis : op.axes)
            product.parts.push_back(h.axes[axis]);
          int64_t full = real[find(value)];
          for (AxisId axis : op.axes)
            full *= h.program->axes[axis].extent;
          if (full == real[find(result)])
            products.push_back(product);
          else
            covers.push_back(
                {result,
                 value,
                 {product.parts.begin() + 1, product.parts.end()}});
        }
      }
      break;
    case Op::Load:
      collectSplit(h, op.split, op.operands[0], op.results[0]);
      break;
    case Op::Store:
      collectSplit(h, op.split, op.results[0], op.operands[0]);
      break;
    }
  }
}

void SizeClasses::Impl::collectSplit(Half &h, const Split &split,
                                     ValueId source, ValueId tile) {
  for (size_t d = 0; d < split.size(); ++d) {
    Node s = h.dims[source][d], t = h.dims[tile][d];
    int64_t blocks = 1;
    Node axis = none;
    unsigned wide = 0;
    for (AxisId a : split[d]) {
      blocks *= h.program->axes[a].extent;
      if (h.program->axes[a].extent != 1) {
        axis = h.axes[a];
        ++wide;
      }
    }
    if (blocks == 1 && real[t] == real[s]) {
      unite(s, t);
    } else if (real[t] == 1 && wide == 1 && blocks == real[s]) {
      unite(s, axis);
    } else {
      Cover cover{s, t, {}};
      for (AxisId a : split[d])
        cover.axes.push_back(h.axes[a]);
      covers.push_back(std::move(cover));
    }
  }
}

void SizeClasses::Impl::collectAlgebra(Half &h, const Op &op) {
  Structure s = structureOf(*h.program, op);
  const auto &result = h.dims[op.results[0]];
  llvm::StringRef name = op.sem->name();
  if (name == reshapeSem().name())
    return collectReshape(h, op);
  if (name == sliceSem().name()) {
    const auto &source = h.dims[op.operands[0]];
    auto offsets = op.params.getArray("offsets"),
         sizes = op.params.getArray("sizes"),
         strides = op.params.getArray("strides");
    auto &starts = h.slices[&op];
    for (size_t d = 0; d < source.size(); ++d) {
      int64_t extent = real[source[d]];
      if (strides[d] == 1 || sizes[d] == 1) {
        ranges.push_back({source[d], result[d], offsets[d]});
        starts.push_back({source[d], offsets[d], true});
      } else if (offsets[d] < strides[d] && sizes[d] * strides[d] == extent) {
        products.push_back({source[d], {result[d]}, strides[d]});
        starts.push_back({source[d], offsets[d], false});
      } else {
        pin(source[d]);
        pin(result[d]);
        starts.push_back({source[d], offsets[d], false});
      }
    }
    return;
  }
  if (!s.pieces.empty()) {
    int64_t dim = op.params.get("dim");
    for (size_t p = 0; p < op.operands.size(); ++p)
      for (size_t d = 0; d < result.size(); ++d) {
        Node part = h.dims[op.operands[p]][d];
        if (static_cast<int64_t>(d) == dim)
          ranges.push_back({result[d], part, s.pieces[p][d]});
        else
          unite(result[d], part);
      }
    return;
  }
  // The iteration dimensions tie the operands and the result.
  llvm::SmallVector<Node> iteration(s.extents.size(), none);
  auto visit = [&](Node n, const IndexExpr &index) {
    if (std::optional<unsigned> d = index.asDim()) {
      if (iteration[*d] == none)
        iteration[*d] = n;
      else
        unite(iteration[*d], n);
    } else if (!index.isZero()) {
      pin(n);
      for (auto [d, coefficient] : index.terms)
        if (iteration[d] != none)
          pin(iteration[d]);
    }
  };
  for (size_t p = 0; p < op.operands.size(); ++p)
    for (size_t d = 0; d < s.in[p].size(); ++d)
      visit(h.dims[op.operands[p]][d], s.in[p][d]);
  for (size_t d = 0; d < s.out.size(); ++d)
    visit(result[d], s.out[d]);
  // An extent that only a general index depends on stays as it is.
  for (const IndexMap &map : s.in)
    for (const IndexExpr &index : map)
      if (!index.asDim())
        for (auto [d, coefficient] : index.terms)
          if (iteration[d] != none)
            pin(iteration[d]);
  for (size_t d = 0; d < s.extents.size(); ++d)
    if (s.reduced[d] && iteration[d] != none && s.combine == Combiner::Sum)
      ++sums[find(iteration[d])];
}

void SizeClasses::Impl::collectReshape(Half &h, const Op &op) {
  // Walk both shapes, and close a group whenever the products agree.
  llvm::SmallVector<Node, 4> in, out;
  for (Node n : h.dims[op.operands[0]])
    if (real[find(n)] != 1)
      in.push_back(n);
  for (Node n : h.dims[op.results[0]])
    if (real[find(n)] != 1)
      out.push_back(n);
  size_t i = 0, o = 0;
  while (i < in.size() && o < out.size()) {
    size_t i0 = i, o0 = o;
    int64_t a = real[find(in[i++])], b = real[find(out[o++])];
    while (a != b) {
      if (a < b)
        a *= real[find(in[i++])];
      else
        b *= real[find(out[o++])];
    }
    if (i - i0 == 1 && o - o0 == 1) {
      unite(in[i0], out[o0]);
    } else if (i - i0 == 1) {
      products.push_back({in[i0], {out.begin() + o0, out.begin() + o}, 1});
    } else if (o - o0 == 1) {
      products.push_back({out[o0], {in.begin() + i0, in.begin() + i}, 1});
    } else {
      for (size_t k = i0; k < i; ++k)
        pin(in[k]);
      for (size_t k = o0; k < o; ++k)
        pin(out[k]);
    }
  }
}

/// Dimensions cut by the same axes into the same tiles are kept equal, and so
/// are the factors of products that are the same class: an assignment may keep
/// more equal than it must.
void SizeClasses::Impl::uniteSharedCovers() {
  bool changed = true;
  while (changed && error.empty()) {
    changed = false;
    auto tie = [&](Node a, Node b) {
      if (find(a) == find(b) || real[find(a)] != real[find(b)] ||
          real[find(a)] == 1)
        return;
      unite(a, b);
      changed = true;
    };
    for (size_t i = 0; i < covers.size(); ++i)
      for (size_t j = 0; j < i; ++j) {
        const Cover &a = covers[i], &b = covers[j];
        bool sameAxes = a.axes.size() == b.axes.size();
        for (size_t k = 0; sameAxes && k < a.axes.size(); ++k)
          sameAxes = find(a.axes[k]) == find(b.axes[k]);
        if (!sameAxes)
          continue;
        if (find(a.tile) == find(b.tile) ||
            (real[a.tile] == 1 && real[b.tile] == 1))
          tie(a.source, b.source);
        if (find(a.source) == find(b.source))
          tie(a.tile, b.tile);
      }
    for (size_t i = 0; i < products.size(); ++i)
      for (size_t j = 0; j < i; ++j) {
        const Product &a = products[i], &b = products[j];
        bool same = find(a.whole) == find(b.whole) && a.factor == b.factor &&
                    a.parts.size() == b.parts.size();
        for (size_t k = 0; same && k < a.parts.size(); ++k)
          same = real[find(a.parts[k])] == real[find(b.parts[k])];
        for (size_t k = 0; same && k < a.parts.size(); ++k)
          tie(a.parts[k], b.parts[k]);
      }
  }
}

void SizeClasses::Impl::refineCuts() {
  bool changed = true;
  while (changed) {
    changed = false;
    auto cut = [&](Node n, int64_t at) {
      changed |= cuts[find(n)].insert(at).second;
    };
    for (const Range &r : ranges) {
      int64_t length = real[find(r.part)];
      cut(r.whole, 0);
      cut(r.whole, real[find(r.whole)]);
      cut(r.whole, r.start);
      cut(r.whole, r.start + length);
      std::set<int64_t> whole = cuts[find(r.whole)], part = cuts[find(r.part)];
      for (int64_t at : whole)
        if (at >= r.start && at <= r.start + length)
          cut(r.part, at - r.start);
      for (int64_t at : part)
        cut(r.whole, at + r.start);
    }
  }
  for (auto &[root, positions] : cuts) {
    if (positions.size() <= 2)
      continue;
    for (auto it = positions.begin(), next = std::next(it);
         next != positions.end(); ++it, ++next)
      pieces[root].push_back(add(*next - *it));
  }
  // The pieces of a part are those of the whole in its range.
  for (const Range &r : ranges) {
    Node whole = find(r.whole), part = find(r.part);
    auto it = pieces.find(whole);
    if (it == pieces.end()) {
      unite(whole, part);
      continue;
    }
    llvm::SmallVector<Node> inside;
    int64_t at = 0;
    for (Node piece : it->second) {
      int64_t extent = real[find(piece)];
      if (at >= r.start && at < r.start + real[part])
        inside.push_back(piece);
      at += extent;
    }
    auto own = pieces.find(part);
    if (own == pieces.end())
      unite(inside.front(), part);
    else
      for (auto [a, b] : llvm::zip(inside, own->second))
        unite(a, b);
  }
}

bool SizeClasses::Impl::isRagged(const Cover &c) const {
  int64_t blocks = 1;
  for (Node axis : c.axes)
    blocks *= real[find(axis)];
  return blocks * real[find(c.tile)] != real[find(c.source)];
}

/// The classes that a class is a tile of, directly or not, and itself.
llvm::SmallVector<Node, 4> SizeClasses::Impl::sourcesOf(Node tile) const {
  llvm::SmallVector<Node, 4> result{find(tile)};
  for (size_t i = 0; i < result.size(); ++i)
    for (const Cover &c : covers)
      if (find(c.tile) == result[i] && real[result[i]] != 1 &&
          !llvm::is_contained(result, find(c.source)))
        result.push_back(find(c.source));
  return result;
}

//===----------------------------------------------------------------------===//
// Mean constants
//===----------------------------------------------------------------------===//

namespace {
/// For each value, the classes that it is a function of sums over.
struct SumFinder {
  const SizeClasses::Impl &impl;
  const Half &h;
  std::vector<std::set<Node>> sums;

  void add(ValueId v, Node n) {
    for (Node source : impl.sourcesOf(n))
      sums[v].insert(source);
  }
  void visit(llvm::ArrayRef<Op> ops) {
    for (const Op &op : ops) {
      for (ValueId result : op.results)
        for (ValueId operand : op.operands)
          sums[result].insert(sums[operand].begin(), sums[operand].end());
      visit(op.body);
      if (op.kind == Op::Loop)
        visitLoop(op);
      if (op.kind == Op::Algebra)
        visitAlgebra(op);
    }
  }
  void visitLoop(const Op &loop) {
    for (size_t i = 0; i < loop.accumulators.size(); ++i) {
      const Accumulator &a = loop.accumulators[i];
      sums[loop.results[i]] = sums[a.value];
      if (a.kind != Combiner::Sum)
        continue;
      for (AxisId axis : loop.axes) {
        sums[loop.results[i]].insert(impl.find(h.axes[axis]));
        for (const Cover &c : impl.covers)
          if (llvm::is_contained(c.axes, h.axes[axis]))
            add(loop.results[i], c.source);
      }
    }
  }
  void visitAlgebra(const Op &op) {
    Structure s = structureOf(*h.program, op);
    if (s.combine != Combiner::Sum)
      return;
    for (size_t d = 0; d < s.in[0].size(); ++d)
      if (auto dim = s.in[0][d].asDim(); dim && s.reduced[*dim])
        add(op.results[0], h.dims[op.operands[0]][d]);
  }
};
} // namespace

void SizeClasses::Impl::findMeans(Half &h) {
  SumFinder finder{*this, h, {}};
  finder.sums.resize(h.program->values.size());
  finder.visit(h.program->ops);
  // Constants may reach their use through casts, broadcasts, and products of
  // constants.
  std::map<ValueId, llvm::SmallVector<const Op *, 2>> constants;
  walk(h.program->ops, [&](const Op &op) {
    if (op.kind == Op::Constant) {
      constants[op.results[0]] = {&op};
      return;
    }
    if (op.kind == Op::Load ||
        (op.kind == Op::Algebra && op.operands.size() == 1 &&
         !op.sem->elementwise())) {
      if (auto it = constants.find(op.operands[0]); it != constants.end())
        constants[op.results[0]] = it->second;
      return;
    }
    const ScalarExpr *e =
        op.kind == Op::Algebra ? op.sem->elementwise() : nullptr;
    const ScalarFn *fn = e ? e->singleCall() : nullptr;
    if (!fn || (fn->name != fn::mul.name && fn->name != fn::div.name))
      return;
    auto left = constants.find(op.operands[0]),
         right = constants.find(op.operands[1]);
    if (left != constants.end() && right != constants.end()) {
      auto both = left->second;
      llvm::append_range(both, right->second);
      constants[op.results[0]] = std::move(both);
      return;
    }
    for (unsigned p : {0u, 1u}) {
      auto it = p ? right : left;
      if (it == constants.end())
        continue;
      for (const Op *constant : it->second)
        for (Node n : finder.sums[op.operands[1 - p]]) {
          double c = constant->constant, extent = real[n];
          if (extent == 1 || (c != extent && c * extent != 1))
            continue;
          if (llvm::none_of(h.means,
                            [&](const Mean &m) { return m.op == constant; }))
            h.means.push_back({constant, n, c != extent});
          break;
        }
    }
  });
}

/// Extents that no input or output has a part in stay as they are: nothing says
/// which extent of the other program would have to change with them.
void SizeClasses::Impl::pinOwnExtents() {
  std::vector<bool> known(parent.size(), false);
  for (const Half &h : halves)
    for (llvm::ArrayRef<ValueId> values :
         {llvm::ArrayRef(h.program->inputs), llvm::ArrayRef(h.program->outputs)})
      for (ValueId v : values)
        for (Node n : h.dims[v])
          known[find(n)] = true;
  bool changed = true;
  auto relate = [&](Node whole, llvm::ArrayRef<Node> parts) {
    bool any = known[find(whole)] ||
               llvm::any_of(parts, [&](Node n) { return known[find(n)]; });
    auto mark = [&](Node n) {
      changed |= any && !known[find(n)];
      known[find(n)] = known[find(n)] || any;
    };
    mark(whole);
    llvm::for_each(parts, mark);
  };
  while (changed) {
    changed = false;
    for (const Cover &c : covers) {
      llvm::SmallVector<Node, 4> parts(c.axes.begin(), c.axes.end());
      parts.push_back(c.tile);
      relate(c.source, parts);
    }
    for (const Product &p : products)
      relate(p.whole, p.parts);
    for (const auto &[whole, parts] : pieces)
      relate(whole, parts);
  }
  for (Node n : ownExtents)
    if (!known[find(n)])
      pin(n);
}

std::unique_ptr<SizeClasses> SizeClasses::compute(const Program &reference,
                                                  const Program &candidate,
                                                  std::string &why) {
  std::string reason;
  if (!isWellFormed(reference, reason)) {
    why = "reference: " + reason;
    return nullptr;
  }
  if (!isWellFormed(candidate, reason)) {
    why = "candidate: " + reason;
    return nullptr;
  }
  auto sameTypes = [&](llvm::ArrayRef<ValueId> a, llvm::ArrayRef<ValueId> b) {
    return a.size() == b.size() && llvm::all_of(llvm::zip(a, b), [&](auto p) {
             return reference.values[std::get<0>(p)] ==
                    candidate.values[std::get<1>(p)];
           });
  };
  if (!sameTypes(reference.inputs, candidate.inputs) ||
      !sameTypes(reference.outputs, candidate.outputs)) {
    why = "the signatures differ";
    return nullptr;
  }
  auto impl = std::make_unique<Impl>();
  Half &r = impl->halves[0], &c = impl->halves[1];
  impl->addProgram(0, reference);
  impl->addProgram(1, candidate);
  auto tie = [&](llvm::ArrayRef<ValueId> a, llvm::ArrayRef<ValueId> b) {
    for (auto [x, y] : llvm::zip(a, b))
      for (auto [m, n] : llvm::zip(r.dims[x], c.dims[y]))
        impl->unite(m, n);
  };
  tie(reference.inputs, candidate.inputs);
  tie(reference.outputs, candidate.outputs);
  impl->uniteSharedCovers();
  impl->refineCuts();
  impl->uniteSharedCovers();
  if (!impl->error.empty()) {
    why = impl->error;
    return nullptr;
  }
  impl->pinOwnExtents();
  impl->findMeans(r);
  impl->findMeans(c);
  return std::unique_ptr<SizeClasses>(new SizeClasses(std::move(impl)));
}

bool SizeClasses::hasRaggedTiles() const {
  return llvm::any_of(impl->covers,
                      [&](const Cover &c) { return impl->isRagged(c); });
}

bool SizeClasses::hasMeans() const {
  return !impl->halves[0].means.empty() || !impl->halves[1].means.empty();
}

//===----------------------------------------------------------------------===//
// Assignments
//===----------------------------------------------------------------------===//

namespace {
class Solver {
public:
  Solver(const SizeClasses::Impl &impl, const SurrogateOptions &options)
      : impl(impl), options(options), value(impl.parent.size(), 0) {}

  bool run(std::string &why);
  int64_t at(Node n) const {
    Node root = impl.find(n);
    return impl.real[root] == 1 ? 1 : value[root];
  }

private:
  struct Item {
    enum { Choose, Derive, Split } kind;
    Node node = none; // Choose, Derive
    const Cover *cover = nullptr;
  };

  bool isFree(Node root) const { return impl.real[root] != 1; }
  void choosePinned();
  void order(llvm::ArrayRef<Node> component, std::vector<Item> &items) const;
  int64_t derived(Node root) const;
  bool isDerived(Node root) const { return derivation.count(root); }
  llvm::SmallVector<Node, 4> partsOf(Node root) const;
  bool solve(llvm::ArrayRef<Item> items);
  bool split(const Cover &c, llvm::ArrayRef<Item> rest, unsigned axis);
  bool splitTile(const Cover &c, llvm::ArrayRef<Item> rest);
  bool give(Node root, int64_t v, llvm::function_ref<bool()> next);
  int64_t lowest(Node root) const;
  bool isRagged(const Cover &c) const {
    return options.kind != SurrogateKind::Dividing && impl.isRagged(c);
  }

  const SizeClasses::Impl &impl;
  const SurrogateOptions &options;
  std::vector<int64_t> value; // by class; 0: not yet chosen
  std::vector<bool> fixed, tile;
  std::map<Node, std::vector<const Product *>> derivation;
  std::set<int64_t> used, avoided;
  bool distinct = true;
  unsigned budget = 0;
};
} // namespace

void Solver::choosePinned() {
  fixed.assign(impl.parent.size(), false);
  tile.assign(impl.parent.size(), false);
  for (Node n = 0; n < impl.parent.size(); ++n)
    if (impl.find(n) == n)
      fixed[n] = isFree(n) && impl.pinned[n];
  for (const Cover &c : impl.covers)
    tile[impl.find(c.tile)] = true;
  // What a fixed extent is made of is fixed.
  bool changed = true;
  while (changed) {
    changed = false;
    auto fix = [&](Node n) {
      n = impl.find(n);
      changed |= !fixed[n];
      fixed[n] = true;
    };
    for (const Cover &c : impl.covers)
      if (fixed[impl.find(c.source)]) {
        fix(c.tile);
        for (Node axis : c.axes)
          fix(axis);
      }
    for (const Product &p : impl.products)
      if (fixed[impl.find(p.whole)])
        for (Node part : p.parts)
          fix(part);
    for (const auto &[root, parts] : impl.pieces)
      if (fixed[impl.find(root)])
        for (Node part : parts)
          fix(part);
  }
  if (options.kind == SurrogateKind::Float)
    for (const Cover &c : impl.covers) {
      Node t = impl.find(c.tile);
      if (impl.real[t] <= options.tileCap && impl.real[t] != 1)
        fixed[t] = true;
    }
  for (Node n = 0; n < impl.parent.size(); ++n)
    if (fixed[n] && impl.find(n) == n) {
      value[n] = impl.real[n];
      if (impl.isTensorDim[n])
        used.insert(value[n]);
    }
  for (const Product &p : impl.products)
    derivation[impl.find(p.whole)].push_back(&p);
  for (const auto &[root, parts] : impl.pieces)
    derivation.try_emplace(impl.find(root));
}

llvm::SmallVector<Node, 4> Solver::partsOf(Node root) const {
  llvm::SmallVector<Node, 4> parts;
  if (auto it = derivation.find(root); it != derivation.end())
    for (const Product *p : it->second)
      parts.append(p->parts.begin(), p->parts.end());
  for (const auto &[whole, pieces] : impl.pieces)
    if (impl.find(whole) == root)
      parts.append(pieces.begin(), pieces.end());
  for (Node &part : parts)
    part = impl.find(part);
  return parts;
}

/// The value that the parts of a class give it; -1 if they disagree.
int64_t Solver::derived(Node root) const {
  int64_t result = 0;
  auto meet = [&](int64_t v) { result = result == 0 || result == v ? v : -1; };
  for (const Product *p : derivation.at(root)) {
    int64_t v = p->factor;
    for (Node part : p->parts)
      v *= at(part);
    meet(v);
  }
  for (const auto &[whole, pieces] : impl.pieces)
    if (impl.find(whole) == root) {
      int64_t v = 0;
      for (Node piece : pieces)
        v += at(piece);
      meet(v);
    }
  return result;
}

/// An order in which each choice is soon followed by what it decides.
void Solver::order(llvm::ArrayRef<Node> component,
                   std::vector<Item> &items) const {
  llvm::DenseMap<Node, bool> known;
  std::set<const Cover *> done;
  llvm::SmallVector<const Cover *> covers;
  std::set<Node> axes;
  for (const Cover &c : impl.covers)
    if (llvm::is_contained(component, impl.find(c.source))) {
      covers.push_back(&c);
      for (Node axis : c.axes)
        axes.insert(impl.find(axis));
    }
  auto isKnown = [&](Node n) { return !isFree(n) || known.lookup(n); };
  while (true) {
    bool progress = false;
    for (Node n : component)
      if (isDerived(n) && !known.lookup(n) &&
          llvm::all_of(partsOf(n), isKnown)) {
        items.push_back({Item::Derive, n});
        known[n] = true;
        progress = true;
      }
    if (progress)
      continue;
    for (const Cover *c : covers)
      if (!done.count(c) && isKnown(impl.find(c->source))) {
        items.push_back({Item::Split, none, c});
        done.insert(c);
        known[impl.find(c->tile)] = true;
        for (Node axis : c->axes)
          known[impl.find(axis)] = true;
        progress = true;
        break;
      }
    if (progress)
      continue;
    // Next choice: whole dimensions first, then what is left.
    Node best = none;
    int bestRank = 0;
    for (Node n : component) {
      if (isKnown(n))
        continue;
      int rank = isDerived(n) ? 1 : tile[n] ? 2 : axes.count(n) ? 3 : 4;
      if (rank > bestRank) {
        best = n;
        bestRank = rank;
      }
    }
    if (best == none)
      break;
    items.push_back({Item::Choose, best});
    known[best] = true;
  }
  // A class that was chosen before its parts is checked at the end.
  for (Node n : component)
    if (isDerived(n))
      items.push_back({Item::Derive, n});
}

int64_t Solver::lowest(Node root) const {
  int64_t low = 2;
  if (impl.isLoop[root])
    low = 3;
  if (impl.isTensorDim[root]) {
    // More than the reductions over it that can be multiplied.
    unsigned sums = impl.sums[root];
    for (const Cover &c : impl.covers)
      if (impl.find(c.source) == root)
        sums += impl.sums[impl.find(c.tile)];
    low = std::max<int64_t>(3, std::min(sums + 1, 12u));
    if (options.kind == SurrogateKind::Float && !tile[root])
      low = std::max(low, std::min<int64_t>(impl.real[root], 24));
  }
  return low;
}

bool Solver::give(Node root, int64_t v, llvm::function_ref<bool()> next) {
  if (!isFree(root))
    return v == 1 && next();
  if (value[root])
    return value[root] == v && next();
  if (v < 1)
    return false;
  bool count = impl.isTensorDim[root] && !tile[root];
  if (count && ((distinct && used.count(v)) || avoided.count(v)))
    return false;
  value[root] = v;
  bool inserted = count && used.insert(v).second;
  if (next())
    return true;
  value[root] = 0;
  if (inserted)
    used.erase(v);
  return false;
}

bool Solver::solve(llvm::ArrayRef<Item> items) {
  if (items.empty())
    return true;
  if (budget == 0)
    return false;
  --budget;
  llvm::ArrayRef<Item> rest = items.drop_front();
  const Item &item = items.front();
  auto next = [&] { return solve(rest); };
  switch (item.kind) {
  case Item::Choose: {
    if (value[item.node])
      return next();
    int64_t low = lowest(item.node);
    int64_t high = low + 48;
    // A fixed tile or axis below needs room.
    for (const Cover &c : impl.covers)
      if (impl.find(c.source) == item.node) {
        int64_t least = std::max<int64_t>(at(c.tile), 1);
        for (Node axis : c.axes)
          least *= at(axis) ? at(axis) : lowest(impl.find(axis));
        high = std::max(high, 2 * least + 48);
      }
    for (int64_t v = low; v <= high; ++v)
      if (give(item.node, v, next))
        return true;
    return false;
  }
  case Item::Derive:
    return give(item.node, derived(item.node), next);
  case Item::Split:
    return split(*item.cover, rest, 0);
  }
  llvm_unreachable("covered switch");
}

bool Solver::split(const Cover &c, llvm::ArrayRef<Item> rest, unsigned axis) {
  // Real extents fit as they are.
  if (axis == 0) {
    auto isReal = [&](Node n) { return at(n) == impl.real[impl.find(n)]; };
    if (isReal(c.source) && isReal(c.tile) && llvm::all_of(c.axes, isReal))
      return solve(rest);
  }
  if (axis == c.axes.size())
    return splitTile(c, rest);
  Node root = impl.find(c.axes[axis]);
  if (!isFree(root) || value[root])
    return split(c, rest, axis + 1);
  int64_t low = lowest(root), n = at(c.source);
  if (options.kind == SurrogateKind::Float && isRagged(c) && c.axes.size() == 1)
    low = std::max<int64_t>(low, 3);
  for (int64_t v = low; v <= n && v < low + 64; ++v)
    if (give(root, v, [&] { return split(c, rest, axis + 1); }))
      return true;
  return false;
}

bool Solver::splitTile(const Cover &c, llvm::ArrayRef<Item> rest) {
  int64_t n = at(c.source), blocks = 1, inner = 1;
  int64_t realBlocks = 1, realInner = 1;
  for (size_t i = 0; i < c.axes.size(); ++i) {
    int64_t a = at(c.axes[i]), r = impl.real[impl.find(c.axes[i])];
    blocks *= a;
    realBlocks *= r;
    if (i) {
      inner *= a;
      realInner *= r;
    }
  }
  int64_t realN = impl.real[impl.find(c.source)],
          realT = impl.real[impl.find(c.tile)];
  bool ragged = isRagged(c);
  bool partial = ragged && realN % realT != 0;
  // Blocks that have nothing: none, some steps, or whole outer slices.
  int64_t realEmpty = realBlocks - (realN + realT - 1) / realT;
  int64_t empty = 0;
  if (ragged && realEmpty > 0)
    empty = realEmpty >= realInner ? inner : 1;
  int64_t count = blocks - empty;
  if (count < 1)
    return false;
  Node root = impl.find(c.tile);
  auto fits = [&](int64_t t) {
    int64_t last = n - t * (count - 1);
    return partial ? last >= (fixed[root] && t == 2 ? 1 : 2) && last < t
                   : last == t;
  };
  auto next = [&] { return solve(rest); };
  if (!isFree(root) || value[root])
    return fits(at(root)) && next();
  int64_t low = std::max<int64_t>(2, (n + count - 1) / count);
  int64_t high = partial ? (count == 1 ? n + 2 : (n - 1) / (count - 1)) : low;
  for (int64_t t = low; t <= high; ++t)
    if (fits(t) && give(root, t, next))
      return true;
  return false;
}

/// Whole numbers that are literals of a program, or their inverses.
static void collectLiterals(const Program &program, std::set<int64_t> &result) {
  auto add = [&](double c) {
    for (double v : {std::fabs(c), 1 / std::fabs(c)})
      if (v >= 3 && v < 1e6 && v == std::floor(v))
        result.insert(static_cast<int64_t>(v));
  };
  walk(program.ops, [&](const Op &op) {
    if (op.kind == Op::Constant)
      add(op.constant);
    if (op.kind != Op::Algebra)
      return;
    Structure s = structureOf(program, op);
    for (const ScalarExpr::Token &t : s.body.tokens)
      if (t.kind == ScalarExpr::Token::Constant)
        add(t.constant);
  });
}

bool Solver::run(std::string &why) {
  choosePinned();
  if (options.kind != SurrogateKind::Float)
    for (const Half &h : impl.halves)
      collectLiterals(*h.program, avoided);
  avoided.insert(options.avoid.begin(), options.avoid.end());
  // Components: classes related by a cover, a product or a sum.
  std::vector<Node> group(impl.parent.size());
  for (Node n = 0; n < group.size(); ++n)
    group[n] = n;
  std::function<Node(Node)> leader = [&](Node n) {
    return group[n] == n ? n : group[n] = leader(group[n]);
  };
  auto relate = [&](Node a, Node b) {
    a = impl.find(a);
    b = impl.find(b);
    if (isFree(a) && isFree(b))
      group[leader(b)] = leader(a);
  };
  for (const Cover &c : impl.covers) {
    relate(c.source, c.tile);
    for (Node axis : c.axes)
      relate(c.source, axis);
  }
  for (const Product &p : impl.products)
    for (Node part : p.parts)
      relate(p.whole, part);
  for (const auto &[root, parts] : impl.pieces)
    for (Node part : parts)
      relate(root, part);
  std::map<Node, std::vector<Node>> components;
  for (Node n = 0; n < group.size(); ++n)
    if (impl.find(n) == n && isFree(n))
      components[leader(n)].push_back(n);
  for (auto &[key, component] : components) {
    std::vector<Item> items;
    order(component, items);
    bool solved = false;
    for (bool wantDistinct : {true, false}) {
      distinct = wantDistinct && options.kind != SurrogateKind::Float;
      budget = 100000;
      solved = solve(items);
      if (solved)
        break;
    }
    if (!solved) {
      why = "no " + toString(options.kind).str() +
            " surrogate: the splits of extent " +
            std::to_string(impl.real[component.front()]) +
            " cannot all be kept";
      return false;
    }
  }
  return true;
}

std::optional<Assignment> SizeClasses::assign(const SurrogateOptions &options,
                                              std::string &why) const {
  Solver solver(*impl, options);
  if (!solver.run(why))
    return std::nullopt;
  Assignment result;
  result.name = toString(options.kind).str();
  if (options.tieMeans)
    result.name += ", tied means";
  for (unsigned i : {0u, 1u}) {
    const Half &h = impl->halves[i];
    ProgramSizes &sizes = i ? result.candidate : result.reference;
    for (const auto &dims : h.dims) {
      sizes.values.emplace_back();
      for (Node n : dims)
        sizes.values.back().push_back(solver.at(n));
    }
    for (Node n : h.axes)
      sizes.axes.push_back(solver.at(n));
    auto position = [&](Node whole, int64_t start) {
      // Pieces are kept under the class that their whole had when it was cut.
      for (const auto &[root, pieces] : impl->pieces)
        if (impl->find(root) == impl->find(whole)) {
          int64_t from = 0, to = 0;
          for (Node piece : pieces) {
            if (from == start)
              return to;
            from += impl->real[impl->find(piece)];
            to += solver.at(piece);
          }
        }
      return start;
    };
    walk(h.program->ops, [&](const Op &op) {
      if (op.kind != Op::Algebra)
        return;
      llvm::StringRef name = op.sem->name();
      const Shape &shape = sizes.values[op.results[0]];
      if (name == reshapeSem().name() || name == broadcastSem().name()) {
        sizes.params[&op] = Params().setArray("shape", shape);
      } else if (name == sliceSem().name()) {
        Shape offsets;
        for (const Half::SliceStart &s : h.slices.at(&op))
          offsets.push_back(s.positional ? position(s.whole, s.start)
                                         : s.start);
        sizes.params[&op] =
            Params()
                .setArray("offsets", offsets)
                .setArray("sizes", shape)
                .setArray("strides", op.params.getArray("strides"));
      }
    });
    if (options.tieMeans)
      for (const Mean &m : h.means) {
        int64_t extent = solver.at(m.extent);
        result.tied.push_back(extent);
        sizes.literals[m.op] = {m.inverse ? 1 : extent, m.inverse ? extent : 1};
      }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Instantiation
//===----------------------------------------------------------------------===//

static std::vector<Op> instantiateOps(Program &program,
                                      const ProgramSizes &sizes,
                                      llvm::ArrayRef<Op> ops) {
  std::vector<Op> result;
  for (const Op &op : ops) {
    Op copy = op;
    if (auto it = sizes.params.find(&op); it != sizes.params.end())
      copy.params = it->second;
    copy.body = instantiateOps(program, sizes, op.body);
    if (auto it = sizes.literals.find(&op); it != sizes.literals.end()) {
      auto [numerator, denominator] = it->second;
      copy.constant = numerator;
      if (denominator != 1) {
        // The inverse of an extent is not a binary fraction.
        ValueType type = program.values[op.results[0]];
        Op divisor = copy, quotient;
        divisor.constant = denominator;
        divisor.results = {program.addValue(type)};
        copy.results = {program.addValue(type)};
        quotient.sem = &divSem();
        quotient.operands = {copy.results[0], divisor.results[0]};
        quotient.results = op.results;
        result.push_back(std::move(copy));
        result.push_back(std::move(divisor));
        copy = std::move(quotient);
      }
    }
    result.push_back(std::move(copy));
  }
  return result;
}

std::optional<Program> mirage::verify::instantiate(const Program &program,
                                                   const ProgramSizes &sizes,
                                                   std::string &why) {
  Program result = program;
  for (size_t v = 0; v < program.values.size(); ++v)
    result.values[v].shape = sizes.values[v];
  for (size_t a = 0; a < program.axes.size(); ++a)
    result.axes[a].extent = sizes.axes[a];
  result.ops = instantiateOps(result, sizes, program.ops);
  if (!isWellFormed(result, why))
    return std::nullopt;
  return result;
}
