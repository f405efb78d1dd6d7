// two results that the search finds to be one value, and a view of it
func.func @main(%x: tensor<6x35xf32>, %y: tensor<6x35xf32>) -> (tensor<6x35xf32>, tensor<6x35xf32>, tensor<210xf32>) {
  %empty = tensor.empty() : tensor<6x35xf32>
  %a = linalg.add ins(%x, %y : tensor<6x35xf32>, tensor<6x35xf32>) outs(%empty : tensor<6x35xf32>) -> tensor<6x35xf32>
  %b = linalg.add ins(%y, %x : tensor<6x35xf32>, tensor<6x35xf32>) outs(%empty : tensor<6x35xf32>) -> tensor<6x35xf32>
  %c = linalg.exp ins(%a : tensor<6x35xf32>) outs(%empty : tensor<6x35xf32>) -> tensor<6x35xf32>
  %d = linalg.exp ins(%b : tensor<6x35xf32>) outs(%empty : tensor<6x35xf32>) -> tensor<6x35xf32>
  %flat = tensor.collapse_shape %d [[0, 1]] : tensor<6x35xf32> into tensor<210xf32>
  return %c, %d, %flat : tensor<6x35xf32>, tensor<6x35xf32>, tensor<210xf32>
}
