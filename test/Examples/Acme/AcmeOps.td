//===- AcmeOps.td - A dialect beside mirage -*- tablegen -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "mirage/Dialect/Mirage/IR/MirageBase.td"
include "mirage/Dialect/Mirage/IR/MirageInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Acme_Dialect : Dialect {
  let name = "acme";
  let cppNamespace = "::acme";
}

def Acme_SwishOp : Op<Acme_Dialect, "swish", [Pure, SameOperandsAndResultType]> {
  let summary = "x / (1 + exp(-x))";
  let description = "Knows nothing of mirage: the interface is attached to it.";
  let arguments = (ins Mirage_AnyValue:$operand);
  let results = (outs Mirage_AnyValue:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand)";
}

def Acme_NormalizeOp : Op<Acme_Dialect, "normalize", [
    Pure, DeclareOpInterfaceMethods<AlgebraOpInterface>]> {
  let summary = "value / sqrt(1.0e-05 + square), linear in value";
  let arguments = (ins Mirage_AnyValue:$value, Mirage_AnyValue:$square);
  let results = (outs Mirage_AnyValue:$result);
  let assemblyFormat = [{
    $value `,` $square attr-dict
      `:` type($value) `,` type($square) `->` type($result)
  }];
}
