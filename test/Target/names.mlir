// RUN: mirage-opt %s --mirage-to-ptx -o %t.mlir
// RUN: mirage-translate %t.mlir --mirage-export-ptx | FileCheck %s

// Functions have names that PTX does not take; their kernels' differ still.
// CHECK-DAG: .entry a_b_kernel_0(
// CHECK-DAG: .entry a_b_kernel_0_(
// CHECK-DAG: .entry _2nd$_kernel_0(
func.func @"a b"(%x: tensor<8xf32>) -> tensor<8xf32> {
  %e = mirage.exp %x : tensor<8xf32>
  return %e : tensor<8xf32>
}
func.func @a.b(%x: tensor<8xf32>) -> tensor<8xf32> {
  %e = mirage.neg %x : tensor<8xf32>
  return %e : tensor<8xf32>
}
func.func @"2nd$"(%x: tensor<8xf32>) -> tensor<8xf32> {
  %e = mirage.abs %x : tensor<8xf32>
  return %e : tensor<8xf32>
}
