// scores of grouped queries: keys broadcast over a group
module {
  func.func @main(%q: tensor<2x3x5x8xf16>, %k: tensor<2x13x8xf16>) -> tensor<2x3x5x13xf32> {
    %v1 = arith.constant 0.0 : f32
    %v2 = tensor.empty() : tensor<2x3x5x13xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<2x3x5x13xf32>) -> tensor<2x3x5x13xf32>
    %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d4)>, affine_map<(d0, d1, d2, d3, d4) -> (d0, d3, d4)>, affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
        ins(%q, %k : tensor<2x3x5x8xf16>, tensor<2x13x8xf16>) outs(%v3 : tensor<2x3x5x13xf32>) {
      ^bb0(%a: f16, %b: f16, %o0: f32):
        %x = arith.extf %a : f16 to f32
        %y = arith.extf %b : f16 to f32
        %m = arith.mulf %x, %y : f32
        %r = arith.addf %m, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<2x3x5x13xf32>
    return %v4 : tensor<2x3x5x13xf32>
  }
}
