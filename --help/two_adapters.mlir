func.func @main(%in0: tensor<16x4096xf16>, %in1: tensor<4096x4096xf16>, %in2: tensor<4096x16xf16>, %in3: tensor<16x4096xf16>, %in4: tensor<4096x16xf16>, %in5: tensor<16x4096xf16>) -> (tensor<16x4096xf16>) {
  %v0 = mirage.matmul %in0, %in1 : tensor<16x4096xf16>, tensor<4096x4096xf16> -> tensor<16x4096xf32>
  %v1 = mirage.matmul %in0, %in2 : tensor<16x4096xf16>, tensor<4096x16xf16> -> tensor<16x16xf32>
  %v2 = mirage.cast %v1 : tensor<16x16xf32> -> tensor<16x16xf16>
  %v3 = mirage.matmul %v2, %in3 : tensor<16x16xf16>, tensor<16x4096xf16> -> tensor<16x4096xf32>
  %v4 = mirage.add %v0, %v3 : tensor<16x4096xf32>, tensor<16x4096xf32> -> tensor<16x4096xf32>
  %v5 = mirage.matmul %in0, %in4 : tensor<16x4096xf16>, tensor<4096x16xf16> -> tensor<16x16xf32>
  %v6 = mirage.cast %v5 : tensor<16x16xf32> -> tensor<16x16xf16>
  %v7 = mirage.matmul %v6, %in5 : tensor<16x16xf16>, tensor<16x4096xf16> -> tensor<16x4096xf32>
  %v8 = mirage.add %v4, %v7 : tensor<16x4096xf32>, tensor<16x4096xf32> -> tensor<16x4096xf32>
  %v9 = mirage.cast %v8 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  return %v9 : tensor<16x4096xf16>
}
