//===- MirageStructureOps.cpp - Kernels, loops, loads and stores ---------------- ===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include <limits>

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

//===----------------------------------------------------------------------===//
// Splits
//===----------------------------------------------------------------------===//

SmallVector<SmallVector<Value, 2>, 4>
mlir::mirage::getSplit(ValueRange axes, ArrayRef<int32_t> axisCounts) {
  SmallVector<SmallVector<Value, 2>, 4> split;
  size_t next = 0;
  for (int32_t count : axisCounts) {
    split.emplace_back();
    for (int32_t i = 0; i < count; ++i)
      split.back().push_back(axes[next++]);
  }
  return split;
}

/// split ::= `[` (entry (`,` entry)*)? `]`
/// entry ::= `*` | axis | `(` axis-list `)`
static ParseResult
parseSplit(OpAsmParser &parser,
           SmallVectorImpl<OpAsmParser::UnresolvedOperand> &axes,
           DenseI32ArrayAttr &axisCounts) {
  SmallVector<int32_t> counts;
  auto parseEntry = [&]() -> ParseResult {
    if (succeeded(parser.parseOptionalStar())) {
      counts.push_back(0);
      return success();
    }
    if (succeeded(parser.parseOptionalLParen())) {
      size_t before = axes.size();
      if (parser.parseOperandList(axes) || parser.parseRParen())
        return failure();
      if (axes.size() < before + 2)
        return parser.emitError(parser.getNameLoc(),
                                "expects two or more axes in parentheses");
      counts.push_back(axes.size() - before);
      return success();
    }
    axes.emplace_back();
    counts.push_back(1);
    return parser.parseOperand(axes.back());
  };
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Square,
                                     parseEntry))
    return failure();
  axisCounts = parser.getBuilder().getDenseI32ArrayAttr(counts);
  return success();
}

static void printSplit(OpAsmPrinter &p, Operation *, ValueRange axes,
                       DenseI32ArrayAttr axisCounts) {
  auto split = getSplit(axes, axisCounts);
  p << '[';
  llvm::interleaveComma(split, p, [&](ArrayRef<Value> entry) {
    if (entry.empty())
      p << '*';
    else if (entry.size() == 1)
      p << entry.front();
    else
      p << '(' << ValueRange(entry) << ')';
  });
  p << ']';
}

/// A type `T`, whose name may be left out: it begins with `<` then.
template <typename T>
static ParseResult parseNamed(OpAsmParser &parser, Type &type) {
  SMLoc loc = parser.getCurrentLocation();
  OptionalParseResult named = parser.parseOptionalType(type);
  if (!named.has_value()) {
    type = T::parse(parser);
    return failure(!type);
  }
  if (failed(*named))
    return failure();
  if (!isa<T>(type))
    return parser.emitError(loc, "expected !") << T::name << ", got " << type;
  return success();
}

static ParseResult parseTile(OpAsmParser &parser, Type &type) {
  return parseNamed<TileType>(parser, type);
}
static ParseResult parseOut(OpAsmParser &parser, Type &type) {
  return parseNamed<OutType>(parser, type);
}
static void printTile(OpAsmPrinter &p, Operation *, Type type) { p << type; }
static void printOut(OpAsmPrinter &p, Operation *, Type type) { p << type; }

#define GET_OP_CLASSES
#include "mirage/Dialect/Mirage/IR/MirageOps.cpp.inc"

/// Whether `axisCounts` is well formed for `axes` and a value of rank `rank`.
static LogicalResult verifySplitForm(Operation *op, ValueRange axes,
                                     ArrayRef<int32_t> axisCounts, size_t rank) {
  int64_t total = 0;
  for (int32_t count : axisCounts) {
    if (count < 0)
      return op->emitOpError("has a negative number of axes");
    total += count;
  }
  if (total != static_cast<int64_t>(axes.size()))
    return op->emitOpError("has ")
           << axes.size() << " axes, but its dimensions name " << total;
  if (axisCounts.size() != rank)
    return op->emitOpError("splits ")
           << axisCounts.size() << " dimensions, but the value has rank "
           << rank;
  return success();
}

static constexpr int64_t tooMany = std::numeric_limits<int64_t>::max();

/// Tiles of shape `tile` must cover `whole` when cut by the split.
static LogicalResult verifySplit(Operation *op, ValueRange axes,
                                 ArrayRef<int32_t> axisCounts,
                                 ArrayRef<int64_t> whole,
                                 ArrayRef<int64_t> tile) {
  if (whole.size() != tile.size())
    return op->emitOpError("tile has rank ")
           << tile.size() << ", expected " << whole.size();
  if (failed(verifySplitForm(op, axes, axisCounts, whole.size())))
    return failure();
  llvm::SmallDenseSet<Value> seen;
  for (Value axis : axes) {
    auto argument = dyn_cast<BlockArgument>(axis);
    if (!argument ||
        !isa_and_present<KernelOp, LoopOp>(argument.getOwner()->getParentOp()))
      return op->emitOpError("names an axis of no kernel or loop");
    if (!seen.insert(axis).second)
      return op->emitOpError("names an axis twice");
  }
  for (auto [d, entry] : llvm::enumerate(getSplit(axes, axisCounts))) {
    if (entry.empty()) {
      if (tile[d] != whole[d])
        return op->emitOpError("dimension ")
               << d << " is whole, but the tile has extent " << tile[d]
               << " and the value " << whole[d];
      continue;
    }
    int64_t pieces = 1;
    for (Value axis : entry)
      pieces = sem::saturatingMul(pieces, KernelOp::getAxisExtent(axis));
    int64_t end = sem::saturatingMul(pieces, tile[d]);
    if (end == tooMany)
      return op->emitOpError("tiles of extent ")
             << tile[d] << " along dimension " << d
             << " reach as far as 2^63 - 1";
    if (end < whole[d])
      return op->emitOpError("tiles of extent ")
             << tile[d] << " do not cover dimension " << d << ": " << pieces
             << " of them, extent " << whole[d];
    if (entry.size() == 1 && (pieces - 1) * tile[d] >= whole[d])
      return op->emitOpError("dimension ")
             << d << " has extent " << whole[d] << ", so the last of " << pieces
             << " tiles of extent " << tile[d] << " is wholly empty";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Kernel
//===----------------------------------------------------------------------===//

int64_t KernelOp::getAxisExtent(Value axis) {
  auto argument = cast<BlockArgument>(axis);
  Operation *parent = argument.getOwner()->getParentOp();
  if (auto kernel = dyn_cast<KernelOp>(parent))
    return kernel.getGrid()[argument.getArgNumber()];
  return cast<LoopOp>(parent).getExtents()[argument.getArgNumber()];
}

void KernelOp::build(OpBuilder &builder, OperationState &state,
                     TypeRange outputs, ValueRange inputs,
                     ArrayRef<int64_t> grid) {
  OpBuilder::InsertionGuard guard(builder);
  state.addOperands(inputs);
  state.addTypes(outputs);
  state.getOrAddProperties<Properties>().grid =
      builder.getDenseI64ArrayAttr(grid);
  Block *block = builder.createBlock(state.addRegion());
  for (size_t i = 0; i < grid.size(); ++i)
    block->addArgument(AxisType::get(builder.getContext()), state.location);
  for (Value input : inputs)
    block->addArgument(input.getType(), state.location);
  for (Type type : outputs) {
    auto tensor = cast<RankedTensorType>(type);
    block->addArgument(OutType::get(builder.getContext(), tensor.getShape(),
                                    tensor.getElementType()),
                       state.location);
  }
  EndOp::create(builder, state.location);
}

void KernelOp::getAsmBlockArgumentNames(Region &, OpAsmSetValueNameFn setName) {
  static const char *const axisNames[] = {"i", "j", "k", "l"};
  for (auto [n, axis] : llvm::enumerate(getAxes()))
    setName(axis, n < 4 ? axisNames[n] : "axis");
  for (Value input : getInputArgs())
    setName(input, "in");
  for (Value output : getOutputArgs())
    setName(output, "out");
}

/// axis-list ::= `(` (axis `:` integer (`,` axis `:` integer)*)? `)`
static ParseResult parseAxes(OpAsmParser &parser,
                             SmallVectorImpl<OpAsmParser::Argument> &arguments,
                             SmallVectorImpl<int64_t> &extents) {
  Type axisType = AxisType::get(parser.getContext());
  return parser.parseCommaSeparatedList(
      OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
        OpAsmParser::Argument &argument = arguments.emplace_back();
        argument.type = axisType;
        return failure(parser.parseArgument(argument) || parser.parseColon() ||
                       parser.parseInteger(extents.emplace_back()));
      });
}

static void printAxes(OpAsmPrinter &p, Block::BlockArgListType axes,
                      ArrayRef<int64_t> extents) {
  p << '(';
  llvm::interleaveComma(llvm::zip(axes, extents), p, [&](auto pair) {
    p << std::get<0>(pair) << " : " << std::get<1>(pair);
  });
  p << ')';
}

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments, outputs;
  SmallVector<int64_t> grid;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  SmallVector<Type> operandTypes;
  if (parseAxes(parser, arguments, grid))
    return failure();
  SMLoc operandsLoc = parser.getCurrentLocation();
  if (succeeded(parser.parseOptionalKeyword("ins")) &&
      parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
            OpAsmParser::Argument &argument = arguments.emplace_back();
            if (parser.parseArgument(argument) || parser.parseEqual() ||
                parser.parseOperand(operands.emplace_back()) ||
                parser.parseColonType(argument.type))
              return failure();
            operandTypes.push_back(argument.type);
            return success();
          }))
    return failure();
  if (parser.parseKeyword("outs") ||
      parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
            OpAsmParser::Argument &argument = arguments.emplace_back();
            SMLoc loc = parser.getCurrentLocation();
            Type type;
            if (parser.parseArgument(argument) || parser.parseColonType(type))
              return failure();
            auto tensor = dyn_cast<RankedTensorType>(type);
            if (!tensor)
              return parser.emitError(loc, "output must be a tensor");
            if (StringRef why = whyNoValue(tensor); !why.empty())
              return parser.emitError(loc, "output has type ")
                     << type << ": " << why;
            result.addTypes(type);
            argument.type =
                OutType::get(parser.getContext(), tensor.getShape(),
                             tensor.getElementType());
            return success();
          }))
    return failure();
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  Region *body = result.addRegion();
  // Isolated, so names of the enclosing function may be used again.
  if (parser.parseRegion(*body, arguments, /*enableNameShadowing=*/true))
    return failure();
  ensureTerminator(*body, parser.getBuilder(), result.location);
  result.getOrAddProperties<Properties>().grid =
      parser.getBuilder().getDenseI64ArrayAttr(grid);
  return parser.resolveOperands(operands, operandTypes, operandsLoc,
                                result.operands);
}

void KernelOp::print(OpAsmPrinter &p) {
  p << ' ';
  printAxes(p, getAxes(), getGrid());
  if (!getInputs().empty()) {
    p << " ins(";
    llvm::interleaveComma(llvm::zip(getInputArgs(), getInputs()), p,
                          [&](auto pair) {
                            auto [argument, input] = pair;
                            p << argument << " = " << input << " : "
                              << input.getType();
                          });
    p << ')';
  }
  p << " outs(";
  llvm::interleaveComma(llvm::zip(getOutputArgs(), getResultTypes()), p,
                        [&](auto pair) {
                          p << std::get<0>(pair) << " : " << std::get<1>(pair);
                        });
  p << ')';
  p.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"grid"});
  p << ' ';
  p.printRegion(getBodyRegion(), /*printEntryBlockArgs=*/false,
                /*printBlockTerminators=*/false);
}

/// Extents of axes are positive, and so is their product, in 64 bits.
static LogicalResult verifyExtents(Operation *op, ArrayRef<int64_t> extents) {
  for (auto [i, extent] : llvm::enumerate(extents))
    if (extent < 1)
      return op->emitOpError("axis ")
             << i << " has extent " << extent << ", expected at least 1";
  if (sem::numElements(extents) == tooMany)
    return op->emitOpError("axes have 2^63 - 1 points or more");
  return success();
}

LogicalResult KernelOp::verify() {
  if (failed(verifyExtents(*this, getGrid())))
    return failure();
  if (getNumResults() == 0)
    return emitOpError("must have an output");
  size_t count = getGrid().size() + getInputs().size() + getNumResults();
  if (getBody()->getNumArguments() != count)
    return emitOpError("body has ")
           << getBody()->getNumArguments() << " arguments, expected " << count
           << ": axes, inputs, outputs";
  for (Value axis : getAxes())
    if (!isa<AxisType>(axis.getType()))
      return emitOpError("body argument for an axis has type ")
             << axis.getType() << ", expected !mirage.axis";
  for (auto [argument, input] : llvm::zip(getInputArgs(), getInputs())) {
    if (argument.getType() != input.getType())
      return emitOpError("body argument for an input has type ")
             << argument.getType() << ", expected " << input.getType();
    auto tensor = cast<RankedTensorType>(input.getType());
    if (StringRef why = whyNoValue(tensor); !why.empty())
      return emitOpError("input has type ") << tensor << ": " << why;
  }
  for (auto [argument, type] : llvm::zip(getOutputArgs(), getResultTypes())) {
    auto tensor = cast<RankedTensorType>(type);
    if (StringRef why = whyNoValue(tensor); !why.empty())
      return emitOpError("output has type ") << tensor << ": " << why;
    auto out = dyn_cast<OutType>(argument.getType());
    if (!out || out.getShape() != tensor.getShape() ||
        out.getElementType() != tensor.getElementType())
      return emitOpError("body argument for an output has type ")
             << argument.getType() << ", expected !mirage.out of " << tensor;
  }
  return success();
}

LogicalResult KernelOp::verifyRegions() {
  for (Operation &op : getBody()->without_terminator())
    if (!isa<LoopOp, LoadOp, StoreOp, ConstantOp, MaskOp, AlgebraOpInterface>(
            op))
      return op.emitOpError("cannot stand in a mirage.kernel");
  for (auto [n, output] : llvm::enumerate(getOutputArgs())) {
    int64_t stores = llvm::count_if(output.getUsers(), llvm::IsaPred<StoreOp>);
    if (stores != 1)
      return emitOpError("output ")
             << n << " is stored " << stores << " times, expected once";
  }
  return failure(failed(computeEdges(*this)));
}

namespace {
/// Drops inputs that the body does not use, and merges equal ones.
struct SimplifyKernelInputs : OpRewritePattern<KernelOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(KernelOp kernel,
                                PatternRewriter &rewriter) const final {
    llvm::SmallDenseMap<Value, BlockArgument> first;
    unsigned offset = kernel.getGrid().size();
    for (unsigned i = 0; i < kernel.getInputs().size(); ++i) {
      BlockArgument argument = kernel.getBody()->getArgument(offset + i);
      BlockArgument kept =
          first.try_emplace(kernel.getInputs()[i], argument).first->second;
      if (kept == argument && !argument.use_empty())
        continue;
      rewriter.modifyOpInPlace(kernel, [&] {
        if (kept != argument)
          rewriter.replaceAllUsesWith(argument, kept);
        kernel.getBody()->eraseArgument(offset + i);
        kernel->eraseOperand(i);
      });
      return success();
    }
    return rewriter.notifyMatchFailure(kernel, "all inputs are used once");
  }
};

/// Drops outputs whose result has no use, with what is stored there. A kernel
/// without any use is dead as a whole.
struct DropUnusedOutputs : OpRewritePattern<KernelOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(KernelOp kernel,
                                PatternRewriter &rewriter) const final {
    SmallVector<Type> types;
    SmallVector<Value> used;
    SmallVector<BlockArgument> unused;
    for (auto [argument, result] :
         llvm::zip(kernel.getOutputArgs(), kernel.getResults())) {
      if (result.use_empty()) {
        unused.push_back(argument);
        continue;
      }
      types.push_back(result.getType());
      used.push_back(result);
    }
    if (used.empty() || unused.empty())
      return rewriter.notifyMatchFailure(kernel, "all outputs have a use, or "
                                                 "none has");
    auto replacement =
        KernelOp::create(rewriter, kernel.getLoc(), types, kernel.getInputs(),
                         kernel.getGrid());
    replacement->setDiscardableAttrs(kernel->getDiscardableAttrDictionary());
    for (BlockArgument argument : llvm::reverse(unused)) {
      for (Operation *store : llvm::make_early_inc_range(argument.getUsers()))
        rewriter.eraseOp(store);
      kernel.getBody()->eraseArgument(argument.getArgNumber());
    }
    rewriter.eraseOp(replacement.getBody()->getTerminator());
    rewriter.mergeBlocks(kernel.getBody(), replacement.getBody(),
                         replacement.getBody()->getArguments());
    for (auto [result, other] : llvm::zip(used, replacement.getResults()))
      rewriter.replaceAllUsesWith(result, other);
    rewriter.eraseOp(kernel);
    return success();
  }
};

/// Drops accumulators whose result has no use.
struct DropUnusedAccumulators : OpRewritePattern<LoopOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LoopOp loop,
                                PatternRewriter &rewriter) const final {
    AccumulateOp accumulate = loop.getAccumulate();
    SmallVector<bool> keep;
    for (Value result : loop.getResults())
      keep.push_back(!result.use_empty());
    for (auto [i, rel] : llvm::enumerate(accumulate.getRels()))
      if (keep[i] && rel >= 0)
        keep[rel] = true;
    if (llvm::all_of(keep, [](bool k) { return k; }))
      return rewriter.notifyMatchFailure(loop, "all results are used");
    SmallVector<Value> values;
    SmallVector<Type> types;
    SmallVector<int32_t> kinds, rels, newIndex(keep.size(), -1);
    SmallVector<int64_t> dims;
    for (size_t i = 0; i < keep.size(); ++i)
      if (keep[i])
        newIndex[i] = types.size(), types.push_back(loop.getResult(i).getType());
    for (size_t i = 0; i < keep.size(); ++i) {
      if (!keep[i])
        continue;
      int32_t rel = accumulate.getRels()[i];
      values.push_back(accumulate.getValues()[i]);
      kinds.push_back(accumulate.getKinds()[i]);
      rels.push_back(rel < 0 ? -1 : newIndex[rel]);
      dims.push_back(accumulate.getDims()[i]);
    }
    auto replacement =
        LoopOp::create(rewriter, loop.getLoc(), types, loop.getExtents());
    replacement->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
    Block *block = &replacement.getBodyRegion().front();
    rewriter.mergeBlocks(loop.getBody(), block, block->getArguments());
    rewriter.setInsertionPoint(accumulate);
    rewriter.replaceOpWithNewOp<AccumulateOp>(accumulate, values, kinds, rels,
                                              dims);
    for (size_t i = 0; i < keep.size(); ++i)
      if (keep[i])
        rewriter.replaceAllUsesWith(loop.getResult(i),
                                    replacement.getResult(newIndex[i]));
    rewriter.eraseOp(loop);
    return success();
  }
};
} // namespace

void KernelOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<SimplifyKernelInputs, DropUnusedOutputs>(context);
}

//===----------------------------------------------------------------------===//
// Loop
//===----------------------------------------------------------------------===//

void LoopOp::build(OpBuilder &builder, OperationState &state, TypeRange results,
                   ArrayRef<int64_t> extents) {
  OpBuilder::InsertionGuard guard(builder);
  state.addTypes(results);
  state.getOrAddProperties<Properties>().extents =
      builder.getDenseI64ArrayAttr(extents);
  Block *block = builder.createBlock(state.addRegion());
  for (size_t i = 0; i < extents.size(); ++i)
    block->addArgument(AxisType::get(builder.getContext()), state.location);
}

AccumulateOp LoopOp::getAccumulate() {
  return cast<AccumulateOp>(getBody()->getTerminator());
}

SmallVector<Region *> LoopOp::getLoopRegions() { return {&getBodyRegion()}; }

void LoopOp::getAsmBlockArgumentNames(Region &, OpAsmSetValueNameFn setName) {
  for (Value axis : getAxes())
    setName(axis, "k");
}

ParseResult LoopOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<int64_t> extents;
  SmallVector<Type> types;
  if (parseAxes(parser, arguments, extents))
    return failure();
  if (succeeded(parser.parseOptionalArrow()) &&
      parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Paren,
          [&] { return parser.parseType(types.emplace_back()); }))
    return failure();
  result.addTypes(types);
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.parseRegion(*result.addRegion(), arguments))
    return failure();
  result.getOrAddProperties<Properties>().extents =
      parser.getBuilder().getDenseI64ArrayAttr(extents);
  return success();
}

void LoopOp::print(OpAsmPrinter &p) {
  p << ' ';
  printAxes(p, getAxes(), getExtents());
  if (getNumResults() != 0)
    p << " -> (" << getResultTypes() << ')';
  p.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"extents"});
  p << ' ';
  p.printRegion(getBodyRegion(), /*printEntryBlockArgs=*/false);
}

LogicalResult LoopOp::verify() {
  if (getExtents().empty())
    return emitOpError("must have an axis");
  if (failed(verifyExtents(*this, getExtents())))
    return failure();
  if (getBody()->getNumArguments() != getExtents().size())
    return emitOpError("body has ")
           << getBody()->getNumArguments() << " arguments, expected "
           << getExtents().size();
  for (Value axis : getAxes())
    if (!isa<AxisType>(axis.getType()))
      return emitOpError("body argument for an axis has type ")
             << axis.getType() << ", expected !mirage.axis";
  return success();
}

LogicalResult LoopOp::verifyRegions() {
  for (Operation &op : getBody()->without_terminator())
    if (!isa<LoopOp, LoadOp, StoreOp, ConstantOp, MaskOp, AlgebraOpInterface>(
            op))
      return op.emitOpError("cannot stand in a mirage.loop");
  auto accumulate = dyn_cast<AccumulateOp>(getBody()->getTerminator());
  if (!accumulate)
    return emitOpError("must end with mirage.accumulate");
  if (accumulate.getValues().size() != getNumResults())
    return emitOpError("has ")
           << getNumResults() << " results, but accumulates "
           << accumulate.getValues().size() << " values";
  int64_t steps = sem::numElements(getExtents());
  for (auto [i, value] : llvm::enumerate(accumulate.getValues())) {
    auto from = cast<TileType>(value.getType());
    auto to = cast<TileType>(getResult(i).getType());
    sem::Shape shape = getShape(from);
    bool stack = accumulate.getKinds()[i] ==
                 static_cast<int32_t>(CombinerKind::stack);
    if (stack)
      shape[accumulate.getDims()[i]] =
          sem::saturatingMul(shape[accumulate.getDims()[i]], steps);
    if (sem::Shape(to.getShape()) != shape)
      return emitOpError("result ")
             << i << " has shape " << sem::toString(to.getShape())
             << ", expected " << sem::toString(shape);
    sem::ElementType fromType = *getElementType(from.getElementType());
    sem::ElementType toType = *getElementType(to.getElementType());
    if (stack) {
      if (fromType != toType)
        return emitOpError("result ")
               << i << " has element type " << to.getElementType()
               << ", stacked values have " << from.getElementType();
      continue;
    }
    if (!sem::isFloat(toType) || sem::accumulationType(toType) != toType)
      return emitOpError("result ")
             << i << " accumulates in " << to.getElementType()
             << ", expected f32 or f64";
    if (!sem::isFloat(fromType) ||
        sem::bitWidth(toType) < sem::bitWidth(fromType))
      return emitOpError("result ")
             << i << " has element type " << to.getElementType()
             << ", accumulated values have " << from.getElementType()
             << ", expected that or a wider float type";
  }
  return success();
}

void LoopOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<DropUnusedAccumulators>(context);
}

//===----------------------------------------------------------------------===//
// Accumulate
//===----------------------------------------------------------------------===//

/// entries attr-dict `:` types, or attr-dict `:` `(` `)` for none
/// entry ::= combiner value (`rel` value)?  |  `stack` dim value
ParseResult AccumulateOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::UnresolvedOperand> values;
  SmallVector<std::pair<OpAsmParser::UnresolvedOperand, SMLoc>> relNames;
  SmallVector<int32_t> kinds, relOf;
  SmallVector<int64_t> dims;
  auto parseEntry = [&]() -> ParseResult {
    StringRef keyword;
    SMLoc loc = parser.getCurrentLocation();
    (void)parser.parseOptionalKeyword(&keyword);
    std::optional<CombinerKind> kind = symbolizeCombinerKind(keyword);
    if (!kind)
      return parser.emitError(loc, "expected sum, max, min, prod or stack");
    kinds.push_back(static_cast<int32_t>(*kind));
    dims.push_back(-1);
    relOf.push_back(-1);
    if (*kind == CombinerKind::stack && parser.parseInteger(dims.back()))
      return failure();
    if (parser.parseOperand(values.emplace_back()))
      return failure();
    if (succeeded(parser.parseOptionalKeyword("rel"))) {
      relOf.back() = relNames.size();
      OpAsmParser::UnresolvedOperand name;
      SMLoc relLoc = parser.getCurrentLocation();
      if (parser.parseOperand(name))
        return failure();
      relNames.push_back({name, relLoc});
    }
    return success();
  };
  if (parser.parseOptionalAttrDict(result.attributes))
    return failure();
  if (!result.attributes.empty() || succeeded(parser.parseOptionalColon())) {
    if ((!result.attributes.empty() && parser.parseColon()) ||
        parser.parseLParen() || parser.parseRParen())
      return failure();
  } else {
    SmallVector<Type> types;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseCommaSeparatedList(parseEntry) ||
        parser.parseOptionalAttrDict(result.attributes) ||
        parser.parseColonTypeList(types) ||
        parser.resolveOperands(values, types, loc, result.operands))
      return failure();
  }
  SmallVector<int32_t> rels;
  for (int32_t rel : relOf) {
    rels.push_back(-1);
    if (rel < 0)
      continue;
    for (auto [i, value] : llvm::enumerate(values))
      if (kinds[i] == static_cast<int32_t>(CombinerKind::max) &&
          value.name == relNames[rel].first.name &&
          value.number == relNames[rel].first.number)
        rels.back() = i;
    if (rels.back() < 0)
      return parser.emitError(relNames[rel].second,
                              "rel must name a value that this accumulate "
                              "takes the max of");
  }
  Builder &b = parser.getBuilder();
  auto &properties = result.getOrAddProperties<Properties>();
  properties.kinds = b.getDenseI32ArrayAttr(kinds);
  properties.rels = b.getDenseI32ArrayAttr(rels);
  properties.dims = b.getDenseI64ArrayAttr(dims);
  return success();
}

void AccumulateOp::print(OpAsmPrinter &p) {
  if (getValues().empty()) {
    p.printOptionalAttrDict((*this)->getAttrs(), {"kinds", "rels", "dims"});
    p << " : ()";
    return;
  }
  p << ' ';
  llvm::interleaveComma(llvm::seq<size_t>(0, getValues().size()), p,
                        [&](size_t i) {
                          auto kind = static_cast<CombinerKind>(getKinds()[i]);
                          p << stringifyCombinerKind(kind) << ' ';
                          if (kind == CombinerKind::stack)
                            p << getDims()[i] << ' ';
                          p << getValues()[i];
                          if (getRels()[i] >= 0)
                            p << " rel " << getValues()[getRels()[i]];
                        });
  p.printOptionalAttrDict((*this)->getAttrs(), {"kinds", "rels", "dims"});
  p << " : " << getValues().getTypes();
}

LogicalResult AccumulateOp::verify() {
  size_t count = getValues().size();
  if (getKinds().size() != count || getRels().size() != count ||
      getDims().size() != count)
    return emitOpError("needs one kind, rel and dim for each of the ")
           << count << " values";
  for (size_t i = 0; i < count; ++i) {
    std::optional<CombinerKind> kind = symbolizeCombinerKind(getKinds()[i]);
    if (!kind)
      return emitOpError("kind ")
             << getKinds()[i] << " of value " << i << " is no combiner";
    ArrayRef<int64_t> shape = cast<TileType>(getValues()[i].getType()).getShape();
    if (*kind == CombinerKind::stack &&
        (getDims()[i] < 0 || getDims()[i] >= static_cast<int64_t>(shape.size())))
      return emitOpError("stacks value ")
             << i << " along dimension " << getDims()[i]
             << ", expected one of its " << shape.size() << " dimensions";
    if (*kind != CombinerKind::stack && getDims()[i] != -1)
      return emitOpError("value ")
             << i << " has a dimension, which goes with stack only";
    int32_t rel = getRels()[i];
    if (rel == -1)
      continue;
    if (*kind != CombinerKind::sum)
      return emitOpError("rel goes with sum only");
    if (rel < 0 || rel >= static_cast<int32_t>(count) ||
        getKinds()[rel] != static_cast<int32_t>(CombinerKind::max))
      return emitOpError("rel of value ")
             << i << " must name a value that this accumulate takes the max of";
    ArrayRef<int64_t> m = cast<TileType>(getValues()[rel].getType()).getShape();
    bool good = m.size() == shape.size();
    for (size_t d = 0; good && d < m.size(); ++d)
      good = m[d] == shape[d] || m[d] == 1;
    if (!good)
      return emitOpError("value ")
             << i << " has shape " << sem::toString(shape)
             << ", its maximum has " << sem::toString(m);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Load, mask and store
//===----------------------------------------------------------------------===//

LogicalResult LoadOp::verify() {
  if (auto argument = dyn_cast<BlockArgument>(getSource());
      isa<RankedTensorType>(getSource().getType()) &&
      (!argument || !isa<KernelOp>(argument.getOwner()->getParentOp())))
    return emitOpError("source must be an input of the kernel or a tile");
  auto source = cast<ShapedType>(getSource().getType());
  TileType tile = getResult().getType();
  if (source.getElementType() != tile.getElementType())
    return emitOpError("tile has element type ")
           << tile.getElementType() << ", source has "
           << source.getElementType();
  return verifySplit(*this, getAxes(), getAxisCounts(), source.getShape(),
                     tile.getShape());
}

LogicalResult MaskOp::verify() {
  TileType tile = getOperand().getType();
  if (getSizes().size() != tile.getShape().size())
    return emitOpError("has ")
           << getSizes().size() << " sizes, but the tile has rank "
           << tile.getShape().size();
  if (llvm::any_of(getSizes(), [](int64_t size) { return size < 1; }))
    return emitOpError("sizes must be at least 1");
  return verifySplit(*this, getAxes(), getAxisCounts(), getSizes(),
                     tile.getShape());
}

LogicalResult StoreOp::verify() {
  TileType tile = getValue().getType();
  OutType dest = getDest().getType();
  if (!isa<BlockArgument>(getDest()))
    return emitOpError("destination must be an output of the kernel");
  if (dest.getElementType() != tile.getElementType())
    return emitOpError("tile has element type ")
           << tile.getElementType() << ", output has " << dest.getElementType();
  if (failed(verifySplit(*this, getAxes(), getAxisCounts(), dest.getShape(),
                         tile.getShape())))
    return failure();
  SmallVector<Value> named(getAxes());
  named.append(getOnce().begin(), getOnce().end());
  for (Operation *parent = (*this)->getParentOp(); parent;
       parent = parent->getParentOp()) {
    auto kernel = dyn_cast<KernelOp>(parent);
    auto axes = kernel ? kernel.getAxes() : cast<LoopOp>(parent).getAxes();
    for (BlockArgument axis : axes) {
      int64_t times = llvm::count(named, axis);
      if (times != 1)
        return emitOpError(times == 0 ? "does not name axis "
                                      : "names twice axis ")
               << axis.getArgNumber() << " of the enclosing "
               << (kernel ? "kernel" : "loop")
               << "; each stands once, in the split or in once";
    }
    if (kernel)
      break;
  }
  return success();
}
