//===- ProgramIOTest.cpp - Programs that no function can hold -------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each is an error at the function, whatever built the program.
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/ProgramIO.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::mirage;
namespace sem = ::mirage::sem;

namespace {
constexpr const char *text = R"(
func.func @main(%x: tensor<8x16xf32>) -> tensor<8x1xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %x : tensor<8x16xf32>) outs(%out : tensor<8x1xf32>) {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4x1xf32>) {
      %t = mirage.load %x[%i, %k] : tensor<8x16xf32> -> !mirage.tile<4x4xf32>
      %r = mirage.reduce sum %t dim 1 : !mirage.tile<4x4xf32> -> !mirage.tile<4x1xf32>
      mirage.accumulate sum %r : !mirage.tile<4x1xf32>
    }
    mirage.store %s to %out[%i, *] : !mirage.tile<4x1xf32>, !mirage.out<8x1xf32>
  }
  return %o : tensor<8x1xf32>
}
)";

class ProgramIOTest : public ::testing::Test {
protected:
  ProgramIOTest() {
    context
        .loadDialect<MirageDialect, func::FuncDialect, arith::ArithDialect>();
    module = parseSourceString<ModuleOp>(text, &context);
    program = *extractProgram(function());
  }

  func::FuncOp function() {
    return cast<func::FuncOp>(module->lookupSymbol("main"));
  }
  sem::Op &kernel() { return program.ops[0]; }
  sem::Op &loop() { return kernel().body[0]; }
  sem::Op &store() { return kernel().body[1]; }

  /// What is said about the program; empty if the function takes it.
  std::string materialize() {
    std::string said;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      EXPECT_EQ(diagnostic.getLocation(), function().getLoc());
      said += diagnostic.str();
    });
    LogicalResult result = materializeProgram(program, function());
    EXPECT_EQ(failed(result), !said.empty());
    return said;
  }
  static std::string cannot(const std::string &why) {
    return "'func.func' op cannot hold the program, which " + why;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  sem::Program program;
};
} // namespace

TEST_F(ProgramIOTest, TheSameProgram) { EXPECT_EQ(materialize(), ""); }

TEST_F(ProgramIOTest, AnotherSignature) {
  program.inputs.push_back(program.addValue({{2}, sem::ElementType::F32}));
  EXPECT_EQ(materialize(), cannot("has another number of inputs or outputs"));
}

TEST_F(ProgramIOTest, AnOutputThatIsNotComputed) {
  program.outputs[0] = loop().results[0];
  EXPECT_EQ(materialize(), cannot("returns a value that is not computed"));
}

TEST_F(ProgramIOTest, AnOutputThatIsNotThere) {
  program.outputs[0] = 99;
  EXPECT_EQ(materialize(), cannot("returns a value that is not computed"));
}

TEST_F(ProgramIOTest, AnOutputOfAnotherType) {
  program.outputs[0] = program.inputs[0];
  EXPECT_EQ(materialize(), cannot("returns tensor<8x16xf32>, the function "
                                  "tensor<8x1xf32>"));
}

TEST_F(ProgramIOTest, AValueThatIsNotComputed) {
  loop().body[1].operands[0] = program.outputs[0];
  EXPECT_EQ(materialize(),
            cannot("uses value " + std::to_string(program.outputs[0]) +
                   " before it is computed"));
}

TEST_F(ProgramIOTest, AnAxisOfNoKernel) {
  kernel().axes.clear();
  EXPECT_EQ(materialize(), cannot("uses axis 0 out of its scope"));
}

TEST_F(ProgramIOTest, AStoreElsewhere) {
  store().results[0] = program.inputs[0];
  EXPECT_EQ(materialize(), cannot("stores to what is no output of the kernel"));
}

TEST_F(ProgramIOTest, AnAccumulatorThatIsNotComputed) {
  loop().accumulators[0].value = program.outputs[0];
  EXPECT_EQ(materialize(), cannot("accumulates a value that is not computed"));
}
