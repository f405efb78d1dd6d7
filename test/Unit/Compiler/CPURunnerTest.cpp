//===- CPURunnerTest.cpp - Programs on the host ---------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/CPURunner.h"
#include "mirage/InitAll.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::mirage;
using ::mirage::sem::ElementType;

namespace {

class CPURunner : public testing::Test {
protected:
  CPURunner() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.getDiagEngine().registerHandler(
        [&](Diagnostic &diagnostic) { message += diagnostic.str(); });
    module = parseSourceString<ModuleOp>(R"(
      func.func @main(%x: tensor<2x3xf32>, %w: tensor<3x2xf32>)
          -> (tensor<2x2xf32>, tensor<2x3xi1>) {
        %y = mirage.matmul %x, %w
            : tensor<2x3xf32>, tensor<3x2xf32> -> tensor<2x2xf32>
        %z = mirage.constant 0.0 : tensor<1x1xf32>
        %p = mirage.cmp lt %x, %z
            : tensor<2x3xf32>, tensor<1x1xf32> -> tensor<2x3xi1>
        return %y, %p : tensor<2x2xf32>, tensor<2x3xi1>
      }
      func.func @dynamic(%x: tensor<?xf32>) -> tensor<?xf32> {
        return %x : tensor<?xf32>
      })",
                                         &context);
  }

  float x[6] = {1, -2, 3, -4, 5, -6}, w[6] = {1, 0, 0, 1, 1, 1};
  HostBuffer xBuffer{x, {2, 3}, ElementType::F32};
  HostBuffer wBuffer{w, {3, 2}, ElementType::F32};
  float y[4] = {};
  bool p[6] = {};
  HostBuffer yBuffer{y, {2, 2}, ElementType::F32};
  HostBuffer pBuffer{p, {2, 3}, ElementType::I1};
  MLIRContext context;
  std::string message;
  OwningOpRef<ModuleOp> module;
};

TEST_F(CPURunner, WritesEveryOutput) {
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(
      runOnCPU(*module, "main", {xBuffer, wBuffer}, {yBuffer, pBuffer})))
      << message;
  const float product[] = {4, 1, -10, -1};
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(y[i], product[i]);
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(p[i], x[i] < 0);
}

TEST_F(CPURunner, LeavesTheModuleAsItWas) {
  std::string before, after;
  llvm::raw_string_ostream(before) << *module;
  ASSERT_TRUE(succeeded(
      runOnCPU(*module, "main", {xBuffer, wBuffer}, {yBuffer, pBuffer})));
  llvm::raw_string_ostream(after) << *module;
  EXPECT_EQ(before, after);
}

TEST_F(CPURunner, RefusesWhatDoesNotFit) {
  auto refuses = [&](StringRef entry, ArrayRef<HostBuffer> inputs,
                     ArrayRef<HostBuffer> outputs, StringRef why) {
    message.clear();
    EXPECT_TRUE(failed(runOnCPU(*module, entry, inputs, outputs)));
    EXPECT_NE(message.find(why.str()), std::string::npos) << message;
  };
  refuses("other", {}, {}, "defines no function 'other'");
  refuses("main", {xBuffer}, {yBuffer, pBuffer}, "has 2 inputs, got 1");
  refuses("main", {xBuffer, xBuffer}, {yBuffer, pBuffer},
          "input 1 has type 'tensor<3x2xf32>', got 2x3 of f32");
  refuses("main", {xBuffer, wBuffer}, {pBuffer, yBuffer},
          "output 0 has type 'tensor<2x2xf32>', got 2x3 of i1");
  refuses("dynamic", {xBuffer}, {yBuffer},
          "input 0 has type 'tensor<?xf32>', which does not run on the CPU");
}

} // namespace
