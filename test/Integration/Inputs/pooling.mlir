// pooling by overlapping, dilated and disjoint windows
module {
  func.func @main(%x: tensor<2x9x9x3xf32>, %y: tensor<1x4x12xf32>) -> (tensor<2x4x4x3xf32>, tensor<2x5x5x3xf32>, tensor<2x3x3x3xf32>, tensor<1x4x3xf32>) {
    %low = arith.constant 0xFF800000 : f32
    %zero = arith.constant 0.0 : f32
    %high = arith.constant 0x7F800000 : f32
    %w3 = tensor.empty() : tensor<3x3xf32>
    %w4 = tensor.empty() : tensor<4xf32>
    %e0 = tensor.empty() : tensor<2x4x4x3xf32>
    %i0 = linalg.fill ins(%low : f32) outs(%e0 : tensor<2x4x4x3xf32>) -> tensor<2x4x4x3xf32>
    %0 = linalg.pooling_nhwc_max {strides = dense<2> : vector<2xi64>}
        ins(%x, %w3 : tensor<2x9x9x3xf32>, tensor<3x3xf32>) outs(%i0 : tensor<2x4x4x3xf32>) -> tensor<2x4x4x3xf32>
    %e1 = tensor.empty() : tensor<2x5x5x3xf32>
    %i1 = linalg.fill ins(%high : f32) outs(%e1 : tensor<2x5x5x3xf32>) -> tensor<2x5x5x3xf32>
    %1 = linalg.pooling_nhwc_min {dilations = dense<2> : vector<2xi64>}
        ins(%x, %w3 : tensor<2x9x9x3xf32>, tensor<3x3xf32>) outs(%i1 : tensor<2x5x5x3xf32>) -> tensor<2x5x5x3xf32>
    %e2 = tensor.empty() : tensor<2x3x3x3xf32>
    %i2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<2x3x3x3xf32>) -> tensor<2x3x3x3xf32>
    %2 = linalg.pooling_nhwc_sum {strides = dense<3> : vector<2xi64>}
        ins(%x, %w3 : tensor<2x9x9x3xf32>, tensor<3x3xf32>) outs(%i2 : tensor<2x3x3x3xf32>) -> tensor<2x3x3x3xf32>
    %e3 = tensor.empty() : tensor<1x4x3xf32>
    %i3 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<1x4x3xf32>) -> tensor<1x4x3xf32>
    %3 = linalg.pooling_ncw_sum {strides = dense<4> : vector<1xi64>}
        ins(%y, %w4 : tensor<1x4x12xf32>, tensor<4xf32>) outs(%i3 : tensor<1x4x3xf32>) -> tensor<1x4x3xf32>
    return %0, %1, %2, %3 : tensor<2x4x4x3xf32>, tensor<2x5x5x3xf32>, tensor<2x3x3x3xf32>, tensor<1x4x3xf32>
  }
}
