//===- WellFormed.cpp - Programs that can be evaluated --------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "mirage/Verify/Surrogate.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"

using namespace mirage::sem;
using namespace mirage::verify;

void mirage::verify::walk(llvm::ArrayRef<Op> ops,
                          llvm::function_ref<void(const Op &)> visit) {
  for (const Op &op : ops) {
    visit(op);
    walk(op.body, visit);
  }
}

namespace {
class Checker {
public:
  Checker(const Program &program, std::string &why)
      : program(program), why(why), defined(program.values.size()) {}

  bool run() {
    for (const Program::Axis &axis : program.axes)
      if (axis.extent < 1)
        return fail("axis " + axis.name + " is empty");
    for (const ValueType &type : program.values)
      for (int64_t extent : type.shape)
        if (extent < 1)
          return fail("a value has shape " + toString(type.shape));
    for (ValueId v : program.inputs)
      if (!define(v))
        return false;
    for (const Op &op : program.ops)
      if (!check(op))
        return false;
    return llvm::all_of(program.outputs, [&](ValueId v) { return use(v); });
  }

private:
  bool fail(std::string reason) {
    why = std::move(reason);
    return false;
  }
  bool define(ValueId v) {
    if (v >= defined.size() || defined.test(v))
      return fail("value " + std::to_string(v) + " is defined twice");
    defined.set(v);
    return true;
  }
  bool use(ValueId v) {
    if (v >= defined.size() || !defined.test(v))
      return fail("value " + std::to_string(v) + " is not defined where used");
    return true;
  }

  bool check(const Op &op) {
    for (ValueId v : op.operands)
      if (!use(v))
        return false;
    switch (op.kind) {
    case Op::Algebra:
      return checkAlgebra(op);
    case Op::Constant:
      return op.results.size() == 1 ? define(op.results[0])
                                    : fail("a constant has one result");
    case Op::Dense:
      if (op.results.size() != 1 || !define(op.results[0]))
        return fail("a constant has one result");
      if (!op.data || static_cast<int64_t>(op.data->size()) !=
                          numElements(program.shape(op.results[0])))
        return fail("a dense constant has not as many elements as its shape");
      return true;
    case Op::Kernel:
      return checkKernel(op);
    case Op::Load:
      if (op.operands.size() != 1 || op.results.size() != 1)
        return fail("a load has one operand and one result");
      return define(op.results[0]) &&
             checkSplit(op.split, program.shape(op.operands[0]),
                        program.shape(op.results[0]));
    case Op::Store:
      return checkStore(op);
    case Op::Loop:
      return checkLoop(op);
    }
    llvm_unreachable("unknown kind of op");
  }

  bool checkAlgebra(const Op &op) {
    if (!op.sem || op.results.size() != 1)
      return fail("an op of the algebra has one result");
    std::string reason;
    std::optional<Structure> s = program.structure(op, reason);
    if (!s)
      return fail(op.sem->name().str() + ": " + reason);
    if (!define(op.results[0]))
      return false;
    if (s->outShape() != program.shape(op.results[0]))
      return fail(op.sem->name().str() + ": result has shape " +
                  toString(program.shape(op.results[0])) + ", expected " +
                  toString(s->outShape()));
    return true;
  }

  bool enter(llvm::ArrayRef<AxisId> axes) {
    for (AxisId axis : axes) {
      if (axis >= program.axes.size() || llvm::is_contained(scope, axis))
        return fail("an axis belongs to two kernels or loops");
      scope.push_back(axis);
    }
    return true;
  }

  bool checkBody(const Op &op) {
    size_t outer = scope.size();
    llvm::BitVector before = defined;
    if (!enter(op.axes))
      return false;
    for (const Op &inner : op.body)
      if (inner.kind == Op::Kernel ? !fail("a kernel is inside a kernel")
                                   : !check(inner))
        return false;
    if (op.kind == Op::Loop)
      for (const Accumulator &a : op.accumulators)
        if (!checkAccumulator(op, a))
          return false;
    defined = before;
    scope.resize(outer);
    return true;
  }

  bool checkKernel(const Op &op) {
    for (ValueId v : op.results)
      if (v >= program.values.size())
        return fail("a kernel has no such result");
    kernel = &op;
    bool good = checkBody(op);
    kernel = nullptr;
    return good &&
           llvm::all_of(op.results, [&](ValueId v) { return define(v); });
  }

  bool checkLoop(const Op &op) {
    if (!kernel)
      return fail("a loop is outside a kernel");
    if (op.axes.empty() || op.results.size() != op.accumulators.size())
      return fail("a loop has an axis, and a result for each accumulator");
    return checkBody(op) &&
           llvm::all_of(op.results, [&](ValueId v) { return define(v); });
  }

  bool checkAccumulator(const Op &loop, const Accumulator &a) {
    if (!use(a.value))
      return false;
    Shape shape = program.shape(a.value);
    if (a.kind == Combiner::Stack) {
      if (a.stackDim < 0 || a.stackDim >= static_cast<int64_t>(shape.size()))
        return fail("stack has no such dimension");
      for (AxisId axis : loop.axes)
        shape[a.stackDim] *= program.axes[axis].extent;
    }
    if (a.rel >= 0) {
      if (a.rel >= static_cast<int>(loop.accumulators.size()) ||
          loop.accumulators[a.rel].kind != Combiner::Max ||
          a.kind != Combiner::Sum)
        return fail("rel goes with sum and names a max of the same loop");
      const Shape &m = program.shape(loop.accumulators[a.rel].value);
      if (m.size() != shape.size())
        return fail("rel has another rank");
      for (size_t d = 0; d < m.size(); ++d)
        if (m[d] != 1 && m[d] != shape[d])
          return fail("rel has shape " + toString(m) + ", expected " +
                      toString(shape));
    }
    ValueId result = loop.results[&a - loop.accumulators.begin()];
    if (result >= program.values.size())
      return fail("a loop has no such result");
    const Shape &actual = program.shape(result);
    for (size_t d = 0; d < std::max(actual.size(), shape.size()); ++d)
      if (actual.size() != shape.size() ||
          (actual[d] != shape[d] &&
           !(a.kind == Combiner::Stack &&
             a.stackDim == static_cast<int64_t>(d) && actual[d] < shape[d])))
        return fail("a loop's result has shape " + toString(actual) +
                    ", expected " + toString(shape));
    return true;
  }

  bool checkSplit(const Split &split, const Shape &source, const Shape &tile) {
    if (split.size() != source.size() || tile.size() != source.size())
      return fail("a split has not as many entries as its tensor has "
                  "dimensions");
    for (size_t d = 0; d < source.size(); ++d) {
      int64_t blocks = 1;
      for (AxisId axis : split[d]) {
        if (!llvm::is_contained(scope, axis))
          return fail("a split names an axis that is not around it");
        blocks *= program.axes[axis].extent;
      }
      if (split[d].empty() ? tile[d] != source[d]
                           : blocks * tile[d] < source[d])
        return fail(std::to_string(blocks) + " tiles of " +
                    std::to_string(tile[d]) + " do not cover " +
                    std::to_string(source[d]));
      if (split[d].size() == 1 && (blocks - 1) * tile[d] >= source[d])
        return fail(std::to_string(blocks) + " tiles of " +
                    std::to_string(tile[d]) + " are too many for " +
                    std::to_string(source[d]));
    }
    return true;
  }

  bool checkStore(const Op &op) {
    if (!kernel || op.operands.size() != 1 || op.results.size() != 1 ||
        !llvm::is_contained(kernel->results, op.results[0]))
      return fail("a store writes a result of its kernel");
    if (!checkSplit(op.split, program.shape(op.results[0]),
                    program.shape(op.operands[0])))
      return false;
    for (AxisId axis : scope) {
      int64_t named = llvm::count(op.once, axis);
      for (const auto &axes : op.split)
        named += llvm::count(axes, axis);
      if (named != 1)
        return fail("a store names axis " + program.axes[axis].name + " " +
                    std::to_string(named) + " times");
    }
    return true;
  }

  const Program &program;
  std::string &why;
  llvm::BitVector defined;
  llvm::SmallVector<AxisId> scope;
  const Op *kernel = nullptr;
};
} // namespace

bool mirage::verify::isWellFormed(const Program &program, std::string &why) {
  return Checker(program, why).run();
}

static double opsOf(const Program &program, llvm::ArrayRef<Op> ops) {
  double sum = 0;
  for (const Op &op : ops) {
    if (op.kind == Op::Algebra) {
      Structure s = structureOf(program, op);
      double each = s.combine ? 2 : 1;
      for (const ScalarExpr::Token &t : s.body.tokens)
        each += t.kind == ScalarExpr::Token::Call;
      sum += each * numElements(s.extents);
    } else if (op.kind == Op::Load || op.kind == Op::Constant) {
      sum += numElements(program.shape(op.results[0]));
    } else if (op.kind == Op::Kernel || op.kind == Op::Loop) {
      double times = 1, body = opsOf(program, op.body);
      for (AxisId axis : op.axes)
        times *= program.axes[axis].extent;
      for (const Accumulator &a : op.accumulators)
        body += (a.rel >= 0 ? 6 : 1) * numElements(program.shape(a.value));
      sum += times * body;
    }
  }
  return sum;
}

double mirage::verify::scalarOps(const Program &program) {
  return opsOf(program, program.ops);
}
