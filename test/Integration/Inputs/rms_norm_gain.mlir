// RMS norm with gain; rank-dropping reduction, one body
module {
  func.func @main(%x: tensor<5x37xf32>, %g: tensor<37xf32>) -> tensor<5x37xf32> {
    %v1 = arith.constant 0.0 : f32
    %v2 = tensor.empty() : tensor<5xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<5xf32>) -> tensor<5xf32>
    %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
        ins(%x : tensor<5x37xf32>) outs(%v3 : tensor<5xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %s = arith.mulf %a, %a : f32
        %r = arith.addf %s, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<5xf32>
    %v5 = tensor.empty() : tensor<5x37xf32>
    %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%x, %v4, %g : tensor<5x37xf32>, tensor<5xf32>, tensor<37xf32>) outs(%v5 : tensor<5x37xf32>) {
      ^bb0(%a: f32, %b: f32, %c: f32, %o0: f32):
        %n = arith.constant 37.0 : f32
        %e = arith.constant 1.0e-5 : f32
        %m = arith.divf %b, %n : f32
        %q = arith.addf %m, %e : f32
        %k = math.rsqrt %q : f32
        %w = arith.mulf %a, %k : f32
        %r = arith.mulf %w, %c : f32
        linalg.yield %r : f32
    } -> tensor<5x37xf32>
    return %v6 : tensor<5x37xf32>
  }
}
