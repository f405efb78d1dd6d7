// silu(X W1) * (X W2) in bf16
func.func @main(%x: tensor<8x4096xbf16>, %w1: tensor<4096x4096xbf16>, %w2: tensor<4096x4096xbf16>) -> tensor<8x4096xbf16> {
  %zero = arith.constant 0.0 : f32
  %v1 = tensor.empty() : tensor<8x4096xf32>
  %v2 = linalg.fill ins(%zero : f32) outs(%v1 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v3 = linalg.matmul ins(%x, %w1 : tensor<8x4096xbf16>, tensor<4096x4096xbf16>)
      outs(%v2 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v4 = tensor.empty() : tensor<8x4096xf32>
  %v5 = linalg.fill ins(%zero : f32) outs(%v4 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v6 = linalg.matmul ins(%x, %w2 : tensor<8x4096xbf16>, tensor<4096x4096xbf16>)
      outs(%v5 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v7 = tensor.empty() : tensor<8x4096xbf16>
  %v8 = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v3, %v6 : tensor<8x4096xf32>, tensor<8x4096xf32>) outs(%v7 : tensor<8x4096xbf16>) {
  ^bb0(%a: f32, %b: f32, %o: bf16):
    %one = arith.constant 1.0 : f32
    %n = arith.negf %a : f32
    %ex = math.exp %n : f32
    %d = arith.addf %ex, %one : f32
    %s = arith.divf %a, %d : f32
    %m = arith.mulf %s, %b : f32
    %r = arith.truncf %m : f32 to bf16
    linalg.yield %r : bf16
  } -> tensor<8x4096xbf16>
  return %v8 : tensor<8x4096xbf16>
}
