// 3 elements in tiles of 4 that 2 by 2 points cover: three tiles are empty, and
// so is all of the second point of the outer axis.
func.func @ref(%x: tensor<1x3xf32>) -> (tensor<2x1xf32>, tensor<2x1xf32>) {
  %m, %s = mirage.kernel (%i : 2) ins(%x = %x : tensor<1x3xf32>) outs(%om : tensor<2x1xf32>, %os : tensor<2x1xf32>) {
    %a, %b = mirage.loop (%j : 2) -> (!mirage.tile<1x1xf32>, !mirage.tile<1x1xf32>) {
      %t = mirage.load %x[*, (%i, %j)] : tensor<1x3xf32> -> !mirage.tile<1x4xf32>
      %u = mirage.reduce max %t dim 1 : !mirage.tile<1x4xf32> -> !mirage.tile<1x1xf32>
      %p = mirage.exp_sub %t, %u : !mirage.tile<1x4xf32>, !mirage.tile<1x1xf32> -> !mirage.tile<1x4xf32>
      %v = mirage.reduce sum %p dim 1 : !mirage.tile<1x4xf32> -> !mirage.tile<1x1xf32>
      mirage.accumulate max %u, sum %v rel %u : !mirage.tile<1x1xf32>, !mirage.tile<1x1xf32>
    }
    mirage.store %a to %om[%i, *] : !mirage.tile<1x1xf32>, !mirage.out<2x1xf32>
    mirage.store %b to %os[%i, *] : !mirage.tile<1x1xf32>, !mirage.out<2x1xf32>
  }
  return %m, %s : tensor<2x1xf32>, tensor<2x1xf32>
}
