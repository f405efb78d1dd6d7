//===- Graph.cpp - Programs over named axes -------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Search/Graph.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/STLExtras.h"
#include <set>

using namespace mirage;
using namespace mirage::search;
using llvm::ArrayRef;
using sem::ElementType;

std::string Node::key() const {
  std::string text = std::to_string(kind) + ':';
  if (sem)
    text += sem->name().str() + params.str();
  text += '|' + std::to_string(static_cast<int>(combiner)) + ',' +
          std::to_string(reduced) + ',' + std::to_string(axes) + ',' +
          std::to_string(static_cast<int>(type)) + ',';
  if (kind == Copy)
    text += 'c' + std::to_string(copy);
  if (kind == Constant)
    text += std::to_string(llvm::bit_cast<uint64_t>(constant));
  if (kind == Tensor) {
    text += 't' + std::to_string(tensor);
    for (int axis : layout)
      text += ',' + std::to_string(axis);
  }
  if (productType)
    text += 'p' + std::to_string(static_cast<int>(*productType));
  for (NodeId operand : operands)
    text += ' ' + std::to_string(operand);
  return text;
}

bool mirage::search::isLinearIn(const Node &node, size_t operand) {
  if (node.kind == Node::Broadcast || node.isFn("mirage.mul") ||
      node.isFn("mirage.neg"))
    return true;
  return node.isFn("mirage.div") && operand == 0;
}

/// A product that only the graph's normal form shapes; one that a matrix
/// product sums stays as it is.
static bool isPlainProduct(const Node &node) {
  return (node.isFn("mirage.mul") && !node.productType) ||
         node.isFn("mirage.div");
}

/// The factors of n above and below the line.
static void collectFactors(const Graph &graph, NodeId n, bool below,
                           std::vector<NodeId> (&factors)[2]) {
  const Node &node = graph.nodes[n];
  bool quotient = node.isFn("mirage.div");
  if (!isPlainProduct(node) || (quotient && below)) {
    factors[below].push_back(n);
    return;
  }
  collectFactors(graph, node.operands[0], below, factors);
  collectFactors(graph, node.operands[1], below || quotient, factors);
}

/// The normal form of a product or quotient, if it is another one.
std::optional<NodeId> Graph::normalProduct(const Node &node) {
  std::vector<NodeId> factors[2];
  bool quotient = node.isFn("mirage.div");
  collectFactors(*this, node.operands[0], false, factors);
  collectFactors(*this, node.operands[1], quotient, factors);
  if (factors[0].size() + factors[1].size() < 3)
    return std::nullopt;
  for (std::vector<NodeId> &list : factors)
    llvm::sort(list, [&](NodeId a, NodeId b) {
      return std::make_pair(llvm::popcount(nodes[a].axes), a) <
             std::make_pair(llvm::popcount(nodes[b].axes), b);
    });
  auto plain = [&](const sem::OpSemantics &sem, NodeId a, NodeId b) {
    Node result;
    result.kind = Node::Map;
    result.sem = &sem;
    result.type = node.type;
    result.operands = {a, b};
    result.axes = nodes[a].axes | nodes[b].axes;
    return intern(std::move(result));
  };
  NodeId value = factors[0].front();
  size_t below = 0;
  auto divideWithin = [&](AxisSet axes) {
    while (below < factors[1].size() &&
           !(nodes[factors[1][below]].axes & ~axes))
      value = plain(sem::divSem(), value, factors[1][below++]);
  };
  for (size_t i = 1; i < factors[0].size(); ++i) {
    divideWithin(nodes[factors[0][i]].axes);
    value = plain(sem::mulSem(), value, factors[0][i]);
  }
  divideWithin(~AxisSet(0));
  return value;
}

NodeId Graph::add(Node node) {
  if (normalizeProducts && isPlainProduct(node))
    if (std::optional<NodeId> normal = normalProduct(node))
      return *normal;
  return intern(std::move(node));
}

NodeId Graph::intern(Node node) {
  // Operands of a commutative function are unordered.
  if (node.kind == Node::Map && node.operands.size() == 2 && node.sem)
    if (const sem::ScalarExpr *expr = node.sem->elementwise())
      if (const sem::ScalarFn *fn = expr->singleCall())
        if (fn->commutative && node.operands[0] > node.operands[1])
          std::swap(node.operands[0], node.operands[1]);
  auto [it, isNew] = interned.try_emplace(node.key(), nodes.size());
  if (isNew)
    nodes.push_back(std::move(node));
  return it->second;
}

NodeId Graph::map(const sem::OpSemantics &sem, ArrayRef<NodeId> operands,
                  ElementType type) {
  Node node;
  node.kind = Node::Map;
  node.sem = &sem;
  node.type = type;
  for (NodeId operand : operands) {
    node.operands.push_back(operand);
    node.axes |= nodes[operand].axes;
  }
  return add(std::move(node));
}

NodeId Graph::reduce(sem::Combiner combiner, AxisSet reduced, NodeId operand,
                     ElementType type) {
  Node node;
  node.kind = Node::Reduce;
  node.combiner = combiner;
  node.reduced = reduced;
  node.operands = {operand};
  node.axes = nodes[operand].axes & ~reduced;
  node.type = type;
  return add(std::move(node));
}

NodeId Graph::withOperands(NodeId n, ArrayRef<NodeId> operands) {
  Node node = nodes[n];
  AxisSet axes = 0;
  for (NodeId operand : operands)
    axes |= nodes[operand].axes;
  node.operands.assign(operands.begin(), operands.end());
  if (node.kind == Node::Broadcast)
    node.axes |= axes | outerOf(node.axes);
  else
    node.axes = axes & ~node.reduced;
  return add(std::move(node));
}

AxisSet Graph::outerOf(AxisSet axes) const {
  AxisSet result = 0;
  for (size_t a = 0; a < outer.size(); ++a)
    if ((axes & axisBit(a)) && outer[a] >= 0)
      result |= axisBit(outer[a]);
  return result;
}

int64_t Graph::size(AxisSet axes) const {
  int64_t n = 1;
  axes &= ~outerOf(axes);
  for (size_t a = 0; a < extents.size(); ++a)
    if (axes & axisBit(a))
      n *= extents[a];
  return n;
}

//===----------------------------------------------------------------------===//
// Import
//===----------------------------------------------------------------------===//

static std::optional<sem::Structure> structureOf(const sem::Program &program,
                                                 const sem::Op &op) {
  std::string why;
  return program.structure(op, why);
}

bool mirage::search::isNameable(const sem::Program &program,
                                const sem::Op &op) {
  if (op.kind == sem::Op::Constant)
    return true;
  if (op.kind != sem::Op::Algebra)
    return false;
  std::optional<sem::Structure> s = structureOf(program, op);
  if (!s || s->relative || !s->pieces.empty())
    return false;
  for (size_t p = 0; p < op.operands.size(); ++p)
    for (auto [d, index] : llvm::enumerate(s->in[p])) {
      int64_t extent = program.shape(op.operands[p])[d];
      std::optional<unsigned> dim = index.asDim();
      // The first part of a longer dimension is not that dimension.
      if (dim ? s->extents[*dim] != extent : !index.isZero() || extent != 1)
        return false;
    }
  return true;
}

namespace {
class Importer {
public:
  Importer(const sem::Program &program, ArrayRef<const sem::Op *> ops,
           ArrayRef<sem::ValueId> outputs, const ImportOptions &options)
      : program(program), ops(ops), outputs(outputs), options(options) {}

  std::optional<Region> run(bool instancePerUse, std::string &why) {
    perUse = instancePerUse;
    dims.clear();
    uses.clear();
    count = 0;
    for (const sem::Op *op : ops)
      for (sem::ValueId v : op->results)
        declare(v);
    unite();
    alignResults();
    classes.compress();
    if (!nameAxes(why))
      return std::nullopt;
    for (const sem::Op *op : ops)
      if (!addOp(*op, why))
        return std::nullopt;
    for (sem::ValueId v : outputs)
      addOutput(v);
    return std::move(region);
  }

private:
  using Dims = llvm::SmallVector<int, 4>;

  Dims fresh(sem::ValueId v) {
    Dims result;
    for (int64_t extent : program.shape(v)) {
      result.push_back(extent == 1 ? -1 : static_cast<int>(count++));
      if (extent != 1)
        dimExtents.resize(count), dimExtents[count - 1] = extent;
    }
    return result;
  }
  void declare(sem::ValueId v) { dims[v] = fresh(v); }

  /// The dimensions of operand p of op; external tensors are declared here.
  Dims &operandDims(const sem::Op &op, size_t p) {
    sem::ValueId v = op.operands[p];
    auto it = dims.find(v);
    if (it != dims.end())
      return it->second;
    auto key = perUse ? std::make_tuple(v, &op, p)
                      : std::make_tuple(v, static_cast<const sem::Op *>(nullptr),
                                        size_t(0));
    auto [use, isNew] = uses.try_emplace(key);
    if (isNew)
      use->second = fresh(v);
    return use->second;
  }

  void unite() {
    std::vector<std::pair<int, int>> pairs;
    for (const sem::Op *op : ops) {
      if (op->kind != sem::Op::Algebra)
        continue;
      std::optional<sem::Structure> s = structureOf(program, *op);
      std::vector<int> iteration(s->extents.size(), -1);
      auto tie = [&](const sem::IndexExpr &index, int dim) {
        std::optional<unsigned> d = index.asDim();
        if (!d || dim < 0)
          return;
        if (iteration[*d] < 0)
          iteration[*d] = dim;
        else
          pairs.push_back({iteration[*d], dim});
      };
      for (size_t p = 0; p < op->operands.size(); ++p) {
        Dims operand = operandDims(*op, p);
        for (size_t d = 0; d < operand.size(); ++d)
          tie(s->in[p][d], operand[d]);
      }
      Dims &result = dims[op->results[0]];
      for (size_t d = 0; d < result.size(); ++d)
        tie(s->out[d], result[d]);
    }
    classes = llvm::IntEqClasses(count);
    for (auto [a, b] : pairs)
      classes.join(a, b);
  }

  /// Makes one axis of two that only different results have, if they are equally
  /// long: a kernel can then make a tile of each, as if the results were one
  /// tensor (products of one operand with several are one product with their
  /// concatenation). No law reduces such axes, so that no node comes to hold
  /// both.
  void alignResults() {
    std::map<unsigned, std::set<const sem::Op *>> holders; // of each class
    std::set<unsigned> reduced;
    auto hold = [&](const sem::Op &op, const Dims &d) {
      for (int dim : d)
        if (dim >= 0)
          holders[classes.findLeader(dim)].insert(&op);
    };
    for (const sem::Op *op : ops) {
      if (op->kind != sem::Op::Algebra)
        continue;
      std::optional<sem::Structure> s = structureOf(program, *op);
      hold(*op, dims.at(op->results[0]));
      for (size_t p = 0; p < op->operands.size(); ++p) {
        const Dims operand = operandDims(*op, p);
        hold(*op, operand);
        for (auto [d, index] : llvm::enumerate(s->in[p]))
          if (std::optional<unsigned> dim = index.asDim())
            if (operand[d] >= 0 && s->reduced[*dim])
              reduced.insert(classes.findLeader(operand[d]));
      }
    }
    auto align = [&](int x, int y) {
      if (x < 0 || y < 0 || dimExtents[x] != dimExtents[y])
        return;
      unsigned a = classes.findLeader(x), b = classes.findLeader(y);
      if (a == b || reduced.count(a) || reduced.count(b) ||
          llvm::any_of(holders[a], [&](const sem::Op *op) {
            return holders[b].count(op) != 0;
          }))
        return;
      std::set<const sem::Op *> both = holders[a];
      both.insert(holders[b].begin(), holders[b].end());
      holders[classes.join(a, b)] = std::move(both);
    };
    // Dimensions at the same place from the end rather than others.
    for (bool samePlace : {true, false})
      for (size_t i = 0; i < outputs.size(); ++i)
        for (size_t j = 0; j < i; ++j) {
          const Dims &one = dims.at(outputs[j]), &other = dims.at(outputs[i]);
          for (size_t d = 1; d <= one.size(); ++d)
            for (size_t e = 1; e <= other.size(); ++e)
              if (!samePlace || d == e)
                align(one[one.size() - d], other[other.size() - e]);
        }
  }

  bool nameAxes(std::string &why) {
    if (classes.getNumClasses() > 62) {
      why = "more than 62 axes";
      return false;
    }
    region.graph.extents.assign(classes.getNumClasses(), 1);
    region.graph.normalizeProducts = options.eraseCasts;
    region.graph.outer.assign(classes.getNumClasses(), -1);
    for (unsigned i = 0; i < count; ++i)
      region.graph.extents[classes[i]] = dimExtents[i];
    for (size_t a = 0; a < region.graph.extents.size(); ++a)
      region.graph.axisNames.push_back("d" + std::to_string(a));
    auto distinct = [&](const Dims &d) {
      AxisSet seen = 0;
      for (int axis : layoutOf(d)) {
        if (axis >= 0 && (seen & axisBit(axis)))
          return false;
        if (axis >= 0)
          seen |= axisBit(axis);
      }
      return true;
    };
    for (auto &[v, d] : dims)
      if (!distinct(d)) {
        why = "two dimensions of one value are the same axis";
        return false;
      }
    for (auto &[key, d] : uses)
      if (!distinct(d)) {
        why = "two dimensions of one tensor are the same axis";
        return false;
      }
    return true;
  }

  Layout layoutOf(const Dims &d) const {
    Layout layout;
    for (int dim : d)
      layout.push_back(dim < 0 ? -1 : static_cast<int>(classes[dim]));
    return layout;
  }

  static AxisSet axesOf(const Layout &layout) {
    AxisSet set = 0;
    for (int axis : layout)
      if (axis >= 0)
        set |= axisBit(axis);
    return set;
  }

  NodeId operandNode(const sem::Op &op, size_t p) {
    sem::ValueId v = op.operands[p];
    auto it = values.find(v);
    if (it != values.end())
      return it->second;
    Node node;
    node.kind = Node::Tensor;
    node.tensor = v;
    node.layout = layoutOf(operandDims(op, p));
    node.axes = axesOf(node.layout);
    node.type = program.values[v].element;
    return region.graph.add(std::move(node));
  }

  /// The type in which results are held.
  ElementType held(ElementType type) const {
    return options.eraseCasts ? sem::accumulationType(type) : type;
  }

  bool addOp(const sem::Op &op, std::string &why) {
    Graph &graph = region.graph;
    sem::ValueId v = op.results[0];
    ElementType type = held(program.values[v].element);
    AxisSet outAxes = axesOf(layoutOf(dims[v]));
    if (op.kind == sem::Op::Constant) {
      Node node;
      node.kind = Node::Constant;
      node.constant = op.constant;
      node.type = type;
      NodeId id = graph.add(std::move(node));
      values[v] = outAxes ? broadcast(id, outAxes, type) : id;
      return true;
    }
    std::optional<sem::Structure> s = structureOf(program, op);
    llvm::SmallVector<NodeId, 3> operands;
    for (size_t p = 0; p < op.operands.size(); ++p)
      operands.push_back(operandNode(op, p));
    llvm::StringRef name = op.sem->name();
    if (s->combine) {
      AxisSet reduced = 0;
      Dims all;
      for (size_t p = 0; p < op.operands.size(); ++p) {
        const Layout layout = layoutOf(operandDims(op, p));
        for (size_t d = 0; d < layout.size(); ++d)
          if (std::optional<unsigned> dim = s->in[p][d].asDim())
            if (s->reduced[*dim] && layout[d] >= 0)
              reduced |= axisBit(layout[d]);
      }
      NodeId body = operands[0];
      if (operands.size() == 2) { // a contraction
        Node product;
        product.kind = Node::Map;
        product.sem = &sem::mulSem();
        product.operands = {operands[0], operands[1]};
        product.axes = graph.nodes[operands[0]].axes |
                       graph.nodes[operands[1]].axes;
        product.type = type;
        product.productType =
            options.narrowProducts
                ? program.values[op.operands[0]].element
                : sem::accumulationType(program.values[op.operands[0]].element);
        body = graph.add(std::move(product));
      }
      if (!reduced) { // over one element
        values[v] = operands.size() == 2 ? body : convert(body, type);
        return true;
      }
      values[v] = graph.reduce(*s->combine, reduced, body, type);
      return true;
    }
    if (!s->isElementwise() && !s->body.singleCall() && s->in.size() != 1) {
      why = name.str() + " cannot be named";
      return false;
    }
    // A slice that has names is whole.
    bool copies = name == "mirage.transpose" || name == "mirage.reshape" ||
                  name == "mirage.slice" ||
                  name == "mirage.broadcast" ||
                  (name == "mirage.cast" && options.eraseCasts &&
                   sem::isFloat(program.values[op.operands[0]].element) &&
                   sem::isFloat(program.values[v].element));
    if (copies) {
      NodeId x = operands[0];
      if (outAxes & ~graph.nodes[x].axes)
        x = broadcast(x, outAxes, graph.nodes[x].type);
      values[v] = x;
      return true;
    }
    Node node;
    node.kind = Node::Map;
    node.sem = op.sem;
    node.params = op.params;
    node.type = type;
    node.operands.assign(operands.begin(), operands.end());
    for (NodeId operand : operands)
      node.axes |= graph.nodes[operand].axes;
    if (name == "mirage.map") {
      node.type = program.values[v].element;
      for (sem::ValueId operand : op.operands)
        node.operandTypes.push_back(program.values[operand].element);
    }
    // exp(a - b) is exp_sub, which is also defined where a is -inf.
    if (options.eraseCasts && name == "mirage.exp") {
      const Node &inner = graph.nodes[operands[0]];
      if (inner.kind == Node::Map && inner.sem->name() == "mirage.sub") {
        node.sem = &sem::expSubSem();
        node.operands = inner.operands;
      }
    }
    values[v] = graph.add(std::move(node));
    return true;
  }

  /// An output that is no computed value of its own is a copy of one. Equal
  /// outputs are one.
  void addOutput(sem::ValueId v) {
    Graph &graph = region.graph;
    NodeId n = values.at(v);
    Layout layout = layoutOf(dims[v]);
    bool copies = graph.nodes[n].kind == Node::Tensor ||
                  graph.nodes[n].kind == Node::Constant;
    for (const Output &other : region.outputs) {
      bool copyOfN = graph.nodes[other.node].kind == Node::Copy &&
                     graph.nodes[other.node].operands[0] == n;
      if (other.node != n && !copyOfN)
        continue;
      if (other.layout == layout &&
          program.values[other.value] == program.values[v]) {
        region.outputs.push_back({other.node, v, layout});
        return;
      }
      copies = true;
    }
    if (copies) {
      Node node = graph.nodes[n];
      node.kind = Node::Copy;
      node.operands = {n};
      node.copy = region.outputs.size();
      n = graph.add(std::move(node));
    }
    region.outputs.push_back({n, v, layout});
  }

  NodeId broadcast(NodeId x, AxisSet axes, ElementType type) {
    Node node;
    node.kind = Node::Broadcast;
    node.operands = {x};
    node.axes = axes | region.graph.nodes[x].axes;
    node.type = type;
    return region.graph.add(std::move(node));
  }

  NodeId convert(NodeId x, ElementType type) {
    if (region.graph.nodes[x].type == type || options.eraseCasts)
      return x;
    return region.graph.map(sem::castSem(), {x}, type);
  }

  const sem::Program &program;
  ArrayRef<const sem::Op *> ops;
  ArrayRef<sem::ValueId> outputs;
  ImportOptions options;
  bool perUse = false;
  unsigned count = 0;
  std::vector<int64_t> dimExtents;
  std::map<sem::ValueId, Dims> dims;
  std::map<std::tuple<sem::ValueId, const sem::Op *, size_t>, Dims> uses;
  llvm::IntEqClasses classes;
  std::map<sem::ValueId, NodeId> values;
  Region region;
};
} // namespace

std::optional<Region>
mirage::search::importRegion(const sem::Program &program,
                             ArrayRef<const sem::Op *> ops,
                             ArrayRef<sem::ValueId> outputs,
                             const ImportOptions &options, std::string &why) {
  for (const sem::Op *op : ops)
    if (!isNameable(program, *op)) {
      why = (op->sem ? op->sem->name() : "a structure op").str() +
            " has no named axes";
      return std::nullopt;
    }
  // A tensor that is used under two namings of its axes (a product with its
  // own transpose) is two tensors.
  for (bool perUse : {false, true})
    if (std::optional<Region> region =
            Importer(program, ops, outputs, options).run(perUse, why))
      return region;
  return std::nullopt;
}
