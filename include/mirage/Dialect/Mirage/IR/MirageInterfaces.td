//===- MirageInterfaces.td - Op interfaces -*- tablegen -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_DIALECT_MIRAGE_IR_MIRAGEINTERFACES_TD
#define MIRAGE_DIALECT_MIRAGE_IR_MIRAGEINTERFACES_TD

include "mlir/IR/OpBase.td"

def AlgebraOpInterface : OpInterface<"AlgebraOpInterface"> {
  let cppNamespace = "::mlir::mirage";
  let description = [{
    An op whose meaning is a `sem::OpSemantics`: shape inference, verification,
    evaluation, cost and lowering are derived from it. A third party's op
    implements this interface (or attaches it as an external model) and takes
    part in import, search and lowering without a change of ours.
  }];
  let methods = [
    StaticInterfaceMethod<"The meaning, one object per op.",
      "const ::mirage::sem::OpSemantics &", "getSemantics">,
    InterfaceMethod<"This instance's attributes as data.",
      "::mirage::sem::Params", "getParams", (ins), "", [{ return {}; }]>
  ];
  // After the regions, which the meaning may be read from.
  let verifyWithRegions = 1;
  let verify = [{ return detail::verifyAlgebraOp($_op); }];
}

#endif // MIRAGE_DIALECT_MIRAGE_IR_MIRAGEINTERFACES_TD
