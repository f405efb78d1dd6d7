func.func @main(%in0: tensor<16x4096xf16>, %in1: tensor<1x4096xf16>, %in2: tensor<4096x4096xf16>, %in3: tensor<4096x4096xf16>) -> (tensor<16x4096xf16>) {
  %v0 = mirage.cast %in0 : tensor<16x4096xf16> -> tensor<16x4096xf32>
  %v1 = mirage.mul %v0, %v0 : tensor<16x4096xf32>, tensor<16x4096xf32> -> tensor<16x4096xf32>
  %v2 = mirage.reduce sum %v1 dim 1 : tensor<16x4096xf32> -> tensor<16x1xf32>
  %v3 = mirage.constant 4.096000e+03 : tensor<1x1xf32>
  %v4 = mirage.div %v2, %v3 : tensor<16x1xf32>, tensor<1x1xf32> -> tensor<16x1xf32>
  %v5 = mirage.constant 1.000000e-05 : tensor<1x1xf32>
  %v6 = mirage.add %v4, %v5 : tensor<16x1xf32>, tensor<1x1xf32> -> tensor<16x1xf32>
  %v7 = mirage.rsqrt %v6 : tensor<16x1xf32>
  %v8 = mirage.mul %v0, %v7 : tensor<16x4096xf32>, tensor<16x1xf32> -> tensor<16x4096xf32>
  %v9 = mirage.cast %in1 : tensor<1x4096xf16> -> tensor<1x4096xf32>
  %v10 = mirage.mul %v8, %v9 : tensor<16x4096xf32>, tensor<1x4096xf32> -> tensor<16x4096xf32>
  %v11 = mirage.cast %v10 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  %v12 = mirage.matmul %v11, %in2 : tensor<16x4096xf16>, tensor<4096x4096xf16> -> tensor<16x4096xf32>
  %v13 = mirage.neg %v12 : tensor<16x4096xf32>
  %v14 = mirage.exp %v13 : tensor<16x4096xf32>
  %v15 = mirage.constant 1.000000e+00 : tensor<1x1xf32>
  %v16 = mirage.add %v14, %v15 : tensor<16x4096xf32>, tensor<1x1xf32> -> tensor<16x4096xf32>
  %v17 = mirage.div %v12, %v16 : tensor<16x4096xf32>, tensor<16x4096xf32> -> tensor<16x4096xf32>
  %v18 = mirage.cast %v10 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  %v19 = mirage.matmul %v18, %in3 : tensor<16x4096xf16>, tensor<4096x4096xf16> -> tensor<16x4096xf32>
  %v20 = mirage.mul %v17, %v19 : tensor<16x4096xf32>, tensor<16x4096xf32> -> tensor<16x4096xf32>
  %v21 = mirage.cast %v20 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  return %v21 : tensor<16x4096xf16>
}
