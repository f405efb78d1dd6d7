// A transposed convolution: its input is taken apart first.
func.func @main(%a: tensor<1x1x3x3xf32>, %w: tensor<1x1x2x2xf32>) -> tensor<1x1x6x6xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x1x7x7xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x1x7x7xf32>) -> tensor<1x1x7x7xf32>
  %i = tensor.insert_slice %a into %f[0, 0, 1, 1] [1, 1, 3, 3] [1, 1, 2, 2] : tensor<1x1x3x3xf32> into tensor<1x1x7x7xf32>
  %e2 = tensor.empty() : tensor<1x1x6x6xf32>
  %f2 = linalg.fill ins(%z : f32) outs(%e2 : tensor<1x1x6x6xf32>) -> tensor<1x1x6x6xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%i, %w : tensor<1x1x7x7xf32>, tensor<1x1x2x2xf32>) outs(%f2 : tensor<1x1x6x6xf32>) -> tensor<1x1x6x6xf32>
  return %r : tensor<1x1x6x6xf32>
}
