// linalg.softmax
module {
  func.func @main(%x: tensor<3x5x19xf32>) -> tensor<3x5x19xf32> {
    %v1 = tensor.empty() : tensor<3x5x19xf32>
    %v2 = linalg.softmax dimension(2) ins(%x : tensor<3x5x19xf32>) outs(%v1 : tensor<3x5x19xf32>) -> tensor<3x5x19xf32>
    return %v2 : tensor<3x5x19xf32>
  }
}
