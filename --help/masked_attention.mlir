func.func @main(%in0: tensor<8x64x128xf16>, %in1: tensor<8x128x1024xf16>, %in2: tensor<8x1024x128xf16>, %in3: tensor<1x64x1024xf16>) -> (tensor<8x64x128xf16>) {
  %v0 = mirage.matmul %in0, %in1 : tensor<8x64x128xf16>, tensor<8x128x1024xf16> -> tensor<8x64x1024xf32>
  %v1 = mirage.constant 8.838835e-02 : tensor<1x1x1xf32>
  %v2 = mirage.mul %v0, %v1 : tensor<8x64x1024xf32>, tensor<1x1x1xf32> -> tensor<8x64x1024xf32>
  %v3 = mirage.cast %in3 : tensor<1x64x1024xf16> -> tensor<1x64x1024xf32>
  %v4 = mirage.add %v2, %v3 : tensor<8x64x1024xf32>, tensor<1x64x1024xf32> -> tensor<8x64x1024xf32>
  %v5 = mirage.reduce max %v4 dim 2 : tensor<8x64x1024xf32> -> tensor<8x64x1xf32>
  %v6 = mirage.exp_sub %v4, %v5 : tensor<8x64x1024xf32>, tensor<8x64x1xf32> -> tensor<8x64x1024xf32>
  %v7 = mirage.reduce sum %v6 dim 2 : tensor<8x64x1024xf32> -> tensor<8x64x1xf32>
  %v8 = mirage.div %v6, %v7 : tensor<8x64x1024xf32>, tensor<8x64x1xf32> -> tensor<8x64x1024xf32>
  %v9 = mirage.cast %v8 : tensor<8x64x1024xf32> -> tensor<8x64x1024xf16>
  %v10 = mirage.matmul %v9, %in2 : tensor<8x64x1024xf16>, tensor<8x1024x128xf16> -> tensor<8x64x128xf32>
  %v11 = mirage.cast %v10 : tensor<8x64x128xf32> -> tensor<8x64x128xf16>
  return %v11 : tensor<8x64x128xf16>
}
