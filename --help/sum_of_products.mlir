func.func @main(%in0: tensor<16x4096xf16>, %in1: tensor<4096x4096xf16>, %in2: tensor<4096x4096xf16>) -> (tensor<16x4096xf16>) {
  %v0 = mirage.matmul %in0, %in1 : tensor<16x4096xf16>, tensor<4096x4096xf16> -> tensor<16x4096xf32>
  %v1 = mirage.matmul %in0, %in2 : tensor<16x4096xf16>, tensor<4096x4096xf16> -> tensor<16x4096xf32>
  %v2 = mirage.add %v0, %v1 : tensor<16x4096xf32>, tensor<16x4096xf32> -> tensor<16x4096xf32>
  %v3 = mirage.cast %v2 : tensor<16x4096xf32> -> tensor<16x4096xf16>
  return %v3 : tensor<16x4096xf16>
}
