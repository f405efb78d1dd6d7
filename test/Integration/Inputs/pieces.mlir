// a box set into a tensor, padding by a parameter, elements one by one
module {
  func.func @main(%x: tensor<5x6xf32>, %y: tensor<2x3xf32>, %s: f32, %z: tensor<f32>) -> (tensor<5x6xf32>, tensor<8x9xf32>, tensor<2x2xf32>, tensor<5x6xf32>) {
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %0 = tensor.insert_slice %y into %x[1, 2] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<5x6xf32>
    %1 = tensor.pad %x low[2, 0] high[1, 3] {
      ^bb0(%i: index, %j: index):
        tensor.yield %s : f32
    } : tensor<5x6xf32> to tensor<8x9xf32>
    %t = tensor.extract %x[%c1, %c2] : tensor<5x6xf32>
    %u = tensor.extract %z[] : tensor<f32>
    %2 = tensor.from_elements %t, %s, %u, %s : tensor<2x2xf32>
    %e = tensor.empty() : tensor<5x6xf32>
    %3 = linalg.map ins(%x : tensor<5x6xf32>) outs(%e : tensor<5x6xf32>)
      (%a: f32, %o: f32) {
        %m = arith.mulf %a, %u : f32
        linalg.yield %m : f32
      }
    return %0, %1, %2, %3 : tensor<5x6xf32>, tensor<8x9xf32>, tensor<2x2xf32>, tensor<5x6xf32>
  }
}
