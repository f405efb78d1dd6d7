// RUN: mirage-opt %s --verify-roundtrip | FileCheck %s
// RUN: mirage-opt %s --mlir-print-op-generic | mirage-opt | FileCheck %s
// RUN: mirage-opt %s --emit-bytecode | mirage-opt | FileCheck %s

// CHECK-LABEL: @rank_zero
// CHECK: mirage.load %{{.*}}[] : tensor<f32> ->
// CHECK: mirage.constant 0xFFF0000000000000 : !mirage.tile<f32>
// CHECK: mirage.store %{{.*}} to %{{.*}}[] :
func.func @rank_zero(%a: tensor<f32>) -> tensor<f32> {
  %o = mirage.kernel () ins(%x = %a : tensor<f32>) outs(%out : tensor<f32>) {
    %t = mirage.load %x[] : tensor<f32> -> !mirage.tile<f32>
    %c = mirage.constant 0xFFF0000000000000 : !mirage.tile<f32>
    %m = mirage.max %t, %c : !mirage.tile<f32>, !mirage.tile<f32> -> !mirage.tile<f32>
    mirage.store %m to %out[] : !mirage.tile<f32>, !mirage.out<f32>
  }
  return %o : tensor<f32>
}

// CHECK-LABEL: @loop
// CHECK: mirage.loop (%[[K:.*]] : 4) -> (!mirage.tile<4x1xf32>, !mirage.tile<4x1xf32>)
// CHECK: mirage.load %{{.*}}[%{{.*}}, %[[K]]]
// CHECK: mirage.accumulate max %[[M:.*]], sum %{{.*}} rel %[[M]] :
func.func @loop(%a: tensor<8x16xf32>) -> tensor<8x1xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8x16xf32>) outs(%out : tensor<8x1xf32>) {
    %m, %s = mirage.loop (%k : 4) -> (!mirage.tile<4x1xf32>, !mirage.tile<4x1xf32>) {
      %t = mirage.load %x[%i, %k] : tensor<8x16xf32> -> !mirage.tile<4x4xf32>
      %p = mirage.reduce max %t dim 1 : !mirage.tile<4x4xf32> -> !mirage.tile<4x1xf32>
      %q = mirage.reduce sum %t dim 1 : !mirage.tile<4x4xf32> -> !mirage.tile<4x1xf32>
      mirage.accumulate max %p, sum %q rel %p : !mirage.tile<4x1xf32>, !mirage.tile<4x1xf32>
    }
    %r = mirage.add %m, %s : !mirage.tile<4x1xf32>, !mirage.tile<4x1xf32> -> !mirage.tile<4x1xf32>
    mirage.store %r to %out[%i, *] : !mirage.tile<4x1xf32>, !mirage.out<8x1xf32>
  }
  return %o : tensor<8x1xf32>
}
