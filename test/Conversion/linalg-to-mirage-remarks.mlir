// RUN: mirage-opt %s --convert-linalg-to-mirage --split-input-file --allow-unregistered-dialect --verify-diagnostics | FileCheck %s
// RUN: not mirage-opt %s --convert-linalg-to-mirage=require-complete --split-input-file --allow-unregistered-dialect 2>&1 | FileCheck %s --check-prefix=ERROR

// What stays, stays as it was, between raised ops.
// CHECK-LABEL: func @dynamic
// CHECK:         linalg.matmul
// CHECK:         mirage.exp
// ERROR: error: not raised to mirage: type tensor<?x8xf32> has no static shape
func.func @dynamic(%a: tensor<?x8xf32>, %b: tensor<8x4xf32>, %c: tensor<?x4xf32>,
                   %d: tensor<2xf32>) -> (tensor<?x4xf32>, tensor<2xf32>) {
  // expected-remark @below {{not raised to mirage: type tensor<?x8xf32> has no static shape}}
  %0 = linalg.matmul ins(%a, %b : tensor<?x8xf32>, tensor<8x4xf32>) outs(%c : tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = linalg.exp ins(%d : tensor<2xf32>) outs(%d : tensor<2xf32>) -> tensor<2xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<2xf32>
}

// -----

// CHECK-LABEL: func @memrefs
// CHECK:         linalg.exp
func.func @memrefs(%a: memref<4xf32>, %b: memref<4xf32>) {
  // expected-remark @below {{not raised to mirage: it works on memrefs}}
  linalg.exp ins(%a : memref<4xf32>) outs(%b : memref<4xf32>)
  return
}

// -----

// The named op stays, not its generic form.
// CHECK-LABEL: func @convolution
// CHECK:         linalg.conv_1d ins
func.func @convolution(%a: tensor<200xf32>, %b: tensor<100xf32>, %c: tensor<101xf32>) -> tensor<101xf32> {
  // expected-remark @below {{not raised to mirage: operand 0 is indexed by d0 + d1, which takes more than 64 slices}}
  %0 = linalg.conv_1d ins(%a, %b : tensor<200xf32>, tensor<100xf32>) outs(%c : tensor<101xf32>) -> tensor<101xf32>
  return %0 : tensor<101xf32>
}

// -----

// CHECK-LABEL: func @no_elements
func.func @no_elements(%a: tensor<0x4xf32>) -> tensor<0x4xf32> {
  // expected-remark @below {{not raised to mirage: type tensor<0x4xf32> has no elements}}
  %0 = linalg.exp ins(%a : tensor<0x4xf32>) outs(%a : tensor<0x4xf32>) -> tensor<0x4xf32>
  return %0 : tensor<0x4xf32>
}

// -----

// CHECK-LABEL: func @types
func.func @types(%a: tensor<4xi64>) -> tensor<4xi64> {
  // expected-remark @below {{not raised to mirage: element type i64 is not f16, bf16, f32, f64, i1 or i32}}
  %0 = linalg.add ins(%a, %a : tensor<4xi64>, tensor<4xi64>) outs(%a : tensor<4xi64>) -> tensor<4xi64>
  return %0 : tensor<4xi64>
}

// -----

// CHECK-LABEL: func @uninitialised
func.func @uninitialised(%a: tensor<4x8xf32>) -> (tensor<4xf32>, tensor<4x8xf32>) {
  %e = tensor.empty() : tensor<4xf32>
  // expected-remark @below {{not raised to mirage: accumulates onto tensor.empty}}
  %0 = linalg.reduce { arith.addf } ins(%a : tensor<4x8xf32>) outs(%e : tensor<4xf32>) dimensions = [1]
  %f = tensor.empty() : tensor<4x8xf32>
  // expected-remark @below {{not raised to mirage: reads an element of tensor.empty}}
  %1 = linalg.add ins(%a, %f : tensor<4x8xf32>, tensor<4x8xf32>) outs(%a : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0, %1 : tensor<4xf32>, tensor<4x8xf32>
}

// -----

// CHECK-LABEL: func @combiners
func.func @combiners(%a: tensor<4x8xf32>, %b: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  // expected-remark @below {{not raised to mirage: takes the maximum or minimum of numbers only, which needs a constant start that is a number}}
  %0 = linalg.reduce { arith.maxnumf } ins(%a : tensor<4x8xf32>) outs(%b : tensor<4xf32>) dimensions = [1]
  // expected-remark @below {{not raised to mirage: reduces with more than one combiner}}
  %1 = linalg.reduce ins(%a : tensor<4x8xf32>) outs(%b : tensor<4xf32>) dimensions = [1]
    (%x: f32, %o: f32) {
      %m = arith.mulf %o, %x : f32
      %r = arith.addf %m, %x : f32
      linalg.yield %r : f32
    }
  // expected-remark @below {{not raised to mirage: the accumulator is used twice}}
  %2 = linalg.reduce ins(%a : tensor<4x8xf32>) outs(%b : tensor<4xf32>) dimensions = [1]
    (%x: f32, %o: f32) {
      %m = arith.mulf %o, %x : f32
      %r = arith.addf %m, %o : f32
      linalg.yield %r : f32
    }
  // expected-remark @below {{not raised to mirage: a result is overwritten in each step of a reduction}}
  %3 = linalg.reduce ins(%a : tensor<4x8xf32>) outs(%b : tensor<4xf32>) dimensions = [1]
    (%x: f32, %o: f32) {
      linalg.yield %x : f32
    }
  return %0, %1, %2, %3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// Two reductions in one, of which one decides the other.
// CHECK-LABEL: func @argmax
func.func @argmax(%a: tensor<4x8xf32>, %n: tensor<8xi32>, %b: tensor<4xf32>, %c: tensor<4xi32>) -> (tensor<4xf32>, tensor<4xi32>) {
  // expected-remark @below {{not raised to mirage: takes the maximum or minimum of numbers only, which needs a constant start that is a number}}
  %0:2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>,
                                          affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%a, %n : tensor<4x8xf32>, tensor<8xi32>) outs(%b, %c : tensor<4xf32>, tensor<4xi32>) {
    ^bb0(%x: f32, %i: i32, %m: f32, %k: i32):
      %g = arith.cmpf ogt, %x, %m : f32
      %v = arith.select %g, %x, %m : f32
      %w = arith.select %g, %i, %k : i32
      linalg.yield %v, %w : f32, i32
  } -> (tensor<4xf32>, tensor<4xi32>)
  return %0#0, %0#1 : tensor<4xf32>, tensor<4xi32>
}

// -----

// CHECK-LABEL: func private @declared
func.func private @declared(tensor<4xf32>) -> tensor<4xf32>

// CHECK-LABEL: func @foreign
// CHECK:         %[[E:.*]] = mirage.exp
// CHECK:         %[[F:.*]] = "acme.op"(%[[E]])
// CHECK:         %[[C:.*]] = call @declared(%[[F]])
// CHECK:         scf.for
// CHECK:           mirage.exp
func.func @foreign(%a: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = linalg.exp ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>) -> tensor<4xf32>
  // expected-remark @below {{not raised to mirage: 'acme.op' has no meaning}}
  %1 = "acme.op"(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = call @declared(%1) : (tensor<4xf32>) -> tensor<4xf32>
  %3 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %2) -> tensor<4xf32> {
    %y = linalg.exp ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
    scf.yield %y : tensor<4xf32>
  }
  return %3 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func @tensor_ops
func.func @tensor_ops(%a: tensor<4x4xf32>, %b: tensor<2x2xf32>, %c: tensor<*xf32>, %i: index, %v: f32)
    -> (tensor<4x4xf32>, tensor<2x4xf32>, tensor<4x4xf32>, tensor<4x6xf32>, f32) {
  // expected-remark @below {{not raised to mirage: it has strides, and its destination is not one value}}
  %0 = tensor.insert_slice %b into %a[1, 1] [2, 2] [2, 2] : tensor<2x2xf32> into tensor<4x4xf32>
  // expected-remark @below {{not raised to mirage: its offsets, sizes or strides are not static}}
  %1 = tensor.extract_slice %a[%i, 0] [2, 4] [1, 1] : tensor<4x4xf32> to tensor<2x4xf32>
  // expected-remark @below {{not raised to mirage: type tensor<*xf32> is no ranked tensor}}
  %2 = tensor.cast %c : tensor<*xf32> to tensor<4x4xf32>
  // expected-remark @below {{not raised to mirage: its padding differs from place to place}}
  %3 = tensor.pad %a low[0, 1] high[0, 1] {
    ^bb0(%x: index, %y: index):
      %w = tensor.extract %a[%x, %x] : tensor<4x4xf32>
      tensor.yield %w : f32
  } : tensor<4x4xf32> to tensor<4x6xf32>
  // expected-remark @below {{not raised to mirage: it takes a scalar out of a tensor, which only the bodies of raised ops can use}}
  %4 = tensor.extract %a[%i, %i] : tensor<4x4xf32>
  return %0, %1, %2, %3, %4 : tensor<4x4xf32>, tensor<2x4xf32>, tensor<4x4xf32>, tensor<4x6xf32>, f32
}

// -----

// Several functions, also of inner modules; what is called stays called.
// CHECK-LABEL: func private @callee
// CHECK:         mirage.exp
// CHECK-LABEL: func @caller
// CHECK:         %[[N:.*]] = mirage.neg
// CHECK:         %[[F:.*]] = "acme.op"(%[[N]])
// CHECK:         %[[C:.*]] = call @callee(%[[F]])
// CHECK:         %[[I:.*]] = scf.if
// CHECK:           mirage.abs %[[C]]
// CHECK:         mirage.add %[[I]], %[[C]]
// CHECK-LABEL: func @inner
// CHECK:         mirage.exp
func.func private @callee(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.exp ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @caller(%a: tensor<4xf32>, %c: i1) -> tensor<4xf32> {
  %0 = linalg.negf ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>) -> tensor<4xf32>
  // expected-remark @below {{not raised to mirage: 'acme.op' has no meaning}}
  %1 = "acme.op"(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = call @callee(%1) : (tensor<4xf32>) -> tensor<4xf32>
  %3 = scf.if %c -> tensor<4xf32> {
    %5 = linalg.abs ins(%2 : tensor<4xf32>) outs(%2 : tensor<4xf32>) -> tensor<4xf32>
    scf.yield %5 : tensor<4xf32>
  } else {
    scf.yield %a : tensor<4xf32>
  }
  %4 = linalg.add ins(%3, %2 : tensor<4xf32>, tensor<4xf32>) outs(%a : tensor<4xf32>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}
module {
  func.func @inner(%a: tensor<4xf32>) -> tensor<4xf32> {
    %0 = linalg.exp ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>) -> tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}

// -----

// CHECK-LABEL: func @writes
// CHECK-COUNT-2: tensor.insert
func.func @writes(%a: tensor<4xf32>, %b: tensor<2xf32>, %i: index, %v: f32) -> (tensor<4xf32>, tensor<4xf32>) {
  %c4 = arith.constant 4 : index
  // expected-remark @below {{not raised to mirage: it writes at a computed place}}
  %0 = tensor.insert %v into %a[%i] : tensor<4xf32>
  // expected-remark @below {{not raised to mirage: it leaves its destination}}
  %1 = tensor.insert %v into %a[%c4] : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// Only one rounding is known.
// CHECK-LABEL: func @rounding
// CHECK:         linalg.map { arith.truncf
// CHECK:         mirage.cast
func.func @rounding(%a: tensor<4xf32>, %o: tensor<4xf16>) -> (tensor<4xf16>, tensor<4xf16>) {
  // expected-remark @below {{not raised to mirage: 'arith.truncf' rounds toward_zero}}
  %0 = linalg.map ins(%a : tensor<4xf32>) outs(%o : tensor<4xf16>)
    (%x: f32, %u: f16) {
      %r = arith.truncf %x toward_zero : f32 to f16
      linalg.yield %r : f16
    }
  %1 = linalg.map ins(%a : tensor<4xf32>) outs(%o : tensor<4xf16>)
    (%x: f32, %u: f16) {
      %r = arith.truncf %x to_nearest_even : f32 to f16
      linalg.yield %r : f16
    }
  return %0, %1 : tensor<4xf16>, tensor<4xf16>
}

// -----

// What a body does beside its results would be lost.
// CHECK-LABEL: func @effects
// CHECK-COUNT-3: linalg.generic
func.func @effects(%a: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %z = arith.constant 0.0 : f32
  // expected-remark @below {{not raised to mirage: 'cf.assert' in the body may have effects}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>) {
    ^bb0(%x: f32, %o: f32):
      %c = arith.cmpf ogt, %x, %z : f32
      cf.assert %c, "not positive"
      linalg.yield %x : f32
  } -> tensor<4xf32>
  // expected-remark @below {{not raised to mirage: 'acme.log' in the body may have effects}}
  %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>) {
    ^bb0(%x: f32, %o: f32):
      "acme.log"(%x) : (f32) -> ()
      linalg.yield %x : f32
  } -> tensor<4xf32>
  // expected-remark @below {{not raised to mirage: 'scf.if' has no meaning}}
  %2 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>) {
    ^bb0(%x: f32, %o: f32):
      %c = arith.cmpf ogt, %x, %z : f32
      %i = scf.if %c -> f32 {
        scf.yield %x : f32
      } else {
        scf.yield %z : f32
      }
      linalg.yield %i : f32
  } -> tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// Regions of which nothing is known stay as they are, and say so.
// CHECK-LABEL: func @regions
// CHECK:         "acme.region"
// CHECK:           linalg.exp
// CHECK:         scf.forall.in_parallel
// ERROR: error: not raised to mirage: what 'acme.region' does with the ops on tensors in its region is not known
func.func @regions(%a: tensor<4xf32>, %b: tensor<1xf32>) -> tensor<4xf32> {
  // expected-remark @below {{not raised to mirage: what 'acme.region' does with the ops on tensors in its region is not known}}
  "acme.region"() ({
    %0 = linalg.exp ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>) -> tensor<4xf32>
    "acme.end"(%0) : (tensor<4xf32>) -> ()
  }) : () -> ()
  %1 = scf.forall (%i) in (4) shared_outs(%s = %a) -> tensor<4xf32> {
    // expected-remark @below {{not raised to mirage: what 'scf.forall.in_parallel' does with the ops on tensors in its region is not known}}
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %b into %s[%i] [1] [1] : tensor<1xf32> into tensor<4xf32>
    }
  }
  return %1 : tensor<4xf32>
}

// -----

// CHECK-LABEL: ml_program.func @other
// CHECK:         math.exp
// CHECK-LABEL: func @ours
// CHECK:         mirage.exp
// ERROR: error: not raised to mirage: 'ml_program.func' is not func.func, and is not looked into
ml_program.global private mutable @seed(dense<0> : tensor<i64>) : tensor<i64>
// expected-remark @below {{not raised to mirage: 'ml_program.func' is not func.func, and is not looked into}}
ml_program.func @other(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = math.exp %a : tensor<4xf32>
  ml_program.return %0 : tensor<4xf32>
}
func.func @ours(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = math.exp %a : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func @pieces
// CHECK-COUNT-2: tensor.insert_slice
func.func @pieces(%a: tensor<2x4xf32>, %b: tensor<1x4xf32>) -> tensor<4x4xf32> {
  %e = tensor.empty() : tensor<4x4xf32>
  // expected-remark @below {{not raised to mirage: it leaves elements of tensor.empty}}
  %0 = tensor.insert_slice %a into %e[0, 0] [2, 4] [1, 1] : tensor<2x4xf32> into tensor<4x4xf32>
  // expected-remark @below {{not raised to mirage: it leaves elements of tensor.empty}}
  %1 = tensor.insert_slice %b into %0[2, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// -----

// CHECK-LABEL: func @packing
// CHECK:         linalg.pack
// CHECK:         linalg.unpack
func.func @packing(%a: tensor<8x12xf32>, %b: tensor<?x?xf32>, %d: tensor<?x3x?x4xf32>, %e: tensor<8x12xf32>, %n: index) -> (tensor<?x3x?x4xf32>, tensor<8x12xf32>) {
  // expected-remark @below {{not raised to mirage: type tensor<?x3x?x4xf32> has no static shape}}
  %0 = linalg.pack %a inner_dims_pos = [0, 1] inner_tiles = [%n, 4] into %d : tensor<8x12xf32> -> tensor<?x3x?x4xf32>
  // expected-remark @below {{not raised to mirage: type tensor<?x3x?x4xf32> has no static shape}}
  %1 = linalg.unpack %0 inner_dims_pos = [0, 1] inner_tiles = [%n, 4] into %e : tensor<?x3x?x4xf32> -> tensor<8x12xf32>
  return %0, %1 : tensor<?x3x?x4xf32>, tensor<8x12xf32>
}
