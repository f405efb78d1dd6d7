// Through i8 and back.
func.func @main(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %s = arith.constant 0.05 : f32
  %lo = arith.constant -128.0 : f32
  %hi = arith.constant 127.0 : f32
  %e = tensor.empty() : tensor<4x6xi8>
  %q = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x6xf32>) outs(%e : tensor<4x6xi8>) {
  ^bb0(%in: f32, %o: i8):
    %v = arith.divf %in, %s : f32
    %r = math.roundeven %v : f32
    %a = arith.maximumf %r, %lo : f32
    %b = arith.minimumf %a, %hi : f32
    %i = arith.fptosi %b : f32 to i8
    linalg.yield %i : i8
  } -> tensor<4x6xi8>
  %f = tensor.empty() : tensor<4x6xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%q : tensor<4x6xi8>) outs(%f : tensor<4x6xf32>) {
  ^bb0(%in: i8, %o: f32):
    %w = arith.extsi %in : i8 to i32
    %v = arith.sitofp %w : i32 to f32
    %m = arith.mulf %v, %s : f32
    linalg.yield %m : f32
  } -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}
