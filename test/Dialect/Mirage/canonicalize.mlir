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

// Outputs without a use go, with what is computed for them alone.
// CHECK-LABEL: @outputs
// CHECK: %[[O:.*]]:2 = mirage.kernel (%[[I:.*]] : 2) ins(%{{.*}} = %arg0 : tensor<4xf32>) outs(%[[P:.*]] : tensor<4xf32>, %[[Q:.*]] : tensor<4xf16>) attributes {kept}
// CHECK-NEXT: mirage.load
// CHECK-NEXT: mirage.store %{{.*}} to %[[P]][%[[I]]]
// CHECK-NEXT: mirage.cast
// CHECK-NEXT: mirage.store %{{.*}} to %[[Q]][%[[I]]]
// CHECK-NEXT: }
// CHECK-NEXT: return %[[O]]#1, %[[O]]#0
func.func @outputs(%a: tensor<4xf32>, %b: tensor<4xf32>) -> (tensor<4xf16>, tensor<4xf32>) {
  %o:4 = mirage.kernel (%i : 2) ins(%x = %a : tensor<4xf32>, %y = %b : tensor<4xf32>) outs(%n : tensor<4xf32>, %p : tensor<4xf32>, %m : tensor<4xf32>, %q : tensor<4xf16>) attributes {kept} {
    %t = mirage.load %x[%i] : tensor<4xf32> -> !mirage.tile<2xf32>
    %u = mirage.load %y[%i] : tensor<4xf32> -> !mirage.tile<2xf32>
    %e = mirage.exp %u : !mirage.tile<2xf32>
    mirage.store %e to %n[%i] : !mirage.tile<2xf32>, !mirage.out<4xf32>
    mirage.store %t to %p[%i] : !mirage.tile<2xf32>, !mirage.out<4xf32>
    mirage.loop (%k : 2) {
      mirage.store %t to %m[%i] once(%k) : !mirage.tile<2xf32>, !mirage.out<4xf32>
      mirage.accumulate : ()
    }
    %h = mirage.cast %t : !mirage.tile<2xf32> -> !mirage.tile<2xf16>
    mirage.store %h to %q[%i] : !mirage.tile<2xf16>, !mirage.out<4xf16>
  }
  return %o#3, %o#1 : tensor<4xf16>, tensor<4xf32>
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

// What is not the identity stays.
// CHECK-LABEL: @no_folders
// CHECK: mirage.cast
// CHECK: mirage.cast
// CHECK: mirage.transpose
// CHECK: mirage.transpose
// CHECK: mirage.slice
// CHECK: mirage.concat
// CHECK: mirage.broadcast
// CHECK: mirage.reshape
func.func @no_folders(%a: tensor<2x4xf32>, %b: tensor<4x4xf32>) -> (tensor<2x4xf32>, tensor<4x4xf32>, tensor<4x2xf32>, tensor<2x2xf32>, tensor<4x4xf32>, tensor<2x1x4xf32>, tensor<1x4xf32>) {
  // A cast there and back rounds.
  %0 = mirage.cast %a : tensor<2x4xf32> -> tensor<2x4xf16>
  %1 = mirage.cast %0 : tensor<2x4xf16> -> tensor<2x4xf32>
  // A square matrix keeps its type when it is transposed.
  %2 = mirage.transpose %b [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
  %3 = mirage.transpose %a [1, 0] : tensor<2x4xf32> -> tensor<4x2xf32>
  %4 = mirage.slice %a [0, 1] [1, 2] : tensor<2x4xf32> -> tensor<2x2xf32>
  %5 = mirage.concat dim 0 %a, %a : tensor<2x4xf32>, tensor<2x4xf32> -> tensor<4x4xf32>
  %6 = mirage.slice %a [0, 0] [1, 1] : tensor<2x4xf32> -> tensor<1x4xf32>
  %7 = mirage.broadcast %6 : tensor<1x4xf32> -> tensor<2x4xf32>
  %8 = mirage.add %1, %7 : tensor<2x4xf32>, tensor<2x4xf32> -> tensor<2x4xf32>
  %9 = mirage.reshape %a : tensor<2x4xf32> -> tensor<2x1x4xf32>
  return %8, %2, %3, %4, %5, %9, %6 : tensor<2x4xf32>, tensor<4x4xf32>, tensor<4x2xf32>, tensor<2x2xf32>, tensor<4x4xf32>, tensor<2x1x4xf32>, tensor<1x4xf32>
}

// Arithmetic is not folded: x * 1, x + 0 and x - x mean what they say.
// CHECK-LABEL: @no_arithmetic
// CHECK: mirage.add
// CHECK: mirage.mul
// CHECK: mirage.sub
// CHECK: mirage.div
func.func @no_arithmetic(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %zero = mirage.constant 0.0 : tensor<1xf32>
  %one = mirage.constant 1.0 : tensor<1xf32>
  %0 = mirage.add %x, %zero : tensor<4xf32>, tensor<1xf32> -> tensor<4xf32>
  %1 = mirage.mul %x, %zero : tensor<4xf32>, tensor<1xf32> -> tensor<4xf32>
  %2 = mirage.sub %x, %x : tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  %3 = mirage.div %x, %one : tensor<4xf32>, tensor<1xf32> -> tensor<4xf32>
  return %0, %1, %2, %3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// On tiles a reshape only moves unit dimensions, so two do not become one.
// CHECK-LABEL: @reshapes_of_tiles
// CHECK-COUNT-2: mirage.reshape
func.func @reshapes_of_tiles(%a: tensor<4xf32>) -> tensor<1x4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<1x4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %u = mirage.reshape %t : !mirage.tile<4xf32> -> !mirage.tile<4x1xf32>
    %v = mirage.reshape %u : !mirage.tile<4x1xf32> -> !mirage.tile<1x4xf32>
    mirage.store %v to %out[*, *] : !mirage.tile<1x4xf32>, !mirage.out<1x4xf32>
  }
  return %o : tensor<1x4xf32>
}

// The maximum that a kept sum is relative to stays without a use.
// CHECK-LABEL: @relative
// CHECK: mirage.loop (%{{.*}} : 4) -> (!mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>)
// CHECK: mirage.accumulate max %[[M:.*]], sum %{{.*}} rel %[[M]] :
func.func @relative(%a: tensor<2x16xf32>) -> tensor<2x1xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<2x16xf32>) outs(%out : tensor<2x1xf32>) {
    %p, %m, %s = mirage.loop (%k : 4) -> (!mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>) {
      %t = mirage.load %x[*, %k] : tensor<2x16xf32> -> !mirage.tile<2x4xf32>
      %u = mirage.reduce max %t dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf32>
      mirage.accumulate prod %u, max %u, sum %u rel %u : !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<2x1xf32>, !mirage.out<2x1xf32>
  }
  return %o : tensor<2x1xf32>
}
