// products over two dimensions, and from a start of 2
module {
  func.func @main(%x: tensor<3x4x5xf32>) -> (tensor<4xf32>, tensor<3x5xf32>) {
    %v1 = arith.constant 1.0 : f32
    %v2 = tensor.empty() : tensor<4xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<4xf32>) -> tensor<4xf32>
    %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d1)>], iterator_types = ["reduction", "parallel", "reduction"]}
        ins(%x : tensor<3x4x5xf32>) outs(%v3 : tensor<4xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %r = arith.mulf %a, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<4xf32>
    %v5 = arith.constant 2.0 : f32
    %v6 = tensor.empty() : tensor<3x5xf32>
    %v7 = linalg.fill ins(%v5 : f32) outs(%v6 : tensor<3x5xf32>) -> tensor<3x5xf32>
    %v8 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>], iterator_types = ["parallel", "reduction", "parallel"]}
        ins(%x : tensor<3x4x5xf32>) outs(%v7 : tensor<3x5xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %r = arith.mulf %a, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<3x5xf32>
    return %v4, %v8 : tensor<4xf32>, tensor<3x5xf32>
  }
}
