// RUN: mirage-opt %s --mirage-materialize-masks | FileCheck %s
// RUN: mirage-opt %s --mirage-materialize-masks --mirage-materialize-masks | FileCheck %s

// The load takes the value that its reduction needs; no mask.
// CHECK-LABEL: @fill
// CHECK: mirage.load {{.*}} fill 0xFFF0000000000000 :
// CHECK-NOT: mirage.mask
func.func @fill(%x: tensor<2x100xf32>) -> tensor<2x1xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<2x100xf32>) outs(%out : tensor<2x1xf32>) {
    %m = mirage.loop (%k : 7) -> (!mirage.tile<2x1xf32>) {
      %t = mirage.load %x[*, %k] : tensor<2x100xf32> -> !mirage.tile<2x16xf32>
      %s = mirage.reduce max %t dim 1 : !mirage.tile<2x16xf32> -> !mirage.tile<2x1xf32>
      mirage.accumulate max %s : !mirage.tile<2x1xf32>
    }
    mirage.store %m to %out[*, *] : !mirage.tile<2x1xf32>, !mirage.out<2x1xf32>
  }
  return %o : tensor<2x1xf32>
}

// What is computed from a load must be masked: exp(0) counts.
// CHECK-LABEL: @mask
// CHECK: %[[T:.*]] = mirage.load {{.*}} fill 0.000000e+00
// CHECK: %[[E:.*]] = mirage.exp %[[T]]
// CHECK: %[[M:.*]] = mirage.mask %[[E]][*, %{{.*}}] sizes [2, 100] fill 0.000000e+00
// CHECK: mirage.reduce sum %[[M]]
func.func @mask(%x: tensor<2x100xf32>) -> tensor<2x1xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<2x100xf32>) outs(%out : tensor<2x1xf32>) {
    %m = mirage.loop (%k : 7) -> (!mirage.tile<2x1xf32>) {
      %t = mirage.load %x[*, %k] : tensor<2x100xf32> -> !mirage.tile<2x16xf32>
      %e = mirage.exp %t : !mirage.tile<2x16xf32>
      %s = mirage.reduce sum %e dim 1 : !mirage.tile<2x16xf32> -> !mirage.tile<2x1xf32>
      mirage.accumulate sum %s : !mirage.tile<2x1xf32>
    }
    mirage.store %m to %out[*, *] : !mirage.tile<2x1xf32>, !mirage.out<2x1xf32>
  }
  return %o : tensor<2x1xf32>
}

// Both operands of a contraction, since 0 * inf is NaN. The rows, which are
// ragged too, are not reduced and need no mask.
// CHECK-LABEL: @contraction
// CHECK-COUNT-2: mirage.mask {{.*}} fill 0.000000e+00
// CHECK: mirage.matmul
// CHECK-NOT: mirage.mask
func.func @contraction(%x: tensor<5x9xf32>, %y: tensor<9x4xf32>) -> tensor<5x4xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %x : tensor<5x9xf32>, %y = %y : tensor<9x4xf32>) outs(%out : tensor<5x4xf32>) {
    %m = mirage.loop (%k : 3) -> (!mirage.tile<3x4xf32>) {
      %a = mirage.load %x[%i, %k] : tensor<5x9xf32> -> !mirage.tile<3x4xf32>
      %b = mirage.load %y[%k, *] : tensor<9x4xf32> -> !mirage.tile<4x4xf32>
      %e = mirage.exp %a : !mirage.tile<3x4xf32>
      %f = mirage.exp %b : !mirage.tile<4x4xf32>
      %s = mirage.matmul %e, %f : !mirage.tile<3x4xf32>, !mirage.tile<4x4xf32> -> !mirage.tile<3x4xf32>
      mirage.accumulate sum %s : !mirage.tile<3x4xf32>
    }
    mirage.store %m to %out[%i, *] : !mirage.tile<3x4xf32>, !mirage.out<5x4xf32>
  }
  return %o : tensor<5x4xf32>
}

// 0 and -inf in x and m of a sum relative to m.
// CHECK-LABEL: @relative
// CHECK: mirage.load {{.*}} fill 0.000000e+00
// CHECK: mirage.load {{.*}} fill 0xFFF0000000000000
// CHECK-NOT: mirage.mask
func.func @relative(%x: tensor<2x5xf32>, %y: tensor<2x5xf32>) -> tensor<2x1xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<2x5xf32>, %y = %y : tensor<2x5xf32>) outs(%out : tensor<2x1xf32>) {
    %m = mirage.loop (%k : 2) -> (!mirage.tile<2x1xf32>) {
      %a = mirage.load %x[*, %k] : tensor<2x5xf32> -> !mirage.tile<2x4xf32>
      %b = mirage.load %y[*, %k] : tensor<2x5xf32> -> !mirage.tile<2x4xf32>
      %s = mirage.reduce sum %a rel %b dim 1 : !mirage.tile<2x4xf32>, !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf32>
      mirage.accumulate sum %s : !mirage.tile<2x1xf32>
    }
    mirage.store %m to %out[*, *] : !mirage.tile<2x1xf32>, !mirage.out<2x1xf32>
  }
  return %o : tensor<2x1xf32>
}

// Nothing is ragged, nothing changes.
// CHECK-LABEL: @even
// CHECK-NOT: fill
// CHECK: return
func.func @even(%x: tensor<2x96xf32>) -> tensor<2x1xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<2x96xf32>) outs(%out : tensor<2x1xf32>) {
    %m = mirage.loop (%k : 6) -> (!mirage.tile<2x1xf32>) {
      %t = mirage.load %x[*, %k] : tensor<2x96xf32> -> !mirage.tile<2x16xf32>
      %s = mirage.reduce max %t dim 1 : !mirage.tile<2x16xf32> -> !mirage.tile<2x1xf32>
      mirage.accumulate max %s : !mirage.tile<2x1xf32>
    }
    mirage.store %m to %out[*, *] : !mirage.tile<2x1xf32>, !mirage.out<2x1xf32>
  }
  return %o : tensor<2x1xf32>
}
