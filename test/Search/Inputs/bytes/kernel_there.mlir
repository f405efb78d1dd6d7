// A kernel that is there already is one of every plan.
func.func @main(%x: tensor<8x64xf32>, %y: tensor<64x32xf32>) -> tensor<8x32xf32> {
  %k = mirage.kernel (%i : 8) ins(%in = %x : tensor<8x64xf32>) outs(%out : tensor<8x64xf32>) {
    %t = mirage.load %in[%i, *] : tensor<8x64xf32> -> !mirage.tile<1x64xf32>
    %e = mirage.exp %t : !mirage.tile<1x64xf32>
    mirage.store %e to %out[%i, *] : !mirage.tile<1x64xf32>, !mirage.out<8x64xf32>
  }
  %s = mirage.matmul %k, %y : tensor<8x64xf32>, tensor<64x32xf32> -> tensor<8x32xf32>
  %e = mirage.exp %s : tensor<8x32xf32>
  return %e : tensor<8x32xf32>
}
