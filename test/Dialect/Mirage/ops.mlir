// RUN: mirage-opt %s --verify-roundtrip | FileCheck %s
// RUN: mirage-opt %s --mlir-print-op-generic | mirage-opt | FileCheck %s
// RUN: mirage-opt %s --emit-bytecode | mirage-opt | FileCheck %s

//===----------------------------------------------------------------------===//
// The algebra
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @algebra_on_tensors
// CHECK: mirage.neg %{{[^ ,]+}} : tensor<2x4xf32>
// CHECK: mirage.abs %{{[^ ,]+}} : tensor<2x4xf32>
// CHECK: mirage.exp %{{[^ ,]+}} : tensor<2x4xf32>
// CHECK: mirage.log %{{[^ ,]+}} : tensor<2x4xf32>
// CHECK: mirage.sqrt %{{[^ ,]+}} : tensor<2x4xf32>
// CHECK: mirage.rsqrt %{{[^ ,]+}} : tensor<2x4xf32>
// CHECK: mirage.erf %{{[^ ,]+}} : tensor<2x4xf32>
// CHECK: mirage.tanh %{{[^ ,]+}} : tensor<2x4xf32>
// CHECK: mirage.add %{{[^ ,]+}}, %{{[^ ,]+}} : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
// CHECK: mirage.sub %{{[^ ,]+}}, %{{[^ ,]+}} : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
// CHECK: mirage.mul %{{[^ ,]+}}, %{{[^ ,]+}} : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
// CHECK: mirage.div %{{[^ ,]+}}, %{{[^ ,]+}} : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
// CHECK: mirage.max %{{[^ ,]+}}, %{{[^ ,]+}} : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
// CHECK: mirage.min %{{[^ ,]+}}, %{{[^ ,]+}} : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
// CHECK: mirage.exp_sub %{{[^ ,]+}}, %{{[^ ,]+}} : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
// CHECK: mirage.cast %{{[^ ,]+}} : tensor<2x4xf32> -> tensor<2x4xf16>
// CHECK: mirage.cmp le %{{[^ ,]+}}, %{{[^ ,]+}} : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xi1>
// CHECK: mirage.select %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}} : tensor<2x4xi1>, tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
// CHECK: mirage.matmul %{{[^ ,]+}}, %{{[^ ,]+}} : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
// CHECK: mirage.reduce sum %{{[^ ,]+}} dim 1 : tensor<2x4xf32> -> tensor<2x1xf32>
// CHECK: mirage.reduce max %{{[^ ,]+}} dim 0 : tensor<2x4xf32> -> tensor<1x4xf32>
// CHECK: mirage.reduce min %{{[^ ,]+}} dim 1 : tensor<2x4xf32> -> tensor<2x1xf64>
// CHECK: mirage.reduce prod %{{[^ ,]+}} dim 1 : tensor<2x4xf32> -> tensor<2x1xf32>
// CHECK: mirage.reduce sum %{{[^ ,]+}} rel %{{[^ ,]+}} dim 0 : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<1x4xf32>
// CHECK: mirage.transpose %{{[^ ,]+}} [1, 0] : tensor<2x4xf32> -> tensor<4x2xf32>
// CHECK: mirage.broadcast %{{[^ ,]+}} : tensor<2x1xf32> -> tensor<2x4xf32>
// CHECK: mirage.reshape %{{[^ ,]+}} : tensor<2x4xf32> -> tensor<2x1x4xf32>
// CHECK: mirage.slice %{{[^ ,]+}} [0, 1] [1, 2] : tensor<2x4xf32> -> tensor<2x2xf32>
// CHECK: mirage.concat dim 1 %{{[^ ,]+}}, %{{[^ ,]+}} : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x5xf32>
// CHECK: mirage.constant 1.250000e-01 : tensor<2x4xf32>
// CHECK: mirage.map %{{[^ ,]+}}, %{{[^ ,]+}} : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32> {
// CHECK: mirage.yield %{{.*}} : f32
// CHECK: mirage.splat %{{.*}} : f32 -> tensor<1x1xf32>
func.func @algebra_on_tensors(%x: tensor<2x4xf32>, %c: tensor<2x1xf32>, %w: tensor<4x3xf32>, %p: tensor<2x4xi1>, %r: f32) {
  %0 = mirage.neg %x : tensor<2x4xf32>
  %1 = mirage.abs %x : tensor<2x4xf32>
  %2 = mirage.exp %x : tensor<2x4xf32>
  %3 = mirage.log %x : tensor<2x4xf32>
  %4 = mirage.sqrt %x : tensor<2x4xf32>
  %5 = mirage.rsqrt %x : tensor<2x4xf32>
  %6 = mirage.erf %x : tensor<2x4xf32>
  %7 = mirage.tanh %x : tensor<2x4xf32>
  %8 = mirage.add %x, %c : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
  %9 = mirage.sub %x, %c : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
  %10 = mirage.mul %x, %c : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
  %11 = mirage.div %x, %c : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
  %12 = mirage.max %x, %c : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
  %13 = mirage.min %x, %c : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
  %14 = mirage.exp_sub %x, %c : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
  %15 = mirage.cast %x : tensor<2x4xf32> -> tensor<2x4xf16>
  %16 = mirage.cmp le %x, %c : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xi1>
  %17 = mirage.select %p, %x, %c : tensor<2x4xi1>, tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
  %18 = mirage.matmul %x, %w : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
  %19 = mirage.reduce sum %x dim 1 : tensor<2x4xf32> -> tensor<2x1xf32>
  %20 = mirage.reduce max %x dim 0 : tensor<2x4xf32> -> tensor<1x4xf32>
  %21 = mirage.reduce min %x dim 1 : tensor<2x4xf32> -> tensor<2x1xf64>
  %22 = mirage.reduce prod %x dim 1 : tensor<2x4xf32> -> tensor<2x1xf32>
  %23 = mirage.reduce sum %x rel %c dim 0 : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<1x4xf32>
  %24 = mirage.transpose %x [1, 0] : tensor<2x4xf32> -> tensor<4x2xf32>
  %25 = mirage.broadcast %c : tensor<2x1xf32> -> tensor<2x4xf32>
  %26 = mirage.reshape %x : tensor<2x4xf32> -> tensor<2x1x4xf32>
  %27 = mirage.slice %x [0, 1] [1, 2] : tensor<2x4xf32> -> tensor<2x2xf32>
  %28 = mirage.concat dim 1 %x, %c : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x5xf32>
  %29 = mirage.constant 1.250000e-01 : tensor<2x4xf32>
  %map = mirage.map %x, %c : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4xf32> {
  ^bb0(%e: f32, %f: f32):
    %s = math.sin %e : f32
    %t = arith.addf %s, %f : f32
    mirage.yield %t : f32
  }
  %s = mirage.splat %r : f32 -> tensor<1x1xf32>
  return
}

// CHECK-LABEL: @algebra_on_tiles
// CHECK: mirage.neg %{{[^ ,]+}} : !mirage.tile<2x4xf32>
// CHECK: mirage.abs %{{[^ ,]+}} : !mirage.tile<2x4xf32>
// CHECK: mirage.exp %{{[^ ,]+}} : !mirage.tile<2x4xf32>
// CHECK: mirage.log %{{[^ ,]+}} : !mirage.tile<2x4xf32>
// CHECK: mirage.sqrt %{{[^ ,]+}} : !mirage.tile<2x4xf32>
// CHECK: mirage.rsqrt %{{[^ ,]+}} : !mirage.tile<2x4xf32>
// CHECK: mirage.erf %{{[^ ,]+}} : !mirage.tile<2x4xf32>
// CHECK: mirage.tanh %{{[^ ,]+}} : !mirage.tile<2x4xf32>
// CHECK: mirage.add %{{[^ ,]+}}, %{{[^ ,]+}} : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
// CHECK: mirage.sub %{{[^ ,]+}}, %{{[^ ,]+}} : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
// CHECK: mirage.mul %{{[^ ,]+}}, %{{[^ ,]+}} : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
// CHECK: mirage.div %{{[^ ,]+}}, %{{[^ ,]+}} : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
// CHECK: mirage.max %{{[^ ,]+}}, %{{[^ ,]+}} : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
// CHECK: mirage.min %{{[^ ,]+}}, %{{[^ ,]+}} : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
// CHECK: mirage.exp_sub %{{[^ ,]+}}, %{{[^ ,]+}} : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
// CHECK: mirage.cast %{{[^ ,]+}} : !mirage.tile<2x4xf32> -> !mirage.tile<2x4xf16>
// CHECK: mirage.cmp le %{{[^ ,]+}}, %{{[^ ,]+}} : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xi1>
// CHECK: mirage.select %{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}} : !mirage.tile<2x4xi1>, !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
// CHECK: mirage.matmul %{{[^ ,]+}}, %{{[^ ,]+}} : !mirage.tile<2x4xf32>, !mirage.tile<4x3xf32> -> !mirage.tile<2x3xf32>
// CHECK: mirage.reduce sum %{{[^ ,]+}} dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf32>
// CHECK: mirage.reduce max %{{[^ ,]+}} dim 0 : !mirage.tile<2x4xf32> -> !mirage.tile<1x4xf32>
// CHECK: mirage.reduce min %{{[^ ,]+}} dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf64>
// CHECK: mirage.reduce prod %{{[^ ,]+}} dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf32>
// CHECK: mirage.reduce sum %{{[^ ,]+}} rel %{{[^ ,]+}} dim 0 : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<1x4xf32>
// CHECK: mirage.transpose %{{[^ ,]+}} [1, 0] : !mirage.tile<2x4xf32> -> !mirage.tile<4x2xf32>
// CHECK: mirage.broadcast %{{[^ ,]+}} : !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
// CHECK: mirage.reshape %{{[^ ,]+}} : !mirage.tile<2x4xf32> -> !mirage.tile<2x1x4xf32>
// CHECK: mirage.slice %{{[^ ,]+}} [0, 1] [1, 2] : !mirage.tile<2x4xf32> -> !mirage.tile<2x2xf32>
// CHECK: mirage.concat dim 1 %{{[^ ,]+}}, %{{[^ ,]+}} : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x5xf32>
// CHECK: mirage.constant 1.250000e-01 : !mirage.tile<2x4xf32>
// CHECK: mirage.map %{{[^ ,]+}}, %{{[^ ,]+}} : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32> {
// CHECK: mirage.yield %{{.*}} : f32
func.func @algebra_on_tiles(%in: tensor<2x4xf32>, %inc: tensor<2x1xf32>, %inw: tensor<4x3xf32>, %inp: tensor<2x4xi1>) -> tensor<2x4xf32> {
  %o = mirage.kernel () ins(%ix = %in : tensor<2x4xf32>, %ic = %inc : tensor<2x1xf32>, %iw = %inw : tensor<4x3xf32>, %ip = %inp : tensor<2x4xi1>) outs(%out : tensor<2x4xf32>) {
    %x = mirage.load %ix[*, *] : tensor<2x4xf32> -> !mirage.tile<2x4xf32>
    %c = mirage.load %ic[*, *] : tensor<2x1xf32> -> !mirage.tile<2x1xf32>
    %w = mirage.load %iw[*, *] : tensor<4x3xf32> -> !mirage.tile<4x3xf32>
    %p = mirage.load %ip[*, *] : tensor<2x4xi1> -> !mirage.tile<2x4xi1>
    %0 = mirage.neg %x : !mirage.tile<2x4xf32>
    %1 = mirage.abs %x : !mirage.tile<2x4xf32>
    %2 = mirage.exp %x : !mirage.tile<2x4xf32>
    %3 = mirage.log %x : !mirage.tile<2x4xf32>
    %4 = mirage.sqrt %x : !mirage.tile<2x4xf32>
    %5 = mirage.rsqrt %x : !mirage.tile<2x4xf32>
    %6 = mirage.erf %x : !mirage.tile<2x4xf32>
    %7 = mirage.tanh %x : !mirage.tile<2x4xf32>
    %8 = mirage.add %x, %c : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
    %9 = mirage.sub %x, %c : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
    %10 = mirage.mul %x, %c : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
    %11 = mirage.div %x, %c : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
    %12 = mirage.max %x, %c : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
    %13 = mirage.min %x, %c : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
    %14 = mirage.exp_sub %x, %c : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
    %15 = mirage.cast %x : !mirage.tile<2x4xf32> -> !mirage.tile<2x4xf16>
    %16 = mirage.cmp le %x, %c : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xi1>
    %17 = mirage.select %p, %x, %c : !mirage.tile<2x4xi1>, !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
    %18 = mirage.matmul %x, %w : !mirage.tile<2x4xf32>, !mirage.tile<4x3xf32> -> !mirage.tile<2x3xf32>
    %19 = mirage.reduce sum %x dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf32>
    %20 = mirage.reduce max %x dim 0 : !mirage.tile<2x4xf32> -> !mirage.tile<1x4xf32>
    %21 = mirage.reduce min %x dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf64>
    %22 = mirage.reduce prod %x dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf32>
    %23 = mirage.reduce sum %x rel %c dim 0 : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<1x4xf32>
    %24 = mirage.transpose %x [1, 0] : !mirage.tile<2x4xf32> -> !mirage.tile<4x2xf32>
    %25 = mirage.broadcast %c : !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32>
    %26 = mirage.reshape %x : !mirage.tile<2x4xf32> -> !mirage.tile<2x1x4xf32>
    %27 = mirage.slice %x [0, 1] [1, 2] : !mirage.tile<2x4xf32> -> !mirage.tile<2x2xf32>
    %28 = mirage.concat dim 1 %x, %c : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x5xf32>
    %29 = mirage.constant 1.250000e-01 : !mirage.tile<2x4xf32>
    %map = mirage.map %x, %c : !mirage.tile<2x4xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x4xf32> {
    ^bb0(%e: f32, %f: f32):
      %s = math.sin %e : f32
      %t = arith.addf %s, %f : f32
      mirage.yield %t : f32
    }
    mirage.store %map to %out[*, *] : !mirage.tile<2x4xf32>, !mirage.out<2x4xf32>
  }
  return %o : tensor<2x4xf32>
}

// CHECK-LABEL: @predicates
// CHECK: mirage.cmp eq
// CHECK: mirage.cmp ne
// CHECK: mirage.cmp lt
// CHECK: mirage.cmp le
// CHECK: mirage.cmp gt
// CHECK: mirage.cmp ge
func.func @predicates(%x: tensor<2xf16>) {
  %0 = mirage.cmp eq %x, %x : tensor<2xf16>, tensor<2xf16> -> tensor<2xi1>
  %1 = mirage.cmp ne %x, %x : tensor<2xf16>, tensor<2xf16> -> tensor<2xi1>
  %2 = mirage.cmp lt %x, %x : tensor<2xf16>, tensor<2xf16> -> tensor<2xi1>
  %3 = mirage.cmp le %x, %x : tensor<2xf16>, tensor<2xf16> -> tensor<2xi1>
  %4 = mirage.cmp gt %x, %x : tensor<2xf16>, tensor<2xf16> -> tensor<2xi1>
  %5 = mirage.cmp ge %x, %x : tensor<2xf16>, tensor<2xf16> -> tensor<2xi1>
  return
}

// CHECK-LABEL: @types(
// CHECK-SAME: !mirage.tile<16x64xf16>, !mirage.tile<f64>, !mirage.out<3xi1>, !mirage.axis
func.func private @types(!mirage.tile<16x64xf16>, !mirage.tile<f64>, !mirage.out<3xi1>, !mirage.axis)

// Attributes that are not the op's own stay.
// CHECK-LABEL: @attributes
// CHECK: mirage.exp %{{.*}} {kept} : tensor<2xf32>
func.func @attributes(%x: tensor<2xf32>) {
  %0 = mirage.exp %x {kept} : tensor<2xf32>
  return
}

//===----------------------------------------------------------------------===//
// Kernels and loops
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @rank_zero
// CHECK: mirage.load %{{.*}}[] : tensor<f32> -> !mirage.tile<f32>
// CHECK: mirage.constant 0xFFF0000000000000 : !mirage.tile<f32>
// CHECK: mirage.store %{{.*}} to %{{.*}}[] : !mirage.tile<f32>, !mirage.out<f32>
func.func @rank_zero(%a: tensor<f32>) -> tensor<f32> {
  %o = mirage.kernel () ins(%x = %a : tensor<f32>) outs(%out : tensor<f32>) {
    %t = mirage.load %x[] : tensor<f32> -> !mirage.tile<f32>
    %c = mirage.constant 0xFFF0000000000000 : !mirage.tile<f32>
    %m = mirage.max %t, %c : !mirage.tile<f32>, !mirage.tile<f32> -> !mirage.tile<f32>
    mirage.store %m to %out[] : !mirage.tile<f32>, !mirage.out<f32>
  }
  return %o : tensor<f32>
}

// A kernel may have no input.
// CHECK-LABEL: @no_input
// CHECK: mirage.kernel () outs(%{{.*}} : tensor<2xf32>) attributes {kept} {
func.func @no_input() -> tensor<2xf32> {
  %o = mirage.kernel () outs(%out : tensor<2xf32>) attributes {kept} {
    %c = mirage.constant 1.0 : !mirage.tile<2xf32>
    mirage.store %c to %out[*] : !mirage.tile<2xf32>, !mirage.out<2xf32>
  }
  return %o : tensor<2xf32>
}

// Block arguments are named.
// CHECK-LABEL: @names
// CHECK: mirage.kernel (%i : 2, %j : 2, %k : 2, %l : 2, %axis : 2) ins(%in = %arg0 : tensor<8xf32>, %in_0 = %arg1 : tensor<8xf32>) outs(%out : tensor<8xf32>)
// CHECK: mirage.loop (%k_{{.*}} : 2, %k_{{.*}} : 2)
func.func @names(%arg0: tensor<8xf32>, %arg1: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel (%0 : 2, %1 : 2, %2 : 2, %3 : 2, %4 : 2) ins(%5 = %arg0 : tensor<8xf32>, %6 = %arg1 : tensor<8xf32>) outs(%7 : tensor<8xf32>) {
    mirage.loop (%8 : 2, %9 : 2) {
      mirage.accumulate : ()
    }
    %10 = mirage.load %5[%0] : tensor<8xf32> -> !mirage.tile<4xf32>
    mirage.store %10 to %7[%0] once(%1, %2, %3, %4) : !mirage.tile<4xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// CHECK-LABEL: @loop
// CHECK: mirage.loop (%[[K:.*]] : 4) -> (!mirage.tile<4x1xf32>, !mirage.tile<4x1xf32>)
// CHECK: mirage.load %{{.*}}[%{{.*}}, %[[K]]] : tensor<8x16xf32> -> !mirage.tile<4x4xf32>
// CHECK: mirage.accumulate max %[[M:.*]], sum %{{.*}} rel %[[M]] : !mirage.tile<4x1xf32>, !mirage.tile<4x1xf32>
func.func @loop(%a: tensor<8x16xf32>) -> tensor<8x1xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8x16xf32>) outs(%out : tensor<8x1xf32>) {
    %m, %s = mirage.loop (%k : 4) -> (!mirage.tile<4x1xf32>, !mirage.tile<4x1xf32>) {
      %t = mirage.load %x[%i, %k] : tensor<8x16xf32> -> !mirage.tile<4x4xf32>
      %p = mirage.reduce max %t dim 1 : !mirage.tile<4x4xf32> -> !mirage.tile<4x1xf32>
      %q = mirage.reduce sum %t dim 1 : !mirage.tile<4x4xf32> -> !mirage.tile<4x1xf32>
      mirage.accumulate max %p, sum %q rel %p : !mirage.tile<4x1xf32>, !mirage.tile<4x1xf32>
    }
    %r = mirage.add %m, %s : !mirage.tile<4x1xf32>, !mirage.tile<4x1xf32> -> !mirage.tile<4x1xf32>
    mirage.store %r to %out[%i, *] : !mirage.tile<4x1xf32>, !mirage.out<8x1xf32>
  }
  return %o : tensor<8x1xf32>
}

// Loops follow one another and nest, and a store may stand in one.
// CHECK-LABEL: @combiners
// CHECK: mirage.loop (%[[K:.*]] : 2, %[[L:.*]] : 2) -> (!mirage.tile<2x16xf32>)
// CHECK: mirage.load %{{.*}}[*, (%[[K]], %[[L]])] : tensor<2x16xf32> -> !mirage.tile<2x4xf32>
// CHECK: mirage.accumulate stack 1 %{{.*}} {kept} : !mirage.tile<2x4xf32>
// CHECK: mirage.loop (%[[M:.*]] : 4)
// CHECK: mirage.loop (%[[N:.*]] : 2) -> (!mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>)
// CHECK: mirage.load %{{.*}}[*, %[[N]]] : !mirage.tile<2x4xf32> -> !mirage.tile<2x2xf32>
// CHECK: mirage.accumulate prod %{{.*}}, min %{{.*}} : !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>
// CHECK: mirage.store %{{.*}} to %{{.*}}[*, %[[M]]] once(%{{.*}}) : !mirage.tile<2x1xf32>, !mirage.out<2x4xf32>
// CHECK: mirage.accumulate {kept} : ()
func.func @combiners(%a: tensor<2x16xf32>) -> (tensor<2x16xf32>, tensor<2x4xf32>) {
  %o:2 = mirage.kernel (%i : 3) ins(%x = %a : tensor<2x16xf32>) outs(%out : tensor<2x16xf32>, %p : tensor<2x4xf32>) {
    %s = mirage.loop (%k : 2, %l : 2) -> (!mirage.tile<2x16xf32>) {
      %t = mirage.load %x[*, (%k, %l)] : tensor<2x16xf32> -> !mirage.tile<2x4xf32>
      mirage.accumulate stack 1 %t {kept} : !mirage.tile<2x4xf32>
    }
    mirage.store %s to %out[*, *] once(%i) : !mirage.tile<2x16xf32>, !mirage.out<2x16xf32>
    mirage.loop (%m : 4) {
      %t = mirage.load %s[*, %m] : !mirage.tile<2x16xf32> -> !mirage.tile<2x4xf32>
      %q, %r = mirage.loop (%n : 2) -> (!mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>) {
        %u = mirage.load %t[*, %n] : !mirage.tile<2x4xf32> -> !mirage.tile<2x2xf32>
        %v = mirage.reduce prod %u dim 1 : !mirage.tile<2x2xf32> -> !mirage.tile<2x1xf32>
        mirage.accumulate prod %v, min %v : !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>
      }
      %w = mirage.add %q, %r : !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x1xf32>
      mirage.store %w to %p[*, %m] once(%i) : !mirage.tile<2x1xf32>, !mirage.out<2x4xf32>
      mirage.accumulate {kept} : ()
    }
  }
  return %o#0, %o#1 : tensor<2x16xf32>, tensor<2x4xf32>
}

// What mirage-materialize-masks writes. Types of tiles may be short.
// CHECK-LABEL: @masks
// CHECK: mirage.load %{{.*}}[*, %[[K:.*]]] fill 0xFFF0000000000000 : tensor<2x7xf32> -> !mirage.tile<2x4xf32>
// CHECK: mirage.mask %{{.*}}[*, %[[K]]] sizes [2, 7] fill 0.000000e+00 : !mirage.tile<2x4xf32>
// CHECK: mirage.store %{{.*}} to %{{.*}}[*, %[[K]]] : !mirage.tile<2x4xf32>, !mirage.out<2x7xf32>
func.func @masks(%a: tensor<2x7xf32>) -> tensor<2x7xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<2x7xf32>) outs(%out : tensor<2x7xf32>) {
    %t = mirage.load %x[*, %i] fill 0xFFF0000000000000 : tensor<2x7xf32> -> <2x4xf32>
    %m = mirage.mask %t[*, %i] sizes [2, 7] fill 0.0 : <2x4xf32>
    mirage.store %m to %out[*, %i] : <2x4xf32>, <2x7xf32>
  }
  return %o : tensor<2x7xf32>
}
