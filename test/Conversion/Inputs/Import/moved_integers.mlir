// i64 that are counted, cut, joined and compared.
func.func @main(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %z = arith.constant 0.0 : f32
  %c = arith.constant dense<[100, -5]> : tensor<2xi64>
  %e = tensor.empty() : tensor<6xi64>
  %i = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<6xi64>) {
  ^bb0(%o: i64):
    %k = linalg.index 0 : index
    %v = arith.index_cast %k : index to i64
    linalg.yield %v : i64
  } -> tensor<6xi64>
  %s = tensor.extract_slice %i[1] [4] [1] : tensor<6xi64> to tensor<4xi64>
  %cc = tensor.concat dim(0) %c, %s : (tensor<2xi64>, tensor<4xi64>) -> tensor<6xi64>
  %r2 = tensor.expand_shape %cc [[0, 1]] output_shape [1, 6] : tensor<6xi64> into tensor<1x6xi64>
  %c2 = tensor.expand_shape %s [[0, 1]] output_shape [4, 1] : tensor<4xi64> into tensor<4x1xi64>
  %e1 = tensor.empty() : tensor<4x6xi1>
  %m = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%r2, %c2 : tensor<1x6xi64>, tensor<4x1xi64>) outs(%e1 : tensor<4x6xi1>) {
  ^bb0(%a: i64, %b: i64, %o: i1):
    %v = arith.cmpi sle, %a, %b : i64
    linalg.yield %v : i1
  } -> tensor<4x6xi1>
  %e2 = tensor.empty() : tensor<4x6xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%m, %x : tensor<4x6xi1>, tensor<4x6xf32>) outs(%e2 : tensor<4x6xf32>) {
  ^bb0(%a: i1, %b: f32, %o: f32):
    %v = arith.select %a, %b, %z : f32
    linalg.yield %v : f32
  } -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}
