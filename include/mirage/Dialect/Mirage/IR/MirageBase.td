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

    `!mirage.fragment` is a reserved name for values at thread level.
  }];
  let useDefaultTypePrinterParser = 1;
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
    Names one axis in the splits of `load` and `store`. It is not an index and
    takes part in no arithmetic.
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
    beyond the edge do not exist.

    ```mlir
    !mirage.tile<16x64xf16>
    ```
  }];
}

def Mirage_OutType : Mirage_ShapedType<"Out", "out"> {
  let summary = "A kernel's result, write-only inside the kernel";
  let description = [{
    ```mlir
    !mirage.out<16x4096xf16>
    ```
  }];
}

// As type constraints, so that types print in full.
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
