// Scalars taken from tensors and computed between ops.
#map = affine_map<() -> ()>
#map1 = affine_map<(d0) -> ()>
#map2 = affine_map<(d0) -> (d0)>
module {
  func.func @main(%a: tensor<f32>, %x: tensor<5xf32>) -> (tensor<5xf32>, tensor<f32>) {
    %e = tensor.empty() : tensor<f32>
    %s = linalg.generic {indexing_maps = [#map, #map], iterator_types = []} ins(%a : tensor<f32>) outs(%e : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %r = math.exp %in : f32
      linalg.yield %r : f32
    } -> tensor<f32>
    %v = tensor.extract %s[] : tensor<f32>
    %w = arith.mulf %v, %v : f32
    %e1 = tensor.empty() : tensor<5xf32>
    %r = linalg.generic {indexing_maps = [#map2, #map1, #map2], iterator_types = ["parallel"]} ins(%x, %a : tensor<5xf32>, tensor<f32>) outs(%e1 : tensor<5xf32>) {
    ^bb0(%in: f32, %in_0: f32, %out: f32):
      %1 = arith.mulf %in, %w : f32
      %2 = arith.addf %1, %in_0 : f32
      linalg.yield %2 : f32
    } -> tensor<5xf32>
    %z = arith.constant dense<0.0> : tensor<f32>
    %t = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["reduction"]} ins(%r : tensor<5xf32>) outs(%z : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %1 = arith.addf %in, %out : f32
      linalg.yield %1 : f32
    } -> tensor<f32>
    return %r, %t : tensor<5xf32>, tensor<f32>
  }
}
