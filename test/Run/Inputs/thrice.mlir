func.func @thrice(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = mirage.add %x, %x : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  %1 = mirage.add %0, %x : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}
