//===- Export.cpp - PTX and bundles from lowered modules ------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Target/Export.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/InitAll.h"
#include "mirage/Runtime/Bundle.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/ADT/TypeSwitch.h"
#include <limits>

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;
namespace rt = ::mirage::runtime;

/// The text of the module's one object.
static FailureOr<std::string> getPTX(Operation *module) {
  SmallVector<gpu::BinaryOp> binaries;
  module->walk([&](gpu::BinaryOp binary) { binaries.push_back(binary); });
  if (binaries.size() != 1)
    return module->emitError("has ")
           << binaries.size() << " gpu.binary ops, expected 1";
  gpu::BinaryOp binary = binaries.front();
  if (binary.getObjects().size() != 1)
    return binary.emitError("has ")
           << binary.getObjects().size() << " objects, expected 1";
  auto object = cast<gpu::ObjectAttr>(binary.getObjects()[0]);
  if (object.getFormat() != gpu::CompilationTarget::Assembly)
    return binary.emitError("holds no PTX");
  return object.getObject().getValue().rtrim('\0').str();
}

LogicalResult mlir::mirage::exportPTX(Operation *module,
                                      llvm::raw_ostream &os) {
  FailureOr<std::string> ptx = getPTX(module);
  if (failed(ptx))
    return failure();
  os << *ptx;
  return success();
}

static std::optional<rt::DType> getDType(Type type) {
  std::optional<sem::ElementType> element = getElementType(type);
  if (!element)
    return std::nullopt;
  StringRef name = sem::toString(*element);
  return rt::parseDType({name.data(), name.size()});
}

namespace {
class Exporter {
public:
  explicit Exporter(Operation *module) : module(module) {}

  FailureOr<rt::Bundle> run() {
    FailureOr<std::string> ptx = getPTX(module);
    if (failed(ptx))
      return failure();
    bundle.ptx = *ptx;
    StringRef target = StringRef(bundle.ptx).split("\n.target").second;
    bundle.chip = target.trim().take_until([](char c) {
      return c == ',' || llvm::isSpace(c);
    });
    for (Region &region : module->getRegions())
      for (auto function : region.getOps<func::FuncOp>())
        if (!function.isDeclaration() && failed(exportFunction(function)))
          return failure();
    return std::move(bundle);
  }

private:
  FailureOr<rt::TensorDesc> describe(Operation *where, Type type,
                                     std::string name) {
    auto buffer = dyn_cast<MemRefType>(type);
    std::optional<rt::DType> dtype =
        buffer ? getDType(buffer.getElementType()) : std::nullopt;
    if (!dtype || !buffer.hasStaticShape() || !buffer.getLayout().isIdentity())
      return where->emitError("value of type ")
             << type << " is no dense tensor of a type that a bundle holds";
    return rt::TensorDesc{
        std::move(name), *dtype,
        rt::Shape(buffer.getShape().begin(), buffer.getShape().end())};
  }

  /// A scalar parameter, as an input of shape [].
  static FailureOr<rt::TensorDesc> describeScalar(Operation *where, Type type,
                                                  std::string name) {
    std::optional<rt::DType> dtype = getDType(type);
    if (!dtype)
      return where->emitError("parameter of type ")
             << type << " is no scalar of a type that a bundle holds";
    return rt::TensorDesc{std::move(name), *dtype, rt::Shape()};
  }

  LogicalResult exportFunction(func::FuncOp host) {
    if (!host.getBody().hasOneBlock())
      return host.emitError("is not a straight line of launches");
    rt::BundleFunction function;
    function.name = host.getName().str();
    values.clear();
    for (BlockArgument argument : host.getArguments()) {
      unsigned i = argument.getArgNumber();
      auto role = host.getArgAttrOfType<StringAttr>(i, "mirage.role");
      StringRef kind = role ? role.getValue() : "";
      rt::KernelArg arg;
      if (kind == "workspace") {
        auto type = dyn_cast<MemRefType>(argument.getType());
        if (!type || type.getRank() != 1 || !type.hasStaticShape() ||
            !type.getElementType().isInteger(8) || !function.scratch.empty())
          return host.emitError("parameter ")
                 << i << " must be the one workspace, a memref of bytes";
        arg.kind = rt::KernelArg::Kind::Scratch;
        function.scratch.push_back(
            {static_cast<uint64_t>(type.getNumElements()), 256});
      } else if (kind == "input" || kind == "output") {
        auto &list = kind == "input" ? function.inputs : function.outputs;
        arg.kind = kind == "input" ? rt::KernelArg::Kind::Input
                                   : rt::KernelArg::Kind::Output;
        arg.index = list.size();
        auto name = host.getArgAttrOfType<StringAttr>(i, "mirage.name");
        std::string known =
            name ? name.str() : (kind + Twine(arg.index)).str();
        bool byValue =
            kind == "input" && !isa<MemRefType>(argument.getType());
        FailureOr<rt::TensorDesc> desc =
            byValue ? describeScalar(host, argument.getType(), known)
                    : describe(host, argument.getType(), known);
        if (failed(desc))
          return failure();
        if (byValue)
          arg.valueBytes = rt::byteWidth(desc->dtype);
        list.push_back(*desc);
      } else {
        return host.emitError("parameter ")
               << i << " has no mirage.role of input, output or workspace";
      }
      values[argument] = arg;
    }
    for (Operation &op : host.getBody().front()) {
      LogicalResult result =
          TypeSwitch<Operation *, LogicalResult>(&op)
              .Case<arith::ConstantOp, func::ReturnOp>(
                  [](Operation *) { return success(); })
              .Case<memref::GetGlobalOp, memref::ViewOp,
                    memref::ReinterpretCastOp>(
                  [&](auto concrete) { return visit(concrete); })
              .Case([&](gpu::LaunchFuncOp launch) {
                return visit(launch, function);
              })
              .Default([](Operation *other) {
                return other->emitOpError(
                    "has no place in a bundle, whose functions are straight "
                    "lines of launches");
              });
      if (failed(result))
        return failure();
    }
    bundle.functions.push_back(std::move(function));
    return success();
  }

  LogicalResult visit(memref::GetGlobalOp get) {
    auto [it, isNew] =
        constants.try_emplace(get.getNameAttr().getAttr(), constants.size());
    rt::KernelArg arg;
    arg.kind = rt::KernelArg::Kind::Constant;
    arg.index = it->second;
    values[get.getResult()] = arg;
    if (!isNew)
      return success();
    auto global =
        SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(get,
                                                               get.getNameAttr());
    auto data = global ? dyn_cast_if_present<DenseElementsAttr>(
                             global.getInitialValue().value_or(Attribute()))
                       : DenseElementsAttr();
    if (!data || !global.getConstant())
      return get.emitOpError("must name a constant with dense contents");
    FailureOr<rt::TensorDesc> desc = describe(get, get.getType(), "");
    if (failed(desc))
      return failure();
    rt::HostTensor tensor = rt::HostTensor::zeros(desc->dtype, desc->shape);
    size_t width = rt::byteWidth(desc->dtype), at = 0;
    auto append = [&](const APInt &bits) {
      uint64_t value = bits.getZExtValue();
      for (size_t byte = 0; byte < width; ++byte, value >>= 8)
        tensor.bytes[at++] = value & 0xff;
    };
    if (isa<FloatType>(data.getElementType()))
      for (const APFloat &value : data.getValues<APFloat>())
        append(value.bitcastToAPInt());
    else
      for (const APInt &value : data.getValues<APInt>())
        append(value);
    bundle.constants.push_back(std::move(tensor));
    return success();
  }

  LogicalResult visit(memref::ViewOp view) {
    std::optional<int64_t> shift = getConstantIntValue(view.getByteShift());
    auto it = values.find(view.getSource());
    if (!shift || *shift < 0 || it == values.end() ||
        it->second.kind != rt::KernelArg::Kind::Scratch)
      return view.emitOpError("must be a view of the workspace at a constant");
    rt::KernelArg arg = it->second;
    arg.offset += *shift;
    values[view.getResult()] = arg;
    return success();
  }

  LogicalResult visit(memref::ReinterpretCastOp cast) {
    auto it = values.find(cast.getSource());
    if (it == values.end() || cast.getType().getLayout().isIdentity() == false ||
        cast.getStaticOffsets().front() != 0)
      return cast.emitOpError("must give a dense buffer another shape");
    rt::KernelArg arg = it->second;
    values[cast.getResult()] = arg;
    return success();
  }

  LogicalResult visit(gpu::LaunchFuncOp launch, rt::BundleFunction &function) {
    rt::KernelLaunch result;
    result.kernel = launch.getKernelName().str();
    auto dims = [&](gpu::KernelDim3 from, rt::Dim3 &to) -> LogicalResult {
      Value values[] = {from.x, from.y, from.z};
      for (size_t i = 0; i < 3; ++i) {
        std::optional<int64_t> size = getConstantIntValue(values[i]);
        if (!size || *size < 1 || *size > std::numeric_limits<int32_t>::max())
          return launch.emitOpError("must have constant sizes");
        to[i] = *size;
      }
      return success();
    };
    if (failed(dims(launch.getGridSizeOperandValues(), result.grid)) ||
        failed(dims(launch.getBlockSizeOperandValues(), result.block)))
      return failure();
    if (launch.hasClusterSize() &&
        failed(dims(launch.getClusterSizeOperandValues(), result.cluster)))
      return failure();
    if (!launch.getAsyncDependencies().empty() || launch.getAsyncToken() ||
        launch.getAsyncObject())
      return launch.emitOpError("must be synchronous");
    if (Value shared = launch.getDynamicSharedMemorySize()) {
      std::optional<int64_t> bytes = getConstantIntValue(shared);
      if (!bytes || *bytes < 0)
        return launch.emitOpError("must have constant sizes");
      result.sharedBytes = *bytes;
    }
    for (Value operand : launch.getKernelOperands()) {
      auto it = values.find(operand);
      if (it == values.end())
        return launch.emitOpError("has an argument that is no parameter, "
                                  "constant or view of the workspace");
      result.args.push_back(it->second);
    }
    function.launches.push_back(std::move(result));
    return success();
  }

  Operation *module;
  rt::Bundle bundle;
  DenseMap<Value, rt::KernelArg> values;
  DenseMap<StringAttr, uint32_t> constants;
};
} // namespace

LogicalResult mlir::mirage::exportBundle(Operation *module,
                                         llvm::raw_ostream &os) {
  FailureOr<rt::Bundle> bundle = Exporter(module).run();
  if (failed(bundle))
    return failure();
  os << rt::serializeBundle(*bundle);
  return success();
}

void mlir::mirage::registerTranslations() {
  static TranslateFromMLIRRegistration ptx("mirage-export-ptx",
                                           "Write the PTX of a lowered module",
                                           exportPTX, registerAllDialects);
  static TranslateFromMLIRRegistration bundle(
      "mirage-export-bundle", "Write a lowered module as a bundle",
      exportBundle, registerAllDialects);
}
