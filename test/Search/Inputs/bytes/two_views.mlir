// Both operands of the product are views of one tensor: its bytes count once.
func.func @main(%x: tensor<8x8xf32>) -> tensor<64x64xf32> {
  %v = mirage.reshape %x : tensor<8x8xf32> -> tensor<64x1xf32>
  %w = mirage.reshape %x : tensor<8x8xf32> -> tensor<1x64xf32>
  %q = mirage.mul %v, %w : tensor<64x1xf32>, tensor<1x64xf32> -> tensor<64x64xf32>
  return %q : tensor<64x64xf32>
}
