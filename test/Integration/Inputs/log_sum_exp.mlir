// log of a sum of exponentials, stable
module {
  func.func @main(%x: tensor<7x33xf32>) -> tensor<7xf32> {
    %v1 = arith.constant 0xFF800000 : f32
    %v2 = tensor.empty() : tensor<7xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<7xf32>) -> tensor<7xf32>
    %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
        ins(%x : tensor<7x33xf32>) outs(%v3 : tensor<7xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %r = arith.maximumf %a, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<7xf32>
    %v5 = tensor.empty() : tensor<7x33xf32>
    %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%x, %v4 : tensor<7x33xf32>, tensor<7xf32>) outs(%v5 : tensor<7x33xf32>) {
      ^bb0(%a: f32, %b: f32, %o0: f32):
        %s = arith.subf %a, %b : f32
        %r = math.exp %s : f32
        linalg.yield %r : f32
    } -> tensor<7x33xf32>
    %v7 = arith.constant 0.0 : f32
    %v8 = tensor.empty() : tensor<7xf32>
    %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<7xf32>) -> tensor<7xf32>
    %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
        ins(%v6 : tensor<7x33xf32>) outs(%v9 : tensor<7xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %r = arith.addf %a, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<7xf32>
    %v11 = tensor.empty() : tensor<7xf32>
    %v12 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
        ins(%v10, %v4 : tensor<7xf32>, tensor<7xf32>) outs(%v11 : tensor<7xf32>) {
      ^bb0(%a: f32, %b: f32, %o0: f32):
        %s = math.log %a : f32
        %r = arith.addf %s, %b : f32
        linalg.yield %r : f32
    } -> tensor<7xf32>
    return %v12 : tensor<7xf32>
  }
}
