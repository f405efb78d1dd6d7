//===- Partition.cpp - Parts of a program that are searched alone ---------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Partition.h"
#include "mirage/Search/Graph.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/STLExtras.h"
#include <functional>
#include <set>

using namespace mirage;
using namespace mirage::search;
using sem::Op;
using sem::ValueId;

/// Most ops of one part.
static constexpr size_t maxOps = 48;

static void visitOperands(const Op &op, llvm::function_ref<void(ValueId)> fn) {
  for (ValueId v : op.operands)
    fn(v);
  for (const Op &inner : op.body)
    visitOperands(inner, fn);
}

namespace {
class Partitioner {
public:
  explicit Partitioner(const sem::Program &program)
      : program(program), count(program.ops.size()) {}

  std::vector<Part> run() {
    for (size_t i = 0; i < count; ++i)
      for (ValueId v : program.ops[i].results)
        producer[v] = i;
    nameStages();
    // A stage: first what is not searched, then the connected parts.
    std::vector<Part> parts;
    for (size_t stage = 0; stage <= lastStage; ++stage) {
      for (size_t i = 0; i < count; ++i)
        if (stages[i] == stage && stays(i))
          parts.push_back({false, {&program.ops[i]}, {}});
      for (std::vector<size_t> &ops : connected(stage))
        cut(ops, parts);
    }
    findOutputs(parts);
    for (Part &part : parts)
      if (part.searched)
        addConstants(part);
    return parts;
  }

private:
  bool searched(size_t i) const {
    const Op &op = program.ops[i];
    return op.kind == Op::Algebra && isNameable(program, op);
  }
  /// A constant stays where something else than a searched op uses it.
  bool stays(size_t i) const {
    return program.ops[i].kind == Op::Constant ? kept.count(i) : !searched(i);
  }

  /// Ops of a stage depend on no op that stays but those of this and earlier
  /// ones, and on no searched op of a later one: so each stage's searched ops
  /// are convex.
  void nameStages() {
    stages.assign(count, 0);
    for (size_t i = 0; i < count; ++i) {
      bool here = searched(i);
      visitOperands(program.ops[i], [&](ValueId v) {
        auto it = producer.find(v);
        if (it == producer.end() || it->second == i)
          return;
        size_t j = it->second;
        if (program.ops[j].kind == Op::Constant) {
          if (!here)
            kept.insert(j);
          return;
        }
        stages[i] = std::max(stages[i], stages[j] + (!here && searched(j)));
      });
      lastStage = std::max(lastStage, stages[i]);
    }
    for (ValueId v : program.outputs) {
      auto it = producer.find(v);
      if (it != producer.end() &&
          program.ops[it->second].kind == Op::Constant)
        kept.insert(it->second);
    }
  }

  /// The searched ops of a stage, those together that share a value.
  std::vector<std::vector<size_t>> connected(size_t stage) const {
    llvm::IntEqClasses classes(count);
    std::map<ValueId, size_t> user;
    std::vector<size_t> members;
    for (size_t i = 0; i < count; ++i) {
      if (stages[i] != stage || !searched(i))
        continue;
      members.push_back(i);
      auto touch = [&](ValueId v) {
        auto it = producer.find(v);
        if (it != producer.end() &&
            program.ops[it->second].kind == Op::Constant)
          return;
        auto [first, isNew] = user.try_emplace(v, i);
        if (!isNew)
          classes.join(first->second, i);
      };
      llvm::for_each(program.ops[i].operands, touch);
      llvm::for_each(program.ops[i].results, touch);
    }
    classes.compress();
    std::map<unsigned, std::vector<size_t>> groups;
    std::vector<unsigned> order;
    for (size_t i : members) {
      std::vector<size_t> &group = groups[classes[i]];
      if (group.empty())
        order.push_back(classes[i]);
      group.push_back(i);
    }
    std::vector<std::vector<size_t>> result;
    for (unsigned c : order)
      result.push_back(std::move(groups[c]));
    return result;
  }

  /// Adds `ops` as as few parts as their order allows: each not too large, and
  /// with axes that can be named. Where a value is added to a product of itself,
  /// the sum's axis would be both of the product's.
  void cut(llvm::ArrayRef<size_t> ops, std::vector<Part> &parts) const {
    Part part{true, {}, {}};
    auto flush = [&] {
      if (!part.ops.empty())
        parts.push_back(part);
      part.ops.clear();
    };
    for (size_t i : ops) {
      const Op &op = program.ops[i];
      part.ops.push_back(&op);
      if (part.ops.size() <= maxOps && canBeNamed(part.ops))
        continue;
      part.ops.pop_back();
      flush();
      part.ops.push_back(&op);
    }
    flush();
  }

  bool canBeNamed(llvm::ArrayRef<const Op *> ops) const {
    std::string why;
    return importRegion(program, ops, {ops.back()->results[0]}, {}, why)
        .has_value();
  }

  void findOutputs(std::vector<Part> &parts) const {
    std::map<const Op *, size_t> partOf;
    for (auto [p, part] : llvm::enumerate(parts))
      for (const Op *op : part.ops)
        partOf[op] = p;
    std::set<ValueId> used(program.outputs.begin(), program.outputs.end());
    for (const Op &op : program.ops)
      visitOperands(op, [&](ValueId v) {
        auto it = producer.find(v);
        if (it == producer.end())
          return;
        auto from = partOf.find(&program.ops[it->second]);
        auto to = partOf.find(&op);
        if (from != partOf.end() && to != partOf.end() &&
            from->second != to->second)
          used.insert(v);
      });
    for (Part &part : parts)
      for (const Op *op : part.ops)
        for (ValueId v : op->results)
          if (used.count(v))
            part.outputs.push_back(v);
  }

  void addConstants(Part &part) const {
    std::set<size_t> constants;
    for (const Op *op : part.ops)
      for (ValueId v : op->operands) {
        auto it = producer.find(v);
        if (it != producer.end() &&
            program.ops[it->second].kind == Op::Constant)
          constants.insert(it->second);
      }
    std::vector<const Op *> ops;
    for (size_t i : constants)
      ops.push_back(&program.ops[i]);
    part.ops.insert(part.ops.begin(), ops.begin(), ops.end());
  }

  const sem::Program &program;
  size_t count, lastStage = 0;
  std::map<ValueId, size_t> producer;
  std::vector<size_t> stages;
  std::set<size_t> kept;
};
} // namespace

std::vector<Part> mirage::search::partition(const sem::Program &program) {
  return Partitioner(program).run();
}
