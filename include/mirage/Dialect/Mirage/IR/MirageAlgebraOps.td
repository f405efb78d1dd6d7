//===- MirageAlgebraOps.td - The algebra, at every level -*- tablegen -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_DIALECT_MIRAGE_IR_MIRAGEALGEBRAOPS_TD
#define MIRAGE_DIALECT_MIRAGE_IR_MIRAGEALGEBRAOPS_TD

include "mirage/Dialect/Mirage/IR/MirageBase.td"
include "mirage/Dialect/Mirage/IR/MirageInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Mirage_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Mirage_Dialect, opMnemonic, traits>;

/// An op of the algebra; `sem` names the accessor of its meaning.
class Mirage_AlgebraOp<string opMnemonic, string sem, list<Trait> traits = []>
    : Mirage_Op<opMnemonic, traits # [
        Pure, DeclareOpInterfaceMethods<AlgebraOpInterface>]> {
  string accessor = "::mirage::sem::" # sem # "()";
  let extraClassDefinition = [{
    const ::mirage::sem::OpSemantics &$cppClass::getSemantics() {
      return }] # accessor # [{;
    }
  }];
}

/// The same, with attributes that the meaning depends on.
class Mirage_ParametricOp<string opMnemonic, string sem, list<Trait> traits = []>
    : Mirage_Op<opMnemonic, traits # [
        Pure, DeclareOpInterfaceMethods<AlgebraOpInterface, ["getParams"]>]> {
  string accessor = "::mirage::sem::" # sem # "()";
  let extraClassDefinition = [{
    const ::mirage::sem::OpSemantics &$cppClass::getSemantics() {
      return }] # accessor # [{;
    }
  }];
}

class Mirage_Unary<string opMnemonic, string sem, string what,
                   string note = "">
    : Mirage_AlgebraOp<opMnemonic, sem, [SameOperandsAndResultType]> {
  let summary = "Elementwise " # what;
  let description = [{
    The }] # what # [{ of each element}] # note # [{. Operand and result have
    one type.

    ```mlir
    %r = mirage.}] # opMnemonic # [{ %x : tensor<2x4xf32>
    ```
  }];
  let arguments = (ins Arg<Mirage_AnyValue, "operand">:$operand);
  let results = (outs Res<Mirage_AnyValue, "same type">:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
}

class Mirage_Binary<string opMnemonic, string sem, string what,
                    string note = "">
    : Mirage_AlgebraOp<opMnemonic, sem> {
  let summary = "Elementwise " # what;
  let description = [{
    The }] # what # [{ of elements that broadcasting brings together}] # note # [{.
    Operands and result have one element type.

    ```mlir
    %r = mirage.}] # opMnemonic # [{ %a, %b : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
    ```
  }];
  let arguments = (ins Arg<Mirage_AnyValue, "left operand">:$lhs,
                       Arg<Mirage_AnyValue, "right operand">:$rhs);
  let results = (outs Res<Mirage_AnyValue, "broadcast shape">:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
}

def Mirage_AddOp : Mirage_Binary<"add", "addSem", "sum">;
def Mirage_SubOp : Mirage_Binary<"sub", "subSem", "difference">;
def Mirage_MulOp : Mirage_Binary<"mul", "mulSem", "product">;
def Mirage_DivOp : Mirage_Binary<"div", "divSem", "quotient">;
def Mirage_MaxOp : Mirage_Binary<"max", "maxSem", "maximum", ", NaN if one is">;
def Mirage_MinOp : Mirage_Binary<"min", "minSem", "minimum", ", NaN if one is">;
def Mirage_ExpSubOp : Mirage_Binary<"exp_sub", "expSubSem",
    "exp(lhs - rhs)", ", 0 where lhs is -inf, whatever rhs is">;

def Mirage_NegOp : Mirage_Unary<"neg", "negSem", "negation">;
def Mirage_AbsOp : Mirage_Unary<"abs", "absSem", "absolute value">;
def Mirage_ExpOp : Mirage_Unary<"exp", "expSem", "exponential">;
def Mirage_LogOp : Mirage_Unary<"log", "logSem", "natural logarithm",
    ", NaN below 0 and -inf at 0">;
def Mirage_SqrtOp : Mirage_Unary<"sqrt", "sqrtSem", "square root", ", NaN below 0">;
def Mirage_RsqrtOp : Mirage_Unary<"rsqrt", "rsqrtSem", "reciprocal square root",
    ", NaN below 0 and inf at 0">;
def Mirage_ErfOp : Mirage_Unary<"erf", "erfSem", "error function">;
def Mirage_TanhOp : Mirage_Unary<"tanh", "tanhSem", "hyperbolic tangent">;

def Mirage_CastOp : Mirage_AlgebraOp<"cast", "castSem"> {
  let summary = "Change the element type";
  let description = [{
    Each element rounded to the result's element type, as the dialect rounds.
    i1 is 0 or 1 as a number. Operand and result have one shape and any element
    types; besides `map`, `cmp`, and sums in a wider type, no other op changes
    it.

    ```mlir
    %r = mirage.cast %x : tensor<2x4xf16> -> tensor<2x4xf32>
    ```
  }];
  let arguments = (ins Arg<Mirage_AnyValue, "operand">:$operand);
  let results = (outs Res<Mirage_AnyValue, "same shape">:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasFolder = 1;
}

def Mirage_CmpOp : Mirage_ParametricOp<"cmp", "cmpSem"> {
  let summary = "Elementwise comparison";
  let description = [{
    One of `eq`, `ne`, `lt`, `le`, `gt`, `ge`, false where an operand is NaN
    (`ne` too), of elements that broadcasting brings together. Operands have one
    element type, the result has i1.

    Errors: another predicate; a result that is not i1.

    ```mlir
    %r = mirage.cmp lt %a, %b : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xi1>
    ```
  }];
  let arguments = (ins Arg<Mirage_Predicate, "predicate">:$predicate,
                       Arg<Mirage_AnyValue, "left operand">:$lhs,
                       Arg<Mirage_AnyValue, "right operand">:$rhs);
  let results = (outs Res<Mirage_AnyValue, "i1, broadcast shape">:$result);
  let assemblyFormat = "$predicate $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
}

def Mirage_SelectOp : Mirage_AlgebraOp<"select", "selectSem"> {
  let summary = "Elementwise choice";
  let description = [{
    The second operand's element where the first's is true, else the third's.
    All three are broadcast. The choices and the result have one element type.

    Errors: a condition that is not i1.

    ```mlir
    %r = mirage.select %c, %a, %b : tensor<2x4xi1>, tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
    ```
  }];
  let arguments = (ins Arg<Mirage_AnyValue, "i1">:$condition,
                       Arg<Mirage_AnyValue, "where true">:$trueValue,
                       Arg<Mirage_AnyValue, "where false">:$falseValue);
  let results = (outs Res<Mirage_AnyValue, "broadcast shape">:$result);
  let assemblyFormat = [{
    $condition `,` $trueValue `,` $falseValue attr-dict `:`
    type($condition) `,` type($trueValue) `,` type($falseValue) `->` type($result)
  }];
}

def Mirage_MatmulOp : Mirage_AlgebraOp<"matmul", "matmulSem"> {
  let summary = "Matrix product over the last two dimensions";
  let description = [{
    (..., M, K) times (..., K, N) is (..., M, N), with sums over k of a product
    each. Leading dimensions are equal, or 1 and repeated. The operands have one
    float type; the result's element type is the accumulation type: f32 or f64,
    and at least the operands'.

    Errors: ranks that differ or are below 2; contracted or leading dimensions
    that do not fit; operands of different or integer types; a result type
    narrower than the accumulation type.

    ```mlir
    %r = mirage.matmul %a, %b : tensor<2x8xf16>, tensor<8x4xf16> -> tensor<2x4xf32>
    ```
  }];
  let arguments = (ins Arg<Mirage_AnyValue, "(..., M, K)">:$lhs,
                       Arg<Mirage_AnyValue, "(..., K, N)">:$rhs);
  let results = (outs Res<Mirage_AnyValue, "(..., M, N)">:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
}

def Mirage_ReduceOp : Mirage_ParametricOp<"reduce", "reduceSem"> {
  let summary = "Reduce one dimension, which stays with extent 1";
  let description = [{
    `sum`, `max`, `min` or `prod` along dimension `dim`; a maximum or minimum is
    NaN if an element is. It works in at least f32 and rounds once. The operand
    is of a float type, and the result of the same or a wider one.

    `sum %x rel %m` is the sum of x * exp(m - max m), where a term with m = -inf
    is 0, whatever x is: the combination of partial sums that were computed
    relative to their own maxima. The maximum is over the reduced dimension; m
    has x's shape, or 1 in other dimensions, and any float type.

    Errors: `dim` not below the rank; `stack`, which only loops have; `rel` with
    another combiner than `sum`, or of a shape that does not fit; an integer
    operand; a result type that is neither the operand's nor wider.

    ```mlir
    %r = mirage.reduce sum %x dim 1 : tensor<2x8xf32> -> tensor<2x1xf32>
    %q = mirage.reduce sum %x rel %m dim 0 : tensor<4x8xf32>, tensor<4x1xf32> -> tensor<1x8xf32>
    ```
  }];
  let arguments = (ins Arg<Mirage_Combiner, "combiner, not stack">:$kind,
                       Arg<Mirage_AnyValue, "operand">:$operand,
                       Arg<Optional<Mirage_AnyValue>, "maxima">:$rel,
                       Arg<I64Attr, "reduced dimension">:$dim);
  let results = (outs Res<Mirage_AnyValue, "extent 1 at dim">:$result);
  let assemblyFormat = [{
    $kind $operand (`rel` $rel^)? `dim` $dim attr-dict `:`
    type($operand) (`,` type($rel)^)? `->` type($result)
  }];
}

def Mirage_TransposeOp : Mirage_ParametricOp<"transpose", "transposeSem"> {
  let summary = "Permute dimensions";
  let description = [{
    Dimension d of the result is dimension permutation[d] of the operand. The
    element type stays.

    Errors: what is no permutation of the operand's dimensions.

    ```mlir
    %r = mirage.transpose %x [1, 0] : tensor<2x4xf32> -> tensor<4x2xf32>
    ```
  }];
  let arguments = (ins Arg<Mirage_AnyValue, "operand">:$operand,
                       Arg<DenseI64ArrayAttr, "permutation">:$permutation);
  let results = (outs Res<Mirage_AnyValue, "permuted shape">:$result);
  let assemblyFormat = "$operand $permutation attr-dict `:` type($operand) `->` type($result)";
  let hasFolder = 1;
}

def Mirage_BroadcastOp : Mirage_ParametricOp<"broadcast", "broadcastSem"> {
  let summary = "Repeat dimensions of extent 1";
  let description = [{
    The operand repeated along each dimension where it has extent 1 and the
    result has not. Rank and element type stay.

    Errors: a result of another rank, or another extent where the operand's is
    not 1.

    ```mlir
    %r = mirage.broadcast %x : tensor<2x1xf32> -> tensor<2x4xf32>
    ```
  }];
  let arguments = (ins Arg<Mirage_AnyValue, "operand">:$operand);
  let results = (outs Res<Mirage_AnyValue, "same rank">:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasFolder = 1;
}

def Mirage_ReshapeOp : Mirage_ParametricOp<"reshape", "reshapeSem"> {
  let summary = "The same elements in row-major order under another shape";
  let description = [{
    The element type stays. On tiles it only adds or drops dimensions of
    extent 1.

    Errors: a result with another number of elements; on tiles, one whose
    dimensions other than 1 differ.

    ```mlir
    %r = mirage.reshape %x : tensor<2x4xf32> -> tensor<2x1x4xf32>
    ```
  }];
  let arguments = (ins Arg<Mirage_AnyValue, "operand">:$operand);
  let results = (outs Res<Mirage_AnyValue, "as many elements">:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasFolder = 1;
}

def Mirage_SliceOp : Mirage_ParametricOp<"slice", "sliceSem"> {
  let summary = "A strided box of a tensor";
  let description = [{
    Element i of the result is element offset + i * stride of the operand, in
    each dimension: `%x [offsets] [strides]`. The result's shape gives the
    sizes. The element type stays.

    Errors: offsets, strides or a result of another rank; an offset below 0, a
    stride below 1; an element outside the operand; on tiles, a box that is not
    the whole of a dimension that meets an edge.

    ```mlir
    %r = mirage.slice %x [0, 4] [1, 2] : tensor<2x8xf32> -> tensor<2x2xf32>
    ```
  }];
  let arguments = (ins Arg<Mirage_AnyValue, "operand">:$operand,
                       Arg<DenseI64ArrayAttr, "one a dimension">:$offsets,
                       Arg<DenseI64ArrayAttr, "one a dimension">:$strides);
  let results = (outs Res<Mirage_AnyValue, "the box">:$result);
  let assemblyFormat = "$operand $offsets $strides attr-dict `:` type($operand) `->` type($result)";
  let hasFolder = 1;
}

def Mirage_ConcatOp : Mirage_ParametricOp<"concat", "concatSem"> {
  let summary = "Tensors side by side along one dimension";
  let description = [{
    One or more pieces of one element type and rank, whose extents agree but
    along `dim`, where the result has their sum.

    Errors: no piece; `dim` not below the rank; shapes that do not fit; on
    tiles, pieces that meet an edge along `dim`.

    ```mlir
    %r = mirage.concat dim 1 %a, %b : tensor<2x3xf32>, tensor<2x5xf32> -> tensor<2x8xf32>
    ```
  }];
  let arguments = (ins Arg<I64Attr, "dimension">:$dim,
                       Arg<Variadic<Mirage_AnyValue>, "pieces">:$pieces);
  let results = (outs Res<Mirage_AnyValue, "extents added at dim">:$result);
  let assemblyFormat = "`dim` $dim $pieces attr-dict `:` type($pieces) `->` type($result)";
  let hasFolder = 1;
}

def Mirage_MapOp : Mirage_ParametricOp<"map", "mapSem", [
    IsolatedFromAbove, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "Elementwise scalar region of arith and math ops";
  let description = [{
    For elementwise bodies outside the algebra. The body takes one element of
    each operand and yields the result's; each op in it rounds to its own type.
    It is opaque to the laws, with its body as its symbol. Operands, at least
    one, are broadcast as in the algebra and may differ in element type.

    The body holds constants, casts between the dialect's types (`arith.extf
    truncf`, `sitofp` and `fptosi` of i32, `uitofp` and `extui` of i1), and ops
    of arith and math that compute one float, or i1 by comparison, from floats:
    `arith.addf subf mulf divf remf negf maximumf minimumf maxnumf minnumf select`,
    `arith.cmpf` with an ordered predicate, and `math.absf atan atan2 cbrt ceil
    copysign cos cosh erf erfc exp exp2 expm1 floor fma log log10 log1p log2
    powf round roundeven rsqrt sin sinh sqrt tan tanh trunc`.

    Errors: arguments or a yielded value that do not fit the operands and the
    result; a value from outside the body; an op in it that is none of these.

    ```mlir
    %r = mirage.map %x : tensor<2x4xf32> -> tensor<2x4xf32> {
    ^bb0(%e: f32):
      %s = math.sin %e : f32
      mirage.yield %s : f32
    }
    ```
  }];
  let arguments = (ins Arg<Variadic<Mirage_AnyValue>, "operands">:$inputs);
  let results = (outs Res<Mirage_AnyValue, "broadcast shape">:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$inputs attr-dict `:` type($inputs) `->` type($result) $body";
}

def Mirage_YieldOp : Mirage_Op<"yield", [Pure, Terminator, HasParent<"MapOp">]> {
  let summary = "Result of a map's body";
  let description = [{
    Ends the body of `mirage.map`. The value is a scalar of the element type of
    the map's result; another is an error.

    ```mlir
    mirage.yield %s : f32
    ```
  }];
  let arguments = (ins Arg<AnyType, "scalar of the result's element type">:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
  let builders = [OpBuilder<(ins), [{ /* the implicit terminator; invalid until filled */ }]>];
}

def Mirage_ConstantOp : Mirage_Op<"constant", [Pure, ConstantLike]> {
  let summary = "A tensor or tile with one value everywhere";
  let description = [{
    The value is the literal, an f64, rounded to the element type.

    Errors: a result type that is no value of the dialect; a tile outside a
    kernel, a tensor inside one.

    ```mlir
    %c = mirage.constant 1.250000e-01 : tensor<1x1xf32>
    ```
  }];
  let arguments = (ins Arg<F64Attr, "value">:$value);
  let results = (outs Res<Mirage_AnyValue, "the splat">:$result);
  let assemblyFormat = "$value attr-dict `:` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Mirage_SplatOp : Mirage_Op<"splat", [Pure]> {
  let summary = "A run-time scalar as a tensor of unit extents";
  let description = [{
    The result has one element, of the scalar's type, and any rank. It stands at
    kernel level only.

    Errors: a result of another element type, or with more elements; a splat in
    a kernel.

    ```mlir
    %t = mirage.splat %s : f32 -> tensor<1x1xf32>
    ```
  }];
  let arguments = (ins Arg<AnyType, "scalar">:$scalar);
  let results = (outs Res<AnyStaticShapeTensor, "one element">:$result);
  let assemblyFormat = "$scalar attr-dict `:` type($scalar) `->` type($result)";
  let hasVerifier = 1;
}

#endif // MIRAGE_DIALECT_MIRAGE_IR_MIRAGEALGEBRAOPS_TD
