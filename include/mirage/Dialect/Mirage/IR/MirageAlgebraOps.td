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

class Mirage_Unary<string opMnemonic, string sem, string what>
    : Mirage_AlgebraOp<opMnemonic, sem, [SameOperandsAndResultType]> {
  let summary = "Elementwise " # what;
  let description = [{
    One rounding, to the result's element type.

    ```mlir
    %r = mirage.}] # opMnemonic # [{ %x : tensor<2x4xf32>
    ```
  }];
  let arguments = (ins Arg<Mirage_AnyValue, "operand">:$operand);
  let results = (outs Res<Mirage_AnyValue, "same type">:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
}

class Mirage_Binary<string opMnemonic, string sem, string what,
                    list<Trait> traits = []>
    : Mirage_AlgebraOp<opMnemonic, sem, traits> {
  let summary = "Elementwise " # what;
  let description = [{
    Operands have equal rank and element type; dimensions of extent 1 are
    broadcast. One rounding, to the result's element type.

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
def Mirage_MaxOp : Mirage_Binary<"max", "maxSem", "maximum, NaN if an operand is">;
def Mirage_MinOp : Mirage_Binary<"min", "minSem", "minimum, NaN if an operand is">;
def Mirage_ExpSubOp : Mirage_Binary<"exp_sub", "expSubSem",
    "exp(lhs - rhs), 0 where lhs is -inf">;

def Mirage_NegOp : Mirage_Unary<"neg", "negSem", "negation">;
def Mirage_AbsOp : Mirage_Unary<"abs", "absSem", "absolute value">;
def Mirage_ExpOp : Mirage_Unary<"exp", "expSem", "exponential">;
def Mirage_LogOp : Mirage_Unary<"log", "logSem", "natural logarithm">;
def Mirage_SqrtOp : Mirage_Unary<"sqrt", "sqrtSem", "square root">;
def Mirage_RsqrtOp : Mirage_Unary<"rsqrt", "rsqrtSem", "reciprocal square root">;
def Mirage_ErfOp : Mirage_Unary<"erf", "erfSem", "error function">;
def Mirage_TanhOp : Mirage_Unary<"tanh", "tanhSem", "hyperbolic tangent">;

def Mirage_CastOp : Mirage_AlgebraOp<"cast", "castSem"> {
  let summary = "Change the element type";
  let description = [{
    The only op whose operand and result differ in element type. Rounds to
    nearest even; overflow gives an infinity.

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
    False where an operand is NaN. The result's element type is i1.

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
    (..., M, K) times (..., K, N). Leading dimensions are equal or 1. The
    result's element type is the accumulation type: at least f32 and at least
    the operands'.

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
    Works in at least f32 and rounds once. `sum %x rel %m` is the sum of
    x * exp(m - max m), where a term with m = -inf is 0: the combination of
    partial sums that were computed relative to their own maxima. The maximum
    is over the reduced dimension; m has x's shape or 1 in other dimensions.

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
    Dimension d of the result is dimension permutation[d] of the operand.

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
    On tiles it only adds or drops dimensions of extent 1.

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
    each dimension; the result's shape gives the sizes.

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
    For elementwise bodies outside the algebra. Evaluated exactly as written;
    opaque to the laws, with its body as its symbol. Operands are broadcast as
    in the algebra and may differ in element type.

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
  let hasRegionVerifier = 1;
}

def Mirage_YieldOp : Mirage_Op<"yield", [Pure, Terminator, HasParent<"MapOp">]> {
  let summary = "Result of a map's body";
  let description = [{
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
    The value is the literal rounded to the element type.

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
