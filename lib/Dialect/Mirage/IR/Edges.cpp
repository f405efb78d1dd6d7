//===- Edges.cpp - Actual extents of tiles -------------------------------------- ===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Dialect/Mirage/IR/Mirage.h"

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

namespace {
/// The edge of a dimension of extent `size` cut into tiles.
Edge makeEdge(int64_t size, int64_t tile, ArrayRef<Value> axes) {
  int64_t end = tile;
  for (Value axis : axes)
    end = sem::saturatingMul(end, KernelOp::getAxisExtent(axis));
  if (axes.empty() || end == size)
    return {};
  return {size, tile, SmallVector<Value, 2>(axes)};
}

class EdgeAnalysis {
public:
  LogicalResult visit(Block &block) {
    for (Operation &op : block)
      if (failed(visit(&op)))
        return failure();
    return success();
  }
  DenseMap<Value, Edges> edges;

private:
  /// The edges of a value that `op` uses. Dominance is checked only after this.
  FailureOr<Edges> lookup(Operation *op, Value value) {
    auto it = edges.find(value);
    if (it == edges.end())
      return op->emitOpError("uses a value that is no tile computed before it");
    return it->second;
  }

  LogicalResult visit(Operation *op) {
    if (auto load = dyn_cast<LoadOp>(op))
      return visitLoad(load);
    if (auto store = dyn_cast<StoreOp>(op))
      return visitStore(store);
    if (auto loop = dyn_cast<LoopOp>(op))
      return visitLoop(loop);
    if (auto mask = dyn_cast<MaskOp>(op))
      return visitMask(mask);
    if (isa<ConstantOp>(op)) {
      edges[op->getResult(0)].resize(getShape(op->getResult(0).getType()).size());
      return success();
    }
    if (auto algebra = dyn_cast<AlgebraOpInterface>(op))
      return visitAlgebra(algebra);
    return success();
  }

  LogicalResult visitLoad(LoadOp load) {
    sem::Shape source = getShape(load.getSource().getType()),
               tile = getShape(load.getType());
    Edges inherited(source.size());
    if (isa<TileType>(load.getSource().getType())) {
      FailureOr<Edges> found = lookup(load, load.getSource());
      if (failed(found))
        return failure();
      inherited = *found;
    }
    Edges result;
    for (auto [d, axes] : llvm::enumerate(
             getSplit(load.getAxes(), load.getAxisCounts()))) {
      bool ragged = !inherited[d].isFull();
      if (ragged && !axes.empty())
        return load.emitOpError("cuts dimension ")
               << d << " of a tile whose extent there varies";
      result.push_back(ragged ? inherited[d]
                       : load.getFill()
                           ? Edge()
                           : makeEdge(source[d], tile[d], axes));
    }
    edges[load.getResult()] = result;
    return success();
  }

  LogicalResult visitMask(MaskOp mask) {
    FailureOr<Edges> operand = lookup(mask, mask.getOperand());
    if (failed(operand))
      return failure();
    for (auto [d, edge] : llvm::enumerate(*operand))
      if (!edge.isFull())
        return mask.emitOpError("masks a tile whose extent along dimension ")
               << d << " varies, expected a filled one";
    edges[mask.getResult()] = *operand;
    return success();
  }

  LogicalResult visitStore(StoreOp store) {
    sem::Shape whole = getShape(store.getDest().getType()),
               tile = getShape(store.getValue().getType());
    FailureOr<Edges> value = lookup(store, store.getValue());
    if (failed(value))
      return failure();
    for (auto [d, axes] : llvm::enumerate(
             getSplit(store.getAxes(), store.getAxisCounts())))
      if (!(*value)[d].isFull() &&
          !((*value)[d] == makeEdge(whole[d], tile[d], axes)))
        return store.emitOpError("actual extents of dimension ")
               << d << " can differ between the tile and its place in the output";
    return success();
  }

  LogicalResult visitLoop(LoopOp loop) {
    if (failed(visit(loop.getBodyRegion().front())))
      return failure();
    auto accumulate =
        dyn_cast<AccumulateOp>(loop.getBodyRegion().front().getTerminator());
    if (!accumulate)
      return success(); // the loop's verifier speaks
    auto isOwn = [&](Value axis) {
      return cast<BlockArgument>(axis).getOwner()->getParentOp() == loop;
    };
    int64_t steps = sem::numElements(loop.getExtents());
    for (auto [i, value] : llvm::enumerate(accumulate.getValues())) {
      FailureOr<Edges> x = lookup(accumulate, value);
      if (failed(x))
        return failure();
      Edges result = *x;
      int64_t stackDim = accumulate.getDims()[i];
      for (size_t d = 0; d < result.size(); ++d) {
        if (result[d].isFull())
          continue;
        SmallVector<Value, 2> outer;
        for (Value axis : result[d].axes)
          if (!isOwn(axis))
            outer.push_back(axis);
        bool stacked = static_cast<int64_t>(d) == stackDim;
        size_t own = result[d].axes.size() - outer.size();
        if (!stacked && own == 0)
          continue;
        // Stacking along a ragged dimension gives the outer axes' tile, if the
        // loop's axes are the innermost ones in the loop's order.
        bool inOrder = stacked && own == loop.getExtents().size() &&
                       ArrayRef<Value>(result[d].axes).take_front(outer.size()) ==
                           ArrayRef<Value>(outer);
        for (size_t a = 0; inOrder && a < own; ++a)
          inOrder = result[d].axes[outer.size() + a] == loop.getAxes()[a];
        if (!inOrder)
          return accumulate.emitOpError("value ")
                 << i << " has a varying extent along dimension " << d;
        result[d] = outer.empty() ? Edge{result[d].size,
                                         result[d].tile * steps, {}}
                                  : Edge{result[d].size, result[d].tile * steps,
                                         outer};
        if (outer.empty() && result[d].size != result[d].tile)
          return accumulate.emitOpError("value ")
                 << i << " stacks to extent " << result[d].size
                 << ", expected the full " << result[d].tile;
      }
      edges[loop.getResult(i)] = result;
      int32_t rel = accumulate.getRels()[i];
      if (rel < 0)
        continue;
      FailureOr<Edges> m = lookup(accumulate, accumulate.getValues()[rel]);
      if (failed(m))
        return failure();
      ArrayRef<int64_t> shape =
          cast<TileType>(accumulate.getValues()[rel].getType()).getShape();
      for (size_t d = 0; d < m->size(); ++d)
        if (shape[d] != 1 && !((*m)[d] == (*x)[d]))
          return accumulate.emitOpError("actual extents of dimension ")
                 << d << " can differ between value " << i
                 << " and its maximum";
    }
    return success();
  }

  LogicalResult visitAlgebra(AlgebraOpInterface op) {
    // Nothing else verifies an op that the interface was attached to.
    if (failed(mlir::mirage::detail::verifyAlgebraOp(op)))
      return failure();
    SmallVector<sem::Shape> shapes;
    for (Value operand : op->getOperands())
      shapes.push_back(getShape(operand.getType()));
    std::string why;
    std::optional<sem::Structure> s =
        op.getSemantics().structure(shapes, op.getParams(), why);
    assert(s && "verified above");
    SmallVector<Edge> dims(s->extents.size());
    SmallVector<bool> known(s->extents.size(), false);
    for (auto [p, operand] : llvm::enumerate(op->getOperands())) {
      FailureOr<Edges> operandEdges = lookup(op, operand);
      if (failed(operandEdges))
        return failure();
      for (auto [d, edge] : llvm::enumerate(*operandEdges)) {
        std::optional<unsigned> dim = s->in[p][d].asDim();
        // The first part of a longer dimension is not that dimension.
        if (!dim || s->extents[*dim] != shapes[p][d]) {
          bool unit = s->in[p][d].isZero() && shapes[p][d] == 1;
          if (unit && edge.isFull())
            continue;
          // Several axes may leave a tile of extent 1 empty; an elementwise
          // op's result is empty then.
          bool follows = unit && !s->combine && s->pieces.empty() &&
                         !isa<ReshapeOp>(op.getOperation()) &&
                         s->out[d].asDim() &&
                         s->extents[*s->out[d].asDim()] == 1;
          if (!follows &&
              (unit || !edge.isFull() ||
               (s->pieces.empty() && isa<ReshapeOp>(op.getOperation())))) {
            if (isa<ReshapeOp>(op.getOperation()) && edge.isFull())
              return op->emitOpError(
                  "on tiles only adds or drops dimensions of extent 1");
            return op->emitOpError("has no meaning where the extent of "
                                   "dimension ")
                   << d << " of operand " << p << " varies";
          }
          if (!follows)
            continue;
          dim = s->out[d].asDim();
        }
        if (known[*dim] && !(dims[*dim] == edge))
          return op->emitOpError("actual extents of dimension ")
                 << d << " can differ between its operands";
        known[*dim] = true;
        dims[*dim] = edge;
      }
    }
    Edges result;
    for (const sem::IndexExpr &index : s->out) {
      std::optional<unsigned> dim = index.asDim();
      result.push_back(dim ? dims[*dim] : Edge());
    }
    edges[op->getResult(0)] = result;
    return success();
  }
};
} // namespace

FailureOr<DenseMap<Value, Edges>> mlir::mirage::computeEdges(KernelOp kernel) {
  EdgeAnalysis analysis;
  if (failed(analysis.visit(*kernel.getBody())))
    return failure();
  return std::move(analysis.edges);
}
