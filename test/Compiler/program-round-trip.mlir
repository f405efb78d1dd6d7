// RUN: mirage-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(test-mirage-program-roundtrip))' | FileCheck %s
// The result is the same again, now up to names as well.
// RUN: mirage-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(test-mirage-program-roundtrip))' -o %t1
// RUN: mirage-opt %t1 -split-input-file -pass-pipeline='builtin.module(func.func(test-mirage-program-roundtrip))' -o %t2
// RUN: diff %t1 %t2

// CHECK-LABEL: func.func @algebra
func.func @algebra(%a: tensor<2x6xf32>, %b: tensor<2x1xf32>, %h: tensor<6x4xf16>) -> (tensor<2x6xf32>, tensor<2x4xf32>) {
  // CHECK: mirage.add
  %0 = mirage.add %a, %b : tensor<2x6xf32>, tensor<2x1xf32> -> tensor<2x6xf32>
  // CHECK: mirage.cmp lt
  %1 = mirage.cmp lt %0, %a : tensor<2x6xf32>, tensor<2x6xf32> -> tensor<2x6xi1>
  // CHECK: mirage.select
  %2 = mirage.select %1, %0, %b : tensor<2x6xi1>, tensor<2x6xf32>, tensor<2x1xf32> -> tensor<2x6xf32>
  // CHECK: mirage.reduce max %{{.*}} dim 1
  %3 = mirage.reduce max %2 dim 1 : tensor<2x6xf32> -> tensor<2x1xf32>
  // CHECK: mirage.reduce sum %{{.*}} rel %{{.*}} dim 0
  %4 = mirage.reduce sum %2 rel %3 dim 0 : tensor<2x6xf32>, tensor<2x1xf32> -> tensor<1x6xf32>
  // CHECK: mirage.transpose %{{.*}} [1, 0]
  %5 = mirage.transpose %4 [1, 0] : tensor<1x6xf32> -> tensor<6x1xf32>
  // CHECK: mirage.broadcast
  %6 = mirage.broadcast %5 : tensor<6x1xf32> -> tensor<6x4xf32>
  // CHECK: mirage.cast
  %7 = mirage.cast %h : tensor<6x4xf16> -> tensor<6x4xf32>
  %8 = mirage.mul %6, %7 : tensor<6x4xf32>, tensor<6x4xf32> -> tensor<6x4xf32>
  // CHECK: mirage.matmul
  %9 = mirage.matmul %2, %8 : tensor<2x6xf32>, tensor<6x4xf32> -> tensor<2x4xf32>
  // CHECK: mirage.slice %{{.*}} [0, 1] [1, 2]
  %10 = mirage.slice %2 [0, 1] [1, 2] : tensor<2x6xf32> -> tensor<2x3xf32>
  // CHECK: mirage.concat dim 1
  %11 = mirage.concat dim 1 %10, %10 : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x6xf32>
  // CHECK: mirage.reshape
  %12 = mirage.reshape %11 : tensor<2x6xf32> -> tensor<3x4xf32>
  %13 = mirage.reshape %12 : tensor<3x4xf32> -> tensor<2x6xf32>
  return %13, %9 : tensor<2x6xf32>, tensor<2x4xf32>
}

// -----

// CHECK-LABEL: func.func @constants
func.func @constants(%s: f32, %x: tensor<2x2xf16>) -> (tensor<2x2xf32>, tensor<2x2xf16>, tensor<2xi1>, tensor<2xi32>) {
  // Literals are rounded to the element type: 0.1 in f16.
  // CHECK: mirage.constant 0.0999755859375 : tensor<1x1xf16>
  %c = mirage.constant 0.1 : tensor<1x1xf16>
  // CHECK: arith.constant dense<{{\[}}[1.000000e+00, 2.000000e+00], [3.000000e+00, 0xFF800000]]>
  %d = arith.constant dense<[[1.0, 2.0], [3.0, 0xFF800000]]> : tensor<2x2xf32>
  // CHECK: mirage.constant 2.500000e+00 : tensor<2x2xf32>
  %e = arith.constant dense<2.5> : tensor<2x2xf32>
  // CHECK: mirage.splat %{{.*}} : f32 -> tensor<1x1xf32>
  %t = mirage.splat %s : f32 -> tensor<1x1xf32>
  // A constant scalar.
  // CHECK: %[[K:.*]] = mirage.constant 7.000000e+00 : tensor<f32>
  // CHECK: mirage.reshape %[[K]] : tensor<f32> -> tensor<1x1xf32>
  %k = arith.constant 7.0 : f32
  %u = mirage.splat %k : f32 -> tensor<1x1xf32>
  %0 = mirage.mul %d, %t : tensor<2x2xf32>, tensor<1x1xf32> -> tensor<2x2xf32>
  %1 = mirage.add %0, %e : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<2x2xf32>
  %2 = mirage.add %1, %u : tensor<2x2xf32>, tensor<1x1xf32> -> tensor<2x2xf32>
  %3 = mirage.mul %x, %c : tensor<2x2xf16>, tensor<1x1xf16> -> tensor<2x2xf16>
  // CHECK: arith.constant dense<[true, false]>
  %p = arith.constant dense<[true, false]> : tensor<2xi1>
  // CHECK: arith.constant dense<[-3, 4]>
  %q = arith.constant dense<[-3, 4]> : tensor<2xi32>
  return %2, %3, %p, %q : tensor<2x2xf32>, tensor<2x2xf16>, tensor<2xi1>, tensor<2xi32>
}

// -----

// Each op stays in its type, each constant is not rounded to another.
// CHECK-LABEL: func.func @map
func.func @map(%x: tensor<2x4xf16>, %y: tensor<2x1xf32>) -> tensor<2x4xf16> {
  // CHECK: mirage.map
  // CHECK-NEXT: ^bb0(%[[A:.*]]: f16, %[[B:.*]]: f32):
  // CHECK-NEXT: %[[W:.*]] = arith.extf %[[A]] : f16 to f32
  // CHECK-NEXT: %[[C:.*]] = arith.constant 1.000000e-01 : f32
  // CHECK-NEXT: %[[M:.*]] = arith.mulf %[[W]], %[[C]] : f32
  // CHECK-NEXT: %[[P:.*]] = arith.cmpf olt, %[[M]], %[[B]] : f32
  // An expression has no shared values.
  // CHECK: %[[M2:.*]] = arith.mulf
  // CHECK-NEXT: %[[S:.*]] = arith.select %[[P]], %[[M2]], %[[B]] : f32
  // CHECK-NEXT: %[[R:.*]] = arith.truncf %[[S]] : f32 to f16
  // CHECK-NEXT: %[[Q:.*]] = arith.addf %[[R]], %[[A]] : f16
  // CHECK-NEXT: mirage.yield %[[Q]] : f16
  %r = mirage.map %x, %y : tensor<2x4xf16>, tensor<2x1xf32> -> tensor<2x4xf16> {
  ^bb0(%a: f16, %b: f32):
    %c = arith.constant 0.1 : f32
    %w = arith.extf %a : f16 to f32
    %m = arith.mulf %w, %c : f32
    %p = arith.cmpf olt, %m, %b : f32
    %s = arith.select %p, %m, %b : f32
    %t = arith.truncf %s : f32 to f16
    %q = arith.addf %t, %a : f16
    mirage.yield %q : f16
  }
  return %r : tensor<2x4xf16>
}

// -----

// Casts between all types, and a choice between two truths.
// CHECK-LABEL: func.func @map_casts
func.func @map_casts(%x: tensor<4xi32>, %y: tensor<4xi1>) -> tensor<4xi32> {
  // CHECK: ^bb0(%[[A:.*]]: i32, %[[B:.*]]: i1):
  // CHECK-NEXT: %[[F:.*]] = arith.sitofp %[[A]] : i32 to f64
  // CHECK-NEXT: %[[L:.*]] = math.floor %[[F]] : f64
  // CHECK-NEXT: %[[T:.*]] = arith.constant false
  // CHECK-NEXT: %[[U:.*]] = arith.constant true
  // CHECK-NEXT: %[[N:.*]] = arith.select %[[B]], %[[T]], %[[U]] : i1
  // CHECK-NEXT: %[[G:.*]] = arith.uitofp %[[N]] : i1 to f64
  // CHECK-NEXT: %[[S:.*]] = arith.addf %[[L]], %[[G]] : f64
  // CHECK-NEXT: %[[I:.*]] = arith.fptosi %[[S]] : f64 to i32
  // CHECK-NEXT: mirage.yield %[[I]] : i32
  %r = mirage.map %x, %y : tensor<4xi32>, tensor<4xi1> -> tensor<4xi32> {
  ^bb0(%a: i32, %b: i1):
    %f = arith.sitofp %a : i32 to f64
    %l = math.floor %f : f64
    %t = arith.constant false
    %u = arith.constant true
    %n = arith.select %b, %t, %u : i1
    %g = arith.uitofp %n : i1 to f64
    %s = arith.addf %l, %g : f64
    %i = arith.fptosi %s : f64 to i32
    mirage.yield %i : i32
  }
  return %r : tensor<4xi32>
}

// -----

// Inputs come in the order of their first use, each once.
// CHECK-LABEL: func.func @kernel
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xf32>, %[[Y:.*]]: tensor<100x8xf32>)
func.func @kernel(%x: tensor<4x8xf32>, %y: tensor<100x8xf32>) -> (tensor<100x8xf32>, tensor<4x8xf32>) {
  // CHECK: mirage.kernel (%[[I:.*]] : 7, %[[S:.*]] : 2) ins(%[[INY:.*]] = %[[Y]] : tensor<100x8xf32>, %[[INX:.*]] = %[[X]] : tensor<4x8xf32>) outs(%[[O:.*]] : tensor<100x8xf32>, %[[P:.*]] : tensor<4x8xf32>) {
  %o:2 = mirage.kernel (%i : 7, %s : 2) ins(%a = %x : tensor<4x8xf32>, %unused = %x : tensor<4x8xf32>, %b = %y : tensor<100x8xf32>, %c = %x : tensor<4x8xf32>) outs(%out : tensor<100x8xf32>, %out2 : tensor<4x8xf32>) {
    // CHECK: mirage.load %[[INY]][%[[I]], *]
    %t = mirage.load %b[%i, *] : tensor<100x8xf32> -> !mirage.tile<16x8xf32>
    // CHECK: mirage.load %[[INX]][*, *]
    %w = mirage.load %a[*, *] : tensor<4x8xf32> -> !mirage.tile<4x8xf32>
    %one = mirage.constant 1.0 : !mirage.tile<1x1xf32>
    // CHECK: mirage.loop (%[[K:.*]] : 2, %[[L:.*]] : 2) ->
    %m, %l, %z, %st = mirage.loop (%k : 2, %l : 2) -> (!mirage.tile<1x8xf32>, !mirage.tile<1x8xf32>, !mirage.tile<1x8xf32>, !mirage.tile<1x32xf32>) {
      // CHECK: mirage.load %{{.*}}[(%[[K]], %[[L]]), *]
      %v = mirage.load %w[(%k, %l), *] : !mirage.tile<4x8xf32> -> !mirage.tile<1x8xf32>
      %v1 = mirage.add %v, %one : !mirage.tile<1x8xf32>, !mirage.tile<1x1xf32> -> !mirage.tile<1x8xf32>
      // CHECK: mirage.accumulate max %[[V:.*]], sum %[[V1:.*]] rel %[[V]], min %[[V]], stack 1 %[[V]]
      mirage.accumulate max %v, sum %v1 rel %v, min %v, stack 1 %v : !mirage.tile<1x8xf32>, !mirage.tile<1x8xf32>, !mirage.tile<1x8xf32>, !mirage.tile<1x8xf32>
    }
    %q = mirage.mul %t, %l : !mirage.tile<16x8xf32>, !mirage.tile<1x8xf32> -> !mirage.tile<16x8xf32>
    // CHECK: mirage.store %{{.*}} to %[[O]][%[[I]], *] once(%[[S]])
    mirage.store %q to %out[%i, *] once(%s) : !mirage.tile<16x8xf32>, !mirage.out<100x8xf32>
    %h = mirage.load %c[%s, *] : tensor<4x8xf32> -> !mirage.tile<2x8xf32>
    // CHECK: mirage.store %{{.*}} to %[[P]][%[[S]], *] once(%[[I]])
    mirage.store %h to %out2[%s, *] once(%i) : !mirage.tile<2x8xf32>, !mirage.out<4x8xf32>
  }
  return %o#0, %o#1 : tensor<100x8xf32>, tensor<4x8xf32>
}

// -----

// What a person wrote at an op stays there.
// CHECK-LABEL: func.func @attributes
func.func @attributes(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: mirage.constant 1.000000e+00 {note = "one"} : tensor<1x1xf32>
  %one = arith.constant {note = "one"} dense<1.0> : tensor<1x1xf32>
  // CHECK: mirage.add {{.*}} {note = "sum"}
  %y = mirage.add %x, %one {note = "sum"} : tensor<4x8xf32>, tensor<1x1xf32> -> tensor<4x8xf32>
  // CHECK: mirage.kernel {{.*}} attributes {mirage.threads = 64 : i64} {
  %o = mirage.kernel (%i : 2) ins(%a = %y : tensor<4x8xf32>) outs(%out : tensor<4x8xf32>) attributes {mirage.threads = 64 : i64} {
    // CHECK: mirage.load {{.*}} {note = "load"}
    %t = mirage.load %a[%i, *] {note = "load"} : tensor<4x8xf32> -> !mirage.tile<2x8xf32>
    // CHECK: mirage.loop {{.*}} attributes {note = "loop"} {
    %s = mirage.loop (%k : 2) -> (!mirage.tile<2x4xf32>) attributes {note = "loop"} {
      // CHECK-NOT: {note
      // CHECK: mirage.accumulate
      %v = mirage.load %t[*, %k] : !mirage.tile<2x8xf32> -> !mirage.tile<2x4xf32>
      mirage.accumulate sum %v : !mirage.tile<2x4xf32>
    }
    // CHECK: mirage.concat
    %c = mirage.concat dim 1 %s, %s : !mirage.tile<2x4xf32>, !mirage.tile<2x4xf32> -> !mirage.tile<2x8xf32>
    // CHECK: mirage.store {{.*}} {note = "store"}
    mirage.store %c to %out[%i, *] {note = "store"} : !mirage.tile<2x8xf32>, !mirage.out<4x8xf32>
  }
  return %o : tensor<4x8xf32>
}
