// gelu(X W1) * (X W2)
func.func @main(%x: tensor<8x4096xf16>, %w1: tensor<4096x4096xf16>, %w2: tensor<4096x4096xf16>) -> tensor<8x4096xf16> {
  %zero = arith.constant 0.0 : f32
  %v1 = tensor.empty() : tensor<8x4096xf32>
  %v2 = linalg.fill ins(%zero : f32) outs(%v1 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v3 = linalg.matmul ins(%x, %w1 : tensor<8x4096xf16>, tensor<4096x4096xf16>)
      outs(%v2 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v4 = tensor.empty() : tensor<8x4096xf32>
  %v5 = linalg.fill ins(%zero : f32) outs(%v4 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v6 = linalg.matmul ins(%x, %w2 : tensor<8x4096xf16>, tensor<4096x4096xf16>)
      outs(%v5 : tensor<8x4096xf32>) -> tensor<8x4096xf32>
  %v7 = tensor.empty() : tensor<8x4096xf16>
  %v8 = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v3, %v6 : tensor<8x4096xf32>, tensor<8x4096xf32>) outs(%v7 : tensor<8x4096xf16>) {
  ^bb0(%a: f32, %b: f32, %o: f16):
    %half = arith.constant 0.5 : f32
    %one = arith.constant 1.0 : f32
    %root = arith.constant 0.707106769 : f32
    %t = arith.mulf %a, %root : f32
    %e = math.erf %t : f32
    %f = arith.addf %e, %one : f32
    %h = arith.mulf %a, %half : f32
    %s = arith.mulf %h, %f : f32
    %m = arith.mulf %s, %b : f32
    %r = arith.truncf %m : f32 to f16
    linalg.yield %r : f16
  } -> tensor<8x4096xf16>
  return %v8 : tensor<8x4096xf16>
}
