// Places by floats that are computed from the indices.
#map = affine_map<(d0, d1) -> (d0, d1)>
module {
  func.func @main(%x: tensor<2x3xf32>) -> tensor<2x6xf32> {
    %h = arith.constant 0.5 : f32
    %e = tensor.empty() : tensor<2x6xf32>
    %r = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<2x6xf32>) {
    ^bb0(%out: f32):
      %0 = linalg.index 0 : index
      %1 = linalg.index 1 : index
      %2 = arith.index_cast %1 : index to i64
      %3 = arith.sitofp %2 : i64 to f32
      %4 = arith.mulf %3, %h : f32
      %5 = math.floor %4 : f32
      %6 = arith.fptosi %5 : f32 to i64
      %7 = arith.index_cast %6 : i64 to index
      %v = tensor.extract %x[%0, %7] : tensor<2x3xf32>
      linalg.yield %v : f32
    } -> tensor<2x6xf32>
    return %r : tensor<2x6xf32>
  }
}
