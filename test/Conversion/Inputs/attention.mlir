// Attention of 5 queries and 21 keys: at kernel level, with online softmax in one
// kernel, and split over the keys with a combining kernel. The last split is empty.
func.func @ref(%q: tensor<2x5x8xf16>, %k: tensor<2x8x21xf16>, %v: tensor<2x21x8xf16>) -> tensor<2x5x8xf16> {
  %s0 = mirage.matmul %q, %k : tensor<2x5x8xf16>, tensor<2x8x21xf16> -> tensor<2x5x21xf32>
  %c = mirage.constant 0.125 : tensor<1x1x1xf32>
  %s = mirage.mul %s0, %c : tensor<2x5x21xf32>, tensor<1x1x1xf32> -> tensor<2x5x21xf32>
  %m = mirage.reduce max %s dim 2 : tensor<2x5x21xf32> -> tensor<2x5x1xf32>
  %d = mirage.sub %s, %m : tensor<2x5x21xf32>, tensor<2x5x1xf32> -> tensor<2x5x21xf32>
  %p = mirage.exp %d : tensor<2x5x21xf32>
  %l = mirage.reduce sum %p dim 2 : tensor<2x5x21xf32> -> tensor<2x5x1xf32>
  %n = mirage.div %p, %l : tensor<2x5x21xf32>, tensor<2x5x1xf32> -> tensor<2x5x21xf32>
  %h = mirage.cast %n : tensor<2x5x21xf32> -> tensor<2x5x21xf16>
  %o = mirage.matmul %h, %v : tensor<2x5x21xf16>, tensor<2x21x8xf16> -> tensor<2x5x8xf32>
  %z = mirage.cast %o : tensor<2x5x8xf32> -> tensor<2x5x8xf16>
  return %z : tensor<2x5x8xf16>
}
func.func @online(%q: tensor<2x5x8xf16>, %k: tensor<2x8x21xf16>, %v: tensor<2x21x8xf16>) -> tensor<2x5x8xf16> {
  %o = mirage.kernel (%h : 2, %i : 2) ins(%q = %q : tensor<2x5x8xf16>, %k = %k : tensor<2x8x21xf16>, %v = %v : tensor<2x21x8xf16>) outs(%out : tensor<2x5x8xf16>) {
    %qt = mirage.load %q[%h, %i, *] : tensor<2x5x8xf16> -> !mirage.tile<1x4x8xf16>
    %c = mirage.constant 0.125 : !mirage.tile<1x1x1xf32>
    %m, %l, %a = mirage.loop (%j : 6) -> (!mirage.tile<1x4x1xf32>, !mirage.tile<1x4x1xf32>, !mirage.tile<1x4x8xf32>) {
      %kt = mirage.load %k[%h, *, %j] : tensor<2x8x21xf16> -> !mirage.tile<1x8x4xf16>
      %vt = mirage.load %v[%h, %j, *] : tensor<2x21x8xf16> -> !mirage.tile<1x4x8xf16>
      %s0 = mirage.matmul %qt, %kt : !mirage.tile<1x4x8xf16>, !mirage.tile<1x8x4xf16> -> !mirage.tile<1x4x4xf32>
      %s = mirage.mul %s0, %c : !mirage.tile<1x4x4xf32>, !mirage.tile<1x1x1xf32> -> !mirage.tile<1x4x4xf32>
      %mj = mirage.reduce max %s dim 2 : !mirage.tile<1x4x4xf32> -> !mirage.tile<1x4x1xf32>
      %d = mirage.sub %s, %mj : !mirage.tile<1x4x4xf32>, !mirage.tile<1x4x1xf32> -> !mirage.tile<1x4x4xf32>
      %p = mirage.exp %d : !mirage.tile<1x4x4xf32>
      %lj = mirage.reduce sum %p dim 2 : !mirage.tile<1x4x4xf32> -> !mirage.tile<1x4x1xf32>
      %ph = mirage.cast %p : !mirage.tile<1x4x4xf32> -> !mirage.tile<1x4x4xf16>
      %aj = mirage.matmul %ph, %vt : !mirage.tile<1x4x4xf16>, !mirage.tile<1x4x8xf16> -> !mirage.tile<1x4x8xf32>
      mirage.accumulate max %mj, sum %lj rel %mj, sum %aj rel %mj : !mirage.tile<1x4x1xf32>, !mirage.tile<1x4x1xf32>, !mirage.tile<1x4x8xf32>
    }
    %y = mirage.div %a, %l : !mirage.tile<1x4x8xf32>, !mirage.tile<1x4x1xf32> -> !mirage.tile<1x4x8xf32>
    %z = mirage.cast %y : !mirage.tile<1x4x8xf32> -> !mirage.tile<1x4x8xf16>
    mirage.store %z to %out[%h, %i, *] : !mirage.tile<1x4x8xf16>, !mirage.out<2x5x8xf16>
  }
  return %o : tensor<2x5x8xf16>
}
func.func @splitkv(%q: tensor<2x5x8xf16>, %k: tensor<2x8x21xf16>, %v: tensor<2x21x8xf16>) -> tensor<2x5x8xf16> {
  %pm, %pl, %pa = mirage.kernel (%h : 2, %s : 4) ins(%q = %q : tensor<2x5x8xf16>, %k = %k : tensor<2x8x21xf16>, %v = %v : tensor<2x21x8xf16>)
      outs(%om : tensor<4x2x5x1xf32>, %ol : tensor<4x2x5x1xf32>, %oa : tensor<4x2x5x8xf32>) {
    %qt = mirage.load %q[%h, *, *] : tensor<2x5x8xf16> -> !mirage.tile<1x5x8xf16>
    %c = mirage.constant 0.125 : !mirage.tile<1x1x1xf32>
    %m, %l, %a = mirage.loop (%j : 2) -> (!mirage.tile<1x5x1xf32>, !mirage.tile<1x5x1xf32>, !mirage.tile<1x5x8xf32>) {
      %kt = mirage.load %k[%h, *, (%s, %j)] : tensor<2x8x21xf16> -> !mirage.tile<1x8x4xf16>
      %vt = mirage.load %v[%h, (%s, %j), *] : tensor<2x21x8xf16> -> !mirage.tile<1x4x8xf16>
      %s0 = mirage.matmul %qt, %kt : !mirage.tile<1x5x8xf16>, !mirage.tile<1x8x4xf16> -> !mirage.tile<1x5x4xf32>
      %ss = mirage.mul %s0, %c : !mirage.tile<1x5x4xf32>, !mirage.tile<1x1x1xf32> -> !mirage.tile<1x5x4xf32>
      %mj = mirage.reduce max %ss dim 2 : !mirage.tile<1x5x4xf32> -> !mirage.tile<1x5x1xf32>
      %d = mirage.sub %ss, %mj : !mirage.tile<1x5x4xf32>, !mirage.tile<1x5x1xf32> -> !mirage.tile<1x5x4xf32>
      %p = mirage.exp %d : !mirage.tile<1x5x4xf32>
      %lj = mirage.reduce sum %p dim 2 : !mirage.tile<1x5x4xf32> -> !mirage.tile<1x5x1xf32>
      %ph = mirage.cast %p : !mirage.tile<1x5x4xf32> -> !mirage.tile<1x5x4xf16>
      %aj = mirage.matmul %ph, %vt : !mirage.tile<1x5x4xf16>, !mirage.tile<1x4x8xf16> -> !mirage.tile<1x5x8xf32>
      mirage.accumulate max %mj, sum %lj rel %mj, sum %aj rel %mj : !mirage.tile<1x5x1xf32>, !mirage.tile<1x5x1xf32>, !mirage.tile<1x5x8xf32>
    }
    %m4 = mirage.reshape %m : !mirage.tile<1x5x1xf32> -> !mirage.tile<1x1x5x1xf32>
    %l4 = mirage.reshape %l : !mirage.tile<1x5x1xf32> -> !mirage.tile<1x1x5x1xf32>
    %a4 = mirage.reshape %a : !mirage.tile<1x5x8xf32> -> !mirage.tile<1x1x5x8xf32>
    mirage.store %m4 to %om[%s, %h, *, *] : !mirage.tile<1x1x5x1xf32>, !mirage.out<4x2x5x1xf32>
    mirage.store %l4 to %ol[%s, %h, *, *] : !mirage.tile<1x1x5x1xf32>, !mirage.out<4x2x5x1xf32>
    mirage.store %a4 to %oa[%s, %h, *, *] : !mirage.tile<1x1x5x8xf32>, !mirage.out<4x2x5x8xf32>
  }
  %o = mirage.kernel (%h : 2) ins(%m = %pm : tensor<4x2x5x1xf32>, %l = %pl : tensor<4x2x5x1xf32>, %a = %pa : tensor<4x2x5x8xf32>) outs(%out : tensor<1x2x5x8xf16>) {
    %mt = mirage.load %m[*, %h, *, *] : tensor<4x2x5x1xf32> -> !mirage.tile<4x1x5x1xf32>
    %lt = mirage.load %l[*, %h, *, *] : tensor<4x2x5x1xf32> -> !mirage.tile<4x1x5x1xf32>
    %at = mirage.load %a[*, %h, *, *] : tensor<4x2x5x8xf32> -> !mirage.tile<4x1x5x8xf32>
    %ls = mirage.reduce sum %lt rel %mt dim 0 : !mirage.tile<4x1x5x1xf32>, !mirage.tile<4x1x5x1xf32> -> !mirage.tile<1x1x5x1xf32>
    %as = mirage.reduce sum %at rel %mt dim 0 : !mirage.tile<4x1x5x8xf32>, !mirage.tile<4x1x5x1xf32> -> !mirage.tile<1x1x5x8xf32>
    %y = mirage.div %as, %ls : !mirage.tile<1x1x5x8xf32>, !mirage.tile<1x1x5x1xf32> -> !mirage.tile<1x1x5x8xf32>
    %z = mirage.cast %y : !mirage.tile<1x1x5x8xf32> -> !mirage.tile<1x1x5x8xf16>
    mirage.store %z to %out[*, %h, *, *] : !mirage.tile<1x1x5x8xf16>, !mirage.out<1x2x5x8xf16>
  }
  %r = mirage.reshape %o : tensor<1x2x5x8xf16> -> tensor<2x5x8xf16>
  return %r : tensor<2x5x8xf16>
}
