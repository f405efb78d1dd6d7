//===- EvaluateImpl.h - The evaluator, for any domain -----------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A domain D has a value type and
//   V constant(double) const
//   void applyMany(const ScalarFn &, const V *const *, V *out, size_t) const
//   void roundMany(V *, size_t, ElementType) const   to a type of its kind
//   void castMany(V *, size_t, ElementType) const   to any type
//   bool contract(const Structure &, operands, out) const   a fast path, or no
//   void forEachBlock(size_t, function<void(size_t)>) const
//   void enter(const Op &) const     told before an op is evaluated
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_SEMANTICS_EVALUATEIMPL_H
#define MIRAGE_LIB_SEMANTICS_EVALUATEIMPL_H

#include "mirage/Semantics/Evaluate.h"
#include <algorithm>
#include <functional>

namespace mirage::sem::detail {

/// The structure of an op on tiles whose actual extents may be smaller than
/// the static ones. Broadcasting is read from the static shapes only.
inline Structure restrictTo(Structure s, llvm::ArrayRef<Shape> staticShapes,
                            llvm::ArrayRef<const Shape *> actual) {
  for (size_t p = 0; p < actual.size(); ++p) {
    if (*actual[p] == staticShapes[p])
      continue;
    for (size_t d = 0; d < actual[p]->size(); ++d) {
      if ((*actual[p])[d] == staticShapes[p][d])
        continue;
      if (std::optional<unsigned> dim = s.in[p][d].asDim())
        s.extents[*dim] = std::min(s.extents[*dim], (*actual[p])[d]);
      else if (d < s.out.size()) // a unit tile dimension that is empty here
        if (std::optional<unsigned> dim = s.out[d].asDim())
          if (s.extents[*dim] == 1)
            s.extents[*dim] = 0;
    }
  }
  return s;
}

/// Row-major strides of a shape.
inline Shape stridesOf(llvm::ArrayRef<int64_t> shape) {
  Shape strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    strides[d - 1] = strides[d] * shape[d];
  return strides;
}

/// Advances `index` within `extents`; false after the last one.
inline bool advance(llvm::MutableArrayRef<int64_t> index,
                    llvm::ArrayRef<int64_t> extents) {
  for (size_t d = index.size(); d-- > 0;) {
    if (++index[d] < extents[d])
      return true;
    index[d] = 0;
  }
  return false;
}

template <typename D, typename V>
class Engine {
public:
  Engine(const D &domain) : domain(domain) {}

  TensorOf<V> run(const Structure &s,
                  llvm::ArrayRef<const TensorOf<V> *> operands,
                  ElementType result) const {
    TensorOf<V> out;
    out.shape = s.outShape();
    int64_t size = numElements(out.shape);
    if (!s.pieces.empty()) {
      out.data.assign(size, domain.constant(0));
      for (size_t p = 0; p < operands.size(); ++p)
        copyBox(*operands[p], Shape(out.shape.size(), 0), operands[p]->shape,
                out, s.pieces[p]);
    } else if (s.relative) {
      runRelative(s, operands, out);
    } else if (!domain.contract(s, operands, out)) {
      runGeneric(s, operands, out);
    }
    domain.roundMany(out.data.data(), out.data.size(), result);
    return out;
  }

  /// Copies the box [from, from + extents) of `src` to `to` in `dst`.
  static void copyBox(const TensorOf<V> &src, const Shape &from,
                      const Shape &extents, TensorOf<V> &dst, const Shape &to) {
    if (numElements(extents) == 0)
      return;
    Shape ss = stridesOf(src.shape), ds = stridesOf(dst.shape);
    size_t rank = extents.size();
    int64_t run = rank ? extents[rank - 1] : 1;
    Shape outer(extents.begin(), extents.end());
    if (rank)
      outer[rank - 1] = 1;
    Shape index(rank, 0);
    do {
      int64_t so = 0, to_ = 0;
      for (size_t d = 0; d < rank; ++d) {
        so += (from[d] + index[d]) * ss[d];
        to_ += (to[d] + index[d]) * ds[d];
      }
      std::copy_n(src.data.begin() + so, run, dst.data.begin() + to_);
    } while (advance(index, outer));
  }

  void combine(Combiner kind, const V *x, V *acc, size_t n) const {
    const V *args[2] = {acc, x};
    domain.applyMany(combineFn(kind), args, acc, n);
  }

private:
  static constexpr int64_t chunk = 256;

  /// Evaluates `body` on n elements; args[i] points to n values.
  void evalBody(const ScalarExpr &body, llvm::ArrayRef<const V *> args, V *out,
                size_t n, std::vector<V> &scratch) const {
    if (const ScalarFn *fn = body.singleCall()) {
      domain.applyMany(*fn, args.data(), out, n);
      if (body.tokens.back().rounds)
        domain.roundMany(out, n, body.tokens.back().type);
      return;
    }
    if (body.tokens.size() == 1 &&
        body.tokens[0].kind == ScalarExpr::Token::Arg) {
      std::copy_n(args[body.tokens[0].arg], n, out);
      return;
    }
    scratch.resize((body.tokens.size() + 1) * n);
    llvm::SmallVector<const V *, 8> stack;
    V *next = scratch.data();
    for (const ScalarExpr::Token &t : body.tokens) {
      switch (t.kind) {
      case ScalarExpr::Token::Arg:
        stack.push_back(args[t.arg]);
        break;
      case ScalarExpr::Token::Constant:
        std::fill_n(next, n, domain.constant(t.constant));
        stack.push_back(next);
        next += n;
        break;
      case ScalarExpr::Token::Call: {
        domain.applyMany(*t.fn, stack.end() - t.fn->arity, next, n);
        if (t.rounds)
          domain.roundMany(next, n, t.type);
        stack.resize(stack.size() - t.fn->arity);
        stack.push_back(next);
        next += n;
        break;
      }
      case ScalarExpr::Token::Round:
        std::copy_n(stack.back(), n, next);
        domain.castMany(next, n, t.type);
        stack.back() = next;
        next += n;
        break;
      }
    }
    std::copy_n(stack.back(), n, out);
  }

  /// One operand's offset as base + step * (index of the inner dimension), or
  /// a general map.
  struct Access {
    const TensorOf<V> *tensor;
    const IndexMap *map;
    Shape strides;
    bool plain = true;
    int64_t offset(llvm::ArrayRef<int64_t> iteration) const {
      int64_t sum = 0;
      for (size_t d = 0; d < strides.size(); ++d)
        sum += (*map)[d].at(iteration) * strides[d];
      return sum;
    }
  };

  /// Fills `buffer` (or returns a pointer into the tensor) with the operand at
  /// iteration, iteration + 1, ... along dimension `inner`.
  const V *gather(const Access &access,
                  llvm::MutableArrayRef<int64_t> iteration, unsigned inner,
                  int64_t n, std::vector<V> &buffer, const V &undefined) const {
    if (access.tensor->data.empty()) {
      buffer.assign(n, undefined);
      return buffer.data();
    }
    int64_t start = access.offset(iteration);
    const V *data = access.tensor->data.data();
    if (access.plain) {
      int64_t step = 0;
      for (size_t d = 0; d < access.strides.size(); ++d)
        for (auto [dim, coefficient] : (*access.map)[d].terms)
          if (dim == inner)
            step += coefficient * access.strides[d];
      if (step == 1 || n == 1)
        return data + start;
      buffer.resize(n);
      for (int64_t i = 0; i < n; ++i)
        buffer[i] = data[start + i * step];
      return buffer.data();
    }
    buffer.resize(n);
    int64_t saved = iteration[inner];
    for (int64_t i = 0; i < n; ++i, ++iteration[inner])
      buffer[i] = data[access.offset(iteration)];
    iteration[inner] = saved;
    return buffer.data();
  }

  void runGeneric(const Structure &s,
                  llvm::ArrayRef<const TensorOf<V> *> operands,
                  TensorOf<V> &out) const {
    size_t rank = s.extents.size();
    V init = domain.constant(s.combine ? identity(*s.combine) : 0);
    out.data.assign(numElements(out.shape), init);
    if (numElements(s.extents) == 0)
      return;
    Structure padded = s;
    if (rank == 0) { // a scalar: one iteration
      padded.extents.push_back(1);
      padded.reduced.push_back(false);
      rank = 1;
    }
    llvm::SmallVector<Access, 3> accesses;
    for (size_t p = 0; p < operands.size(); ++p) {
      Access access{operands[p], &padded.in[p], stridesOf(operands[p]->shape)};
      for (const IndexExpr &index : padded.in[p])
        access.plain &= index.div == 1 && index.mod == 0;
      accesses.push_back(std::move(access));
    }
    // The inner dimension: the last parallel one, or, if that is short, the
    // last reduced one, folded after each run.
    std::optional<unsigned> inner;
    for (unsigned d = 0; d < rank; ++d)
      if (!padded.reduced[d])
        inner = d;
    std::optional<unsigned> fold;
    if (!inner || padded.extents[*inner] < 8)
      for (unsigned d = 0; d < rank; ++d)
        if (padded.reduced[d] && padded.extents[d] >= 8)
          fold = d;
    if (fold)
      inner = fold;
    if (!inner)
      inner = rank - 1;
    bool folds = padded.reduced[*inner];
    V *result = out.data.data();
    Shape outStrides = stridesOf(out.shape);
    auto outOffset = [&](llvm::ArrayRef<int64_t> iteration) {
      int64_t sum = 0;
      for (size_t d = 0; d < outStrides.size(); ++d)
        sum += padded.out[d].at(iteration) * outStrides[d];
      return sum;
    };
    int64_t outStep = 0;
    for (size_t d = 0; d < outStrides.size(); ++d)
      if (padded.out[d].asDim() == inner)
        outStep = outStrides[d];
    // Outer iteration: everything but the inner dimension, parallel first.
    llvm::SmallVector<unsigned> order;
    for (bool reduced : {false, true})
      for (unsigned d = 0; d < rank; ++d)
        if (d != *inner && padded.reduced[d] == reduced)
          order.push_back(d);
    Shape outer, position(order.size(), 0);
    for (unsigned d : order)
      outer.push_back(padded.extents[d]);
    int64_t total = padded.extents[*inner];
    // Split the outermost parallel dimension over threads.
    int64_t parts = 1;
    if (!order.empty() && !padded.reduced[order[0]] &&
        numElements(padded.extents) > (1 << 16))
      parts = outer[0];
    domain.forEachBlock(parts, [&](size_t part) {
      Shape iteration(rank, 0), pos(position), bounds(outer);
      size_t first = 0;
      if (parts > 1) {
        iteration[order[0]] = part;
        first = 1;
      }
      llvm::SmallVector<std::vector<V>, 3> buffers(operands.size());
      std::vector<V> scratch, values(std::min(chunk, total));
      llvm::SmallVector<const V *, 4> args(operands.size());
      llvm::MutableArrayRef<int64_t> sub(pos.begin() + first, pos.end());
      llvm::ArrayRef<int64_t> subBounds(bounds.begin() + first, bounds.end());
      std::fill(sub.begin(), sub.end(), 0);
      do {
        for (size_t i = first; i < order.size(); ++i)
          iteration[order[i]] = pos[i];
        for (int64_t start = 0; start < total; start += chunk) {
          int64_t n = std::min(chunk, total - start);
          iteration[*inner] = start;
          for (size_t p = 0; p < operands.size(); ++p)
            args[p] =
                gather(accesses[p], iteration, *inner, n, buffers[p], init);
          evalBody(padded.body, args, values.data(), n, scratch);
          int64_t at = outOffset(iteration);
          if (!padded.combine) {
            for (int64_t i = 0; i < n; ++i)
              result[at + i * outStep] = values[i];
          } else if (folds) {
            for (int64_t i = 0; i < n; ++i)
              combine(*padded.combine, &values[i], &result[at], 1);
          } else if (outStep == 1) {
            combine(*padded.combine, values.data(), &result[at], n);
          } else {
            for (int64_t i = 0; i < n; ++i)
              combine(*padded.combine, &values[i], &result[at + i * outStep],
                      1);
          }
        }
        iteration[*inner] = 0;
      } while (advance(sub, subBounds));
    });
  }

  /// sum of rel_term(x, m, max m).
  void runRelative(const Structure &s,
                   llvm::ArrayRef<const TensorOf<V> *> operands,
                   TensorOf<V> &out) const {
    // The maximum at each point of the result's index space.
    Structure maxima = s;
    maxima.relative = false;
    maxima.combine = Combiner::Max;
    maxima.body = ScalarExpr::arg(0);
    maxima.in = {s.in[1]};
    TensorOf<V> max;
    max.shape = out.shape;
    runGeneric(maxima, {operands[1]}, max);
    Structure sums = s;
    sums.relative = false;
    sums.body =
        ScalarExpr::call(fn::rel_term, {ScalarExpr::arg(0), ScalarExpr::arg(1),
                                        ScalarExpr::arg(2)});
    sums.in = {s.in[0], s.in[1], s.out};
    runGeneric(sums, {operands[0], operands[1], &max}, out);
  }

  const D &domain;
};

/// Runs a whole program.
template <typename D, typename V>
class Interpreter {
public:
  Interpreter(const D &domain, const Program &program)
      : domain(domain), engine(domain), program(program),
        tensors(program.values.size()) {}

  std::vector<TensorOf<V>> run(llvm::ArrayRef<TensorOf<V>> inputs,
                               const V &unwritten) {
    this->unwritten = &unwritten;
    for (auto [id, tensor] : llvm::zip(program.inputs, inputs))
      tensors[id] = tensor;
    std::vector<unsigned> lastUse(program.values.size(), 0);
    for (size_t i = 0; i < program.ops.size(); ++i)
      markUses(program.ops[i], i, lastUse);
    for (ValueId id : program.outputs)
      lastUse[id] = program.ops.size();
    for (size_t i = 0; i < program.ops.size(); ++i) {
      const Op &op = program.ops[i];
      if (op.kind == Op::Kernel)
        runKernel(op);
      else
        runOp(op, tensors, tensors, {});
      for (size_t v = 0; v < tensors.size(); ++v)
        if (lastUse[v] <= i && !tensors[v].data.empty())
          tensors[v] = {};
    }
    std::vector<TensorOf<V>> results;
    for (ValueId id : program.outputs)
      results.push_back(tensors[id]);
    return results;
  }

protected:
  using Env = std::vector<TensorOf<V>>;

  static void markUses(const Op &op, unsigned at, std::vector<unsigned> &last) {
    for (ValueId v : op.operands)
      last[v] = std::max(last[v], at);
    for (ValueId v : op.results)
      last[v] = std::max(last[v], at);
    for (const Op &inner : op.body)
      markUses(inner, at, last);
  }

  void runKernel(const Op &kernel) {
    for (ValueId v : kernel.results) {
      tensors[v].shape = program.shape(v);
      tensors[v].data.assign(numElements(program.shape(v)), *unwritten);
    }
    domain.forEachBlock(count(kernel.axes), [&](size_t block) {
      std::vector<int64_t> axes(program.axes.size(), 0);
      place(kernel.axes, block, axes);
      Env env(program.values.size());
      for (const Op &op : kernel.body)
        runOp(op, tensors, env, axes);
    });
  }

  /// How many points some axes have.
  int64_t count(llvm::ArrayRef<AxisId> ids) const {
    int64_t points = 1;
    for (AxisId axis : ids)
      points *= program.axes[axis].extent;
    return points;
  }

  /// Sets some axes to their `point`-th point, the last one being innermost.
  void place(llvm::ArrayRef<AxisId> ids, int64_t point,
             std::vector<int64_t> &axes) const {
    for (AxisId axis : llvm::reverse(ids)) {
      axes[axis] = point % program.axes[axis].extent;
      point /= program.axes[axis].extent;
    }
  }

  /// Where a tile starts along a dimension at a point of the axes that cut it.
  int64_t start(llvm::ArrayRef<AxisId> ids, llvm::ArrayRef<int64_t> axes,
                int64_t tile) const {
    int64_t index = 0;
    for (AxisId axis : ids)
      index = index * program.axes[axis].extent + axes[axis];
    return index * tile;
  }

  /// Start and actual extents of a tile at a point of the axes.
  void tileBox(const Split &split, const Shape &source, const Shape &tile,
               llvm::ArrayRef<int64_t> axes, Shape &starts,
               Shape &extents) const {
    for (size_t d = 0; d < source.size(); ++d) {
      starts.push_back(std::min(start(split[d], axes, tile[d]), source[d]));
      extents.push_back(std::min(tile[d], source[d] - starts.back()));
    }
  }

  void runOp(const Op &op, Env &outer, Env &env,
             std::vector<int64_t> axes) const {
    domain.enter(op);
    switch (op.kind) {
    case Op::Algebra: {
      llvm::SmallVector<Shape, 3> shapes;
      llvm::SmallVector<const TensorOf<V> *, 3> operands;
      llvm::SmallVector<const Shape *, 3> actual;
      for (ValueId v : op.operands) {
        shapes.push_back(program.shape(v));
        operands.push_back(&env[v]);
        actual.push_back(&env[v].shape);
      }
      std::string why;
      std::optional<Structure> s = op.sem->structure(shapes, op.params, why);
      if (!s)
        llvm::report_fatal_error(llvm::StringRef("ill-formed program: " + why));
      if (!s->pieces.empty()) { // pieces start where the actual ones end
        int64_t dim = op.params.get("dim"), at = 0;
        for (size_t p = 0; p < operands.size(); ++p) {
          s->pieces[p][dim] = at;
          at += operands[p]->shape[dim];
        }
        s->extents.assign(operands[0]->shape.begin(), operands[0]->shape.end());
        s->extents[dim] = at;
        env[op.results[0]] =
            engine.run(*s, operands, program.values[op.results[0]].element);
        return;
      }
      env[op.results[0]] =
          runAlgebra(op, restrictTo(*std::move(s), shapes, actual), operands);
      return;
    }
    case Op::Constant: {
      TensorOf<V> &t = env[op.results[0]];
      t.shape = program.shape(op.results[0]);
      t.data.assign(numElements(t.shape), domain.constant(op.constant));
      return;
    }
    case Op::Dense: {
      TensorOf<V> &t = env[op.results[0]];
      t.shape = program.shape(op.results[0]);
      t.data.clear();
      for (double value : *op.data)
        t.data.push_back(domain.constant(value));
      return;
    }
    case Op::Load: {
      const TensorOf<V> &source =
          env[op.operands[0]].shape.empty() && env[op.operands[0]].data.empty()
              ? outer[op.operands[0]]
              : env[op.operands[0]];
      TensorOf<V> tile;
      Shape start;
      tileBox(op.split, source.shape, program.shape(op.results[0]), axes, start,
              tile.shape);
      tile.data.resize(numElements(tile.shape), *unwritten);
      Engine<D, V>::copyBox(source, start, tile.shape, tile,
                            Shape(start.size(), 0));
      env[op.results[0]] = std::move(tile);
      return;
    }
    case Op::Store: {
      for (AxisId axis : op.once)
        if (axes[axis] != 0)
          return;
      TensorOf<V> &dest = outer[op.results[0]];
      Shape start, extents;
      tileBox(op.split, dest.shape, program.shape(op.operands[0]), axes, start,
              extents);
      const TensorOf<V> &tile = env[op.operands[0]];
      for (size_t d = 0; d < extents.size(); ++d)
        extents[d] = std::min(extents[d], tile.shape[d]);
      Engine<D, V>::copyBox(tile, Shape(start.size(), 0), extents, dest, start);
      return;
    }
    case Op::Loop:
      runLoop(op, outer, env, axes);
      return;
    case Op::Kernel:
      llvm::report_fatal_error("ill-formed program: nested kernel");
    }
  }

  TensorOf<V> runAlgebra(const Op &op, const Structure &s,
                         llvm::ArrayRef<const TensorOf<V> *> operands) const {
    ElementType type = program.values[op.results[0]].element;
    TensorOf<V> out = engine.run(s, operands, type);
    if (op.sem->name() == castSem().name() &&
        program.values[op.operands[0]].element != type)
      domain.castMany(out.data.data(), out.data.size(), type);
    return out;
  }

  void runLoop(const Op &loop, Env &outer, Env &env,
               std::vector<int64_t> &axes) const {
    size_t results = loop.accumulators.size();
    std::vector<TensorOf<V>> acc(results);
    for (int64_t step = 0, steps = count(loop.axes); step < steps; ++step) {
      place(loop.axes, step, axes);
      for (const Op &op : loop.body)
        runOp(op, outer, env, axes);
      domain.enter(loop);
      for (size_t i = 0; i < results; ++i)
        if (loop.accumulators[i].rel >= 0)
          accumulateRelative(loop, i, env, acc, step == 0);
      for (size_t i = 0; i < results; ++i)
        if (loop.accumulators[i].rel < 0)
          accumulate(loop.accumulators[i], env, acc[i], step == 0);
      for (size_t i = 0; i < results; ++i)
        if (loop.accumulators[i].kind != Combiner::Stack)
          domain.roundMany(acc[i].data.data(), acc[i].data.size(),
                           program.values[loop.results[i]].element);
    }
    for (AxisId axis : loop.axes)
      axes[axis] = 0;
    for (size_t i = 0; i < results; ++i)
      env[loop.results[i]] = std::move(acc[i]);
  }

  void accumulate(const Accumulator &a, Env &env, TensorOf<V> &acc,
                  bool first) const {
    const TensorOf<V> &x = env[a.value];
    if (a.kind == Combiner::Stack) {
      if (first) {
        acc = x;
        return;
      }
      TensorOf<V> grown;
      grown.shape = acc.shape;
      grown.shape[a.stackDim] += x.shape[a.stackDim];
      grown.data.resize(numElements(grown.shape), *unwritten);
      Shape zero(acc.shape.size(), 0), at = zero;
      Engine<D, V>::copyBox(acc, zero, acc.shape, grown, zero);
      at[a.stackDim] = acc.shape[a.stackDim];
      Engine<D, V>::copyBox(x, zero, x.shape, grown, at);
      acc = std::move(grown);
      return;
    }
    if (first) {
      acc.shape = x.shape;
      acc.data.assign(x.data.size(), domain.constant(identity(a.kind)));
    }
    if (x.shape == acc.shape) {
      engine.combine(a.kind, x.data.data(), acc.data.data(), x.data.size());
      return;
    }
    if (x.data.empty())
      return;
    // The last tile of a ragged dimension is smaller.
    Shape strides = stridesOf(acc.shape), index(x.shape.size(), 0);
    size_t at = 0;
    do
      engine.combine(a.kind, &x.data[at++], &acc.data[dot(index, strides)], 1);
    while (advance(index, x.shape));
  }

  static int64_t dot(llvm::ArrayRef<int64_t> index,
                     llvm::ArrayRef<int64_t> strides) {
    int64_t sum = 0;
    for (size_t d = 0; d < index.size(); ++d)
      sum += index[d] * strides[d];
    return sum;
  }

  /// acc = rel_term(acc, m, m') + rel_term(x, mt, m'), with m' = max(m, mt).
  void accumulateRelative(const Op &loop, size_t i, Env &env,
                          std::vector<TensorOf<V>> &acc, bool first) const {
    const Accumulator &a = loop.accumulators[i];
    const TensorOf<V> &x = env[a.value];
    const TensorOf<V> &mt = env[loop.accumulators[a.rel].value];
    const TensorOf<V> &m = acc[a.rel];
    if (first) {
      acc[i].shape = x.shape;
      acc[i].data.assign(x.data.size(), domain.constant(0));
    }
    V low = domain.constant(identity(Combiner::Max));
    if (x.data.empty())
      return;
    // Accumulators keep the shape of the first tile; later ones may be smaller.
    // Dimensions of m that are 1 are broadcast.
    auto stridesFor = [](const Shape &shape) {
      Shape strides = stridesOf(shape);
      for (size_t d = 0; d < shape.size(); ++d)
        strides[d] = shape[d] == 1 ? 0 : strides[d];
      return strides;
    };
    Shape tileStrides = stridesFor(mt.shape), oldStrides = stridesFor(m.shape),
          accStrides = stridesOf(acc[i].shape), index(x.shape.size(), 0);
    size_t at = 0;
    do {
      const V &old = first ? low : m.data[dot(index, oldStrides)];
      const V &tile = mt.data[dot(index, tileStrides)];
      V &result = acc[i].data[dot(index, accStrides)];
      V top, kept, term;
      call(fn::max, {&old, &tile}, top);
      call(fn::rel_term, {&result, &old, &top}, kept);
      call(fn::rel_term, {&x.data[at++], &tile, &top}, term);
      call(fn::add, {&kept, &term}, result);
    } while (advance(index, x.shape));
  }

  /// `out` may be an argument too.
  void call(const ScalarFn &fn, llvm::ArrayRef<const V *> args, V &out) const {
    V value;
    domain.applyMany(fn, args.data(), &value, 1);
    out = value;
  }

  const D &domain;
  Engine<D, V> engine;
  const Program &program;
  Env tensors;
  const V *unwritten = nullptr;
};

} // namespace mirage::sem::detail

#endif // MIRAGE_LIB_SEMANTICS_EVALUATEIMPL_H
