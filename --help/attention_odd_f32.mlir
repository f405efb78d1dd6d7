func.func @main(%in0: tensor<7x5x96xf32>, %in1: tensor<7x96x1000xf32>, %in2: tensor<7x1000x96xf32>) -> (tensor<7x5x96xf32>) {
  %v0 = mirage.matmul %in0, %in1 : tensor<7x5x96xf32>, tensor<7x96x1000xf32> -> tensor<7x5x1000xf32>
  %v1 = mirage.constant 1.020621e-01 : tensor<1x1x1xf32>
  %v2 = mirage.mul %v0, %v1 : tensor<7x5x1000xf32>, tensor<1x1x1xf32> -> tensor<7x5x1000xf32>
  %v3 = mirage.reduce max %v2 dim 2 : tensor<7x5x1000xf32> -> tensor<7x5x1xf32>
  %v4 = mirage.exp_sub %v2, %v3 : tensor<7x5x1000xf32>, tensor<7x5x1xf32> -> tensor<7x5x1000xf32>
  %v5 = mirage.reduce sum %v4 dim 2 : tensor<7x5x1000xf32> -> tensor<7x5x1xf32>
  %v6 = mirage.div %v4, %v5 : tensor<7x5x1000xf32>, tensor<7x5x1xf32> -> tensor<7x5x1000xf32>
  %v7 = mirage.matmul %v6, %in2 : tensor<7x5x1000xf32>, tensor<7x1000x96xf32> -> tensor<7x5x96xf32>
  return %v7 : tensor<7x5x96xf32>
}
