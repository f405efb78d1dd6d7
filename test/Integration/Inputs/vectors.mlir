// matvec, vecmat and dot; a result of rank 0
module {
  func.func @main(%a: tensor<9x14xf32>, %x: tensor<14xf32>) -> (tensor<14xf32>, tensor<f32>) {
    %v1 = arith.constant 0.0 : f32
    %v2 = tensor.empty() : tensor<9xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<9xf32>) -> tensor<9xf32>
    %v4 = linalg.matvec ins(%a, %x : tensor<9x14xf32>, tensor<14xf32>) outs(%v3 : tensor<9xf32>) -> tensor<9xf32>
    %v5 = arith.constant 0.0 : f32
    %v6 = tensor.empty() : tensor<14xf32>
    %v7 = linalg.fill ins(%v5 : f32) outs(%v6 : tensor<14xf32>) -> tensor<14xf32>
    %v8 = linalg.vecmat ins(%v4, %a : tensor<9xf32>, tensor<9x14xf32>) outs(%v7 : tensor<14xf32>) -> tensor<14xf32>
    %v9 = arith.constant 0.0 : f32
    %v10 = tensor.empty() : tensor<f32>
    %v11 = linalg.fill ins(%v9 : f32) outs(%v10 : tensor<f32>) -> tensor<f32>
    %v12 = linalg.dot ins(%v8, %x : tensor<14xf32>, tensor<14xf32>) outs(%v11 : tensor<f32>) -> tensor<f32>
    return %v8, %v12 : tensor<14xf32>, tensor<f32>
  }
}
