// the arithmetic of i32, with all 32 bits of the inputs
module {
  func.func @main(%x: tensor<64xi32>, %y: tensor<64xi32>) -> (tensor<64xi32>, tensor<64xi32>, tensor<64xi32>) {
    %k31 = arith.constant 31 : i32
    %k15 = arith.constant 15 : i32
    %k3 = arith.constant 3 : i32
    %k_1 = arith.constant -1 : i32
    %k1 = arith.constant 1 : i32
    %big = arith.constant 1103515245 : i32
    %e = tensor.empty() : tensor<64xi32>
    %all = arith.constant dense<1103515245> : tensor<64xi32>
    %u = linalg.mul ins(%x, %all : tensor<64xi32>, tensor<64xi32>) outs(%e : tensor<64xi32>) -> tensor<64xi32>
    %v = linalg.mul ins(%y, %all : tensor<64xi32>, tensor<64xi32>) outs(%e : tensor<64xi32>) -> tensor<64xi32>
    %r:3 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
        ins(%u, %v : tensor<64xi32>, tensor<64xi32>) outs(%e, %e, %e : tensor<64xi32>, tensor<64xi32>, tensor<64xi32>) {
      ^bb0(%a: i32, %c: i32, %o0: i32, %o1: i32, %o2: i32):
        %h = arith.shrsi %c, %k3 : i32
        %z = arith.cmpi ne, %h, %k_1 : i32
        %y1 = arith.select %z, %h, %k3 : i32
        %n0 = arith.cmpi eq, %y1, %k1 : i32
        %y2 = arith.select %n0, %k31, %y1 : i32
        %zero = arith.subi %k3, %k3 : i32
        %n1 = arith.cmpi ne, %y2, %zero : i32
        %d = arith.select %n1, %y2, %k31 : i32
        %0 = arith.addi %a, %c : i32
        %1 = arith.subi %a, %c : i32
        %2 = arith.muli %a, %c : i32
        %3 = arith.maxsi %a, %c : i32
        %4 = arith.minsi %a, %c : i32
        %5 = arith.maxui %a, %c : i32
        %6 = arith.minui %a, %c : i32
        %7 = arith.xori %a, %k_1 : i32
        %8 = arith.andi %a, %k15 : i32
        %9 = arith.shli %a, %k3 : i32
        %10 = arith.shrsi %a, %k3 : i32
        %11 = arith.shrui %a, %k3 : i32
        %12 = arith.divsi %a, %d : i32
        %13 = arith.remsi %a, %d : i32
        %14 = arith.divui %a, %d : i32
        %15 = arith.remui %a, %d : i32
        %16 = arith.floordivsi %a, %d : i32
        %17 = arith.ceildivsi %a, %d : i32
        %18 = arith.ceildivui %a, %d : i32
        %m1 = arith.muli %0, %k31 : i32
        %s1 = arith.addi %m1, %1 : i32
        %m2 = arith.muli %s1, %k31 : i32
        %s2 = arith.addi %m2, %2 : i32
        %m3 = arith.muli %s2, %k31 : i32
        %s3 = arith.addi %m3, %3 : i32
        %m4 = arith.muli %s3, %k31 : i32
        %s4 = arith.addi %m4, %4 : i32
        %m5 = arith.muli %s4, %k31 : i32
        %s5 = arith.addi %m5, %5 : i32
        %m6 = arith.muli %s5, %k31 : i32
        %s6 = arith.addi %m6, %6 : i32
        %m8 = arith.muli %7, %k31 : i32
        %s8 = arith.addi %m8, %8 : i32
        %m9 = arith.muli %s8, %k31 : i32
        %s9 = arith.addi %m9, %9 : i32
        %m10 = arith.muli %s9, %k31 : i32
        %s10 = arith.addi %m10, %10 : i32
        %m11 = arith.muli %s10, %k31 : i32
        %s11 = arith.addi %m11, %11 : i32
        %m13 = arith.muli %12, %k31 : i32
        %s13 = arith.addi %m13, %13 : i32
        %m14 = arith.muli %s13, %k31 : i32
        %s14 = arith.addi %m14, %14 : i32
        %m15 = arith.muli %s14, %k31 : i32
        %s15 = arith.addi %m15, %15 : i32
        %m16 = arith.muli %s15, %k31 : i32
        %s16 = arith.addi %m16, %16 : i32
        %m17 = arith.muli %s16, %k31 : i32
        %s17 = arith.addi %m17, %17 : i32
        %m18 = arith.muli %s17, %k31 : i32
        %s18 = arith.addi %m18, %18 : i32
        linalg.yield %s6, %s11, %s18 : i32, i32, i32
    } -> (tensor<64xi32>, tensor<64xi32>, tensor<64xi32>)
    return %r#0, %r#1, %r#2 : tensor<64xi32>, tensor<64xi32>, tensor<64xi32>
  }
}
