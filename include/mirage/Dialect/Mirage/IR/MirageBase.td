//===- MirageBase.td - Dialect, types and enums -*- tablegen -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_DIALECT_MIRAGE_IR_MIRAGEBASE_TD
#define MIRAGE_DIALECT_MIRAGE_IR_MIRAGEBASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinTypeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Mirage_Dialect : Dialect {
  let name = "mirage";
  let cppNamespace = "::mlir::mirage";
  let summary = "Tensor programs at kernel and block level";
  let description = [{
    One algebra of tensor ops over two kinds of values. At kernel level the
    values are builtin tensors of static shape, and one op is one kernel. At
    block level, inside `mirage.kernel`, the values are `!mirage.tile`s, owned
    by a thread block. The meaning of every op is an object of
    `mirage/Semantics`, from which shape inference, verification, evaluation
    and lowering are derived.

    | level | values | ops |
    |---|---|---|
    | kernel | `tensor<2x4xf32>` | the algebra, `constant`, `splat`, `kernel` |
    | block | `!mirage.tile<2x4xf32>` | the algebra, `constant`, `loop`, `accumulate`, `load`, `mask`, `store` |

    `!mirage.fragment` is a reserved name for values at thread level.

    **Values.** Shapes are static, of any rank, with extents of at least 1 and
    fewer than 2^63 - 1 elements. Element types are f16, bf16, f32, f64, i1 and
    i32. A tensor has no encoding.

    **Rounding.** Each op computes its result exactly as its description says
    and rounds it once to the result's element type: to nearest even for floats,
    beyond whose range lies infinity; towards zero for i32, to the nearest value
    in range, NaN to 0; to 0 only for 0 for i1.

    **Broadcasting.** Operands of an elementwise op have one rank; a dimension
    has one extent, or 1 in some operands, which are repeated along it. It is
    read from the types alone, also where a tile meets an edge.

    **Edges.** Where a split does not divide a dimension, its last tile has only
    the elements that exist, and ops mean what they mean on those. A kernel is
    refused if the elements of two operands of an op, of a tile and its place in
    an output, or of a value and its maximum could differ; and if an op other
    than a loop's `stack` moves elements along a dimension that meets an edge.

    **Errors of every op of the algebra**, besides its own: an operand or result
    that is no value as above; tensors mixed with tiles; tiles outside a kernel,
    tensors inside one; another number of operands; a result whose shape is not
    the one that the description gives; element types that differ, unless the
    description says so. Each is an error at the op, and says what was expected.
  }];
  // A reserved name has an error of its own.
  let useDefaultTypePrinterParser = 0;
  let extraClassDeclaration = [{
    Type parseType(DialectAsmParser &parser) const override;
    void printType(Type type, DialectAsmPrinter &printer) const override;
  }];
  let dependentDialects = ["arith::ArithDialect", "math::MathDialect"];
}

class Mirage_Type<string name, string typeMnemonic, list<Trait> traits = []>
    : TypeDef<Mirage_Dialect, name, traits> {
  let mnemonic = typeMnemonic;
}

def Mirage_ValueSemantics : NativeTypeTrait<"ValueSemantics"> {
  let cppNamespace = "::mlir";
}

def Mirage_AxisType : Mirage_Type<"Axis", "axis"> {
  let summary = "An axis of a kernel's grid or of a loop";
  let description = [{
    Names one axis in the splits of `load`, `mask` and `store`. It is not an
    index and takes part in no arithmetic: only `kernel` and `loop` make one, as
    an argument of their body.

    ```mlir
    !mirage.axis
    ```
  }];
}

class Mirage_ShapedType<string name, string typeMnemonic>
    : Mirage_Type<name, typeMnemonic, [
        DeclareTypeInterfaceMethods<ShapedTypeInterface, ["cloneWith", "hasRank"]>,
        Mirage_ValueSemantics]> {
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "Type":$elementType);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Mirage_TileType : Mirage_ShapedType<"Tile", "tile"> {
  let summary = "A value owned by a thread block";
  let description = [{
    Where it lives is not yet said. The shape is the tile's full extent; the
    last tile along a split dimension may have fewer elements, and elements
    beyond the edge do not exist. Extents, element type and number of elements
    are limited as those of all values of the dialect.

    ```mlir
    !mirage.tile<16x64xf16>
    ```
  }];
}

def Mirage_OutType : Mirage_ShapedType<"Out", "out"> {
  let summary = "A kernel's result, write-only inside the kernel";
  let description = [{
    Takes part in `store` alone. Shape and element type are the result's, and
    limited as those of all values of the dialect.

    ```mlir
    !mirage.out<16x4096xf16>
    ```
  }];
}

def Mirage_Tile : Type<CPred<"::llvm::isa<::mlir::mirage::TileType>($_self)">,
                       "tile", "::mlir::mirage::TileType">;
def Mirage_Out : Type<CPred<"::llvm::isa<::mlir::mirage::OutType>($_self)">,
                      "kernel output", "::mlir::mirage::OutType">;

/// Kernel level: a ranked tensor of static shape. Block level: a tile.
def Mirage_AnyValue : AnyTypeOf<[AnyStaticShapeTensor, Mirage_Tile],
                                "tensor of static shape or tile">;

def Mirage_Combiner : I32EnumAttr<"CombinerKind",
    "An associative and commutative combiner", [
      I32EnumAttrCase<"sum", 0>, I32EnumAttrCase<"max", 1>,
      I32EnumAttrCase<"min", 2>, I32EnumAttrCase<"prod", 3>,
      I32EnumAttrCase<"stack", 4>]> {
  let cppNamespace = "::mlir::mirage";
}

def Mirage_Predicate : I32EnumAttr<"CmpPredicate",
    "A comparison; false if an operand is NaN", [
      I32EnumAttrCase<"eq", 0>, I32EnumAttrCase<"ne", 1>,
      I32EnumAttrCase<"lt", 2>, I32EnumAttrCase<"le", 3>,
      I32EnumAttrCase<"gt", 4>, I32EnumAttrCase<"ge", 5>]> {
  let cppNamespace = "::mlir::mirage";
}

#endif // MIRAGE_DIALECT_MIRAGE_IR_MIRAGEBASE_TD
