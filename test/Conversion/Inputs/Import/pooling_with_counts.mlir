// A pooling that counts its elements by the place of the window.
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
module {
  func.func @main(%arg0: tensor<1x2x6x6xf32>) -> tensor<1x2x6x6xf32> {
    %c-1 = arith.constant -1 : index
    %c1 = arith.constant 1 : index
    %c0 = arith.constant 0 : index
    %c3 = arith.constant 3 : index
    %c6 = arith.constant 6 : index
    %c7 = arith.constant 7 : index
    %cst = arith.constant 0.0 : f32
    %padded = tensor.pad %arg0 low[0, 0, 1, 1] high[0, 0, 1, 1] {
    ^bb0(%a0: index, %a1: index, %a2: index, %a3: index):
      tensor.yield %cst : f32
    } : tensor<1x2x6x6xf32> to tensor<1x2x8x8xf32>
    %0 = tensor.empty() : tensor<1x2x6x6xf32>
    %1 = linalg.fill ins(%cst : f32) outs(%0 : tensor<1x2x6x6xf32>) -> tensor<1x2x6x6xf32>
    %2 = tensor.empty() : tensor<3x3xf32>
    %3 = linalg.pooling_nchw_sum {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>} ins(%padded, %2 : tensor<1x2x8x8xf32>, tensor<3x3xf32>) outs(%1 : tensor<1x2x6x6xf32>) -> tensor<1x2x6x6xf32>
    %4 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%3 : tensor<1x2x6x6xf32>) outs(%0 : tensor<1x2x6x6xf32>) {
    ^bb0(%in: f32, %out: f32):
      %i = linalg.index 2 : index
      %j = linalg.index 3 : index
      %hs = arith.addi %i, %c-1 : index
      %he0 = arith.addi %hs, %c3 : index
      %he = arith.minsi %he0, %c7 : index
      %hs1 = arith.maxsi %hs, %c0 : index
      %he1 = arith.minsi %he, %c6 : index
      %h = arith.subi %he1, %hs1 : index
      %ws = arith.addi %j, %c-1 : index
      %we0 = arith.addi %ws, %c3 : index
      %we = arith.minsi %we0, %c7 : index
      %ws1 = arith.maxsi %ws, %c0 : index
      %we1 = arith.minsi %we, %c6 : index
      %w = arith.subi %we1, %ws1 : index
      %n = arith.muli %h, %w : index
      %n64 = arith.index_cast %n : index to i64
      %5 = arith.sitofp %n64 : i64 to f32
      %6 = arith.divf %in, %5 : f32
      linalg.yield %6 : f32
    } -> tensor<1x2x6x6xf32>
    return %4 : tensor<1x2x6x6xf32>
  }
}
