func.func @main(%in0: tensor<16x4096xf16>, %in1: tensor<16x4096xf16>, %in2: tensor<1x4096xf16>, %in3: tensor<4096x4096xf16>) -> (tensor<16x4096xf16>, tensor<16x4096xf16>) {
  %v0 = mirage.cast %in0 : tensor<16x4096xf16> -> tensor<16x4096xf32>
  %v1 = mirage.cast %in1 : tensor<16x4096xf16> -> tensor<16x4096xf32>
  %v2 = mirage.add %v0, %v1 : tensor<16x4096xf32>, tensor<16x4096xf32> -> tensor<16x4096xf32>
  %v3 = mirage.mul %v2, %v2 : tensor<16x4096xf32>, tensor<16x4096xf32> -> tensor<16x4096xf32>
  %v4 = mirage.reduce sum %v3 dim 1 : tensor<16x4096xf32> -> tensor<16x1xf32>
  %v5 = mirage.constant 4.096000e+03 : tensor<1x1xf32>
  %v6 = mirage.div %v4, %v5 : tensor<16x1xf32>, tensor<1x1xf32> -> tensor<16x1xf32>
  %v7 = mirage.constant 1.000000e-05 : tensor<1x1xf32>
  %v8 = mirage.add %v6, %v7 : tensor<16x1xf32>, tensor<1x1xf32> -> tensor<16x1xf32>
  %v9 = mirage.rsqrt %v8 : tensor<16x1xf32>
  %v10 = mirage.mul %v2, %v9 : tensor<16x4096xf32>, tensor<16x1xf32> -> tensor<16x4096xf32>
  %v11 = mirage.cast %in2 : tensor<1x4096xf16> -> tensor<1x4096xf32>
  %v12 = mirage.mul %v10, %v11 : tensor<16x4096xf32>, tensor<1x4096xf32> -> tensor<16x4096xf32>
  %v13 = mirage.cast %v12 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  %v14 = mirage.matmul %v13, %in3 : tensor<16x4096xf16>, tensor<4096x4096xf16> -> tensor<16x4096xf32>
  %v15 = mirage.cast %v2 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  %v16 = mirage.cast %v14 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  return %v15, %v16 : tensor<16x4096xf16>, tensor<16x4096xf16>
}
