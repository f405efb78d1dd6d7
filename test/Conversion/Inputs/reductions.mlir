// Every combiner, over a grid and a loop that are both ragged, and a stack.
func.func @ref(%x: tensor<5x7xf16>) -> (tensor<5x1xf16>, tensor<5x1xf16>, tensor<5x1xf16>, tensor<5x1xf16>, tensor<5x7xf16>) {
  %a = mirage.reduce max %x dim 1 : tensor<5x7xf16> -> tensor<5x1xf16>
  %b = mirage.reduce min %x dim 1 : tensor<5x7xf16> -> tensor<5x1xf16>
  %c = mirage.reduce prod %x dim 1 : tensor<5x7xf16> -> tensor<5x1xf16>
  %d = mirage.reduce sum %x dim 1 : tensor<5x7xf16> -> tensor<5x1xf16>
  %e = mirage.add %x, %x : tensor<5x7xf16>, tensor<5x7xf16> -> tensor<5x7xf16>
  return %a, %b, %c, %d, %e : tensor<5x1xf16>, tensor<5x1xf16>, tensor<5x1xf16>, tensor<5x1xf16>, tensor<5x7xf16>
}
func.func @loops(%x: tensor<5x7xf16>) -> (tensor<5x1xf16>, tensor<5x1xf16>, tensor<5x1xf16>, tensor<5x1xf16>, tensor<5x7xf16>) {
  %o:5 = mirage.kernel (%i : 3) ins(%x = %x : tensor<5x7xf16>) outs(%oa : tensor<5x1xf16>, %ob : tensor<5x1xf16>, %oc : tensor<5x1xf16>, %od : tensor<5x1xf16>, %oe : tensor<5x7xf16>) {
    %a, %b, %c, %d = mirage.loop (%j : 2, %k : 2) -> (!mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>) {
      %t = mirage.load %x[%i, (%k, %j)] : tensor<5x7xf16> -> !mirage.tile<2x2xf16>
      %ta = mirage.reduce max %t dim 1 : !mirage.tile<2x2xf16> -> !mirage.tile<2x1xf16>
      %tb = mirage.reduce min %t dim 1 : !mirage.tile<2x2xf16> -> !mirage.tile<2x1xf32>
      %tc = mirage.reduce prod %t dim 1 : !mirage.tile<2x2xf16> -> !mirage.tile<2x1xf32>
      %td = mirage.reduce sum %t dim 1 : !mirage.tile<2x2xf16> -> !mirage.tile<2x1xf32>
      mirage.accumulate max %ta, min %tb, prod %tc, sum %td : !mirage.tile<2x1xf16>, !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>
    }
    // The rows one by one, and the row's tile read again in pieces.
    %r = mirage.load %x[%i, *] : tensor<5x7xf16> -> !mirage.tile<2x7xf16>
    %e = mirage.loop (%k : 7) -> (!mirage.tile<2x7xf16>) {
      %u = mirage.load %r[*, %k] : !mirage.tile<2x7xf16> -> !mirage.tile<2x1xf16>
      %v = mirage.add %u, %u : !mirage.tile<2x1xf16>, !mirage.tile<2x1xf16> -> !mirage.tile<2x1xf16>
      mirage.accumulate stack 1 %v : !mirage.tile<2x1xf16>
    }
    %ah = mirage.cast %a : !mirage.tile<2x1xf32> -> !mirage.tile<2x1xf16>
    %bh = mirage.cast %b : !mirage.tile<2x1xf32> -> !mirage.tile<2x1xf16>
    %ch = mirage.cast %c : !mirage.tile<2x1xf32> -> !mirage.tile<2x1xf16>
    %dh = mirage.cast %d : !mirage.tile<2x1xf32> -> !mirage.tile<2x1xf16>
    mirage.store %ah to %oa[%i, *] : !mirage.tile<2x1xf16>, !mirage.out<5x1xf16>
    mirage.store %bh to %ob[%i, *] : !mirage.tile<2x1xf16>, !mirage.out<5x1xf16>
    mirage.store %ch to %oc[%i, *] : !mirage.tile<2x1xf16>, !mirage.out<5x1xf16>
    mirage.store %dh to %od[%i, *] : !mirage.tile<2x1xf16>, !mirage.out<5x1xf16>
    mirage.store %e to %oe[%i, *] : !mirage.tile<2x7xf16>, !mirage.out<5x7xf16>
  }
  return %o#0, %o#1, %o#2, %o#3, %o#4 : tensor<5x1xf16>, tensor<5x1xf16>, tensor<5x1xf16>, tensor<5x1xf16>, tensor<5x7xf16>
}
