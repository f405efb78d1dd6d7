// sums that wrap, extrema of both signs, a product of matrices, counts of what is true
module {
  func.func @main(%x: tensor<6x10xi32>, %y: tensor<10x4xi32>, %b: tensor<6x10xi1>, %s: tensor<6xi32>)
      -> (tensor<6xi32>, tensor<6xi32>, tensor<6xi32>, tensor<6xi32>, tensor<6x4xi32>, tensor<6xi32>, tensor<6xi1>, tensor<6xi1>, tensor<6xi1>) {
    %big = arith.constant dense<1103515245> : tensor<6x10xi32>
    %e = tensor.empty() : tensor<6x10xi32>
    %u = linalg.mul ins(%x, %big : tensor<6x10xi32>, tensor<6x10xi32>) outs(%e : tensor<6x10xi32>) -> tensor<6x10xi32>
    %low = arith.constant dense<-2147483648> : tensor<6xi32>
    %zeros = arith.constant dense<0> : tensor<6xi32>
    %ones = arith.constant dense<-1> : tensor<6xi32>
    %0 = linalg.reduce { arith.addi } ins(%u : tensor<6x10xi32>) outs(%s : tensor<6xi32>) dimensions = [1]
    %1 = linalg.reduce { arith.maxsi } ins(%u : tensor<6x10xi32>) outs(%low : tensor<6xi32>) dimensions = [1]
    %2 = linalg.reduce { arith.minui } ins(%u : tensor<6x10xi32>) outs(%ones : tensor<6xi32>) dimensions = [1]
    %3 = linalg.reduce ins(%u : tensor<6x10xi32>) outs(%s : tensor<6xi32>) dimensions = [1]
      (%a: i32, %o: i32) {
        %c = arith.cmpi slt, %a, %o : i32
        %r = arith.select %c, %a, %o : i32
        linalg.yield %r : i32
      }
    %e4 = tensor.empty() : tensor<6x4xi32>
    %z = arith.constant 0 : i32
    %i4 = linalg.fill ins(%z : i32) outs(%e4 : tensor<6x4xi32>) -> tensor<6x4xi32>
    %4 = linalg.matmul ins(%u, %y : tensor<6x10xi32>, tensor<10x4xi32>) outs(%i4 : tensor<6x4xi32>) -> tensor<6x4xi32>
    %5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
        ins(%b : tensor<6x10xi1>) outs(%zeros : tensor<6xi32>) {
      ^bb0(%a: i1, %o: i32):
        %i = arith.extui %a : i1 to i32
        %r = arith.addi %o, %i : i32
        linalg.yield %r : i32
    } -> tensor<6xi32>
    %t = arith.constant dense<true> : tensor<6xi1>
    %f = arith.constant dense<false> : tensor<6xi1>
    %6 = linalg.reduce { arith.andi } ins(%b : tensor<6x10xi1>) outs(%t : tensor<6xi1>) dimensions = [1]
    %7 = linalg.reduce { arith.ori } ins(%b : tensor<6x10xi1>) outs(%f : tensor<6xi1>) dimensions = [1]
    %8 = linalg.reduce { arith.xori } ins(%b : tensor<6x10xi1>) outs(%t : tensor<6xi1>) dimensions = [1]
    return %0, %1, %2, %3, %4, %5, %6, %7, %8 : tensor<6xi32>, tensor<6xi32>, tensor<6xi32>, tensor<6xi32>, tensor<6x4xi32>, tensor<6xi32>, tensor<6xi1>, tensor<6xi1>, tensor<6xi1>
  }
}
