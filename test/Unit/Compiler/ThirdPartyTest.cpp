//===- ThirdPartyTest.cpp - Ops of another dialect in the algebra ---------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A dialect that is not ours has an op that implements AlgebraOpInterface, and
// one that it is attached to. Nothing of ours names them, and they are verified,
// evaluated, searched and lowered.
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/CPURunner.h"
#include "mirage/Compiler/ProgramIO.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/InitAll.h"
#include "mirage/Semantics/Evaluate.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

namespace {

//===----------------------------------------------------------------------===//
// The other dialect
//===----------------------------------------------------------------------===//

double swish(double x) { return x / (1 + std::exp(-x)); }
double relu(double x) { return std::max(x, 0.0); }

/// x / (1 + exp(-x))
const sem::OpSemantics &swishSem() {
  using E = sem::ScalarExpr;
  E power = E::call(sem::fn::exp, {E::call(sem::fn::neg, {E::arg(0)})});
  static const sem::Elementwise s(
      "acme.swish",
      E::call(sem::fn::div,
              {E::arg(0), E::call(sem::fn::add, {E::constant(1), power})}),
      1);
  return s;
}

/// max(x, 0)
const sem::OpSemantics &reluSem() {
  using E = sem::ScalarExpr;
  static const sem::Elementwise s(
      "acme.relu", E::call(sem::fn::max, {E::arg(0), E::constant(0)}), 1);
  return s;
}

struct SwishOp
    : Op<SwishOp, OpTrait::ZeroRegions, OpTrait::ZeroSuccessors,
         OpTrait::OneResult, OpTrait::OneOperand,
         MemoryEffectOpInterface::Trait, AlgebraOpInterface::Trait> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SwishOp)
  using Op::Op;
  static StringRef getOperationName() { return "acme.swish"; }
  static ArrayRef<StringRef> getAttributeNames() { return {}; }
  static const sem::OpSemantics &getSemantics() { return swishSem(); }
  void getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &) {}
};

struct ReluOp : Op<ReluOp, OpTrait::ZeroRegions, OpTrait::ZeroSuccessors,
                   OpTrait::VariadicResults, OpTrait::OneOperand,
                   MemoryEffectOpInterface::Trait> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ReluOp)
  using Op::Op;
  static StringRef getOperationName() { return "acme.relu"; }
  static ArrayRef<StringRef> getAttributeNames() { return {}; }
  void getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &) {}
};

struct ReluModel : AlgebraOpInterface::ExternalModel<ReluModel, ReluOp> {
  static const sem::OpSemantics &getSemantics() { return reluSem(); }
};

struct AcmeDialect : Dialect {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(AcmeDialect)
  static StringRef getDialectNamespace() { return "acme"; }
  explicit AcmeDialect(MLIRContext *context)
      : Dialect(getDialectNamespace(), context, TypeID::get<AcmeDialect>()) {
    addOperations<SwishOp, ReluOp>();
  }
};

//===----------------------------------------------------------------------===//
// Tests
//===----------------------------------------------------------------------===//

class ThirdParty : public testing::Test {
protected:
  ThirdParty() {
    registerAllPasses();
    DialectRegistry registry;
    registerAllDialects(registry);
    registry.insert<AcmeDialect>();
    registry.addExtension(+[](MLIRContext *context, AcmeDialect *) {
      ReluOp::attachInterface<ReluModel>(*context);
    });
    context.appendDialectRegistry(registry);
    context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        message += diagnostic.str();
    });
  }

  OwningOpRef<ModuleOp> parse(StringRef text) {
    message.clear();
    return parseSourceString<ModuleOp>(text, &context);
  }
  OwningOpRef<ModuleOp> parseMain() {
    return parse(R"(
      func.func @main(%x: tensor<8x16xf32>, %w: tensor<16x8xf32>)
          -> tensor<8x8xf32> {
        %r = "acme.relu"(%x) : (tensor<8x16xf32>) -> tensor<8x16xf32>
        %y = mirage.matmul %r, %w
            : tensor<8x16xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
        %s = "acme.swish"(%y) : (tensor<8x8xf32>) -> tensor<8x8xf32>
        return %s : tensor<8x8xf32>
      })");
  }
  std::string print(ModuleOp module) {
    std::string text;
    llvm::raw_string_ostream(text) << module;
    return text;
  }
  void run(ModuleOp module, StringRef pipeline) {
    PassManager passes(&context);
    ASSERT_TRUE(succeeded(parsePassPipeline(pipeline, passes)));
    ASSERT_TRUE(succeeded(passes.run(module))) << message;
  }
  /// The module's main computes what main above does.
  void checkOnCPU(ModuleOp module) {
    std::vector<float> x(8 * 16), w(16 * 8), y(8 * 8);
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = std::sin(i * 0.7);
      w[i] = std::cos(i * 1.3);
    }
    ASSERT_TRUE(succeeded(
        runOnCPU(module, "main",
                 {{x.data(), {8, 16}, sem::ElementType::F32},
                  {w.data(), {16, 8}, sem::ElementType::F32}},
                 {{y.data(), {8, 8}, sem::ElementType::F32}})))
        << message;
    for (int i = 0; i < 8; ++i)
      for (int j = 0; j < 8; ++j) {
        double sum = 0;
        for (int k = 0; k < 16; ++k)
          sum += relu(x[16 * i + k]) * w[8 * k + j];
        EXPECT_NEAR(y[8 * i + j], swish(sum), 1e-5);
      }
  }

  MLIRContext context;
  std::string message;
};

TEST_F(ThirdParty, IsVerified) {
  EXPECT_FALSE(parse(R"(
    func.func @main(%x: tensor<4xf32>) -> tensor<8xf32> {
      %s = "acme.swish"(%x) : (tensor<4xf32>) -> tensor<8xf32>
      return %s : tensor<8xf32>
    })"));
  EXPECT_NE(message.find("result has shape 8, expected 4"), std::string::npos)
      << message;
  // An attached interface has no verifier of its own; the kernel looks.
  auto kernel = [&](StringRef results, StringRef used) {
    return parse((R"(
    func.func @main(%a: tensor<4xf32>) -> tensor<4xf32> {
      %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
        %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
        )" + results +
                  R"( "acme.relu"(%t) : (!mirage.tile<4xf32>) -> )" + used +
                  R"(
        mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
      }
      return %o : tensor<4xf32>
    })")
                     .str());
  };
  EXPECT_TRUE(kernel("%r = ", "!mirage.tile<4xf32>")) << message;
  EXPECT_FALSE(kernel("%r = ", "!mirage.tile<2xf32>"));
  EXPECT_NE(message.find("result has shape 2, expected 4"), std::string::npos)
      << message;
  EXPECT_FALSE(kernel("", "()"));
  EXPECT_NE(message.find("must have one result"), std::string::npos) << message;
  for (const char *type : {"index", "memref<4xf32>", "!mirage.out<4xf32>"}) {
    EXPECT_FALSE(kernel("%r = ", type));
    EXPECT_NE(message.find("expected a tensor of static shape or a tile"),
              std::string::npos)
        << message;
  }
}

TEST_F(ThirdParty, IsEvaluatedAndMaterialized) {
  OwningOpRef<ModuleOp> module = parseMain();
  ASSERT_TRUE(module) << message;
  auto function = module->lookupSymbol<func::FuncOp>("main");
  FailureOr<sem::Program> program = extractProgram(function);
  ASSERT_TRUE(succeeded(program)) << message;
  sem::Tensor x{{8, 16}, std::vector<double>(128, -1.0)};
  sem::Tensor w{{16, 8}, std::vector<double>(128, 0.25)};
  x.data[0] = 2;
  std::vector<sem::Tensor> y = sem::evaluate(sem::RealDomain{}, *program, {x, w});
  EXPECT_DOUBLE_EQ(y[0].data[0], swish(0.5));
  EXPECT_DOUBLE_EQ(y[0].data[8], 0);
  std::string before = print(*module);
  ASSERT_TRUE(succeeded(materializeProgram(*program, function)));
  EXPECT_EQ(print(*module), before);
}

TEST_F(ThirdParty, IsSearchedAndLowered) {
  OwningOpRef<ModuleOp> module = parseMain();
  ASSERT_TRUE(module) << message;
  checkOnCPU(*module);
  run(*module, "mirage-superoptimize,mirage-form-kernels");
  // All of it stands in kernels.
  std::string text = print(*module);
  for (const char *name : {"acme.relu", "acme.swish"})
    EXPECT_NE(text.find(name + std::string("\"(")), std::string::npos) << text;
  EXPECT_EQ(text.find("tensor<8x16xf32>) -> tensor<8x16xf32>"),
            std::string::npos)
      << text;
  checkOnCPU(*module);
  run(*module, "mirage-to-ptx{chip=sm_90a}");
  EXPECT_NE(print(*module).find(".visible .entry main_kernel_0"),
            std::string::npos);
}

} // namespace
