func.func @main(%in0: tensor<16x4096xf16>, %in1: tensor<4096x4096xf16>, %in2: tensor<1x4096xf16>) -> (tensor<16x4096xf16>) {
  %v0 = mirage.cast %in0 : tensor<16x4096xf16> -> tensor<16x4096xf32>
  %v1 = mirage.reduce sum %v0 dim 1 : tensor<16x4096xf32> -> tensor<16x1xf32>
  %v2 = mirage.constant 4.096000e+03 : tensor<1x1xf32>
  %v3 = mirage.div %v1, %v2 : tensor<16x1xf32>, tensor<1x1xf32> -> tensor<16x1xf32>
  %v4 = mirage.sub %v0, %v3 : tensor<16x4096xf32>, tensor<16x1xf32> -> tensor<16x4096xf32>
  %v5 = mirage.mul %v4, %v4 : tensor<16x4096xf32>, tensor<16x4096xf32> -> tensor<16x4096xf32>
  %v6 = mirage.reduce sum %v5 dim 1 : tensor<16x4096xf32> -> tensor<16x1xf32>
  %v7 = mirage.constant 4.096000e+03 : tensor<1x1xf32>
  %v8 = mirage.div %v6, %v7 : tensor<16x1xf32>, tensor<1x1xf32> -> tensor<16x1xf32>
  %v9 = mirage.constant 1.000000e-05 : tensor<1x1xf32>
  %v10 = mirage.add %v8, %v9 : tensor<16x1xf32>, tensor<1x1xf32> -> tensor<16x1xf32>
  %v11 = mirage.rsqrt %v10 : tensor<16x1xf32>
  %v12 = mirage.mul %v4, %v11 : tensor<16x4096xf32>, tensor<16x1xf32> -> tensor<16x4096xf32>
  %v13 = mirage.cast %v12 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  %v14 = mirage.matmul %v13, %in1 : tensor<16x4096xf16>, tensor<4096x4096xf16> -> tensor<16x4096xf32>
  %v15 = mirage.cast %in2 : tensor<1x4096xf16> -> tensor<1x4096xf32>
  %v16 = mirage.add %v14, %v15 : tensor<16x4096xf32>, tensor<1x4096xf32> -> tensor<16x4096xf32>
  %v17 = mirage.constant 5.000000e-01 : tensor<1x1xf32>
  %v18 = mirage.mul %v16, %v17 : tensor<16x4096xf32>, tensor<1x1xf32> -> tensor<16x4096xf32>
  %v19 = mirage.constant 7.071068e-01 : tensor<1x1xf32>
  %v20 = mirage.mul %v16, %v19 : tensor<16x4096xf32>, tensor<1x1xf32> -> tensor<16x4096xf32>
  %v21 = mirage.erf %v20 : tensor<16x4096xf32>
  %v22 = mirage.constant 1.000000e+00 : tensor<1x1xf32>
  %v23 = mirage.add %v21, %v22 : tensor<16x4096xf32>, tensor<1x1xf32> -> tensor<16x4096xf32>
  %v24 = mirage.mul %v18, %v23 : tensor<16x4096xf32>, tensor<16x4096xf32> -> tensor<16x4096xf32>
  %v25 = mirage.cast %v24 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  return %v25 : tensor<16x4096xf16>
}
