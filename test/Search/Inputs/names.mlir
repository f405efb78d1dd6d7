func.func @first(%x: tensor<64x128xf32>, %y: tensor<128x8xf32>) -> tensor<64x8xf32> {
  %e = mirage.exp %x : tensor<64x128xf32>
  %r = mirage.matmul %e, %y : tensor<64x128xf32>, tensor<128x8xf32> -> tensor<64x8xf32>
  return %r : tensor<64x8xf32>
}

func.func @"a/b\22c"(%x: tensor<64x128xf32>) -> tensor<64x1xf32> {
  %e = mirage.exp %x : tensor<64x128xf32>
  %r = mirage.reduce sum %e dim 1 : tensor<64x128xf32> -> tensor<64x1xf32>
  return %r : tensor<64x1xf32>
}

func.func @nothing() {
  return
}
