// (X U) * (X V) * (X W)
func.func @main(%x: tensor<8x2048xf16>, %u: tensor<2048x4096xf16>, %v: tensor<2048x4096xf16>, %w: tensor<2048x4096xf16>) -> tensor<8x4096xf16> {
  %zero = arith.constant 0.0 : f32
  %v1 = tensor.empty() : tensor<8x4096xf32>
  %v2 = linalg.fill ins(%zero : f32) outs(%v1 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v3 = linalg.matmul ins(%x, %u : tensor<8x2048xf16>, tensor<2048x4096xf16>)
      outs(%v2 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v4 = tensor.empty() : tensor<8x4096xf32>
  %v5 = linalg.fill ins(%zero : f32) outs(%v4 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v6 = linalg.matmul ins(%x, %v : tensor<8x2048xf16>, tensor<2048x4096xf16>)
      outs(%v5 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v7 = tensor.empty() : tensor<8x4096xf32>
  %v8 = linalg.fill ins(%zero : f32) outs(%v7 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v9 = linalg.matmul ins(%x, %w : tensor<8x2048xf16>, tensor<2048x4096xf16>)
      outs(%v8 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v10 = tensor.empty() : tensor<8x4096xf16>
  %v11 = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v3, %v6, %v9 : tensor<8x4096xf32>, tensor<8x4096xf32>, tensor<8x4096xf32>) outs(%v10 : tensor<8x4096xf16>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f16):
    %m = arith.mulf %a, %b : f32
    %n = arith.mulf %m, %c : f32
    %r = arith.truncf %n : f32 to f16
    linalg.yield %r : f16
  } -> tensor<8x4096xf16>
  return %v11 : tensor<8x4096xf16>
}
