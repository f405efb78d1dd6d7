// Layer norm, a product, a bias and an activation: three loops in sequence.
func.func @ref(%x: tensor<3x50xf16>, %w: tensor<50x27xf16>, %b: tensor<1x27xf16>) -> tensor<3x27xf16> {
  %c = mirage.cast %x : tensor<3x50xf16> -> tensor<3x50xf32>
  %s = mirage.reduce sum %c dim 1 : tensor<3x50xf32> -> tensor<3x1xf32>
  %n = mirage.constant 50.0 : tensor<1x1xf32>
  %mu = mirage.div %s, %n : tensor<3x1xf32>, tensor<1x1xf32> -> tensor<3x1xf32>
  %d = mirage.sub %c, %mu : tensor<3x50xf32>, tensor<3x1xf32> -> tensor<3x50xf32>
  %q = mirage.mul %d, %d : tensor<3x50xf32>, tensor<3x50xf32> -> tensor<3x50xf32>
  %v = mirage.reduce sum %q dim 1 : tensor<3x50xf32> -> tensor<3x1xf32>
  %va = mirage.div %v, %n : tensor<3x1xf32>, tensor<1x1xf32> -> tensor<3x1xf32>
  %r = mirage.rsqrt %va : tensor<3x1xf32>
  %y = mirage.mul %d, %r : tensor<3x50xf32>, tensor<3x1xf32> -> tensor<3x50xf32>
  %h = mirage.cast %y : tensor<3x50xf32> -> tensor<3x50xf16>
  %o = mirage.matmul %h, %w : tensor<3x50xf16>, tensor<50x27xf16> -> tensor<3x27xf32>
  %bf = mirage.cast %b : tensor<1x27xf16> -> tensor<1x27xf32>
  %ob = mirage.add %o, %bf : tensor<3x27xf32>, tensor<1x27xf32> -> tensor<3x27xf32>
  %a = mirage.tanh %ob : tensor<3x27xf32>
  %z = mirage.cast %a : tensor<3x27xf32> -> tensor<3x27xf16>
  return %z : tensor<3x27xf16>
}
func.func @fused(%x: tensor<3x50xf16>, %w: tensor<50x27xf16>, %b: tensor<1x27xf16>) -> tensor<3x27xf16> {
  %o = mirage.kernel (%j : 4) ins(%x = %x : tensor<3x50xf16>, %w = %w : tensor<50x27xf16>, %b = %b : tensor<1x27xf16>) outs(%out : tensor<3x27xf16>) {
    %n = mirage.constant 50.0 : !mirage.tile<1x1xf32>
    %s = mirage.loop (%k : 4) -> (!mirage.tile<3x1xf32>) {
      %a = mirage.load %x[*, %k] : tensor<3x50xf16> -> !mirage.tile<3x16xf16>
      %f = mirage.cast %a : !mirage.tile<3x16xf16> -> !mirage.tile<3x16xf32>
      %p = mirage.reduce sum %f dim 1 : !mirage.tile<3x16xf32> -> !mirage.tile<3x1xf32>
      mirage.accumulate sum %p : !mirage.tile<3x1xf32>
    }
    %mu = mirage.div %s, %n : !mirage.tile<3x1xf32>, !mirage.tile<1x1xf32> -> !mirage.tile<3x1xf32>
    %v = mirage.loop (%k : 4) -> (!mirage.tile<3x1xf32>) {
      %a = mirage.load %x[*, %k] : tensor<3x50xf16> -> !mirage.tile<3x16xf16>
      %f = mirage.cast %a : !mirage.tile<3x16xf16> -> !mirage.tile<3x16xf32>
      %d = mirage.sub %f, %mu : !mirage.tile<3x16xf32>, !mirage.tile<3x1xf32> -> !mirage.tile<3x16xf32>
      %q = mirage.mul %d, %d : !mirage.tile<3x16xf32>, !mirage.tile<3x16xf32> -> !mirage.tile<3x16xf32>
      %p = mirage.reduce sum %q dim 1 : !mirage.tile<3x16xf32> -> !mirage.tile<3x1xf32>
      mirage.accumulate sum %p : !mirage.tile<3x1xf32>
    }
    %va = mirage.div %v, %n : !mirage.tile<3x1xf32>, !mirage.tile<1x1xf32> -> !mirage.tile<3x1xf32>
    %r = mirage.rsqrt %va : !mirage.tile<3x1xf32>
    %o = mirage.loop (%k : 4) -> (!mirage.tile<3x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<3x50xf16> -> !mirage.tile<3x16xf16>
      %f = mirage.cast %a : !mirage.tile<3x16xf16> -> !mirage.tile<3x16xf32>
      %d = mirage.sub %f, %mu : !mirage.tile<3x16xf32>, !mirage.tile<3x1xf32> -> !mirage.tile<3x16xf32>
      %y = mirage.mul %d, %r : !mirage.tile<3x16xf32>, !mirage.tile<3x1xf32> -> !mirage.tile<3x16xf32>
      %h = mirage.cast %y : !mirage.tile<3x16xf32> -> !mirage.tile<3x16xf16>
      %wt = mirage.load %w[%k, %j] : tensor<50x27xf16> -> !mirage.tile<16x8xf16>
      %m = mirage.matmul %h, %wt : !mirage.tile<3x16xf16>, !mirage.tile<16x8xf16> -> !mirage.tile<3x8xf32>
      mirage.accumulate sum %m : !mirage.tile<3x8xf32>
    }
    %bt = mirage.load %b[*, %j] : tensor<1x27xf16> -> !mirage.tile<1x8xf16>
    %bf = mirage.cast %bt : !mirage.tile<1x8xf16> -> !mirage.tile<1x8xf32>
    %ob = mirage.add %o, %bf : !mirage.tile<3x8xf32>, !mirage.tile<1x8xf32> -> !mirage.tile<3x8xf32>
    %ac = mirage.tanh %ob : !mirage.tile<3x8xf32>
    %z = mirage.cast %ac : !mirage.tile<3x8xf32> -> !mirage.tile<3x8xf16>
    mirage.store %z to %out[*, %j] : !mirage.tile<3x8xf16>, !mirage.out<3x27xf16>
  }
  return %o : tensor<3x27xf16>
}
