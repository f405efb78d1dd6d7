//===- Kernel.cpp - Block programs from sets of nodes ---------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Search/Kernel.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"

using namespace mirage;
using namespace mirage::search;
using llvm::ArrayRef;
using sem::Combiner;
using sem::ElementType;
using sem::ValueId;

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

namespace {
struct Scheduler {
  const Graph &graph;
  const KernelSpec &spec;
  AxisSet looped = 0, grid = 0;
  std::vector<bool> computed;
  std::map<NodeId, unsigned> loopStage; // accumulated nodes
  std::map<NodeId, NodeId> flag;        // value is relative to this maximum
  Schedule result;

  Scheduler(const Graph &graph, const KernelSpec &spec)
      : graph(graph), spec(spec), computed(graph.nodes.size(), false) {
    for (size_t a = 0; a < spec.roles.size(); ++a) {
      if (spec.roles[a] == Role::Loop)
        looped |= axisBit(a);
      if (spec.roles[a] == Role::Grid)
        grid |= axisBit(a);
    }
    for (NodeId n : spec.nodes)
      computed[n] = true;
  }

  AxisSet loopAxes(NodeId n) const { return graph.nodes[n].axes & looped; }
  unsigned stageOf(NodeId n) const {
    auto it = result.stage.find(n);
    return it == result.stage.end() ? 0 : it->second;
  }
  std::optional<NodeId> flagOf(NodeId n) const {
    auto it = flag.find(n);
    return it == flag.end() ? std::nullopt : std::optional<NodeId>(it->second);
  }
  /// The stage at which n is available without being relative to anything.
  unsigned plainStage(NodeId n) const {
    return stageOf(n) + (flagOf(n) ? 1 : 0);
  }

  Schedule::Loop &loopAt(unsigned stage, AxisSet axes) {
    for (Schedule::Loop &loop : result.loops)
      if (loop.stage == stage && loop.axes == axes)
        return loop;
    result.loops.push_back({stage, axes, {}, {}});
    return result.loops.back();
  }

  bool place(NodeId n, std::string &why) {
    const Node &node = graph.nodes[n];
    if (node.kind == Node::Reduce) {
      NodeId x = node.operands[0];
      if (node.reduced & grid) {
        why = "a reduced axis is on the grid";
        return false;
      }
      if (node.isRelative()) {
        if (loopAxes(x)) {
          why = "a relative sum is looped";
          return false;
        }
        result.stage[n] = std::max(plainStage(x), plainStage(node.operands[1]));
        return true;
      }
      unsigned stage = stageOf(x);
      std::optional<NodeId> maximum = flagOf(x);
      // A relative value stays so under a sum over axes that its maximum
      // does not have.
      if (maximum && (node.combiner != Combiner::Sum ||
                      (graph.nodes[*maximum].axes & node.reduced))) {
        maximum.reset();
        stage = plainStage(x);
      }
      if (!(node.reduced & looped)) {
        result.stage[n] = stage;
        if (maximum)
          flag[n] = *maximum;
        return true;
      }
      if (loopAxes(x) & ~node.reduced) {
        why = "a reduction keeps a looped axis";
        return false;
      }
      loopAt(stage, loopAxes(x)).accumulated.push_back(n);
      if (maximum)
        result.relative[n] = *maximum;
      loopStage[n] = stage;
      result.stage[n] = stage + 1;
      return true;
    }
    // exp(x - M), M the maximum over this very loop: relative to M.
    if (node.isFn("mirage.exp_sub")) {
      NodeId m = node.operands[1];
      auto it = loopStage.find(m);
      if (llvm::is_contained(spec.online, m) && it != loopStage.end() &&
          plainStage(node.operands[0]) <= it->second &&
          loopAxes(n) == loopAxes(graph.nodes[m].operands[0])) {
        result.stage[n] = it->second;
        flag[n] = m;
        return true;
      }
    }
    std::optional<size_t> flagged;
    bool linear = true;
    for (size_t p = 0; p < node.operands.size(); ++p)
      if (flagOf(node.operands[p])) {
        linear &= !flagged && isLinearIn(node, p);
        flagged = p;
      }
    unsigned stage = 0;
    for (size_t p = 0; p < node.operands.size(); ++p)
      stage = std::max(stage, plainStage(node.operands[p]));
    if (flagged && linear) {
      NodeId x = node.operands[*flagged];
      unsigned rest = 0;
      for (size_t p = 0; p < node.operands.size(); ++p)
        if (p != *flagged)
          rest = std::max(rest, plainStage(node.operands[p]));
      if (rest <= stageOf(x) && loopAxes(n) == loopAxes(x)) {
        stage = stageOf(x);
        flag[n] = *flagOf(x);
      }
    }
    result.stage[n] = stage;
    return true;
  }
};
} // namespace

int64_t mirage::search::runOf(const Graph &graph, const KernelSpec &spec,
                              size_t axis) {
  int o = graph.outer[axis];
  int64_t cuts =
      o >= 0 && spec.roles[o] == Role::Grid ? graph.extents[o] : 1;
  return (graph.extents[axis] + cuts - 1) / cuts;
}

std::optional<Schedule> mirage::search::scheduleKernel(const Graph &graph,
                                                       const KernelSpec &spec,
                                                       std::string &why) {
  Scheduler s(graph, spec);
  for (NodeId n : spec.nodes)
    if (!s.place(n, why))
      return std::nullopt;
  for (NodeId n : spec.stores)
    if (AxisSet axes = s.loopAxes(n))
      s.loopAt(s.plainStage(n), axes).stores.push_back(n);
  llvm::stable_sort(s.result.loops,
                    [](const Schedule::Loop &a, const Schedule::Loop &b) {
                      return std::make_pair(a.stage, a.axes) <
                             std::make_pair(b.stage, b.axes);
                    });
  return std::move(s.result);
}

//===----------------------------------------------------------------------===//
// Emission
//===----------------------------------------------------------------------===//

namespace {
/// Extents that follow from the tile of each axis.
class TileSizes {
public:
  TileSizes(const Graph &graph, const KernelSpec &spec,
            ArrayRef<int64_t> tiles) {
    for (auto [a, role] : llvm::enumerate(spec.roles)) {
      int64_t run = runOf(graph, spec, a);
      // One index of an outer axis on the grid is a block's.
      bool implied = role == Role::Grid &&
                     llvm::is_contained(graph.outer, static_cast<int>(a));
      extents.push_back(implied ? 1 : role == Role::Whole ? run : tiles[a]);
      // One that nothing uses yet has no extent.
      int64_t tile = std::max<int64_t>(tiles[a], 1);
      counts.push_back(implied ? graph.extents[a] : (run + tile - 1) / tile);
    }
  }

  int64_t pieces(size_t axis) const { return counts[axis]; }
  int64_t extent(int axis) const { return axis < 0 ? 1 : extents[axis]; }
  sem::Shape shapeOf(const Layout &layout) const {
    sem::Shape shape(layout.size());
    setShape(layout, shape);
    return shape;
  }
  void setShape(const Layout &layout, sem::Shape &shape) const {
    for (auto [d, axis] : llvm::enumerate(layout))
      shape[d] = extent(axis);
  }

private:
  llvm::SmallVector<int64_t, 16> extents, counts; // of a tile; of tiles
};

/// A tile in the program that is being built.
struct Tile {
  ValueId value;
  Layout layout;
  ElementType type;
  /// A constant is emitted where its layout and type are known.
  std::optional<double> constant;
};

class Emitter {
public:
  Emitter(const Graph &graph, const KernelSpec &spec, const Schedule &schedule,
          ArrayRef<int64_t> tiles, sem::Program &program,
          std::map<NodeId, TensorRef> &tensors)
      : graph(graph), spec(spec), schedule(schedule),
        sizes(graph, spec, tiles), program(program), tensors(tensors),
        axisIds(graph.extents.size(), -1), computed(graph.nodes.size(), false) {
    for (NodeId n : spec.nodes)
      computed[n] = true;
    for (int o : graph.outer)
      if (o >= 0 && spec.roles[o] == Role::Grid)
        implied |= axisBit(o);
  }

  std::optional<sem::Op>
  run(MemoryFn memory,
      std::string &reason) {
    sem::Op kernel;
    kernel.kind = sem::Op::Kernel;
    for (size_t a = 0; a < spec.roles.size(); ++a)
      if (spec.roles[a] == Role::Grid) {
        axisIds[a] = addAxis(a);
        kernel.axes.push_back(axisIds[a]);
      }
    Context top;
    top.stage = ~0u;
    this->top = &top;
    for (const Schedule::Loop &loop : schedule.loops)
      if (!emitLoop(loop, memory, kernel))
        return fail(reason);
    for (NodeId n : spec.stores)
      if (!(graph.nodes[n].axes & loopedAxes()))
        if (!store(n, top, memory, kernel))
          return fail(reason);
    kernel.body = std::move(top.ops);
    for (auto &[n, ref] : stored)
      tensors[n] = ref;
    return kernel;
  }

  Sizing sizing;

private:
  struct Context {
    std::vector<sem::Op> ops;
    std::map<NodeId, Tile> values;
    std::map<std::pair<ValueId, std::string>, Tile> derived;
    std::map<std::tuple<double, ElementType, size_t>, Tile> constants;
    unsigned stage = 0;
    AxisSet axes = 0;
  };

  std::optional<sem::Op> fail(std::string &reason) {
    reason = why;
    return std::nullopt;
  }

  AxisSet loopedAxes() const {
    AxisSet set = 0;
    for (size_t a = 0; a < spec.roles.size(); ++a)
      if (spec.roles[a] == Role::Loop)
        set |= axisBit(a);
    return set;
  }
  /// The outer axis that cuts `axis` on this kernel's grid, or -1.
  int cutBy(int axis) const {
    int o = graph.outer[axis];
    return o >= 0 && (implied & axisBit(o)) ? o : -1;
  }
  ValueId addTile(const Layout &layout, ElementType type) {
    ValueId v = program.addValue({shapeOf(layout), type});
    sizing.tiles.push_back({v, layout});
    return v;
  }
  sem::AxisId addAxis(size_t axis) {
    sem::AxisId id =
        program.addAxis(sizes.pieces(axis), graph.axisNames[axis]);
    sizing.axes.push_back({id, axis});
    return id;
  }
  AxisSet axesOf(NodeId n) const { return graph.nodes[n].axes & ~implied; }
  sem::Shape shapeOf(const Layout &layout) const {
    return sizes.shapeOf(layout);
  }
  sem::Split splitOf(const Layout &layout) const {
    sem::Split split;
    for (int axis : layout) {
      split.emplace_back();
      if (axis < 0)
        continue;
      if (int o = cutBy(axis); o >= 0)
        split.back().push_back(axisIds[o]);
      if (spec.roles[axis] != Role::Whole)
        split.back().push_back(axisIds[axis]);
    }
    return split;
  }

  Tile append(Context &c, const sem::OpSemantics &sem, sem::Params params,
              ArrayRef<Tile> operands, Layout layout, ElementType type) {
    sem::Op op;
    op.kind = sem::Op::Algebra;
    op.sem = &sem;
    op.params = std::move(params);
    for (const Tile &operand : operands)
      op.operands.push_back(operand.value);
    ValueId v = addTile(layout, type);
    op.results.push_back(v);
    c.ops.push_back(std::move(op));
    return {v, std::move(layout), type, {}};
  }

  Tile cast(Context &c, Tile x, ElementType type) {
    if (x.type == type)
      return x;
    if (x.constant) {
      x.type = type;
      return x;
    }
    auto key = std::make_pair(x.value, "cast " + sem::toString(type).str());
    auto it = c.derived.find(key);
    if (it != c.derived.end())
      return it->second;
    return c.derived[key] = append(c, sem::castSem(), {}, {x}, x.layout, type);
  }

  /// x under another layout that has the same axes and unit dimensions
  /// anywhere.
  Tile relayout(Context &c, Tile x, const Layout &to) {
    if (x.constant)
      return constant(c, *x.constant, x.type, to.size());
    if (x.layout == to)
      return x;
    std::string name = "layout";
    for (int axis : to)
      name += ',' + std::to_string(axis);
    auto key = std::make_pair(x.value, name);
    auto it = c.derived.find(key);
    if (it != c.derived.end())
      return it->second;
    Tile result = x;
    Layout order; // the axes in the order of `to`
    for (int axis : to)
      if (llvm::is_contained(x.layout, axis) && axis >= 0)
        order.push_back(axis);
    Layout current;
    for (int axis : x.layout)
      if (axis >= 0)
        current.push_back(axis);
    if (order != current) {
      // Units keep their places, axes take the new order.
      llvm::SmallVector<int64_t> permutation;
      Layout permuted;
      size_t next = 0;
      for (size_t d = 0; d < x.layout.size(); ++d) {
        int axis = x.layout[d] < 0 ? -1 : order[next++];
        size_t from = d;
        if (axis >= 0)
          from = llvm::find(x.layout, axis) - x.layout.begin();
        permutation.push_back(from);
        permuted.push_back(axis);
      }
      sem::Params params;
      params.setArray("permutation", permutation);
      result = append(c, sem::transposeSem(), params, {result}, permuted, x.type);
    }
    Layout masked = to; // dimensions that x does not have are units
    for (int &axis : masked)
      if (axis >= 0 && !llvm::is_contained(x.layout, axis))
        axis = -1;
    if (result.layout != masked) {
      sem::Params params;
      params.setArray("shape", shapeOf(masked));
      result = append(c, sem::reshapeSem(), params, {result}, masked, x.type);
    }
    return c.derived[key] = result;
  }

  Tile constant(Context &c, double value, ElementType type, size_t rank) {
    auto [it, isNew] = c.constants.try_emplace({value, type, rank});
    if (isNew) {
      sem::Op op;
      op.kind = sem::Op::Constant;
      op.constant = sem::roundTo(value, type);
      ValueId v = program.addValue({sem::Shape(rank, 1), type});
      op.results.push_back(v);
      c.ops.push_back(std::move(op));
      it->second = {v, Layout(rank, -1), type, {}};
    }
    return it->second;
  }

  /// The common layout of operands that are combined elementwise.
  Layout join(ArrayRef<Tile> operands) {
    const Layout *best = &operands.front().layout;
    auto count = [](const Layout &layout) {
      return llvm::count_if(layout, [](int axis) { return axis >= 0; });
    };
    for (const Tile &t : operands)
      if (count(t.layout) > count(*best))
        best = &t.layout;
    Layout result = *best;
    // Dimension by dimension, where that works.
    bool good = true;
    for (const Tile &t : operands) {
      if (t.layout.size() != result.size()) {
        good = false;
        continue;
      }
      for (size_t d = 0; good && d < result.size(); ++d)
        if (t.layout[d] >= 0 && t.layout[d] != result[d]) {
          if (result[d] < 0 && !llvm::is_contained(result, t.layout[d]))
            result[d] = t.layout[d];
          else
            good = false;
        }
    }
    if (good)
      return result;
    result = *best;
    AxisSet missing = 0;
    for (const Tile &t : operands)
      for (int axis : t.layout)
        if (axis >= 0 && !llvm::is_contained(result, axis))
          missing |= axisBit(axis);
    if (!missing)
      return result;
    Layout sorted;
    for (size_t a = 0; a < graph.extents.size(); ++a)
      if ((missing & axisBit(a)) || llvm::is_contained(*best, static_cast<int>(a)))
        sorted.push_back(a);
    return sorted;
  }

  /// The value of n in context c (or outside of it, if n holds no looped axis).
  Tile emit(NodeId n, Context &c) {
    const Node &node = graph.nodes[n];
    if (&c != top && !(node.axes & loopedAxes()) && node.kind != Node::Constant)
      return emit(n, *top);
    auto it = c.values.find(n);
    if (it != c.values.end())
      return it->second;
    Tile tile = emitNew(n, c);
    c.values[n] = tile;
    return tile;
  }

  bool isAccumulatedHere(NodeId n, Context &c) const {
    for (const Schedule::Loop &loop : schedule.loops)
      if (loop.stage == c.stage && loop.axes == c.axes)
        return llvm::is_contained(loop.accumulated, n);
    return false;
  }

  Tile load(NodeId n, Context &c) {
    const TensorRef &ref = tensors.at(n);
    sem::Op op;
    op.kind = sem::Op::Load;
    op.operands.push_back(ref.value);
    op.split = splitOf(ref.layout);
    ElementType type = program.values[ref.value].element;
    ValueId v = addTile(ref.layout, type);
    op.results.push_back(v);
    c.ops.push_back(std::move(op));
    Layout layout = ref.layout;
    for (int &axis : layout)
      if (axis >= 0 && (implied & axisBit(axis)))
        axis = -1;
    return {v, std::move(layout), type, {}};
  }

  /// What `n` repeats, if it only does that here; else `n`.
  NodeId repeatedBy(NodeId n) const {
    while (graph.nodes[n].kind == Node::Broadcast && computed[n])
      n = graph.nodes[n].operands[0];
    return n;
  }

  Tile emitNew(NodeId n, Context &c) {
    const Node &node = graph.nodes[n];
    if (node.kind == Node::Constant)
      return {0, {}, node.type, node.constant};
    if (!computed[n])
      return load(n, c);
    switch (node.kind) {
    case Node::Map: {
      if (node.isFn("mirage.exp_sub") && onlineHere(node, c)) {
        Tile x = emit(node.operands[0], c);
        return apply(node, {x, partialOf(node.operands[1], c)}, c);
      }
      // An elementwise op repeats operands itself, and only as far as a tile at
      // the edge of its tensor goes.
      AxisSet held = 0;
      for (NodeId operand : node.operands)
        held |= axesOf(repeatedBy(operand));
      llvm::SmallVector<Tile, 3> operands;
      for (NodeId operand : node.operands)
        operands.push_back(
            emit(axesOf(operand) & ~held ? operand : repeatedBy(operand), c));
      return apply(node, operands, c);
    }
    case Node::Broadcast: {
      Tile x = emit(node.operands[0], c);
      Layout layout = x.layout;
      for (size_t a = 0; a < graph.extents.size(); ++a)
        if ((axesOf(n) & axisBit(a)) &&
            !llvm::is_contained(layout, static_cast<int>(a))) {
          auto unit = llvm::find(layout, -1);
          if (unit == layout.end())
            layout.push_back(a);
          else
            *unit = a;
          sizing.repeated |= axisBit(a);
        }
      x = relayout(c, x, layout);
      sem::Params params;
      params.setArray("shape", shapeOf(layout));
      return append(c, sem::broadcastSem(), params, {x}, layout, x.type);
    }
    case Node::Copy:
      return emit(node.operands[0], c);
    case Node::Reduce:
      return partial(n, c); // wholly inside
    case Node::Tensor:
    case Node::Constant:
      break;
    }
    llvm_unreachable("handled above");
  }

  bool onlineHere(const Node &node, Context &c) const {
    NodeId m = node.operands[1];
    return &c != top && llvm::is_contained(spec.online, m) &&
           isAccumulatedHere(m, c);
  }

  Tile apply(const Node &node, llvm::SmallVector<Tile, 3> operands, Context &c) {
    Layout layout = join(operands);
    llvm::StringRef name = node.sem->name();
    ElementType common = node.type;
    if (name == "mirage.cmp") {
      common = operands[0].type;
      for (const Tile &t : operands)
        if (sem::bitWidth(t.type) > sem::bitWidth(common))
          common = t.type;
      if (sem::isFloat(common))
        common = sem::accumulationType(common);
    }
    for (size_t p = 0; p < operands.size(); ++p) {
      Tile &t = operands[p];
      if (name == "mirage.map")
        t = cast(c, t, node.operandTypes[p]);
      else if (name != "mirage.cast" && !(name == "mirage.select" && p == 0))
        t = cast(c, t, common);
      t = relayout(c, t, layout);
    }
    return append(c, *node.sem, node.params, operands, layout, node.type);
  }

  /// The reduction of a node over what its tile holds of the reduced axes.
  Tile partial(NodeId n, Context &c) {
    const Node &node = graph.nodes[n];
    const Node &body = graph.nodes[node.operands[0]];
    if (node.isRelative())
      return relativeSum(node, c);
    if (node.combiner == Combiner::Sum && body.isFn("mirage.mul") &&
        computed[node.operands[0]] && !c.values.count(node.operands[0]))
      if (std::optional<Tile> product = contraction(node, body, c))
        return *product;
    Tile x = emit(node.operands[0], c);
    return reduceAxes(x, node.reduced, node, c);
  }

  Tile relativeSum(const Node &node, Context &c) {
    Tile x = emit(node.operands[0], c), m = emit(node.operands[1], c);
    ElementType type = node.type;
    Layout layout = join({x, m});
    x = relayout(c, cast(c, x, type), layout);
    m = relayout(c, cast(c, m, type), layout);
    size_t dim = 0;
    while (layout[dim] < 0 || !(node.reduced & axisBit(layout[dim])))
      ++dim;
    layout[dim] = -1;
    sem::Params params;
    params.set("kind", static_cast<int64_t>(Combiner::Sum)).set("dim", dim);
    return append(c, sem::reduceSem(), params, {x, m}, layout, type);
  }

  Tile reduceAxes(Tile x, AxisSet axes, const Node &node, Context &c) {
    for (size_t a = 0; a < graph.extents.size(); ++a) {
      if (!(axes & axisBit(a)))
        continue;
      size_t dim = llvm::find(x.layout, static_cast<int>(a)) - x.layout.begin();
      Layout layout = x.layout;
      layout[dim] = -1;
      sem::Params params;
      params.set("kind", static_cast<int64_t>(node.combiner)).set("dim", dim);
      x = append(c, sem::reduceSem(), params, {x}, layout, node.type);
    }
    return cast(c, x, node.type);
  }

  /// sum over one axis k of l * r, as a matrix product.
  std::optional<Tile> contraction(const Node &node, const Node &product,
                                  Context &c) {
    NodeId l = product.operands[0], r = product.operands[1];
    AxisSet la = axesOf(l), ra = axesOf(r);
    AxisSet shared = node.reduced & la & ra;
    if (!shared || (la == ra && !product.productType))
      return std::nullopt;
    if (node.reduced & ~shared)
      return std::nullopt;
    int k = -1;
    for (size_t a = 0; a < graph.extents.size(); ++a)
      if (shared & axisBit(a))
        k = a;
    Tile lt = emit(l, c), rt = emit(r, c);
    // The operand whose own axes come first in its layout is the left one;
    // what is not m, n or k leads.
    auto own = [&](const Tile &t, AxisSet other) {
      Layout axes;
      for (int axis : t.layout)
        if (axis >= 0 && !(other & axisBit(axis)))
          axes.push_back(axis);
      return axes;
    };
    // (.., m, k) reads its k last: prefer that as the left operand.
    auto endsWithK = [&](const Tile &t) {
      return !t.layout.empty() && t.layout.back() == k;
    };
    if (!endsWithK(lt) && endsWithK(rt)) {
      std::swap(lt, rt);
      std::swap(la, ra);
    }
    Layout lo = own(lt, ra), ro = own(rt, la);
    int m = lo.empty() ? -1 : lo.pop_back_val();
    int n = ro.empty() ? -1 : ro.pop_back_val();
    Layout lead;
    for (size_t a = 0; a < graph.extents.size(); ++a)
      if ((la & ra & axisBit(a)) && static_cast<int>(a) != k)
        lead.push_back(a);
    lead.append(lo.begin(), lo.end());
    lead.append(ro.begin(), ro.end());
    Layout left = lead, right = lead, out = lead;
    left.append({m, k});
    right.append({k, n});
    out.append({m, n});
    // Operands keep their type unless the program's product took a narrower.
    ElementType type = lt.type;
    if (lt.type != rt.type) {
      type = sem::accumulationType(lt.type);
      if (sem::bitWidth(rt.type) > sem::bitWidth(type))
        type = rt.type;
    }
    if (product.productType &&
        sem::bitWidth(*product.productType) <= sem::bitWidth(type))
      type = *product.productType;
    lt = relayout(c, cast(c, lt, type), left);
    rt = relayout(c, cast(c, rt, type), right);
    Tile result = append(c, sem::matmulSem(), {}, {lt, rt}, out, node.type);
    AxisSet rest = node.reduced & ~axisBit(k);
    return reduceAxes(result, rest, node, c);
  }

  Tile partialOf(NodeId n, Context &c) {
    auto it = partials.find({&c, n});
    if (it != partials.end())
      return it->second;
    Tile t = partial(n, c);
    partials[{&c, n}] = t;
    return t;
  }

  bool emitLoop(const Schedule::Loop &loop,
                MemoryFn memory,
                sem::Op &kernel) {
    sem::Op op;
    op.kind = sem::Op::Loop;
    Context c;
    c.stage = loop.stage;
    c.axes = loop.axes;
    for (size_t a = 0; a < graph.extents.size(); ++a)
      if (loop.axes & axisBit(a)) {
        axisIds[a] = addAxis(a);
        op.axes.push_back(axisIds[a]);
      }
    std::map<NodeId, size_t> position;
    for (NodeId n : loop.accumulated) {
      position[n] = op.accumulators.size();
      sem::Accumulator acc;
      acc.kind = graph.nodes[n].combiner;
      Tile t = partialOf(n, c);
      acc.value = t.value;
      op.accumulators.push_back(acc);
    }
    for (NodeId n : loop.accumulated) {
      Tile t = partialOf(n, c);
      auto relative = schedule.relative.find(n);
      if (relative != schedule.relative.end()) {
        Tile m = partialOf(relative->second, c);
        bool fits = m.layout.size() == t.layout.size();
        for (size_t d = 0; fits && d < m.layout.size(); ++d)
          fits = m.layout[d] < 0 || m.layout[d] == t.layout[d];
        if (!fits) {
          // The sum takes the maximum's dimensions, and its own axes those that
          // are units.
          Layout taken = m.layout;
          for (int axis : t.layout) {
            if (axis < 0 || llvm::is_contained(taken, axis))
              continue;
            auto unit = llvm::find(taken, -1);
            if (unit == taken.end()) {
              why = "a relative sum and its maximum have different ranks";
              return false;
            }
            *unit = axis;
          }
          t = relayout(c, t, taken);
          op.accumulators[position[n]].value = t.value;
        }
        op.accumulators[position[n]].rel = position[relative->second];
      }
      ElementType type = sem::accumulationType(t.type);
      ValueId v = addTile(t.layout, type);
      op.results.push_back(v);
      top->values[n] = {v, t.layout, type, {}};
    }
    for (NodeId n : loop.stores)
      if (!store(n, c, memory, kernel))
        return false;
    op.body = std::move(c.ops);
    top->ops.push_back(std::move(op));
    return true;
  }

  bool store(NodeId n, Context &c,
             MemoryFn memory,
             sem::Op &kernel) {
    Tile t = emit(n, c);
    Memory m = memory(n);
    const Layout &layout = m.layout;
    for (int axis : t.layout)
      if (axis >= 0 && !llvm::is_contained(layout, axis)) {
        why = "an output lacks an axis of its value";
        return false;
      }
    for (int axis : layout)
      if (axis >= 0 && !(implied & axisBit(axis)) &&
          !llvm::is_contained(t.layout, axis)) {
        why = "an output has an axis that its value lacks";
        return false;
      }
    t = relayout(c, cast(c, t, m.type.element), layout);
    ValueId v = m.value ? *m.value : program.addValue(m.type);
    kernel.results.push_back(v);
    stored[n] = {v, layout};
    sem::Op op;
    op.kind = sem::Op::Store;
    op.operands.push_back(t.value);
    op.results.push_back(v);
    op.split = splitOf(layout);
    AxisSet named = 0;
    for (int axis : layout)
      if (axis >= 0)
        named |= axisBit(axis) | graph.outerOf(axisBit(axis));
    for (size_t a = 0; a < graph.extents.size(); ++a) {
      bool enclosing = spec.roles[a] == Role::Grid ||
                       (&c != top && (c.axes & axisBit(a)));
      if (enclosing && !(named & axisBit(a)))
        op.once.push_back(axisIds[a]);
    }
    c.ops.push_back(std::move(op));
    return true;
  }

  const Graph &graph;
  const KernelSpec &spec;
  const Schedule &schedule;
  TileSizes sizes;
  sem::Program &program;
  std::map<NodeId, TensorRef> &tensors;
  std::vector<int> axisIds;
  std::vector<bool> computed;
  /// Outer axes on the grid: a block sees one index of theirs, and its tiles
  /// have no dimension for them.
  AxisSet implied = 0;
  Context *top = nullptr;
  std::map<std::pair<Context *, NodeId>, Tile> partials;
  std::map<NodeId, TensorRef> stored;
  std::string why;
};
} // namespace

std::optional<sem::Op> mirage::search::emitKernel(
    const Graph &graph, const KernelSpec &spec, const Schedule &schedule,
    ArrayRef<int64_t> tiles, sem::Program &program,
    std::map<NodeId, TensorRef> &tensors, MemoryFn memory, std::string &why,
    Sizing *sizing) {
  Emitter emitter(graph, spec, schedule, tiles, program, tensors);
  std::optional<sem::Op> kernel = emitter.run(memory, why);
  if (sizing)
    *sizing = std::move(emitter.sizing);
  return kernel;
}

static void resizeParams(const sem::Program &program, std::vector<sem::Op> &ops) {
  for (sem::Op &op : ops) {
    for (sem::Params::Entry &entry : op.params.entries)
      if (entry.name == "shape")
        entry.ints.assign(program.shape(op.results[0]).begin(),
                          program.shape(op.results[0]).end());
    resizeParams(program, op.body);
  }
}

void mirage::search::resizeKernel(const Graph &graph, const KernelSpec &spec,
                                  const Sizing &sizing, ArrayRef<int64_t> tiles,
                                  sem::Program &program, sem::Op &kernel) {
  TileSizes sizes(graph, spec, tiles);
  for (const auto &[v, layout] : sizing.tiles)
    sizes.setShape(layout, program.values[v].shape);
  for (auto [id, axis] : sizing.axes)
    program.axes[id].extent = sizes.pieces(axis);
  resizeParams(program, kernel.body);
}
