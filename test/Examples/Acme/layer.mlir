// One layer: rows are normalized, multiplied with weights, and activated.
func.func @main(%x: tensor<4x256xf32>, %w: tensor<256x128xf32>) -> tensor<4x128xf32> {
  %zero = arith.constant 0.0 : f32
  %xx = mirage.mul %x, %x : tensor<4x256xf32>, tensor<4x256xf32> -> tensor<4x256xf32>
  %square = mirage.reduce sum %xx dim 1 : tensor<4x256xf32> -> tensor<4x1xf32>
  %y = acme.normalize %x, %square : tensor<4x256xf32>, tensor<4x1xf32> -> tensor<4x256xf32>
  %empty = tensor.empty() : tensor<4x128xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<4x128xf32>) -> tensor<4x128xf32>
  %z = linalg.matmul ins(%y, %w : tensor<4x256xf32>, tensor<256x128xf32>) outs(%init : tensor<4x128xf32>) -> tensor<4x128xf32>
  %a = acme.swish %z : tensor<4x128xf32>
  return %a : tensor<4x128xf32>
}
