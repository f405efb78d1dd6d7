//===- FormKernels.cpp - One kernel an op or elementwise chain ------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sizes.h"
#include "mirage/Search/Search.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <functional>
#include <limits>

using namespace mirage;
using namespace mirage::search;
using sem::Op;
using sem::ValueId;

static bool isElementwise(const sem::Program &program, const Op &op) {
  if (op.kind != Op::Algebra || !isNameable(program, op))
    return false;
  std::string why;
  auto s = program.structure(op, why);
  return s && !s->combine;
}

/// A reshape is a view of a dense tensor.
static bool isView(const Op &op) {
  return op.kind == Op::Algebra && op.sem->name() == "mirage.reshape";
}

/// A block program for an op whose dimensions are not all plain: dimensions
/// with another map stay whole, the others are cut.
static std::optional<Op> formByPosition(sem::Program &program, const Op &op,
                                        std::string &why) {
  llvm::SmallVector<sem::Shape, 3> shapes;
  for (ValueId v : op.operands)
    shapes.push_back(program.shape(v));
  auto s = program.structure(op, why);
  if (!s)
    return std::nullopt;
  const sem::ValueType type = program.values[op.results[0]];
  std::vector<bool> whole(s->extents.size(), false);
  for (size_t d = 0; d < s->reduced.size(); ++d)
    whole[d] = s->reduced[d];
  for (size_t p = 0; p < s->in.size(); ++p)
    for (auto [d, index] : llvm::enumerate(s->in[p])) {
      std::optional<unsigned> plain = index.asDim();
      if (!plain || s->extents[*plain] != shapes[p][d])
        for (auto [dim, coefficient] : index.terms)
          whole[dim] = true;
    }
  for (const sem::Shape &start : s->pieces)
    for (size_t d = 0; d < start.size(); ++d)
      if (start[d] != 0)
        whole[d] = true;
  Op kernel;
  kernel.kind = Op::Kernel;
  std::vector<int> axes(s->extents.size(), -1);
  std::vector<int64_t> tile(s->extents.begin(), s->extents.end());
  for (size_t d = 0; d < s->extents.size(); ++d) {
    if (whole[d] || s->extents[d] == 1)
      continue;
    bool last = d + 1 == s->extents.size();
    tile[d] = last ? std::min<int64_t>(64, s->extents[d]) : 1;
    axes[d] = program.addAxis((s->extents[d] + tile[d] - 1) / tile[d], "d");
    kernel.axes.push_back(axes[d]);
  }
  auto split = [&](const sem::IndexMap &map, sem::Shape &shape) {
    sem::Split result;
    for (size_t d = 0; d < map.size(); ++d) {
      result.emplace_back();
      auto dim = map[d].asDim();
      if (dim && axes[*dim] >= 0) {
        result.back().push_back(axes[*dim]);
        shape[d] = tile[*dim];
      }
    }
    return result;
  };
  Op compute = op;
  compute.attributes = nullptr;
  compute.operands.clear();
  for (size_t p = 0; p < op.operands.size(); ++p) {
    Op load;
    load.kind = Op::Load;
    load.operands.push_back(op.operands[p]);
    sem::Shape shape = shapes[p];
    sem::IndexMap map = s->in[p];
    if (!s->pieces.empty()) // a piece's own dimensions
      for (size_t d = 0; d < map.size(); ++d)
        map[d] = sem::IndexExpr::dim(d);
    load.split = split(map, shape);
    ValueId v = program.addValue({shape, program.values[op.operands[p]].element});
    load.results.push_back(v);
    compute.operands.push_back(v);
    kernel.body.push_back(std::move(load));
  }
  sem::Shape outTile = type.shape;
  Op store;
  store.kind = Op::Store;
  store.split = split(s->out, outTile);
  for (sem::Params::Entry &entry : compute.params.entries)
    if (entry.name == "sizes" || entry.name == "shape")
      entry.ints.assign(outTile.begin(), outTile.end());
  ValueId v = program.addValue({outTile, type.element});
  compute.results.assign({v});
  kernel.body.push_back(std::move(compute));
  store.operands.push_back(v);
  store.results.push_back(op.results[0]);
  kernel.body.push_back(std::move(store));
  kernel.results.push_back(op.results[0]);
  return kernel;
}

static std::optional<Op> formGroup(sem::Program &program,
                                   llvm::ArrayRef<const Op *> ops,
                                   llvm::ArrayRef<ValueId> outputs,
                                   const Target &target, std::string &why) {
  ImportOptions options;
  options.eraseCasts = false;
  std::optional<Region> region =
      importRegion(program, ops, outputs, options, why);
  if (!region)
    return std::nullopt;
  const Graph &graph = region->graph;
  Candidate candidate;
  AxisSet reduced = 0;
  std::map<NodeId, TensorRef> tensors;
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    const Node &node = graph.nodes[n];
    if (node.kind == Node::Tensor)
      tensors[n] = {node.tensor, node.layout};
    else if (node.kind != Node::Constant)
      candidate.spec.nodes.push_back(n);
    reduced |= node.reduced;
  }
  std::map<NodeId, const Output *> outputOf;
  for (const Output &output : region->outputs) {
    outputOf[output.node] = &output;
    candidate.spec.stores.push_back(output.node);
  }
  for (size_t a = 0; a < graph.extents.size(); ++a)
    candidate.spec.roles.push_back(
        !(reduced & axisBit(a)) ? Role::Grid
        : graph.extents[a] > 64 ? Role::Loop
                                : Role::Whole);
  std::optional<Schedule> schedule = scheduleKernel(graph, candidate.spec, why);
  if (!schedule)
    return std::nullopt;
  candidate.schedule = std::move(*schedule);
  auto typed = [&](NodeId n) -> Memory {
    const Output &output = *outputOf.at(n);
    return {program.values[output.value], output.layout, std::nullopt};
  };
  auto placed = [&](NodeId n) -> Memory {
    const Output &output = *outputOf.at(n);
    return {program.values[output.value], output.layout, output.value};
  };
  sem::Program scratch = program;
  scratch.ops.clear();
  if (!chooseSizes(graph, candidate, target, scratch, tensors, typed,
                   std::numeric_limits<double>::infinity(), why))
    return std::nullopt;
  return emitKernel(graph, candidate.spec, candidate.schedule, candidate.tiles,
                    program, tensors, placed, why);
}

bool mirage::search::formKernels(const sem::Program &program,
                                 const Target &target, sem::Program &result,
                                 std::string &why, const Op **failed) {
  result = program;
  result.ops.clear();
  size_t count = program.ops.size();
  std::map<ValueId, size_t> producer;
  std::map<ValueId, std::vector<size_t>> users;
  for (size_t i = 0; i < count; ++i) {
    for (ValueId v : program.ops[i].results)
      producer[v] = i;
    std::function<void(const Op &)> use = [&](const Op &op) {
      for (ValueId v : op.operands)
        users[v].push_back(i);
      for (const Op &inner : op.body)
        use(inner);
    };
    use(program.ops[i]);
  }
  // A chain is named after its last op; a producer with one use joins it.
  std::vector<size_t> group(count);
  for (size_t i = count; i-- > 0;) {
    group[i] = i;
    const Op &op = program.ops[i];
    if (!isElementwise(program, op) || isView(op))
      continue;
    ValueId v = op.results[0];
    if (llvm::is_contained(program.outputs, v) || users[v].size() != 1)
      continue;
    size_t user = users[v].front();
    if (isElementwise(program, program.ops[user]) && !isView(program.ops[user]))
      group[i] = group[user];
  }
  std::set<ValueId> kept; // constants that are tensors in the result
  for (size_t i = 0; i < count; ++i) {
    const Op &op = program.ops[i];
    if (op.kind == Op::Constant) {
      // Rebuilt inside the kernels; kept where something else needs it.
      bool needed = llvm::is_contained(program.outputs, op.results[0]);
      for (size_t user : users[op.results[0]])
        needed |= isView(program.ops[user]) ||
                  !isNameable(program, program.ops[user]);
      if (needed && kept.insert(op.results[0]).second)
        result.ops.push_back(op);
      continue;
    }
    if (op.kind != Op::Algebra || isView(op)) {
      result.ops.push_back(op);
      continue;
    }
    if (group[i] != i)
      continue;
    std::vector<const Op *> ops;
    std::set<ValueId> inside;
    for (size_t j = 0; j <= i; ++j)
      if (program.ops[j].kind == Op::Algebra && group[j] == i)
        ops.push_back(&program.ops[j]);
    for (const Op *member : std::vector<const Op *>(ops))
      for (ValueId v : member->operands) {
        auto it = producer.find(v);
        if (it != producer.end() &&
            program.ops[it->second].kind == Op::Constant &&
            inside.insert(v).second)
          ops.insert(ops.begin(), &program.ops[it->second]);
      }
    std::optional<Op> kernel =
        formGroup(result, ops, {op.results[0]}, target, why);
    if (!kernel && ops.size() == 1 + inside.size()) {
      kernel = formByPosition(result, op, why);
      // It loads constants, as tensors.
      for (ValueId v : inside)
        if (kernel && kept.insert(v).second)
          result.ops.push_back(program.ops[producer[v]]);
    }
    if (!kernel) {
      *failed = &op;
      return false;
    }
    result.ops.push_back(std::move(*kernel));
  }
  return true;
}

bool mirage::search::copyOutputs(sem::Program &program, const Target &target) {
  std::map<ValueId, ValueId> views = viewsOf(program);
  std::set<ValueId> taken(program.inputs.begin(), program.inputs.end());
  for (const Op &op : program.ops)
    if (op.kind == Op::Constant || op.kind == Op::Dense)
      taken.insert(op.results[0]);
  auto view = [&](ValueId v, const sem::Shape &shape) {
    if (program.shape(v) == shape)
      return v;
    Op op;
    op.sem = &sem::reshapeSem();
    op.params.setArray("shape", shape);
    op.operands.push_back(v);
    op.results.push_back(program.addValue({shape, program.values[v].element}));
    program.ops.push_back(std::move(op));
    return program.ops.back().results[0];
  };
  bool copies = false;
  for (ValueId &output : program.outputs) {
    auto of = views.find(output);
    if (taken.insert(of == views.end() ? output : of->second).second)
      continue;
    const sem::Shape shape = program.shape(output);
    // A slice of everything, in one dimension.
    int64_t size = sem::numElements(shape);
    Op copy;
    copy.sem = &sem::sliceSem();
    copy.params.setArray("offsets", {0});
    copy.params.setArray("strides", {1});
    copy.params.setArray("sizes", {size});
    copy.operands.push_back(view(output, {size}));
    copy.results.push_back(
        program.addValue({{size}, program.values[output].element}));
    std::string why;
    std::optional<Op> kernel =
        formGroup(program, {&copy}, {copy.results[0]}, target, why);
    assert(kernel && "a copy fits any target");
    program.ops.push_back(std::move(*kernel));
    output = view(copy.results[0], shape);
    copies = true;
  }
  return copies;
}

std::vector<KernelCost> mirage::search::costsOf(const sem::Program &program,
                                                const Target &target) {
  std::vector<KernelCost> costs;
  for (const Op &op : program.ops)
    if (op.kind == Op::Kernel)
      costs.push_back(costOf(program, op, target));
  return costs;
}
