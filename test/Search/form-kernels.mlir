// RUN: mirage-opt %s --mirage-form-kernels --split-input-file | FileCheck %s
// RUN: mirage-opt %s --mirage-form-kernels --split-input-file | mirage-opt --split-input-file --verify-roundtrip | FileCheck %s

// An elementwise chain is one kernel; a product is another; views stay.
// CHECK-LABEL: func.func @chain
// CHECK: mirage.kernel
// CHECK: mirage.exp
// CHECK: mirage.neg
// CHECK: mirage.store
// CHECK: mirage.reshape
// CHECK: mirage.kernel
// CHECK: mirage.loop
// CHECK: mirage.matmul
// CHECK-NOT: mirage.kernel
// CHECK: return
func.func @chain(%x: tensor<2x3x35xf32>, %w: tensor<105x7xf32>) -> tensor<2x7xf32> {
  %a = mirage.exp %x : tensor<2x3x35xf32>
  %b = mirage.neg %a : tensor<2x3x35xf32>
  %r = mirage.reshape %b : tensor<2x3x35xf32> -> tensor<2x105xf32>
  %m = mirage.matmul %r, %w : tensor<2x105xf32>, tensor<105x7xf32> -> tensor<2x7xf32>
  return %m : tensor<2x7xf32>
}

// -----

// A product of a tensor with its own transpose: two loads of one tensor.
// CHECK-LABEL: func.func @self
// CHECK: mirage.kernel
// CHECK: mirage.matmul
func.func @self(%x: tensor<9x9xf32>) -> tensor<9x9xf32> {
  %m = mirage.matmul %x, %x : tensor<9x9xf32>, tensor<9x9xf32> -> tensor<9x9xf32>
  return %m : tensor<9x9xf32>
}

// -----

// Slices and concatenations keep the dimension that they touch whole.
// CHECK-LABEL: func.func @pieces
// CHECK: mirage.kernel
// CHECK: mirage.slice
// CHECK: mirage.kernel
// CHECK: mirage.concat
func.func @pieces(%x: tensor<4x10xf16>) -> tensor<4x13xf16> {
  %s = mirage.slice %x [0, 1] [1, 3] : tensor<4x10xf16> -> tensor<4x3xf16>
  %c = mirage.concat dim 1 %s, %x : tensor<4x3xf16>, tensor<4x10xf16> -> tensor<4x13xf16>
  return %c : tensor<4x13xf16>
}

// -----

// A constant is a tensor where the block program loads it.
// CHECK-LABEL: func.func @concat_constant
// CHECK: %[[C:.*]] = mirage.constant 1.000000e+00 : tensor<1x1xf32>
// CHECK: mirage.kernel {{.*}}%[[C]] : tensor<1x1xf32>
// CHECK: mirage.concat
func.func @concat_constant(%x: tensor<1x16xf32>) -> tensor<1x17xf32> {
  %one = mirage.constant 1.0 : tensor<1x1xf32>
  %r = mirage.concat dim 1 %one, %x : tensor<1x1xf32>, tensor<1x16xf32> -> tensor<1x17xf32>
  return %r : tensor<1x17xf32>
}

// -----

// A slice of everything is a copy.
// CHECK-LABEL: func.func @whole_slice
// CHECK: mirage.kernel
// CHECK: mirage.load
// CHECK-NEXT: mirage.store
func.func @whole_slice(%x: tensor<1x4x5xf32>) -> tensor<1x4x5xf32> {
  %r = mirage.slice %x [0, 0, 0] [1, 1, 1] : tensor<1x4x5xf32> -> tensor<1x4x5xf32>
  return %r : tensor<1x4x5xf32>
}

// -----

// A view of what a kernel computes shares its buffer.
// CHECK-LABEL: func.func @view_of_result
// CHECK: mirage.kernel
// CHECK-NOT: mirage.kernel
// CHECK: %[[V:.*]] = mirage.reshape
// CHECK: return %[[V]]
func.func @view_of_result(%x: tensor<4x6xf32>) -> tensor<24xf32> {
  %e = mirage.exp %x : tensor<4x6xf32>
  %r = mirage.reshape %e : tensor<4x6xf32> -> tensor<24xf32>
  return %r : tensor<24xf32>
}

// -----

// A view of an argument becomes a copy, in one dimension.
// CHECK-LABEL: func.func @view_of_argument
// CHECK: %[[R:.*]] = mirage.reshape %{{.*}} : tensor<4x6xf32> -> tensor<3x8xf32>
// CHECK: %[[F:.*]] = mirage.reshape %[[R]] : tensor<3x8xf32> -> tensor<24xf32>
// CHECK: %[[K:.*]] = mirage.kernel {{.*}}%[[F]] : tensor<24xf32>
// CHECK: mirage.load
// CHECK-NEXT: mirage.store
// CHECK: %[[V:.*]] = mirage.reshape %[[K]] : tensor<24xf32> -> tensor<3x8xf32>
// CHECK: return %[[V]]
func.func @view_of_argument(%x: tensor<4x6xf32>) -> tensor<3x8xf32> {
  %r = mirage.reshape %x : tensor<4x6xf32> -> tensor<3x8xf32>
  return %r : tensor<3x8xf32>
}

// -----

// So do an argument, a constant and a scalar.
// CHECK-LABEL: func.func @nothing_computed
// CHECK-COUNT-3: mirage.kernel
// CHECK-NOT: mirage.kernel
// CHECK: return
func.func @nothing_computed(%x: tensor<8xi1>, %s: f64) -> (tensor<8xi1>, tensor<2xi32>, tensor<f64>) {
  %c = arith.constant dense<[1, 2]> : tensor<2xi32>
  %t = mirage.splat %s : f64 -> tensor<f64>
  return %x, %c, %t : tensor<8xi1>, tensor<2xi32>, tensor<f64>
}

// -----

// Of two results of one buffer the second is a copy. Kernels are kept.
// CHECK-LABEL: func.func @twice
// CHECK: %[[O:.*]] = mirage.kernel
// CHECK: mirage.exp
// CHECK: %[[K:.*]] = mirage.kernel {{.*}}%[[O]] : tensor<8xf32>
// CHECK: return %[[O]], %[[K]]
func.func @twice(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<8xf32>
    %e = mirage.exp %t : !mirage.tile<8xf32>
    mirage.store %e to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o, %o : tensor<8xf32>, tensor<8xf32>
}

// -----

// A kernel that is there stays as a person wrote it; what an op says is not the
// new kernel's.
// CHECK-LABEL: func.func @written
// CHECK: mirage.kernel
// CHECK-NOT: note
// CHECK: mirage.kernel {{.*}} attributes {mirage.threads = 64 : i64} {
// CHECK: mirage.load {{.*}} {note = "mine"}
func.func @written(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %r = mirage.slice %x [0, 0] [1, 1] {note = "slice"} : tensor<4x8xf32> -> tensor<4x4xf32>
  %c = mirage.concat dim 1 %r, %r : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x8xf32>
  %o = mirage.kernel (%i : 2) ins(%a = %c : tensor<4x8xf32>) outs(%out : tensor<4x8xf32>) attributes {mirage.threads = 64 : i64} {
    %t = mirage.load %a[%i, *] {note = "mine"} : tensor<4x8xf32> -> !mirage.tile<2x8xf32>
    mirage.store %t to %out[%i, *] : !mirage.tile<2x8xf32>, !mirage.out<4x8xf32>
  }
  return %o : tensor<4x8xf32>
}
