func.func @main(%in0: tensor<16x1024xf16>, %in1: tensor<1024x2816xf16>, %in2: tensor<2816x1024xf16>) -> (tensor<16x1024xf16>) {
  %v0 = mirage.cast %in0 : tensor<16x1024xf16> -> tensor<16x1024xf32>
  %v1 = mirage.mul %v0, %v0 : tensor<16x1024xf32>, tensor<16x1024xf32> -> tensor<16x1024xf32>
  %v2 = mirage.reduce sum %v1 dim 1 : tensor<16x1024xf32> -> tensor<16x1xf32>
  %v3 = mirage.constant 1.024000e+03 : tensor<1x1xf32>
  %v4 = mirage.div %v2, %v3 : tensor<16x1xf32>, tensor<1x1xf32> -> tensor<16x1xf32>
  %v5 = mirage.constant 1.000000e-05 : tensor<1x1xf32>
  %v6 = mirage.add %v4, %v5 : tensor<16x1xf32>, tensor<1x1xf32> -> tensor<16x1xf32>
  %v7 = mirage.rsqrt %v6 : tensor<16x1xf32>
  %v8 = mirage.mul %v0, %v7 : tensor<16x1024xf32>, tensor<16x1xf32> -> tensor<16x1024xf32>
  %v9 = mirage.cast %v8 : tensor<16x1024xf32> -> tensor<16x1024xf16>
  %v10 = mirage.matmul %v9, %in1 : tensor<16x1024xf16>, tensor<1024x2816xf16> -> tensor<16x2816xf32>
  %v11 = mirage.constant 5.000000e-01 : tensor<1x1xf32>
  %v12 = mirage.mul %v10, %v11 : tensor<16x2816xf32>, tensor<1x1xf32> -> tensor<16x2816xf32>
  %v13 = mirage.constant 7.071068e-01 : tensor<1x1xf32>
  %v14 = mirage.mul %v10, %v13 : tensor<16x2816xf32>, tensor<1x1xf32> -> tensor<16x2816xf32>
  %v15 = mirage.erf %v14 : tensor<16x2816xf32>
  %v16 = mirage.constant 1.000000e+00 : tensor<1x1xf32>
  %v17 = mirage.add %v15, %v16 : tensor<16x2816xf32>, tensor<1x1xf32> -> tensor<16x2816xf32>
  %v18 = mirage.mul %v12, %v17 : tensor<16x2816xf32>, tensor<16x2816xf32> -> tensor<16x2816xf32>
  %v19 = mirage.cast %in0 : tensor<16x1024xf16> -> tensor<16x1024xf32>
  %v20 = mirage.cast %v18 : tensor<16x2816xf32> -> tensor<16x2816xf16>
  %v21 = mirage.matmul %v20, %in2 : tensor<16x2816xf16>, tensor<2816x1024xf16> -> tensor<16x1024xf32>
  %v22 = mirage.add %v19, %v21 : tensor<16x1024xf32>, tensor<16x1024xf32> -> tensor<16x1024xf32>
  %v23 = mirage.cast %v22 : tensor<16x1024xf32> -> tensor<16x1024xf16>
  return %v23 : tensor<16x1024xf16>
}
