// RUN: mirage-opt %s --convert-linalg-to-mirage --split-input-file --verify-diagnostics | FileCheck %s

// An integer is a float that holds it; only what can leave i32 wraps.
// CHECK-LABEL: func @sum(
// CHECK-DAG:     mirage.cast %{{.*}} : tensor<4xi32> -> tensor<4xf64>
// CHECK:         %[[S:.*]] = mirage.add %{{.*}} : tensor<4xf64>, tensor<4xf64> -> tensor<4xf64>
// CHECK:         mirage.cmp gt %[[S]]
// CHECK:         mirage.select
// CHECK:         mirage.cmp lt %[[S]]
// CHECK:         %[[R:.*]] = mirage.select
// CHECK-NEXT:    mirage.cast %[[R]] : tensor<4xf64> -> tensor<4xi32>
func.func @sum(%a: tensor<4xi32>, %b: tensor<4xi32>) -> tensor<4xi32> {
  %0 = linalg.add ins(%a, %b : tensor<4xi32>, tensor<4xi32>) outs(%a : tensor<4xi32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}

// -----

// CHECK-LABEL: func @in_range(
// CHECK-NOT:     mirage.select
// CHECK:         %[[S:.*]] = mirage.add %{{.*}} : tensor<4xf64>, tensor<4xf64> -> tensor<4xf64>
// CHECK-NEXT:    mirage.cast %[[S]] : tensor<4xf64> -> tensor<4xi32>
// CHECK:         %[[M:.*]] = mirage.min
// CHECK-NEXT:    mirage.cast %[[M]]
// CHECK-NOT:     mirage.select
// CHECK:         return
func.func @in_range(%a: tensor<4xi32>, %b: tensor<4xi32>) -> (tensor<4xi32>, tensor<4xi32>) {
  %0 = linalg.map ins(%a, %b : tensor<4xi32>, tensor<4xi32>) outs(%a : tensor<4xi32>)
    (%x: i32, %y: i32, %o: i32) {
      %r = arith.addi %x, %y overflow<nsw> : i32
      linalg.yield %r : i32
    }
  %1 = linalg.map ins(%a, %b : tensor<4xi32>, tensor<4xi32>) outs(%a : tensor<4xi32>)
    (%x: i32, %y: i32, %o: i32) {
      %r = arith.minsi %x, %y : i32
      linalg.yield %r : i32
    }
  return %0, %1 : tensor<4xi32>, tensor<4xi32>
}

// -----

// A product goes by halves, a quotient is cut, an unsigned value is moved up.
// CHECK-LABEL: func @outside(
// CHECK:         mirage.map
// CHECK:           math.floor
// CHECK:           arith.fptosi %{{.*}} : f64 to i32
// CHECK:         mirage.map
// CHECK:           %[[D:.*]] = arith.divf
// CHECK:           math.trunc %[[D]]
// CHECK:         mirage.cmp lt
// CHECK:         mirage.select
// CHECK:         mirage.cmp gt
func.func @outside(%a: tensor<4xi32>, %b: tensor<4xi32>, %e: tensor<4xi1>) -> (tensor<4xi32>, tensor<4xi32>, tensor<4xi1>) {
  %0 = linalg.mul ins(%a, %b : tensor<4xi32>, tensor<4xi32>) outs(%a : tensor<4xi32>) -> tensor<4xi32>
  %1 = arith.divsi %a, %b : tensor<4xi32>
  %2 = arith.cmpi ugt, %a, %b : tensor<4xi32>
  return %0, %1, %2 : tensor<4xi32>, tensor<4xi32>, tensor<4xi1>
}

// -----

// Narrower types wrap at their width; wider ones are there while f64 holds them.
// CHECK-LABEL: func @widths(
// CHECK-NOT:     linalg
// CHECK:         return
func.func @widths(%a: tensor<4xi32>, %f: tensor<4xf32>, %b: tensor<4xi1>) -> (tensor<4xf32>, tensor<4xi32>, tensor<4xf32>, tensor<4xi32>) {
  %0 = linalg.map ins(%a : tensor<4xi32>) outs(%f : tensor<4xf32>)
    (%x: i32, %o: f32) {
      %t = arith.trunci %x : i32 to i8
      %w = arith.extui %t : i8 to i64
      %r = arith.uitofp %w : i64 to f32
      linalg.yield %r : f32
    }
  %1 = linalg.map ins(%f : tensor<4xf32>) outs(%a : tensor<4xi32>)
    (%x: f32, %o: i32) {
      %t = arith.fptosi %x : f32 to i16
      %r = arith.extsi %t : i16 to i32
      linalg.yield %r : i32
    }
  %2 = linalg.map ins(%b : tensor<4xi1>) outs(%f : tensor<4xf32>)
    (%x: i1, %o: f32) {
      %r = arith.sitofp %x : i1 to f32
      linalg.yield %r : f32
    }
  %3 = linalg.map ins(%a : tensor<4xi32>) outs(%a : tensor<4xi32>)
    (%x: i32, %o: i32) {
      %r = math.absi %x : i32
      linalg.yield %r : i32
    }
  return %0, %1, %2, %3 : tensor<4xf32>, tensor<4xi32>, tensor<4xf32>, tensor<4xi32>
}

// -----

// What is only handed on stays an integer, and a negative constant negative.
// CHECK-LABEL: func @handed_on(
// CHECK-SAME:    %[[A:.*]]: tensor<4xi32>, %[[C:.*]]: i1, %[[K:.*]]: i32)
// CHECK:         mirage.select %{{.*}}, %[[A]], %{{.*}} : tensor<1xi1>, tensor<4xi32>, tensor<1xi32> -> tensor<4xi32>
// CHECK:         mirage.constant -7.0{{.*}} : tensor<4xi32>
func.func @handed_on(%a: tensor<4xi32>, %c: i1, %k: i32) -> (tensor<4xi32>, tensor<4xi32>, tensor<4xi32>) {
  %m = arith.constant -7 : i32
  %0:3 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%a : tensor<4xi32>) outs(%a, %a, %a : tensor<4xi32>, tensor<4xi32>, tensor<4xi32>) {
    ^bb0(%x: i32, %o0: i32, %o1: i32, %o2: i32):
      %r = arith.select %c, %x, %k : i32
      linalg.yield %r, %m, %o2 : i32, i32, i32
  } -> (tensor<4xi32>, tensor<4xi32>, tensor<4xi32>)
  return %0#0, %0#1, %0#2 : tensor<4xi32>, tensor<4xi32>, tensor<4xi32>
}

// -----

// Arithmetic on i1 is logic.
// CHECK-LABEL: func @booleans(
// CHECK-NOT:     f64
// CHECK:         mirage.select
// CHECK:         mirage.cmp le
// CHECK:         return
func.func @booleans(%p: tensor<4xi1>, %q: tensor<4xi1>) -> tensor<4xi1> {
  %0 = linalg.map ins(%p, %q : tensor<4xi1>, tensor<4xi1>) outs(%p : tensor<4xi1>)
    (%a: i1, %b: i1, %o: i1) {
      %m = arith.muli %a, %b : i1
      %n = arith.subi %m, %b : i1
      %c = arith.cmpi sle, %n, %a : i1
      linalg.yield %c : i1
    }
  return %0 : tensor<4xi1>
}

// -----

// Values that are used often are not written often: maps of one function each.
// CHECK-LABEL: func @shared(
// CHECK:         mirage.map
// CHECK-COUNT-9: mirage.mul
// CHECK:         mirage.map
func.func @shared(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.map ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>)
    (%a: f32, %o: f32) {
      %s0 = math.sin %a : f32
      %s1 = arith.mulf %s0, %s0 : f32
      %s2 = arith.mulf %s1, %s1 : f32
      %s3 = arith.mulf %s2, %s2 : f32
      %s4 = arith.mulf %s3, %s3 : f32
      %s5 = arith.mulf %s4, %s4 : f32
      %s6 = arith.mulf %s5, %s5 : f32
      %s7 = arith.mulf %s6, %s6 : f32
      %s8 = arith.mulf %s7, %s7 : f32
      %s9 = arith.mulf %s8, %s8 : f32
      %r = math.cos %s9 : f32
      linalg.yield %r : f32
    }
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func @refused(
// CHECK-COUNT-6: linalg.{{map|matmul}}
func.func @refused(%a: tensor<4xi32>, %f: tensor<4xf32>, %l: i64, %k: i32, %i8: tensor<4x4xi8>, %m: tensor<4x4xi32>)
    -> (tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4x4xi32>) {
  // expected-remark @below {{not raised to mirage: 'arith.andi' works on the bits of integers}}
  %0 = linalg.map ins(%a : tensor<4xi32>) outs(%a : tensor<4xi32>)
    (%x: i32, %o: i32) {
      %r = arith.andi %x, %k : i32
      linalg.yield %r : i32
    }
  // expected-remark @below {{not raised to mirage: 'arith.muli' may leave the integers that f64 holds}}
  %1 = linalg.map ins(%a : tensor<4xi32>) outs(%a : tensor<4xi32>)
    (%x: i32, %o: i32) {
      %w = arith.extsi %x : i32 to i64
      %p = arith.muli %w, %w : i64
      %r = arith.trunci %p : i64 to i32
      linalg.yield %r : i32
    }
  // expected-remark @below {{not raised to mirage: 'arith.trunci' uses a value of type i64}}
  %2 = linalg.map ins(%a : tensor<4xi32>) outs(%a : tensor<4xi32>)
    (%x: i32, %o: i32) {
      %t = arith.trunci %l : i64 to i32
      %r = arith.addi %x, %t : i32
      linalg.yield %r : i32
    }
  // expected-remark @below {{not raised to mirage: 'arith.fptoui' makes integers that i32 does not hold}}
  %3 = linalg.map ins(%f : tensor<4xf32>) outs(%a : tensor<4xi32>)
    (%x: f32, %o: i32) {
      %r = arith.fptoui %x : f32 to i32
      linalg.yield %r : i32
    }
  // expected-remark @below {{not raised to mirage: 'arith.bitcast' has no meaning}}
  %4 = linalg.map ins(%f : tensor<4xf32>) outs(%a : tensor<4xi32>)
    (%x: f32, %o: i32) {
      %r = arith.bitcast %x : f32 to i32
      linalg.yield %r : i32
    }
  // expected-remark @below {{not raised to mirage: element type i8 is not f16, bf16, f32, f64, i1 or i32}}
  %5 = linalg.matmul ins(%i8, %i8 : tensor<4x4xi8>, tensor<4x4xi8>) outs(%m : tensor<4x4xi32>) -> tensor<4x4xi32>
  return %0, %1, %2, %3, %4, %5 : tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4x4xi32>
}
