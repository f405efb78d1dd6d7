// Products of i8, one of them constant.
func.func @main(%x: tensor<2x3xf32>) -> tensor<2x4xf32> {
  %w = arith.constant dense<[[-128, 127, 3, 4], [5, -6, 7, 8], [9, 10, -11, 12]]> : tensor<3x4xi8>
  %c0 = arith.constant 0 : i32
  %e = tensor.empty() : tensor<2x3xi8>
  %q = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<2x3xf32>) outs(%e : tensor<2x3xi8>) {
  ^bb0(%in: f32, %o: i8):
    %i = arith.fptosi %in : f32 to i8
    linalg.yield %i : i8
  } -> tensor<2x3xi8>
  %e1 = tensor.empty() : tensor<2x4xi32>
  %z = linalg.fill ins(%c0 : i32) outs(%e1 : tensor<2x4xi32>) -> tensor<2x4xi32>
  %m = linalg.matmul ins(%q, %w : tensor<2x3xi8>, tensor<3x4xi8>) outs(%z : tensor<2x4xi32>) -> tensor<2x4xi32>
  %f = tensor.empty() : tensor<2x4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%m : tensor<2x4xi32>) outs(%f : tensor<2x4xf32>) {
  ^bb0(%in: i32, %o: f32):
    %v = arith.sitofp %in : i32 to f32
    linalg.yield %v : f32
  } -> tensor<2x4xf32>
  return %r : tensor<2x4xf32>
}
