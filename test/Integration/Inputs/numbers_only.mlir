// extrema that skip what is no number, and an accumulator that is subtracted from
module {
  func.func @main(%x: tensor<5x12xf32>) -> (tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) {
    %low = arith.constant dense<0xFF800000> : tensor<5xf32>
    %high = arith.constant dense<2.0> : tensor<5xf32>
    %0 = linalg.reduce { arith.maxnumf } ins(%x : tensor<5x12xf32>) outs(%low : tensor<5xf32>) dimensions = [1]
    %1 = linalg.reduce ins(%x : tensor<5x12xf32>) outs(%high : tensor<5xf32>) dimensions = [1]
      (%a: f32, %o: f32) {
        %c = arith.cmpf olt, %a, %o : f32
        %r = arith.select %c, %a, %o : f32
        linalg.yield %r : f32
      }
    %2 = linalg.reduce ins(%x : tensor<5x12xf32>) outs(%high : tensor<5xf32>) dimensions = [1]
      (%a: f32, %o: f32) {
        %q = arith.mulf %a, %a : f32
        %r = arith.subf %o, %q : f32
        linalg.yield %r : f32
      }
    return %0, %1, %2 : tensor<5xf32>, tensor<5xf32>, tensor<5xf32>
  }
}
