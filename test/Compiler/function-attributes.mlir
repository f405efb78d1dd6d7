// RUN: mirage-opt %s --convert-linalg-to-mirage --mirage-superoptimize=chip=sm_90a --mlir-print-debuginfo --mlir-print-local-scope 2>/dev/null | FileCheck %s

// A function that is written anew keeps what callers wrote on it, on its
// parameters and results, and on its return, and where they did.
// CHECK:       module @jit_f attributes {acme.partitions = 1 : i32}
// CHECK:       func.func public @main(
// CHECK-SAME:    %{{.*}}: tensor<4x8xf32> {acme.donor = true} loc("first"
// CHECK-SAME:    %{{.*}}: tensor<8x4xf32> loc("second"
// CHECK-SAME:    -> (tensor<4x4xf32> {acme.info = "result"})
// CHECK-SAME:    attributes {acme.strict}
// CHECK:         mirage.kernel
// CHECK:         return {acme.done = 1 : i32} %{{.*}} : tensor<4x4xf32> loc("end"
module @jit_f attributes {acme.partitions = 1 : i32} {
  func.func public @main(%arg0: tensor<4x8xf32> {acme.donor = true} loc("first"), %arg1: tensor<8x4xf32> loc("second"))
      -> (tensor<4x4xf32> {acme.info = "result"}) attributes {acme.strict} {
    %cst = arith.constant 0.0 : f32
    %0 = tensor.empty() : tensor<4x4xf32>
    %1 = linalg.fill ins(%cst : f32) outs(%0 : tensor<4x4xf32>) -> tensor<4x4xf32>
    %2 = linalg.matmul ins(%arg0, %arg1 : tensor<4x8xf32>, tensor<8x4xf32>) outs(%1 : tensor<4x4xf32>) -> tensor<4x4xf32>
    %3 = linalg.exp ins(%2 : tensor<4x4xf32>) outs(%0 : tensor<4x4xf32>) -> tensor<4x4xf32>
    return {acme.done = 1 : i32} %3 : tensor<4x4xf32> loc("end")
  }
}
