// a body of functions outside the algebra
module {
  func.func @main(%x: tensor<7x13xf32>, %y: tensor<13xf32>) -> tensor<7x13xf32> {
    %v1 = tensor.empty() : tensor<7x13xf32>
    %v2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%x, %y : tensor<7x13xf32>, tensor<13xf32>) outs(%v1 : tensor<7x13xf32>) {
      ^bb0(%a: f32, %b: f32, %o0: f32):
        %c = arith.constant 0.5 : f32
        %s = math.sin %a : f32
        %p = arith.mulf %s, %c : f32
        %q = math.cos %b : f32
        %r = arith.maxnumf %p, %q : f32
        linalg.yield %r : f32
    } -> tensor<7x13xf32>
    return %v2 : tensor<7x13xf32>
  }
}
