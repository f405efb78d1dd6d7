func.func @sine(%x: tensor<8xf64>) -> tensor<8xf64> {
  %0 = mirage.map %x : tensor<8xf64> -> tensor<8xf64> {
  ^bb0(%e: f64):
    %s = math.sin %e : f64
    mirage.yield %s : f64
  }
  return %0 : tensor<8xf64>
}
