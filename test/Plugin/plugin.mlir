// A stock mlir-opt with the plugin gives what mirage-opt gives.
// RUN: mlir-opt --load-dialect-plugin=%plugin %s -o %t.stock
// RUN: mirage-opt %s -o %t.own
// RUN: diff %t.stock %t.own
// RUN: mlir-opt --load-dialect-plugin=%plugin \
// RUN:   --pass-pipeline='builtin.module(mirage-expand-math)' %s -o %t.stock
// RUN: mirage-opt --pass-pipeline='builtin.module(mirage-expand-math)' %s -o %t.own
// RUN: diff %t.stock %t.own
// RUN: FileCheck %s < %t.stock

// CHECK-LABEL: @kernel
// CHECK: mirage.kernel
func.func @kernel(%a: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8x4xf32>) outs(%out : tensor<8x4xf32>) {
    %t = mirage.load %x[%i, *] : tensor<8x4xf32> -> !mirage.tile<4x4xf32>
    %e = mirage.exp %t : !mirage.tile<4x4xf32>
    mirage.store %e to %out[%i, *] : !mirage.tile<4x4xf32>, !mirage.out<8x4xf32>
  }
  return %o : tensor<8x4xf32>
}

// CHECK-LABEL: @scalar
// CHECK-NOT: math.exp2
func.func @scalar(%x: f32) -> f32 {
  %r = math.exp2 %x : f32
  return %r : f32
}
