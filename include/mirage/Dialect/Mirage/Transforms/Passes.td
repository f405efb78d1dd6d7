//===- Passes.td - Passes at block level -------------------*- tablegen -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_DIALECT_MIRAGE_TRANSFORMS_PASSES
#define MIRAGE_DIALECT_MIRAGE_TRANSFORMS_PASSES

include "mlir/Pass/PassBase.td"

def MaterializeMasksPass : Pass<"mirage-materialize-masks"> {
  let summary = "Turn ragged tiles into filled tiles";
  let description = [{
    After it no tile of a kernel is ragged. A load that crosses its source's
    edge gets a `fill`, the value of the elements beyond it. Before an op that
    reduces over such elements a `mirage.mask` replaces them by a value that
    does not count: 0 in both operands of a contraction, the combiner's identity
    in a `reduce`, 0 and -inf in x and m of `sum x rel m`. There is no mask
    where the load's fill already is that value.

    ```mlir
    %t = mirage.load %x[*, %k] : tensor<2x100xf32> -> !mirage.tile<2x16xf32>
    %s = mirage.reduce max %t dim 1 : !mirage.tile<2x16xf32> -> !mirage.tile<2x1xf32>
    // becomes
    %t = mirage.load %x[*, %k] fill 0xFFF0000000000000 : tensor<2x100xf32> -> !mirage.tile<2x16xf32>
    %s = mirage.reduce max %t dim 1 : !mirage.tile<2x16xf32> -> !mirage.tile<2x1xf32>
    ```
  }];
}

def AssignThreadsPass : Pass<"mirage-assign-threads"> {
  let summary = "Choose the number of threads and the distribution of tiles";
  let description = [{
    Writes on each kernel that has no `mirage.distribution`: this, `plain`, and
    `mirage.threads`, a multiple of 32, unless it is there. On the kernel's ops:

    - `mirage.place`: `inline` if the result lives nowhere, and what reads an element
      computes it (an elementwise op that few read, a load of elements that few
      threads read); `registers` if it is a reduction that the loop around it
      accumulates, whose partial results stay in the threads' registers until
      the loop ends. Without it, the result lives in shared memory.
    - `mirage.box`: what one thread computes at a time, as the extents of a box in the
      op's iteration space (the result's dimensions, then the reduced ones), which
      it divides; elements of a row are moved up to 16 bytes at a time.
    - `mirage.group`: how many threads share the results of a box and take turns
      along the reduced dimensions: a power of 2 up to 32, or all of the block
      where it has one box of results.
    - `mirage.warps`: of a result in registers, how many warps share it, each with a
      group: a power of 2.

    Boxes are chosen by the number of instructions of a thread. The search's cost
    model can ask for the same choice.
  }];
}

def PlanMemoryPass : Pass<"mirage-plan-memory"> {
  let summary = "Give each tile an offset in shared memory";
  let description = [{
    Writes `mirage.offsets`, one byte offset a result, on each op whose tiles
    have buffers (those that have no `mirage.place`), and `mirage.shared_bytes`
    on the kernel. Buffers of tiles that are not live together may overlap; an
    elementwise op works in place where it can; a reshape or a mask has no
    buffer. A plan over the chip's limit is an error that gives both figures. The
    search counts with the same plan.
  }];
  let options = [Option<"chip", "chip", "std::string", "\"sm_90a\"",
                        "The GPU, as in `nvvm-attach-target`">];
}

def PlanBuffersPass : Pass<"mirage-plan-buffers", "::mlir::ModuleOp"> {
  let summary = "Give each tensor between kernels a place";
  let description = [{
    Writes `mirage.result_offsets` on each kernel, for each result its byte offset
    in a workspace that the function's kernels share, or -1 if the function
    returns it, which makes it an out-parameter; and `mirage.workspace_bytes` on
    the function. Tensors that are not live together may overlap. A workspace
    and no allocations, so that launches can be captured in a graph.

    ```mlir
    // %y is handed on, and %z returned
    %y = mirage.kernel () ins(...) outs(...) attributes {mirage.result_offsets = array<i64: 0>} {...}
    %z = mirage.kernel () ins(%t = %y : ...) outs(...) attributes {mirage.result_offsets = array<i64: -1>} {...}
    ```
  }];
}

#endif // MIRAGE_DIALECT_MIRAGE_TRANSFORMS_PASSES
