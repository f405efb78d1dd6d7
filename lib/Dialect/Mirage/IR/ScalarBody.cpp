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
    if (isa<arith::ExtFOp, arith::TruncFOp>(op)) {
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

Value mlir::mirage::emitCast(OpBuilder &b, Location loc, Value value, Type to) {
  Type from = value.getType();
  if (from == to)
    return value;
  if (isa<FloatType>(from) && isa<FloatType>(to)) {
    unsigned fromBits = from.getIntOrFloatBitWidth(),
             toBits = to.getIntOrFloatBitWidth();
    if (fromBits < toBits)
      return arith::ExtFOp::create(b, loc, to, value);
    if (fromBits > toBits)
      return arith::TruncFOp::create(b, loc, to, value);
    // f16 and bf16: through f32, which holds both.
    Value wide = arith::ExtFOp::create(b, loc, b.getF32Type(), value);
    return arith::TruncFOp::create(b, loc, to, wide);
  }
  if (isa<FloatType>(from)) {
    if (to.isInteger(1)) {
      Value zero = arith::ConstantOp::create(b, loc, b.getFloatAttr(from, 0));
      return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, value,
                                   zero);
    }
    return arith::FPToSIOp::create(b, loc, to, value);
  }
  if (isa<FloatType>(to)) {
    if (from.isInteger(1))
      return arith::UIToFPOp::create(b, loc, to, value);
    return arith::SIToFPOp::create(b, loc, to, value);
  }
  if (to.isInteger(1)) {
    Value zero = arith::ConstantOp::create(b, loc, b.getIntegerAttr(from, 0));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, value, zero);
  }
  return arith::ExtUIOp::create(b, loc, to, value);
}

Value mlir::mirage::emitScalarFn(OpBuilder &b, Location loc,
                                 const sem::ScalarFn &fn, ValueRange args) {
  Type type = args.back().getType();
  if (fn.name == sem::fn::exp_sub.name) {
    Value low = arith::ConstantOp::create(
        b, loc,
        b.getFloatAttr(type, -std::numeric_limits<double>::infinity()));
    Value zero = arith::ConstantOp::create(b, loc, b.getFloatAttr(type, 0));
    Value isLow = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ,
                                        args[0], low);
    Value difference = arith::SubFOp::create(b, loc, args[0], args[1]);
    Value power = math::ExpOp::create(b, loc, difference);
    return arith::SelectOp::create(b, loc, isLow, zero, power);
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
