// An additive mask whose first tiles are all -inf.
func.func @ref(%s: tensor<1x5x21xf32>, %v: tensor<1x21x8xf16>, %b: tensor<1x1x21xf64>) -> tensor<1x5x8xf16> {
  %bf = mirage.cast %b : tensor<1x1x21xf64> -> tensor<1x1x21xf32>
  %x = mirage.add %s, %bf : tensor<1x5x21xf32>, tensor<1x1x21xf32> -> tensor<1x5x21xf32>
  %m = mirage.reduce max %x dim 2 : tensor<1x5x21xf32> -> tensor<1x5x1xf32>
  %d = mirage.sub %x, %m : tensor<1x5x21xf32>, tensor<1x5x1xf32> -> tensor<1x5x21xf32>
  %p = mirage.exp %d : tensor<1x5x21xf32>
  %l = mirage.reduce sum %p dim 2 : tensor<1x5x21xf32> -> tensor<1x5x1xf32>
  %n = mirage.div %p, %l : tensor<1x5x21xf32>, tensor<1x5x1xf32> -> tensor<1x5x21xf32>
  %h = mirage.cast %n : tensor<1x5x21xf32> -> tensor<1x5x21xf16>
  %o = mirage.matmul %h, %v : tensor<1x5x21xf16>, tensor<1x21x8xf16> -> tensor<1x5x8xf32>
  %z = mirage.cast %o : tensor<1x5x8xf32> -> tensor<1x5x8xf16>
  return %z : tensor<1x5x8xf16>
}
func.func @online(%s: tensor<1x5x21xf32>, %v: tensor<1x21x8xf16>, %b: tensor<1x1x21xf64>) -> tensor<1x5x8xf16> {
  %o = mirage.kernel (%h : 1) ins(%sg = %s : tensor<1x5x21xf32>, %v = %v : tensor<1x21x8xf16>, %b = %b : tensor<1x1x21xf64>) outs(%out : tensor<1x5x8xf16>) {
    %m, %l, %a = mirage.loop (%j : 6) -> (!mirage.tile<1x5x1xf32>, !mirage.tile<1x5x1xf32>, !mirage.tile<1x5x8xf32>) {
      %st = mirage.load %sg[%h, *, %j] : tensor<1x5x21xf32> -> !mirage.tile<1x5x4xf32>
      %bt = mirage.load %b[%h, *, %j] : tensor<1x1x21xf64> -> !mirage.tile<1x1x4xf64>
      %bf = mirage.cast %bt : !mirage.tile<1x1x4xf64> -> !mirage.tile<1x1x4xf32>
      %vt = mirage.load %v[%h, %j, *] : tensor<1x21x8xf16> -> !mirage.tile<1x4x8xf16>
      %s = mirage.add %st, %bf : !mirage.tile<1x5x4xf32>, !mirage.tile<1x1x4xf32> -> !mirage.tile<1x5x4xf32>
      %mj = mirage.reduce max %s dim 2 : !mirage.tile<1x5x4xf32> -> !mirage.tile<1x5x1xf32>
      %p = mirage.exp_sub %s, %mj : !mirage.tile<1x5x4xf32>, !mirage.tile<1x5x1xf32> -> !mirage.tile<1x5x4xf32>
      %lj = mirage.reduce sum %p dim 2 : !mirage.tile<1x5x4xf32> -> !mirage.tile<1x5x1xf32>
      %ph = mirage.cast %p : !mirage.tile<1x5x4xf32> -> !mirage.tile<1x5x4xf16>
      %aj = mirage.matmul %ph, %vt : !mirage.tile<1x5x4xf16>, !mirage.tile<1x4x8xf16> -> !mirage.tile<1x5x8xf32>
      mirage.accumulate max %mj, sum %lj rel %mj, sum %aj rel %mj : !mirage.tile<1x5x1xf32>, !mirage.tile<1x5x1xf32>, !mirage.tile<1x5x8xf32>
    }
    %y = mirage.div %a, %l : !mirage.tile<1x5x8xf32>, !mirage.tile<1x5x1xf32> -> !mirage.tile<1x5x8xf32>
    %z = mirage.cast %y : !mirage.tile<1x5x8xf32> -> !mirage.tile<1x5x8xf16>
    mirage.store %z to %out[%h, *, *] : !mirage.tile<1x5x8xf16>, !mirage.out<1x5x8xf16>
  }
  return %o : tensor<1x5x8xf16>
}
