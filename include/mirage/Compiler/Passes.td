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
    functions that differ are found with high probability (on small shapes that
    stand for the real ones, then on some elements at the real ones), then in
    rounded arithmetic, where `b` may not lose more than the tolerance of its
    element types. `layers` is `field`, `float` or `all`. If no layer refuses, a
    remark at `b` names the layers that ran, with the error bound of the field
    test if there is one; otherwise an error at `b` says which layer refused,
    with which seed, and the first element that differs. The module is left as
    it is.

    The functions hold `mirage` ops: run `convert-linalg-to-mirage` before.
  }];
  let options = [
    Option<"a", "a", "std::string", "", "The reference function">,
    Option<"b", "b", "std::string", "", "The function that is tested">,
    Option<"seed", "seed", "uint64_t", "0", "Seed of the tests">,
    Option<"layers", "layers", "std::string", "\"all\"",
           "The layers that run: field, float or all">
  ];
}

def FormKernelsPass : Pass<"mirage-form-kernels", "::mlir::ModuleOp"> {
  let summary = "Give every op outside a kernel a kernel";
  let description = [{
    Every kernel-level op, and every elementwise chain, outside a
    `mirage.kernel` gets a block program by default tiling, sized for `chip`.
    A result that is an argument, a constant or another result, or a view of one,
    becomes a copy, so that every result has a buffer of its own. Afterwards only
    kernels, constants and reshapes remain. Functions that hold other ops are left
    as they are, with a remark.
  }];
  let options = [
    Option<"chip", "chip", "std::string", "\"sm_90a\"", "Target GPU">
  ];
  let dependentDialects = ["::mlir::mirage::MirageDialect"];
}

def SuperoptimizePass : Pass<"mirage-superoptimize", "::mlir::ModuleOp"> {
  let summary = "Search equivalent programs and keep the fastest that passes";
  let description = [{
    Enumerates which ops share a kernel and the role of each axis (whole,
    looped, grid) over programs that are equal under the algebra, chooses tile
    sizes by a cost model, and keeps the cheapest plan that the field test and
    the float test accept against the function as it was, if it is cheaper than
    one kernel an op. Functions that hold other ops, and those for which nothing
    was found, are left as they are.

    What was done, and what not and why, is said in remarks with a code:
    `chosen`, `refused` (once a layer, with a count), `limit`, `nothing-found`
    and `not-searched`. They are diagnostics, and go to MLIR's remark engine
    where that is asked for them (`--remarks-filter=mirage-superoptimize`).

    `report` is described in docs/Report.md. `candidates-dir` gets each listed
    plan as IR (FUNCTION_RANK.mlir) and the chosen plans as a graph (plan.dot):
    clusters are kernels and loops with their axes, and edges between them carry
    bytes. On a terminal, a search that lasts says how it goes.
  }];
  let options = [
    Option<"chip", "chip", "std::string", "\"sm_90a\"", "Target GPU">,
    Option<"seed", "seed", "uint64_t", "0", "Seed of the tests">,
    Option<"threads", "threads", "unsigned", "0",
           "Threads, 0 for all; no result depends on it">,
    Option<"topK", "top-k", "unsigned", "1", "Plans listed in the report">,
    Option<"maxStates", "max-states", "uint64_t", "20000",
           "Most sets of ops with roles that are judged">,
    Option<"report", "report", "std::string", "",
           "File of the JSON report; - is stdout">,
    Option<"candidatesDir", "candidates-dir", "std::string", "",
           "Directory for the listed plans as IR and the chosen as a graph">,
    Option<"require", "require", "std::string", "\"test\"",
           "What a plan must pass: test">,
    ListOption<"disableRules", "disable-rules", "std::string",
               "Laws that are not used">,
    ListOption<"enableRules", "enable-rules", "std::string",
               "Laws that are used only if named here">
  ];
  let dependentDialects = ["::mlir::mirage::MirageDialect"];
}

#endif // MIRAGE_COMPILER_PASSES
