// RUN: mirage-opt %s --mirage-form-kernels --split-input-file | FileCheck %s

// Tiles are not narrower in memory than the 32 bytes that it moves at least: 16
// elements of f16, 8 of f32.
// CHECK-LABEL: func.func @halves
// CHECK: mirage.load {{.*}} : tensor<4096x32x128xf16> -> !mirage.tile<{{[0-9]+x[0-9]+}}x{{16|32|64|128}}xf16>
// CHECK: mirage.load {{.*}} : tensor<4096x32x128xf16> -> !mirage.tile<{{[0-9]+x[0-9]+}}x{{16|32|64|128}}xf16>
// CHECK: mirage.store
func.func @halves(%x: tensor<4096x32x128xf16>, %y: tensor<4096x32x128xf16>) -> tensor<4096x32x128xf16> {
  %0 = mirage.exp %x : tensor<4096x32x128xf16>
  %1 = mirage.mul %0, %y : tensor<4096x32x128xf16>, tensor<4096x32x128xf16> -> tensor<4096x32x128xf16>
  return %1 : tensor<4096x32x128xf16>
}

// -----

// CHECK-LABEL: func.func @floats
// CHECK: mirage.load {{.*}} : tensor<4096x4096xf32> -> !mirage.tile<{{[0-9]+}}x{{8|16|32|64|128|256}}xf32>
// CHECK: mirage.store
func.func @floats(%x: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  %0 = mirage.exp %x : tensor<4096x4096xf32>
  return %0 : tensor<4096x4096xf32>
}

// -----

// The rows of 4 are whole, so that two of them make a sector.
// CHECK-LABEL: func.func @rows
// CHECK: mirage.load {{.*}} : tensor<1048576x4xf32> -> !mirage.tile<{{[0-9]+}}x4xf32>
// CHECK: mirage.store
func.func @rows(%x: tensor<1048576x4xf32>) -> tensor<1048576x4xf32> {
  %0 = mirage.exp %x : tensor<1048576x4xf32>
  return %0 : tensor<1048576x4xf32>
}
