func.func @main(%in0: tensor<16x1024xf16>, %in1: tensor<1024x2816xf16>, %in2: tensor<1024x2816xf16>, %in3: tensor<2816x1024xf16>) -> (tensor<16x1024xf16>) {
  %v0 = mirage.matmul %in0, %in1 : tensor<16x1024xf16>, tensor<1024x2816xf16> -> tensor<16x2816xf32>
  %v1 = mirage.neg %v0 : tensor<16x2816xf32>
  %v2 = mirage.exp %v1 : tensor<16x2816xf32>
  %v3 = mirage.constant 1.000000e+00 : tensor<1x1xf32>
  %v4 = mirage.add %v2, %v3 : tensor<16x2816xf32>, tensor<1x1xf32> -> tensor<16x2816xf32>
  %v5 = mirage.div %v0, %v4 : tensor<16x2816xf32>, tensor<16x2816xf32> -> tensor<16x2816xf32>
  %v6 = mirage.matmul %in0, %in2 : tensor<16x1024xf16>, tensor<1024x2816xf16> -> tensor<16x2816xf32>
  %v7 = mirage.mul %v5, %v6 : tensor<16x2816xf32>, tensor<16x2816xf32> -> tensor<16x2816xf32>
  %v8 = mirage.cast %v7 : tensor<16x2816xf32> -> tensor<16x2816xf16>
  %v9 = mirage.matmul %v8, %in3 : tensor<16x2816xf16>, tensor<2816x1024xf16> -> tensor<16x1024xf32>
  %v10 = mirage.cast %v9 : tensor<16x1024xf32> -> tensor<16x1024xf16>
  return %v10 : tensor<16x1024xf16>
}
