// attention in f16 with an additive mask that all heads share; the input mask is number 3
module {
  func.func @main(%q: tensor<3x5x8xf16>, %k: tensor<3x21x8xf16>, %v: tensor<3x21x8xf16>, %mask: tensor<5x21xf32>) -> tensor<3x5x8xf16> {
    %v1 = arith.constant 0.0 : f32
    %v2 = tensor.empty() : tensor<3x5x21xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<3x5x21xf32>) -> tensor<3x5x21xf32>
    %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
        ins(%q, %k : tensor<3x5x8xf16>, tensor<3x21x8xf16>) outs(%v3 : tensor<3x5x21xf32>) {
      ^bb0(%a: f16, %b: f16, %o0: f32):
        %x = arith.extf %a : f16 to f32
        %y = arith.extf %b : f16 to f32
        %m = arith.mulf %x, %y : f32
        %r = arith.addf %o0, %m : f32
        linalg.yield %r : f32
    } -> tensor<3x5x21xf32>
    %v5 = tensor.empty() : tensor<3x5x21xf32>
    %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%v4, %mask : tensor<3x5x21xf32>, tensor<5x21xf32>) outs(%v5 : tensor<3x5x21xf32>) {
      ^bb0(%a: f32, %b: f32, %o0: f32):
        %c = arith.constant 0.353553385 : f32
        %s = arith.mulf %a, %c : f32
        %r = arith.addf %s, %b : f32
        linalg.yield %r : f32
    } -> tensor<3x5x21xf32>
    %v7 = arith.constant 0xFF800000 : f32
    %v8 = tensor.empty() : tensor<3x5xf32>
    %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<3x5xf32>) -> tensor<3x5xf32>
    %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%v6 : tensor<3x5x21xf32>) outs(%v9 : tensor<3x5xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %r = arith.maximumf %a, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<3x5xf32>
    %v11 = tensor.empty() : tensor<3x5x21xf32>
    %v12 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%v6, %v10 : tensor<3x5x21xf32>, tensor<3x5xf32>) outs(%v11 : tensor<3x5x21xf32>) {
      ^bb0(%a: f32, %b: f32, %o0: f32):
        %s = arith.subf %a, %b : f32
        %r = math.exp %s : f32
        linalg.yield %r : f32
    } -> tensor<3x5x21xf32>
    %v13 = arith.constant 0.0 : f32
    %v14 = tensor.empty() : tensor<3x5xf32>
    %v15 = linalg.fill ins(%v13 : f32) outs(%v14 : tensor<3x5xf32>) -> tensor<3x5xf32>
    %v16 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%v12 : tensor<3x5x21xf32>) outs(%v15 : tensor<3x5xf32>) {
      ^bb0(%a: f32, %o0: f32):
        %r = arith.addf %a, %o0 : f32
        linalg.yield %r : f32
    } -> tensor<3x5xf32>
    %v17 = tensor.empty() : tensor<3x5x21xf32>
    %v18 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%v12, %v16 : tensor<3x5x21xf32>, tensor<3x5xf32>) outs(%v17 : tensor<3x5x21xf32>) {
      ^bb0(%a: f32, %b: f32, %o0: f32):
        %r = arith.divf %a, %b : f32
        linalg.yield %r : f32
    } -> tensor<3x5x21xf32>
    %v19 = tensor.empty() : tensor<3x5x21xf16>
    %v20 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%v18 : tensor<3x5x21xf32>) outs(%v19 : tensor<3x5x21xf16>) {
      ^bb0(%a: f32, %o0: f16):
        %r = arith.truncf %a : f32 to f16
        linalg.yield %r : f16
    } -> tensor<3x5x21xf16>
    %v21 = arith.constant 0.0 : f32
    %v22 = tensor.empty() : tensor<3x5x8xf32>
    %v23 = linalg.fill ins(%v21 : f32) outs(%v22 : tensor<3x5x8xf32>) -> tensor<3x5x8xf32>
    %v24 = linalg.batch_matmul ins(%v20, %v : tensor<3x5x21xf16>, tensor<3x21x8xf16>) outs(%v23 : tensor<3x5x8xf32>) -> tensor<3x5x8xf32>
    %v25 = tensor.empty() : tensor<3x5x8xf16>
    %v26 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%v24 : tensor<3x5x8xf32>) outs(%v25 : tensor<3x5x8xf16>) {
      ^bb0(%a: f32, %o0: f16):
        %r = arith.truncf %a : f32 to f16
        linalg.yield %r : f16
    } -> tensor<3x5x8xf16>
    return %v26 : tensor<3x5x8xf16>
  }
}
