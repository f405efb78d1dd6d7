// row maxima and column minima of values below zero
module {
  func.func @main(%x: tensor<5x29xf32>) -> (tensor<5xf32>, tensor<29x1xf32>) {
    %v1 = tensor.empty() : tensor<5x29xf32>
    %v2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<5x29xf32>) outs(%v1 : tensor<5x29xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %c = arith.constant -3.0 : f32
        %s = math.absf %a : f32
        %m = arith.negf %s : f32
        %r = arith.addf %m, %c : f32
        linalg.yield %r : f32
    } -> tensor<5x29xf32>
    %v3 = arith.constant 0xFF800000 : f32
    %v4 = tensor.empty() : tensor<5xf32>
    %v5 = linalg.fill ins(%v3 : f32) outs(%v4 : tensor<5xf32>) -> tensor<5xf32>
    %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
        ins(%v2 : tensor<5x29xf32>) outs(%v5 : tensor<5xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %r = arith.maximumf %a, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<5xf32>
    %v7 = arith.constant 0x7F800000 : f32
    %v8 = tensor.empty() : tensor<29x1xf32>
    %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<29x1xf32>) -> tensor<29x1xf32>
    %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1, 0)>], iterator_types = ["reduction", "parallel"]}
        ins(%v2 : tensor<5x29xf32>) outs(%v9 : tensor<29x1xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %r = arith.minimumf %a, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<29x1xf32>
    return %v6, %v10 : tensor<5xf32>, tensor<29x1xf32>
  }
}
