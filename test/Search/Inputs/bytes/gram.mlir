// A tensor under two namings of its axes is one tensor.
func.func @main(%x: tensor<48x64xf32>) -> tensor<48x48xf32> {
  %t = mirage.transpose %x [1, 0] : tensor<48x64xf32> -> tensor<64x48xf32>
  %g = mirage.matmul %x, %t : tensor<48x64xf32>, tensor<64x48xf32> -> tensor<48x48xf32>
  return %g : tensor<48x48xf32>
}
