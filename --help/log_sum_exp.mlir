func.func @main(%in0: tensor<64x32000xf16>) -> (tensor<64x1xf16>) {
  %v0 = mirage.cast %in0 : tensor<64x32000xf16> -> tensor<64x32000xf32>
  %v1 = mirage.reduce max %v0 dim 1 : tensor<64x32000xf32> -> tensor<64x1xf32>
  %v2 = mirage.exp_sub %v0, %v1 : tensor<64x32000xf32>, tensor<64x1xf32> -> tensor<64x32000xf32>
  %v3 = mirage.reduce sum %v2 dim 1 : tensor<64x32000xf32> -> tensor<64x1xf32>
  %v4 = mirage.log %v3 : tensor<64x1xf32>
  %v5 = mirage.add %v4, %v1 : tensor<64x1xf32>, tensor<64x1xf32> -> tensor<64x1xf32>
  %v6 = mirage.cast %v5 : tensor<64x1xf32> -> tensor<64x1xf16>
  return %v6 : tensor<64x1xf16>
}
