// split, transpose, rank-reducing slice with a stride, concat
module {
  func.func @main(%x: tensor<6x35xf32>, %y: tensor<6x4xf32>) -> tensor<6x7xf32> {
    %v1 = tensor.expand_shape %x [[0], [1, 2]] output_shape [6, 5, 7] : tensor<6x35xf32> into tensor<6x5x7xf32>
    %v5 = tensor.empty() : tensor<5x6x7xf32>
    %v2 = linalg.transpose ins(%v1 : tensor<6x5x7xf32>) outs(%v5 : tensor<5x6x7xf32>) permutation = [1, 0, 2]
    %v3 = tensor.extract_slice %v2[1, 0, 2] [1, 6, 3] [1, 1, 2] : tensor<5x6x7xf32> to tensor<6x3xf32>
    %v4 = tensor.concat dim(1) %v3, %y : (tensor<6x3xf32>, tensor<6x4xf32>) -> tensor<6x7xf32>
    return %v4 : tensor<6x7xf32>
  }
}
