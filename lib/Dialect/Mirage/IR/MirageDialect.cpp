//===- MirageDialect.cpp - Dialect and types ----------------------------------- ===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

#include "mirage/Dialect/Mirage/IR/MirageDialect.cpp.inc"
#include "mirage/Dialect/Mirage/IR/MirageEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "mirage/Dialect/Mirage/IR/MirageTypes.cpp.inc"

namespace {
struct MirageInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  // Every op may move to another function: kernels are isolated, and tiles
  // live only inside them.
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const final {
    return true;
  }
};
} // namespace

void MirageDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "mirage/Dialect/Mirage/IR/MirageTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "mirage/Dialect/Mirage/IR/MirageOps.cpp.inc"
      >();
  addInterfaces<MirageInlinerInterface>();
}

std::optional<sem::ElementType> mlir::mirage::getElementType(Type type) {
  if (type.isF16())
    return sem::ElementType::F16;
  if (type.isBF16())
    return sem::ElementType::BF16;
  if (type.isF32())
    return sem::ElementType::F32;
  if (type.isF64())
    return sem::ElementType::F64;
  if (type.isSignlessInteger(1))
    return sem::ElementType::I1;
  if (type.isSignlessInteger(32))
    return sem::ElementType::I32;
  return std::nullopt;
}

Type mlir::mirage::getMLIRType(MLIRContext *context, sem::ElementType type) {
  switch (type) {
  case sem::ElementType::F16:
    return Float16Type::get(context);
  case sem::ElementType::BF16:
    return BFloat16Type::get(context);
  case sem::ElementType::F32:
    return Float32Type::get(context);
  case sem::ElementType::F64:
    return Float64Type::get(context);
  case sem::ElementType::I1:
    return IntegerType::get(context, 1);
  case sem::ElementType::I32:
    return IntegerType::get(context, 32);
  }
  llvm_unreachable("covered switch");
}

sem::Shape mlir::mirage::getShape(Type type) {
  ArrayRef<int64_t> shape = cast<ShapedType>(type).getShape();
  return sem::Shape(shape.begin(), shape.end());
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

static LogicalResult verifyShaped(function_ref<InFlightDiagnostic()> emitError,
                                  ArrayRef<int64_t> shape, Type elementType) {
  for (int64_t extent : shape)
    if (extent < 1)
      return emitError() << "extents must be at least 1";
  if (!getElementType(elementType))
    return emitError() << "element type " << elementType
                       << " is not f16, bf16, f32, f64, i1 or i32";
  return success();
}

static ParseResult parseShaped(AsmParser &parser, SmallVector<int64_t> &shape,
                               Type &elementType) {
  return failure(parser.parseLess() ||
                 parser.parseDimensionList(shape, /*allowDynamic=*/false) ||
                 parser.parseType(elementType) || parser.parseGreater());
}

static void printShaped(AsmPrinter &printer, ArrayRef<int64_t> shape,
                        Type elementType) {
  printer << '<';
  for (int64_t extent : shape)
    printer << extent << 'x';
  printer << elementType << '>';
}

#define SHAPED_TYPE(Class)                                                     \
  LogicalResult Class::verify(function_ref<InFlightDiagnostic()> emitError,    \
                              ArrayRef<int64_t> shape, Type elementType) {     \
    return verifyShaped(emitError, shape, elementType);                        \
  }                                                                            \
  Type Class::parse(AsmParser &parser) {                                       \
    SmallVector<int64_t> shape;                                                \
    Type elementType;                                                          \
    SMLoc loc = parser.getCurrentLocation();                                   \
    if (parseShaped(parser, shape, elementType))                               \
      return {};                                                               \
    return getChecked([&] { return parser.emitError(loc); },                   \
                      parser.getContext(), shape, elementType);                \
  }                                                                            \
  void Class::print(AsmPrinter &printer) const {                               \
    printShaped(printer, getShape(), getElementType());                        \
  }                                                                            \
  ShapedType Class::cloneWith(std::optional<ArrayRef<int64_t>> shape,          \
                              Type elementType) const {                        \
    return cast<ShapedType>(                                                   \
        Class::get(getContext(), shape.value_or(getShape()), elementType));    \
  }                                                                            \
  bool Class::hasRank() const { return true; }

SHAPED_TYPE(TileType)
SHAPED_TYPE(OutType)
