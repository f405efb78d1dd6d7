// the product of three matrix products of one input
module {
  func.func @main(%x: tensor<5x17xf16>, %u: tensor<17x11xf16>, %v: tensor<17x11xf16>, %w: tensor<17x11xf16>) -> tensor<5x11xf16> {
    %v1 = arith.constant 0.0 : f32
    %v2 = tensor.empty() : tensor<5x11xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<5x11xf32>) -> tensor<5x11xf32>
    %v4 = linalg.matmul ins(%x, %u : tensor<5x17xf16>, tensor<17x11xf16>) outs(%v3 : tensor<5x11xf32>) -> tensor<5x11xf32>
    %v5 = arith.constant 0.0 : f32
    %v6 = tensor.empty() : tensor<5x11xf32>
    %v7 = linalg.fill ins(%v5 : f32) outs(%v6 : tensor<5x11xf32>) -> tensor<5x11xf32>
    %v8 = linalg.matmul ins(%x, %v : tensor<5x17xf16>, tensor<17x11xf16>) outs(%v7 : tensor<5x11xf32>) -> tensor<5x11xf32>
    %v9 = arith.constant 0.0 : f32
    %v10 = tensor.empty() : tensor<5x11xf32>
    %v11 = linalg.fill ins(%v9 : f32) outs(%v10 : tensor<5x11xf32>) -> tensor<5x11xf32>
    %v12 = linalg.matmul ins(%x, %w : tensor<5x17xf16>, tensor<17x11xf16>) outs(%v11 : tensor<5x11xf32>) -> tensor<5x11xf32>
    %v13 = tensor.empty() : tensor<5x11xf32>
    %v14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%v4, %v8, %v12 : tensor<5x11xf32>, tensor<5x11xf32>, tensor<5x11xf32>) outs(%v13 : tensor<5x11xf32>) {
      ^bb0(%a: f32, %b: f32, %c: f32, %o0: f32):
        %m = arith.mulf %a, %b : f32
        %r = arith.mulf %m, %c : f32
        linalg.yield %r : f32
    } -> tensor<5x11xf32>
    %v15 = tensor.empty() : tensor<5x11xf16>
    %v16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%v14 : tensor<5x11xf32>) outs(%v15 : tensor<5x11xf16>) {
      ^bb0(%a: f32, %o0: f16):
        %r = arith.truncf %a : f32 to f16
        linalg.yield %r : f16
    } -> tensor<5x11xf16>
    return %v16 : tensor<5x11xf16>
  }
}
