// RUN: mirage-opt %s --convert-linalg-to-mirage --verify-diagnostics | FileCheck %s
// RUN: mirage-opt %s --inline --symbol-dce --convert-linalg-to-mirage=require-complete | FileCheck %s --check-prefix=INLINE
// RUN: mirage-opt %s --inline --symbol-dce --convert-linalg-to-mirage=require-complete --mirage-superoptimize=chip=sm_90a 2>/dev/null | FileCheck %s --check-prefix=SEARCH
// RUN: mirage-opt %s --convert-linalg-to-mirage --mirage-superoptimize=chip=sm_90a 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// Each function is raised for itself, and calls stay; after inlining there is
// one function, which can be searched as a whole.
// CHECK-LABEL: func private @layer(
// CHECK:         mirage.matmul
// CHECK-LABEL: func @main(
// CHECK:         %[[A:.*]] = call @layer(
// CHECK:         call @layer(%[[A]]
// CHECK:         mirage.exp
// INLINE-NOT:  func.func private
// INLINE:      func.func @main(
// INLINE:        mirage.matmul
// INLINE:        mirage.matmul
// INLINE:        mirage.exp
// INLINE-NOT:    call
// SEARCH-NOT:  call
// SEARCH:      mirage.kernel
// SEARCH-NOT:  call
// REMARK:      [not-searched] 'main': 'func.call' has no meaning in a program
func.func private @layer(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %zero = arith.constant dense<0.0> : tensor<4x8xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x8xf32>) outs(%zero : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}
func.func @main(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %0 = call @layer(%x, %w) : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %1 = call @layer(%0, %w) : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %2 = linalg.exp ins(%1 : tensor<4x8xf32>) outs(%1 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}
