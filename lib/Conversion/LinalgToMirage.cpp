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

#include "IntegerBody.h"
#include "mirage/Conversion/Passes.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Dialect/Mirage/IR/ScalarBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Iterators.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <functional>

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

/// Integers that mirage has no tensors of, but whose values floats can hold.
bool isHeldElement(Type type) {
  return (type.isSignlessInteger() || type.isIndex()) && !getElementType(type);
}

/// Whether mirage has tensors of this type, or, if `orHeld`, floats that can
/// stand for its elements.
bool isOurs(Type type, std::string &why, bool orHeld = false) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    why = "type " + toText(type) + " is no ranked tensor";
  else if (!tensor.hasStaticShape())
    why = "type " + toText(type) + " has no static shape";
  else if (tensor.getEncoding())
    why = "type " + toText(type) + " has an encoding";
  else if (llvm::is_contained(tensor.getShape(), 0))
    why = "type " + toText(type) + " has no elements";
  else if (!getElementType(tensor.getElementType()) &&
           !(orHeld && isHeldElement(tensor.getElementType())))
    why = "element type " + toText(tensor.getElementType()) +
          " is not f16, bf16, f32, f64, i1 or i32";
  else if (StringRef reason =
               whyNoValue(tensor.clone(Float64Type::get(type.getContext())));
           !reason.empty())
    why = "type " + toText(type) + ": " + reason.str();
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
    if (bits.getBitWidth() == 1)
      return bits.getZExtValue();
    return bits.getSExtValue();
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

  /// The tensor of one element that `scalar` is taken from.
  std::optional<Value> extract(Value scalar) {
    auto op = scalar.getDefiningOp<tensor::ExtractOp>();
    std::string why;
    if (!op || !isOurs(op.getTensor().getType(), why) ||
        op.getTensor().getDefiningOp<tensor::EmptyOp>())
      return std::nullopt;
    SmallVector<int64_t> offsets;
    ArrayRef<int64_t> shape = shapeOf(op.getTensor());
    for (auto [index, extent] : llvm::zip(op.getIndices(), shape)) {
      std::optional<int64_t> offset = getConstantIntValue(index);
      if (!offset || *offset < 0 || *offset >= extent)
        return std::nullopt;
      offsets.push_back(*offset);
    }
    SmallVector<int64_t> ones(shape.size(), 1);
    return slice(op.getTensor(), offsets, ones, ones);
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
/// logic on i1, squares, and products that are fused into an accumulator. What
/// is computed from accumulators is `carried`.
void normalizeBody(Block &body, const DenseSet<Value> &carried) {
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
               !carried.contains(op.getResult(0)) &&
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
      Value addend = fma.getC();
      if (!isa<BlockArgument>(addend) || !carried.contains(addend))
        continue;
      Value product = arith::MulFOp::create(b, loc, fma.getA(), fma.getB());
      b.replaceOpWithNewOp<arith::AddFOp>(&op, product, addend);
    }
  }
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

/// How a step of a reduction combines a term with the accumulator.
struct Step {
  enum Domain {
    Float,
    Number, // maxnumf and minnumf: of NaN and a number the number
    Signed,
    Unsigned,
    Bool, // false is 0
    Parity
  };
  CombinerKind kind;
  Domain domain = Float;
  bool negated = false;
  Value term = {}, accumulator = {};
};

/// `op`, which combines a term with what is `carried`, as a step.
std::optional<Step> getStep(Operation *op, const DenseSet<Value> &carried) {
  // A choice by a comparison of the two.
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    Operation *condition = select.getCondition().getDefiningOp();
    if (!isa_and_nonnull<arith::CmpFOp, arith::CmpIOp>(condition))
      return std::nullopt;
    Value whenTrue = select.getTrueValue(), whenFalse = select.getFalseValue();
    Value lhs = condition->getOperand(0), rhs = condition->getOperand(1);
    bool ordered = lhs == whenTrue && rhs == whenFalse;
    if ((!ordered && (lhs != whenFalse || rhs != whenTrue)) ||
        carried.contains(whenTrue) == carried.contains(whenFalse))
      return std::nullopt;
    bool termFirst = carried.contains(whenFalse);
    Step step;
    step.term = termFirst ? whenTrue : whenFalse;
    step.accumulator = termFirst ? whenFalse : whenTrue;
    bool greater;
    if (auto cmp = dyn_cast<arith::CmpFOp>(condition)) {
      using P = arith::CmpFPredicate;
      P predicate = cmp.getPredicate();
      greater = predicate == P::OGT || predicate == P::OGE;
      // Where one is NaN the accumulator must stay.
      if (!termFirst ||
          (!greater && predicate != P::OLT && predicate != P::OLE))
        return std::nullopt;
      step.domain = Step::Number;
    } else {
      using P = arith::CmpIPredicate;
      P predicate = cast<arith::CmpIOp>(condition).getPredicate();
      if (predicate < P::slt || lhs.getType().isInteger(1))
        return std::nullopt;
      step.domain = predicate < P::ult ? Step::Signed : Step::Unsigned;
      greater = llvm::is_contained({P::sgt, P::sge, P::ugt, P::uge}, predicate);
    }
    step.kind = greater == ordered ? CombinerKind::max : CombinerKind::min;
    return step;
  }
  if (op->getNumOperands() != 2 || op->getNumResults() != 1)
    return std::nullopt;
  bool left = carried.contains(op->getOperand(0));
  if (left && carried.contains(op->getOperand(1)))
    return std::nullopt;
  auto step = [&](CombinerKind kind, Step::Domain domain,
                  bool negated = false) -> std::optional<Step> {
    if (negated && !left)
      return std::nullopt;
    return Step{kind, domain, negated, op->getOperand(left ? 1 : 0),
                op->getOperand(left ? 0 : 1)};
  };
  using K = CombinerKind;
  using R = std::optional<Step>;
  bool isBool = op->getResult(0).getType().isInteger(1);
  return TypeSwitch<Operation *, R>(op)
      .Case([&](arith::AddFOp) { return step(K::sum, Step::Float); })
      .Case([&](arith::SubFOp) { return step(K::sum, Step::Float, true); })
      .Case([&](arith::MulFOp) { return step(K::prod, Step::Float); })
      .Case([&](arith::MaximumFOp) { return step(K::max, Step::Float); })
      .Case([&](arith::MinimumFOp) { return step(K::min, Step::Float); })
      .Case([&](arith::MaxNumFOp) { return step(K::max, Step::Number); })
      .Case([&](arith::MinNumFOp) { return step(K::min, Step::Number); })
      .Case([&](arith::AddIOp) {
        return step(K::sum, isBool ? Step::Parity : Step::Signed);
      })
      .Case([&](arith::SubIOp) {
        return isBool ? step(K::sum, Step::Parity)
                      : step(K::sum, Step::Signed, true);
      })
      .Case([&](arith::MaxSIOp) {
        return isBool ? step(K::min, Step::Bool) : step(K::max, Step::Signed);
      })
      .Case([&](arith::MinSIOp) {
        return isBool ? step(K::max, Step::Bool) : step(K::min, Step::Signed);
      })
      .Case([&](arith::MaxUIOp) {
        return step(K::max, isBool ? Step::Bool : Step::Unsigned);
      })
      .Case([&](arith::MinUIOp) {
        return step(K::min, isBool ? Step::Bool : Step::Unsigned);
      })
      .Case<arith::AndIOp, arith::MulIOp>(
          [&](auto) { return isBool ? step(K::min, Step::Bool) : R(); })
      .Case(
          [&](arith::OrIOp) { return isBool ? step(K::max, Step::Bool) : R(); })
      .Case([&](arith::XOrIOp) {
        return isBool ? step(K::sum, Step::Parity) : R();
      })
      .Default([](Operation *) { return R(); });
}

//===----------------------------------------------------------------------===//
// Structured ops
//===----------------------------------------------------------------------===//

/// One structured op: inputs and inits with their maps, and a copy of the body
/// that may be changed. Block arguments of the body are inputs, then inits.
class Structured {
public:
  Structured(LinalgToMirage &raiser, RewriterBase &rewriter, Maker &make,
             std::string &why)
      : raiser(raiser), rewriter(rewriter), make(make), why(why) {}

  /// `extents` of the iteration space, `reduced` for each of its dimensions.
  SmallVector<int64_t> extents;
  SmallVector<bool> reduced;
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  unsigned numInputs = 0;
  /// For each result, whether it is used.
  SmallVector<bool> used;
  Region region;

  Block &body() { return region.front(); }

  /// The range of each result that floats hold, for `raise` to fill in.
  SmallVector<std::pair<int64_t, int64_t>> ranges;

  /// The new values of the results, null where none is used, or failure.
  FailureOr<SmallVector<Value>> raise();

private:
  /// Indices that are computed from those of the op by other than linear
  /// expressions: symbols of the maps, with a value for each point of `dims`.
  struct Table {
    SmallVector<int> dims;
    SmallVector<int64_t> values;
  };

  LogicalResult fail(const Twine &reason) {
    why = reason.str();
    return failure();
  }
  LogicalResult checkMaps();
  /// Erases what only unused results need.
  void eraseUnused();
  /// Copies scalar ops before the op, whose results the body uses, into it.
  void sinkScalars();
  /// Folds what the body computes from constants.
  void foldBody();
  /// Whether the body does nothing but compute its results.
  LogicalResult checkEffects();
  void computeOrder();
  /// All that the body computes from an accumulator.
  DenseSet<Value> findCarried();
  /// Operands whose elements are held by floats are replaced by those.
  LogicalResult useHeld(IntegerBody &integers);
  /// Elements that the body reads itself become inputs.
  LogicalResult addExtracts();
  /// Indices become inputs that count.
  LogicalResult addIndices(IntegerBody &integers);
  /// `value`, an index in the body, as an expression of the indices of the op.
  FailureOr<AffineExpr> getPlace(Value value);
  FailureOr<Table> tabulate(Value value);
  bool dependsOn(AffineExpr expr, int dim);
  int64_t evaluate(AffineExpr expr, ArrayRef<int64_t> point);
  void addInput(Value operand, AffineMap map, Value inBody);
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
  FailureOr<SmallVector<int>> emitAccess(unsigned index, Value &value,
                                         int64_t at, AffineExpr expr);
  FailureOr<Labelled> emitMap(Value scalar, ArrayRef<Operation *> ops);
  FailureOr<Labelled> get(Value scalar);
  double countTerms(Value scalar);
  LogicalResult checkScalar(Operation *op);
  bool isAlgebra(Operation *op);
  FailureOr<Labelled> emitOp(Operation *op, ArrayRef<Labelled> args);

  FailureOr<Value> raiseElementwise(unsigned result);
  FailureOr<Value> raiseReduction(unsigned result);
  /// `value`, integers as floats, as the result's type after `change`.
  Value
  mapIntegers(Value value, Type element, IntegerBody::Int low,
              IntegerBody::Int high,
              function_ref<Value(IntegerBody &, IntegerBody::Number)> change);
  /// Whether the elements of a result are held by floats.
  bool isHeld(unsigned result) { return isHeldElement(elements[result]); }
  /// `value` as that result, whose elements are from `low` to `high`.
  Value finishHeld(Value value, unsigned result, IntegerBody::Int low,
                   IntegerBody::Int high);
  std::optional<Labelled> contract(const Labelled &x, const Labelled &y,
                                   ArrayRef<int> outDims, Type accumulator);
  SmallVector<int> outDimsOf(unsigned result);
  FailureOr<Value> combineWithInit(Value value, unsigned result,
                                   CombinerKind kind);
  /// Whether the combiner's identity, or less, is the start.
  bool startsAtIdentity(unsigned result, CombinerKind kind,
                        std::optional<std::pair<double, double>> range);
  Value finish(Value value, unsigned result);

  LinalgToMirage &raiser;
  RewriterBase &rewriter;
  Maker &make;
  std::string &why;
  IntegerBody *integers = nullptr;
  SmallVector<Table> tables;
  /// Of each result the element type, and what its accumulator is in the body.
  SmallVector<Type> elements;
  SmallVector<Value> accumulators;
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

void Structured::eraseUnused() {
  Operation *terminator = body().getTerminator();
  for (auto [r, isUsed] : llvm::enumerate(used))
    if (!isUsed)
      terminator->setOperand(r, body().getArgument(numInputs + r));
  for (Operation *op = terminator->getPrevNode(), *previous; op;
       op = previous) {
    previous = op->getPrevNode();
    if (isOpTriviallyDead(op))
      op->erase();
  }
}

void Structured::sinkScalars() {
  constexpr size_t maxCopies = 64;
  auto isScalarOp = [&](Value value) {
    Operation *op = value.getDefiningOp();
    return op && op->getBlock() != &body() && op->getNumResults() == 1 &&
           op->getNumRegions() == 0 && !op->hasTrait<OpTrait::ConstantLike>() &&
           isa_and_nonnull<arith::ArithDialect, math::MathDialect>(
               op->getDialect()) &&
           llvm::none_of(op->getOperandTypes(), llvm::IsaPred<ShapedType>) &&
           !isa<ShapedType>(value.getType());
  };
  for (unsigned n = 0; n < numInputs; ++n)
    if (isScalarOp(operands[n]))
      body().getArgument(n).replaceAllUsesWith(operands[n]);
  IRMapping copies;
  size_t numCopies = 0;
  OpBuilder b(make.b.getContext());
  b.setInsertionPointToStart(&body());
  std::function<Value(Value)> copy = [&](Value value) -> Value {
    if (!isScalarOp(value))
      return value;
    if (Value known = copies.lookupOrNull(value))
      return known;
    if (++numCopies > maxCopies)
      return value;
    Operation *op = value.getDefiningOp();
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, copy(operand));
    Value result = b.clone(*op, mapping)->getResult(0);
    copies.map(value, result);
    return result;
  };
  for (Operation &op : body())
    for (OpOperand &use : op.getOpOperands())
      use.set(copy(use.get()));
}

LogicalResult Structured::checkEffects() {
  for (Operation &op : body().without_terminator())
    if (!isMemoryEffectFree(&op))
      return fail("'" + op.getName().getStringRef() +
                  "' in the body may have effects");
  return success();
}

LogicalResult Structured::checkMaps() {
  for (unsigned n = numInputs; n < operands.size(); ++n) {
    if (!used[n - numInputs])
      continue;
    if (!isOurs(operands[n].getType(), why, /*orHeld=*/true))
      return failure();
    auto tensor = cast<RankedTensorType>(operands[n].getType());
    llvm::SmallBitVector seen(extents.size());
    for (auto [d, expr] : llvm::enumerate(maps[n].getResults())) {
      if (isa<AffineConstantExpr>(expr)) {
        if (tensor.getDimSize(d) != 1)
          return fail("a result is written at one constant index only");
        continue;
      }
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (!dim)
        return fail("a result is indexed by " +
                    toText([&, e = expr](raw_ostream &os) { os << e; }));
      if (tensor.getDimSize(d) == 1)
        continue;
      if (seen.test(dim.getPosition()))
        return fail("a result is indexed twice by d" +
                    Twine(dim.getPosition()));
      seen.set(dim.getPosition());
    }
    for (size_t d = 0; d < extents.size(); ++d)
      if (extents[d] != 1 && seen.test(d) == reduced[d])
        return fail(reduced[d]
                        ? "a result is indexed by the reduced d" + Twine(d)
                        : "a result is not indexed by d" + Twine(d));
  }
  return success();
}

/// The order of the first result in use; reduced dimensions keep their places.
void Structured::computeOrder() {
  SmallVector<int> parallel;
  size_t first = llvm::find(used, true) - used.begin();
  for (AffineExpr expr : maps[numInputs + first].getResults())
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
  if (!isa<ShapedType>(operand.getType()))
    return emitLeaf(operand);
  if (!isOurs(operand.getType(), why))
    return failure();
  if (operand.getDefiningOp<tensor::EmptyOp>())
    return fail("reads an element of tensor.empty");
  SmallVector<int64_t> ones(extents.size(), 1);
  if (std::optional<double> splat = getSplatValue(operand))
    return Labelled{make.constant(*splat, ones, elementOf(operand)),
                    SmallVector<int>(extents.size(), Labelled::unit)};
  Labelled result;
  result.value = skipBroadcast(operand);
  // Dimensions that share an iteration dimension are one.
  struct Group {
    AffineExpr expr;
    int64_t size;
    llvm::SmallBitVector dims;
  };
  SmallVector<Group> groups;
  AffineExpr zero = getAffineConstantExpr(0, make.b.getContext());
  for (auto [d, expr] : llvm::enumerate(maps[index].getResults())) {
    Group group{expr, shapeOf(result.value)[d],
                llvm::SmallBitVector(extents.size())};
    if (group.size == 1)
      group.expr = zero;
    for (size_t i = 0; i < extents.size(); ++i)
      if (extents[i] != 1 && dependsOn(group.expr, i))
        group.dims.set(i);
    auto shared = llvm::find_if(groups, [&](const Group &other) {
      return other.dims.anyCommon(group.dims);
    });
    for (size_t first = shared - groups.begin(), end = groups.size();
         first < end; --end) {
      Group outer = groups.pop_back_val();
      group.expr = outer.expr * group.size + group.expr;
      group.size *= outer.size;
      group.dims |= outer.dims;
    }
    groups.push_back(group);
  }
  result.value = make.reshape(
      result.value, llvm::map_to_vector(
                        groups, [](const Group &group) { return group.size; }));
  SmallVector<SmallVector<int>> labels(groups.size());
  for (size_t at = groups.size(); at-- > 0;) {
    FailureOr<SmallVector<int>> found =
        emitAccess(index, result.value, at, groups[at].expr);
    if (failed(found))
      return failure();
    labels[at] = *found;
  }
  for (ArrayRef<int> found : labels)
    result.dims.append(found.begin(), found.end());
  return result;
}

bool Structured::dependsOn(AffineExpr expr, int dim) {
  if (expr.isFunctionOfDim(dim))
    return true;
  for (auto [n, table] : llvm::enumerate(tables))
    if (expr.isFunctionOfSymbol(n) && llvm::is_contained(table.dims, dim))
      return true;
  return false;
}

int64_t Structured::evaluate(AffineExpr expr, ArrayRef<int64_t> point) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return point[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    const Table &table = tables[symbol.getPosition()];
    int64_t at = 0;
    for (int d : table.dims)
      at = at * extents[d] + point[d];
    return table.values[at];
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  int64_t lhs = evaluate(binary.getLHS(), point),
          rhs = evaluate(binary.getRHS(), point);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return lhs + rhs;
  case AffineExprKind::Mul:
    return lhs * rhs;
  case AffineExprKind::Mod:
    return llvm::mod(lhs, rhs);
  case AffineExprKind::FloorDiv:
    return llvm::divideFloorSigned(lhs, rhs);
  default:
    return llvm::divideCeilSigned(lhs, rhs);
  }
}

/// Replaces dimension `at` of `value` by the dimensions that `expr`, the index
/// along it, depends on: the elements are cut out in slices of one stride and
/// put side by side. Places that come several times are cut out once. Returns
/// the labels.
FailureOr<SmallVector<int>> Structured::emitAccess(unsigned index, Value &value,
                                                   int64_t at,
                                                   AffineExpr expr) {
  constexpr size_t maxSlices = 64;
  constexpr int64_t maxPlaces = int64_t(1) << 22;
  int64_t size = shapeOf(value)[at];
  if (auto dim = dyn_cast<AffineDimExpr>(expr);
      dim && extents[dim.getPosition()] == size)
    return SmallVector<int>{labelOf(expr, size)};
  SmallVector<int> dims;
  for (size_t d = 0; d < extents.size(); ++d)
    if (extents[d] != 1 && dependsOn(expr, d))
      dims.push_back(d);
  // The innermost is the longest.
  llvm::stable_sort(dims,
                    [&](int a, int c) { return extents[a] < extents[c]; });
  SmallVector<int64_t> point(extents.size(), 0);
  int64_t offset = evaluate(expr, point);
  auto stepOf = [&](int d) {
    point[d] = 1;
    int64_t step = evaluate(expr, point) - offset;
    point[d] = 0;
    return step;
  };
  auto outside = [&] {
    return fail("operand " + Twine(index) + " is indexed out of bounds");
  };
  auto text = [&] {
    bool isComputed = false;
    for (size_t n = 0; n < tables.size(); ++n)
      isComputed |= expr.isFunctionOfSymbol(n);
    return "operand " + Twine(index).str() + " is indexed by " +
           (isComputed ? "what is computed from the indices"
                       : toText([&](raw_ostream &os) { os << expr; }));
  };
  struct Slice {
    int64_t start, count, step;
  };
  SmallVector<Slice> slices;
  bool isLinear = true;
  expr.walk([&](AffineExpr part) {
    isLinear &=
        !llvm::is_contained({AffineExprKind::Mod, AffineExprKind::FloorDiv,
                             AffineExprKind::CeilDiv, AffineExprKind::SymbolId},
                            part.getKind());
  });
  if (isLinear) {
    // One slice, if each dimension counts on where the inner ones end.
    SmallVector<int> nested(dims);
    llvm::stable_sort(nested,
                      [&](int a, int c) { return stepOf(a) > stepOf(c); });
    int64_t total = 1, step = nested.empty() ? 1 : stepOf(nested.back());
    bool isOne = step > 0;
    for (int d : llvm::reverse(nested)) {
      isOne &= stepOf(d) == sem::saturatingMul(total, step);
      total = sem::saturatingMul(total, extents[d]);
    }
    if (isOne) {
      dims = nested;
      slices.push_back({offset, total, step});
    }
  }
  // Each place comes `repeats` times in a row, and all of them `rounds` times.
  int64_t repeats = 1, rounds = 1;
  if (slices.empty()) {
    int64_t count = 1;
    for (int d : dims)
      count = sem::saturatingMul(count, extents[d]);
    if (count > maxPlaces)
      return fail(text() + ", at too many places");
    SmallVector<int64_t> places;
    for (int64_t n = 0; n < count; ++n) {
      int64_t rest = n;
      for (int d : llvm::reverse(dims)) {
        point[d] = rest % extents[d];
        rest /= extents[d];
      }
      places.push_back(evaluate(expr, point));
      if (places.back() < 0 || places.back() >= size)
        return outside();
    }
    auto dropRepeats = [](ArrayRef<int64_t> places) {
      size_t run = 1;
      while (run < places.size() && places[run] == places[0])
        ++run;
      bool isAlways = places.size() % run == 0;
      for (size_t n = 0; n < places.size() && isAlways; ++n)
        isAlways = places[n] == places[n - n % run];
      return isAlways ? static_cast<int64_t>(run) : int64_t(1);
    };
    repeats = dropRepeats(places);
    for (size_t n = 0; n * repeats < places.size(); ++n)
      places[n] = places[n * repeats];
    places.truncate(places.size() / repeats);
    for (size_t period = 1; period < places.size(); ++period) {
      if (places.size() % period != 0 || ArrayRef(places).drop_front(period) !=
                                             ArrayRef(places).drop_back(period))
        continue;
      rounds = places.size() / period;
      places.truncate(period);
    }
    // Runs of one step.
    for (int64_t place : places) {
      Slice *last = slices.empty() ? nullptr : &slices.back();
      if (last && last->count == 1 && place >= last->start) {
        last->step = place - last->start;
        ++last->count;
      } else if (last && last->count > 1 &&
                 place == last->start + last->count * last->step) {
        ++last->count;
      } else {
        slices.push_back({place, 1, 1});
      }
      if (slices.size() > maxSlices)
        return fail(text() + ", which takes more than " + Twine(maxSlices) +
                    " slices");
    }
  }

  SmallVector<Value> pieces;
  SmallVector<int64_t> whole(shapeOf(value));
  for (auto [start, count, step] : slices) {
    SmallVector<int64_t> starts(whole.size(), 0), sizes(whole),
        steps(whole.size(), 1);
    if (start < 0 || start >= size ||
        (step > 0 && count - 1 > (size - 1 - start) / step))
      return outside();
    starts[at] = start;
    sizes[at] = step ? count : 1;
    steps[at] = step ? step : 1;
    Value piece = make.slice(value, starts, sizes, steps);
    sizes[at] = count;
    pieces.push_back(make.broadcast(piece, sizes));
  }
  Value all = pieces.size() == 1 ? pieces.front() : make.concat(at, pieces);
  if (repeats != 1 || rounds != 1) {
    int64_t distinct = shapeOf(all)[at];
    auto shapeWith = [&](int64_t first, int64_t last) {
      SmallVector<int64_t> shape(whole.begin(), whole.begin() + at);
      if (rounds != 1)
        shape.push_back(first);
      shape.push_back(distinct);
      if (repeats != 1)
        shape.push_back(last);
      shape.append(whole.begin() + at + 1, whole.end());
      return shape;
    };
    all = make.broadcast(make.reshape(all, shapeWith(1, 1)),
                         shapeWith(rounds, repeats));
  }
  SmallVector<int64_t> split(whole.begin(), whole.begin() + at);
  for (int d : dims)
    split.push_back(extents[d]);
  if (dims.empty()) {
    split.push_back(1);
    dims.push_back(Labelled::unit);
  }
  split.append(whole.begin() + at + 1, whole.end());
  value = make.reshape(all, split);
  return dims;
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
  if (std::optional<Value> element = make.extract(scalar))
    return Labelled{make.reshape(*element, ones), dims};
  Value splat = SplatOp::create(make.b, make.loc,
                                make.type(ones, scalar.getType()), scalar);
  return Labelled{splat, dims};
}

/// Whether `op` is a scalar op whose values have types of ours.
LogicalResult Structured::checkScalar(Operation *op) {
  if (op->getNumRegions() != 0 || op->getNumResults() != 1)
    return fail("'" + op->getName().getStringRef() + "' has no meaning");
  if (auto rounding = dyn_cast<arith::ArithRoundingModeInterface>(op))
    if (auto mode = rounding.getRoundingModeAttr();
        mode && mode.getValue() != arith::RoundingMode::to_nearest_even)
      return fail("'" + op->getName().getStringRef() + "' rounds " +
                  arith::stringifyRoundingMode(mode.getValue()));
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
      bool isInner = llvm::is_contained(ops, operand.getDefiningOp());
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
      FailureOr<Labelled> arg = get(operand);
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

/// `scalar`'s ops in the body, as often as they are written in an expression.
double Structured::countTerms(Value scalar) {
  DenseMap<Value, double> counts;
  for (Operation &op : body().without_terminator()) {
    double count = 1;
    for (Value operand : op.getOperands())
      count += counts.lookup(operand);
    for (Value value : op.getResults())
      counts[value] = count;
  }
  return counts.lookup(scalar);
}

FailureOr<Labelled> Structured::get(Value value) {
  auto it = memo.find(value);
  if (it != memo.end())
    return it->second;
  FailureOr<Labelled> leaf = emitLeaf(value);
  if (succeeded(leaf))
    memo[value] = *leaf;
  return leaf;
}

FailureOr<Labelled> Structured::emit(Value scalar) {
  // The body of a map is one expression, in which nothing is shared.
  constexpr double maxTerms = 256;
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
    if (StringRef reason = integers->whyNot(op); !reason.empty())
      return fail(reason);
  for (Operation *op : ops)
    if (failed(checkScalar(op)))
      return failure();
  bool inAlgebra =
      llvm::all_of(ops, [&](Operation *op) { return isAlgebra(op); });
  if (!inAlgebra && countTerms(scalar) <= maxTerms) {
    // Again from the arguments on: a map holds its whole body.
    if (!memo.empty()) {
      memo.clear();
      return emit(scalar);
    }
    return emitMap(scalar, ops);
  }
  for (Operation *op : ops) {
    SmallVector<Labelled> args;
    for (Value operand : op->getOperands()) {
      FailureOr<Labelled> arg = get(operand);
      if (failed(arg))
        return failure();
      args.push_back(*arg);
    }
    FailureOr<Labelled> result =
        isAlgebra(op) ? emitOp(op, args) : emitMap(op->getResult(0), op);
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
  Value yielded = body().getTerminator()->getOperand(result);
  if (isHeld(result)) {
    std::optional<IntegerBody::Number> number = integers->get(yielded);
    if (!number && integers->whyNot().starts_with("'"))
      return fail(integers->whyNot());
    if (!number)
      return fail("a result " + integers->whyNot());
    FailureOr<Labelled> floats = emit(number->value);
    if (failed(floats))
      return failure();
    return finishHeld(rearrange(*floats, outDimsOf(result)), result,
                      number->low, number->high);
  }
  FailureOr<Labelled> value = emit(yielded);
  if (failed(value))
    return failure();
  return finish(rearrange(*value, outDimsOf(result)), result);
}

Value Structured::finishHeld(Value value, unsigned result, IntegerBody::Int low,
                             IntegerBody::Int high) {
  ranges[result] = {static_cast<int64_t>(low), static_cast<int64_t>(high)};
  return make.broadcast(value, shapeOf(operands[numInputs + result]));
}

bool Structured::startsAtIdentity(
    unsigned result, CombinerKind kind,
    std::optional<std::pair<double, double>> range) {
  std::optional<double> start = getSplatValue(operands[numInputs + result]);
  if (!start)
    return false;
  // What no term is below, or above, is one.
  if (range && kind == CombinerKind::max)
    return *start <= range->first;
  if (range && kind == CombinerKind::min)
    return *start >= range->second;
  return *start == sem::identity(static_cast<sem::Combiner>(kind));
}

FailureOr<Value> Structured::combineWithInit(Value value, unsigned result,
                                             CombinerKind kind) {
  Value init = operands[numInputs + result];
  auto combiner = static_cast<sem::Combiner>(kind);
  std::optional<double> splat = getSplatValue(init);
  Value other =
      splat ? make.constant(*splat,
                            SmallVector<int64_t>(shapeOf(value).size(), 1),
                            elementOf(init))
            : skipBroadcast(init);
  std::optional<OperationName> op =
      raiser.getElementwiseOp(sem::combineFn(combiner).name);
  assert(op && "each combiner is an op");
  return make.elementwise(*op, {value, make.castTo(other, elementOf(value))},
                          elementOf(value));
}

Value Structured::mapIntegers(
    Value value, Type element, IntegerBody::Int low, IntegerBody::Int high,
    function_ref<Value(IntegerBody &, IntegerBody::Number)> change) {
  auto map = MapOp::create(make.b, make.loc, make.type(shapeOf(value), element),
                           value);
  Block *block = new Block;
  map.getBody().push_back(block);
  Value argument = block->addArgument(elementOf(value), make.loc);
  IntegerBody body(*block, make.loc);
  body.b.setInsertionPointToEnd(block);
  Value changed = change(body, {argument, low, high});
  if (changed.getType() != element)
    changed = arith::FPToSIOp::create(body.b, make.loc, element, changed);
  YieldOp::create(body.b, make.loc, changed);
  return map.getResult();
}

/// The operand of a widening, and of several.
static Value skipExtensions(Value value) {
  while (auto extension = value.getDefiningOp<arith::ExtFOp>())
    value = extension.getIn();
  return value;
}

DenseSet<Value> Structured::findCarried() {
  DenseSet<Value> carried;
  for (BlockArgument argument : body().getArguments().drop_front(numInputs))
    carried.insert(argument);
  for (Operation &op : body().without_terminator())
    if (llvm::any_of(op.getOperands(),
                     [&](Value v) { return carried.contains(v); }))
      for (Value value : op.getResults())
        carried.insert(value);
  return carried;
}

FailureOr<Value> Structured::raiseReduction(unsigned result) {
  using Number = IntegerBody::Number;
  Value accumulator = accumulators[result];
  DenseSet<Value> carried = findCarried();
  Value init = operands[numInputs + result];
  if (init.getDefiningOp<tensor::EmptyOp>())
    return fail("accumulates onto tensor.empty");
  if (!isOurs(init.getType(), why))
    return failure();
  unsigned width = elements[result].isIndex()
                       ? 64
                       : elements[result].getIntOrFloatBitWidth();

  // The chain of steps from the yielded value to the accumulator.
  Value value = body().getTerminator()->getOperand(result);
  if (!carried.contains(value))
    return fail("a result is overwritten in each step of a reduction");
  if (auto narrowing = value.getDefiningOp<arith::TruncFOp>())
    value = narrowing.getIn();
  std::optional<Step> first;
  Value term;
  std::optional<Number> number; // `term`, if it is an integer
  OpBuilder b(body().getTerminator());
  integers->b.setInsertionPoint(body().getTerminator());
  integers->loc = make.loc;
  while (skipExtensions(value) != accumulator) {
    Operation *op = value.getDefiningOp();
    if (!op)
      return fail("a result depends on another one's accumulator");
    std::string opName = "'" + op->getName().getStringRef().str() + "'";
    std::string tooLarge = "reduces with " + opName +
                           " what may leave the integers that f64 holds";
    std::optional<Step> step = getStep(op, carried);
    if (!step && op->getNumOperands() == 2 &&
        carried.contains(op->getOperand(0)) &&
        carried.contains(op->getOperand(1)))
      return fail("the accumulator is used twice");
    if (!step)
      return fail("reduces " + toText(value.getType()) + " with " + opName);
    if (first && (first->kind != step->kind || first->domain != step->domain))
      return fail("reduces with more than one combiner");
    auto kind = static_cast<sem::Combiner>(step->kind);
    std::optional<Number> next;
    if (step->domain == Step::Bool || step->domain == Step::Parity) {
      next = integers->fromBool(step->term, /*isSigned=*/false);
    } else if (step->domain != Step::Float && step->domain != Step::Number) {
      next = integers->get(step->term);
      if (next && step->domain == Step::Unsigned)
        next = integers->toUnsigned(*next, width);
      if (next && step->negated)
        next = integers->negate(*next);
      if (!next) {
        Operation *source = step->term.getDefiningOp();
        StringRef reason = source ? integers->whyNot(source) : StringRef();
        return fail(reason.empty() ? StringRef(tooLarge) : reason);
      }
    } else if (step->negated) {
      step->term = arith::NegFOp::create(b, make.loc, step->term);
    }
    if (!first) {
      term = next ? next->value : step->term;
      number = next;
    } else if (next) {
      number = step->kind == CombinerKind::sum ? integers->add(*number, *next)
               : step->kind == CombinerKind::max
                   ? integers->maximum(*number, *next)
                   : integers->minimum(*number, *next);
      if (!number)
        return fail(tooLarge);
      term = number->value;
    } else {
      StringRef name = sem::combineFn(kind).name;
      if (step->domain == Step::Number)
        name = step->kind == CombinerKind::max
                   ? arith::MaxNumFOp::getOperationName()
                   : arith::MinNumFOp::getOperationName();
      OperationState state(make.loc, name);
      state.addOperands({term, step->term});
      state.addTypes(term.getType());
      term = b.create(state)->getResult(0);
    }
    first = step;
    value = step->accumulator;
  }
  if (!first)
    return fail("the accumulator is not combined with anything");
  CombinerKind kind = first->kind;

  SmallVector<int> outDims = outDimsOf(result);
  SmallVector<int> reductions;
  for (int d : order)
    if (reduced[d] && extents[d] != 1)
      reductions.push_back(d);
  std::optional<double> start = getSplatValue(init);
  std::optional<std::pair<double, double>> range;
  // Of integers: the start, and a sum with it.
  IntegerBody::Int startLow = INT32_MIN, startHigh = INT32_MAX;
  if (isHeld(result))
    std::tie(startLow, startHigh) = ranges[result];
  IntegerBody::Int sumLow = 0, sumHigh = 0;
  if (first->domain == Step::Number) {
    // Without NaN, as the start is none.
    if (!start || std::isnan(*start))
      return fail("takes the maximum or minimum of numbers only, which needs "
                  "a constant start that is a number");
    Value isNumber = arith::CmpFOp::create(
        b, make.loc, arith::CmpFPredicate::OEQ, term, term);
    auto identity = arith::ConstantOp::create(
        b, make.loc,
        cast<TypedAttr>(getScalarAttr(
            term.getType(), sem::identity(static_cast<sem::Combiner>(kind)))));
    term = arith::SelectOp::create(b, make.loc, isNumber, term, identity);
  }
  if (number) {
    if (first->domain == Step::Unsigned && !start)
      return fail("an unsigned reduction needs a constant start");
    Type type;
    if (kind == CombinerKind::sum) {
      int64_t count = 1;
      for (int d : reductions)
        count = sem::saturatingMul(count, extents[d]);
      number->low = number->low * count;
      number->high = number->high * count;
      bool isParity = first->domain == Step::Parity;
      bool isAll = startsAtIdentity(result, kind, std::nullopt);
      sumLow = number->low + (isAll || isParity ? 0 : startLow);
      sumHigh = number->high + (isAll ? 0 : isParity ? 1 : startHigh);
      type = integers->floatFor(sumLow, sumHigh);
      if (!type)
        return fail("a sum of " + Twine(count) +
                    " integers may leave those that f64 holds");
    } else {
      range = {static_cast<double>(number->low),
               static_cast<double>(number->high)};
      type = term.getType();
      if (first->domain == Step::Signed)
        type = integers->floatFor(std::min(number->low, startLow),
                                  std::max(number->high, startHigh));
    }
    if (first->domain == Step::Unsigned)
      type = b.getF64Type();
    term = integers->as({term, 0, 0}, type);
  }
  Type element = term.getType();
  Type wide = isNarrow(element) ? make.b.getF32Type() : element;

  std::optional<Labelled> total;
  if (auto product = skipExtensions(term).getDefiningOp<arith::MulFOp>();
      product && kind == CombinerKind::sum && !reductions.empty() &&
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
    bool single =
        reductions.size() == 1 && startsAtIdentity(result, kind, range);
    for (int d : reductions) {
      auto at = llvm::find(total->dims, d) - total->dims.begin();
      total->value =
          make.reduce(kind, total->value, at, single ? element : wide);
      total->dims[at] = Labelled::unit;
    }
  }
  Value combined = rearrange(*total, outDims);
  Type type = elementOf(init);
  if (first->domain == Step::Unsigned) {
    // Unsigned until here.
    IntegerBody::Int period = IntegerBody::Int(1) << width;
    double from = *start < 0 ? *start + static_cast<double>(period) : *start;
    bool isStart = kind == CombinerKind::max
                       ? from <= static_cast<double>(number->low)
                       : from >= static_cast<double>(number->high);
    combined =
        mapIntegers(combined, isHeld(result) ? elementOf(combined) : type, 0,
                    period - 1, [&](IntegerBody &body, Number x) -> Value {
                      if (!isStart)
                        x = *(kind == CombinerKind::max
                                  ? body.maximum(x, body.constant(from))
                                  : body.minimum(x, body.constant(from)));
                      Number wrapped = *body.wrap(x, width);
                      return isHeld(result)
                                 ? body.as(wrapped, elementOf(combined))
                                 : wrapped.value;
                    });
    if (isHeld(result))
      return finishHeld(combined, result, -(period / 2), period / 2 - 1);
    return make.broadcast(combined, shapeOf(init));
  }
  if (!startsAtIdentity(result, kind, range)) {
    FailureOr<Value> withStart = combineWithInit(combined, result, kind);
    if (failed(withStart))
      return failure();
    combined = *withStart;
  }
  if (first->domain == Step::Parity)
    combined = mapIntegers(combined, type, sumLow, sumHigh,
                           [](IntegerBody &body, Number x) {
                             return body.isNotZero(*body.lowBits(x, 1));
                           });
  else if (number && kind == CombinerKind::sum) {
    IntegerBody::Int most = IntegerBody::Int(1) << (width - 1);
    if (sumLow < -most || sumHigh >= most) {
      combined = mapIntegers(
          combined, isHeld(result) ? elementOf(combined) : type, sumLow,
          sumHigh, [&](IntegerBody &body, Number x) {
            return body.as(*body.wrap(x, width), elementOf(combined));
          });
      sumLow = -most;
      sumHigh = most - 1;
    }
  }
  if (!isHeld(result))
    return finish(combined, result);
  if (kind == CombinerKind::sum)
    return finishHeld(combined, result, sumLow, sumHigh);
  return finishHeld(combined, result, std::min(number->low, startLow),
                    std::max(number->high, startHigh));
}

/// The sum of x * y over all reduced dimensions as a matrix product, if it has
/// the form of one.
std::optional<Labelled> Structured::contract(const Labelled &x,
                                             const Labelled &y,
                                             ArrayRef<int> outDims,
                                             Type accumulator) {
  Type left = elementOf(x.value), right = elementOf(y.value);
  if ((x.value == y.value && x.dims == y.dims) || !isa<FloatType>(left) ||
      !isa<FloatType>(right))
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

LogicalResult Structured::useHeld(IntegerBody &numbers) {
  for (unsigned n = 0; n < operands.size(); ++n) {
    BlockArgument argument = body().getArgument(n);
    if (n >= numInputs)
      accumulators.push_back(argument);
    if (argument.use_empty() || !isHeldElement(elementOf(operands[n])))
      continue;
    if (!isa<ShapedType>(operands[n].getType())) {
      argument.replaceAllUsesWith(operands[n]);
      continue;
    }
    std::optional<HeldIntegers> held = raiser.getHeld(rewriter, operands[n]);
    if (!held) {
      isOurs(operands[n].getType(), why);
      return failure();
    }
    operands[n] = held->floats;
    BlockArgument floats =
        body().insertArgument(n, elementOf(held->floats), make.loc);
    // Stands for the integer in what is not rewritten yet.
    numbers.b.setInsertionPointToStart(&body());
    Value integer = UnrealizedConversionCastOp::create(
                        numbers.b, make.loc, argument.getType(), floats)
                        .getResult(0);
    argument.replaceAllUsesWith(integer);
    body().eraseArgument(n + 1);
    numbers.define(integer, {floats, held->low, held->high});
    if (n >= numInputs) {
      accumulators.back() = integer;
      ranges[n - numInputs] = {held->low, held->high};
    }
  }
  return success();
}

void Structured::addInput(Value operand, AffineMap map, Value inBody) {
  BlockArgument argument =
      body().insertArgument(numInputs, inBody.getType(), make.loc);
  inBody.replaceAllUsesWith(argument);
  operands.insert(operands.begin() + numInputs, operand);
  maps.insert(maps.begin() + numInputs, map);
  ++numInputs;
}

/// `value`, an index in a body, as a linear expression of its iteration
/// dimensions.
static AffineExpr toAffine(Value value, Block &body) {
  MLIRContext *context = value.getContext();
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return getAffineConstantExpr(*constant, context);
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != &body)
    return {};
  if (auto index = dyn_cast<linalg::IndexOp>(op))
    return getAffineDimExpr(index.getDim(), context);
  // An index has 64 bits.
  auto isWide = [](Value value) {
    return value.getType().isIndex() || value.getType().isInteger(64);
  };
  if (isa<arith::IndexCastOp>(op) && isWide(value) && isWide(op->getOperand(0)))
    return toAffine(op->getOperand(0), body);
  if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op) || !isWide(value))
    return {};
  AffineExpr lhs = toAffine(op->getOperand(0), body),
             rhs = toAffine(op->getOperand(1), body);
  if (!lhs || !rhs)
    return {};
  if (isa<arith::AddIOp>(op))
    return lhs + rhs;
  if (isa<arith::SubIOp>(op))
    return lhs - rhs;
  if (!isa<AffineConstantExpr>(lhs) && !isa<AffineConstantExpr>(rhs))
    return {};
  return lhs * rhs;
}

/// What `op` gives for constants, or null.
static Attribute foldConstants(Operation *op, ArrayRef<Attribute> operands) {
  // Folding may change an op.
  Operation *copy = op->clone();
  SmallVector<OpFoldResult> results;
  Attribute result;
  if (succeeded(copy->fold(operands, results)) && results.size() == 1) {
    result = dyn_cast<Attribute>(results.front());
    if (!result)
      for (auto [operand, attribute] : llvm::zip(copy->getOperands(), operands))
        if (operand == cast<Value>(results.front()))
          result = attribute;
  }
  copy->destroy();
  return result;
}

void Structured::foldBody() {
  OpBuilder b(make.b.getContext());
  for (Operation &op :
       llvm::make_early_inc_range(body().without_terminator())) {
    if (op.getNumResults() != 1 || op.getNumRegions() != 0 ||
        op.getNumOperands() == 0 || !isMemoryEffectFree(&op))
      continue;
    SmallVector<Attribute> operands(op.getNumOperands());
    bool areConstant = true;
    for (auto [value, attribute] : llvm::zip(op.getOperands(), operands))
      areConstant &= matchPattern(value, m_Constant(&attribute));
    if (!areConstant)
      continue;
    auto result = dyn_cast_or_null<TypedAttr>(foldConstants(&op, operands));
    if (!result || result.getType() != op.getResult(0).getType() ||
        !isa<IntegerAttr, FloatAttr>(result))
      continue;
    b.setInsertionPoint(&op);
    op.getResult(0).replaceAllUsesWith(
        arith::ConstantOp::create(b, op.getLoc(), result));
    op.erase();
  }
}

FailureOr<Structured::Table> Structured::tabulate(Value value) {
  constexpr int64_t maxFolds = int64_t(1) << 18;
  LogicalResult isComputed =
      fail("'tensor.extract' reads at computed places, and mirage has no "
           "gather");
  // The ops that `value` needs, in the order of the body.
  SmallVector<Operation *> ops;
  llvm::SmallPtrSet<Operation *, 16> needed;
  auto need = [&](Value value) {
    if (Operation *op = value.getDefiningOp(); op && op->getBlock() == &body())
      needed.insert(op);
  };
  need(value);
  Table table;
  DenseMap<Value, Attribute> known;
  // Elements of constants, which depend on the place alone, too.
  DenseMap<Value, DenseIntElementsAttr> constants;
  auto addConstant = [&](Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    if (!argument || argument.getOwner() != &body() ||
        argument.getArgNumber() >= numInputs)
      return false;
    unsigned n = argument.getArgNumber();
    auto constant = operands[n].getDefiningOp<arith::ConstantOp>();
    auto elements = constant
                        ? dyn_cast<DenseIntElementsAttr>(constant.getValue())
                        : DenseIntElementsAttr();
    if (!elements)
      return false;
    constants[value] = elements;
    for (size_t d = 0; d < extents.size(); ++d)
      if (maps[n].isFunctionOfDim(d))
        table.dims.push_back(d);
    return true;
  };
  for (Operation &op : llvm::reverse(body())) {
    if (!needed.contains(&op))
      continue;
    if (auto index = dyn_cast<linalg::IndexOp>(op)) {
      table.dims.push_back(index.getDim());
      continue;
    }
    if (op.getNumResults() != 1 || op.getNumRegions() != 0)
      return isComputed;
    ops.push_back(&op);
    for (Value operand : op.getOperands()) {
      Attribute constant;
      if (matchPattern(operand, m_Constant(&constant)))
        known[operand] = constant;
      else if (addConstant(operand))
        continue;
      else if (operand.getParentBlock() == &body() && operand.getDefiningOp())
        need(operand);
      else
        return isComputed;
    }
  }
  std::reverse(ops.begin(), ops.end());
  llvm::sort(table.dims);
  table.dims.erase(llvm::unique(table.dims), table.dims.end());
  int64_t count = 1;
  for (int d : table.dims)
    count = sem::saturatingMul(count, extents[d]);
  if (sem::saturatingMul(count, ops.size()) > maxFolds)
    return fail("'tensor.extract' reads at places that are computed in more "
                "than " +
                Twine(maxFolds) + " steps");
  Builder b(value.getContext());
  SmallVector<int64_t> point(extents.size(), 0);
  for (int64_t n = 0; n < count; ++n) {
    int64_t rest = n;
    for (int d : llvm::reverse(table.dims)) {
      point[d] = rest % extents[d];
      rest /= extents[d];
    }
    for (auto index : body().getOps<linalg::IndexOp>())
      known[index.getResult()] = b.getIndexAttr(point[index.getDim()]);
    for (auto [argument, elements] : constants) {
      int64_t at = 0;
      for (auto [expr, extent] : llvm::zip(
               maps[cast<BlockArgument>(argument).getArgNumber()].getResults(),
               elements.getType().getShape())) {
        int64_t place = evaluate(expr, point);
        if (place < 0 || place >= extent)
          return isComputed;
        at = at * extent + place;
      }
      known[argument] = elements.getValues<Attribute>()[at];
    }
    for (Operation *op : ops) {
      SmallVector<Attribute> operands = llvm::map_to_vector(
          op->getOperands(), [&](Value operand) { return known[operand]; });
      Attribute result = foldConstants(op, operands);
      if (!result)
        return isComputed;
      known[op->getResult(0)] = result;
    }
    auto place = dyn_cast<IntegerAttr>(known[value]);
    if (!place)
      return isComputed;
    table.values.push_back(place.getInt());
  }
  return table;
}

FailureOr<AffineExpr> Structured::getPlace(Value value) {
  if (AffineExpr expr = toAffine(value, body()))
    return expr;
  FailureOr<Table> table = tabulate(value);
  if (failed(table))
    return failure();
  tables.push_back(*table);
  return getAffineSymbolExpr(tables.size() - 1, value.getContext());
}

LogicalResult Structured::addExtracts() {
  for (auto extract :
       llvm::make_early_inc_range(body().getOps<tensor::ExtractOp>())) {
    if (extract->use_empty())
      continue;
    SmallVector<AffineExpr> exprs;
    for (Value index : extract.getIndices()) {
      FailureOr<AffineExpr> place = getPlace(index);
      if (failed(place))
        return failure();
      exprs.push_back(*place);
    }
    addInput(extract.getTensor(),
             AffineMap::get(extents.size(), tables.size(), exprs,
                            extract.getContext()),
             extract.getResult());
  }
  return success();
}

LogicalResult Structured::addIndices(IntegerBody &numbers) {
  constexpr int64_t mostIndices = int64_t(1) << 20;
  MLIRContext *context = make.b.getContext();
  DenseMap<int64_t, IntegerBody::Number> counts;
  for (auto index : body().getOps<linalg::IndexOp>()) {
    if (index->use_empty())
      continue;
    int64_t d = index.getDim(), extent = extents[d];
    if (extent > mostIndices)
      return fail("'linalg.index' counts to " + Twine(extent) +
                  ", more than a constant of " + Twine(mostIndices));
    auto [it, isNew] = counts.try_emplace(d);
    if (isNew && extent == 1) {
      numbers.b.setInsertionPointToStart(&body());
      it->second = numbers.constant(0);
    } else if (isNew) {
      SmallVector<float> values;
      for (int64_t i = 0; i < extent; ++i)
        values.push_back(i);
      auto type = make.type({extent}, make.b.getF32Type());
      Value count = arith::ConstantOp::create(
          make.b, make.loc,
          DenseElementsAttr::get(type, ArrayRef<float>(values)));
      BlockArgument argument =
          body().insertArgument(numInputs, type.getElementType(), make.loc);
      operands.insert(operands.begin() + numInputs, count);
      maps.insert(maps.begin() + numInputs,
                  AffineMap::get(extents.size(), 0,
                                 getAffineDimExpr(d, context), context));
      ++numInputs;
      it->second = {argument, 0, extent - 1};
    }
    numbers.define(index.getResult(), it->second);
  }
  return success();
}

FailureOr<SmallVector<Value>> Structured::raise() {
  if (!llvm::is_contained(used, true))
    return fail("it has no results");
  eraseUnused();
  sinkScalars();
  foldBody();
  if (failed(checkMaps()))
    return failure();
  for (Value init : ArrayRef(operands).drop_front(numInputs))
    elements.push_back(elementOf(init));
  ranges.assign(elements.size(), {0, 0});
  IntegerBody numbers(body(), make.loc);
  integers = &numbers;
  if (failed(addExtracts()))
    return failure();
  eraseUnused();
  if (failed(checkEffects()) || failed(useHeld(numbers)))
    return failure();
  computeOrder();
  if (failed(addIndices(numbers)))
    return failure();
  bool reduces = llvm::is_contained(reduced, true);
  numbers.rewrite(reduces ? findCarried() : DenseSet<Value>());
  normalizeBody(body(), reduces ? findCarried() : DenseSet<Value>());
  SmallVector<Value> results;
  for (unsigned r = 0; r < operands.size() - numInputs; ++r) {
    if (!used[r]) {
      results.emplace_back();
      continue;
    }
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
  Raiser(LinalgToMirage &raiser, RewriterBase &rewriter, Location loc,
         std::string &why)
      : raiser(raiser), rewriter(rewriter), make(rewriter, loc), why(why) {}

  /// New values, null for results without a use. Those of another type hold
  /// integers, which are in `ranges`.
  using Results = FailureOr<SmallVector<Value>>;
  Results raise(Operation *op);
  SmallVector<std::pair<int64_t, int64_t>> ranges;

private:
  LogicalResult fail(const Twine &reason) {
    why = reason.str();
    return failure();
  }
  Results raiseLinalg(linalg::LinalgOp op);
  /// `used` for each result.
  Results raiseGeneric(linalg::GenericOp op, ArrayRef<bool> used);
  Results raiseStructured(Structured &s);
  Results raiseSoftmax(linalg::SoftmaxOp op);
  Results raiseElementwise(Operation *op);
  /// `tensors`, operands of an op that only moves elements, with one element
  /// type: those that mirage has no type for as what holds them.
  FailureOr<SmallVector<Value>> getMoved(ArrayRef<Value> tensors);
  Results raiseExtractSlice(tensor::ExtractSliceOp op);
  Results raiseInsertSlice(tensor::InsertSliceOp op);
  Results raiseInsert(tensor::InsertOp op);
  Results raiseConcat(tensor::ConcatOp op);
  Results raisePad(tensor::PadOp op);
  FailureOr<Value> pad(Value value, ArrayRef<int64_t> lows,
                       ArrayRef<int64_t> highs, Value padding);
  Results raisePack(linalg::PackOp op);
  Results raiseUnPack(linalg::UnPackOp op);
  Results raiseGenerate(tensor::GenerateOp op);
  Results raiseFromElements(tensor::FromElementsOp op);
  struct Box {
    Value value;
    SmallVector<int64_t> low, high;
  };
  /// The elements from `low` to `high` of a tensor that `boxes` cover, later
  /// ones before earlier ones. Takes from the `budget` of slices.
  FailureOr<Value> join(ArrayRef<Box> boxes, ArrayRef<int64_t> low,
                        ArrayRef<int64_t> high, int64_t &budget);
  /// `box` in `dest` at `offsets`, from dimension `dim` on.
  Value insert(Value box, Value dest, ArrayRef<int64_t> offsets, size_t dim);
  /// A tensor of ones as `shape`, which holds `scalar`.
  FailureOr<Value> splat(Value scalar, ArrayRef<int64_t> shape);

  LinalgToMirage &raiser;
  RewriterBase &rewriter;
  Maker make;
  std::string &why;
};

Raiser::Results Raiser::raiseStructured(Structured &s) {
  Results results = s.raise();
  ranges = s.ranges;
  return results;
}

Raiser::Results Raiser::raiseGeneric(linalg::GenericOp op,
                                     ArrayRef<bool> used) {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  // Types are the better reason.
  for (Value operand : op->getOperands())
    if (auto shaped = dyn_cast<ShapedType>(operand.getType()))
      if (!shaped.hasStaticShape() ||
          llvm::is_contained(shaped.getShape(), 0)) {
        isOurs(shaped, why);
        return failure();
      }
  SmallVector<bool> reduced;
  bool runsOnce = true;
  for (auto [type, extent] : llvm::zip(op.getIteratorTypesArray(), extents)) {
    reduced.push_back(type == utils::IteratorType::reduction);
    runsOnce &= !reduced.back() || extent == 1;
  }
  auto raiseAs = [&](ArrayRef<bool> reduced) {
    Structured s(raiser, rewriter, make, why);
    s.used.assign(used.begin(), used.end());
    s.extents = extents;
    s.reduced.assign(reduced.begin(), reduced.end());
    s.operands.assign(op->operand_begin(), op->operand_end());
    s.maps = op.getIndexingMapsArray();
    s.numInputs = op.getNumDpsInputs();
    IRMapping mapping;
    op.getRegion().cloneInto(&s.region, mapping);
    return raiseStructured(s);
  };
  Results results = raiseAs(reduced);
  // A body that runs once for each element may do anything with it.
  if (failed(results) && runsOnce && llvm::is_contained(reduced, true))
    results = raiseAs(SmallVector<bool>(reduced.size(), false));
  return results;
}

Raiser::Results Raiser::raiseLinalg(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics())
    return fail("it works on memrefs");
  SmallVector<bool> used = llvm::map_to_vector(
      op->getResults(), [](Value result) { return !result.use_empty(); });
  if (auto generic = dyn_cast<linalg::GenericOp>(*op))
    return raiseGeneric(generic, used);
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
  Results results = raiseGeneric(*generic, used);
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
  if (!isOurs(op->getResult(0).getType(), why, /*orHeld=*/true))
    return failure();
  Structured s(raiser, rewriter, make, why);
  s.used.push_back(true);
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
  Results results = raiseStructured(s);
  rewriter.eraseOp(init.getDefiningOp());
  return results;
}

FailureOr<SmallVector<Value>> Raiser::getMoved(ArrayRef<Value> tensors) {
  SmallVector<Value> values;
  Type widest;
  for (Value tensor : tensors) {
    if (!isHeldElement(elementOf(tensor))) {
      values.push_back(tensor);
      continue;
    }
    std::optional<HeldIntegers> held = raiser.getHeld(rewriter, tensor);
    if (!held) {
      isOurs(tensor.getType(), why);
      return failure();
    }
    if (ranges.empty())
      ranges.push_back({held->low, held->high});
    ranges.front().first = std::min(ranges.front().first, held->low);
    ranges.front().second = std::max(ranges.front().second, held->high);
    Type element = elementOf(held->floats);
    if (!widest || element.isF64())
      widest = element;
    values.push_back(held->floats);
  }
  if (widest)
    for (Value &value : values)
      value = make.castTo(value, widest);
  return values;
}

Raiser::Results Raiser::raiseExtractSlice(tensor::ExtractSliceOp op) {
  ArrayRef<int64_t> offsets = op.getStaticOffsets(),
                    sizes = op.getStaticSizes(),
                    strides = op.getStaticStrides();
  for (ArrayRef<int64_t> list : {offsets, sizes, strides})
    if (llvm::any_of(list, ShapedType::isDynamic))
      return fail("its offsets, sizes or strides are not static");
  FailureOr<SmallVector<Value>> source = getMoved(op.getSource());
  if (failed(source))
    return failure();
  Value box = make.slice(source->front(), offsets, sizes, strides);
  return SmallVector<Value>{make.reshape(box, op.getType().getShape())};
}

Value Raiser::insert(Value box, Value dest, ArrayRef<int64_t> offsets,
                     size_t dim) {
  SmallVector<int64_t> shape(shapeOf(dest)), ones(shape.size(), 1),
      start(shape.size(), 0);
  while (dim < shape.size() && shapeOf(box)[dim] == shape[dim])
    ++dim;
  if (dim == shape.size())
    return box;
  auto slab = [&](int64_t from, int64_t to) {
    SmallVector<int64_t> size(shape);
    start[dim] = from;
    size[dim] = to - from;
    if (std::optional<double> splat = getSplatValue(dest))
      return make.constant(*splat, size, elementOf(dest));
    return make.slice(dest, start, size, ones);
  };
  int64_t from = offsets[dim], to = from + shapeOf(box)[dim];
  SmallVector<Value> pieces;
  if (from != 0)
    pieces.push_back(slab(0, from));
  bool isWhole =
      shapeOf(box).drop_front(dim + 1) == ArrayRef(shape).drop_front(dim + 1);
  pieces.push_back(isWhole ? box
                           : insert(box, slab(from, to), offsets, dim + 1));
  if (to != shape[dim])
    pieces.push_back(slab(to, shape[dim]));
  return make.concat(dim, pieces);
}

FailureOr<Value> Raiser::join(ArrayRef<Box> boxes, ArrayRef<int64_t> low,
                              ArrayRef<int64_t> high, int64_t &budget) {
  size_t rank = low.size();
  auto covers = [&](const Box &box) {
    for (size_t d = 0; d < rank; ++d)
      if (box.low[d] > low[d] || box.high[d] < high[d])
        return false;
    return true;
  };
  auto meets = [&](const Box &box) {
    for (size_t d = 0; d < rank; ++d)
      if (box.low[d] >= high[d] || box.high[d] <= low[d])
        return false;
    return true;
  };
  SmallVector<Box> met;
  for (const Box &box : boxes) {
    if (!meets(box))
      continue;
    if (covers(box))
      met.clear();
    met.push_back(box);
  }
  if (met.empty())
    return fail("it leaves elements of tensor.empty");
  if (met.size() == 1 && covers(met.front())) {
    if (--budget < 0)
      return fail("its destination is in too many pieces");
    SmallVector<int64_t> offsets, sizes, ones(rank, 1);
    for (size_t d = 0; d < rank; ++d) {
      offsets.push_back(low[d] - met.front().low[d]);
      sizes.push_back(high[d] - low[d]);
    }
    return make.slice(met.front().value, offsets, sizes, ones);
  }
  // Cut at the last box, which nothing hides, where fewest others are cut.
  size_t best = rank, fewest = 0;
  SmallVector<int64_t> bestCuts;
  for (size_t d = 0; d < rank; ++d) {
    SmallVector<int64_t> cuts;
    for (int64_t at : {met.back().low[d], met.back().high[d]})
      if (at > low[d] && at < high[d])
        cuts.push_back(at);
    size_t count = llvm::count_if(met, [&](const Box &box) {
      return llvm::any_of(cuts, [&](int64_t at) {
        return box.low[d] < at && at < box.high[d];
      });
    });
    if (!cuts.empty() && (best == rank || count < fewest)) {
      best = d;
      fewest = count;
      bestCuts = cuts;
    }
  }
  bestCuts.push_back(high[best]);
  SmallVector<Value> pieces;
  SmallVector<int64_t> from(low), to(high);
  for (int64_t at : bestCuts) {
    to[best] = at;
    FailureOr<Value> piece = join(met, from, to, budget);
    if (failed(piece))
      return failure();
    auto inner = piece->getDefiningOp<ConcatOp>();
    if (inner && inner.getDim() == best)
      llvm::append_range(pieces, inner.getOperands());
    else
      pieces.push_back(*piece);
    from[best] = at;
  }
  return make.concat(best, pieces);
}

Raiser::Results Raiser::raiseInsertSlice(tensor::InsertSliceOp op) {
  constexpr int64_t maxPieces = 64;
  auto check = [&](tensor::InsertSliceOp op) -> LogicalResult {
    ArrayRef<int64_t> offsets = op.getStaticOffsets(),
                      sizes = op.getStaticSizes();
    for (ArrayRef<int64_t> list : {offsets, sizes, op.getStaticStrides()})
      if (llvm::any_of(list, ShapedType::isDynamic))
        return fail("its offsets, sizes or strides are not static");
    for (auto [d, extent] : llvm::enumerate(op.getDestType().getShape())) {
      int64_t stride = op.getStaticStrides()[d];
      if (stride < 1 || offsets[d] < 0 || offsets[d] >= extent ||
          sizes[d] - 1 > (extent - 1 - offsets[d]) / stride)
        return fail("it leaves its destination");
      if (stride != 1 && sizes[d] != 1 && !getSplatValue(op.getDest()))
        return fail("it has strides, and its destination is not one value");
    }
    if (op.getSource().getDefiningOp<tensor::EmptyOp>())
      return fail("reads an element of tensor.empty");
    return success();
  };
  if (failed(check(op)))
    return failure();
  ArrayRef<int64_t> offsets = op.getStaticOffsets(),
                    sizes = op.getStaticSizes(),
                    shape = op.getDestType().getShape();

  // What is put together from nothing stays until all of it is there.
  SmallVector<tensor::InsertSliceOp> parts{op};
  while (auto part =
             parts.back().getDest().getDefiningOp<tensor::InsertSliceOp>())
    parts.push_back(part);
  if (parts.back().getDest().getDefiningOp<tensor::EmptyOp>()) {
    std::reverse(parts.begin(), parts.end());
    SmallVector<Value> sources;
    for (tensor::InsertSliceOp part : parts) {
      if (failed(check(part)))
        return failure();
      if (!isOurs(part.getSourceType(), why, /*orHeld=*/true))
        return failure();
      sources.push_back(part.getSource());
    }
    FailureOr<SmallVector<Value>> values = getMoved(sources);
    if (failed(values))
      return failure();
    SmallVector<Box> boxes;
    for (auto [part, value] : llvm::zip(parts, *values)) {
      Box box{make.reshape(value, part.getStaticSizes()),
              SmallVector<int64_t>(part.getStaticOffsets()),
              {}};
      for (auto [at, size] : llvm::zip(box.low, part.getStaticSizes()))
        box.high.push_back(at + size);
      boxes.push_back(box);
    }
    int64_t budget = maxPieces;
    SmallVector<int64_t> zero(shape.size(), 0);
    FailureOr<Value> result = join(boxes, zero, shape, budget);
    if (failed(result))
      return failure();
    return SmallVector<Value>{*result};
  }
  FailureOr<SmallVector<Value>> values =
      getMoved({op.getSource(), op.getDest()});
  if (failed(values))
    return failure();
  Value box = make.reshape((*values)[0], sizes);
  // What lies between the elements of the source has one value.
  for (size_t d = 0; d < shape.size(); ++d) {
    int64_t stride = op.getStaticStrides()[d], size = sizes[d];
    if (stride == 1 || size == 1)
      continue;
    SmallVector<int64_t> apart(shapeOf(box)), joined(apart),
        zero(apart.size(), 0), ones(apart.size(), 1);
    apart.insert(apart.begin() + d + 1, 1);
    SmallVector<int64_t> between(apart);
    between[d + 1] = stride - 1;
    Value gap =
        make.constant(*getSplatValue((*values)[1]), between, elementOf(box));
    joined[d] = size * stride;
    box = make.reshape(make.concat(d + 1, {make.reshape(box, apart), gap}),
                       joined);
    joined[d] -= stride - 1;
    box = make.slice(box, zero, joined, ones);
  }
  return SmallVector<Value>{insert(box, (*values)[1], offsets, 0)};
}

FailureOr<Value> Raiser::splat(Value scalar, ArrayRef<int64_t> shape) {
  if (!getElementType(scalar.getType()))
    return fail("it holds a value of type " + toText(scalar.getType()));
  if (std::optional<double> value = getSplatValue(scalar))
    return make.constant(*value, shape, scalar.getType());
  SmallVector<int64_t> ones(shape.size(), 1);
  if (std::optional<Value> element = make.extract(scalar))
    return make.broadcast(make.reshape(*element, ones), shape);
  Value one = SplatOp::create(rewriter, make.loc,
                              make.type(ones, scalar.getType()), scalar);
  return make.broadcast(one, shape);
}

Raiser::Results Raiser::raiseInsert(tensor::InsertOp op) {
  SmallVector<int64_t> offsets;
  for (auto [index, extent] :
       llvm::zip(op.getIndices(), shapeOf(op.getDest()))) {
    std::optional<int64_t> offset = getConstantIntValue(index);
    if (!offset)
      return fail("it writes at a computed place");
    if (*offset < 0 || *offset >= extent)
      return fail("it leaves its destination");
    offsets.push_back(*offset);
  }
  FailureOr<Value> box =
      splat(op.getScalar(), SmallVector<int64_t>(offsets.size(), 1));
  if (failed(box))
    return failure();
  return SmallVector<Value>{insert(*box, op.getDest(), offsets, 0)};
}

Raiser::Results Raiser::raiseConcat(tensor::ConcatOp op) {
  FailureOr<SmallVector<Value>> inputs =
      getMoved(SmallVector<Value>(op.getInputs()));
  if (failed(inputs))
    return failure();
  return SmallVector<Value>{make.concat(op.getDim(), *inputs)};
}

Raiser::Results Raiser::raisePad(tensor::PadOp op) {
  Value padding = op.getConstantPaddingValue();
  if (!padding)
    return fail("its padding differs from place to place");
  FailureOr<Value> result =
      pad(op.getSource(), op.getStaticLow(), op.getStaticHigh(), padding);
  if (failed(result))
    return failure();
  return SmallVector<Value>{*result};
}

FailureOr<Value> Raiser::pad(Value result, ArrayRef<int64_t> lows,
                             ArrayRef<int64_t> highs, Value padding) {
  for (auto [d, low, high] : llvm::enumerate(lows, highs)) {
    SmallVector<int64_t> size(shapeOf(result)), start(size.size(), 0),
        ones(size.size(), 1);
    // Less than nothing cuts off.
    start[d] = std::max<int64_t>(-low, 0);
    size[d] += std::min<int64_t>(low, 0) + std::min<int64_t>(high, 0);
    if (size[d] < 1)
      return fail("its padding leaves nothing of its source");
    SmallVector<Value> pieces{make.slice(result, start, size, ones)};
    for (bool isHigh : {false, true}) {
      size[d] = isHigh ? high : low;
      if (size[d] <= 0)
        continue;
      FailureOr<Value> piece = splat(padding, size);
      if (failed(piece))
        return failure();
      pieces.insert(isHigh ? pieces.end() : pieces.begin(), *piece);
    }
    result = pieces.size() == 1 ? pieces.front() : make.concat(d, pieces);
  }
  return result;
}

/// How a packed tensor is laid out.
struct Packing {
  /// The padded shape, and that with each tiled dimension split in two.
  SmallVector<int64_t> padded, split;
  /// From the split to the packed one.
  SmallVector<int64_t> permutation;
};
template <typename Op>
static Packing getPacking(Op op, ArrayRef<int64_t> packed) {
  ArrayRef<int64_t> tiled = op.getInnerDimsPos(),
                    tiles = op.getStaticInnerTiles(),
                    order = op.getOuterDimsPerm();
  size_t rank = packed.size() - tiles.size();
  SmallVector<int64_t> outer(rank), outerAt, innerAt(rank);
  for (size_t i = 0; i < rank; ++i)
    outer[order.empty() ? i : order[i]] = packed[i];
  Packing result;
  for (size_t d = 0; d < rank; ++d) {
    outerAt.push_back(result.split.size());
    result.split.push_back(outer[d]);
    result.padded.push_back(outer[d]);
    const int64_t *at = llvm::find(tiled, static_cast<int64_t>(d));
    if (at == tiled.end())
      continue;
    int64_t tile = tiles[at - tiled.begin()];
    innerAt[d] = result.split.size();
    result.split.push_back(tile);
    result.padded.back() *= tile;
  }
  for (size_t i = 0; i < rank; ++i)
    result.permutation.push_back(outerAt[order.empty() ? i : order[i]]);
  for (int64_t d : tiled)
    result.permutation.push_back(innerAt[d]);
  return result;
}

Raiser::Results Raiser::raisePack(linalg::PackOp op) {
  if (llvm::any_of(op.getStaticInnerTiles(), ShapedType::isDynamic))
    return fail("its tiles are not static");
  if (op.getSource().getDefiningOp<tensor::EmptyOp>())
    return fail("reads an element of tensor.empty");
  Packing packing = getPacking(op, op.getDestType().getShape());
  Value value = op.getSource();
  SmallVector<int64_t> low(packing.padded.size(), 0), high;
  for (auto [extent, padded] : llvm::zip(shapeOf(value), packing.padded))
    high.push_back(padded - extent);
  if (llvm::any_of(high, [](int64_t missing) { return missing != 0; })) {
    Value padding = op.getPaddingValue();
    if (!padding || llvm::any_of(high, [](int64_t n) { return n < 0; }))
      return fail("its tiles do not fit its source");
    FailureOr<Value> filled = pad(value, low, high, padding);
    if (failed(filled))
      return failure();
    value = *filled;
  }
  return SmallVector<Value>{
      make.transpose(make.reshape(value, packing.split), packing.permutation)};
}

Raiser::Results Raiser::raiseUnPack(linalg::UnPackOp op) {
  if (llvm::any_of(op.getStaticInnerTiles(), ShapedType::isDynamic))
    return fail("its tiles are not static");
  if (op.getSource().getDefiningOp<tensor::EmptyOp>())
    return fail("reads an element of tensor.empty");
  ArrayRef<int64_t> shape = op.getDestType().getShape();
  Packing packing = getPacking(op, op.getSourceType().getShape());
  for (auto [extent, padded] : llvm::zip(shape, packing.padded))
    if (extent > padded)
      return fail("its tiles do not fit its result");
  Value value = make.transpose(op.getSource(),
                               invertPermutationVector(packing.permutation));
  SmallVector<int64_t> zero(shape.size(), 0), ones(shape.size(), 1);
  return SmallVector<Value>{
      make.slice(make.reshape(value, packing.padded), zero, shape, ones)};
}

/// A structured op that reads nothing but its place.
Raiser::Results Raiser::raiseGenerate(tensor::GenerateOp op) {
  Structured s(raiser, rewriter, make, why);
  s.used.push_back(true);
  auto type = cast<RankedTensorType>(op.getType());
  s.extents.assign(type.getShape().begin(), type.getShape().end());
  s.reduced.assign(type.getRank(), false);
  IRMapping mapping;
  op.getBody().cloneInto(&s.region, mapping);
  Block &block = s.body();
  OpBuilder inner(make.b.getContext());
  inner.setInsertionPointToStart(&block);
  for (BlockArgument argument : block.getArguments())
    argument.replaceAllUsesWith(
        linalg::IndexOp::create(inner, make.loc, argument.getArgNumber()));
  block.eraseArguments(0, block.getNumArguments());
  block.addArgument(type.getElementType(), make.loc);
  Value init = tensor::EmptyOp::create(rewriter, make.loc, type.getShape(),
                                       type.getElementType());
  s.operands.push_back(init);
  s.maps.push_back(rewriter.getMultiDimIdentityMap(type.getRank()));
  Results results = raiseStructured(s);
  rewriter.eraseOp(init.getDefiningOp());
  return results;
}

Raiser::Results Raiser::raiseFromElements(tensor::FromElementsOp op) {
  constexpr size_t maxElements = 64;
  if (op.getElements().size() > maxElements)
    return fail("it has more than " + Twine(maxElements) + " elements");
  SmallVector<Value> pieces;
  for (Value element : op.getElements()) {
    FailureOr<Value> piece = splat(element, {1});
    if (failed(piece))
      return failure();
    pieces.push_back(*piece);
  }
  Value all = pieces.size() == 1 ? pieces.front() : make.concat(0, pieces);
  return SmallVector<Value>{make.reshape(all, op.getType().getShape())};
}

Raiser::Results Raiser::raise(Operation *op) {
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return raiseLinalg(linalgOp);
  if (auto softmax = dyn_cast<linalg::SoftmaxOp>(op))
    return raiseSoftmax(softmax);
  if (isa<linalg::PackOp, linalg::UnPackOp>(op)) {
    if (op->getNumResults() != 1)
      return fail("it works on memrefs");
    for (Type type : {op->getOperand(0).getType(), op->getResult(0).getType()})
      if (!isOurs(type, why))
        return failure();
    if (auto pack = dyn_cast<linalg::PackOp>(op))
      return raisePack(pack);
    return raiseUnPack(cast<linalg::UnPackOp>(op));
  }
  if (auto pad = dyn_cast<tensor::PadOp>(op);
      pad && (llvm::is_contained(pad.getStaticLow(), ShapedType::kDynamic) ||
              llvm::is_contained(pad.getStaticHigh(), ShapedType::kDynamic)))
    return fail("its padding is not static");
  bool moves =
      isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ReshapeOp,
          tensor::CastOp, tensor::ExtractSliceOp, tensor::InsertSliceOp,
          tensor::ConcatOp, tensor::PadOp, tensor::SplatOp, tensor::GenerateOp,
          tensor::FromElementsOp, tensor::InsertOp>(op);
  bool elementwise = OpTrait::hasElementwiseMappableTraits(op);
  if (isa<tensor::GatherOp, tensor::ScatterOp>(op))
    return fail("it moves elements to or from computed places, and mirage has "
                "no gather");
  if (isa<tensor::ExtractOp>(op))
    return fail("it takes a scalar out of a tensor, which only the bodies of "
                "raised ops can use");
  if (!moves && !elementwise)
    return fail("'" + op->getName().getStringRef() + "' has no meaning");
  // Padding has a value that no tensor holds.
  bool mayHold = elementwise || isa<tensor::GenerateOp>(op) ||
                 (moves && !isa<tensor::PadOp, tensor::SplatOp,
                                tensor::FromElementsOp, tensor::InsertOp>(op));
  for (Type type : op->getOperandTypes())
    if (isa<ShapedType>(type) && !isa<tensor::ReshapeOp>(op) &&
        !isOurs(type, why, mayHold))
      return failure();
  bool ofScalars = isa<tensor::SplatOp, tensor::GenerateOp,
                       tensor::FromElementsOp, tensor::InsertOp>(op);
  if (moves && !ofScalars && !isOurs(op->getOperand(0).getType(), why, mayHold))
    return failure();
  for (Type type : op->getResultTypes())
    if (!isOurs(type, why, mayHold))
      return failure();
  if (elementwise)
    return raiseElementwise(op);
  if (auto generate = dyn_cast<tensor::GenerateOp>(op))
    return raiseGenerate(generate);
  if (auto elements = dyn_cast<tensor::FromElementsOp>(op))
    return raiseFromElements(elements);
  if (!isa<tensor::InsertSliceOp>(op))
    for (Value operand : op->getOperands())
      if (operand.getDefiningOp<tensor::EmptyOp>())
        return fail("reads an element of tensor.empty");
  Value first = op->getOperand(0);
  ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
  return TypeSwitch<Operation *, Results>(op)
      .Case([&](tensor::ExtractSliceOp op) { return raiseExtractSlice(op); })
      .Case([&](tensor::InsertSliceOp op) { return raiseInsertSlice(op); })
      .Case([&](tensor::InsertOp op) { return raiseInsert(op); })
      .Case([&](tensor::ConcatOp op) { return raiseConcat(op); })
      .Case([&](tensor::PadOp op) { return raisePad(op); })
      .Case([&](tensor::SplatOp op) -> Results {
        FailureOr<Value> result = splat(first, shape);
        if (failed(result))
          return failure();
        return SmallVector<Value>{*result};
      })
      .Default([&](Operation *) -> Results {
        // Reshapes, and a cast between equal types.
        FailureOr<SmallVector<Value>> moved = getMoved(first);
        if (failed(moved))
          return failure();
        return SmallVector<Value>{make.reshape(moved->front(), shape)};
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

std::optional<HeldIntegers> LinalgToMirage::getHeld(RewriterBase &rewriter,
                                                    Value tensor) {
  constexpr unsigned maxBits = 54; // of f64, with the sign
  auto it = held.find(tensor);
  if (it != held.end())
    return it->second;
  auto constant = tensor.getDefiningOp<arith::ConstantOp>();
  if (!constant)
    return std::nullopt;
  auto elements = dyn_cast<DenseIntElementsAttr>(constant.getValue());
  if (auto resource =
          dyn_cast<DenseResourceElementsAttr>(constant.getValue())) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    bool isSplat;
    if (blob && isa<IntegerType>(resource.getElementType()) &&
        DenseElementsAttr::isValidRawBuffer(resource.getType(), blob->getData(),
                                            isSplat))
      elements = cast<DenseIntElementsAttr>(DenseElementsAttr::getFromRawBuffer(
          resource.getType(), blob->getData()));
  }
  if (!elements || elements.empty())
    return std::nullopt;
  SmallVector<double> values;
  HeldIntegers result;
  for (const APInt &value : elements) {
    if (value.getSignificantBits() > maxBits)
      return std::nullopt;
    int64_t number = value.getSExtValue();
    result.low = std::min(result.low, number);
    result.high = std::max(result.high, number);
    values.push_back(number);
    if (elements.isSplat())
      break;
  }
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointAfter(constant);
  RankedTensorType type = RankedTensorType::get(
      cast<ShapedType>(tensor.getType()).getShape(),
      IntegerBody::floatFor(rewriter, result.low, result.high));
  if (elements.isSplat()) {
    result.floats = mlir::mirage::ConstantOp::create(
        rewriter, constant.getLoc(), type,
        rewriter.getF64FloatAttr(values.front()));
  } else {
    SmallVector<Attribute> attributes;
    for (double value : values)
      attributes.push_back(rewriter.getFloatAttr(type.getElementType(), value));
    result.floats = arith::ConstantOp::create(
        rewriter, constant.getLoc(), DenseElementsAttr::get(type, attributes));
  }
  held[tensor] = result;
  return result;
}

LogicalResult LinalgToMirage::raise(RewriterBase &rewriter, Operation *op,
                                    std::string &why) {
  rewriter.setInsertionPoint(op);
  Raiser raiser(*this, rewriter, op->getLoc(), why);
  FailureOr<SmallVector<Value>> results = raiser.raise(op);
  if (failed(results))
    return failure();
  bool stays = false;
  for (auto [n, result, value] : llvm::enumerate(op->getResults(), *results)) {
    if (!value)
      continue;
    if (value.getType() == result.getType()) {
      rewriter.replaceAllUsesWith(result, value);
      continue;
    }
    auto [low, high] = raiser.ranges[n];
    held[result] = {value, low, high};
    isOurs(result.getType(), why);
    stays = true;
  }
  if (stays)
    return failure();
  rewriter.eraseOp(op);
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
    SmallVector<func::FuncOp> functions;
    getOperation().walk([&](func::FuncOp function) {
      functions.push_back(function);
      return WalkResult::skip();
    });
    // Other functions, and what holds ops on tensors beside functions.
    getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<ModuleOp>(op))
        return WalkResult::advance();
      if (!isa<func::FuncOp>(op) && holdsTensors(op))
        report(op, "'" + op->getName().getStringRef().str() +
                       "' is not func.func, and is not looked into");
      return WalkResult::skip();
    });
    for (func::FuncOp function : functions) {
      raiser.forgetHeld();
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
        report(op, why);
      }
    }
  }

private:
  static bool isOnTensors(Operation *op) {
    auto isTensor = [](Type type) { return isa<TensorType>(type); };
    return isa_and_nonnull<linalg::LinalgDialect>(op->getDialect()) ||
           llvm::any_of(op->getOperandTypes(), isTensor) ||
           llvm::any_of(op->getResultTypes(), isTensor);
  }

  /// Whether ops on tensors are in the regions of `op`, outside of functions
  /// that are looked at by themselves.
  static bool holdsTensors(Operation *op) {
    return op
        ->walk<WalkOrder::PreOrder>([&](Operation *inner) {
          if (inner != op && isa<func::FuncOp>(inner))
            return WalkResult::skip();
          bool isOne = inner != op &&
                       !inner->hasTrait<OpTrait::IsTerminator>() &&
                       isOnTensors(inner);
          return isOne ? WalkResult::interrupt() : WalkResult::advance();
        })
        .wasInterrupted();
  }

  void report(Operation *op, StringRef why) {
    InFlightDiagnostic diagnostic =
        requireComplete ? op->emitError() : op->emitRemark();
    diagnostic << "not raised to mirage: " << why;
    if (requireComplete)
      signalPassFailure();
  }

  /// Raises `op` if it is an op on tensors that is not ours.
  static LogicalResult visit(LinalgToMirage &raiser, RewriterBase &rewriter,
                             Operation *op, std::string &why) {
    if (!isOnTensors(op)) {
      bool looksInside =
          isa<RegionBranchOpInterface>(op) || op->getNumRegions() == 0;
      if (looksInside || !holdsTensors(op))
        return success();
      why = "what '" + op->getName().getStringRef().str() +
            "' does with the ops on tensors in its region is not known";
      return failure();
    }
    // Ours, or what only passes values on.
    if (isa<AlgebraOpInterface, RegionBranchOpInterface, CallOpInterface,
            tensor::EmptyOp>(op) ||
        op->hasTrait<OpTrait::IsTerminator>() ||
        isa_and_nonnull<MirageDialect>(op->getDialect()))
      return success();
    if (auto dim = dyn_cast<tensor::DimOp>(op)) {
      auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
      std::optional<int64_t> index = dim.getConstantIndex();
      if (type && index && *index >= 0 && *index < type.getRank() &&
          !type.isDynamicDim(*index)) {
        rewriter.setInsertionPoint(op);
        rewriter.replaceOpWithNewOp<arith::ConstantIndexOp>(
            op, type.getDimSize(*index));
        return success();
      }
      why = "it asks for a size that is not static";
      return failure();
    }
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
