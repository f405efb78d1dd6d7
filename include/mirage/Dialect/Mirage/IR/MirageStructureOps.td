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
    The body runs once for each point of the grid, in any order. Its arguments
    are the grid's axes (`!mirage.axis`), the inputs, and the outputs
    (`!mirage.out`, write-only): nothing else of the function is visible in it.
    It holds `load`, `store`, `mask`, `loop`, `constant` and the algebra on
    tiles. Each output is written by exactly one `mirage.store`. Results are
    fresh tensors, and there is no other effect: a kernel without a use is
    removed, as are inputs and outputs without one, and equal kernels are
    merged.

    The grid may have any number of axes, also none: then there is one block.

    Errors: an axis with an extent below 1, or 2^63 - 1 points or more; no
    output, or one that is stored never or twice; an input or output that is no
    value of the dialect; another op in the body, a kernel among them; extents
    that could differ at an edge.

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
    Implied by the end of `mirage.kernel`'s body; it stands nowhere else.

    ```mlir
    mirage.end
    ```
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
    and nest; it has at least one axis. Its results are not its yielded values,
    so it is no `RegionBranchOpInterface`.

    A result has the accumulated tile's shape, and is f32 or f64, at least as
    wide as the tile's float type. Of `stack d`, extent d is multiplied by the
    number of iterations, and the element type stays.

    Errors: no axis, one with an extent below 1, or 2^63 - 1 points or more; a
    body that does not end with `accumulate`, or holds what a kernel may not; a
    result of another number, shape or type; an accumulated tile whose extent
    varies from one iteration to the next, unless it is stacked in order.

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
    terms with m_k = -inf are 0, whatever x_k is. m has x's shape, or 1 where it
    is repeated, and any float type. Over no element at all a result is the
    combiner's identity: 0, -inf, inf, 1.

    A code generator may use the running maximum instead of each tile's.
    A loop without results ends with `mirage.accumulate : ()`.

    Errors: another combiner; `stack` along a dimension that the tile does not
    have; `rel` with another combiner than `sum`, or of a value that this
    accumulate does not take the maximum of.

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
    (s * |k| + k) * tile. So `(%s, %k)` gives each s a contiguous run of tiles,
    and `(%k, %s)` every |s|-th one. The axes cover the dimension; the last tile
    has only the elements that exist, and of several axes some tiles may have
    none. The source is an input of the kernel, or a tile that is read again in
    pieces. Rank and element type stay.

    With `fill`, which `mirage-materialize-masks` writes, the tile is full, and
    has that value beyond the edge.

    Errors: entries that are not one a dimension; a tile whose extent differs
    where the dimension is whole; tiles that do not cover the dimension, reach
    as far as 2^63 - 1, or of one axis the last being empty; an axis named
    twice; a source that is no input of the kernel and no tile; a cut of a tile
    along a dimension that meets an edge.

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
    type($source) `->` custom<Tile>(type($result))
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
    dimension's size, given by `sizes`; a whole dimension has no edge. The tile
    must be a filled one.

    Errors: those of a split, as for `load`; sizes that are not one a dimension
    or below 1; an operand whose extent varies.

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
    attr-dict `:` custom<Tile>(type($result))
  }];
  let hasVerifier = 1;
}

def Mirage_StoreOp : Mirage_Op<"store", [
    AttrSizedOperandSegments, ParentOneOf<["KernelOp", "LoopOp"]>, MemoryEffects<[MemWrite]>]> {
  let summary = "Write a tile into a kernel's output";
  let description = [{
    The split says where the tile lies, as in `load`. Every enclosing axis, of
    the kernel and of the loops around the store, is named exactly once: in the
    split, or in `once`, in which case only index 0 of that axis writes. So no
    element is written twice, and each is written.

    Errors: those of a split, as for `load`; an axis that is not named, or named
    twice; another element type; a destination that is no output of the kernel;
    a tile whose extents can differ from its place in the output.

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
    attr-dict `:` custom<Tile>(type($value)) `,` custom<Out>(type($dest))
  }];
  let hasVerifier = 1;
}

#endif // MIRAGE_DIALECT_MIRAGE_IR_MIRAGESTRUCTUREOPS_TD
