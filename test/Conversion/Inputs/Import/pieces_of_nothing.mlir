// Rotary embedding; the halves are put into an empty tensor.
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map1 = affine_map<(d0, d1, d2, d3) -> (0, 0, d2, d3)>
module {
  func.func @main(%x: tensor<1x2x3x8xf32>, %cos: tensor<1x1x3x8xf32>, %sin: tensor<1x1x3x8xf32>) -> tensor<1x2x3x8xf32> {
    %e = tensor.empty() : tensor<1x2x3x8xf32>
    %eh = tensor.empty() : tensor<1x2x3x4xf32>
    %a = tensor.extract_slice %x[0, 0, 0, 0] [1, 2, 3, 4] [1, 1, 1, 1] : tensor<1x2x3x8xf32> to tensor<1x2x3x4xf32>
    %b = tensor.extract_slice %x[0, 0, 0, 4] [1, 2, 3, 4] [1, 1, 1, 1] : tensor<1x2x3x8xf32> to tensor<1x2x3x4xf32>
    %n = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (0, d1, d2, d3)>, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%b : tensor<1x2x3x4xf32>) outs(%eh : tensor<1x2x3x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %r = arith.negf %in : f32
      linalg.yield %r : f32
    } -> tensor<1x2x3x4xf32>
    %i0 = tensor.insert_slice %n into %e[0, 0, 0, 0] [1, 2, 3, 4] [1, 1, 1, 1] : tensor<1x2x3x4xf32> into tensor<1x2x3x8xf32>
    %i1 = tensor.insert_slice %a into %i0[0, 0, 0, 4] [1, 2, 3, 4] [1, 1, 1, 1] : tensor<1x2x3x4xf32> into tensor<1x2x3x8xf32>
    %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (0, d1, d2, d3)>, #map1, affine_map<(d0, d1, d2, d3) -> (0, d1, d2, d3)>, #map1, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x, %cos, %i1, %sin : tensor<1x2x3x8xf32>, tensor<1x1x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x1x3x8xf32>) outs(%e : tensor<1x2x3x8xf32>) {
    ^bb0(%in: f32, %in_0: f32, %in_1: f32, %in_2: f32, %out: f32):
      %2 = arith.mulf %in, %in_0 : f32
      %3 = arith.mulf %in_1, %in_2 : f32
      %4 = arith.addf %2, %3 : f32
      linalg.yield %4 : f32
    } -> tensor<1x2x3x8xf32>
    return %r : tensor<1x2x3x8xf32>
  }
}
