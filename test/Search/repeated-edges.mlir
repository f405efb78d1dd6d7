// An op that repeats a tile knows no edge: the tile's axis is cut into tiles that
// divide it. Here the sum of a / b + c / b is made of the sum of 1 / b, repeated.
// RUN: rm -rf %t && mirage-opt %s --mirage-superoptimize="top-k=8 candidates-dir=%t" -o %t.mlir
// RUN: for plan in %t/*.mlir; do mirage-run $plan --reference=%s || exit 1; done

func.func @main(%x: tensor<3x2x20xf32>) -> tensor<1x2x20xf32> {
  %0 = mirage.mul %x, %x : tensor<3x2x20xf32>, tensor<3x2x20xf32> -> tensor<3x2x20xf32>
  %1 = mirage.mul %0, %0 : tensor<3x2x20xf32>, tensor<3x2x20xf32> -> tensor<3x2x20xf32>
  %one = mirage.constant 1.0 : tensor<1x1x1xf32>
  %2 = mirage.add %1, %one : tensor<3x2x20xf32>, tensor<1x1x1xf32> -> tensor<3x2x20xf32>
  %3 = mirage.abs %1 : tensor<3x2x20xf32>
  %4 = mirage.reduce min %3 dim 2 : tensor<3x2x20xf32> -> tensor<3x2x1xf32>
  %5 = mirage.mul %4, %4 : tensor<3x2x1xf32>, tensor<3x2x1xf32> -> tensor<3x2x1xf32>
  %6 = mirage.add %5, %one : tensor<3x2x1xf32>, tensor<1x1x1xf32> -> tensor<3x2x1xf32>
  %7 = mirage.div %2, %6 : tensor<3x2x20xf32>, tensor<3x2x1xf32> -> tensor<3x2x20xf32>
  %8 = mirage.reduce sum %7 dim 0 : tensor<3x2x20xf32> -> tensor<1x2x20xf32>
  return %8 : tensor<1x2x20xf32>
}
