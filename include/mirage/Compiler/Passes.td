//===- Passes.td - Passes over whole programs --------------*- tablegen -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_COMPILER_PASSES
#define MIRAGE_COMPILER_PASSES

include "mlir/Pass/PassBase.td"

def CheckEquivalencePass
    : Pass<"mirage-check-equivalence", "::mlir::ModuleOp"> {
  let summary = "Test that two functions compute the same";
  let description = [{
    Tests function `b` against the reference `a`: first in finite fields, where
    functions that differ are found with high probability, then in rounded
    arithmetic, where `b` may not lose more than the tolerance of its element
    types. If no layer refuses, a remark at `b` names the layers that ran;
    otherwise an error at `b` says which layer refused, with which seed, and
    the first element that differs. The module is left as it is.

    The functions hold `mirage` ops: run `convert-linalg-to-mirage` before.
  }];
  let options = [
    Option<"a", "a", "std::string", "", "The reference function">,
    Option<"b", "b", "std::string", "", "The function that is tested">,
    Option<"seed", "seed", "uint64_t", "0", "Seed of the tests">
  ];
}

#endif // MIRAGE_COMPILER_PASSES
