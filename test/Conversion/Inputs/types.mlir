// Every element type: bf16 rounds once an op, i32 is exact, f64 stays f64.
func.func @ref(%x: tensor<3x5xf32>, %y: tensor<5x2xf64>) -> (tensor<3x5xf32>, tensor<3x2xf64>, tensor<3x5xf32>, tensor<3x1xf32>) {
  %b = mirage.cast %x : tensor<3x5xf32> -> tensor<3x5xbf16>
  %e = mirage.exp %b : tensor<3x5xbf16>
  %a = mirage.add %e, %b : tensor<3x5xbf16>, tensor<3x5xbf16> -> tensor<3x5xbf16>
  %f = mirage.cast %a : tensor<3x5xbf16> -> tensor<3x5xf32>
  %d = mirage.cast %x : tensor<3x5xf32> -> tensor<3x5xf64>
  %t = mirage.tanh %d : tensor<3x5xf64>
  %m = mirage.matmul %t, %y : tensor<3x5xf64>, tensor<5x2xf64> -> tensor<3x2xf64>
  %big = mirage.constant 1.0e+08 : tensor<1x1xf32>
  %s = mirage.mul %x, %big : tensor<3x5xf32>, tensor<1x1xf32> -> tensor<3x5xf32>
  %i = mirage.cast %s : tensor<3x5xf32> -> tensor<3x5xi32>
  %one = mirage.constant 1.0 : tensor<1x1xi32>
  %j = mirage.add %i, %one : tensor<3x5xi32>, tensor<1x1xi32> -> tensor<3x5xi32>
  %k = mirage.sub %j, %i : tensor<3x5xi32>, tensor<3x5xi32> -> tensor<3x5xi32>
  %g = mirage.cast %k : tensor<3x5xi32> -> tensor<3x5xf32>
  // 1 + 2^-8 + ... in bf16 would stay 1.
  %c = mirage.constant 3.90625e-03 : tensor<3x200xbf16>
  %u = mirage.reduce sum %c dim 1 : tensor<3x200xbf16> -> tensor<3x1xbf16>
  %v = mirage.cast %u : tensor<3x1xbf16> -> tensor<3x1xf32>
  return %f, %m, %g, %v : tensor<3x5xf32>, tensor<3x2xf64>, tensor<3x5xf32>, tensor<3x1xf32>
}
