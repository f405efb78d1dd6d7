// A mask is a byte an element.
func.func @main(%x: tensor<7x1000xf32>, %m: tensor<7x1000xi1>) -> (tensor<7x1000xf32>, tensor<7x1000xi1>) {
  %z = mirage.constant 0.0 : tensor<1x1xf32>
  %c = mirage.cmp gt %x, %z : tensor<7x1000xf32>, tensor<1x1xf32> -> tensor<7x1000xi1>
  %s = mirage.select %m, %x, %z : tensor<7x1000xi1>, tensor<7x1000xf32>, tensor<1x1xf32> -> tensor<7x1000xf32>
  return %s, %c : tensor<7x1000xf32>, tensor<7x1000xi1>
}
