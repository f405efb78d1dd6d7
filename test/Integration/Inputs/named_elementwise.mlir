// named elementwise ops, broadcast and reduce
module {
  func.func @main(%x: tensor<7x11xf32>, %y: tensor<11xf32>) -> tensor<11xf32> {
    %v1 = tensor.empty() : tensor<7x11xf32>
    %v2 = tensor.empty() : tensor<7x11xf32>
    %v3 = tensor.empty() : tensor<7x11xf32>
    %v4 = tensor.empty() : tensor<7x11xf32>
    %v5 = linalg.exp ins(%x : tensor<7x11xf32>) outs(%v1 : tensor<7x11xf32>) -> tensor<7x11xf32>
    %v6 = linalg.broadcast ins(%y : tensor<11xf32>) outs(%v2 : tensor<7x11xf32>) dimensions = [0]
    %v7 = linalg.add ins(%v5, %v6 : tensor<7x11xf32>, tensor<7x11xf32>) outs(%v3 : tensor<7x11xf32>) -> tensor<7x11xf32>
    %v8 = linalg.elementwise kind=#linalg.elementwise_kind<tanh> ins(%v7 : tensor<7x11xf32>) outs(%v4 : tensor<7x11xf32>) -> tensor<7x11xf32>
    %v9 = arith.constant 0.0 : f32
    %v10 = tensor.empty() : tensor<11xf32>
    %v11 = linalg.fill ins(%v9 : f32) outs(%v10 : tensor<11xf32>) -> tensor<11xf32>
    %v12 = linalg.reduce { arith.addf } ins(%v8 : tensor<7x11xf32>) outs(%v11 : tensor<11xf32>) dimensions = [0]
    return %v12 : tensor<11xf32>
  }
}
