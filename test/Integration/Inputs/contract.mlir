// linalg.contract whose batch dimension is not the first
module {
  func.func @main(%a: tensor<5x3x7xf16>, %b: tensor<3x7x9xf16>) -> tensor<5x3x9xf32> {
    %v1 = arith.constant 0.0 : f32
    %v2 = tensor.empty() : tensor<5x3x9xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<5x3x9xf32>) -> tensor<5x3x9xf32>
    %v4 = linalg.contract indexing_maps = [affine_map<(b, m, n, k) -> (m, b, k)>, affine_map<(b, m, n, k) -> (b, k, n)>, affine_map<(b, m, n, k) -> (m, b, n)>] ins(%a, %b : tensor<5x3x7xf16>, tensor<3x7x9xf16>) outs(%v3 : tensor<5x3x9xf32>) -> tensor<5x3x9xf32>
    return %v4 : tensor<5x3x9xf32>
  }
}
