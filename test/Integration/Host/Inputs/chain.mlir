// sqrt(4 x), in two kernels: with a constant, and a value between them.
func.func @chain(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %four = arith.constant dense<4.0> : tensor<1x1xf32>
  %y = mirage.kernel () ins(%x = %x : tensor<2x3xf32>, %c = %four : tensor<1x1xf32>) outs(%out : tensor<2x3xf32>) {
    %t = mirage.load %x[*, *] : tensor<2x3xf32> -> !mirage.tile<2x3xf32>
    %k = mirage.load %c[*, *] : tensor<1x1xf32> -> !mirage.tile<1x1xf32>
    %m = mirage.mul %t, %k : !mirage.tile<2x3xf32>, !mirage.tile<1x1xf32> -> !mirage.tile<2x3xf32>
    mirage.store %m to %out[*, *] : !mirage.tile<2x3xf32>, !mirage.out<2x3xf32>
  }
  %z = mirage.kernel () ins(%y = %y : tensor<2x3xf32>) outs(%out : tensor<2x3xf32>) {
    %t = mirage.load %y[*, *] : tensor<2x3xf32> -> !mirage.tile<2x3xf32>
    %r = mirage.sqrt %t : !mirage.tile<2x3xf32>
    mirage.store %r to %out[*, *] : !mirage.tile<2x3xf32>, !mirage.out<2x3xf32>
  }
  return %z : tensor<2x3xf32>
}
