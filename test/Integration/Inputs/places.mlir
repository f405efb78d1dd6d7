// elements at computed places: steps, diagonals, repetition, mirror images, two indices in one
module {
  func.func @main(%x: tensor<8xf32>, %y: tensor<4x4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<16xf32>, tensor<8xf32>, tensor<2x4xf32>, tensor<3x2xf32>) {
    %e4 = tensor.empty() : tensor<4xf32>
    %e8 = tensor.empty() : tensor<8xf32>
    %e16 = tensor.empty() : tensor<16xf32>
    %e24 = tensor.empty() : tensor<2x4xf32>
    %e32 = tensor.empty() : tensor<3x2xf32>
    %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0 * 2 + 1)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
        ins(%x : tensor<8xf32>) outs(%e4 : tensor<4xf32>) {
      ^bb0(%a: f32, %o: f32):
        linalg.yield %a : f32
    } -> tensor<4xf32>
    %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0, d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
        ins(%y : tensor<4x4xf32>) outs(%e4 : tensor<4xf32>) {
      ^bb0(%a: f32, %o: f32):
        linalg.yield %a : f32
    } -> tensor<4xf32>
    %2 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0 floordiv 2)>, affine_map<(d0) -> (d0 mod 4, 1)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
        ins(%x, %y : tensor<8xf32>, tensor<4x4xf32>) outs(%e16 : tensor<16xf32>) {
      ^bb0(%a: f32, %b: f32, %o: f32):
        %s = arith.addf %a, %b : f32
        linalg.yield %s : f32
    } -> tensor<16xf32>
    %3 = linalg.generic {indexing_maps = [affine_map<(d0) -> (7 - d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
        ins(%x : tensor<8xf32>) outs(%e8 : tensor<8xf32>) {
      ^bb0(%a: f32, %o: f32):
        linalg.yield %a : f32
    } -> tensor<8xf32>
    %4 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0 * 4 + d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<8xf32>) outs(%e24 : tensor<2x4xf32>) {
      ^bb0(%a: f32, %o: f32):
        %n = arith.negf %a : f32
        linalg.yield %n : f32
    } -> tensor<2x4xf32>
    %c1 = arith.constant 1 : index
    %5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        outs(%e32 : tensor<3x2xf32>) {
      ^bb0(%o: f32):
        %i = linalg.index 0 : index
        %j = linalg.index 1 : index
        %k = arith.addi %i, %c1 : index
        %a = tensor.extract %y[%k, %j] : tensor<4x4xf32>
        linalg.yield %a : f32
    } -> tensor<3x2xf32>
    return %0, %1, %2, %3, %4, %5 : tensor<4xf32>, tensor<4xf32>, tensor<16xf32>, tensor<8xf32>, tensor<2x4xf32>, tensor<3x2xf32>
  }
}
