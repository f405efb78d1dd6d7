// convolutions: channels last and first, strides, dilations, a bias, depthwise
module {
  func.func @main(%x: tensor<1x8x8x3xf32>, %k: tensor<3x3x3x4xf32>, %bias: tensor<1x6x6x4xf32>,
                  %y: tensor<2x3x9xf32>, %l: tensor<4x3x3xf32>, %d: tensor<3x3x3xf32>)
      -> (tensor<1x6x6x4xf32>, tensor<2x4x3xf32>, tensor<1x3x3x3xf32>) {
    %zero = arith.constant 0.0 : f32
    %0 = linalg.conv_2d_nhwc_hwcf ins(%x, %k : tensor<1x8x8x3xf32>, tensor<3x3x3x4xf32>) outs(%bias : tensor<1x6x6x4xf32>) -> tensor<1x6x6x4xf32>
    %e1 = tensor.empty() : tensor<2x4x3xf32>
    %i1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
    %1 = linalg.conv_1d_ncw_fcw {strides = dense<2> : vector<1xi64>, dilations = dense<2> : vector<1xi64>}
        ins(%y, %l : tensor<2x3x9xf32>, tensor<4x3x3xf32>) outs(%i1 : tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
    %e2 = tensor.empty() : tensor<1x3x3x3xf32>
    %i2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32>
    %2 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<2> : vector<2xi64>}
        ins(%x, %d : tensor<1x8x8x3xf32>, tensor<3x3x3xf32>) outs(%i2 : tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32>
    return %0, %1, %2 : tensor<1x6x6x4xf32>, tensor<2x4x3xf32>, tensor<1x3x3x3xf32>
  }
}
