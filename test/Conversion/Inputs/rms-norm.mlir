// RMSNorm and a product, in sizes that nothing divides.
func.func @ref(%x: tensor<3x100xf16>, %w: tensor<100x75xf16>) -> tensor<3x75xf16> {
  %c = mirage.cast %x : tensor<3x100xf16> -> tensor<3x100xf32>
  %q = mirage.mul %c, %c : tensor<3x100xf32>, tensor<3x100xf32> -> tensor<3x100xf32>
  %s = mirage.reduce sum %q dim 1 : tensor<3x100xf32> -> tensor<3x1xf32>
  %n = mirage.constant 100.0 : tensor<1x1xf32>
  %m = mirage.div %s, %n : tensor<3x1xf32>, tensor<1x1xf32> -> tensor<3x1xf32>
  %r = mirage.rsqrt %m : tensor<3x1xf32>
  %y = mirage.mul %c, %r : tensor<3x100xf32>, tensor<3x1xf32> -> tensor<3x100xf32>
  %h = mirage.cast %y : tensor<3x100xf32> -> tensor<3x100xf16>
  %o = mirage.matmul %h, %w : tensor<3x100xf16>, tensor<100x75xf16> -> tensor<3x75xf32>
  %z = mirage.cast %o : tensor<3x75xf32> -> tensor<3x75xf16>
  return %z : tensor<3x75xf16>
}
func.func @one(%x: tensor<3x100xf16>, %w: tensor<100x75xf16>) -> tensor<3x75xf16> {
  %o = mirage.kernel (%n : 5) ins(%x = %x : tensor<3x100xf16>, %w = %w : tensor<100x75xf16>) outs(%out : tensor<3x75xf16>) {
    %xw, %ss = mirage.loop (%k : 7) -> (!mirage.tile<3x16xf32>, !mirage.tile<3x1xf32>) {
      %a = mirage.load %x[*, %k] : tensor<3x100xf16> -> !mirage.tile<3x16xf16>
      %b = mirage.load %w[%k, %n] : tensor<100x75xf16> -> !mirage.tile<16x16xf16>
      %m = mirage.matmul %a, %b : !mirage.tile<3x16xf16>, !mirage.tile<16x16xf16> -> !mirage.tile<3x16xf32>
      %f = mirage.cast %a : !mirage.tile<3x16xf16> -> !mirage.tile<3x16xf32>
      %q = mirage.mul %f, %f : !mirage.tile<3x16xf32>, !mirage.tile<3x16xf32> -> !mirage.tile<3x16xf32>
      %s = mirage.reduce sum %q dim 1 : !mirage.tile<3x16xf32> -> !mirage.tile<3x1xf32>
      mirage.accumulate sum %m, sum %s : !mirage.tile<3x16xf32>, !mirage.tile<3x1xf32>
    }
    %h = mirage.constant 100.0 : !mirage.tile<1x1xf32>
    %v = mirage.div %ss, %h : !mirage.tile<3x1xf32>, !mirage.tile<1x1xf32> -> !mirage.tile<3x1xf32>
    %r = mirage.rsqrt %v : !mirage.tile<3x1xf32>
    %y = mirage.mul %xw, %r : !mirage.tile<3x16xf32>, !mirage.tile<3x1xf32> -> !mirage.tile<3x16xf32>
    %z = mirage.cast %y : !mirage.tile<3x16xf32> -> !mirage.tile<3x16xf16>
    mirage.store %z to %out[*, %n] : !mirage.tile<3x16xf16>, !mirage.out<3x75xf16>
  }
  return %o : tensor<3x75xf16>
}
// Partial sums over a grid axis, then a combining kernel.
func.func @splitk(%x: tensor<3x100xf16>, %w: tensor<100x75xf16>) -> tensor<3x75xf16> {
  %p, %q = mirage.kernel (%n : 5, %s : 4) ins(%x = %x : tensor<3x100xf16>, %w = %w : tensor<100x75xf16>) outs(%po : tensor<4x3x75xf32>, %qo : tensor<4x3x1xf32>) {
    %xw, %ss = mirage.loop (%k : 2) -> (!mirage.tile<3x16xf32>, !mirage.tile<3x1xf32>) {
      %a = mirage.load %x[*, (%s, %k)] : tensor<3x100xf16> -> !mirage.tile<3x16xf16>
      %b = mirage.load %w[(%s, %k), %n] : tensor<100x75xf16> -> !mirage.tile<16x16xf16>
      %m = mirage.matmul %a, %b : !mirage.tile<3x16xf16>, !mirage.tile<16x16xf16> -> !mirage.tile<3x16xf32>
      %f = mirage.cast %a : !mirage.tile<3x16xf16> -> !mirage.tile<3x16xf32>
      %q = mirage.mul %f, %f : !mirage.tile<3x16xf32>, !mirage.tile<3x16xf32> -> !mirage.tile<3x16xf32>
      %s2 = mirage.reduce sum %q dim 1 : !mirage.tile<3x16xf32> -> !mirage.tile<3x1xf32>
      mirage.accumulate sum %m, sum %s2 : !mirage.tile<3x16xf32>, !mirage.tile<3x1xf32>
    }
    %ss3 = mirage.reshape %ss : !mirage.tile<3x1xf32> -> !mirage.tile<1x3x1xf32>
    mirage.store %ss3 to %qo[%s, *, *] once(%n) : !mirage.tile<1x3x1xf32>, !mirage.out<4x3x1xf32>
    %xw3 = mirage.reshape %xw : !mirage.tile<3x16xf32> -> !mirage.tile<1x3x16xf32>
    mirage.store %xw3 to %po[%s, *, %n] : !mirage.tile<1x3x16xf32>, !mirage.out<4x3x75xf32>
  }
  %o = mirage.kernel (%n : 5) ins(%p = %p : tensor<4x3x75xf32>, %q = %q : tensor<4x3x1xf32>) outs(%out : tensor<1x3x75xf16>) {
    %a = mirage.load %p[*, *, %n] : tensor<4x3x75xf32> -> !mirage.tile<4x3x16xf32>
    %b = mirage.load %q[*, *, *] : tensor<4x3x1xf32> -> !mirage.tile<4x3x1xf32>
    %xw = mirage.reduce sum %a dim 0 : !mirage.tile<4x3x16xf32> -> !mirage.tile<1x3x16xf32>
    %ss = mirage.reduce sum %b dim 0 : !mirage.tile<4x3x1xf32> -> !mirage.tile<1x3x1xf32>
    %h = mirage.constant 100.0 : !mirage.tile<1x1x1xf32>
    %v = mirage.div %ss, %h : !mirage.tile<1x3x1xf32>, !mirage.tile<1x1x1xf32> -> !mirage.tile<1x3x1xf32>
    %r = mirage.rsqrt %v : !mirage.tile<1x3x1xf32>
    %y = mirage.mul %xw, %r : !mirage.tile<1x3x16xf32>, !mirage.tile<1x3x1xf32> -> !mirage.tile<1x3x16xf32>
    %z = mirage.cast %y : !mirage.tile<1x3x16xf32> -> !mirage.tile<1x3x16xf16>
    mirage.store %z to %out[*, *, %n] : !mirage.tile<1x3x16xf16>, !mirage.out<1x3x75xf16>
  }
  %r = mirage.reshape %o : tensor<1x3x75xf16> -> tensor<3x75xf16>
  return %r : tensor<3x75xf16>
}
