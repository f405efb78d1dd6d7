// one body, two results of different order
module {
  func.func @main(%x: tensor<5x9xf32>, %y: tensor<9x5xf32>) -> (tensor<9x5xf32>, tensor<5x9xf32>) {
    %v1 = tensor.empty() : tensor<9x5xf32>
    %v2 = tensor.empty() : tensor<5x9xf32>
    %v3:2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%x, %y : tensor<5x9xf32>, tensor<9x5xf32>) outs(%v1, %v2 : tensor<9x5xf32>, tensor<5x9xf32>) {
      ^bb0(%a: f32, %b: f32, %o0: f32, %o1: f32):
        %u = arith.addf %a, %b : f32
        %v = arith.subf %a, %b : f32
        linalg.yield %u, %v : f32, f32
    } -> (tensor<9x5xf32>, tensor<5x9xf32>)
    return %v3#0, %v3#1 : tensor<9x5xf32>, tensor<5x9xf32>
  }
}
