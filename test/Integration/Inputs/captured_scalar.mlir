// a scale that is a function argument
module {
  func.func @main(%x: tensor<7x13xf32>, %s: f32) -> tensor<7x13xf32> {
    %v1 = tensor.empty() : tensor<7x13xf32>
    %v2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<7x13xf32>) outs(%v1 : tensor<7x13xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %m = arith.mulf %a, %s : f32
        %c = arith.constant 1.5 : f32
        %r = arith.addf %m, %c : f32
        linalg.yield %r : f32
    } -> tensor<7x13xf32>
    return %v2 : tensor<7x13xf32>
  }
}
