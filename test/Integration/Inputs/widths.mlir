// integers of other widths between i32, i1 and floats
module {
  func.func @main(%x: tensor<64xi32>, %f: tensor<64xf32>, %b: tensor<64xi1>, %c: tensor<64xi1>) -> (tensor<64xf32>, tensor<64xi32>, tensor<64xi1>, tensor<64xf32>) {
    %e = tensor.empty() : tensor<64xf32>
    %ei = tensor.empty() : tensor<64xi32>
    %eb = tensor.empty() : tensor<64xi1>
    %k = arith.constant 100 : i32
    %0 = linalg.map ins(%x : tensor<64xi32>) outs(%e : tensor<64xf32>)
      (%a: i32, %u: f32) {
        %m = arith.muli %a, %k : i32
        %t = arith.trunci %m : i32 to i8
        %w = arith.extui %t : i8 to i64
        %r = arith.uitofp %w : i64 to f32
        linalg.yield %r : f32
      }
    %1 = linalg.map ins(%f : tensor<64xf32>) outs(%ei : tensor<64xi32>)
      (%a: f32, %u: i32) {
        %t = arith.fptosi %a : f32 to i16
        %w = arith.extsi %t : i16 to i32
        %s = arith.addi %w, %k : i32
        linalg.yield %s : i32
      }
    %2 = linalg.map ins(%b, %c, %x : tensor<64xi1>, tensor<64xi1>, tensor<64xi32>) outs(%eb : tensor<64xi1>)
      (%p: i1, %q: i1, %a: i32, %u: i1) {
        %t = arith.trunci %a : i32 to i1
        %s = arith.addi %p, %q : i1
        %g = arith.cmpi slt, %p, %t : i1
        %h = arith.xori %s, %g : i1
        %v = arith.maxsi %h, %q : i1
        linalg.yield %v : i1
      }
    %3 = linalg.map ins(%b, %x : tensor<64xi1>, tensor<64xi32>) outs(%e : tensor<64xf32>)
      (%p: i1, %a: i32, %u: f32) {
        %s = arith.extsi %p : i1 to i32
        %n = arith.subi %s, %a : i32
        %z = arith.maxsi %a, %n : i32
        %t = arith.addi %s, %z : i32
        %r = arith.uitofp %t : i32 to f32
        linalg.yield %r : f32
      }
    return %0, %1, %2, %3 : tensor<64xf32>, tensor<64xi32>, tensor<64xi1>, tensor<64xf32>
  }
}
