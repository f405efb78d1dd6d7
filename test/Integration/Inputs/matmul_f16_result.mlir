// a product whose accumulator is f16 in the program
module {
  func.func @main(%a: tensor<5x33xf16>, %b: tensor<33x7xf16>) -> tensor<5x7xf16> {
    %v1 = arith.constant 0.0 : f16
    %v2 = tensor.empty() : tensor<5x7xf16>
    %v3 = linalg.fill ins(%v1 : f16) outs(%v2 : tensor<5x7xf16>) -> tensor<5x7xf16>
    %v4 = linalg.matmul ins(%a, %b : tensor<5x33xf16>, tensor<33x7xf16>) outs(%v3 : tensor<5x7xf16>) -> tensor<5x7xf16>
    return %v4 : tensor<5x7xf16>
  }
}
