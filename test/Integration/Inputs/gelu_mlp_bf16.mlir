// gelu(X W1) * (X W2) in bf16, gelu by erf
module {
  func.func @main(%x: tensor<5x21xbf16>, %w1: tensor<21x15xbf16>, %w2: tensor<21x15xbf16>) -> tensor<5x15xbf16> {
    %v1 = arith.constant 0.0 : f32
    %v2 = tensor.empty() : tensor<5x15xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<5x15xf32>) -> tensor<5x15xf32>
    %v4 = linalg.matmul ins(%x, %w1 : tensor<5x21xbf16>, tensor<21x15xbf16>) outs(%v3 : tensor<5x15xf32>) -> tensor<5x15xf32>
    %v5 = arith.constant 0.0 : f32
    %v6 = tensor.empty() : tensor<5x15xf32>
    %v7 = linalg.fill ins(%v5 : f32) outs(%v6 : tensor<5x15xf32>) -> tensor<5x15xf32>
    %v8 = linalg.matmul ins(%x, %w2 : tensor<5x21xbf16>, tensor<21x15xbf16>) outs(%v7 : tensor<5x15xf32>) -> tensor<5x15xf32>
    %v9 = tensor.empty() : tensor<5x15xf32>
    %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%v4, %v8 : tensor<5x15xf32>, tensor<5x15xf32>) outs(%v9 : tensor<5x15xf32>) {
      ^bb0(%a: f32, %b: f32, %o0: f32):
        %h = arith.constant 0.5 : f32
        %s = arith.constant 0.707106769 : f32
        %one = arith.constant 1.0 : f32
        %t = arith.mulf %a, %s : f32
        %e = math.erf %t : f32
        %f = arith.addf %e, %one : f32
        %g = arith.mulf %a, %f : f32
        %k = arith.mulf %g, %h : f32
        %r = arith.mulf %k, %b : f32
        linalg.yield %r : f32
    } -> tensor<5x15xf32>
    %v11 = tensor.empty() : tensor<5x15xbf16>
    %v12 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%v10 : tensor<5x15xf32>) outs(%v11 : tensor<5x15xbf16>) {
      ^bb0(%a: f32, %o0: bf16):
        %r = arith.truncf %a : f32 to bf16
        linalg.yield %r : bf16
    } -> tensor<5x15xbf16>
    return %v12 : tensor<5x15xbf16>
  }
}
