//===- program-fuzzer.cpp - Optimized programs compute the same ----------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The bytes choose a program of kernel-level ops over small tensors. It is
// evaluated in double as it is, after the passes, as each plan of a search with a
// small budget, and after it went to linalg and back. A plan that computes
// something else must be refused by the verifier, which is not asked otherwise: it
// takes a hundred times as long as all the rest. One program in 64 goes through
// mirage-superoptimize.
//
// Environment: with FUZZ_PRINT the program is printed first; FUZZ_PIPELINE is one
// more pipeline that may not change what is computed.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "mirage/Compiler/ProgramIO.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/InitAll.h"
#include "mirage/Search/Search.h"
#include "mirage/Semantics/Evaluate.h"
#include "mirage/Verify/Verifier.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include <cmath>
#include <random>

using namespace mlir;
namespace sem = ::mirage::sem;

namespace {
/// Reads choices off the bytes; after their end all are 0.
class Choices {
public:
  Choices(const uint8_t *data, size_t size) : data(data), size(size) {}
  bool atEnd() const { return at >= size; }
  unsigned below(unsigned n) { return at < size ? data[at++] % n : 0; }

private:
  const uint8_t *data;
  size_t size, at = 0;
};

/// Builds a legal program. Ops are composed so that values stay of moderate
/// size and no result is a small difference of large terms by construction:
/// divisors and roots are of 1 + x^2, exponentials of tanh.
class ProgramBuilder {
public:
  explicit ProgramBuilder(Choices choices) : choices(choices) { program.name = "main"; }

  sem::Program build() {
    unsigned inputs = 1 + choices.below(3);
    for (unsigned i = 0; i < inputs; ++i) {
      sem::Shape shape;
      for (unsigned d = 0, rank = 2 + choices.below(2); d < rank; ++d) {
        shape.push_back(extent());
        if (sem::numElements(shape) > maxElements)
          shape.back() = 1;
      }
      program.inputs.push_back(
          program.addValue({shape, sem::ElementType::F32}));
    }
    for (unsigned i = 0; i < maxOps && !choices.atEnd(); ++i)
      step();
    program.outputs.push_back(program.values.size() - 1);
    if (choices.below(4) == 1)
      program.outputs.push_back(pick());
    return std::move(program);
  }

private:
  // The field test of a plan takes most of the time, which grows with these.
  static constexpr unsigned maxOps = 8;
  static constexpr int64_t maxElements = 256;

  /// Few are beyond the smallest tiles.
  int64_t extent() {
    static constexpr int64_t extents[] = {1, 2, 2, 3, 3, 4, 5, 20};
    return extents[choices.below(8)];
  }
  sem::ValueId pick() { return choices.below(program.values.size()); }

  std::optional<sem::ValueId> apply(const sem::OpSemantics &op,
                                    ArrayRef<sem::ValueId> operands,
                                    sem::Params params = {}) {
    SmallVector<sem::Shape> shapes;
    for (sem::ValueId operand : operands)
      shapes.push_back(program.shape(operand));
    std::string why;
    std::optional<sem::Structure> s = op.structure(shapes, params, why);
    if (!s || sem::numElements(s->outShape()) > maxElements)
      return std::nullopt;
    sem::Op node;
    node.sem = &op;
    node.params = std::move(params);
    node.operands.append(operands.begin(), operands.end());
    sem::ValueId result =
        program.addValue({s->outShape(), sem::ElementType::F32});
    node.results.push_back(result);
    program.ops.push_back(std::move(node));
    return result;
  }

  sem::ValueId constant(double value, size_t rank) {
    sem::Op node;
    node.kind = sem::Op::Constant;
    node.constant = value;
    sem::ValueId result =
        program.addValue({sem::Shape(rank, 1), sem::ElementType::F32});
    node.results.push_back(result);
    program.ops.push_back(std::move(node));
    return result;
  }

  /// 1 + x^2
  sem::ValueId positive(sem::ValueId x) {
    sem::ValueId square = *apply(sem::mulSem(), {x, x});
    return *apply(sem::addSem(),
                  {square, constant(1, program.shape(x).size())});
  }

  void step() {
    sem::ValueId x = pick();
    int64_t rank = program.shape(x).size();
    switch (choices.below(14)) {
    case 0: { // elementwise with another value
      static const sem::OpSemantics *const ops[] = {
          &sem::addSem(), &sem::subSem(), &sem::mulSem(), &sem::maxSem(),
          &sem::minSem()};
      apply(*ops[choices.below(5)], {x, pick()});
      return;
    }
    case 1: {
      static const sem::OpSemantics *const ops[] = {
          &sem::negSem(), &sem::absSem(), &sem::tanhSem(), &sem::erfSem()};
      apply(*ops[choices.below(4)], {x});
      return;
    }
    case 2:
      apply(sem::expSem(), {*apply(sem::tanhSem(), {x})});
      return;
    case 3:
      apply(sem::rsqrtSem(), {positive(x)});
      return;
    case 4: {
      sem::ValueId y = pick();
      apply(sem::divSem(), {x, positive(y)});
      return;
    }
    case 5:
    case 6:
      if (apply(sem::matmulSem(), {x, pick()}))
        return;
      [[fallthrough]];
    case 7: { // x times its own transpose, or the other way round
      sem::ValueId t = *apply(sem::transposeSem(), {x}, swapLast(rank));
      if (choices.below(2))
        apply(sem::matmulSem(), {x, t});
      else
        apply(sem::matmulSem(), {t, x});
      return;
    }
    case 8:
    case 9: {
      static constexpr sem::Combiner kinds[] = {
          sem::Combiner::Sum, sem::Combiner::Max, sem::Combiner::Min};
      apply(sem::reduceSem(), {x},
            sem::Params()
                .set("kind", static_cast<int64_t>(kinds[choices.below(3)]))
                .set("dim", choices.below(rank)));
      return;
    }
    case 10: { // softmax without its division
      sem::Params max = sem::Params()
                            .set("kind", int64_t(sem::Combiner::Max))
                            .set("dim", choices.below(rank));
      sem::ValueId m = *apply(sem::reduceSem(), {x}, max);
      apply(sem::expSubSem(), {x, m});
      return;
    }
    case 11: {
      SmallVector<int64_t> permutation;
      for (int64_t d = 0; d < rank; ++d)
        permutation.insert(permutation.begin() + choices.below(d + 1), d);
      apply(sem::transposeSem(), {x},
            sem::Params().setArray("permutation", permutation));
      return;
    }
    case 12: { // another order of the same extents, or one of them merged
      sem::Shape shape = program.shape(x);
      if (choices.below(2) && rank > 2) {
        shape[0] *= shape[1];
        shape.erase(shape.begin() + 1);
      } else {
        shape.insert(shape.begin() + choices.below(rank + 1), 1);
      }
      if (shape.size() <= 4)
        apply(sem::reshapeSem(), {x}, sem::Params().setArray("shape", shape));
      return;
    }
    case 13:
      if (choices.below(2)) {
        apply(sem::concatSem(), {x, pick()},
              sem::Params().set("dim", choices.below(rank)));
      } else {
        sem::Shape offsets(rank, 0), sizes = program.shape(x), strides(rank, 1);
        int64_t d = choices.below(rank);
        offsets[d] = choices.below(sizes[d]);
        sizes[d] = 1 + choices.below(sizes[d] - offsets[d]);
        apply(sem::sliceSem(), {x},
              sem::Params()
                  .setArray("offsets", offsets)
                  .setArray("sizes", sizes)
                  .setArray("strides", strides));
      }
      return;
    }
  }

  static sem::Params swapLast(int64_t rank) {
    SmallVector<int64_t> permutation;
    for (int64_t d = 0; d < rank; ++d)
      permutation.push_back(d);
    std::swap(permutation[rank - 1], permutation[rank - 2]);
    return sem::Params().setArray("permutation", permutation);
  }

  Choices choices;
  sem::Program program;
};
} // namespace

namespace {
/// Wrong on purpose, to see that it is found: minuend and subtrahend are exchanged.
struct PlantPass : PassWrapper<PlantPass, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PlantPass)
  StringRef getArgument() const override { return "fuzz-plant"; }
  void runOnOperation() override {
    getOperation()->walk([](mlir::mirage::SubOp op) {
      op->setOperands({op->getOperand(1), op->getOperand(0)});
    });
  }
};
} // namespace

static void registerDialects(DialectRegistry &registry) {
  [[maybe_unused]] static const bool once =
      (mlir::mirage::registerAllPasses(), registerTransformsPasses(),
       PassRegistration<PlantPass>(), true);
  registry.insert<mlir::mirage::MirageDialect, arith::ArithDialect,
                  func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
                  tensor::TensorDialect>();
}

static Type tensorType(MLIRContext *context, const sem::ValueType &type) {
  return RankedTensorType::get(type.shape,
                               mlir::mirage::getMLIRType(context, type.element));
}

static OwningOpRef<ModuleOp> materialize(const sem::Program &program,
                                         MLIRContext *context) {
  SmallVector<Type> inputs, outputs;
  for (sem::ValueId id : program.inputs)
    inputs.push_back(tensorType(context, program.values[id]));
  for (sem::ValueId id : program.outputs)
    outputs.push_back(tensorType(context, program.values[id]));
  Location loc = UnknownLoc::get(context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  auto function =
      func::FuncOp::create(builder, loc, program.name,
                           builder.getFunctionType(inputs, outputs));
  if (failed(mlir::mirage::materializeProgram(program, function)))
    fail("no IR for a program:\n" + print(*module));
  return module;
}

/// The largest value of the whole program, by which errors are measured.
static double scaleOf(sem::Program program, ArrayRef<sem::Tensor> inputs) {
  program.outputs.clear();
  for (sem::ValueId id = 0; id < program.values.size(); ++id)
    program.outputs.push_back(id);
  double scale = 0;
  for (const sem::Tensor &tensor :
       sem::evaluate(sem::RealDomain{false, false}, program, inputs))
    for (double value : tensor.data)
      scale = std::max(scale, std::abs(value));
  return scale;
}

static std::vector<sem::Tensor> evaluate(const sem::Program &program,
                                         ArrayRef<sem::Tensor> inputs) {
  return sem::evaluate(sem::RealDomain{false, false}, program, inputs);
}

namespace {
/// A program, and what it computes.
struct Subject {
  const sem::Program &program;
  ModuleOp module;
  std::vector<sem::Tensor> inputs, expected;
  double tolerance;

  /// How what `after` computes differs, or nothing.
  std::optional<std::string> difference(ModuleOp after) const {
    auto other = mlir::mirage::extractProgram(
        cast<func::FuncOp>(after.lookupSymbol("main")));
    if (failed(other))
      return "leaves no program";
    for (auto [a, e] : llvm::zip_equal(evaluate(*other, inputs), expected))
      for (auto [x, y] : llvm::zip_equal(a.data, e.data))
        if (!(std::abs(x - y) <= tolerance))
          return "changes " + std::to_string(y) + " to " + std::to_string(x);
    return std::nullopt;
  }

  [[noreturn]] void failOn(const std::string &what, ModuleOp after) const {
    fail(what + "\nfrom\n" + print(module) + "\nto\n" + print(after));
  }
};
} // namespace

static void checkPipeline(const Subject &subject, StringRef pipeline) {
  OwningOpRef<ModuleOp> module = ModuleOp(subject.module).clone();
  std::string name = pipeline.str();
  PassManager passes(module->getContext());
  if (failed(parsePassPipeline(pipeline, passes)))
    fail("no pipeline: " + name);
  if (failed(passes.run(*module))) {
    // Not all that comes out of convert-mirage-to-linalg is imported.
    if (pipeline.ends_with("{require-complete}"))
      return;
    subject.failOn(name + " fails", *module);
  }
  if (auto why = subject.difference(*module))
    subject.failOn(name + " " + *why, *module);
}

static void checkPlans(const Subject &subject) {
  ::mirage::search::SearchOptions options;
  options.maxStates = 60;
  options.topK = 2;
  for (const ::mirage::search::Plan &plan :
       ::mirage::search::search(subject.program, options).plans) {
    OwningOpRef<ModuleOp> module =
        materialize(plan.program, subject.module->getContext());
    std::optional<std::string> why =
        failed(verify(*module)) ? "is no valid IR" : subject.difference(*module);
    if (why && ::mirage::verify::verify(subject.program, plan.program).accepted)
      subject.failOn("an accepted plan " + *why, *module);
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static FuzzContext fuzzContext(registerDialects);
  Choices choices(data, size);
  bool searchInPass = choices.below(64) == 1;
  sem::Program program = ProgramBuilder(choices).build();
  OwningOpRef<ModuleOp> module = materialize(program, fuzzContext.get());
  if (failed(verify(*module)))
    fail("no valid IR for a program:\n" + print(*module));
  if (std::getenv("FUZZ_PRINT"))
    llvm::errs() << print(*module);

  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  std::vector<sem::Tensor> inputs;
  for (sem::ValueId id : program.inputs) {
    inputs.push_back({program.shape(id), {}});
    for (int64_t i = sem::numElements(program.shape(id)); i > 0; --i)
      inputs.back().data.push_back(normal(random));
  }
  // Products of products overflow, or lose all digits.
  double scale = scaleOf(program, inputs);
  if (!(scale < 1e6))
    return 0;
  Subject subject{program, *module, inputs, evaluate(program, inputs),
                  1e-9 * (1 + scale)};
  for (StringRef pipeline :
       {"canonicalize,cse", "mirage-form-kernels,canonicalize,cse",
        "convert-mirage-to-linalg,convert-linalg-to-mirage{require-complete}"})
    checkPipeline(subject, pipeline);
  checkPlans(subject);
  if (searchInPass)
    checkPipeline(subject, "mirage-superoptimize{max-states=60 threads=1}");
  if (const char *pipeline = std::getenv("FUZZ_PIPELINE"))
    checkPipeline(subject, pipeline);
  return 0;
}
