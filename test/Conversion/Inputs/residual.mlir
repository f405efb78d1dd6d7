// A sum that is kept, and a product of it: one block stores it, inside its loop.
func.func @ref(%x: tensor<3x50xf16>, %r: tensor<3x50xf16>, %w: tensor<50x27xf16>) -> (tensor<3x50xf16>, tensor<3x27xf16>) {
  %t = mirage.add %x, %r : tensor<3x50xf16>, tensor<3x50xf16> -> tensor<3x50xf16>
  %o = mirage.matmul %t, %w : tensor<3x50xf16>, tensor<50x27xf16> -> tensor<3x27xf32>
  %z = mirage.cast %o : tensor<3x27xf32> -> tensor<3x27xf16>
  return %t, %z : tensor<3x50xf16>, tensor<3x27xf16>
}
func.func @fused(%x: tensor<3x50xf16>, %r: tensor<3x50xf16>, %w: tensor<50x27xf16>) -> (tensor<3x50xf16>, tensor<3x27xf16>) {
  %t, %o = mirage.kernel (%j : 4) ins(%x = %x : tensor<3x50xf16>, %r = %r : tensor<3x50xf16>, %w = %w : tensor<50x27xf16>) outs(%to : tensor<3x50xf16>, %zo : tensor<3x27xf16>) {
    %o = mirage.loop (%k : 4) -> (!mirage.tile<3x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<3x50xf16> -> !mirage.tile<3x16xf16>
      %b = mirage.load %r[*, %k] : tensor<3x50xf16> -> !mirage.tile<3x16xf16>
      %t = mirage.add %a, %b : !mirage.tile<3x16xf16>, !mirage.tile<3x16xf16> -> !mirage.tile<3x16xf16>
      mirage.store %t to %to[*, %k] once(%j) : !mirage.tile<3x16xf16>, !mirage.out<3x50xf16>
      %wt = mirage.load %w[%k, %j] : tensor<50x27xf16> -> !mirage.tile<16x8xf16>
      %m = mirage.matmul %t, %wt : !mirage.tile<3x16xf16>, !mirage.tile<16x8xf16> -> !mirage.tile<3x8xf32>
      mirage.accumulate sum %m : !mirage.tile<3x8xf32>
    }
    %z = mirage.cast %o : !mirage.tile<3x8xf32> -> !mirage.tile<3x8xf16>
    mirage.store %z to %zo[*, %j] : !mirage.tile<3x8xf16>, !mirage.out<3x27xf16>
  }
  return %t, %o : tensor<3x50xf16>, tensor<3x27xf16>
}
