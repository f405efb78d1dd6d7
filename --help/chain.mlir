func.func @main(%in0: tensor<2048x1024xf16>, %in1: tensor<1024x2048xf16>, %in2: tensor<2048x4xf16>) -> (tensor<2048x4xf16>) {
  %v0 = mirage.matmul %in0, %in1 : tensor<2048x1024xf16>, tensor<1024x2048xf16> -> tensor<2048x2048xf32>
  %v1 = mirage.cast %v0 : tensor<2048x2048xf32> -> tensor<2048x2048xf16>
  %v2 = mirage.matmul %v1, %in2 : tensor<2048x2048xf16>, tensor<2048x4xf16> -> tensor<2048x4xf32>
  %v3 = mirage.cast %v2 : tensor<2048x4xf32> -> tensor<2048x4xf16>
  return %v3 : tensor<2048x4xf16>
}
