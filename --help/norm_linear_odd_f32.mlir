func.func @main(%in0: tensor<3x1000xf32>, %in1: tensor<1000x1504xf32>, %in2: tensor<1x1504xf32>) -> (tensor<3x1504xf32>) {
  %v0 = mirage.reduce sum %in0 dim 1 : tensor<3x1000xf32> -> tensor<3x1xf32>
  %v1 = mirage.constant 1.000000e+03 : tensor<1x1xf32>
  %v2 = mirage.div %v0, %v1 : tensor<3x1xf32>, tensor<1x1xf32> -> tensor<3x1xf32>
  %v3 = mirage.sub %in0, %v2 : tensor<3x1000xf32>, tensor<3x1xf32> -> tensor<3x1000xf32>
  %v4 = mirage.mul %v3, %v3 : tensor<3x1000xf32>, tensor<3x1000xf32> -> tensor<3x1000xf32>
  %v5 = mirage.reduce sum %v4 dim 1 : tensor<3x1000xf32> -> tensor<3x1xf32>
  %v6 = mirage.constant 1.000000e+03 : tensor<1x1xf32>
  %v7 = mirage.div %v5, %v6 : tensor<3x1xf32>, tensor<1x1xf32> -> tensor<3x1xf32>
  %v8 = mirage.constant 1.000000e-05 : tensor<1x1xf32>
  %v9 = mirage.add %v7, %v8 : tensor<3x1xf32>, tensor<1x1xf32> -> tensor<3x1xf32>
  %v10 = mirage.rsqrt %v9 : tensor<3x1xf32>
  %v11 = mirage.mul %v3, %v10 : tensor<3x1000xf32>, tensor<3x1xf32> -> tensor<3x1000xf32>
  %v12 = mirage.matmul %v11, %in1 : tensor<3x1000xf32>, tensor<1000x1504xf32> -> tensor<3x1504xf32>
  %v13 = mirage.add %v12, %in2 : tensor<3x1504xf32>, tensor<1x1504xf32> -> tensor<3x1504xf32>
  %v14 = mirage.constant 5.000000e-01 : tensor<1x1xf32>
  %v15 = mirage.mul %v13, %v14 : tensor<3x1504xf32>, tensor<1x1xf32> -> tensor<3x1504xf32>
  %v16 = mirage.constant 7.071068e-01 : tensor<1x1xf32>
  %v17 = mirage.mul %v13, %v16 : tensor<3x1504xf32>, tensor<1x1xf32> -> tensor<3x1504xf32>
  %v18 = mirage.erf %v17 : tensor<3x1504xf32>
  %v19 = mirage.constant 1.000000e+00 : tensor<1x1xf32>
  %v20 = mirage.add %v18, %v19 : tensor<3x1504xf32>, tensor<1x1xf32> -> tensor<3x1504xf32>
  %v21 = mirage.mul %v15, %v20 : tensor<3x1504xf32>, tensor<3x1504xf32> -> tensor<3x1504xf32>
  return %v21 : tensor<3x1504xf32>
}
