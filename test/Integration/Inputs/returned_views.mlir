// Results that are no buffer of their own: a view of an argument, an argument, a
// result twice, a view of one, constants.
func.func @main(%x: tensor<6x35xf32>, %m: tensor<3x5xi1>, %h: tensor<4xf16>) -> (tensor<210xf32>, tensor<3x5xi1>, tensor<1x4xf16>, tensor<6x35xf32>, tensor<6x5x7xf32>, tensor<6x35xf32>, tensor<2x2xf32>, tensor<3xi32>) {
  %flat = tensor.collapse_shape %x [[0, 1]] : tensor<6x35xf32> into tensor<210xf32>
  %row = tensor.expand_shape %h [[0, 1]] output_shape [1, 4] : tensor<4xf16> into tensor<1x4xf16>
  %empty = tensor.empty() : tensor<6x35xf32>
  %e = linalg.exp ins(%x : tensor<6x35xf32>) outs(%empty : tensor<6x35xf32>) -> tensor<6x35xf32>
  %view = tensor.expand_shape %e [[0], [1, 2]] output_shape [6, 5, 7] : tensor<6x35xf32> into tensor<6x5x7xf32>
  %twos = arith.constant dense<2.0> : tensor<2x2xf32>
  %numbers = arith.constant dense<[1, 2, 3]> : tensor<3xi32>
  return %flat, %m, %row, %e, %view, %e, %twos, %numbers : tensor<210xf32>, tensor<3x5xi1>, tensor<1x4xf16>, tensor<6x35xf32>, tensor<6x5x7xf32>, tensor<6x35xf32>, tensor<2x2xf32>, tensor<3xi32>
}
