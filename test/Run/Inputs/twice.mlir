func.func @twice(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = mirage.add %x, %x : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
