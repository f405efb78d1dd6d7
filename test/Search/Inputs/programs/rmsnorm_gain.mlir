// rms_norm(X) * G, times W: a gain of one number a column
func.func @main(%x: tensor<2x4096xf16>, %g: tensor<4096xf16>, %w: tensor<4096x4096xf16>) -> tensor<2x4096xf16> {
  %zero = arith.constant 0.0 : f32
  %v1 = tensor.empty() : tensor<2xf32>
  %v2 = linalg.fill ins(%zero : f32) outs(%v1 : tensor<2xf32>) -> tensor<2xf32>
  %v3 = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<2x4096xf16>) outs(%v2 : tensor<2xf32>) {
  ^bb0(%a: f16, %o: f32):
    %e = arith.extf %a : f16 to f32
    %q = arith.mulf %e, %e : f32
    %r = arith.addf %q, %o : f32
    linalg.yield %r : f32
  } -> tensor<2xf32>
  %v4 = tensor.empty() : tensor<2x4096xf16>
  %v5 = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x, %v3, %g : tensor<2x4096xf16>, tensor<2xf32>, tensor<4096xf16>) outs(%v4 : tensor<2x4096xf16>) {
  ^bb0(%a: f16, %b: f32, %c: f16, %o: f16):
    %n = arith.constant 4096.0 : f32
    %eps = arith.constant 1.0e-5 : f32
    %mean = arith.divf %b, %n : f32
    %s = arith.addf %mean, %eps : f32
    %k = math.rsqrt %s : f32
    %e = arith.extf %a : f16 to f32
    %y = arith.mulf %e, %k : f32
    %h = arith.extf %c : f16 to f32
    %z = arith.mulf %y, %h : f32
    %r = arith.truncf %z : f32 to f16
    linalg.yield %r : f16
  } -> tensor<2x4096xf16>
  %v6 = tensor.empty() : tensor<2x4096xf32>
  %v7 = linalg.fill ins(%zero : f32) outs(%v6 : tensor<2x4096xf32>) -> tensor<2x4096xf32>
  %v8 = linalg.matmul ins(%v5, %w : tensor<2x4096xf16>, tensor<4096x4096xf16>)
      outs(%v7 : tensor<2x4096xf32>) -> tensor<2x4096xf32>
  %v9 = tensor.empty() : tensor<2x4096xf16>
  %v10 = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v8 : tensor<2x4096xf32>) outs(%v9 : tensor<2x4096xf16>) {
  ^bb0(%a: f32, %o: f16):
    %r = arith.truncf %a : f32 to f16
    linalg.yield %r : f16
  } -> tensor<2x4096xf16>
  return %v10 : tensor<2x4096xf16>
}
