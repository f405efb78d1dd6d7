//===- MirageStructureOps.td - Kernels, loops, loads and stores -*- tablegen -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_DIALECT_MIRAGE_IR_MIRAGESTRUCTUREOPS_TD
#define MIRAGE_DIALECT_MIRAGE_IR_MIRAGESTRUCTUREOPS_TD

include "mirage/Dialect/Mirage/IR/MirageAlgebraOps.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/LoopLikeInterface.td"

def Mirage_KernelOp : Mirage_Op<"kernel", [
    IsolatedFromAbove, NoMemoryEffect, SingleBlockImplicitTerminator<"EndOp">,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "One GPU kernel as a program for a thread block";
  let description = [{
    The body runs once for each point of the grid. Its arguments are the grid's
    axes (`!mirage.axis`), the inputs, and the outputs (`!mirage.out`,
    write-only). Each output is written by exactly one `mirage.store`. Results
    are fresh tensors.

    ```mlir
    %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8x4xf32>) outs(%out : tensor<8x4xf32>) {
      %t = mirage.load %x[%i, *] : tensor<8x4xf32> -> !mirage.tile<4x4xf32>
      %e = mirage.exp %t : !mirage.tile<4x4xf32>
      mirage.store %e to %out[%i, *] : !mirage.tile<4x4xf32>, !mirage.out<8x4xf32>
    }
    ```
  }];
  let arguments = (ins Arg<Variadic<AnyStaticShapeTensor>, "inputs">:$inputs,
                       Arg<DenseI64ArrayAttr, "extents of the axes">:$grid);
  let results = (outs Res<Variadic<AnyStaticShapeTensor>, "outputs">:$outputs);
  let regions = (region SizedRegion<1>:$bodyRegion);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let hasCanonicalizer = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    OpBuilder<(ins "TypeRange":$outputs, "ValueRange":$inputs,
                   "ArrayRef<int64_t>":$grid)>];
  let extraClassDeclaration = [{
    /// Arguments of the body: axes, then inputs, then outputs.
    Block::BlockArgListType getAxes() {
      return getBody()->getArguments().take_front(getGrid().size());
    }
    Block::BlockArgListType getInputArgs() {
      return getBody()->getArguments().slice(getGrid().size(), getInputs().size());
    }
    Block::BlockArgListType getOutputArgs() {
      return getBody()->getArguments().take_back(getNumResults());
    }
    /// The extent of an axis of the grid or of any loop.
    static int64_t getAxisExtent(Value axis);
  }];
}

def Mirage_EndOp : Mirage_Op<"end", [Pure, Terminator, HasParent<"KernelOp">]> {
  let summary = "End of a kernel's body";
  let description = [{
    Implied by the end of `mirage.kernel`'s body.
  }];
  let assemblyFormat = "attr-dict";
}

def Mirage_LoopOp : Mirage_Op<"loop", [
    RecursiveMemoryEffects, SingleBlock, ParentOneOf<["KernelOp", "LoopOp"]>,
    DeclareOpInterfaceMethods<LoopLikeOpInterface>,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "Iterate inside a kernel and accumulate";
  let description = [{
    The body runs for each point of the loop's axes. Nothing is carried: each
    result is the closed form of what `mirage.accumulate` says, whatever the
    order. A loop may use values of the enclosing regions, follow other loops
    and nest. Its results are not its yielded values, so it is no
    `RegionBranchOpInterface`.

    ```mlir
    %s = mirage.loop (%k : 4) -> (!mirage.tile<2x1xf32>) {
      %t = mirage.load %x[*, %k] : tensor<2x16xf32> -> !mirage.tile<2x4xf32>
      %r = mirage.reduce sum %t dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf32>
      mirage.accumulate sum %r : !mirage.tile<2x1xf32>
    }
    ```
  }];
  let arguments = (ins Arg<DenseI64ArrayAttr, "extents of the axes">:$extents);
  let results = (outs Res<Variadic<Mirage_Tile>, "accumulated values">:$results);
  let regions = (region SizedRegion<1>:$bodyRegion);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let hasCanonicalizer = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    OpBuilder<(ins "TypeRange":$results, "ArrayRef<int64_t>":$extents)>];
  let extraClassDeclaration = [{
    Block::BlockArgListType getAxes() { return getBody()->getArguments(); }
    AccumulateOp getAccumulate();
  }];
}

def Mirage_AccumulateOp : Mirage_Op<"accumulate", [
    Pure, Terminator, HasParent<"LoopOp">]> {
  let summary = "What each result of a loop is";
  let description = [{
    One entry a result: `sum`, `max`, `min`, `prod`, `stack d` (the tiles side
    by side along dimension d), or `sum %x rel %m`, the sum over k of
    x_k exp(m_k - max m), where `max %m` stands in the same accumulate and
    terms with m_k = -inf are 0. Over no element at all a result is the
    combiner's identity.

    ```mlir
    mirage.accumulate max %m, sum %l rel %m : !mirage.tile<4x1xf32>, !mirage.tile<4x1xf32>
    ```
  }];
  let arguments = (ins Arg<Variadic<Mirage_Tile>, "one a result">:$values,
                       Arg<DenseI32ArrayAttr, "combiner of each">:$kinds,
                       Arg<DenseI32ArrayAttr, "index of its maximum, or -1">:$rels,
                       Arg<DenseI64ArrayAttr, "dimension of stack, or -1">:$dims);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Mirage_LoadOp : Mirage_Op<"load", [
    Pure, ParentOneOf<["KernelOp", "LoopOp"]>]> {
  let summary = "A tile of a kernel's input, or of a resident tile";
  let description = [{
    One entry a dimension: `*` whole; `%k` cut by an axis; `(%s, %k)` cut by
    several, outermost first. The tile at (s, k) starts at
    (s * |k| + k) * tile. The axes cover the dimension; the last tile has only
    the elements that exist.

    ```mlir
    %t = mirage.load %x[*, (%s, %k)] : tensor<2x100xf16> -> !mirage.tile<2x16xf16>
    ```
  }];
  let arguments = (ins Arg<Mirage_AnyValue, "input or tile">:$source,
                       Arg<Variadic<Mirage_AxisType>, "axes, dimension by dimension">:$axes,
                       Arg<DenseI32ArrayAttr, "number of axes a dimension">:$axisCounts,
                       Arg<OptionalAttr<F64Attr>, "value of elements beyond the edge, after mirage-materialize-masks">:$fill);
  let results = (outs Res<Mirage_Tile, "the tile">:$result);
  let assemblyFormat = [{
    $source `` custom<Split>($axes, $axisCounts) (`fill` $fill^)? attr-dict `:`
    type($source) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Mirage_MaskOp : Mirage_Op<"mask", [
    Pure, ParentOneOf<["KernelOp", "LoopOp"]>,
    AllTypesMatch<["operand", "result"]>]> {
  let summary = "Replace the elements of a filled tile beyond the edge";
  let description = [{
    Written by `mirage-materialize-masks`. Element i of a dimension that is cut
    by axes lies beyond the edge if the tile's start plus i is not below the
    dimension's size, given by `sizes`; a whole dimension has no edge.

    ```mlir
    %m = mirage.mask %t[*, %k] sizes [2, 100] fill 0.000000e+00 : !mirage.tile<2x16xf32>
    ```
  }];
  let arguments = (ins Arg<Mirage_Tile, "filled tile">:$operand,
                       Arg<Variadic<Mirage_AxisType>, "axes, dimension by dimension">:$axes,
                       Arg<DenseI32ArrayAttr, "number of axes a dimension">:$axisCounts,
                       Arg<DenseI64ArrayAttr, "size of each dimension">:$sizes,
                       Arg<F64Attr, "value beyond the edge">:$fill);
  let results = (outs Res<Mirage_Tile, "same type">:$result);
  let assemblyFormat = [{
    $operand `` custom<Split>($axes, $axisCounts) `sizes` $sizes `fill` $fill
    attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def Mirage_StoreOp : Mirage_Op<"store", [
    AttrSizedOperandSegments, ParentOneOf<["KernelOp", "LoopOp"]>, MemoryEffects<[MemWrite]>]> {
  let summary = "Write a tile into a kernel's output";
  let description = [{
    Every enclosing axis is named exactly once: in the split, or in `once`, in
    which case only index 0 of that axis writes. So no element is written twice.

    ```mlir
    mirage.store %t to %out[*, %n] once(%s) : !mirage.tile<2x16xf16>, !mirage.out<2x100xf16>
    ```
  }];
  let arguments = (ins Arg<Mirage_Tile, "value">:$value,
                       Arg<Mirage_Out, "output">:$dest,
                       Arg<Variadic<Mirage_AxisType>, "axes, dimension by dimension">:$axes,
                       Arg<Variadic<Mirage_AxisType>, "axes of which only index 0 writes">:$once,
                       Arg<DenseI32ArrayAttr, "number of axes a dimension">:$axisCounts);
  let assemblyFormat = [{
    $value `to` $dest `` custom<Split>($axes, $axisCounts) (`once` `(` $once^ `)`)?
    attr-dict `:` type($value) `,` type($dest)
  }];
  let hasVerifier = 1;
}

#endif // MIRAGE_DIALECT_MIRAGE_IR_MIRAGESTRUCTUREOPS_TD
