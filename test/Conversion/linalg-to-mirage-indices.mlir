// RUN: mirage-opt %s --convert-linalg-to-mirage --split-input-file --verify-diagnostics | FileCheck %s

#id2 = affine_map<(d0, d1) -> (d0, d1)>

// An index is an operand that counts.
// CHECK-LABEL: func @causal(
// CHECK-SAME:    %[[S:.*]]: tensor<3x3xf32>)
// CHECK-DAG:     %[[I:.*]] = mirage.reshape %{{.*}} : tensor<3xf32> -> tensor<3x1xf32>
// CHECK-DAG:     %[[J:.*]] = mirage.reshape %{{.*}} : tensor<3xf32> -> tensor<1x3xf32>
// CHECK:         %[[C:.*]] = mirage.cmp ge %[[I]], %[[J]] : tensor<3x1xf32>, tensor<1x3xf32> -> tensor<3x3xi1>
// CHECK:         mirage.select %[[C]], %[[S]]
func.func @causal(%s: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %low = arith.constant 0xFF800000 : f32
  %0 = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]} ins(%s : tensor<3x3xf32>) outs(%s : tensor<3x3xf32>) {
    ^bb0(%a: f32, %o: f32):
      %i = linalg.index 0 : index
      %j = linalg.index 1 : index
      %c = arith.cmpi sge, %i, %j : index
      %r = arith.select %c, %a, %low : f32
      linalg.yield %r : f32
  } -> tensor<3x3xf32>
  return %0 : tensor<3x3xf32>
}

// -----

// CHECK-LABEL: func @generate(
// CHECK:         %[[S:.*]] = mirage.add %{{.*}}, %{{.*}} : tensor<4x1xf32>, tensor<1x3xf32> -> tensor<4x3xf32>
// CHECK-NEXT:    mirage.cast %[[S]] : tensor<4x3xf32> -> tensor<4x3xi32>
func.func @generate() -> tensor<4x3xi32> {
  %0 = tensor.generate {
    ^bb0(%i: index, %j: index):
      %s = arith.addi %i, %j : index
      %c = arith.index_cast %s : index to i32
      tensor.yield %c : i32
  } : tensor<4x3xi32>
  return %0 : tensor<4x3xi32>
}

// -----

// The only index of a dimension of one is 0. Sums of indices know their range.
// CHECK-LABEL: func @reduced(
// CHECK-NOT:     mirage.map
// CHECK:         mirage.reduce sum %{{.*}} : tensor<7xf32> -> tensor<1xf32>
// CHECK-NOT:     mirage.map
// CHECK:         return
func.func @reduced(%s: tensor<1x7xf32>) -> tensor<1xi32> {
  %zero = arith.constant dense<0> : tensor<1xi32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%s : tensor<1x7xf32>) outs(%zero : tensor<1xi32>) {
    ^bb0(%a: f32, %o: i32):
      %i = linalg.index 0 : index
      %j = linalg.index 1 : index
      %k = arith.addi %i, %j : index
      %c = arith.index_cast %k : index to i32
      %r = arith.addi %o, %c : i32
      linalg.yield %r : i32
  } -> tensor<1xi32>
  return %0 : tensor<1xi32>
}

// -----

// CHECK-LABEL: func @refused(
// CHECK:         linalg.index
// CHECK:         arith.index_cast
func.func @refused(%x: tensor<100000000xi32>, %y: tensor<3xi32>, %n: index) -> (tensor<100000000xi32>, tensor<3xi32>) {
  // expected-remark @below {{not raised to mirage: 'linalg.index' counts to 100000000, more than a constant of 1048576}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%x : tensor<100000000xi32>) {
    ^bb0(%o: i32):
      %i = linalg.index 0 : index
      %c = arith.index_cast %i : index to i32
      linalg.yield %c : i32
  } -> tensor<100000000xi32>
  // expected-remark @below {{not raised to mirage: 'arith.index_cast' uses a value of type index}}
  %1 = linalg.map ins(%y : tensor<3xi32>) outs(%y : tensor<3xi32>)
    (%a: i32, %o: i32) {
      %i = arith.index_cast %n : index to i32
      %r = arith.addi %a, %i : i32
      linalg.yield %r : i32
    }
  return %0, %1 : tensor<100000000xi32>, tensor<3xi32>
}
