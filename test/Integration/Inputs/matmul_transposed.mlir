// both operands transposed through indexing_maps
module {
  func.func @main(%a: tensor<11x7xf32>, %b: tensor<9x11xf32>) -> tensor<7x9xf32> {
    %v1 = arith.constant 0.0 : f32
    %v2 = tensor.empty() : tensor<7x9xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<7x9xf32>) -> tensor<7x9xf32>
    %v4 = linalg.matmul indexing_maps = [affine_map<(d0, d1, d2) -> (d2, d0)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>] ins(%a, %b : tensor<11x7xf32>, tensor<9x11xf32>) outs(%v3 : tensor<7x9xf32>) -> tensor<7x9xf32>
    return %v4 : tensor<7x9xf32>
  }
}
