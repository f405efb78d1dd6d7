//===- IntegerBody.cpp - Integers of a body as floats ---------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IntegerBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::mirage;
using Int = IntegerBody::Int;
using Number = IntegerBody::Number;
using MaybeNumber = std::optional<Number>;

static Int power(unsigned exponent) { return Int(1) << exponent; }
static Int lowest(unsigned width) { return -power(width - 1); }
static Int highest(unsigned width) { return power(width - 1) - 1; }

/// An index has 64 bits.
static unsigned widthOf(Type type) {
  return isa<IndexType>(type) ? 64 : type.getIntOrFloatBitWidth();
}
static bool isInteger(Type type) { return isa<IntegerType, IndexType>(type); }

std::nullopt_t IntegerBody::fail(const Twine &why) {
  reason = why.str();
  return std::nullopt;
}

StringRef IntegerBody::whyNot(Operation *op) const {
  auto it = reasons.find(op);
  return it == reasons.end() ? StringRef() : StringRef(it->second);
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

Type IntegerBody::floatFor(Builder &b, Int low, Int high) {
  Int most = std::max(-low, high);
  if (most <= power(24))
    return b.getF32Type();
  return most <= power(53) ? Type(b.getF64Type()) : Type();
}

Value IntegerBody::as(Number number, Type type) {
  Type from = number.value.getType();
  if (from == type)
    return number.value;
  if (FloatAttr constant; matchPattern(number.value, m_Constant(&constant)))
    return arith::ConstantOp::create(
        b, loc, b.getFloatAttr(type, constant.getValueAsDouble()));
  if (from.getIntOrFloatBitWidth() < type.getIntOrFloatBitWidth())
    return arith::ExtFOp::create(b, loc, type, number.value);
  return arith::TruncFOp::create(b, loc, type, number.value);
}

Number IntegerBody::constant(Int value) {
  Type type = floatFor(value, value);
  if (!type)
    type = b.getF64Type(); // a power of 2
  return {arith::ConstantOp::create(
              b, loc, b.getFloatAttr(type, static_cast<double>(value))),
          value, value};
}

template <typename Op>
MaybeNumber IntegerBody::binary(Number a, Number c, Int low, Int high) {
  Type type = floatFor(std::min({a.low, c.low, low}),
                       std::max({a.high, c.high, high}));
  if (!type)
    return fail("may leave the integers that f64 holds");
  return Number{Op::create(b, loc, as(a, type), as(c, type)), low, high};
}

MaybeNumber IntegerBody::add(Number a, Number c) {
  return binary<arith::AddFOp>(a, c, a.low + c.low, a.high + c.high);
}
MaybeNumber IntegerBody::negate(Number a) {
  return binary<arith::SubFOp>(constant(0), a, -a.high, -a.low);
}
MaybeNumber IntegerBody::maximum(Number a, Number c) {
  return binary<arith::MaximumFOp>(a, c, std::max(a.low, c.low),
                                   std::max(a.high, c.high));
}
MaybeNumber IntegerBody::minimum(Number a, Number c) {
  return binary<arith::MinimumFOp>(a, c, std::min(a.low, c.low),
                                   std::min(a.high, c.high));
}

/// `Op` (floor, ceil) of a / divisor, a power of 2.
template <typename Op>
MaybeNumber IntegerBody::rounded(Number a, Int divisor) {
  auto floorOf = [&](Int x) {
    return x / divisor - (x % divisor < 0 ? 1 : 0);
  };
  // The fraction needs digits of its own.
  Type type = b.getF64Type();
  Value factor = arith::ConstantOp::create(
      b, loc, b.getFloatAttr(type, 1 / static_cast<double>(divisor)));
  Value scaled = arith::MulFOp::create(b, loc, as(a, type), factor);
  return Number{Op::create(b, loc, scaled), floorOf(a.low), floorOf(a.high)};
}

Value IntegerBody::compare(unsigned predicate, Number a, Number c) {
  Type type = floatFor(std::min(a.low, c.low), std::max(a.high, c.high));
  if (!type)
    type = b.getF64Type();
  return arith::CmpFOp::create(b, loc,
                               static_cast<arith::CmpFPredicate>(predicate),
                               as(a, type), as(c, type));
}

Value IntegerBody::select(Value condition, Number a, Number c, Type type) {
  return arith::SelectOp::create(b, loc, condition, as(a, type), as(c, type));
}

Number IntegerBody::clamp(Number a, unsigned width) {
  return {a.value, std::max(a.low, lowest(width)),
          std::min(a.high, highest(width))};
}

MaybeNumber IntegerBody::lowBits(Number a, unsigned bits) {
  if (a.low >= 0 && a.high < power(bits))
    return a;
  if (!floatFor(0, power(bits) - 1))
    return fail("may leave the integers that f64 holds");
  MaybeNumber whole = rounded<math::FloorOp>(a, power(bits));
  if (!whole)
    return std::nullopt;
  // whole * 2^bits is below 2^53 and has no digits of its own.
  Type type = b.getF64Type();
  Value multiple = arith::MulFOp::create(b, loc, as(*whole, type),
                                         as(constant(power(bits)), type));
  return Number{arith::SubFOp::create(b, loc, as(a, type), multiple), 0,
                power(bits) - 1};
}

MaybeNumber IntegerBody::wrap(Number a, unsigned width) {
  Int low = lowest(width), high = highest(width), period = power(width);
  if (a.low >= low && a.high <= high)
    return a;
  if (a.low < low - period || a.high > high + period) {
    // Modulo the period, between 0 and it, and then as below.
    MaybeNumber rest = lowBits(a, width);
    if (!rest)
      return std::nullopt;
    a = *rest;
  }
  Type type = b.getF64Type();
  Value value = as(a, type);
  auto moveInto = [&](arith::CmpFPredicate predicate, Int bound, Int step) {
    Value moved = arith::AddFOp::create(b, loc, as(a, type),
                                        as(constant(step), type));
    value = arith::SelectOp::create(
        b, loc, compare(static_cast<unsigned>(predicate), a, constant(bound)),
        moved, value);
  };
  if (a.high > high)
    moveInto(arith::CmpFPredicate::OGT, high, -period);
  if (a.low < low)
    moveInto(arith::CmpFPredicate::OLT, low, period);
  return Number{value, low, high};
}

MaybeNumber IntegerBody::toUnsigned(Number a, unsigned width) {
  if (a.low >= 0)
    return a;
  MaybeNumber moved = add(a, constant(power(width)));
  if (!moved)
    return std::nullopt;
  Type type = floatFor(a.low, power(width));
  return Number{select(compare(static_cast<unsigned>(arith::CmpFPredicate::OLT),
                               a, constant(0)),
                       *moved, a, type),
                0, power(width) - 1};
}

Value IntegerBody::isNotZero(Number a) {
  return compare(static_cast<unsigned>(arith::CmpFPredicate::ONE), a,
                 constant(0));
}

Number IntegerBody::fromBool(Value value, bool isSigned) {
  if (!isSigned)
    return {arith::UIToFPOp::create(b, loc, b.getF32Type(), value), 0, 1};
  return {select(value, constant(-1), constant(0), b.getF32Type()), -1, 0};
}

MaybeNumber IntegerBody::multiply(Number a, Number c, unsigned width,
                                  bool wraps) {
  Int products[] = {a.low * c.low, a.low * c.high, a.high * c.low,
                    a.high * c.high};
  Int low = *llvm::min_element(products), high = *llvm::max_element(products);
  if (!wraps) {
    low = std::max(low, lowest(width));
    high = std::min(high, highest(width));
  }
  if (floatFor(low, high)) {
    MaybeNumber product = binary<arith::MulFOp>(a, c, low, high);
    return product ? wrap(*product, width) : product;
  }
  if (width > 32)
    return fail("may leave the integers that f64 holds");
  // a = 2^16 h + l. Of h c only the low half counts, and l c fits.
  MaybeNumber h = rounded<math::FloorOp>(a, power(16)), l = lowBits(a, 16);
  if (!h || !l)
    return std::nullopt;
  MaybeNumber upper = multiply(*h, c, 64, true);
  if (upper)
    upper = lowBits(*upper, width - 16);
  if (upper)
    upper = multiply(*upper, constant(power(16)), 64, true);
  MaybeNumber lower = multiply(*l, c, 64, true);
  if (!upper || !lower)
    return std::nullopt;
  MaybeNumber sum = add(*upper, *lower);
  return sum ? wrap(*sum, width) : sum;
}

/// The quotient of integers below 2^53, rounded in f64, is not rounded up to an
/// integer that it does not reach.
template <typename Round>
MaybeNumber IntegerBody::quotient(Number a, Number c) {
  Type type = b.getF64Type();
  Value value = arith::DivFOp::create(b, loc, as(a, type), as(c, type));
  value = Round::create(b, loc, value);
  Int most = std::max(-a.low, a.high);
  bool positive = a.low >= 0 && c.low >= 0;
  return Number{value, positive ? 0 : -most, most};
}

MaybeNumber IntegerBody::remainder(Number a, Number c) {
  MaybeNumber whole = quotient<math::TruncOp>(a, c);
  if (!whole)
    return std::nullopt;
  // |whole * c| is at most |a|.
  Type type = b.getF64Type();
  Value multiple =
      arith::MulFOp::create(b, loc, as(*whole, type), as(c, type));
  Value rest = arith::SubFOp::create(b, loc, as(a, type), multiple);
  Int most = std::max({-c.low, c.high, Int(1)}) - 1;
  return Number{rest, std::max(std::min(a.low, Int(0)), -most),
                std::min(std::max(a.high, Int(0)), most)};
}

MaybeNumber IntegerBody::get(Value value) {
  auto it = numbers.find(value);
  if (it != numbers.end())
    return it->second;
  APInt literal;
  if (matchPattern(value, m_ConstantInt(&literal))) {
    Int number = literal.getSExtValue();
    if (!floatFor(number, number))
      return fail("has a constant that f64 does not hold");
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&body);
    return constant(number);
  }
  Operation *op = value.getDefiningOp();
  if (op && op->getBlock() == &body)
    if (StringRef why = whyNot(op); !why.empty())
      return fail(why);
  if (!value.getType().isInteger(32)) {
    std::string text;
    llvm::raw_string_ostream(text) << value.getType();
    return fail("uses a value of type " + text);
  }
  OpBuilder::InsertionGuard guard(b);
  if (op && op->getBlock() == &body)
    b.setInsertionPointAfter(op);
  else
    b.setInsertionPointToStart(&body);
  Number number{arith::SIToFPOp::create(b, loc, b.getF64Type(), value),
                lowest(32), highest(32)};
  numbers[value] = number;
  return number;
}

MaybeNumber IntegerBody::operand(Value value, bool isSigned) {
  if (value.getType().isInteger(1))
    return fromBool(value, isSigned);
  MaybeNumber number = get(value);
  if (!number || isSigned)
    return number;
  return toUnsigned(*number, widthOf(value.getType()));
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// Arithmetic on i1 is logic.
bool IntegerBody::rewriteBool(Operation *op) {
  if (op->getNumOperands() != 2)
    return false;
  Value lhs = op->getOperand(0), rhs = op->getOperand(1), result;
  if (isa<arith::AddIOp, arith::SubIOp>(op))
    result = arith::XOrIOp::create(b, loc, lhs, rhs);
  else if (isa<arith::MulIOp, arith::MinUIOp, arith::MaxSIOp>(op))
    result = arith::AndIOp::create(b, loc, lhs, rhs);
  else if (isa<arith::MaxUIOp, arith::MinSIOp>(op))
    result = arith::OrIOp::create(b, loc, lhs, rhs);
  else
    return false;
  op->getResult(0).replaceAllUsesWith(result);
  return true;
}

/// Masks of low bits, the complement, and shifts by constants.
MaybeNumber IntegerBody::bitwise(Operation *op) {
  Value lhs = op->getOperand(0), rhs = op->getOperand(1);
  APInt literal;
  if (matchPattern(lhs, m_ConstantInt(&literal)) &&
      isa<arith::AndIOp, arith::XOrIOp>(op))
    std::swap(lhs, rhs);
  if (!matchPattern(rhs, m_ConstantInt(&literal)))
    return fail("works on the bits of integers");
  unsigned width = widthOf(lhs.getType());
  bool isUnsigned = isa<arith::ShRUIOp>(op);
  MaybeNumber a = operand(lhs, !isUnsigned);
  if (!a)
    return std::nullopt;
  if (isa<arith::AndIOp>(op) && literal.isMask())
    return lowBits(*a, literal.countr_one());
  if (isa<arith::AndIOp>(op) && literal.isAllOnes())
    return a;
  if (isa<arith::XOrIOp>(op) && literal.isAllOnes())
    return binary<arith::SubFOp>(constant(-1), *a, -1 - a->high, -1 - a->low);
  bool isShift = isa<arith::ShLIOp, arith::ShRSIOp, arith::ShRUIOp>(op);
  if (!isShift || literal.uge(width))
    return fail("works on the bits of integers");
  unsigned amount = literal.getZExtValue();
  if (isa<arith::ShLIOp>(op)) {
    // Bits that are shifted out do not count.
    MaybeNumber kept = amount ? lowBits(*a, width - amount) : a;
    return kept ? multiply(*kept, constant(power(amount)), width, true) : kept;
  }
  MaybeNumber shifted = rounded<math::FloorOp>(*a, power(amount));
  return shifted ? wrap(*shifted, width) : shifted;
}

MaybeNumber IntegerBody::rewriteOp(Operation *op) {
  Type type = op->getResult(0).getType();
  unsigned width = isInteger(type) ? widthOf(type) : 0;
  bool isUnsigned =
      isa<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp, arith::MaxUIOp,
          arith::MinUIOp, arith::ExtUIOp, arith::IndexCastUIOp,
          arith::UIToFPOp>(op);
  auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op);
  bool wraps = !flags || !flags.hasNoSignedWrap();
  auto finish = [&](MaybeNumber result) -> MaybeNumber {
    if (!result)
      return result;
    return wraps ? wrap(*result, width) : clamp(*result, width);
  };

  if (isa<arith::AndIOp, arith::OrIOp, arith::XOrIOp, arith::ShLIOp,
          arith::ShRSIOp, arith::ShRUIOp>(op))
    return bitwise(op);
  if (isa<arith::FPToSIOp, arith::FPToUIOp>(op)) {
    // What the type does not hold is poison. 31 bits go by i32.
    bool isSigned = isa<arith::FPToSIOp>(op);
    if (width > (isSigned ? 32 : 31))
      return fail("makes integers that i32 does not hold");
    auto number = arith::FPToSIOp::create(b, loc, b.getI32Type(),
                                          op->getOperand(0));
    MaybeNumber result = get(number);
    if (isSigned)
      return clamp(*result, width);
    return wrap({result->value, 0, power(width) - 1}, width);
  }

  SmallVector<Number, 3> args;
  for (Value value : op->getOperands().drop_front(isa<arith::SelectOp>(op))) {
    MaybeNumber number = operand(value, !isUnsigned);
    if (!number)
      return std::nullopt;
    args.push_back(*number);
  }
  return TypeSwitch<Operation *, MaybeNumber>(op)
      .Case([&](arith::AddIOp) { return finish(add(args[0], args[1])); })
      .Case([&](arith::SubIOp) {
        return finish(binary<arith::SubFOp>(args[0], args[1],
                                            args[0].low - args[1].high,
                                            args[0].high - args[1].low));
      })
      .Case([&](arith::MulIOp) {
        return multiply(args[0], args[1], width, wraps);
      })
      .Case<arith::MaxSIOp, arith::MaxUIOp>(
          [&](auto) { return finish(maximum(args[0], args[1])); })
      .Case<arith::MinSIOp, arith::MinUIOp>(
          [&](auto) { return finish(minimum(args[0], args[1])); })
      .Case<arith::DivSIOp, arith::DivUIOp>([&](auto) {
        return finish(quotient<math::TruncOp>(args[0], args[1]));
      })
      .Case([&](arith::FloorDivSIOp) {
        return finish(quotient<math::FloorOp>(args[0], args[1]));
      })
      .Case<arith::CeilDivSIOp, arith::CeilDivUIOp>([&](auto) {
        return finish(quotient<math::CeilOp>(args[0], args[1]));
      })
      .Case<arith::RemSIOp, arith::RemUIOp>(
          [&](auto) { return finish(remainder(args[0], args[1])); })
      .Case([&](math::AbsIOp) -> MaybeNumber {
        MaybeNumber negative = negate(args[0]);
        return negative ? finish(maximum(args[0], *negative)) : negative;
      })
      .Case([&](arith::SelectOp select) -> MaybeNumber {
        Int low = std::min(args[0].low, args[1].low),
            high = std::max(args[0].high, args[1].high);
        return Number{this->select(select.getCondition(), args[0], args[1],
                                   floatFor(low, high)),
                      low, high};
      })
      .Case<arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp, arith::IndexCastOp,
            arith::IndexCastUIOp>([&](auto) { return wrap(args[0], width); })
      .Default([&](Operation *op) {
        return fail("has no meaning on integers");
      });
}

void IntegerBody::rewrite(const DenseSet<Value> &kept) {
  for (Operation &at :
       llvm::make_early_inc_range(body.without_terminator())) {
    Operation *op = &at;
    if (op->getNumResults() != 1 || op->getNumRegions() != 0 ||
        kept.contains(op->getResult(0)) || numbers.contains(op->getResult(0)) ||
        op->hasTrait<OpTrait::ConstantLike>())
      continue;
    if (!llvm::any_of(op->getOperandTypes(), isInteger) &&
        !isa<arith::FPToSIOp, arith::FPToUIOp>(op))
      continue;
    b.setInsertionPoint(op);
    loc = op->getLoc();
    Value result = op->getResult(0);
    Type type = result.getType();
    reason.clear();
    auto why = [&] {
      // Of an operand's op, or of this one.
      bool isWhole = StringRef(reason).starts_with("'");
      reasons[op] =
          isWhole ? reason
                  : "'" + op->getName().getStringRef().str() + "' " + reason;
    };

    if (auto cmp = dyn_cast<arith::CmpIOp>(op)) {
      using P = arith::CmpIPredicate;
      using F = arith::CmpFPredicate;
      static constexpr F predicates[] = {F::OEQ, F::ONE, F::OLT, F::OLE,
                                         F::OGT, F::OGE, F::OLT, F::OLE,
                                         F::OGT, F::OGE};
      P predicate = cmp.getPredicate();
      bool isSigned = predicate < P::ult;
      MaybeNumber a = operand(cmp.getLhs(), isSigned);
      MaybeNumber c = a ? operand(cmp.getRhs(), isSigned) : a;
      if (!a || !c) {
        why();
        continue;
      }
      result.replaceAllUsesWith(compare(
          static_cast<unsigned>(predicates[static_cast<unsigned>(predicate)]),
          *a, *c));
      continue;
    }
    // Casts that the algebra has.
    if (auto select = dyn_cast<arith::SelectOp>(op)) {
      bool isNative = type.isInteger(32) &&
                      !numbers.contains(select.getTrueValue()) &&
                      !numbers.contains(select.getFalseValue());
      if (!isInteger(type) || type.isInteger(1) || isNative)
        continue;
    }
    if (isa<arith::SIToFPOp, arith::UIToFPOp>(op)) {
      Value value = op->getOperand(0);
      bool isSigned = isa<arith::SIToFPOp>(op);
      bool isNative = isSigned ? value.getType().isInteger(32) &&
                                     !numbers.contains(value)
                               : value.getType().isInteger(1);
      if (isNative)
        continue;
      MaybeNumber number = operand(value, isSigned);
      if (number)
        result.replaceAllUsesWith(as(*number, type));
      else
        why();
      continue;
    }
    if (isa<arith::FPToSIOp>(op) && type.isInteger(32))
      continue;
    if (type.isInteger(1) && rewriteBool(op))
      continue;
    if (isa<arith::TruncIOp>(op) && type.isInteger(1)) {
      MaybeNumber number = get(op->getOperand(0));
      if (number)
        number = lowBits(*number, 1);
      if (number)
        result.replaceAllUsesWith(isNotZero(*number));
      else
        why();
      continue;
    }
    if (!isInteger(type) || type.isInteger(1))
      continue;
    MaybeNumber number = rewriteOp(op);
    if (!number) {
      why();
      continue;
    }
    numbers[result] = *number;
    // The algebra casts i1 to i32.
    bool isNative =
        isa<arith::ExtUIOp>(op) && op->getOperand(0).getType().isInteger(1);
    if (!type.isInteger(32) || isNative)
      continue;
    // What needs the integer itself.
    auto integer = arith::FPToSIOp::create(b, loc, type, number->value);
    numbers[integer] = *number;
    result.replaceAllUsesWith(integer);
  }
}
