//===- ScalarBody.cpp - Scalar regions as expressions --------------------------- ===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Dialect/Mirage/IR/ScalarBody.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

const sem::ScalarFn *mlir::mirage::getScalarFn(Operation *op) {
  if (auto cmp = dyn_cast<arith::CmpFOp>(op))
    return sem::lookupScalarFn(
        ("arith.cmpf." + stringifyCmpFPredicate(cmp.getPredicate())).str());
  return sem::lookupScalarFn(op->getName().getStringRef());
}

bool mlir::mirage::isCast(Operation *op) {
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    return true;
  if (op->getNumOperands() != 1 || op->getNumResults() != 1)
    return false;
  Type from = op->getOperand(0).getType(), to = op->getResult(0).getType();
  if (isa<arith::SIToFPOp>(op))
    return from.isInteger(32);
  if (isa<arith::FPToSIOp>(op))
    return to.isInteger(32);
  if (!from.isInteger(1))
    return false;
  return isa<arith::UIToFPOp>(op) ||
         (isa<arith::ExtUIOp>(op) && to.isInteger(32));
}

std::optional<sem::ScalarExpr> mlir::mirage::readScalarBody(Block &block,
                                                            Operation **why) {
  DenseMap<Value, sem::ScalarExpr> exprs;
  for (BlockArgument argument : block.getArguments())
    exprs[argument] = sem::ScalarExpr::arg(argument.getArgNumber());
  auto fail = [&](Operation *op) {
    if (why)
      *why = op;
    return std::nullopt;
  };
  for (Operation &op : block.without_terminator()) {
    Attribute constant;
    if (matchPattern(&op, m_Constant(&constant))) {
      if (auto value = dyn_cast<FloatAttr>(constant))
        exprs[op.getResult(0)] =
            sem::ScalarExpr::constant(value.getValueAsDouble());
      else if (auto value = dyn_cast<IntegerAttr>(constant))
        exprs[op.getResult(0)] = sem::ScalarExpr::constant(
            value.getType().isInteger(1) ? value.getValue().getBoolValue()
                                         : value.getInt());
      else
        return fail(&op);
      continue;
    }
    if (op.getNumResults() != 1)
      return fail(&op);
    std::optional<sem::ElementType> type =
        getElementType(op.getResult(0).getType());
    SmallVector<sem::ScalarExpr> args;
    for (Value operand : op.getOperands()) {
      auto it = exprs.find(operand);
      if (it == exprs.end() || !getElementType(operand.getType()))
        return fail(&op);
      args.push_back(it->second);
    }
    if (!type)
      return fail(&op);
    if (isCast(&op)) {
      exprs[op.getResult(0)] = sem::ScalarExpr::round(args[0], *type);
      continue;
    }
    const sem::ScalarFn *fn = getScalarFn(&op);
    if (!fn || fn->arity != args.size())
      return fail(&op);
    exprs[op.getResult(0)] = sem::ScalarExpr::call(*fn, args, *type);
  }
  Operation *terminator = block.getTerminator();
  if (terminator->getNumOperands() != 1)
    return fail(terminator);
  auto it = exprs.find(terminator->getOperand(0));
  if (it == exprs.end())
    return fail(terminator);
  return it->second;
}

TypedAttr mlir::mirage::getScalarAttr(Type type, double value) {
  value = sem::roundTo(value, *getElementType(type));
  Builder b(type.getContext());
  if (isa<FloatType>(type))
    return b.getFloatAttr(type, value);
  return b.getIntegerAttr(type, static_cast<int64_t>(value));
}

static Value emitConstant(OpBuilder &b, Location loc, Type type, double value) {
  return arith::ConstantOp::create(b, loc, getScalarAttr(type, value));
}

/// `value`, a float, as i32: towards zero, the nearest i32 if it is beyond the
/// range, and 0 for NaN.
static Value emitFloatToI32(OpBuilder &b, Location loc, Value value) {
  Type wide = b.getF64Type();
  value = emitCast(b, loc, value, wide);
  Value zero = emitConstant(b, loc, wide, 0);
  Value number = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ORD, value,
                                       value);
  value = arith::SelectOp::create(b, loc, number, value, zero);
  value = arith::MaxNumFOp::create(b, loc, value,
                                   emitConstant(b, loc, wide, INT32_MIN));
  value = arith::MinNumFOp::create(b, loc, value,
                                   emitConstant(b, loc, wide, INT32_MAX));
  return arith::FPToSIOp::create(b, loc, b.getI32Type(), value);
}

/// f64 to f32, where an inexact result is the neighbour with an odd last bit:
/// rounding that to a type of fewer digits is as if there had been one rounding.
static Value emitRoundToOdd(OpBuilder &b, Location loc, Value value) {
  Type bitsType = b.getI32Type();
  Value narrow = arith::TruncFOp::create(b, loc, b.getF32Type(), value);
  Value back = arith::ExtFOp::create(b, loc, value.getType(), narrow);
  Value inexact = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ONE, back,
                                        value);
  Value away = arith::CmpFOp::create(
      b, loc, arith::CmpFPredicate::OGT, math::AbsFOp::create(b, loc, back),
      math::AbsFOp::create(b, loc, value));
  Value bits = arith::BitcastOp::create(b, loc, bitsType, narrow);
  Value step = arith::ExtUIOp::create(b, loc, bitsType, away);
  Value odd = arith::OrIOp::create(
      b, loc, arith::SubIOp::create(b, loc, bits, step),
      emitConstant(b, loc, bitsType, 1));
  bits = arith::SelectOp::create(b, loc, inexact, odd, bits);
  return arith::BitcastOp::create(b, loc, b.getF32Type(), bits);
}

Value mlir::mirage::emitCast(OpBuilder &b, Location loc, Value value, Type to) {
  Type from = value.getType();
  if (from == to)
    return value;
  if (isa<FloatType>(from) && isa<FloatType>(to)) {
    unsigned fromBits = from.getIntOrFloatBitWidth(),
             toBits = to.getIntOrFloatBitWidth();
    if (fromBits < toBits)
      return arith::ExtFOp::create(b, loc, to, value);
    // What rounds f64 to bf16 is not on every target.
    if (from.isF64() && to.isBF16())
      value = emitRoundToOdd(b, loc, value);
    if (fromBits > toBits)
      return arith::TruncFOp::create(b, loc, to, value);
    // f16 and bf16: through f32, which holds both.
    Value wide = arith::ExtFOp::create(b, loc, b.getF32Type(), value);
    return arith::TruncFOp::create(b, loc, to, wide);
  }
  if (isa<FloatType>(from)) {
    if (to.isInteger(1)) {
      Value zero = emitConstant(b, loc, from, 0);
      return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, value,
                                   zero);
    }
    return emitFloatToI32(b, loc, value);
  }
  if (isa<FloatType>(to)) {
    // By types that hold every value: some targets go by f32 and round twice, or
    // have no way to bf16.
    bool half = to.getIntOrFloatBitWidth() == 16;
    if (from.isInteger(1))
      value = arith::UIToFPOp::create(b, loc, half ? b.getF32Type() : to, value);
    else
      value = arith::SIToFPOp::create(b, loc, half ? b.getF64Type() : to, value);
    return emitCast(b, loc, value, to);
  }
  if (to.isInteger(1)) {
    Value zero = emitConstant(b, loc, from, 0);
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, value, zero);
  }
  return arith::ExtUIOp::create(b, loc, to, value);
}

Value mlir::mirage::emitScalarFn(OpBuilder &b, Location loc,
                                 const sem::ScalarFn &fn, ValueRange args) {
  Type type = args.back().getType();
  bool relative = fn.name == sem::fn::rel_term.name;
  if (relative || fn.name == sem::fn::exp_sub.name) {
    Value m = args[relative ? 1 : 0], max = args[relative ? 2 : 1];
    Value low =
        emitConstant(b, loc, type, -std::numeric_limits<double>::infinity());
    Value isLow =
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, m, low);
    Value difference = arith::SubFOp::create(b, loc, m, max);
    Value result = math::ExpOp::create(b, loc, difference);
    if (relative)
      result = arith::MulFOp::create(b, loc, args[0], result);
    return arith::SelectOp::create(b, loc, isLow, emitConstant(b, loc, type, 0),
                                   result);
  }
  if (fn.name.starts_with("arith.cmpf.")) {
    auto predicate =
        arith::symbolizeCmpFPredicate(fn.name.drop_front(strlen("arith.cmpf.")));
    return arith::CmpFOp::create(b, loc, *predicate, args[0], args[1]);
  }
  OperationState state(loc, fn.name);
  state.addOperands(args);
  state.addTypes(type);
  return b.create(state)->getResult(0);
}

Value mlir::mirage::emitScalarExpr(OpBuilder &b, Location loc,
                                   const sem::ScalarExpr &expr, ValueRange args,
                                   Type computeType) {
  using Token = sem::ScalarExpr::Token;
  MLIRContext *context = b.getContext();
  SmallVector<Value> stack;
  for (const Token &t : expr.tokens) {
    switch (t.kind) {
    case Token::Arg:
      stack.push_back(args[t.arg]);
      break;
    case Token::Constant:
      stack.push_back(arith::ConstantOp::create(
          b, loc, b.getFloatAttr(computeType, t.constant)));
      break;
    case Token::Round:
      stack.back() = emitCast(b, loc, stack.back(), getMLIRType(context, t.type));
      break;
    case Token::Call: {
      Type type = computeType;
      if (t.rounds && sem::isFloat(t.type) &&
          sem::bitWidth(t.type) > computeType.getIntOrFloatBitWidth())
        type = getMLIRType(context, t.type);
      SmallVector<Value> operands;
      for (Value value : ArrayRef<Value>(stack).take_back(t.fn->arity)) {
        bool condition = t.fn->name == sem::fn::select.name && operands.empty();
        operands.push_back(
            emitCast(b, loc, value, condition ? b.getI1Type() : type));
      }
      stack.resize(stack.size() - t.fn->arity);
      Value result = emitScalarFn(b, loc, *t.fn, operands);
      if (t.rounds)
        result = emitCast(b, loc, result, getMLIRType(context, t.type));
      stack.push_back(result);
      break;
    }
    }
  }
  return stack.back();
}
