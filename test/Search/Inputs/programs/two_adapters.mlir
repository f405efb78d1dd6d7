// X W + (X A1) B1 + (X A2) B2
func.func @main(%x: tensor<16x256xf16>, %w: tensor<256x4096xf16>, %a1: tensor<256x16xf16>, %b1: tensor<16x4096xf16>, %a2: tensor<256x16xf16>, %b2: tensor<16x4096xf16>) -> tensor<16x4096xf16> {
  %zero = arith.constant 0.0 : f32
  %v1 = tensor.empty() : tensor<16x4096xf32>
  %v2 = linalg.fill ins(%zero : f32) outs(%v1 : tensor<16x4096xf32>) -> tensor<16x4096xf32>
  %v3 = linalg.matmul ins(%x, %w : tensor<16x256xf16>, tensor<256x4096xf16>)
      outs(%v2 : tensor<16x4096xf32>) -> tensor<16x4096xf32>
  %v4 = tensor.empty() : tensor<16x16xf32>
  %v5 = linalg.fill ins(%zero : f32) outs(%v4 : tensor<16x16xf32>) -> tensor<16x16xf32>
  %v6 = linalg.matmul ins(%x, %a1 : tensor<16x256xf16>, tensor<256x16xf16>)
      outs(%v5 : tensor<16x16xf32>) -> tensor<16x16xf32>
  %v7 = tensor.empty() : tensor<16x16xf16>
  %v8 = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v6 : tensor<16x16xf32>) outs(%v7 : tensor<16x16xf16>) {
  ^bb0(%a: f32, %o: f16):
    %r = arith.truncf %a : f32 to f16
    linalg.yield %r : f16
  } -> tensor<16x16xf16>
  %v9 = tensor.empty() : tensor<16x4096xf32>
  %v10 = linalg.fill ins(%zero : f32) outs(%v9 : tensor<16x4096xf32>) -> tensor<16x4096xf32>
  %v11 = linalg.matmul ins(%v8, %b1 : tensor<16x16xf16>, tensor<16x4096xf16>)
      outs(%v10 : tensor<16x4096xf32>) -> tensor<16x4096xf32>
  %v12 = tensor.empty() : tensor<16x16xf32>
  %v13 = linalg.fill ins(%zero : f32) outs(%v12 : tensor<16x16xf32>) -> tensor<16x16xf32>
  %v14 = linalg.matmul ins(%x, %a2 : tensor<16x256xf16>, tensor<256x16xf16>)
      outs(%v13 : tensor<16x16xf32>) -> tensor<16x16xf32>
  %v15 = tensor.empty() : tensor<16x16xf16>
  %v16 = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v14 : tensor<16x16xf32>) outs(%v15 : tensor<16x16xf16>) {
  ^bb0(%a: f32, %o: f16):
    %r = arith.truncf %a : f32 to f16
    linalg.yield %r : f16
  } -> tensor<16x16xf16>
  %v17 = tensor.empty() : tensor<16x4096xf32>
  %v18 = linalg.fill ins(%zero : f32) outs(%v17 : tensor<16x4096xf32>) -> tensor<16x4096xf32>
  %v19 = linalg.matmul ins(%v16, %b2 : tensor<16x16xf16>, tensor<16x4096xf16>)
      outs(%v18 : tensor<16x4096xf32>) -> tensor<16x4096xf32>
  %v20 = tensor.empty() : tensor<16x4096xf16>
  %v21 = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v3, %v11, %v19 : tensor<16x4096xf32>, tensor<16x4096xf32>, tensor<16x4096xf32>) outs(%v20 : tensor<16x4096xf16>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f16):
    %s = arith.addf %a, %b : f32
    %t = arith.addf %s, %c : f32
    %r = arith.truncf %t : f32 to f16
    linalg.yield %r : f16
  } -> tensor<16x4096xf16>
  return %v21 : tensor<16x4096xf16>
}
