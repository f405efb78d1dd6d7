// a causal mask of scores, a tensor of positions, and a checkerboard
module {
  func.func @main(%s: tensor<8x8xf32>, %n: i32) -> (tensor<8x8xf32>, tensor<6x5xi32>, tensor<4x4xf16>) {
    %low = arith.constant 0xFF800000 : f32
    %c2 = arith.constant 2 : index
    %c5 = arith.constant 5 : index
    %e0 = tensor.empty() : tensor<8x8xf32>
    %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%s : tensor<8x8xf32>) outs(%e0 : tensor<8x8xf32>) {
      ^bb0(%a: f32, %o: f32):
        %i = linalg.index 0 : index
        %j = linalg.index 1 : index
        %c = arith.cmpi uge, %i, %j : index
        %r = arith.select %c, %a, %low : f32
        linalg.yield %r : f32
    } -> tensor<8x8xf32>
    %1 = tensor.generate {
      ^bb0(%i: index, %j: index):
        %r = arith.muli %i, %c5 : index
        %p = arith.addi %r, %j : index
        %q = arith.index_cast %p : index to i32
        %t = arith.addi %q, %n : i32
        tensor.yield %t : i32
    } : tensor<6x5xi32>
    %e2 = tensor.empty() : tensor<4x4xf16>
    %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        outs(%e2 : tensor<4x4xf16>) {
      ^bb0(%o: f16):
        %i = linalg.index 0 : index
        %j = linalg.index 1 : index
        %p = arith.subi %i, %j : index
        %m = arith.remsi %p, %c2 : index
        %w = arith.index_cast %m : index to i64
        %f = arith.sitofp %w : i64 to f16
        linalg.yield %f : f16
    } -> tensor<4x4xf16>
    return %0, %1, %2 : tensor<8x8xf32>, tensor<6x5xi32>, tensor<4x4xf16>
  }
}
