// linalg.softmax in f16 over a dimension in the middle
module {
  func.func @main(%x: tensor<3x17x5xf16>) -> tensor<3x17x5xf16> {
    %v1 = tensor.empty() : tensor<3x17x5xf16>
    %v2 = linalg.softmax dimension(1) ins(%x : tensor<3x17x5xf16>) outs(%v1 : tensor<3x17x5xf16>) -> tensor<3x17x5xf16>
    return %v2 : tensor<3x17x5xf16>
  }
}
