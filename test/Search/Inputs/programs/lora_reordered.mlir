// (X A) B + X W
func.func @main(%x: tensor<16x256xf16>, %w: tensor<256x4096xf16>, %a1: tensor<256x16xf16>, %b1: tensor<16x4096xf16>) -> tensor<16x4096xf16> {
  %zero = arith.constant 0.0 : f32
  %v1 = tensor.empty() : tensor<16x16xf32>
  %v2 = linalg.fill ins(%zero : f32) outs(%v1 : tensor<16x16xf32>) -> tensor<16x16xf32>
  %v3 = linalg.matmul ins(%x, %a1 : tensor<16x256xf16>, tensor<256x16xf16>)
      outs(%v2 : tensor<16x16xf32>) -> tensor<16x16xf32>
  %v4 = tensor.empty() : tensor<16x16xf16>
  %v5 = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v3 : tensor<16x16xf32>) outs(%v4 : tensor<16x16xf16>) {
  ^bb0(%a: f32, %o: f16):
    %r = arith.truncf %a : f32 to f16
    linalg.yield %r : f16
  } -> tensor<16x16xf16>
  %v6 = tensor.empty() : tensor<16x4096xf32>
  %v7 = linalg.fill ins(%zero : f32) outs(%v6 : tensor<16x4096xf32>) -> tensor<16x4096xf32>
  %v8 = linalg.matmul ins(%v5, %b1 : tensor<16x16xf16>, tensor<16x4096xf16>)
      outs(%v7 : tensor<16x4096xf32>) -> tensor<16x4096xf32>
  %v9 = tensor.empty() : tensor<16x4096xf32>
  %v10 = linalg.fill ins(%zero : f32) outs(%v9 : tensor<16x4096xf32>) -> tensor<16x4096xf32>
  %v11 = linalg.matmul ins(%x, %w : tensor<16x256xf16>, tensor<256x4096xf16>)
      outs(%v10 : tensor<16x4096xf32>) -> tensor<16x4096xf32>
  %v12 = tensor.empty() : tensor<16x4096xf16>
  %v13 = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v8, %v11 : tensor<16x4096xf32>, tensor<16x4096xf32>) outs(%v12 : tensor<16x4096xf16>) {
  ^bb0(%a: f32, %b: f32, %o: f16):
    %s = arith.addf %a, %b : f32
    %r = arith.truncf %s : f32 to f16
    linalg.yield %r : f16
  } -> tensor<16x4096xf16>
  return %v13 : tensor<16x4096xf16>
}
