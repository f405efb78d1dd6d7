//===- ProgramIO.cpp - Functions as programs and back ---------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/ProgramIO.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Dialect/Mirage/IR/ScalarBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

//===----------------------------------------------------------------------===//
// From IR
//===----------------------------------------------------------------------===//

static double toDouble(APFloat value) {
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

static double toDouble(const APInt &value) {
  return value.getBitWidth() == 1 ? value.getZExtValue()
                                  : static_cast<double>(value.getSExtValue());
}

namespace {
class Extractor {
public:
  FailureOr<sem::Program> extract(func::FuncOp function) {
    program.name = function.getName().str();
    if (!function.getBody().hasOneBlock())
      return fail(function, "expected a body of one block");
    for (BlockArgument argument : function.getArguments()) {
      std::optional<sem::ValueType> type = valueType(argument.getType());
      if (!type)
        return failType(function,
                        "argument " + Twine(argument.getArgNumber()) + " is",
                        argument.getType());
      ids[argument] = program.addValue(std::move(*type));
      program.inputs.push_back(ids[argument]);
    }
    if (failed(extractBlock(function.getBody().front(), program.ops)))
      return failure();
    Operation *terminator = function.getBody().front().getTerminator();
    if (!isa<func::ReturnOp>(terminator))
      return fail(terminator, "expected a return");
    for (Value result : terminator->getOperands()) {
      if (!isa<RankedTensorType>(result.getType()))
        return fail(terminator, "returns a value that is no tensor");
      program.outputs.push_back(ids.lookup(result));
    }
    return std::move(program);
  }

  /// Like a kernel of a function, but edges do not count: masks are the tiles
  /// that they mask, and loads have no fill.
  LogicalResult extractFilled(KernelOp kernel, FilledKernel &out) {
    filled = true;
    for (Value input : kernel.getInputs())
      ids[input] = program.addValue(*valueType(input.getType()));
    if (failed(extractKernel(kernel, out.kernel)))
      return failure();
    out.program = std::move(program);
    out.ids = std::move(ids);
    return success();
  }

  Operation *failedAt = nullptr;
  std::string message;

private:
  LogicalResult fail(Operation *op, const Twine &why) {
    failedAt = op;
    message = why.str();
    return failure();
  }

  LogicalResult failType(Operation *op, const Twine &what, Type type) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    if (isa<RankedTensorType, TileType>(type))
      return fail(op, what + " of type " + text + ": " +
                          whyNoValue(cast<ShapedType>(type)));
    return fail(op, what + " of type " + text +
                        ", expected a scalar or a tensor of a supported "
                        "element type");
  }

  /// A scalar has the shape {}.
  static std::optional<sem::ValueType> valueType(Type type) {
    sem::ValueType result;
    Type element = type;
    if (auto shaped = dyn_cast<ShapedType>(type)) {
      if (!isa<RankedTensorType, TileType>(type) || !whyNoValue(shaped).empty())
        return std::nullopt;
      result.shape = getShape(type);
      element = shaped.getElementType();
    }
    std::optional<sem::ElementType> elementType = getElementType(element);
    if (!elementType)
      return std::nullopt;
    result.element = *elementType;
    return result;
  }

  LogicalResult addResults(Operation &op, sem::Op &out) {
    for (Value result : op.getResults()) {
      std::optional<sem::ValueType> type = valueType(result.getType());
      if (!type)
        return failType(&op, "has a result", result.getType());
      ids[result] = program.addValue(std::move(*type));
      out.results.push_back(ids[result]);
    }
    return success();
  }

  void addAxes(Block::BlockArgListType arguments, ArrayRef<int64_t> extents,
               char name, sem::Op &out) {
    for (auto [axis, extent] : llvm::zip(arguments, extents)) {
      axes[axis] = program.addAxis(extent, std::string(1, name++));
      out.axes.push_back(axes[axis]);
    }
  }

  sem::Split split(ValueRange values, ArrayRef<int32_t> axisCounts) {
    sem::Split result;
    for (ArrayRef<Value> entry : getSplit(values, axisCounts)) {
      result.emplace_back();
      for (Value axis : entry)
        result.back().push_back(axes.lookup(axis));
    }
    return result;
  }

  LogicalResult extractBlock(Block &block, std::vector<sem::Op> &ops) {
    for (Operation &op : block.without_terminator()) {
      if (auto mask = dyn_cast<MaskOp>(op); mask && filled) {
        ids[mask.getResult()] = ids.lookup(mask.getOperand());
        continue;
      }
      sem::Op out;
      if (failed(extractOp(op, out)))
        return failure();
      if (DictionaryAttr attributes = op.getDiscardableAttrDictionary();
          !attributes.empty())
        out.attributes = attributes.getAsOpaquePointer();
      ops.push_back(std::move(out));
    }
    return success();
  }

  LogicalResult extractOp(Operation &op, sem::Op &out) {
    if (auto kernel = dyn_cast<KernelOp>(op))
      return extractKernel(kernel, out);
    if (auto loop = dyn_cast<LoopOp>(op))
      return extractLoop(loop, out);
    if (auto store = dyn_cast<StoreOp>(op)) {
      out.kind = sem::Op::Store;
      out.operands.push_back(ids.lookup(store.getValue()));
      out.results.push_back(ids.lookup(store.getDest()));
      out.split = split(store.getAxes(), store.getAxisCounts());
      for (Value axis : store.getOnce())
        out.once.push_back(axes.lookup(axis));
      return success();
    }
    if (auto load = dyn_cast<LoadOp>(op)) {
      if (load.getFill() && !filled)
        return fail(load, "a filled load has no meaning in a program");
      out.kind = sem::Op::Load;
      out.split = split(load.getAxes(), load.getAxisCounts());
      out.operands.push_back(ids.lookup(load.getSource()));
      return addResults(op, out);
    }
    if (auto splat = dyn_cast<SplatOp>(op)) {
      out.sem = &sem::reshapeSem();
      out.params.setArray("shape", getShape(splat.getResult().getType()));
    } else if (auto constant = dyn_cast<ConstantOp>(op)) {
      out.kind = sem::Op::Constant;
      if (failed(addResults(op, out)))
        return failure();
      out.constant = sem::roundTo(constant.getValue().convertToDouble(),
                                  program.values[out.results[0]].element);
      return success();
    } else if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      return extractConstant(constant, out);
    } else if (auto algebra = dyn_cast<AlgebraOpInterface>(op)) {
      out.sem = &algebra.getSemantics();
      out.params = algebra.getParams();
    } else {
      return fail(&op, "has no meaning in a program");
    }
    for (Value operand : op.getOperands())
      out.operands.push_back(ids.lookup(operand));
    return addResults(op, out);
  }

  LogicalResult extractConstant(arith::ConstantOp constant, sem::Op &out) {
    if (failed(addResults(*constant, out)))
      return failure();
    out.kind = sem::Op::Constant;
    if (auto value = dyn_cast<FloatAttr>(constant.getValue())) {
      out.constant = toDouble(value.getValue());
      return success();
    }
    if (auto value = dyn_cast<IntegerAttr>(constant.getValue())) {
      out.constant = toDouble(value.getValue());
      return success();
    }
    if (auto resource =
            dyn_cast<DenseResourceElementsAttr>(constant.getValue()))
      return extractResource(constant, resource, out);
    auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
    if (!dense)
      return fail(constant, "is a constant of a kind that is not supported");
    bool floats = isa<FloatType>(dense.getElementType());
    if (dense.isSplat()) {
      out.constant = floats ? toDouble(dense.getSplatValue<APFloat>())
                            : toDouble(dense.getSplatValue<APInt>());
      return success();
    }
    out.kind = sem::Op::Dense;
    std::vector<double> data;
    data.reserve(dense.getNumElements());
    if (floats)
      for (const APFloat &value : dense.getValues<APFloat>())
        data.push_back(toDouble(value));
    else
      for (const APInt &value : dense.getValues<APInt>())
        data.push_back(toDouble(value));
    out.data = std::make_shared<const std::vector<double>>(std::move(data));
    return success();
  }

  /// Elements stand in a resource as in memory, truths one a byte.
  LogicalResult extractResource(arith::ConstantOp constant,
                                DenseResourceElementsAttr resource,
                                sem::Op &out) {
    std::string name = "resource '" + resource.getRawHandle().getKey().str();
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return fail(constant, "has no data: the file lacks the " + name + "'");
    ShapedType type = resource.getType();
    Type element = type.getElementType();
    unsigned bits = element.getIntOrFloatBitWidth();
    int64_t width = std::max(bits / 8, 1u), count = type.getNumElements();
    ArrayRef<char> bytes = blob->getData();
    if (static_cast<int64_t>(bytes.size()) != count * width)
      return fail(constant, "needs " + Twine(count * width) +
                                " bytes of data, the " + name + "' has " +
                                Twine(bytes.size()));
    std::vector<double> data;
    data.reserve(count);
    for (; !bytes.empty(); bytes = bytes.drop_front(width)) {
      uint64_t raw = 0;
      for (int64_t b = width; b-- > 0;)
        raw = raw << 8 | static_cast<uint8_t>(bytes[b]);
      APInt value(bits, bits == 1 ? raw != 0 : raw);
      auto type = dyn_cast<FloatType>(element);
      data.push_back(type ? toDouble(APFloat(type.getFloatSemantics(), value))
                          : toDouble(value));
    }
    out.kind = sem::Op::Dense;
    out.data = std::make_shared<const std::vector<double>>(std::move(data));
    return success();
  }

  LogicalResult extractKernel(KernelOp kernel, sem::Op &out) {
    out.kind = sem::Op::Kernel;
    if (failed(addResults(*kernel, out)))
      return failure();
    addAxes(kernel.getAxes(), kernel.getGrid(), 'i', out);
    for (auto [argument, input] :
         llvm::zip(kernel.getInputArgs(), kernel.getInputs()))
      ids[argument] = ids.lookup(input);
    for (auto [argument, result] :
         llvm::zip(kernel.getOutputArgs(), kernel.getResults()))
      ids[argument] = ids.lookup(result);
    return extractBlock(*kernel.getBody(), out.body);
  }

  LogicalResult extractLoop(LoopOp loop, sem::Op &out) {
    out.kind = sem::Op::Loop;
    addAxes(loop.getAxes(), loop.getExtents(), 'k', out);
    if (failed(extractBlock(*loop.getBody(), out.body)))
      return failure();
    AccumulateOp accumulate = loop.getAccumulate();
    for (auto [i, value] : llvm::enumerate(accumulate.getValues())) {
      sem::Accumulator accumulator;
      accumulator.kind = static_cast<sem::Combiner>(accumulate.getKinds()[i]);
      accumulator.value = ids.lookup(value);
      accumulator.rel = accumulate.getRels()[i];
      accumulator.stackDim = accumulate.getDims()[i];
      out.accumulators.push_back(accumulator);
    }
    return addResults(*loop, out);
  }

  sem::Program program;
  bool filled = false;
  DenseMap<Value, sem::ValueId> ids;
  DenseMap<Value, sem::AxisId> axes;
};
} // namespace

FailureOr<FilledKernel> mlir::mirage::extractFilledKernel(KernelOp kernel) {
  Extractor extractor;
  FilledKernel result;
  if (succeeded(extractor.extractFilled(kernel, result)))
    return result;
  extractor.failedAt->emitOpError(extractor.message);
  return failure();
}

FailureOr<sem::Program> mlir::mirage::extractProgram(func::FuncOp function,
                                                     Operation **foreign,
                                                     std::string *why) {
  Extractor extractor;
  FailureOr<sem::Program> program = extractor.extract(function);
  if (succeeded(program))
    return program;
  if (why)
    *why = extractor.message;
  if (foreign)
    *foreign = extractor.failedAt;
  else
    extractor.failedAt->emitOpError(extractor.message);
  return failure();
}

//===----------------------------------------------------------------------===//
// To IR
//===----------------------------------------------------------------------===//

namespace {
/// Emits a map's body so that reading it gives the same expression: each call
/// in the type that it rounds to, each constant in the type of its use.
class MapBodyEmitter {
public:
  MapBodyEmitter(OpBuilder &builder, Location loc)
      : builder(builder), loc(loc) {}

  Value emit(const sem::ScalarExpr &expr, ValueRange arguments, Type result) {
    using Token = sem::ScalarExpr::Token;
    for (const Token &t : expr.tokens) {
      switch (t.kind) {
      case Token::Arg:
        stack.push_back({arguments[t.arg], 0});
        break;
      case Token::Constant:
        stack.push_back({Value(), t.constant});
        break;
      case Token::Round: {
        Type to = typeOf(t.type);
        Type from = to.isF64() ? Type(builder.getF32Type())
                               : Type(builder.getF64Type());
        Value value = stack.back().value;
        if (!value)
          value = as(stack.back(), from);
        // What a cast does beyond the range of i32 is no part of a body.
        bool toInteger = to.isInteger(32) && isa<FloatType>(value.getType());
        stack.back() = {toInteger
                            ? arith::FPToSIOp::create(builder, loc, to, value)
                            : emitCast(builder, loc, value, to),
                        0};
        break;
      }
      case Token::Call:
        emitCall(t);
        break;
      }
    }
    return as(stack.back(), result);
  }

private:
  struct Entry {
    Value value; // or a constant
    double constant;
  };

  Type typeOf(sem::ElementType type) {
    return getMLIRType(builder.getContext(), type);
  }

  Value as(const Entry &entry, Type type) {
    if (entry.value)
      return emitCast(builder, loc, entry.value, type);
    TypedAttr value =
        isa<FloatType>(type)
            ? TypedAttr(builder.getFloatAttr(type, entry.constant))
            : TypedAttr(builder.getIntegerAttr(type, entry.constant));
    return arith::ConstantOp::create(builder, loc, value);
  }

  void emitCall(const sem::ScalarExpr::Token &call) {
    MutableArrayRef<Entry> args =
        MutableArrayRef<Entry>(stack).take_back(call.fn->arity);
    bool isSelect = call.fn->name == sem::fn::select.name;
    Type type;
    // A comparison is computed in the type of what it compares.
    if (call.rounds && (isSelect || call.type != sem::ElementType::I1)) {
      type = typeOf(call.type);
    } else {
      // The widest operand's.
      for (Entry &entry : args.drop_front(isSelect))
        if (entry.value &&
            (!type || entry.value.getType().getIntOrFloatBitWidth() >
                          type.getIntOrFloatBitWidth()))
          type = entry.value.getType();
      if (!type)
        type = builder.getF64Type();
    }
    SmallVector<Value> operands;
    for (auto [i, entry] : llvm::enumerate(args))
      operands.push_back(
          as(entry, isSelect && i == 0 ? builder.getI1Type() : type));
    Value result = emitScalarFn(builder, loc, *call.fn, operands);
    stack.resize(stack.size() - call.fn->arity);
    stack.push_back({result, 0});
  }

  OpBuilder &builder;
  Location loc;
  SmallVector<Entry> stack;
};

class Materializer {
public:
  Materializer(const sem::Program &program, func::FuncOp function)
      : program(program), function(function), loc(function.getLoc()),
        builder(function.getContext()), values(program.values.size()),
        axes(program.axes.size()) {}

  LogicalResult materialize() {
    FunctionType type = function.getFunctionType();
    if (type.getNumInputs() != program.inputs.size() ||
        type.getNumResults() != program.outputs.size())
      return fail("has another number of inputs or outputs");
    // What is written on the ends of the function stays there.
    Location returnLoc = loc;
    DictionaryAttr returnAttributes;
    SmallVector<Location> argumentLocs;
    if (!function.isExternal()) {
      for (BlockArgument argument : function.getArguments())
        argumentLocs.push_back(argument.getLoc());
      if (auto end =
              dyn_cast<func::ReturnOp>(function.getBody().back().back())) {
        returnLoc = end.getLoc();
        returnAttributes = end->getDiscardableAttrDictionary();
      }
    }
    function.eraseBody();
    Block *body = function.addEntryBlock();
    for (auto [argument, at] : llvm::zip(body->getArguments(), argumentLocs))
      argument.setLoc(at);
    for (auto [id, argument] : llvm::zip(program.inputs, body->getArguments()))
      values[id] = argument;
    builder.setInsertionPointToEnd(body);
    for (const sem::Op &op : program.ops)
      if (failed(materializeOp(op)))
        return failure();
    SmallVector<Value> results;
    for (auto [id, result] : llvm::zip(program.outputs, type.getResults())) {
      if (id >= values.size() || !values[id])
        return fail("returns a value that is not computed");
      if (values[id].getType() != result)
        return fail("returns " + describe(values[id].getType()) +
                    ", the function " + describe(result));
      results.push_back(values[id]);
    }
    auto end = func::ReturnOp::create(builder, returnLoc, results);
    if (returnAttributes)
      end->setDiscardableAttrs(returnAttributes);
    return success();
  }

private:
  LogicalResult fail(const Twine &why) {
    return function.emitOpError("cannot hold the program, which ") << why;
  }

  static std::string describe(Type type) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return text;
  }

  /// The value as a tensor or tile.
  Value shaped(sem::ValueId id) {
    Value value = values[id];
    if (!value || isa<ShapedType>(value.getType()))
      return value;
    return SplatOp::create(builder, loc,
                           RankedTensorType::get({}, value.getType()), value);
  }

  Type elementType(sem::ValueId id) {
    return getMLIRType(builder.getContext(), program.values[id].element);
  }
  RankedTensorType tensorType(sem::ValueId id) {
    return RankedTensorType::get(program.shape(id), elementType(id));
  }
  Type typeOf(sem::ValueId id) {
    if (inKernel)
      return TileType::get(builder.getContext(), program.shape(id),
                           elementType(id));
    return tensorType(id);
  }

  void flatten(const sem::Split &split, SmallVectorImpl<Value> &flat,
               SmallVectorImpl<int32_t> &counts) {
    for (const auto &entry : split) {
      for (sem::AxisId axis : entry)
        flat.push_back(axes[axis]);
      counts.push_back(entry.size());
    }
  }

  LogicalResult materializeOp(const sem::Op &op) {
    // What a load, a store and an op of the algebra use must be there.
    for (sem::ValueId id : op.operands)
      if (id >= values.size() || !values[id])
        return fail("uses value " + Twine(id) + " before it is computed");
    for (const auto &entry : op.split)
      for (sem::AxisId axis : entry)
        if (axis >= axes.size() || !axes[axis])
          return fail("uses axis " + Twine(axis) + " out of its scope");
    if (failed(create(op)))
      return failure();
    if (op.attributes)
      std::prev(builder.getInsertionPoint())
          ->setDiscardableAttrs(
              DictionaryAttr::getFromOpaquePointer(op.attributes));
    return success();
  }

  /// Makes the op, as the last one before the insertion point.
  LogicalResult create(const sem::Op &op) {
    switch (op.kind) {
    case sem::Op::Algebra:
      return materializeAlgebra(op);
    case sem::Op::Constant:
      values[op.results[0]] =
          ConstantOp::create(builder, loc, typeOf(op.results[0]),
                             builder.getF64FloatAttr(op.constant));
      return success();
    case sem::Op::Dense:
      values[op.results[0]] = materializeDense(op);
      return success();
    case sem::Op::Kernel:
      return materializeKernel(op);
    case sem::Op::Load: {
      SmallVector<Value> flat;
      SmallVector<int32_t> counts;
      flatten(op.split, flat, counts);
      values[op.results[0]] =
          LoadOp::create(builder, loc, typeOf(op.results[0]),
                         values[op.operands[0]], flat, counts, FloatAttr());
      return success();
    }
    case sem::Op::Store: {
      SmallVector<Value> flat, once;
      SmallVector<int32_t> counts;
      flatten(op.split, flat, counts);
      for (sem::AxisId axis : op.once)
        once.push_back(axes[axis]);
      Value out = outs.lookup(op.results[0]);
      if (!out)
        return fail("stores to what is no output of the kernel");
      StoreOp::create(builder, loc, values[op.operands[0]], out, flat, once,
                      counts);
      return success();
    }
    case sem::Op::Loop:
      return materializeLoop(op);
    }
    llvm_unreachable("unknown kind of op");
  }

  LogicalResult materializeAlgebra(const sem::Op &op) {
    sem::ValueId result = op.results[0];
    Type type = typeOf(result);
    if (!isa<ShapedType>(values[op.operands[0]].getType()) &&
        op.sem->name() == sem::reshapeSem().name()) {
      values[result] =
          SplatOp::create(builder, loc, type, values[op.operands[0]]);
      return success();
    }
    OperationState state(loc, op.sem->name());
    for (sem::ValueId id : op.operands)
      state.addOperands(shaped(id));
    state.addTypes(type);
    for (const sem::Params::Entry &entry : op.params.entries) {
      Attribute value;
      if (entry.name == "shape" || entry.name == "sizes")
        continue; // the result's type says it
      if (entry.isArray)
        value = builder.getDenseI64ArrayAttr(entry.ints);
      else if (entry.name == "predicate" || entry.name == "kind")
        value = builder.getI32IntegerAttr(entry.ints[0]);
      else
        value = builder.getI64IntegerAttr(entry.ints[0]);
      state.addAttribute(entry.name, value);
    }
    if (op.params.expr) {
      OpBuilder::InsertionGuard guard(builder);
      Block *body = builder.createBlock(state.addRegion());
      for (sem::ValueId id : op.operands)
        body->addArgument(elementType(id), loc);
      Value value =
          MapBodyEmitter(builder, loc)
              .emit(*op.params.expr, body->getArguments(), elementType(result));
      YieldOp::create(builder, loc, value);
    }
    values[result] = builder.create(state)->getResult(0);
    return success();
  }

  Value materializeDense(const sem::Op &op) {
    RankedTensorType type = tensorType(op.results[0]);
    Type element = type.getElementType();
    DenseElementsAttr elements;
    if (auto floats = dyn_cast<FloatType>(element)) {
      SmallVector<APFloat> values;
      bool losesInfo;
      for (double value : *op.data) {
        values.emplace_back(value);
        values.back().convert(floats.getFloatSemantics(),
                              APFloat::rmNearestTiesToEven, &losesInfo);
      }
      elements = DenseElementsAttr::get(type, values);
    } else {
      SmallVector<APInt> values;
      for (double value : *op.data)
        values.emplace_back(element.getIntOrFloatBitWidth(),
                            static_cast<int64_t>(value), /*isSigned=*/true,
                            /*implicitTrunc=*/true);
      elements = DenseElementsAttr::get(type, values);
    }
    return arith::ConstantOp::create(builder, loc, elements);
  }

  /// Tensors that `ops` load, in order of first use.
  void collectInputs(ArrayRef<sem::Op> ops,
                     llvm::SmallSetVector<sem::ValueId, 8> &inputs) {
    for (const sem::Op &op : ops) {
      if (op.kind == sem::Op::Load && op.operands[0] < values.size() &&
          values[op.operands[0]])
        inputs.insert(op.operands[0]);
      collectInputs(op.body, inputs);
    }
  }

  LogicalResult materializeKernel(const sem::Op &op) {
    llvm::SmallSetVector<sem::ValueId, 8> inputs;
    collectInputs(op.body, inputs);
    SmallVector<Value> operands;
    SmallVector<Type> results;
    SmallVector<int64_t> grid;
    for (sem::ValueId id : inputs)
      operands.push_back(shaped(id));
    for (sem::ValueId id : op.results)
      results.push_back(tensorType(id));
    for (sem::AxisId axis : op.axes)
      grid.push_back(program.axes[axis].extent);
    auto kernel = KernelOp::create(builder, loc, results, operands, grid);

    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(kernel.getBody());
    // Inside, nothing but the inputs is visible.
    SmallVector<Value> outer(program.values.size());
    std::swap(outer, values);
    for (auto [id, argument] : llvm::zip(inputs, kernel.getInputArgs()))
      values[id] = argument;
    for (auto [axis, argument] : llvm::zip(op.axes, kernel.getAxes()))
      axes[axis] = argument;
    for (auto [id, argument] : llvm::zip(op.results, kernel.getOutputArgs()))
      outs[id] = argument;
    inKernel = true;
    for (const sem::Op &inner : op.body)
      if (failed(materializeOp(inner)))
        return failure();
    inKernel = false;
    for (sem::AxisId axis : op.axes)
      axes[axis] = nullptr;
    outs.clear();
    std::swap(outer, values);
    for (auto [id, result] : llvm::zip(op.results, kernel.getResults()))
      values[id] = result;
    return success();
  }

  LogicalResult materializeLoop(const sem::Op &op) {
    SmallVector<Type> results;
    SmallVector<int64_t> extents;
    for (sem::ValueId id : op.results)
      results.push_back(typeOf(id));
    for (sem::AxisId axis : op.axes)
      extents.push_back(program.axes[axis].extent);
    auto loop = LoopOp::create(builder, loc, results, extents);

    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(loop.getBody());
    for (auto [axis, argument] : llvm::zip(op.axes, loop.getAxes()))
      axes[axis] = argument;
    for (const sem::Op &inner : op.body)
      if (failed(materializeOp(inner)))
        return failure();
    SmallVector<Value> accumulated;
    SmallVector<int32_t> kinds, rels;
    SmallVector<int64_t> dims;
    for (const sem::Accumulator &accumulator : op.accumulators) {
      if (accumulator.value >= values.size() || !values[accumulator.value])
        return fail("accumulates a value that is not computed");
      accumulated.push_back(values[accumulator.value]);
      kinds.push_back(static_cast<int32_t>(accumulator.kind));
      rels.push_back(accumulator.rel);
      dims.push_back(accumulator.stackDim);
    }
    AccumulateOp::create(builder, loc, accumulated, kinds, rels, dims);
    for (sem::AxisId axis : op.axes)
      axes[axis] = nullptr;
    for (auto [id, result] : llvm::zip(op.results, loop.getResults()))
      values[id] = result;
    return success();
  }

  const sem::Program &program;
  func::FuncOp function;
  Location loc;
  OpBuilder builder;
  SmallVector<Value> values, axes;
  DenseMap<sem::ValueId, Value> outs;
  bool inKernel = false;
};
} // namespace

LogicalResult mlir::mirage::materializeProgram(const sem::Program &program,
                                               func::FuncOp function) {
  return Materializer(program, function).materialize();
}
