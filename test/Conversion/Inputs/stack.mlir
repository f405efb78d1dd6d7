// Tiles side by side. Along the grid's axis the last row of tiles is cut, and
// one is empty.
func.func @ref(%x: tensor<5x10xf32>) -> tensor<5x10xf32> {
  %r = mirage.add %x, %x : tensor<5x10xf32>, tensor<5x10xf32> -> tensor<5x10xf32>
  return %r : tensor<5x10xf32>
}
func.func @stacked(%x: tensor<5x10xf32>) -> tensor<5x10xf32> {
  %o = mirage.kernel (%i : 3, %s : 3) ins(%x = %x : tensor<5x10xf32>) outs(%out : tensor<5x10xf32>) {
    %r = mirage.loop (%k : 2) -> (!mirage.tile<2x4xf32>) {
      %t = mirage.load %x[%i, (%s, %k)] : tensor<5x10xf32> -> !mirage.tile<2x2xf32>
      %u = mirage.add %t, %t : !mirage.tile<2x2xf32>, !mirage.tile<2x2xf32> -> !mirage.tile<2x2xf32>
      mirage.accumulate stack 1 %u : !mirage.tile<2x2xf32>
    }
    mirage.store %r to %out[%i, %s] : !mirage.tile<2x4xf32>, !mirage.out<5x10xf32>
  }
  return %o : tensor<5x10xf32>
}
// A store inside a loop inside a loop.
func.func @nested(%x: tensor<5x10xf32>) -> tensor<5x10xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<5x10xf32>) outs(%out : tensor<5x10xf32>) {
    %a = mirage.loop (%i : 2) -> (!mirage.tile<1x1xf32>) {
      %c = mirage.constant 1.0 : !mirage.tile<1x1xf32>
      %b = mirage.loop (%j : 3) -> (!mirage.tile<1x1xf32>) {
        %t = mirage.load %x[%i, %j] : tensor<5x10xf32> -> !mirage.tile<3x4xf32>
        %u = mirage.add %t, %t : !mirage.tile<3x4xf32>, !mirage.tile<3x4xf32> -> !mirage.tile<3x4xf32>
        mirage.store %u to %out[%i, %j] : !mirage.tile<3x4xf32>, !mirage.out<5x10xf32>
        mirage.accumulate sum %c : !mirage.tile<1x1xf32>
      }
      mirage.accumulate sum %b : !mirage.tile<1x1xf32>
    }
  }
  return %o : tensor<5x10xf32>
}
// What mirage-materialize-masks writes: filled tiles, and a store that cuts.
func.func @filled(%x: tensor<5x10xf32>) -> tensor<5x10xf32> {
  %o = mirage.kernel (%i : 3) ins(%x = %x : tensor<5x10xf32>) outs(%out : tensor<5x10xf32>) {
    %z, %c = mirage.loop (%j : 4) -> (!mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>) {
      %t = mirage.load %x[%i, %j] fill 1.000000e+00 : tensor<5x10xf32> -> !mirage.tile<2x3xf32>
      %m = mirage.mask %t[%i, %j] sizes [5, 10] fill 0.000000e+00 : !mirage.tile<2x3xf32>
      %d = mirage.sub %t, %m : !mirage.tile<2x3xf32>, !mirage.tile<2x3xf32> -> !mirage.tile<2x3xf32>
      %s = mirage.reduce sum %d dim 1 : !mirage.tile<2x3xf32> -> !mirage.tile<2x1xf32>
      mirage.accumulate sum %s, max %s : !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>
    }
    // In each row two elements lie beyond the edge, all in one tile: 2 / 2.
    %q = mirage.div %z, %c : !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x1xf32>
    %two = mirage.add %q, %q : !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x1xf32>
    %r = mirage.load %x[%i, *] fill 0.000000e+00 : tensor<5x10xf32> -> !mirage.tile<2x10xf32>
    %y = mirage.mul %r, %two : !mirage.tile<2x10xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x10xf32>
    mirage.store %y to %out[%i, *] : !mirage.tile<2x10xf32>, !mirage.out<5x10xf32>
  }
  return %o : tensor<5x10xf32>
}
