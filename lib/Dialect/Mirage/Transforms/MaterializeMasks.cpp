//===- MaterializeMasks.cpp - Ragged tiles become filled tiles -------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Dialect/Mirage/Transforms/Passes.h"
#include <limits>

namespace mlir::mirage {
#define GEN_PASS_DEF_MATERIALIZEMASKSPASS
#include "mirage/Dialect/Mirage/Transforms/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

namespace {
/// An operand whose elements beyond the edge of some dimensions must be `fill`.
struct Need {
  OpOperand *operand;
  double fill;
  SmallVector<unsigned, 2> dims;
};

/// The value that does not count as operand `p` of the reduction `s`.
double neutral(const sem::Structure &s, unsigned p) {
  if (s.relative)
    return p == 0 ? 0 : -std::numeric_limits<double>::infinity();
  return s.isContraction() ? 0 : sem::identity(*s.combine);
}

/// The operands of `op` that it reduces over a ragged extent.
LogicalResult collect(AlgebraOpInterface op,
                      const DenseMap<Value, Edges> &edges,
                      SmallVectorImpl<Need> &needs) {
  SmallVector<sem::Shape> shapes;
  for (Value operand : op->getOperands())
    shapes.push_back(getShape(operand.getType()));
  std::string why;
  std::optional<sem::Structure> s =
      op.getSemantics().structure(shapes, op.getParams(), why);
  if (!s || !s->combine)
    return success();
  for (auto [p, operand] : llvm::enumerate(op->getOpOperands())) {
    Need need{&operand, neutral(*s, p), {}};
    for (auto [d, edge] : llvm::enumerate(edges.at(operand.get()))) {
      std::optional<unsigned> dim = s->in[p][d].asDim();
      if (dim && s->reduced[*dim] && !edge.isFull())
        need.dims.push_back(d);
    }
    if (need.dims.empty())
      continue;
    if (!s->relative && !s->isContraction() && !s->body.tokens.empty() &&
        s->body.tokens.back().kind != sem::ScalarExpr::Token::Arg)
      return op->emitOpError("reduces an expression over a ragged extent, for "
                             "which no neutral operand is known");
    needs.push_back(need);
  }
  return success();
}

LogicalResult materialize(KernelOp kernel) {
  FailureOr<DenseMap<Value, Edges>> edges = computeEdges(kernel);
  if (failed(edges))
    return failure();
  SmallVector<Need> needs;
  WalkResult walk = kernel->walk([&](AlgebraOpInterface op) {
    return failed(collect(op, *edges, needs)) ? WalkResult::interrupt()
                                              : WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return failure();

  auto isRagged = [&](Value tile) {
    return llvm::any_of(edges->at(tile),
                        [](const Edge &edge) { return !edge.isFull(); });
  };
  // A load takes the value that the first reduction of it needs.
  DenseMap<Value, double> fills;
  for (const Need &need : needs)
    if (need.operand->get().getDefiningOp<LoadOp>())
      fills.try_emplace(need.operand->get(), need.fill);
  Builder builder(kernel.getContext());
  kernel->walk([&](LoadOp load) {
    if (!load.getFill() && isRagged(load.getResult()))
      load.setFillAttr(builder.getF64FloatAttr(fills.lookup(load.getResult())));
  });

  SmallVector<std::pair<const Need *, MaskOp>> masks;
  for (const Need &need : needs) {
    Value tile = need.operand->get();
    if (auto load = tile.getDefiningOp<LoadOp>())
      if (isa<RankedTensorType>(load.getSource().getType()) &&
          load.getFill()->convertToDouble() == need.fill)
        continue;
    auto known = llvm::find_if(masks, [&](auto &entry) {
      return entry.second.getOperand() == tile &&
             entry.first->fill == need.fill && entry.first->dims == need.dims &&
             entry.second->getBlock() == need.operand->getOwner()->getBlock();
    });
    if (known != masks.end()) {
      need.operand->set(known->second);
      continue;
    }
    OpBuilder b(need.operand->getOwner());
    SmallVector<Value> axes;
    SmallVector<int32_t> counts;
    SmallVector<int64_t> sizes;
    for (auto [d, edge] : llvm::enumerate(edges->at(tile))) {
      bool masked = llvm::is_contained(need.dims, d);
      sizes.push_back(masked ? edge.size : getShape(tile.getType())[d]);
      counts.push_back(masked ? edge.axes.size() : 0);
      if (masked)
        axes.append(edge.axes.begin(), edge.axes.end());
    }
    auto mask = MaskOp::create(
        b, need.operand->getOwner()->getLoc(), tile.getType(), tile, axes,
        b.getDenseI32ArrayAttr(counts), b.getDenseI64ArrayAttr(sizes),
        b.getF64FloatAttr(need.fill));
    masks.push_back({&need, mask});
    need.operand->set(mask);
  }
  return success();
}

struct MaterializeMasks
    : mlir::mirage::impl::MaterializeMasksPassBase<MaterializeMasks> {
  void runOnOperation() override {
    WalkResult walk = getOperation()->walk([](KernelOp kernel) {
      return failed(materialize(kernel)) ? WalkResult::interrupt()
                                         : WalkResult::advance();
    });
    if (walk.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
