// comparisons and choices in f16, one unordered
module {
  func.func @main(%x: tensor<7x13xf16>) -> tensor<7x13xf16> {
    %v1 = tensor.empty() : tensor<7x13xf16>
    %v2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<7x13xf16>) outs(%v1 : tensor<7x13xf16>) {
      ^bb0(%a: f16, %o0: f16):
        %z = arith.constant 0.0 : f16
        %k = arith.constant 0.1 : f16
        %l = arith.mulf %a, %k : f16
        %c = arith.cmpf ugt, %a, %z : f16
        %d = arith.cmpf olt, %a, %z : f16
        %s = arith.select %d, %l, %z : f16
        %r = arith.select %c, %a, %s : f16
        linalg.yield %r : f16
    } -> tensor<7x13xf16>
    return %v2 : tensor<7x13xf16>
  }
}
