// the normalised input and its product
module {
  func.func @main(%x: tensor<5x13xf32>, %w: tensor<13x9xf32>) -> (tensor<5x13xf32>, tensor<5x9xf32>) {
    %v1 = arith.constant 0.0 : f32
    %v2 = tensor.empty() : tensor<5xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<5xf32>) -> tensor<5xf32>
    %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
        ins(%x : tensor<5x13xf32>) outs(%v3 : tensor<5xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %s = arith.mulf %a, %a : f32
        %r = arith.addf %s, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<5xf32>
    %v5 = tensor.empty() : tensor<5x13xf32>
    %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%x, %v4 : tensor<5x13xf32>, tensor<5xf32>) outs(%v5 : tensor<5x13xf32>) {
      ^bb0(%a: f32, %b: f32, %o0: f32):
        %n = arith.constant 13.0 : f32
        %e = arith.constant 1.0e-5 : f32
        %m = arith.divf %b, %n : f32
        %q = arith.addf %m, %e : f32
        %k = math.rsqrt %q : f32
        %r = arith.mulf %a, %k : f32
        linalg.yield %r : f32
    } -> tensor<5x13xf32>
    %v7 = arith.constant 0.0 : f32
    %v8 = tensor.empty() : tensor<5x9xf32>
    %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<5x9xf32>) -> tensor<5x9xf32>
    %v10 = linalg.matmul ins(%v6, %w : tensor<5x13xf32>, tensor<13x9xf32>) outs(%v9 : tensor<5x9xf32>) -> tensor<5x9xf32>
    return %v6, %v10 : tensor<5x13xf32>, tensor<5x9xf32>
  }
}
