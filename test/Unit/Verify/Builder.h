//===- Builder.h - Programs written by hand ---------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_TEST_UNIT_VERIFY_BUILDER_H
#define MIRAGE_TEST_UNIT_VERIFY_BUILDER_H

#include "mirage/Semantics/Program.h"
#include "gtest/gtest.h"
#include <functional>

namespace mirage::test {
using namespace mirage::sem;

/// Appends ops to a program; shapes are inferred. Bodies are lambdas.
struct Builder {
  Program program;
  std::vector<Op> *list = &program.ops;

  ValueId input(Shape shape, ElementType type = ElementType::F32) {
    ValueId v = program.addValue({std::move(shape), type});
    program.inputs.push_back(v);
    return v;
  }
  Program done(std::initializer_list<ValueId> outputs) {
    program.outputs.assign(outputs);
    return std::move(program);
  }

  ValueId op(const OpSemantics &sem, llvm::ArrayRef<ValueId> operands,
             Params params = {}, std::optional<ElementType> type = {}) {
    llvm::SmallVector<Shape, 3> shapes;
    for (ValueId v : operands)
      shapes.push_back(program.shape(v));
    std::string why;
    auto s = sem.structure(shapes, params, why);
    if (!s) {
      ADD_FAILURE() << sem.name().str() << ": " << why;
      return operands[0];
    }
    Op o;
    o.sem = &sem;
    o.params = std::move(params);
    o.operands.assign(operands.begin(), operands.end());
    ElementType element =
        type ? *type : program.values[operands.back()].element;
    o.results = {program.addValue({s->outShape(), element})};
    list->push_back(o);
    return o.results[0];
  }
  ValueId add(ValueId a, ValueId b) { return op(addSem(), {a, b}); }
  ValueId sub(ValueId a, ValueId b) { return op(subSem(), {a, b}); }
  ValueId mul(ValueId a, ValueId b) { return op(mulSem(), {a, b}); }
  ValueId div(ValueId a, ValueId b) { return op(divSem(), {a, b}); }
  ValueId max(ValueId a, ValueId b) { return op(maxSem(), {a, b}); }
  ValueId min(ValueId a, ValueId b) { return op(minSem(), {a, b}); }
  ValueId expSub(ValueId a, ValueId b) { return op(expSubSem(), {a, b}); }
  ValueId neg(ValueId a) { return op(negSem(), {a}); }
  ValueId exp(ValueId a) { return op(expSem(), {a}); }
  ValueId log(ValueId a) { return op(logSem(), {a}); }
  ValueId sqrt(ValueId a) { return op(sqrtSem(), {a}); }
  ValueId rsqrt(ValueId a) { return op(rsqrtSem(), {a}); }
  ValueId cast(ValueId a, ElementType type) {
    return op(castSem(), {a}, {}, type);
  }
  ValueId matmul(ValueId a, ValueId b, ElementType type = ElementType::F32) {
    return op(matmulSem(), {a, b}, {}, type);
  }
  ValueId reduce(Combiner kind, ValueId a, int64_t dim) {
    return op(reduceSem(), {a},
              Params().set("kind", static_cast<int64_t>(kind)).set("dim", dim));
  }
  ValueId sum(ValueId a, int64_t dim) { return reduce(Combiner::Sum, a, dim); }
  ValueId maximum(ValueId a, int64_t dim) {
    return reduce(Combiner::Max, a, dim);
  }
  ValueId sumRel(ValueId a, ValueId m, int64_t dim) {
    return op(reduceSem(), {a, m},
              Params()
                  .set("kind", static_cast<int64_t>(Combiner::Sum))
                  .set("dim", dim));
  }
  ValueId transpose(ValueId a, llvm::ArrayRef<int64_t> permutation) {
    return op(transposeSem(), {a},
              Params().setArray("permutation", permutation));
  }
  ValueId reshape(ValueId a, llvm::ArrayRef<int64_t> shape) {
    return op(reshapeSem(), {a}, Params().setArray("shape", shape));
  }
  ValueId slice(ValueId a, llvm::ArrayRef<int64_t> offsets,
                llvm::ArrayRef<int64_t> sizes,
                llvm::ArrayRef<int64_t> strides) {
    return op(sliceSem(), {a},
              Params()
                  .setArray("offsets", offsets)
                  .setArray("sizes", sizes)
                  .setArray("strides", strides));
  }
  ValueId concat(llvm::ArrayRef<ValueId> values, int64_t dim) {
    return op(concatSem(), values, Params().set("dim", dim));
  }
  /// A constant with extents of 1 everywhere.
  ValueId c(double value, unsigned rank = 2,
            ElementType type = ElementType::F32) {
    return splat(value, Shape(rank, 1), type);
  }
  ValueId splat(double value, Shape shape,
                ElementType type = ElementType::F32) {
    Op o;
    o.kind = Op::Constant;
    o.constant = value;
    o.results = {program.addValue({std::move(shape), type})};
    list->push_back(o);
    return o.results[0];
  }
  ValueId dense(Shape shape, std::vector<double> data) {
    Op o;
    o.kind = Op::Dense;
    o.data = std::make_shared<const std::vector<double>>(std::move(data));
    o.results = {program.addValue({std::move(shape), ElementType::F32})};
    list->push_back(o);
    return o.results[0];
  }
  ValueId silu(ValueId x) {
    unsigned rank = program.shape(x).size();
    return div(x, add(exp(neg(x)), c(1, rank)));
  }

  AxisId axis(int64_t extent, std::string name = "a") {
    return program.addAxis(extent, std::move(name));
  }
  using Values = std::vector<ValueId>;
  Values kernel(llvm::ArrayRef<AxisId> axes, std::vector<ValueType> results,
                std::function<void(const Values &)> body) {
    Op o;
    o.kind = Op::Kernel;
    o.axes.assign(axes.begin(), axes.end());
    Values values;
    for (ValueType &type : results)
      values.push_back(program.addValue(type));
    o.results.assign(values.begin(), values.end());
    std::vector<Op> *outer = list;
    list = &o.body;
    body(values);
    list = outer;
    list->push_back(std::move(o));
    return values;
  }
  Values loop(llvm::ArrayRef<AxisId> axes,
              std::function<std::vector<Accumulator>()> body) {
    Op o;
    o.kind = Op::Loop;
    o.axes.assign(axes.begin(), axes.end());
    std::vector<Op> *outer = list;
    list = &o.body;
    std::vector<Accumulator> accumulators = body();
    list = outer;
    Values values;
    for (const Accumulator &a : accumulators) {
      ValueType type = program.values[a.value];
      if (a.kind == Combiner::Stack)
        for (AxisId axis : axes)
          type.shape[a.stackDim] *= program.axes[axis].extent;
      values.push_back(program.addValue(type));
    }
    o.accumulators.assign(accumulators.begin(), accumulators.end());
    o.results.assign(values.begin(), values.end());
    list->push_back(std::move(o));
    return values;
  }
  ValueId load(ValueId source, Split split, Shape tile) {
    Op o;
    o.kind = Op::Load;
    o.operands = {source};
    o.split = std::move(split);
    o.results = {
        program.addValue({std::move(tile), program.values[source].element})};
    list->push_back(o);
    return o.results[0];
  }
  void store(ValueId tile, ValueId result, Split split,
             llvm::ArrayRef<AxisId> once = {}) {
    Op o;
    o.kind = Op::Store;
    o.operands = {tile};
    o.results = {result};
    o.split = std::move(split);
    o.once.assign(once.begin(), once.end());
    list->push_back(std::move(o));
  }
};

} // namespace mirage::test

#endif // MIRAGE_TEST_UNIT_VERIFY_BUILDER_H
