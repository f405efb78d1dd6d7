func.func @main(%in0: tensor<16x4096xf16>, %in1: tensor<4096x1024xf16>, %in2: tensor<4096x1024xf16>, %in3: tensor<4096x1024xf16>) -> (tensor<16x1024xf16>, tensor<16x1024xf16>, tensor<16x1024xf16>) {
  %v0 = mirage.cast %in0 : tensor<16x4096xf16> -> tensor<16x4096xf32>
  %v1 = mirage.mul %v0, %v0 : tensor<16x4096xf32>, tensor<16x4096xf32> -> tensor<16x4096xf32>
  %v2 = mirage.reduce sum %v1 dim 1 : tensor<16x4096xf32> -> tensor<16x1xf32>
  %v3 = mirage.constant 4.096000e+03 : tensor<1x1xf32>
  %v4 = mirage.div %v2, %v3 : tensor<16x1xf32>, tensor<1x1xf32> -> tensor<16x1xf32>
  %v5 = mirage.constant 1.000000e-05 : tensor<1x1xf32>
  %v6 = mirage.add %v4, %v5 : tensor<16x1xf32>, tensor<1x1xf32> -> tensor<16x1xf32>
  %v7 = mirage.rsqrt %v6 : tensor<16x1xf32>
  %v8 = mirage.mul %v0, %v7 : tensor<16x4096xf32>, tensor<16x1xf32> -> tensor<16x4096xf32>
  %v9 = mirage.cast %v8 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  %v10 = mirage.matmul %v9, %in1 : tensor<16x4096xf16>, tensor<4096x1024xf16> -> tensor<16x1024xf32>
  %v11 = mirage.cast %v8 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  %v12 = mirage.matmul %v11, %in2 : tensor<16x4096xf16>, tensor<4096x1024xf16> -> tensor<16x1024xf32>
  %v13 = mirage.cast %v8 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  %v14 = mirage.matmul %v13, %in3 : tensor<16x4096xf16>, tensor<4096x1024xf16> -> tensor<16x1024xf32>
  %v15 = mirage.cast %v10 : tensor<16x1024xf32> -> tensor<16x1024xf16>
  %v16 = mirage.cast %v12 : tensor<16x1024xf32> -> tensor<16x1024xf16>
  %v17 = mirage.cast %v14 : tensor<16x1024xf32> -> tensor<16x1024xf16>
  return %v15, %v16, %v17 : tensor<16x1024xf16>, tensor<16x1024xf16>, tensor<16x1024xf16>
}
