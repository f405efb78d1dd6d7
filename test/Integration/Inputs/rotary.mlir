// rotary embedding: halves swapped by slice and concat
module {
  func.func @main(%x: tensor<2x5x8xf16>, %cos: tensor<5x8xf16>, %sin: tensor<5x8xf16>) -> tensor<2x5x8xf16> {
    %v1 = tensor.extract_slice %x[0, 0, 0] [2, 5, 4] [1, 1, 1] : tensor<2x5x8xf16> to tensor<2x5x4xf16>
    %v2 = tensor.extract_slice %x[0, 0, 4] [2, 5, 4] [1, 1, 1] : tensor<2x5x8xf16> to tensor<2x5x4xf16>
    %v4 = tensor.empty() : tensor<2x5x4xf16>
    %v5 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%v2 : tensor<2x5x4xf16>) outs(%v4 : tensor<2x5x4xf16>) {
      ^bb0(%a: f16, %o0: f16):
        %r = arith.negf %a : f16
        linalg.yield %r : f16
    } -> tensor<2x5x4xf16>
    %v3 = tensor.concat dim(2) %v5, %v1 : (tensor<2x5x4xf16>, tensor<2x5x4xf16>) -> tensor<2x5x8xf16>
    %v6 = tensor.empty() : tensor<2x5x8xf16>
    %v7 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%x, %v3, %cos, %sin : tensor<2x5x8xf16>, tensor<2x5x8xf16>, tensor<5x8xf16>, tensor<5x8xf16>) outs(%v6 : tensor<2x5x8xf16>) {
      ^bb0(%a: f16, %b: f16, %c: f16, %d: f16, %o0: f16):
        %u = arith.mulf %a, %c : f16
        %v = arith.mulf %b, %d : f16
        %r = arith.addf %u, %v : f16
        linalg.yield %r : f16
    } -> tensor<2x5x8xf16>
    return %v7 : tensor<2x5x8xf16>
  }
}
