//===- MirageToGPU.cpp - Kernels to gpu.func, functions to launches ------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "mirage/Analysis/KernelAccess.h"
#include "mirage/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

namespace mlir::mirage {
#define GEN_PASS_DEF_CONVERTMIRAGETOGPUPASS
#include "mirage/Conversion/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

namespace {
/// The function's argument that fills the tensor `root`, or null.
Value getScalar(Value root) {
  auto splat = root.getDefiningOp<SplatOp>();
  return splat && isa<BlockArgument>(splat.getOperand()) ? splat.getOperand()
                                                         : Value();
}

MemRefType bufferType(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

bool isConstant(Operation *op) {
  return isa<ConstantOp>(op) ||
         (isa<arith::ConstantOp>(op) &&
          isa<RankedTensorType>(op->getResult(0).getType()));
}

class FunctionLowering {
public:
  FunctionLowering(func::FuncOp function, gpu::GPUModuleOp module,
                   SymbolTable &symbols)
      : function(function), module(module), symbols(symbols),
        b(function.getLoc(), function.getContext()) {}

  LogicalResult run() {
    if (failed(check()))
      return failure();
    return lower();
  }

private:
  LogicalResult check() {
    if (!function.getBody().hasOneBlock())
      return function.emitError("has control flow, which does not lower to a "
                                "GPU");
    std::optional<InFlightDiagnostic> foreign;
    for (Operation &op : function.getBody().front()) {
      if (isa<KernelOp, func::ReturnOp>(op) || isConstant(&op) ||
          isa<ReshapeOp>(op) || (isa<SplatOp>(op) && getScalar(op.getResult(0))))
        continue;
      if (!foreign)
        foreign.emplace(function.emitError(
            "holds ops that do not lower to a GPU; only kernels, constants, "
            "reshapes and splats of arguments do"));
      foreign->attachNote(op.getLoc()) << "'" << op.getName() << "' here";
    }
    if (foreign) {
      foreign->report();
      return failure();
    }
    for (Type type : function.getFunctionType().getInputs())
      if (!getElementType(type) && failed(checkType(type, function)))
        return failure();
    for (auto kernel : function.getOps<KernelOp>()) {
      for (Type type : kernel.getResultTypes())
        if (failed(checkType(type, kernel)))
          return failure();
      auto threads = kernel->getAttrOfType<IntegerAttr>("mirage.threads");
      auto bytes = kernel->getAttrOfType<IntegerAttr>("mirage.shared_bytes");
      auto distribution =
          kernel->getAttrOfType<StringAttr>("mirage.distribution");
      if (!threads || threads.getInt() < warpSize || threads.getInt() > 1024 ||
          threads.getInt() % warpSize)
        return kernel.emitOpError("needs mirage.threads, a multiple of 32 up to "
                                  "1024");
      if (!distribution || distribution.getValue() != "plain")
        return kernel.emitOpError("needs a mirage.distribution that lowers: "
                                  "plain");
      if (!bytes || bytes.getInt() < 0 ||
          bytes.getInt() > std::numeric_limits<int32_t>::max())
        return kernel.emitOpError("needs mirage.shared_bytes, from 0 to "
                                  "2^31 - 1");
      if (failed(checkSharedOffsets(kernel, bytes.getInt())) ||
          failed(checkOffsets(kernel)))
        return failure();
      int64_t blocks = 1;
      for (int64_t extent : kernel.getGrid())
        if (llvm::MulOverflow(blocks, extent, blocks) ||
            blocks > std::numeric_limits<int32_t>::max())
          return kernel.emitOpError("has more than 2^31 - 1 blocks");
    }
    llvm::SmallDenseSet<Value> returned;
    for (auto [i, value] : llvm::enumerate(
             function.getBody().front().getTerminator()->getOperands())) {
      Value root = getBufferRoot(value);
      if (!root.getDefiningOp<KernelOp>())
        return function.emitError("result ")
               << i << " is not computed by a kernel";
      if (!returned.insert(root).second)
        return function.emitError("result ") << i << " is another result too";
    }
    return success();
  }

  static ArrayRef<int64_t> getOffsets(KernelOp kernel) {
    return kernel->getAttrOfType<DenseI64ArrayAttr>(resultOffsetsAttrName)
        .asArrayRef();
  }

  static int64_t bytesOf(ShapedType type) {
    return sem::saturatingMul(
        sem::numElements(type.getShape()),
        llvm::divideCeil(type.getElementTypeBitWidth(), 8));
  }

  /// Whether the tiles are where mirage-plan-memory, or someone by hand, wrote
  /// that the kernel has memory.
  static LogicalResult checkSharedOffsets(KernelOp kernel, int64_t bytes) {
    WalkResult walk = kernel->walk([&](Operation *op) {
      auto offsets = op->getAttrOfType<DenseI64ArrayAttr>("mirage.offsets");
      // The emitter knows which ops need some.
      if (!offsets ||
          offsets.size() > static_cast<int64_t>(op->getNumResults()))
        return WalkResult::advance();
      for (auto [offset, result] :
           llvm::zip_first(offsets.asArrayRef(), op->getResults())) {
        auto tile = dyn_cast<TileType>(result.getType());
        if (!tile || (offset >= 0 && offset % vectorBytes == 0 &&
                      offset <= bytes - bytesOf(tile)))
          continue;
        op->emitOpError("has a tile that cannot be at ")
            << offset << " of " << bytes << " bytes of shared memory";
        return WalkResult::interrupt();
      }
      return WalkResult::advance();
    });
    return failure(walk.wasInterrupted());
  }

  /// Whether what mirage-plan-buffers, or someone by hand, wrote fits.
  LogicalResult checkOffsets(KernelOp kernel) {
    auto bytes = function->getAttrOfType<IntegerAttr>(workspaceBytesAttrName);
    auto offsets =
        kernel->getAttrOfType<DenseI64ArrayAttr>(resultOffsetsAttrName);
    if (!bytes || bytes.getInt() < 0 || !offsets ||
        offsets.size() != static_cast<int64_t>(kernel.getNumResults()))
      return kernel.emitOpError("has no places for its results; run "
                                "mirage-plan-buffers");
    llvm::SmallDenseSet<Value> returned;
    for (Value value : function.getBody().front().getTerminator()->getOperands())
      returned.insert(getBufferRoot(value));
    for (auto [result, offset] :
         llvm::zip(kernel.getResults(), offsets.asArrayRef())) {
      int64_t size = bytesOf(cast<ShapedType>(result.getType()));
      if (returned.contains(result) != (offset == outParameter) ||
          (offset != outParameter &&
           (offset < 0 || offset % vectorBytes ||
            offset > bytes.getInt() - size)))
        return kernel.emitOpError("has a result that cannot be at ")
               << offset << " of a workspace of " << bytes.getInt() << " bytes";
    }
    return success();
  }

  LogicalResult checkType(Type type, Operation *where) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape() ||
        !getElementType(tensor.getElementType()))
      return where->emitError("has a value of type ")
             << type << ", which has no buffer on a GPU";
    if (tensor.getNumElements() > std::numeric_limits<int32_t>::max())
      return where->emitError("has a value of type ")
             << type << ", more elements than 32 bits count";
    return success();
  }

  LogicalResult lower() {
    Block &block = function.getBody().front();
    Operation *end = block.getTerminator();
    MLIRContext *context = b.getContext();
    FunctionType type = function.getFunctionType();
    SmallVector<StringRef> roles(type.getNumInputs(), "input");
    SmallVector<Type> parameters;
    for (Type input : type.getInputs())
      parameters.push_back(isa<RankedTensorType>(input) ? bufferType(input)
                                                        : input);
    SmallVector<BlockArgument> inputs(block.getArguments());
    for (auto [input, parameter] : llvm::zip(inputs, parameters))
      buffers[input] = block.addArgument(parameter, input.getLoc());
    for (Value result : end->getOperands()) {
      parameters.push_back(bufferType(result.getType()));
      roles.push_back("output");
      buffers[getBufferRoot(result)] =
          block.addArgument(parameters.back(), function.getLoc());
    }
    auto bytes = function->getAttrOfType<IntegerAttr>(workspaceBytesAttrName);
    Value workspace;
    if (bytes && bytes.getInt()) { // none without kernels
      parameters.push_back(MemRefType::get({bytes.getInt()}, b.getI8Type()));
      roles.push_back("workspace");
      workspace = block.addArgument(parameters.back(), function.getLoc());
    }
    b.setInsertionPointToStart(&block);
    for (auto kernel : function.getOps<KernelOp>())
      for (auto [result, offset] :
           llvm::zip(kernel.getResults(), getOffsets(kernel)))
        if (offset != outParameter)
          buffers[result] = memref::ViewOp::create(
              b, bufferType(result.getType()), workspace,
              arith::ConstantIndexOp::create(b, offset), ValueRange());
    SmallVector<KernelOp> kernels(function.getOps<KernelOp>());
    for (KernelOp kernel : kernels)
      if (failed(lowerKernel(kernel)))
        return failure();

    b.setInsertionPoint(end);
    func::ReturnOp::create(b);
    end->erase();
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isa<KernelOp, ReshapeOp, SplatOp>(op) || isConstant(&op))
        op.erase();
    block.eraseArguments(0, inputs.size());
    function->removeAttr(workspaceBytesAttrName);
    function.setResAttrsAttr(nullptr);
    ArrayAttr old = function.getArgAttrsAttr();
    function.removeArgAttrsAttr();
    function.setFunctionType(FunctionType::get(context, parameters, {}));
    if (old)
      for (auto [i, attrs] : llvm::enumerate(old))
        function.setArgAttrs(i, cast<DictionaryAttr>(attrs));
    for (auto [i, role] : llvm::enumerate(roles))
      function.setArgAttr(i, "mirage.role", b.getStringAttr(role));
    return success();
  }

  /// The buffer of `tensor`, under its shape; of a splat, the scalar.
  Value getBuffer(Value tensor) {
    Value root = getBufferRoot(tensor);
    if (Value scalar = getScalar(root))
      return buffers.at(scalar);
    MemRefType type = bufferType(tensor.getType());
    Value &buffer = buffers[root];
    if (!buffer)
      buffer = createConstant(root);
    if (buffer.getType() == type)
      return buffer;
    SmallVector<int64_t> strides;
    int64_t offset;
    (void)type.getStridesAndOffset(strides, offset);
    return memref::ReinterpretCastOp::create(b, type, buffer, 0,
                                             type.getShape(), strides);
  }

  Value createConstant(Value root) {
    MemRefType type = bufferType(root.getType());
    auto tensor = cast<RankedTensorType>(root.getType());
    ElementsAttr data;
    if (auto constant = root.getDefiningOp<ConstantOp>()) {
      double value = constant.getValue().convertToDouble();
      Type element = tensor.getElementType();
      data = isa<FloatType>(element)
                 ? DenseElementsAttr::get(
                       tensor, cast<Attribute>(FloatAttr::get(element, value)))
                 : DenseElementsAttr::get(
                       tensor, cast<Attribute>(IntegerAttr::get(
                                   element, element.isInteger(1)
                                                ? value != 0
                                                : static_cast<int64_t>(value))));
    } else {
      data = cast<ElementsAttr>(
          root.getDefiningOp<arith::ConstantOp>().getValue());
    }
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(
        function->getParentOfType<ModuleOp>().getBody());
    auto global = memref::GlobalOp::create(
        b, (function.getName() + "_constant").str(),
        b.getStringAttr("private"), type, data, /*constant=*/true,
        /*alignment=*/IntegerAttr());
    symbols.insert(global);
    b.setInsertionPointToStart(&function.getBody().front());
    return memref::GetGlobalOp::create(b, type, global.getName());
  }

  /// After the function, of characters that PTX takes.
  std::string nextName() {
    std::string name;
    for (char c : (function.getName() + "_kernel_" + Twine(next++)).str())
      name += llvm::isAlnum(c) || c == '$' ? c : '_';
    if (llvm::isDigit(name.front()))
      name.insert(0, "_");
    while (module.lookupSymbol(name))
      name += '_';
    return name;
  }

  LogicalResult lowerKernel(KernelOp kernel) {
    b.setLoc(kernel.getLoc());
    std::string name = nextName();
    SmallVector<Type> types;
    for (Value input : kernel.getInputs()) {
      Value scalar = getScalar(getBufferRoot(input));
      types.push_back(scalar ? scalar.getType() : bufferType(input.getType()));
    }
    for (Type result : kernel.getResultTypes())
      types.push_back(bufferType(result));
    int32_t threads =
        kernel->getAttrOfType<IntegerAttr>("mirage.threads").getInt();

    b.setInsertionPointToEnd(module.getBody());
    auto device = gpu::GPUFuncOp::create(b, name, b.getFunctionType(types, {}));
    device->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
    device.setKnownBlockSizeAttr(b.getDenseI32ArrayAttr({threads, 1, 1}));
    // Fresh results: no parameter aliases another.
    for (unsigned i = 0; i < types.size(); ++i) {
      if (!isa<MemRefType>(types[i]))
        continue;
      device.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                        b.getUnitAttr());
      device.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(),
                        b.getI64IntegerAttr(vectorBytes));
      if (i < kernel.getInputs().size())
        device.setArgAttr(i, LLVM::LLVMDialect::getReadonlyAttrName(),
                          b.getUnitAttr());
    }
    if (failed(emitKernel(kernel, device)))
      return failure();

    b.setInsertionPoint(kernel);
    SmallVector<Value> args;
    for (Value input : kernel.getInputs())
      args.push_back(getBuffer(input));
    for (Value result : kernel.getResults())
      args.push_back(getBuffer(result));
    int64_t blocks = 1;
    for (int64_t extent : kernel.getGrid())
      blocks *= extent;
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(b, value);
    };
    Value one = index(1);
    Value bytes = arith::ConstantIntOp::create(
        b, b.getI32Type(),
        kernel->getAttrOfType<IntegerAttr>("mirage.shared_bytes").getInt());
    gpu::LaunchFuncOp::create(b, device,
                              gpu::KernelDim3{index(blocks), one, one},
                              gpu::KernelDim3{index(threads), one, one}, bytes,
                              args);
    return success();
  }

  func::FuncOp function;
  gpu::GPUModuleOp module;
  SymbolTable &symbols;
  ImplicitLocOpBuilder b;
  DenseMap<Value, Value> buffers;
  unsigned next = 0;
};

struct ConvertMirageToGPU
    : mlir::mirage::impl::ConvertMirageToGPUPassBase<ConvertMirageToGPU> {
  void runOnOperation() override {
    ModuleOp top = getOperation();
    SmallVector<func::FuncOp> functions;
    for (auto function : top.getOps<func::FuncOp>())
      if (!function.isDeclaration())
        functions.push_back(function);
    if (functions.empty())
      return;
    SymbolTable symbols(top);
    OpBuilder b(top.getBodyRegion());
    auto module = gpu::GPUModuleOp::create(b, top.getLoc(), "kernels");
    symbols.insert(module);
    top->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                 b.getUnitAttr());
    // Public and without initializer: the launch says how large it is.
    b.setInsertionPointToStart(module.getBody());
    memref::GlobalOp::create(
        b, top.getLoc(), sharedMemoryName, /*sym_visibility=*/StringAttr(),
        MemRefType::get({0}, b.getI8Type(), MemRefLayoutAttrInterface(),
                        sharedMemorySpace(b.getContext())),
        /*initial_value=*/Attribute(), /*constant=*/false,
        /*alignment=*/b.getI64IntegerAttr(1024));
    for (func::FuncOp function : functions)
      if (failed(FunctionLowering(function, module, symbols).run()))
        return signalPassFailure();
  }
};
} // namespace
