// What is true, counted in i64.
func.func @main(%m: tensor<3x5xi1>, %x: tensor<3xf32>) -> tensor<3xf32> {
  %c0 = arith.constant 0 : i64
  %e = tensor.empty() : tensor<3xi64>
  %z = linalg.fill ins(%c0 : i64) outs(%e : tensor<3xi64>) -> tensor<3xi64>
  %n = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%m : tensor<3x5xi1>) outs(%z : tensor<3xi64>) {
  ^bb0(%in: i1, %o: i64):
    %v = arith.extui %in : i1 to i64
    %s = arith.addi %v, %o : i64
    linalg.yield %s : i64
  } -> tensor<3xi64>
  %f = tensor.empty() : tensor<3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%n, %x : tensor<3xi64>, tensor<3xf32>) outs(%f : tensor<3xf32>) {
  ^bb0(%in: i64, %y: f32, %o: f32):
    %v = arith.sitofp %in : i64 to f32
    %s = arith.addf %v, %y : f32
    linalg.yield %s : f32
  } -> tensor<3xf32>
  return %r : tensor<3xf32>
}
