// RUN: mirage-opt %s --canonicalize --cse | FileCheck %s

// Equal inputs merge, unused ones go.
// CHECK-LABEL: @inputs
// CHECK: mirage.kernel () ins(%{{[^,]*}} = %arg0 : tensor<4xf32>) outs
func.func @inputs(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>, %y = %a : tensor<4xf32>, %z = %b : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %s = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %t = mirage.load %y[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %u = mirage.add %s, %t : !mirage.tile<4xf32>, !mirage.tile<4xf32> -> !mirage.tile<4xf32>
    mirage.store %u to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// A result without a use is dropped; attributes stay.
// CHECK-LABEL: @accumulators
// CHECK: mirage.loop (%{{.*}} : 4) -> (!mirage.tile<2x1xf32>) attributes {kept}
// CHECK: mirage.accumulate sum %{{[0-9a-z]*}} :
func.func @accumulators(%a: tensor<2x16xf32>) -> tensor<2x1xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<2x16xf32>) outs(%out : tensor<2x1xf32>) {
    %s, %m = mirage.loop (%k : 4) -> (!mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>) attributes {kept} {
      %t = mirage.load %x[*, %k] : tensor<2x16xf32> -> !mirage.tile<2x4xf32>
      %p = mirage.reduce sum %t dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf32>
      %q = mirage.reduce max %t dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf32>
      mirage.accumulate sum %p, max %q : !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<2x1xf32>, !mirage.out<2x1xf32>
  }
  return %o : tensor<2x1xf32>
}

// CHECK-LABEL: @folders
// CHECK-NEXT: return %arg0
func.func @folders(%a: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %0 = mirage.cast %a : tensor<2x4xf32> -> tensor<2x4xf32>
  %1 = mirage.transpose %0 [0, 1] : tensor<2x4xf32> -> tensor<2x4xf32>
  %2 = mirage.reshape %1 : tensor<2x4xf32> -> tensor<8xf32>
  %3 = mirage.reshape %2 : tensor<8xf32> -> tensor<2x4xf32>
  %4 = mirage.slice %3 [0, 0] [1, 1] : tensor<2x4xf32> -> tensor<2x4xf32>
  %5 = mirage.concat dim 0 %4 : tensor<2x4xf32> -> tensor<2x4xf32>
  %6 = mirage.broadcast %5 : tensor<2x4xf32> -> tensor<2x4xf32>
  return %6 : tensor<2x4xf32>
}
