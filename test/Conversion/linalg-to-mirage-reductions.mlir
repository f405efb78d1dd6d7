// RUN: mirage-opt %s --convert-linalg-to-mirage --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @floats(
// CHECK-SAME:    %[[X:.*]]: tensor<4x8xf32>, %[[I:.*]]: tensor<4xf32>)
// CHECK:         mirage.reduce min %[[X]] dim 1
// CHECK:         mirage.min %{{.*}}, %[[I]]
// CHECK:         mirage.reduce prod %[[X]] dim 1
// CHECK:         mirage.mul %{{.*}}, %[[I]]
// CHECK:         %[[N:.*]] = mirage.neg %[[X]]
// CHECK:         mirage.reduce sum %[[N]] dim 1
// CHECK:         mirage.add %{{.*}}, %[[I]]
func.func @floats(%x: tensor<4x8xf32>, %i: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = linalg.reduce { arith.minimumf } ins(%x : tensor<4x8xf32>) outs(%i : tensor<4xf32>) dimensions = [1]
  %1 = linalg.reduce { arith.mulf } ins(%x : tensor<4x8xf32>) outs(%i : tensor<4xf32>) dimensions = [1]
  %2 = linalg.reduce ins(%x : tensor<4x8xf32>) outs(%i : tensor<4xf32>) dimensions = [1]
    (%a: f32, %o: f32) {
      %r = arith.subf %o, %a : f32
      linalg.yield %r : f32
    }
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// What skips NaN starts from a number, and takes NaN for the identity.
// CHECK-LABEL: func @numbers(
// CHECK-SAME:    %[[X:.*]]: tensor<4x8xf32>, %{{.*}}: tensor<4xf32>)
// CHECK:         %[[C:.*]] = mirage.cmp eq %[[X]], %[[X]]
// CHECK:         %[[S:.*]] = mirage.select %[[C]], %[[X]], %{{.*}}
// CHECK:         mirage.reduce max %[[S]] dim 1
// CHECK:         mirage.reduce min
// CHECK:         linalg.reduce
func.func @numbers(%x: tensor<4x8xf32>, %i: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %low = arith.constant dense<0xFF800000> : tensor<4xf32>
  %two = arith.constant dense<2.0> : tensor<4xf32>
  %0 = linalg.reduce { arith.maxnumf } ins(%x : tensor<4x8xf32>) outs(%low : tensor<4xf32>) dimensions = [1]
  %1 = linalg.reduce ins(%x : tensor<4x8xf32>) outs(%two : tensor<4xf32>) dimensions = [1]
    (%a: f32, %o: f32) {
      %c = arith.cmpf olt, %a, %o : f32
      %r = arith.select %c, %a, %o : f32
      linalg.yield %r : f32
    }
  // expected-remark @below {{not raised to mirage: takes the maximum or minimum of numbers only, which needs a constant start that is a number}}
  %2 = linalg.reduce { arith.minnumf } ins(%x : tensor<4x8xf32>) outs(%i : tensor<4xf32>) dimensions = [1]
  // A comparison that keeps the term where one is NaN.
  // expected-remark @below {{not raised to mirage: reduces f32 with 'arith.select'}}
  %3 = linalg.reduce ins(%x : tensor<4x8xf32>) outs(%two : tensor<4xf32>) dimensions = [1]
    (%a: f32, %o: f32) {
      %c = arith.cmpf ogt, %o, %a : f32
      %r = arith.select %c, %o, %a : f32
      linalg.yield %r : f32
    }
  return %0, %1, %2, %3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: func @integers(
// CHECK:         %[[S:.*]] = mirage.reduce sum %{{.*}} dim 1 : tensor<4x8xf64> -> tensor<4x1xf64>
// CHECK:         mirage.map
// CHECK:           math.floor
// CHECK:         mirage.reduce max %{{.*}} dim 1 : tensor<4x8xf64>
// CHECK-NOT:     mirage.max
// CHECK:         mirage.reduce min %{{.*}} dim 1 : tensor<4x8xf64>
// CHECK:         mirage.map
// CHECK:         mirage.reduce min %{{.*}} dim 1 : tensor<4x8xf64>
func.func @integers(%x: tensor<4x8xi32>, %i: tensor<4xi32>) -> (tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>) {
  %low = arith.constant dense<-2147483648> : tensor<4xi32>
  %all = arith.constant dense<-1> : tensor<4xi32>
  %0 = linalg.reduce { arith.addi } ins(%x : tensor<4x8xi32>) outs(%i : tensor<4xi32>) dimensions = [1]
  %1 = linalg.reduce { arith.maxsi } ins(%x : tensor<4x8xi32>) outs(%low : tensor<4xi32>) dimensions = [1]
  %2 = linalg.reduce { arith.minui } ins(%x : tensor<4x8xi32>) outs(%all : tensor<4xi32>) dimensions = [1]
  %3 = linalg.reduce ins(%x : tensor<4x8xi32>) outs(%i : tensor<4xi32>) dimensions = [1]
    (%a: i32, %o: i32) {
      %c = arith.cmpi sgt, %o, %a : i32
      %r = arith.select %c, %a, %o : i32
      linalg.yield %r : i32
    }
  return %0, %1, %2, %3 : tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>
}

// -----

// CHECK-LABEL: func @booleans(
// CHECK-NOT:     f64
// CHECK:         mirage.reduce min
// CHECK:         mirage.reduce max
func.func @booleans(%x: tensor<4x8xi1>) -> (tensor<4xi1>, tensor<4xi1>) {
  %true = arith.constant dense<true> : tensor<4xi1>
  %false = arith.constant dense<false> : tensor<4xi1>
  %0 = linalg.reduce { arith.andi } ins(%x : tensor<4x8xi1>) outs(%true : tensor<4xi1>) dimensions = [1]
  %1 = linalg.reduce { arith.ori } ins(%x : tensor<4x8xi1>) outs(%false : tensor<4xi1>) dimensions = [1]
  return %0, %1 : tensor<4xi1>, tensor<4xi1>
}

// -----

// Counts of what is true stay below what f32 holds.
// CHECK-LABEL: func @parity(
// CHECK:         mirage.reduce sum %{{.*}} : tensor<4x8xf32>
// CHECK:         mirage.map
// CHECK:           math.floor
func.func @parity(%x: tensor<4x8xi1>, %i: tensor<4xi1>) -> tensor<4xi1> {
  %0 = linalg.reduce { arith.xori } ins(%x : tensor<4x8xi1>) outs(%i : tensor<4xi1>) dimensions = [1]
  return %0 : tensor<4xi1>
}

// -----

// CHECK-LABEL: func @refused(
// CHECK-COUNT-5: linalg.reduce
func.func @refused(%x: tensor<4x8xi32>, %i: tensor<4xi32>, %long: tensor<4194304xi32>, %one: tensor<i32>)
    -> (tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<i32>) {
  // expected-remark @below {{not raised to mirage: reduces i32 with 'arith.muli'}}
  %0 = linalg.reduce { arith.muli } ins(%x : tensor<4x8xi32>) outs(%i : tensor<4xi32>) dimensions = [1]
  // expected-remark @below {{not raised to mirage: reduces i32 with 'arith.andi'}}
  %1 = linalg.reduce { arith.andi } ins(%x : tensor<4x8xi32>) outs(%i : tensor<4xi32>) dimensions = [1]
  // expected-remark @below {{not raised to mirage: an unsigned reduction needs a constant start}}
  %2 = linalg.reduce { arith.maxui } ins(%x : tensor<4x8xi32>) outs(%i : tensor<4xi32>) dimensions = [1]
  // expected-remark @below {{not raised to mirage: the accumulator is used twice}}
  %3 = linalg.reduce ins(%x : tensor<4x8xi32>) outs(%i : tensor<4xi32>) dimensions = [1]
    (%a: i32, %o: i32) {
      %r = arith.addi %o, %o : i32
      linalg.yield %r : i32
    }
  // expected-remark @below {{not raised to mirage: a sum of 4194304 integers may leave those that f64 holds}}
  %4 = linalg.reduce { arith.addi } ins(%long : tensor<4194304xi32>) outs(%one : tensor<i32>) dimensions = [0]
  return %0, %1, %2, %3, %4 : tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<i32>
}
