//===- LinalgToMirage.cpp - Raising linalg on tensors ---------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A structured op is an iteration space, a map for each operand and a scalar
// body. Tensors are handled as `Labelled` values, whose dimensions carry the
// iteration dimension that runs along them, so that transposes and reshapes
// are made only where two values meet that differ in it.
//
//===----------------------------------------------------------------------===//

#include "mirage/Conversion/LinalgToMirage.h"
#include "mirage/Conversion/Passes.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Dialect/Mirage/IR/ScalarBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Iterators.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::mirage {
#define GEN_PASS_DEF_CONVERTLINALGTOMIRAGEPASS
#include "mirage/Conversion/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

namespace {

/// A tensor, and for each of its dimensions the iteration dimension along it;
/// `unit` where the extent is 1.
struct Labelled {
  static constexpr int unit = -1;
  Value value;
  SmallVector<int> dims;
};

std::string toText(function_ref<void(raw_ostream &)> print) {
  std::string text;
  llvm::raw_string_ostream os(text);
  print(os);
  return text;
}
std::string toText(Type type) {
  return toText([&](raw_ostream &os) { os << type; });
}

Type elementOf(Value value) { return getElementTypeOrSelf(value.getType()); }
ArrayRef<int64_t> shapeOf(Value value) {
  return cast<ShapedType>(value.getType()).getShape();
}

/// Whether mirage has tensors of this type.
bool isOurs(Type type, std::string &why) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    why = "type " + toText(type) + " is no ranked tensor";
  else if (!tensor.hasStaticShape())
    why = "type " + toText(type) + " has no static shape";
  else if (tensor.getEncoding())
    why = "type " + toText(type) + " has an encoding";
  else if (llvm::is_contained(tensor.getShape(), 0))
    why = "type " + toText(type) + " has no elements";
  else if (!getElementType(tensor.getElementType()))
    why = "element type " + toText(tensor.getElementType()) +
          " is not f16, bf16, f32, f64, i1 or i32";
  else
    return true;
  return false;
}

/// The one value of all elements of `value`, if it is such a constant.
std::optional<double> getSplatValue(Value value) {
  if (auto constant = value.getDefiningOp<ConstantOp>())
    // The literal stands for its value in the element type.
    return sem::roundTo(constant.getValue().convertToDouble(),
                        *getElementType(elementOf(value)));
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return std::nullopt;
  if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
    attribute = splat.getSplatValue<Attribute>();
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  if (auto number = dyn_cast<IntegerAttr>(attribute)) {
    const APInt &bits = number.getValue();
    if (bits.getBitWidth() > 32)
      return std::nullopt;
    return bits.getBitWidth() == 1 ? bits.getZExtValue() : bits.getSExtValue();
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Making ops
//===----------------------------------------------------------------------===//

/// Makes mirage ops on tensors, and nothing where nothing is to be done.
class Maker {
public:
  Maker(OpBuilder &b, Location loc) : b(b), loc(loc) {}

  RankedTensorType type(ArrayRef<int64_t> shape, Type element) {
    return RankedTensorType::get(shape, element);
  }

  Value constant(double value, ArrayRef<int64_t> shape, Type element) {
    return ConstantOp::create(b, loc, type(shape, element),
                              b.getF64FloatAttr(value));
  }

  Value reshape(Value x, ArrayRef<int64_t> shape) {
    if (shapeOf(x) == shape)
      return x;
    if (auto constant = x.getDefiningOp<ConstantOp>())
      return this->constant(constant.getValue().convertToDouble(), shape,
                            elementOf(x));
    if (auto splat = x.getDefiningOp<SplatOp>())
      return SplatOp::create(b, loc, type(shape, elementOf(x)),
                             splat.getScalar());
    if (auto reshape = x.getDefiningOp<ReshapeOp>())
      return this->reshape(reshape.getOperand(), shape);
    return ReshapeOp::create(b, loc, type(shape, elementOf(x)), x);
  }

  Value transpose(Value x, ArrayRef<int64_t> permutation) {
    SmallVector<int64_t> shape;
    bool identity = true;
    for (auto [d, p] : llvm::enumerate(permutation)) {
      shape.push_back(shapeOf(x)[p]);
      identity &= static_cast<int64_t>(d) == p;
    }
    return identity ? x
                    : TransposeOp::create(b, loc, type(shape, elementOf(x)), x,
                                          permutation);
  }

  Value broadcast(Value x, ArrayRef<int64_t> shape) {
    if (shapeOf(x) == shape)
      return x;
    if (auto constant = x.getDefiningOp<ConstantOp>())
      return this->constant(constant.getValue().convertToDouble(), shape,
                            elementOf(x));
    return BroadcastOp::create(b, loc, type(shape, elementOf(x)), x);
  }

  Value castTo(Value x, Type element) {
    if (elementOf(x) == element)
      return x;
    if (std::optional<double> splat = getSplatValue(x))
      return constant(sem::roundTo(*splat, *getElementType(element)),
                      shapeOf(x), element);
    return CastOp::create(b, loc, type(shapeOf(x), element), x);
  }

  Value slice(Value x, ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes,
              ArrayRef<int64_t> strides) {
    if (shapeOf(x) == sizes)
      return x;
    return SliceOp::create(b, loc, type(sizes, elementOf(x)), x, offsets,
                           strides);
  }

  Value concat(int64_t dim, ArrayRef<Value> pieces) {
    SmallVector<int64_t> shape(shapeOf(pieces.front()));
    for (Value piece : pieces.drop_front())
      shape[dim] += shapeOf(piece)[dim];
    return ConcatOp::create(b, loc, type(shape, elementOf(pieces.front())),
                            b.getI64IntegerAttr(dim), pieces);
  }

  /// The elementwise op `name` on operands of one rank.
  Value elementwise(OperationName name, ArrayRef<Value> args, Type element) {
    OperationState state(loc, name);
    state.addOperands(args);
    state.addTypes(type(broadcastShape(args), element));
    return b.create(state)->getResult(0);
  }

  Value reduce(CombinerKind kind, Value x, int64_t dim, Type element) {
    SmallVector<int64_t> shape(shapeOf(x));
    shape[dim] = 1;
    return ReduceOp::create(b, loc, type(shape, element), kind, x, Value(),
                            dim);
  }

  static SmallVector<int64_t> broadcastShape(ArrayRef<Value> args) {
    SmallVector<int64_t> shape(shapeOf(args.front()));
    for (Value arg : args)
      for (auto [extent, other] : llvm::zip(shape, shapeOf(arg)))
        extent = std::max(extent, other);
    return shape;
  }

  OpBuilder &b;
  Location loc;
};

/// The value that is repeated, if `value` is nothing else.
Value skipBroadcast(Value value) {
  while (auto broadcast = value.getDefiningOp<BroadcastOp>())
    value = broadcast.getOperand();
  return value;
}

bool isNarrow(Type type) { return type.isF16() || type.isBF16(); }

//===----------------------------------------------------------------------===//
// Scalar bodies
//===----------------------------------------------------------------------===//

/// Rewrites what has an equal form in the algebra: unordered comparisons,
/// logic on i1, squares, and products that are fused into an accumulator, of
/// which `firstInit` is the first.
void normalizeBody(Block &body, unsigned firstInit) {
  IRRewriter b(body.getTerminator()->getContext());
  auto boolean = [&](Location loc, bool value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getBoolAttr(value));
  };
  auto negated = [&](Location loc, Value value) -> Value {
    return arith::SelectOp::create(b, loc, value, boolean(loc, false),
                                   boolean(loc, true));
  };
  for (Operation &op : llvm::make_early_inc_range(body.without_terminator())) {
    b.setInsertionPoint(&op);
    Location loc = op.getLoc();
    if (auto cmp = dyn_cast<arith::CmpFOp>(op)) {
      using P = arith::CmpFPredicate;
      Value lhs = cmp.getLhs(), rhs = cmp.getRhs();
      auto compare = [&](P predicate, Value a, Value c) -> Value {
        return arith::CmpFOp::create(b, loc, predicate, a, c);
      };
      auto invert = [&](P predicate) {
        Value inverse = compare(predicate, lhs, rhs);
        // A choice by a negated condition swaps its values instead.
        for (Operation *user : llvm::make_early_inc_range(op.getUsers()))
          if (auto select = dyn_cast<arith::SelectOp>(user);
              select && select.getCondition() == op.getResult(0) &&
              select.getTrueValue() != op.getResult(0) &&
              select.getFalseValue() != op.getResult(0)) {
            Value whenTrue = select.getTrueValue();
            select.getConditionMutable().assign(inverse);
            select.getTrueValueMutable().assign(select.getFalseValue());
            select.getFalseValueMutable().assign(whenTrue);
          }
        return op.use_empty() ? inverse : negated(loc, inverse);
      };
      auto ordered = [&]() -> Value {
        return arith::SelectOp::create(b, loc, compare(P::OEQ, lhs, lhs),
                                       compare(P::OEQ, rhs, rhs),
                                       boolean(loc, false));
      };
      Value result;
      switch (cmp.getPredicate()) {
      case P::AlwaysFalse:
      case P::AlwaysTrue:
        result = boolean(loc, cmp.getPredicate() == P::AlwaysTrue);
        break;
      case P::UEQ:
        result = invert(P::ONE);
        break;
      case P::UNE:
        result = invert(P::OEQ);
        break;
      case P::UGT:
        result = invert(P::OLE);
        break;
      case P::UGE:
        result = invert(P::OLT);
        break;
      case P::ULT:
        result = invert(P::OGE);
        break;
      case P::ULE:
        result = invert(P::OGT);
        break;
      case P::ORD:
        result = ordered();
        break;
      case P::UNO:
        result = negated(loc, ordered());
        break;
      default:
        continue;
      }
      b.replaceOp(&op, result);
    } else if (op.getNumResults() == 1 &&
               op.getResult(0).getType().isInteger(1) &&
               isa<arith::AndIOp, arith::OrIOp, arith::XOrIOp>(op)) {
      Value lhs = op.getOperand(0), rhs = op.getOperand(1), result;
      if (isa<arith::AndIOp>(op))
        result = arith::SelectOp::create(b, loc, lhs, rhs, boolean(loc, false));
      else if (isa<arith::OrIOp>(op))
        result = arith::SelectOp::create(b, loc, lhs, boolean(loc, true), rhs);
      else
        result = arith::SelectOp::create(b, loc, lhs, negated(loc, rhs), rhs);
      b.replaceOp(&op, result);
    } else if (isa<math::PowFOp, math::FPowIOp>(op) &&
               getSplatValue(op.getOperand(1)) == 2.0) {
      Value x = op.getOperand(0);
      b.replaceOpWithNewOp<arith::MulFOp>(&op, x, x);
    } else if (auto fma = dyn_cast<math::FmaOp>(op)) {
      auto addend = dyn_cast<BlockArgument>(fma.getC());
      if (!addend || addend.getOwner() != &body ||
          addend.getArgNumber() < firstInit)
        continue;
      Value product = arith::MulFOp::create(b, loc, fma.getA(), fma.getB());
      b.replaceOpWithNewOp<arith::AddFOp>(&op, product, addend);
    }
  }
}

/// Whether `op` only changes the element type, as `mirage.cast` does it.
bool isCast(Operation *op) {
  if (isa<arith::ExtFOp, arith::TruncFOp, arith::FPToSIOp>(op))
    return true;
  if (op->getNumOperands() != 1)
    return false;
  Type from = op->getOperand(0).getType();
  if (isa<arith::SIToFPOp>(op))
    return from.isInteger(32);
  return isa<arith::UIToFPOp, arith::ExtUIOp>(op) && from.isInteger(1);
}

std::optional<CmpPredicate> getPredicate(arith::CmpFPredicate predicate) {
  switch (predicate) {
  case arith::CmpFPredicate::OEQ:
    return CmpPredicate::eq;
  case arith::CmpFPredicate::ONE:
    return CmpPredicate::ne;
  case arith::CmpFPredicate::OLT:
    return CmpPredicate::lt;
  case arith::CmpFPredicate::OLE:
    return CmpPredicate::le;
  case arith::CmpFPredicate::OGT:
    return CmpPredicate::gt;
  case arith::CmpFPredicate::OGE:
    return CmpPredicate::ge;
  default:
    return std::nullopt;
  }
}

std::optional<CombinerKind> getCombiner(Operation *op) {
  if (isa<arith::AddFOp>(op))
    return CombinerKind::sum;
  if (isa<arith::MulFOp>(op))
    return CombinerKind::prod;
  if (isa<arith::MaximumFOp>(op))
    return CombinerKind::max;
  if (isa<arith::MinimumFOp>(op))
    return CombinerKind::min;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Structured ops
//===----------------------------------------------------------------------===//

/// One structured op: inputs and inits with their maps, and a copy of the body
/// that may be changed. Block arguments of the body are inputs, then inits.
class Structured {
public:
  Structured(const LinalgToMirage &raiser, Maker &make, std::string &why)
      : raiser(raiser), make(make), why(why) {}

  /// `extents` of the iteration space, `reduced` for each of its dimensions.
  SmallVector<int64_t> extents;
  SmallVector<bool> reduced;
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  unsigned numInputs = 0;
  Region region;

  Block &body() { return region.front(); }

  /// The new values of the inits, or failure.
  FailureOr<SmallVector<Value>> raise();

private:
  LogicalResult fail(const Twine &reason) {
    why = reason.str();
    return failure();
  }
  LogicalResult checkMaps();
  LogicalResult computeOrder();
  int labelOf(AffineExpr expr, int64_t extent);
  SmallVector<int64_t> shapeFor(ArrayRef<int> dims);

  /// `x` with the dimensions `to`; labels that it lacks get extent 1.
  Value rearrange(const Labelled &x, ArrayRef<int> to);
  /// Whether `rearrange` to these dimensions moves elements.
  bool needsTranspose(ArrayRef<int> from, ArrayRef<int> to);
  /// Operands brought to one rank and order, given in `dims`.
  SmallVector<Value> align(ArrayRef<Labelled> args, SmallVector<int> &dims);

  FailureOr<Labelled> emit(Value scalar);
  FailureOr<Labelled> emitLeaf(Value scalar);
  FailureOr<Labelled> emitOperand(unsigned index);
  FailureOr<Labelled> emitMap(Value scalar, ArrayRef<Operation *> ops);
  LogicalResult checkScalar(Operation *op);
  bool isAlgebra(Operation *op);
  FailureOr<Labelled> emitOp(Operation *op, ArrayRef<Labelled> args);

  FailureOr<Value> raiseElementwise(unsigned result);
  FailureOr<Value> raiseReduction(unsigned result);
  std::optional<Labelled> contract(const Labelled &x, const Labelled &y,
                                   ArrayRef<int> outDims, Type accumulator);
  SmallVector<int> outDimsOf(unsigned result);
  FailureOr<Value> combineWithInit(Value value, unsigned result,
                                   CombinerKind kind);
  Value finish(Value value, unsigned result);

  const LinalgToMirage &raiser;
  Maker &make;
  std::string &why;
  /// The iteration dimensions in the order in which values are aligned.
  SmallVector<int> order;
  DenseMap<Value, Labelled> memo;
};

int Structured::labelOf(AffineExpr expr, int64_t extent) {
  auto dim = dyn_cast<AffineDimExpr>(expr);
  return dim && extent != 1 ? static_cast<int>(dim.getPosition())
                            : Labelled::unit;
}

SmallVector<int64_t> Structured::shapeFor(ArrayRef<int> dims) {
  return llvm::map_to_vector(
      dims, [&](int d) { return d == Labelled::unit ? 1 : extents[d]; });
}

LogicalResult Structured::checkMaps() {
  for (auto [n, operand] : llvm::enumerate(operands)) {
    auto tensor = dyn_cast<RankedTensorType>(operand.getType());
    if (!tensor) {
      if (isa<ShapedType>(operand.getType()))
        return isOurs(operand.getType(), why) ? success() : failure();
      continue; // a scalar
    }
    if (!isOurs(tensor, why))
      return failure();
    llvm::SmallBitVector seen(extents.size());
    for (auto [d, expr] : llvm::enumerate(maps[n].getResults())) {
      if (isa<AffineConstantExpr>(expr)) {
        if (n >= numInputs && tensor.getDimSize(d) != 1)
          return fail("a result is written at one constant index only");
        continue;
      }
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (!dim)
        return fail("operand " + Twine(n) + " is indexed by " +
                    toText([&, e = expr](raw_ostream &os) { os << e; }));
      if (tensor.getDimSize(d) != extents[dim.getPosition()])
        return fail("operand " + Twine(n) + " is indexed in part");
      if (tensor.getDimSize(d) == 1)
        continue;
      if (seen.test(dim.getPosition()))
        return fail("operand " + Twine(n) + " is indexed twice by d" +
                    Twine(dim.getPosition()));
      seen.set(dim.getPosition());
    }
    if (n < numInputs)
      continue;
    for (size_t d = 0; d < extents.size(); ++d)
      if (extents[d] != 1 && seen.test(d) == reduced[d])
        return fail(reduced[d]
                        ? "a result is indexed by the reduced d" + Twine(d)
                        : "a result is not indexed by d" + Twine(d));
  }
  return success();
}

/// The order of the first result; reduced dimensions keep their places.
LogicalResult Structured::computeOrder() {
  SmallVector<int> parallel;
  for (AffineExpr expr : maps[numInputs].getResults())
    if (auto dim = dyn_cast<AffineDimExpr>(expr);
        dim && !reduced[dim.getPosition()] &&
        !llvm::is_contained(parallel, dim.getPosition()))
      parallel.push_back(dim.getPosition());
  for (size_t d = 0; d < extents.size(); ++d)
    if (!reduced[d] && !llvm::is_contained(parallel, static_cast<int>(d)))
      parallel.push_back(d);
  size_t next = 0;
  for (size_t d = 0; d < extents.size(); ++d)
    order.push_back(reduced[d] ? static_cast<int>(d) : parallel[next++]);
  return success();
}

/// The labels among `dims` that `present` has too.
static SmallVector<int> labels(ArrayRef<int> dims, ArrayRef<int> present) {
  SmallVector<int> result;
  for (int d : dims)
    if (d != Labelled::unit && llvm::is_contained(present, d))
      result.push_back(d);
  return result;
}

bool Structured::needsTranspose(ArrayRef<int> from, ArrayRef<int> to) {
  return labels(from, from) != labels(to, from);
}

Value Structured::rearrange(const Labelled &x, ArrayRef<int> to) {
  SmallVector<int> core = labels(x.dims, x.dims);
  SmallVector<int> target = llvm::map_to_vector(to, [&](int d) {
    return llvm::is_contained(core, d) ? d : int(Labelled::unit);
  });
  if (!needsTranspose(x.dims, to))
    return make.reshape(x.value, shapeFor(target));
  // A reshape to the target's rank, if needed, then one transpose.
  SmallVector<int> from(x.dims);
  Value value = x.value;
  if (from.size() != target.size()) {
    size_t next = 0;
    from = llvm::map_to_vector(
        target, [&](int d) { return d == Labelled::unit ? d : core[next++]; });
    value = make.reshape(value, shapeFor(from));
  }
  SmallVector<int64_t> permutation;
  llvm::SmallBitVector used(from.size());
  for (int d : target) {
    size_t p = 0;
    while (used.test(p) || from[p] != d)
      ++p;
    used.set(p);
    permutation.push_back(p);
  }
  return make.transpose(value, permutation);
}

SmallVector<Value> Structured::align(ArrayRef<Labelled> args,
                                     SmallVector<int> &dims) {
  auto isUnit = [](const Labelled &x) {
    return labels(x.dims, x.dims).empty();
  };
  const Labelled *first = nullptr;
  bool alike = true;
  for (const Labelled &arg : args) {
    if (isUnit(arg))
      continue;
    if (!first)
      first = &arg;
    else
      alike &= first->dims == arg.dims;
  }
  SmallVector<int> to(order);
  if (!first)
    to.assign(args.front().dims.begin(), args.front().dims.end());
  else if (alike)
    to.assign(first->dims.begin(), first->dims.end());
  SmallVector<Value> values;
  for (const Labelled &arg : args)
    values.push_back(rearrange(arg, to));
  dims.clear();
  for (int d : to)
    dims.push_back(llvm::any_of(args,
                                [&](const Labelled &arg) {
                                  return llvm::is_contained(arg.dims, d);
                                })
                       ? d
                       : int(Labelled::unit));
  return values;
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

FailureOr<Labelled> Structured::emitOperand(unsigned index) {
  Value operand = operands[index];
  if (!isa<RankedTensorType>(operand.getType()))
    return emitLeaf(operand);
  if (operand.getDefiningOp<tensor::EmptyOp>())
    return fail("reads an element of tensor.empty");
  SmallVector<int64_t> ones(extents.size(), 1);
  if (std::optional<double> splat = getSplatValue(operand))
    return Labelled{make.constant(*splat, ones, elementOf(operand)),
                    SmallVector<int>(extents.size(), Labelled::unit)};
  Labelled result;
  result.value = skipBroadcast(operand);
  SmallVector<int64_t> offsets, sizes(shapeOf(result.value));
  SmallVector<int64_t> strides(sizes.size(), 1);
  for (auto [d, expr] : llvm::enumerate(maps[index].getResults())) {
    auto constant = dyn_cast<AffineConstantExpr>(expr);
    bool picks = constant && sizes[d] != 1;
    if (picks && (constant.getValue() < 0 || constant.getValue() >= sizes[d]))
      return fail("operand " + Twine(index) + " is indexed out of bounds");
    offsets.push_back(picks ? constant.getValue() : 0);
    if (picks)
      sizes[d] = 1;
    result.dims.push_back(labelOf(expr, sizes[d]));
  }
  result.value = make.slice(result.value, offsets, sizes, strides);
  return result;
}

/// A value from outside the body, or one of its arguments.
FailureOr<Labelled> Structured::emitLeaf(Value scalar) {
  if (auto argument = dyn_cast<BlockArgument>(scalar);
      argument && argument.getOwner() == &body())
    return emitOperand(argument.getArgNumber());
  if (!getElementType(scalar.getType()))
    return fail("the body uses a value of type " + toText(scalar.getType()));
  SmallVector<int64_t> ones(extents.size(), 1);
  SmallVector<int> dims(extents.size(), Labelled::unit);
  if (std::optional<double> value = getSplatValue(scalar))
    return Labelled{make.constant(*value, ones, scalar.getType()), dims};
  Value splat = SplatOp::create(make.b, make.loc,
                                make.type(ones, scalar.getType()), scalar);
  return Labelled{splat, dims};
}

/// Whether `op` is a scalar op whose values have types of ours.
LogicalResult Structured::checkScalar(Operation *op) {
  if (op->getNumRegions() != 0 || op->getNumResults() != 1)
    return fail("'" + op->getName().getStringRef() + "' has no meaning");
  SmallVector<Value> values(op->getOperands());
  values.push_back(op->getResult(0));
  for (Value value : values)
    if (!getElementType(value.getType()))
      return fail("'" + op->getName().getStringRef() + "' on type " +
                  toText(value.getType()) + " has no meaning");
  return success();
}

bool Structured::isAlgebra(Operation *op) {
  if (getSplatValue(op->getResult(0)) || isCast(op))
    return true;
  if (auto cmp = dyn_cast<arith::CmpFOp>(op))
    return getPredicate(cmp.getPredicate()).has_value();
  const sem::ScalarFn *fn = getScalarFn(op);
  return fn && fn->arity == op->getNumOperands() &&
         raiser.getElementwiseOp(fn->name);
}

FailureOr<Labelled> Structured::emitOp(Operation *op, ArrayRef<Labelled> args) {
  Type element = op->getResult(0).getType();
  if (std::optional<double> value = getSplatValue(op->getResult(0)))
    return Labelled{
        make.constant(*value, SmallVector<int64_t>(extents.size(), 1), element),
        SmallVector<int>(extents.size(), Labelled::unit)};
  if (isCast(op))
    return Labelled{make.castTo(args[0].value, element), args[0].dims};
  Labelled result;
  SmallVector<Value> values = align(args, result.dims);
  if (auto cmp = dyn_cast<arith::CmpFOp>(op)) {
    result.value = CmpOp::create(
        make.b, make.loc, make.type(Maker::broadcastShape(values), element),
        *getPredicate(cmp.getPredicate()), values[0], values[1]);
    return result;
  }
  result.value = make.elementwise(
      *raiser.getElementwiseOp(getScalarFn(op)->name), values, element);
  return result;
}

/// The whole of `ops`, which ends in `scalar`, as one `mirage.map`.
FailureOr<Labelled> Structured::emitMap(Value scalar,
                                        ArrayRef<Operation *> ops) {
  Region mapRegion;
  Block *block = new Block;
  mapRegion.push_back(block);
  OpBuilder inner(make.b.getContext());
  inner.setInsertionPointToEnd(block);
  IRMapping mapping;
  SmallVector<Labelled> args;
  for (Operation *op : ops)
    for (Value operand : op->getOperands()) {
      bool isInner =
          operand.getDefiningOp() && operand.getParentBlock() == &body();
      if (mapping.contains(operand) || isInner)
        continue;
      if (std::optional<double> value = getSplatValue(operand)) {
        Type type = operand.getType();
        TypedAttr attribute;
        if (isa<FloatType>(type))
          attribute = inner.getFloatAttr(type, *value);
        else
          attribute = inner.getIntegerAttr(type, static_cast<int64_t>(*value));
        mapping.map(operand,
                    arith::ConstantOp::create(inner, make.loc, attribute));
        continue;
      }
      FailureOr<Labelled> arg = emitLeaf(operand);
      if (failed(arg))
        return failure();
      args.push_back(*arg);
      mapping.map(operand, block->addArgument(operand.getType(), make.loc));
    }
  if (args.empty())
    return fail("the body computes a constant outside the algebra");
  for (Operation *op : ops)
    inner.clone(*op, mapping);
  YieldOp::create(inner, make.loc, mapping.lookup(scalar));
  Operation *missing = nullptr;
  if (!readScalarBody(*block, &missing))
    return fail("'" + missing->getName().getStringRef() + "' has no meaning");
  Labelled result;
  SmallVector<Value> values = align(args, result.dims);
  auto map = MapOp::create(
      make.b, make.loc,
      make.type(Maker::broadcastShape(values), scalar.getType()), values);
  map.getBody().takeBody(mapRegion);
  result.value = map.getResult();
  return result;
}

FailureOr<Labelled> Structured::emit(Value scalar) {
  // What `scalar` needs, in the order of the body.
  SmallVector<Operation *> ops;
  llvm::SmallPtrSet<Operation *, 16> needed;
  auto need = [&](Value value) {
    if (Operation *op = value.getDefiningOp())
      if (op->getBlock() == &body() && !memo.contains(value))
        needed.insert(op);
  };
  need(scalar);
  for (Operation &op : llvm::reverse(body()))
    if (needed.contains(&op)) {
      ops.push_back(&op);
      for (Value operand : op.getOperands())
        need(operand);
    }
  std::reverse(ops.begin(), ops.end());
  for (Operation *op : ops)
    if (failed(checkScalar(op)))
      return failure();
  if (!llvm::all_of(ops, [&](Operation *op) { return isAlgebra(op); })) {
    // Again from the arguments on: a map holds its whole body.
    if (!memo.empty()) {
      memo.clear();
      return emit(scalar);
    }
    return emitMap(scalar, ops);
  }
  auto get = [&](Value value) -> FailureOr<Labelled> {
    auto it = memo.find(value);
    if (it != memo.end())
      return it->second;
    FailureOr<Labelled> leaf = emitLeaf(value);
    if (succeeded(leaf))
      memo[value] = *leaf;
    return leaf;
  };
  for (Operation *op : ops) {
    SmallVector<Labelled> args;
    for (Value operand : op->getOperands()) {
      FailureOr<Labelled> arg = get(operand);
      if (failed(arg))
        return failure();
      args.push_back(*arg);
    }
    FailureOr<Labelled> result = emitOp(op, args);
    if (failed(result))
      return failure();
    memo[op->getResult(0)] = *result;
  }
  return get(scalar);
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

SmallVector<int> Structured::outDimsOf(unsigned result) {
  unsigned n = numInputs + result;
  SmallVector<int> dims;
  for (auto [expr, extent] :
       llvm::zip(maps[n].getResults(), shapeOf(operands[n])))
    dims.push_back(labelOf(expr, extent));
  return dims;
}

/// `value`, which has the rank of the result, in the result's type.
Value Structured::finish(Value value, unsigned result) {
  Value init = operands[numInputs + result];
  value = make.castTo(value, elementOf(init));
  return make.broadcast(value, shapeOf(init));
}

FailureOr<Value> Structured::raiseElementwise(unsigned result) {
  FailureOr<Labelled> value = emit(body().getTerminator()->getOperand(result));
  if (failed(value))
    return failure();
  return finish(rearrange(*value, outDimsOf(result)), result);
}

FailureOr<Value> Structured::combineWithInit(Value value, unsigned result,
                                             CombinerKind kind) {
  unsigned n = numInputs + result;
  auto combiner = static_cast<sem::Combiner>(kind);
  Value init = operands[n];
  if (init.getDefiningOp<tensor::EmptyOp>())
    return fail("accumulates onto tensor.empty");
  std::optional<double> splat = getSplatValue(init);
  if (splat && *splat == sem::identity(combiner))
    return value;
  Value other =
      splat ? make.constant(*splat,
                            SmallVector<int64_t>(shapeOf(value).size(), 1),
                            elementOf(init))
            : skipBroadcast(init);
  std::optional<OperationName> op =
      raiser.getElementwiseOp(sem::combineFn(combiner).name);
  if (!op)
    return fail("no op computes the combiner");
  return make.elementwise(*op, {value, make.castTo(other, elementOf(value))},
                          elementOf(value));
}

/// The operand of a widening, and of several.
static Value skipExtensions(Value value) {
  while (auto extension = value.getDefiningOp<arith::ExtFOp>())
    value = extension.getIn();
  return value;
}

FailureOr<Value> Structured::raiseReduction(unsigned result) {
  BlockArgument accumulator = body().getArgument(numInputs + result);
  // All that is computed from an accumulator.
  DenseSet<Value> carried;
  for (BlockArgument argument : body().getArguments().drop_front(numInputs))
    carried.insert(argument);
  for (Operation &op : body().without_terminator())
    if (llvm::any_of(op.getOperands(),
                     [&](Value v) { return carried.contains(v); }))
      for (Value value : op.getResults())
        carried.insert(value);

  // The chain of combiners from the yielded value to the accumulator.
  Value value = body().getTerminator()->getOperand(result);
  if (!carried.contains(value))
    return fail("a result is overwritten in each step of a reduction");
  if (auto narrowing = value.getDefiningOp<arith::TruncFOp>())
    value = narrowing.getIn();
  std::optional<CombinerKind> kind;
  SmallVector<Value> terms;
  while (skipExtensions(value) != accumulator) {
    Operation *op = value.getDefiningOp();
    std::optional<CombinerKind> next =
        op ? getCombiner(op) : std::optional<CombinerKind>();
    if (!next)
      return op ? fail("reduces with '" + op->getName().getStringRef() + "'")
                : fail("a result depends on another one's accumulator");
    if (kind && *kind != *next)
      return fail("reduces with more than one combiner");
    kind = next;
    bool left = carried.contains(op->getOperand(0)),
         right = carried.contains(op->getOperand(1));
    if (left && right)
      return fail("the accumulator is used twice");
    terms.push_back(op->getOperand(left ? 1 : 0));
    value = op->getOperand(left ? 0 : 1);
  }
  if (!kind)
    return fail("the accumulator is not combined with anything");
  Value term = terms.front();
  for (Value other : ArrayRef(terms).drop_front()) {
    OpBuilder b(body().getTerminator());
    auto combiner = static_cast<sem::Combiner>(*kind);
    OperationState state(make.loc, sem::combineFn(combiner).name);
    state.addOperands({term, other});
    state.addTypes(term.getType());
    term = b.create(state)->getResult(0);
  }

  SmallVector<int> outDims = outDimsOf(result);
  SmallVector<int> reductions;
  for (int d : order)
    if (reduced[d] && extents[d] != 1)
      reductions.push_back(d);
  Type element = term.getType();
  Type wide = isNarrow(element) ? make.b.getF32Type() : element;

  std::optional<Labelled> total;
  if (auto product = skipExtensions(term).getDefiningOp<arith::MulFOp>();
      product && *kind == CombinerKind::sum && !reductions.empty() &&
      product->getBlock() == &body()) {
    FailureOr<Labelled> x = emit(skipExtensions(product.getLhs()));
    if (failed(x))
      return failure();
    FailureOr<Labelled> y = emit(skipExtensions(product.getRhs()));
    if (failed(y))
      return failure();
    total = contract(*x, *y, outDims, wide);
  }
  if (!total) {
    FailureOr<Labelled> x = emit(term);
    if (failed(x))
      return failure();
    total = *x;
    for (int d : reductions)
      if (!llvm::is_contained(total->dims, d)) {
        // The term is the same in each step of this dimension.
        SmallVector<int64_t> shape;
        Value aligned = rearrange(*total, order);
        SmallVector<int> dims(order);
        for (auto [label, extent] : llvm::zip(dims, shapeOf(aligned))) {
          bool repeats = reduced[label] && extents[label] != 1;
          shape.push_back(repeats ? extents[label] : extent);
          if (shape.back() == 1)
            label = Labelled::unit;
        }
        total = Labelled{make.broadcast(aligned, shape), dims};
        break;
      }
    // One rounding, at the end.
    std::optional<double> init = getSplatValue(operands[numInputs + result]);
    bool single = reductions.size() == 1 && init &&
                  *init == sem::identity(static_cast<sem::Combiner>(*kind));
    for (int d : reductions) {
      auto at = llvm::find(total->dims, d) - total->dims.begin();
      total->value =
          make.reduce(*kind, total->value, at, single ? element : wide);
      total->dims[at] = Labelled::unit;
    }
  }
  FailureOr<Value> combined =
      combineWithInit(rearrange(*total, outDims), result, *kind);
  if (failed(combined))
    return failure();
  return finish(*combined, result);
}

/// The sum of x * y over all reduced dimensions as a matrix product, if it has
/// the form of one.
std::optional<Labelled> Structured::contract(const Labelled &x,
                                             const Labelled &y,
                                             ArrayRef<int> outDims,
                                             Type accumulator) {
  Type left = elementOf(x.value), right = elementOf(y.value);
  if (x.value == y.value || !isa<FloatType>(left) || !isa<FloatType>(right))
    return std::nullopt;
  SmallVector<int> batch, m, n, k;
  for (int d : order) {
    if (extents[d] == 1)
      continue;
    bool inX = llvm::is_contained(x.dims, d),
         inY = llvm::is_contained(y.dims, d);
    if (reduced[d]) {
      if (!inX || !inY)
        return std::nullopt;
      k.push_back(d);
    } else if (inX || inY) {
      (inX && inY ? batch : inX ? m : n).push_back(d);
    }
  }
  // Without rows and columns it is a product and a reduction; only the dot
  // product of two vectors is a matrix product too.
  if (m.empty() && n.empty() && (!batch.empty() || k.size() != 1))
    return std::nullopt;

  // Operand types: the wider one.
  Type common = left;
  if (left != right) {
    unsigned a = left.getIntOrFloatBitWidth(),
             c = right.getIntOrFloatBitWidth();
    common = a > c ? left : c > a ? right : make.b.getF32Type();
  }
  Type sum = common.isF64() || accumulator.isF64() ? make.b.getF64Type()
                                                   : make.b.getF32Type();
  Labelled lhs{make.castTo(x.value, common), x.dims};
  Labelled rhs{make.castTo(y.value, common), y.dims};

  // One dimension of each kind for the product proper, the innermost ones; the
  // others lead.
  int row = m.empty() ? Labelled::unit : m.back();
  int column = n.empty() ? Labelled::unit : n.back();
  int inner = k.back();
  for (int d : lhs.dims)
    if (llvm::is_contained(k, d))
      inner = d;
  SmallVector<int> leading;
  for (int d : k)
    if (d != inner)
      leading.push_back(d);
  size_t numSums = leading.size();
  for (int d : order)
    if (!reduced[d] && d != row && d != column && extents[d] != 1 &&
        (llvm::is_contained(x.dims, d) || llvm::is_contained(y.dims, d)))
      leading.push_back(d);

  auto with = [&](int a, int c) {
    SmallVector<int> dims(leading);
    dims.push_back(a);
    dims.push_back(c);
    return dims;
  };
  // The product of the transposed operands, if it needs fewer transposes.
  auto transposes = [&](const Labelled &a, const Labelled &c, int r, int s) {
    SmallVector<int> out = with(r, s);
    out.erase(out.begin(), out.begin() + numSums);
    return int(needsTranspose(a.dims, with(r, inner))) +
           int(needsTranspose(c.dims, with(inner, s))) +
           int(needsTranspose(out, outDims));
  };
  if (transposes(rhs, lhs, column, row) < transposes(lhs, rhs, row, column)) {
    std::swap(lhs, rhs);
    std::swap(row, column);
  }
  Value a = rearrange(lhs, with(row, inner));
  Value c = rearrange(rhs, with(inner, column));
  Labelled result;
  result.dims.assign(leading.begin(), leading.end());
  result.dims.append({row, column});
  result.value = MatmulOp::create(make.b, make.loc,
                                  make.type(shapeFor(result.dims), sum), a, c);
  for (size_t d = 0; d < numSums; ++d) {
    result.value = make.reduce(CombinerKind::sum, result.value, d, sum);
    result.dims[d] = Labelled::unit;
  }
  return result;
}

FailureOr<SmallVector<Value>> Structured::raise() {
  if (failed(checkMaps()) || failed(computeOrder()))
    return failure();
  bool reduces = llvm::is_contained(reduced, true);
  normalizeBody(body(), reduces ? numInputs : body().getNumArguments());
  SmallVector<Value> results;
  for (unsigned r = 0; r < operands.size() - numInputs; ++r) {
    FailureOr<Value> value = reduces ? raiseReduction(r) : raiseElementwise(r);
    if (failed(value))
      return failure();
    results.push_back(*value);
  }
  return results;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// Raises single ops; results are the new values, the op stays.
class Raiser {
public:
  Raiser(const LinalgToMirage &raiser, RewriterBase &rewriter, Location loc,
         std::string &why)
      : raiser(raiser), rewriter(rewriter), make(rewriter, loc), why(why) {}

  using Results = FailureOr<SmallVector<Value>>;
  Results raise(Operation *op);

private:
  LogicalResult fail(const Twine &reason) {
    why = reason.str();
    return failure();
  }
  Results raiseLinalg(linalg::LinalgOp op);
  Results raiseGeneric(linalg::GenericOp op);
  Results raiseSoftmax(linalg::SoftmaxOp op);
  Results raiseElementwise(Operation *op);
  Results raiseExtractSlice(tensor::ExtractSliceOp op);
  Results raiseInsertSlice(tensor::InsertSliceOp op);
  Results raiseConcat(tensor::ConcatOp op);
  Results raisePad(tensor::PadOp op);

  const LinalgToMirage &raiser;
  RewriterBase &rewriter;
  Maker make;
  std::string &why;
};

Raiser::Results Raiser::raiseGeneric(linalg::GenericOp op) {
  Structured s(raiser, make, why);
  s.extents = op.getStaticLoopRanges();
  if (llvm::any_of(s.extents, ShapedType::isDynamic))
    return fail("its iteration space is not static");
  if (llvm::is_contained(s.extents, 0))
    return fail("its iteration space is empty");
  for (utils::IteratorType type : op.getIteratorTypesArray())
    s.reduced.push_back(type == utils::IteratorType::reduction);
  s.operands.assign(op->operand_begin(), op->operand_end());
  s.maps = op.getIndexingMapsArray();
  s.numInputs = op.getNumDpsInputs();
  IRMapping mapping;
  op.getRegion().cloneInto(&s.region, mapping);
  return s.raise();
}

Raiser::Results Raiser::raiseLinalg(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics())
    return fail("it works on memrefs");
  if (auto generic = dyn_cast<linalg::GenericOp>(*op))
    return raiseGeneric(generic);
  // The op itself must stay if it cannot be raised.
  rewriter.setInsertionPoint(op);
  auto copy = cast<linalg::LinalgOp>(rewriter.clone(*op));
  FailureOr<linalg::GenericOp> generic =
      linalg::generalizeNamedOp(rewriter, copy);
  if (failed(generic)) {
    rewriter.eraseOp(copy);
    return fail("upstream has no generic form of it");
  }
  rewriter.setInsertionPoint(*generic);
  Results results = raiseGeneric(*generic);
  rewriter.eraseOp(*generic);
  return results;
}

Raiser::Results Raiser::raiseSoftmax(linalg::SoftmaxOp op) {
  if (op->getNumResults() != 1)
    return fail("it works on memrefs");
  Value x = op.getInput();
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (!isOurs(x.getType(), why) || !isOurs(type, why))
    return failure();
  if (!isa<FloatType>(elementOf(x)) || !isa<FloatType>(type.getElementType()))
    return fail("softmax of " + toText(elementOf(x)));
  int64_t dim = op.getDimension();
  Type element = elementOf(x);
  Value max = make.reduce(CombinerKind::max, x, dim, element);
  Value shifted = SubOp::create(rewriter, make.loc, x.getType(), x, max);
  Value power = ExpOp::create(rewriter, make.loc, x.getType(), shifted);
  Value sum = make.reduce(CombinerKind::sum, power, dim, element);
  Value result = DivOp::create(rewriter, make.loc, x.getType(), power, sum);
  return SmallVector<Value>{make.castTo(result, type.getElementType())};
}

/// An arith or math op on tensors of one shape, as a structured op.
Raiser::Results Raiser::raiseElementwise(Operation *op) {
  if (op->getNumResults() != 1)
    return fail("'" + op->getName().getStringRef() + "' has no meaning");
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!isOurs(op->getResult(0).getType(), why))
    return failure();
  Structured s(raiser, make, why);
  s.extents.assign(type.getShape().begin(), type.getShape().end());
  s.reduced.assign(type.getRank(), false);
  AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
  AffineMap scalar = AffineMap::get(type.getRank(), 0, rewriter.getContext());
  Block *block = new Block;
  s.region.push_back(block);
  IRMapping mapping;
  for (Value operand : op->getOperands()) {
    bool isTensor = isa<RankedTensorType>(operand.getType());
    s.operands.push_back(operand);
    s.maps.push_back(isTensor ? identity : scalar);
    mapping.map(operand, block->addArgument(elementOf(operand), make.loc));
  }
  s.numInputs = op->getNumOperands();
  // An init that only gives the type.
  Value init = tensor::EmptyOp::create(rewriter, make.loc, type.getShape(),
                                       type.getElementType());
  s.operands.push_back(init);
  s.maps.push_back(identity);
  block->addArgument(type.getElementType(), make.loc);
  OpBuilder inner(make.b.getContext());
  inner.setInsertionPointToEnd(block);
  Operation *copy = inner.clone(*op, mapping);
  copy->getResult(0).setType(type.getElementType());
  linalg::YieldOp::create(inner, make.loc, copy->getResult(0));
  Results results = s.raise();
  rewriter.eraseOp(init.getDefiningOp());
  return results;
}

Raiser::Results Raiser::raiseExtractSlice(tensor::ExtractSliceOp op) {
  ArrayRef<int64_t> offsets = op.getStaticOffsets(),
                    sizes = op.getStaticSizes(),
                    strides = op.getStaticStrides();
  for (ArrayRef<int64_t> list : {offsets, sizes, strides})
    if (llvm::any_of(list, ShapedType::isDynamic))
      return fail("its offsets, sizes or strides are not static");
  for (auto [d, extent] : llvm::enumerate(op.getSourceType().getShape()))
    if (offsets[d] < 0 || strides[d] < 1 ||
        (sizes[d] - 1) > (extent - 1 - offsets[d]) / strides[d])
      return fail("it leaves its source");
  Value box = make.slice(op.getSource(), offsets, sizes, strides);
  return SmallVector<Value>{make.reshape(box, op.getType().getShape())};
}

/// A box that is cut out along one dimension only: pieces side by side.
Raiser::Results Raiser::raiseInsertSlice(tensor::InsertSliceOp op) {
  ArrayRef<int64_t> offsets = op.getStaticOffsets(),
                    sizes = op.getStaticSizes();
  for (ArrayRef<int64_t> list : {offsets, sizes, op.getStaticStrides()})
    if (llvm::any_of(list, ShapedType::isDynamic))
      return fail("its offsets, sizes or strides are not static");
  ArrayRef<int64_t> shape = op.getDestType().getShape();
  std::optional<int64_t> dim;
  for (auto [d, extent] : llvm::enumerate(shape)) {
    if (op.getStaticStrides()[d] != 1)
      return fail("it has strides");
    if (offsets[d] < 0 || sizes[d] > extent - offsets[d])
      return fail("it leaves its destination");
    if (sizes[d] == extent)
      continue;
    if (dim)
      return fail("it cuts more than one dimension");
    dim = d;
  }
  Value box = make.reshape(op.getSource(), sizes);
  if (!dim)
    return SmallVector<Value>{box};
  if (op.getDest().getDefiningOp<tensor::EmptyOp>())
    return fail("it leaves elements of tensor.empty");
  SmallVector<int64_t> ones(shape.size(), 1), start(shape.size(), 0),
      size(shape);
  SmallVector<Value> pieces;
  auto addPiece = [&](int64_t from, int64_t to) {
    if (from == to)
      return;
    start[*dim] = from;
    size[*dim] = to - from;
    if (std::optional<double> splat = getSplatValue(op.getDest()))
      pieces.push_back(make.constant(*splat, size, elementOf(op.getDest())));
    else
      pieces.push_back(make.slice(op.getDest(), start, size, ones));
  };
  addPiece(0, offsets[*dim]);
  pieces.push_back(box);
  addPiece(offsets[*dim] + sizes[*dim], shape[*dim]);
  return SmallVector<Value>{make.concat(*dim, pieces)};
}

Raiser::Results Raiser::raiseConcat(tensor::ConcatOp op) {
  return SmallVector<Value>{
      make.concat(op.getDim(), SmallVector<Value>(op.getInputs()))};
}

Raiser::Results Raiser::raisePad(tensor::PadOp op) {
  Value padding = op.getConstantPaddingValue();
  std::optional<double> value =
      padding ? getSplatValue(padding) : std::optional<double>();
  if (!value)
    return fail("its padding is not a constant");
  for (ArrayRef<int64_t> list : {op.getStaticLow(), op.getStaticHigh()})
    if (llvm::any_of(list, [](int64_t n) { return n < 0; }))
      return fail("its padding is not static or negative");
  Value result = op.getSource();
  for (auto [d, low, high] :
       llvm::enumerate(op.getStaticLow(), op.getStaticHigh())) {
    SmallVector<Value> pieces;
    auto addPiece = [&, dim = d](int64_t size) {
      SmallVector<int64_t> shape(shapeOf(result));
      shape[dim] = size;
      if (size != 0)
        pieces.push_back(make.constant(*value, shape, elementOf(result)));
    };
    addPiece(low);
    pieces.push_back(result);
    addPiece(high);
    if (pieces.size() > 1)
      result = make.concat(d, pieces);
  }
  return SmallVector<Value>{result};
}

Raiser::Results Raiser::raise(Operation *op) {
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return raiseLinalg(linalgOp);
  if (auto softmax = dyn_cast<linalg::SoftmaxOp>(op))
    return raiseSoftmax(softmax);
  bool moves =
      isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ReshapeOp,
          tensor::CastOp, tensor::ExtractSliceOp, tensor::InsertSliceOp,
          tensor::ConcatOp, tensor::PadOp, tensor::SplatOp>(op);
  bool elementwise = OpTrait::hasElementwiseMappableTraits(op);
  if (!moves && !elementwise)
    return fail("'" + op->getName().getStringRef() + "' has no meaning");
  for (Type type : op->getOperandTypes())
    if (isa<ShapedType>(type) && !isa<tensor::ReshapeOp>(op) &&
        !isOurs(type, why))
      return failure();
  if (!isOurs(op->getOperand(0).getType(), why) && moves &&
      !isa<tensor::SplatOp>(op))
    return failure();
  for (Type type : op->getResultTypes())
    if (!isOurs(type, why))
      return failure();
  if (elementwise)
    return raiseElementwise(op);
  if (!isa<tensor::InsertSliceOp>(op))
    for (Value operand : op->getOperands())
      if (operand.getDefiningOp<tensor::EmptyOp>())
        return fail("reads an element of tensor.empty");
  Value first = op->getOperand(0);
  ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
  return TypeSwitch<Operation *, Results>(op)
      .Case([&](tensor::ExtractSliceOp op) { return raiseExtractSlice(op); })
      .Case([&](tensor::InsertSliceOp op) { return raiseInsertSlice(op); })
      .Case([&](tensor::ConcatOp op) { return raiseConcat(op); })
      .Case([&](tensor::PadOp op) { return raisePad(op); })
      .Case([&](tensor::SplatOp op) -> Results {
        SmallVector<int64_t> ones(shape.size(), 1);
        if (std::optional<double> value = getSplatValue(first))
          return SmallVector<Value>{
              make.constant(*value, shape, first.getType())};
        Value splat = SplatOp::create(rewriter, make.loc,
                                      make.type(ones, first.getType()), first);
        return SmallVector<Value>{make.broadcast(splat, shape)};
      })
      .Default([&](Operation *) -> Results {
        // Reshapes, and a cast between equal types.
        return SmallVector<Value>{make.reshape(first, shape)};
      });
}
} // namespace

LinalgToMirage::LinalgToMirage(MLIRContext *context) {
  for (RegisteredOperationName name : context->getRegisteredOperations()) {
    auto *algebra = name.getInterface<AlgebraOpInterface>();
    if (!algebra)
      continue;
    const sem::ScalarExpr *expr = algebra->getSemantics().elementwise();
    const sem::ScalarFn *fn = expr ? expr->singleCall() : nullptr;
    if (!fn)
      continue;
    auto [it, isNew] = elementwiseOps.try_emplace(fn->name, name);
    if (!isNew && name.getDialectNamespace() == "mirage")
      it->second = name;
  }
}

std::optional<OperationName>
LinalgToMirage::getElementwiseOp(StringRef name) const {
  auto it = elementwiseOps.find(name);
  if (it == elementwiseOps.end())
    return std::nullopt;
  return it->second;
}

LogicalResult LinalgToMirage::raise(RewriterBase &rewriter, Operation *op,
                                    std::string &why) const {
  rewriter.setInsertionPoint(op);
  FailureOr<SmallVector<Value>> results =
      Raiser(*this, rewriter, op->getLoc(), why).raise(op);
  if (failed(results))
    return failure();
  rewriter.replaceOp(op, *results);
  return success();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct ConvertLinalgToMirage
    : mlir::mirage::impl::ConvertLinalgToMiragePassBase<ConvertLinalgToMirage> {
  using ConvertLinalgToMiragePassBase::ConvertLinalgToMiragePassBase;

  void runOnOperation() override {
    LinalgToMirage raiser(&getContext());
    IRRewriter rewriter(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      eraseDead(rewriter, function);
      SmallVector<Operation *> ops;
      // Regions other than control flow are scalar bodies, or not ours.
      function->walk<WalkOrder::PreOrder>([&](Operation *op) {
        if (op == function)
          return WalkResult::advance();
        ops.push_back(op);
        bool skips =
            op->getNumRegions() != 0 && !isa<RegionBranchOpInterface>(op);
        return skips ? WalkResult::skip() : WalkResult::advance();
      });
      SmallVector<std::pair<Operation *, std::string>> left;
      for (Operation *op : ops) {
        std::string why;
        if (failed(visit(raiser, rewriter, op, why)))
          left.emplace_back(op, why);
      }
      DenseSet<Operation *> erased = eraseDead(rewriter, function);
      for (auto &[op, why] : left) {
        if (erased.contains(op))
          continue;
        InFlightDiagnostic diagnostic =
            requireComplete ? op->emitError() : op->emitRemark();
        diagnostic << "not raised to mirage: " << why;
        if (requireComplete)
          signalPassFailure();
      }
    }
  }

private:
  /// Raises `op` if it is an op on tensors that is not ours.
  static LogicalResult visit(const LinalgToMirage &raiser,
                             RewriterBase &rewriter, Operation *op,
                             std::string &why) {
    auto isTensor = [](Type type) { return isa<TensorType>(type); };
    bool isLinalg = isa_and_nonnull<linalg::LinalgDialect>(op->getDialect());
    if (!isLinalg && llvm::none_of(op->getOperandTypes(), isTensor) &&
        llvm::none_of(op->getResultTypes(), isTensor))
      return success();
    // Ours, or what only passes values on.
    if (isa<AlgebraOpInterface, RegionBranchOpInterface, CallOpInterface,
            tensor::EmptyOp>(op) ||
        op->hasTrait<OpTrait::IsTerminator>() ||
        isa_and_nonnull<MirageDialect>(op->getDialect()))
      return success();
    if (isa<arith::ConstantOp>(op)) {
      Type type = op->getResult(0).getType();
      std::optional<double> value = getSplatValue(op->getResult(0));
      if (value && isOurs(type, why)) {
        rewriter.setInsertionPoint(op);
        rewriter.replaceOpWithNewOp<mlir::mirage::ConstantOp>(
            op, type, rewriter.getF64FloatAttr(*value));
      }
      return success();
    }
    return raiser.raise(rewriter, op, why);
  }

  static DenseSet<Operation *> eraseDead(RewriterBase &rewriter,
                                         func::FuncOp function) {
    DenseSet<Operation *> erased;
    function->walk<WalkOrder::PostOrder, ReverseIterator>([&](Operation *op) {
      if (!isOpTriviallyDead(op))
        return;
      erased.insert(op);
      rewriter.eraseOp(op);
    });
    return erased;
  }
};
} // namespace
