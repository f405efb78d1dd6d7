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

/// Why no value of the dialect has this shape and element type; empty if one
/// may.
static StringRef whyNoValue(ArrayRef<int64_t> shape, Type elementType) {
  if (llvm::any_of(shape, [](int64_t extent) { return extent < 1; }))
    return "extents must be at least 1";
  if (!getElementType(elementType))
    return "the element type must be f16, bf16, f32, f64, i1 or i32";
  if (sem::numElements(shape) == std::numeric_limits<int64_t>::max())
    return "there must be fewer than 2^63 - 1 elements";
  return {};
}

StringRef mlir::mirage::whyNoValue(ShapedType type) {
  if (!type.hasStaticShape())
    return "the shape must be static";
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    if (tensor.getEncoding())
      return "an encoding is not allowed";
  return ::whyNoValue(type.getShape(), type.getElementType());
}

static LogicalResult verifyShaped(function_ref<InFlightDiagnostic()> emitError,
                                  ArrayRef<int64_t> shape, Type elementType) {
  StringRef why = whyNoValue(shape, elementType);
  return why.empty() ? success() : emitError() << why;
}

Type MirageDialect::parseType(DialectAsmParser &parser) const {
  SMLoc loc = parser.getCurrentLocation();
  StringRef mnemonic;
  Type type;
  if (generatedTypeParser(parser, &mnemonic, type).has_value())
    return type;
  if (mnemonic == "fragment")
    parser.emitError(loc, "!mirage.fragment is reserved for values at thread "
                          "level, which do not exist yet");
  else
    parser.emitError(loc, "unknown type !mirage.") << mnemonic;
  return {};
}

void MirageDialect::printType(Type type, DialectAsmPrinter &printer) const {
  if (failed(generatedTypePrinter(type, printer)))
    llvm_unreachable("unknown type of the dialect");
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
