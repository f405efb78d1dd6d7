//===- Passes.td - Conversion passes -----------------------*- tablegen -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_CONVERSION_PASSES
#define MIRAGE_CONVERSION_PASSES

include "mlir/Pass/PassBase.td"

def ExpandMathPass : Pass<"mirage-expand-math"> {
  let summary = "Expand scalar math into what NVPTX selects without libdevice";
  let description = [{
    Rewrites scalar `math` ops, and those `arith` ops that `convert-gpu-to-nvvm`
    turns into library calls, into `arith` ops and LLVM intrinsics that every
    back end selects by itself. The code has no branches and no tables in
    memory, and is the same for the CPU and the GPU.

    In f32: `exp`, `exp2`, `expm1`, `log`, `log2`, `log1p`, `sqrt`, `rsqrt`,
    `erf`, `tanh`, `sin`, `cos`, `atan`, `powf`, `arith.remf`. On f16 and bf16
    they are computed in f32 and rounded once, with fewer instructions where
    the narrow type hides the difference; `fastmath<afn>` asks for the same in
    f32. In f64: `exp`, `log`, `log2`, `sqrt`, `rsqrt`, `erf`, `tanh`.

    In each of these types: `fma`, `absf`, `copysign`, `floor`, `ceil`, `round`,
    `roundeven`, `trunc`, `arith.maxnumf`, `arith.minnumf`.

    All else is left as it is: vectors, other types, other functions. What
    `convert-gpu-to-nvvm` then makes a library call stays visible as one.

    ```mlir
    %r = math.exp2 %x : f32
    // becomes
    %r = llvm.call_intrinsic "llvm.exp2"(%x) : (f32) -> f32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def ConvertLinalgToMiragePass
    : Pass<"convert-linalg-to-mirage", "::mlir::ModuleOp"> {
  let summary = "Raise linalg on tensors to kernel-level mirage ops";
  let description = [{
    Replaces linalg ops on tensors of static shape, the tensor ops that only
    move elements, and elementwise arith and math ops on tensors. What an op
    means is read from its body and its indexing maps, so a `linalg.generic`
    and the named op that it spells give the same.

    An elementwise body becomes one mirage op per scalar op, or one
    `mirage.map` if it uses functions outside the algebra. A reduction becomes
    one `mirage.reduce` per dimension, a sum of products a `mirage.matmul`,
    which accumulates in at least f32.

    * **Access.** An operand may be indexed by any expressions. A window, as of
      a convolution or pooling, becomes a dimension of its own: the slices that
      it takes, at most 64, side by side. Windows that do not overlap, steps,
      diagonals and constants are one slice or a view; places that come again
      in a row or in rounds are cut out once. `tensor.extract` in a body is an
      operand if its places follow from the indices of the op and constants
      alone, as in a nearest-neighbour resize. Places that are computed from
      other values stay: there is no gather.
    * **Moves.** Reshapes, slices, `tensor.concat`, `tensor.pad`, `linalg.pack`
      and `linalg.unpack` with static tiles. Chains of `tensor.insert_slice`
      that fill a `tensor.empty` are a concatenation; steps are possible into a
      tensor of one value.
    * **Indices.** `linalg.index`, and the arguments of `tensor.generate`, read
      a constant that counts, of at most 2^20 elements.
    * **Integers.** An integer op of a body is computed on floats that hold the
      integers exactly, f32 up to 2^24 and f64 up to 2^53, and wraps at its
      width where its range says that it can. Bitwise ops other than masks of
      low bits, the complement and shifts by constants stay, and so does i64
      arithmetic that f64 may not hold. Tensors have i32 and i1 only: those of
      i64, i8, index and other widths are held by floats from one raised op to
      another, or from a constant. As parameters and results, and where
      another op reads them, they stay.
    * **Reductions.** Sums (also by `subf` and `subi`), products of floats,
      maxima and minima, by `maximumf`, `maxnumf`, `maxsi`, `maxui` or a choice
      by a comparison, and `andi`, `ori`, `xori` on i1. What skips NaN, and
      what is unsigned, needs a constant start. A sum of i32 has
      fewer than 2^22 terms. Over dimensions of one element the body may be any.
    * **Results.** Those without a use need no meaning: a maximum whose place
      (argmax) nothing reads is one reduction. A place that is read stays.
    * **Scalars.** `arith` and `math` ops on scalars, `tensor.extract` at
      constant places and `tensor.dim` of static sizes are computed where they
      are used.
    * **Sizes.** Dynamic and empty shapes stay, with a remark that names the
      type.
    * **Effects.** A body with a `cf.assert`, or another op that may have
      effects, stays.
    * **Functions.** Each `func.func` is raised for itself, and control flow
      (`scf.if`, `scf.for`, `scf.while`) is looked into. Calls stay; `--inline`
      before this pass makes one function of what is called. Other ops with
      regions and other kinds of functions are not looked into, and a remark
      says so where they hold ops on tensors.

    What cannot be raised stays as it is, with a remark that says why; other
    ops between the raised ones keep working on the same tensors.

    ```mlir
    %r = linalg.matmul ins(%a, %b : tensor<2x8xf16>, tensor<8x4xf16>)
                       outs(%zero : tensor<2x4xf32>) -> tensor<2x4xf32>
    // becomes
    %r = mirage.matmul %a, %b : tensor<2x8xf16>, tensor<8x4xf16> -> tensor<2x4xf32>
    ```
  }];
  let options = [
    Option<"requireComplete", "require-complete", "bool", "false",
           "Fail if an op on tensors stays">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::mirage::MirageDialect"];
}

def ConvertMirageToGPUPass : Pass<"convert-mirage-to-gpu", "::mlir::ModuleOp"> {
  let summary = "Lower kernels with assigned threads and memory to gpu.func";
  let description = [{
    A function that holds only `mirage.kernel`, constants, reshapes of tensors,
    splats of its scalar parameters and a return becomes a host function over memrefs
    and scalars: its parameters, then one out-parameter a result, then, if kernels hand tensors on, one workspace of
    bytes (`mirage.role` on each parameter says which it is). Its body is a
    straight line of `gpu.launch_func`. Constants become `memref.global`s.

    Each kernel becomes `gpu.func @<function>_kernel_<n>`, n in launch order. It
    obeys what `mirage-assign-threads`, `mirage-plan-memory` and
    `mirage-plan-buffers` write, and needs tiles without ragged edges. Tiles live in dynamic shared memory (the global
    `dsmem`), in registers, or nowhere; f16 and bf16 are computed in f32 and rounded
    once. A barrier stands where two threads touch the same bytes of shared memory,
    one of them writing. Scalars are passed by value.

    A function that holds other ops is an error that lists them. So is a result
    without a buffer of its own: `mirage-form-kernels` copies those.
  }];
  let dependentDialects = [
      "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
      "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
      "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def CheckPTXPass : Pass<"mirage-check-ptx"> {
  let summary = "Refuse PTX that calls functions it does not hold";
  let description = [{
    An `.extern .func` in the PTX of a `gpu.binary` is an error that names the
    function: nothing would link it.
  }];
}

def ConvertMirageToLinalgPass : Pass<"convert-mirage-to-linalg", "ModuleOp"> {
  let summary = "Rewrite both levels of mirage into linalg on tensors";
  let description = [{
    An algebra op becomes a `linalg.generic` derived from its structure; views
    become slices and reshapes. `mirage.kernel` becomes a nest of `scf.for` over
    its grid which carries the outputs, `mirage.loop` one which carries its
    accumulators. A ragged tile becomes a tensor with dynamic extents, so an
    empty tile is a tensor without elements.

    Values narrower than f32 are computed in f32 and rounded once; reductions
    and accumulators work in at least f32.

    ```mlir
    %r = mirage.exp %x : tensor<2x4xf32>
    // becomes
    %e = tensor.empty() : tensor<2x4xf32>
    %r = linalg.generic {...} ins(%x : tensor<2x4xf32>) outs(%e : tensor<2x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = math.exp %in : f32
      linalg.yield %0 : f32
    } -> tensor<2x4xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def CopyToLinalgPass : Pass<"mirage-copy-to-linalg"> {
  let summary = "Rewrite memref.copy into linalg.copy";
  let description = [{
    The lowering of a strided `memref.copy` calls a runtime library; loops need
    none.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def PlaceConstantsPass
    : Pass<"mirage-place-constants", "::mlir::func::FuncOp"> {
  let summary = "Copy the constants of launches to the device";
  let description = [{
    A constant that a kernel reads is a global of the host. In a function with
    launches, each `memref.get_global` is copied into memory of the device,
    which is freed before the function returns. A bundle has no need of this:
    its constants are placed once, by what runs it.

    ```mlir
    %c = memref.get_global @c : memref<4xf32>
    gpu.launch_func @k::@f blocks in (...) threads in (...) args(%c : memref<4xf32>)
    // becomes
    %c = memref.get_global @c : memref<4xf32>
    %0 = gpu.wait async
    %d, %1 = gpu.alloc async [%0] () : memref<4xf32>
    %2 = gpu.memcpy async [%1] %d, %c : memref<4xf32>, memref<4xf32>
    gpu.wait [%2]
    gpu.launch_func @k::@f blocks in (...) threads in (...) args(%d : memref<4xf32>)
    %3 = gpu.wait async
    %4 = gpu.dealloc async [%3] %d : memref<4xf32>
    gpu.wait [%4]
    ```
  }];
  let dependentDialects = ["::mlir::gpu::GPUDialect"];
}

#endif // MIRAGE_CONVERSION_PASSES
