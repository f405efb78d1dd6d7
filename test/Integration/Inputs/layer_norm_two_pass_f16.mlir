// layer norm of f16 in two passes, kept dimensions
module {
  func.func @main(%x: tensor<5x39xf16>) -> tensor<5x39xf16> {
    %v1 = tensor.empty() : tensor<5x39xf32>
    %v2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<5x39xf16>) outs(%v1 : tensor<5x39xf32>) {
      ^bb0(%a: f16, %o0: f32):
        %r = arith.extf %a : f16 to f32
        linalg.yield %r : f32
    } -> tensor<5x39xf32>
    %v3 = arith.constant 0.0 : f32
    %v4 = tensor.empty() : tensor<5x1xf32>
    %v5 = linalg.fill ins(%v3 : f32) outs(%v4 : tensor<5x1xf32>) -> tensor<5x1xf32>
    %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>], iterator_types = ["parallel", "reduction"]}
        ins(%v2 : tensor<5x39xf32>) outs(%v5 : tensor<5x1xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %r = arith.addf %a, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<5x1xf32>
    %v7 = tensor.empty() : tensor<5x39xf32>
    %v8 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%v2, %v6 : tensor<5x39xf32>, tensor<5x1xf32>) outs(%v7 : tensor<5x39xf32>) {
      ^bb0(%a: f32, %b: f32, %o0: f32):
        %n = arith.constant 39.0 : f32
        %m = arith.divf %b, %n : f32
        %r = arith.subf %a, %m : f32
        linalg.yield %r : f32
    } -> tensor<5x39xf32>
    %v9 = arith.constant 0.0 : f32
    %v10 = tensor.empty() : tensor<5x1xf32>
    %v11 = linalg.fill ins(%v9 : f32) outs(%v10 : tensor<5x1xf32>) -> tensor<5x1xf32>
    %v12 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>], iterator_types = ["parallel", "reduction"]}
        ins(%v8 : tensor<5x39xf32>) outs(%v11 : tensor<5x1xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %s = arith.mulf %a, %a : f32
        %r = arith.addf %s, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<5x1xf32>
    %v13 = tensor.empty() : tensor<5x39xf32>
    %v14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%v8, %v12 : tensor<5x39xf32>, tensor<5x1xf32>) outs(%v13 : tensor<5x39xf32>) {
      ^bb0(%a: f32, %b: f32, %o0: f32):
        %n = arith.constant 39.0 : f32
        %e = arith.constant 1.0e-5 : f32
        %m = arith.divf %b, %n : f32
        %q = arith.addf %m, %e : f32
        %k = math.sqrt %q : f32
        %r = arith.divf %a, %k : f32
        linalg.yield %r : f32
    } -> tensor<5x39xf32>
    %v15 = tensor.empty() : tensor<5x39xf16>
    %v16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%v14 : tensor<5x39xf32>) outs(%v15 : tensor<5x39xf16>) {
      ^bb0(%a: f32, %o0: f16):
        %r = arith.truncf %a : f32 to f16
        linalg.yield %r : f16
    } -> tensor<5x39xf16>
    return %v16 : tensor<5x39xf16>
  }
}
