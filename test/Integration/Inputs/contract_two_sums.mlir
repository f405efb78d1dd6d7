// output projection of attention: two summed dimensions, two rows
module {
  func.func @main(%v: tensor<3x5x2x7xf16>, %w: tensor<2x7x11xf16>) -> tensor<3x5x11xf32> {
    %v1 = arith.constant 0.0 : f32
    %v2 = tensor.empty() : tensor<3x5x11xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<3x5x11xf32>) -> tensor<3x5x11xf32>
    %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d3, d4)>, affine_map<(d0, d1, d2, d3, d4) -> (d3, d4, d2)>, affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
        ins(%v, %w : tensor<3x5x2x7xf16>, tensor<2x7x11xf16>) outs(%v3 : tensor<3x5x11xf32>) {
      ^bb0(%a: f16, %b: f16, %o0: f32):
        %x = arith.extf %a : f16 to f32
        %y = arith.extf %b : f16 to f32
        %m = arith.mulf %x, %y : f32
        %r = arith.addf %m, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<3x5x11xf32>
    return %v4 : tensor<3x5x11xf32>
  }
}
