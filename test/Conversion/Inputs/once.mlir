// One block of three writes all of an output, or a piece of it a step.
func.func @ref(%x: tensor<4x6xf32>) -> (tensor<4x1xf32>, tensor<4x6xf32>) {
  %s = mirage.reduce sum %x dim 1 : tensor<4x6xf32> -> tensor<4x1xf32>
  %e = mirage.exp %x : tensor<4x6xf32>
  return %s, %e : tensor<4x1xf32>, tensor<4x6xf32>
}
func.func @once(%x: tensor<4x6xf32>) -> (tensor<4x1xf32>, tensor<4x6xf32>) {
  %s, %e = mirage.kernel (%i : 3, %j : 2) ins(%x = %x : tensor<4x6xf32>) outs(%os : tensor<4x1xf32>, %oe : tensor<4x6xf32>) {
    %s = mirage.loop (%k : 2) -> (!mirage.tile<4x1xf32>) {
      %t = mirage.load %x[*, %k] : tensor<4x6xf32> -> !mirage.tile<4x4xf32>
      %u = mirage.reduce sum %t dim 1 : !mirage.tile<4x4xf32> -> !mirage.tile<4x1xf32>
      %e = mirage.exp %t : !mirage.tile<4x4xf32>
      mirage.store %e to %oe[*, %k] once(%i, %j) : !mirage.tile<4x4xf32>, !mirage.out<4x6xf32>
      mirage.accumulate sum %u : !mirage.tile<4x1xf32>
    }
    mirage.store %s to %os[*, *] once(%i, %j) : !mirage.tile<4x1xf32>, !mirage.out<4x1xf32>
  }
  return %s, %e : tensor<4x1xf32>, tensor<4x6xf32>
}
