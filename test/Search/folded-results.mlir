// Results that the algebra makes a constant, or a tensor that is there before, in
// the same form or in another.
// RUN: split-file %s %t
// RUN: for f in constant repeated transposed wider alike alone; do mirage-opt %t/$f.mlir --mirage-superoptimize=top-k=4 -o %t/$f.out.mlir 2> %t/$f.txt && mirage-run %t/$f.out.mlir --reference=%t/$f.mlir && cat %t/$f.txt %t/$f.out.mlir; done | FileCheck %s

//--- constant.mlir
// CHECK: [chosen] 'main': 2 -> 1 kernel(s)
func.func @main(%x: tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  %c = mirage.constant 1.0 : tensor<1x1xf32>
  %a = mirage.add %x, %c : tensor<3x4xf32>, tensor<1x1xf32> -> tensor<3x4xf32>
  %b = mirage.sub %a, %x : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3x4xf32>
  %e = mirage.exp %x : tensor<3x4xf32>
  return %b, %e : tensor<3x4xf32>, tensor<3x4xf32>
}

//--- repeated.mlir
// CHECK: [chosen] 'main': 2 -> 1 kernel(s)
func.func @main(%x: tensor<3x4xf32>, %y: tensor<3x1xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  %a = mirage.add %x, %y : tensor<3x4xf32>, tensor<3x1xf32> -> tensor<3x4xf32>
  %b = mirage.sub %a, %x : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3x4xf32>
  %e = mirage.exp %x : tensor<3x4xf32>
  return %b, %e : tensor<3x4xf32>, tensor<3x4xf32>
}

//--- transposed.mlir
// CHECK: [chosen] 'main': 2 -> 1 kernel(s)
func.func @main(%x: tensor<3x4xf32>, %y: tensor<4x3xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  %t = mirage.transpose %y [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
  %a = mirage.add %x, %t : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3x4xf32>
  %b = mirage.sub %a, %x : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3x4xf32>
  %e = mirage.exp %x : tensor<3x4xf32>
  return %b, %e : tensor<3x4xf32>, tensor<3x4xf32>
}

//--- wider.mlir
// CHECK: [chosen] 'main': 3 -> 1 kernel(s)
func.func @main(%x: tensor<3x4xf16>, %y: tensor<3x4xf16>) -> (tensor<3x4xf32>, tensor<3x4xf16>) {
  %u = mirage.cast %x : tensor<3x4xf16> -> tensor<3x4xf32>
  %v = mirage.cast %y : tensor<3x4xf16> -> tensor<3x4xf32>
  %a = mirage.add %u, %v : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3x4xf32>
  %b = mirage.sub %a, %u : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3x4xf32>
  %e = mirage.exp %x : tensor<3x4xf16>
  return %b, %e : tensor<3x4xf32>, tensor<3x4xf16>
}

//--- alike.mlir
// CHECK: [chosen] 'main': 2 -> 1 kernel(s)
func.func @main(%x: tensor<3x4xf32>, %y: tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  %a = mirage.add %x, %y : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3x4xf32>
  %b = mirage.sub %a, %x : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3x4xf32>
  %e = mirage.exp %x : tensor<3x4xf32>
  return %b, %e : tensor<3x4xf32>, tensor<3x4xf32>
}

//--- alone.mlir
// CHECK: [nothing-found] 'main'
func.func @main(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %c = mirage.constant 1.0 : tensor<1x1xf32>
  %a = mirage.add %x, %c : tensor<3x4xf32>, tensor<1x1xf32> -> tensor<3x4xf32>
  %b = mirage.sub %a, %x : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3x4xf32>
  return %b : tensor<3x4xf32>
}
