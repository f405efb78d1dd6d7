//===- Acme.cpp - A dialect beside mirage ---------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Acme.h"

#include "AcmeDialect.cpp.inc"

#define GET_OP_CLASSES
#include "AcmeOps.cpp.inc"

namespace sem = mirage::sem;
using mlir::mirage::AlgebraOpInterface;
using sem::ScalarExpr;

void acme::AcmeDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "AcmeOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// What the ops mean
//===----------------------------------------------------------------------===//

/// x / (1 + exp(-x))
static const sem::OpSemantics &swish() {
  static const sem::Elementwise semantics(
      "acme.swish",
      ScalarExpr::call(
          sem::fn::div,
          {ScalarExpr::arg(0),
           ScalarExpr::call(
               sem::fn::add,
               {ScalarExpr::constant(1),
                ScalarExpr::call(
                    sem::fn::exp,
                    {ScalarExpr::call(sem::fn::neg, {ScalarExpr::arg(0)})})})}),
      /*arity=*/1);
  return semantics;
}

/// x * rsqrt(s + 1.0e-05). The law: it is linear in x.
static const sem::OpSemantics &normalize() {
  static const sem::Elementwise semantics(
      "acme.normalize",
      ScalarExpr::call(
          sem::fn::mul,
          {ScalarExpr::arg(0),
           ScalarExpr::call(
               sem::fn::rsqrt,
               {ScalarExpr::call(sem::fn::add, {ScalarExpr::arg(1),
                                                ScalarExpr::constant(1e-5)})})}),
      /*arity=*/2, /*linearIn=*/{0});
  return semantics;
}

const sem::OpSemantics &acme::NormalizeOp::getSemantics() {
  return normalize();
}

namespace {
struct SwishModel
    : AlgebraOpInterface::ExternalModel<SwishModel, acme::SwishOp> {
  static const sem::OpSemantics &getSemantics() { return swish(); }
};
} // namespace

void acme::registerAcme(mlir::DialectRegistry &registry) {
  registry.insert<AcmeDialect>();
  registry.addExtension(+[](mlir::MLIRContext *context, AcmeDialect *) {
    SwishOp::attachInterface<SwishModel>(*context);
  });
}
