//===- TestGPULowering.cpp - Runs lowered kernels thread by thread --------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lowers each function to gpu.func and interprets the launches: all threads of
// a block together, under a mask where control flow diverges. Outputs are
// compared with the evaluator. Also refused are
//   - races: between two barriers, two threads touch the same element in shared
//     or global memory, and one of them writes,
//   - a barrier or a shuffle that not all threads reach,
//   - elements read beyond a buffer, or that nothing wrote,
//   - vector accesses that are not aligned.
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/Passes.h"
#include "mirage/Compiler/ProgramIO.h"
#include "mirage/Conversion/Passes.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Dialect/Mirage/IR/ScalarBody.h"
#include "mirage/Dialect/Mirage/Transforms/Passes.h"
#include "mirage/Semantics/Evaluate.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/bit.h"
#include <cmath>
#include <random>

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

namespace {
/// Memory. An element is one cell: at its byte in shared memory and in the
/// workspace, at its index in a tensor.
struct Memory {
  struct Cell {
    double value = NAN;
    bool written = false;
    /// Of the last accesses: between which barriers, and whose. -1: several.
    int64_t readAt = -1, wroteAt = -1;
    int reader = 0, writer = 0;
  };
  std::vector<Cell> cells;
};

/// A buffer as a memref names it: element i is cell `offset + i * stride`.
struct Buffer {
  Memory *memory = nullptr;
  int64_t offset = 0, stride = 1, size = 0;
  double scalar = 0; // instead, where `memory` is null
};

/// Of each thread, the elements of a scalar (one) or a vector.
struct Lanes {
  std::vector<double> data;
  int64_t width = 1;
};

using Mask = std::vector<uint8_t>;

int64_t elementBytes(Type type) {
  return llvm::divideCeil(getElementTypeOrSelf(type).getIntOrFloatBitWidth(), 8);
}

double round(double value, Type type) {
  std::optional<sem::ElementType> element =
      getElementType(getElementTypeOrSelf(type));
  return element && sem::isFloat(*element) ? sem::roundTo(value, *element)
                                           : value;
}

/// What host and device code do alike with buffers.
LogicalResult makeBuffer(Operation *op, DenseMap<Value, Buffer> &buffers,
                         int64_t offset) {
  Buffer buffer = buffers.lookup(op->getOperand(0));
  auto type = cast<MemRefType>(op->getResult(0).getType());
  if (isa<memref::ViewOp>(op)) {
    buffer.offset += offset;
    buffer.stride = elementBytes(type);
  }
  if (type.hasStaticShape())
    buffer.size = type.getNumElements();
  buffers[op->getResult(0)] = buffer;
  return success();
}

//===----------------------------------------------------------------------===//
// One block of one launch
//===----------------------------------------------------------------------===//

class BlockRun {
public:
  BlockRun(int64_t threads, int64_t block, int64_t sharedBytes, int64_t &epoch)
      : threads(threads), block(block), epoch(epoch) {
    shared.cells.resize(sharedBytes);
  }

  LogicalResult run(gpu::GPUFuncOp function, ArrayRef<Buffer> arguments) {
    for (auto [argument, buffer] :
         llvm::zip(function.getArguments(), arguments)) {
      if (buffer.memory)
        buffers[argument] = buffer;
      else
        define(argument).data.assign(threads, buffer.scalar);
    }
    return run(function.getBody().front(), Mask(threads, 1));
  }

private:
  Lanes &lanes(Value value) { return values[value]; }
  double at(Value value, int64_t t) { return values[value].data[t]; }

  Lanes &define(Value value) {
    Lanes &result = values[value];
    auto vector = dyn_cast<VectorType>(value.getType());
    result.width = vector ? vector.getNumElements() : 1;
    result.data.resize(threads * result.width);
    return result;
  }

  LogicalResult run(Block &body, const Mask &mask) {
    for (Operation &op : body)
      if (failed(run(&op, mask)))
        return failure();
    return success();
  }

  LogicalResult run(Operation *op, const Mask &mask) {
    if (isa<gpu::ReturnOp, scf::YieldOp>(op))
      return success();
    if (auto branch = dyn_cast<scf::IfOp>(op))
      return runIf(branch, mask);
    if (auto loop = dyn_cast<scf::ForOp>(op))
      return runFor(loop, mask);
    if (isa<gpu::BarrierOp>(op)) {
      if (llvm::is_contained(mask, 0))
        return op->emitError("not all threads reach the barrier");
      ++epoch;
      return success();
    }
    if (isa<memref::GetGlobalOp>(op)) {
      buffers[op->getResult(0)] = {&shared, 0, 1, 0};
      return success();
    }
    if (isa<memref::ReinterpretCastOp, memref::CastOp>(op))
      return makeBuffer(op, buffers, 0);
    if (auto view = dyn_cast<memref::ViewOp>(op))
      return makeBuffer(op, buffers, at(view.getByteShift(), 0));
    if (isa<memref::LoadOp, vector::LoadOp>(op))
      return access(op, op->getOperand(0), op->getOperand(1), op->getResult(0),
                    /*writes=*/false, mask);
    if (isa<memref::StoreOp, vector::StoreOp>(op))
      return access(op, op->getOperand(1), op->getOperand(2), op->getOperand(0),
                    /*writes=*/true, mask);
    if (auto shuffle = dyn_cast<gpu::ShuffleOp>(op))
      return runShuffle(shuffle, mask);
    return compute(op);
  }

  LogicalResult runIf(scf::IfOp op, const Mask &mask) {
    Mask then(mask), other(mask);
    for (int64_t t = 0; t < threads; ++t) {
      bool taken = at(op.getCondition(), t) != 0;
      then[t] &= taken;
      other[t] &= !taken;
    }
    for (Value result : op.getResults())
      define(result);
    for (auto [region, active] :
         {std::pair<Region *, Mask *>{&op.getThenRegion(), &then},
          {&op.getElseRegion(), &other}}) {
      if (region->empty() || !llvm::is_contained(*active, 1))
        continue;
      if (failed(run(region->front(), *active)))
        return failure();
      for (auto [result, yielded] : llvm::zip(
               op.getResults(), region->front().getTerminator()->getOperands()))
        copy(result, yielded, *active);
    }
    return success();
  }

  void copy(Value to, Value from, const Mask &mask) {
    Lanes source = lanes(from), &dest = lanes(to);
    for (int64_t t = 0; t < threads; ++t)
      for (int64_t i = 0; mask[t] && i < dest.width; ++i)
        dest.data[t * dest.width + i] = source.data[t * dest.width + i];
  }

  LogicalResult runFor(scf::ForOp op, const Mask &mask) {
    for (auto [argument, init, result] : llvm::zip(
             op.getRegionIterArgs(), op.getInitArgs(), op.getResults())) {
      define(argument);
      define(result);
      copy(argument, init, mask);
    }
    Lanes start = lanes(op.getLowerBound());
    define(op.getInductionVar()) = start;
    Mask active(mask);
    while (true) {
      for (int64_t t = 0; t < threads; ++t)
        active[t] &= at(op.getInductionVar(), t) < at(op.getUpperBound(), t);
      if (!llvm::is_contained(active, 1))
        break;
      if (failed(run(*op.getBody(), active)))
        return failure();
      // The yielded values may be arguments themselves.
      SmallVector<Lanes> yielded;
      for (Value value : op.getYieldedValues())
        yielded.push_back(lanes(value));
      for (auto [argument, value] : llvm::zip(op.getRegionIterArgs(), yielded)) {
        Lanes &dest = lanes(argument);
        for (int64_t t = 0; t < threads; ++t)
          for (int64_t i = 0; active[t] && i < dest.width; ++i)
            dest.data[t * dest.width + i] = value.data[t * dest.width + i];
      }
      for (int64_t t = 0; t < threads; ++t)
        if (active[t])
          lanes(op.getInductionVar()).data[t] += at(op.getStep(), t);
    }
    for (auto [argument, result] :
         llvm::zip(op.getRegionIterArgs(), op.getResults()))
      copy(result, argument, mask);
    return success();
  }

  LogicalResult access(Operation *op, Value memref, Value index, Value value,
                       bool writes, const Mask &mask) {
    const Buffer &buffer = buffers[memref];
    Lanes &moved = writes ? lanes(value) : define(value);
    int64_t bytes = moved.width * elementBytes(value.getType());
    for (int64_t t = 0; t < threads; ++t) {
      if (!mask[t])
        continue;
      int64_t first = at(index, t);
      if (first < 0 || first + moved.width > buffer.size)
        return op->emitError("accesses element ")
               << first << " of " << buffer.size;
      int64_t place = buffer.offset +
                      first * (buffer.stride > 1 ? buffer.stride
                                                 : elementBytes(value.getType()));
      if (moved.width > 1 && place % bytes)
        return op->emitError("is not aligned");
      for (int64_t i = 0; i < moved.width; ++i) {
        double &element = moved.data[t * moved.width + i];
        int64_t at = buffer.offset + (first + i) * buffer.stride;
        if (at >= static_cast<int64_t>(buffer.memory->cells.size()))
          return op->emitError("accesses beyond the block's shared memory");
        if (failed(touch(op, buffer.memory->cells[at], element, writes, t)))
          return failure();
      }
    }
    return success();
  }

  LogicalResult touch(Operation *op, Memory::Cell &cell, double &element,
                      bool writes, int thread) {
    bool othersWrote = cell.wroteAt == epoch && cell.writer != thread;
    bool othersRead = cell.readAt == epoch && cell.reader != thread;
    if (othersWrote || (writes && othersRead))
      return op->emitError("races: thread ")
             << thread << " and another, no barrier between";
    if (writes) {
      cell.value = element;
      cell.written = true;
      cell.wroteAt = epoch;
      cell.writer = thread;
      return success();
    }
    if (!cell.written)
      return op->emitError("reads an element that nothing wrote");
    element = cell.value;
    cell.reader = cell.readAt == epoch && cell.reader != thread ? -1 : thread;
    cell.readAt = epoch;
    return success();
  }

  LogicalResult runShuffle(gpu::ShuffleOp op, const Mask &mask) {
    int64_t distance = at(op.getOffset(), 0);
    if (op.getMode() != gpu::ShuffleMode::XOR || at(op.getWidth(), 0) != 32)
      return op->emitError("is a shuffle that is not interpreted");
    define(op.getValid());
    Lanes &result = define(op.getShuffleResult());
    const Lanes &source = lanes(op.getValue());
    for (int64_t t = 0; t < threads; ++t) {
      if (!mask[t])
        return op->emitError("not all threads reach the shuffle");
      result.data[t] = source.data[t ^ distance];
    }
    return success();
  }

  /// Ops without memory, element by element.
  LogicalResult compute(Operation *op) {
    if (op->getNumResults() != 1)
      return op->emitError("is not interpreted");
    Value value = op->getResult(0);
    if (auto id = dyn_cast<gpu::ThreadIdOp>(op)) {
      Lanes &result = define(value);
      for (int64_t t = 0; t < threads; ++t)
        result.data[t] = t;
      return success();
    }
    if (isa<gpu::BlockIdOp>(op)) {
      define(value).data.assign(threads, block);
      return success();
    }
    if (auto constant = dyn_cast<arith::ConstantOp>(op))
      return setConstant(constant);
    // Copies, since `define` may move the map's entries.
    SmallVector<Lanes> args;
    for (Value operand : op->getOperands())
      args.push_back(lanes(operand));
    Lanes &result = define(value);
    if (isa<vector::FromElementsOp>(op) || isa<vector::BroadcastOp>(op)) {
      for (int64_t t = 0; t < threads; ++t)
        for (int64_t i = 0; i < result.width; ++i)
          result.data[t * result.width + i] =
              args[args.size() == 1 ? 0 : i].data[t];
      return success();
    }
    if (auto extract = dyn_cast<vector::ExtractOp>(op)) {
      int64_t at = extract.getStaticPosition().front();
      for (int64_t t = 0; t < threads; ++t)
        result.data[t] = args[0].data[t * args[0].width + at];
      return success();
    }
    for (int64_t t = 0; t < threads * result.width; ++t) {
      SmallVector<double, 3> x;
      for (const Lanes &arg : args)
        x.push_back(arg.data[arg.width == result.width ? t : t / result.width]);
      std::optional<double> y = scalar(op, x);
      if (!y)
        return op->emitError("is not interpreted");
      result.data[t] = round(*y, value.getType());
    }
    return success();
  }

  LogicalResult setConstant(arith::ConstantOp op) {
    double value;
    Attribute attribute = op.getValue();
    if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
      attribute = splat.getSplatValue<Attribute>();
    if (auto real = dyn_cast<FloatAttr>(attribute))
      value = real.getValueAsDouble();
    else if (auto integer = dyn_cast<IntegerAttr>(attribute))
      value = op.getType().isInteger(1) ? integer.getValue().getBoolValue()
                                        : integer.getInt();
    else
      return op.emitError("is not interpreted");
    Lanes &result = define(op.getResult());
    result.data.assign(result.data.size(), value);
    return success();
  }

  static bool compare(arith::CmpFPredicate predicate, double x, double y) {
    using P = arith::CmpFPredicate;
    if (std::isnan(x) || std::isnan(y))
      return predicate >= P::UEQ;
    switch (predicate) {
    case P::OEQ:
    case P::UEQ:
      return x == y;
    case P::OGT:
    case P::UGT:
      return x > y;
    case P::OGE:
    case P::UGE:
      return x >= y;
    case P::OLT:
    case P::ULT:
      return x < y;
    case P::OLE:
    case P::ULE:
      return x <= y;
    case P::ONE:
    case P::UNE:
      return x != y;
    case P::ORD:
    case P::AlwaysTrue:
      return true;
    case P::UNO:
    case P::AlwaysFalse:
      return false;
    }
    return false;
  }

  static std::optional<double> scalar(Operation *op, ArrayRef<double> x) {
    if (isa<arith::AddIOp>(op))
      return x[0] + x[1];
    if (isa<arith::SubIOp>(op))
      return x[0] - x[1];
    if (isa<arith::MulIOp>(op))
      return x[0] * x[1];
    if (isa<arith::DivUIOp>(op))
      return std::floor(x[0] / x[1]);
    if (isa<arith::RemUIOp>(op))
      return std::fmod(x[0], x[1]);
    if (isa<arith::MinUIOp>(op))
      return std::min(x[0], x[1]);
    if (isa<arith::AndIOp>(op))
      return x[0] && x[1];
    if (auto cmp = dyn_cast<arith::CmpIOp>(op)) {
      switch (cmp.getPredicate()) {
      case arith::CmpIPredicate::ult:
        return x[0] < x[1];
      case arith::CmpIPredicate::ne:
        return x[0] != x[1];
      case arith::CmpIPredicate::eq:
        return x[0] == x[1];
      default:
        return std::nullopt;
      }
    }
    if (auto cmp = dyn_cast<arith::CmpFOp>(op))
      return compare(cmp.getPredicate(), x[0], x[1]);
    if (isa<arith::MaxNumFOp>(op))
      return std::fmax(x[0], x[1]);
    if (isa<arith::MinNumFOp>(op))
      return std::fmin(x[0], x[1]);
    if (auto cast = dyn_cast<arith::BitcastOp>(op)) {
      if (cast.getIn().getType().isF32() && cast.getType().isInteger(32))
        return llvm::bit_cast<int32_t>(static_cast<float>(x[0]));
      if (cast.getIn().getType().isInteger(32) && cast.getType().isF32())
        return llvm::bit_cast<float>(static_cast<int32_t>(x[0]));
      return std::nullopt;
    }
    if (isa<arith::OrIOp>(op))
      return static_cast<int32_t>(x[0]) | static_cast<int32_t>(x[1]);
    if (isa<arith::SelectOp>(op))
      return x[0] ? x[1] : x[2];
    if (isa<math::FmaOp>(op))
      return x[0] * x[1] + x[2];
    if (isa<arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp, arith::UIToFPOp,
            arith::ExtUIOp, arith::IndexCastOp>(op))
      return x[0];
    if (isa<arith::FPToSIOp>(op))
      return std::trunc(x[0]);
    if (const sem::ScalarFn *fn = getScalarFn(op))
      return fn->eval(x.data());
    return std::nullopt;
  }

  int64_t threads, block;
  /// Grows with each barrier, over all blocks and launches.
  int64_t &epoch;
  Memory shared;
  DenseMap<Value, Lanes> values;
  DenseMap<Value, Buffer> buffers;
};

//===----------------------------------------------------------------------===//
// A function
//===----------------------------------------------------------------------===//

class HostRun {
public:
  /// `tensors`: inputs, then outputs, which are written.
  LogicalResult run(func::FuncOp function, MutableArrayRef<sem::Tensor> tensors,
                    size_t inputs) {
    for (auto [i, argument] : llvm::enumerate(function.getArguments())) {
      if (!isa<MemRefType>(argument.getType())) {
        buffers[argument].scalar = tensors[i].data[0];
        memories.push_back(nullptr);
        continue;
      }
      auto memory = std::make_unique<Memory>();
      int64_t size = cast<MemRefType>(argument.getType()).getNumElements();
      memory->cells.resize(size);
      for (int64_t e = 0; i < inputs && e < size; ++e) {
        memory->cells[e].value = tensors[i].data[e];
        memory->cells[e].written = true;
      }
      buffers[argument] = {memory.get(), 0, 1, size};
      memories.push_back(std::move(memory));
    }
    for (Operation &op : function.getBody().front())
      if (failed(run(&op)))
        return failure();
    for (size_t i = inputs; i < tensors.size(); ++i)
      for (auto [value, cell] : llvm::zip(tensors[i].data, memories[i]->cells))
        value = cell.value;
    return success();
  }

private:
  LogicalResult run(Operation *op) {
    if (isa<func::ReturnOp, arith::ConstantOp>(op))
      return success();
    if (auto get = dyn_cast<memref::GetGlobalOp>(op))
      return addConstant(get);
    if (isa<memref::ReinterpretCastOp, memref::CastOp>(op))
      return makeBuffer(op, buffers, 0);
    if (auto view = dyn_cast<memref::ViewOp>(op))
      return makeBuffer(op, buffers, *getConstantIntValue(view.getByteShift()));
    if (auto launch = dyn_cast<gpu::LaunchFuncOp>(op))
      return runLaunch(launch);
    return op->emitError("is not interpreted");
  }

  LogicalResult addConstant(memref::GetGlobalOp get) {
    auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
        get, get.getNameAttr());
    auto data = cast<DenseElementsAttr>(*global.getInitialValue());
    auto memory = std::make_unique<Memory>();
    for (Attribute attribute : data.getValues<Attribute>()) {
      Memory::Cell cell;
      cell.written = true;
      if (auto real = dyn_cast<FloatAttr>(attribute))
        cell.value = real.getValueAsDouble();
      else
        cell.value = cast<IntegerAttr>(attribute).getValue().getSExtValue();
      memory->cells.push_back(cell);
    }
    buffers[get.getResult()] = {memory.get(), 0, 1, data.getNumElements()};
    memories.push_back(std::move(memory));
    return success();
  }

  LogicalResult runLaunch(gpu::LaunchFuncOp launch) {
    auto function = SymbolTable::lookupNearestSymbolFrom<gpu::GPUFuncOp>(
        launch, launch.getKernel());
    SmallVector<Buffer> arguments;
    for (Value operand : launch.getKernelOperands())
      arguments.push_back(buffers.at(operand));
    int64_t blocks = *getConstantIntValue(launch.getGridSizeX());
    for (int64_t block = 0; block < blocks; ++block) {
      ++epoch;
      BlockRun run(*getConstantIntValue(launch.getBlockSizeX()), block,
                   *getConstantIntValue(launch.getDynamicSharedMemorySize()),
                   epoch);
      if (failed(run.run(function, arguments)))
        return failure();
    }
    return success();
  }

  int64_t epoch = 0;
  DenseMap<Value, Buffer> buffers;
  std::vector<std::unique_ptr<Memory>> memories;
};

struct TestGPULowering
    : PassWrapper<TestGPULowering, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestGPULowering)

  TestGPULowering() = default;
  TestGPULowering(const TestGPULowering &other) : PassWrapper(other) {}
  Option<bool> dropBarriers{*this, "drop-barriers",
                            llvm::cl::desc("Take all barriers out before")};

  StringRef getArgument() const final { return "test-mirage-gpu-lowering"; }
  StringRef getDescription() const final {
    return "Interpret each function's kernels, and compare with the evaluator";
  }
  void getDependentDialects(DialectRegistry &registry) const final {
    registry.insert<MirageDialect, arith::ArithDialect, gpu::GPUDialect,
                    math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                    vector::VectorDialect>();
  }

  void runOnOperation() final {
    OwningOpRef<ModuleOp> lowered = getOperation().clone();
    PassManager pm(&getContext());
    pm.addPass(createFormKernelsPass());
    pm.addPass(createMaterializeMasksPass());
    pm.addPass(createAssignThreadsPass());
    pm.addPass(createPlanMemoryPass());
    pm.addPass(createPlanBuffersPass());
    pm.addPass(createConvertMirageToGPUPass());
    if (failed(pm.run(*lowered)))
      return signalPassFailure();
    if (dropBarriers)
      lowered->walk([](gpu::BarrierOp barrier) { barrier.erase(); });
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (failed(check(function,
                       lowered->lookupSymbol<func::FuncOp>(function.getName()))))
        return signalPassFailure();
  }

private:
  LogicalResult check(func::FuncOp function, func::FuncOp lowered) {
    FailureOr<sem::Program> program = extractProgram(function);
    if (failed(program))
      return failure();
    std::mt19937 random(1);
    std::normal_distribution<double> normal;
    std::vector<sem::Tensor> tensors;
    for (sem::ValueId id : program->inputs) {
      const sem::ValueType &type = program->values[id];
      sem::Tensor tensor{type.shape,
                         std::vector<double>(sem::numElements(type.shape))};
      for (double &x : tensor.data) {
        double z = normal(random);
        x = sem::isFloat(type.element) ? sem::roundTo(z, type.element)
            : type.element == sem::ElementType::I1 ? z > 0
                                                   : std::round(10 * z);
      }
      tensors.push_back(std::move(tensor));
    }
    size_t inputs = tensors.size();
    std::vector<sem::Tensor> expected =
        sem::evaluate(sem::RealDomain{true, false}, *program, tensors);
    for (const sem::Tensor &output : expected)
      tensors.push_back(
          {output.shape, std::vector<double>(output.data.size(), NAN)});
    if (failed(HostRun().run(lowered, tensors, inputs)))
      return function.emitError("'")
             << function.getName() << "' does not run";
    for (size_t i = 0; i < expected.size(); ++i)
      if (failed(compare(function, tensors[inputs + i], expected[i],
                         program->values[program->outputs[i]].element)))
        return failure();
    llvm::outs() << "ok " << function.getName() << "\n";
    return success();
  }

  LogicalResult compare(func::FuncOp function, const sem::Tensor &actual,
                        const sem::Tensor &expected, sem::ElementType type) {
    double tolerance = type == sem::ElementType::F16    ? 2e-3
                       : type == sem::ElementType::BF16 ? 1.6e-2
                                                        : 2e-5;
    double squares = 0;
    size_t finite = 0;
    for (double r : expected.data)
      if (std::isfinite(r))
        squares += r * r, ++finite;
    double rms = std::sqrt(squares / std::max<size_t>(finite, 1));
    for (auto [i, a, r] : llvm::enumerate(actual.data, expected.data)) {
      bool same = a == r || (std::isnan(a) && std::isnan(r)) ||
                  std::abs(a - r) <= tolerance * (std::abs(r) + rms);
      if (!same)
        return function.emitError("'")
               << function.getName() << "' gives " << a << ", expected " << r
               << ", at element " << i;
    }
    return success();
  }
};
} // namespace

void registerTestGPULowering() { PassRegistration<TestGPULowering>(); }
