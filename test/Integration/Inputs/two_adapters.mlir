// X W + (X A1) B1 + (X A2) B2, accumulated through the inits
module {
  func.func @main(%x: tensor<7x19xf16>, %w: tensor<19x23xf16>, %a1: tensor<19x4xf16>, %b1: tensor<4x23xf16>, %a2: tensor<19x4xf16>, %b2: tensor<4x23xf16>) -> tensor<7x23xf16> {
    %v1 = arith.constant 0.0 : f32
    %v2 = tensor.empty() : tensor<7x23xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<7x23xf32>) -> tensor<7x23xf32>
    %v4 = linalg.matmul ins(%x, %w : tensor<7x19xf16>, tensor<19x23xf16>) outs(%v3 : tensor<7x23xf32>) -> tensor<7x23xf32>
    %v5 = arith.constant 0.0 : f32
    %v6 = tensor.empty() : tensor<7x4xf32>
    %v7 = linalg.fill ins(%v5 : f32) outs(%v6 : tensor<7x4xf32>) -> tensor<7x4xf32>
    %v8 = linalg.matmul ins(%x, %a1 : tensor<7x19xf16>, tensor<19x4xf16>) outs(%v7 : tensor<7x4xf32>) -> tensor<7x4xf32>
    %v9 = tensor.empty() : tensor<7x4xf16>
    %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%v8 : tensor<7x4xf32>) outs(%v9 : tensor<7x4xf16>) {
      ^bb0(%a: f32, %o0: f16):
        %r = arith.truncf %a : f32 to f16
        linalg.yield %r : f16
    } -> tensor<7x4xf16>
    %v11 = linalg.matmul ins(%v10, %b1 : tensor<7x4xf16>, tensor<4x23xf16>) outs(%v4 : tensor<7x23xf32>) -> tensor<7x23xf32>
    %v12 = arith.constant 0.0 : f32
    %v13 = tensor.empty() : tensor<7x4xf32>
    %v14 = linalg.fill ins(%v12 : f32) outs(%v13 : tensor<7x4xf32>) -> tensor<7x4xf32>
    %v15 = linalg.matmul ins(%x, %a2 : tensor<7x19xf16>, tensor<19x4xf16>) outs(%v14 : tensor<7x4xf32>) -> tensor<7x4xf32>
    %v16 = tensor.empty() : tensor<7x4xf16>
    %v17 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%v15 : tensor<7x4xf32>) outs(%v16 : tensor<7x4xf16>) {
      ^bb0(%a: f32, %o0: f16):
        %r = arith.truncf %a : f32 to f16
        linalg.yield %r : f16
    } -> tensor<7x4xf16>
    %v18 = linalg.matmul ins(%v17, %b2 : tensor<7x4xf16>, tensor<4x23xf16>) outs(%v11 : tensor<7x23xf32>) -> tensor<7x23xf32>
    %v19 = tensor.empty() : tensor<7x23xf16>
    %v20 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%v18 : tensor<7x23xf32>) outs(%v19 : tensor<7x23xf16>) {
      ^bb0(%a: f32, %o0: f16):
        %r = arith.truncf %a : f32 to f16
        linalg.yield %r : f16
    } -> tensor<7x23xf16>
    return %v20 : tensor<7x23xf16>
  }
}
