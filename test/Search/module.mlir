// RUN: mirage-opt %s --mirage-superoptimize --verify-diagnostics | FileCheck %s

// Functions of every kind that a search may meet: what is not searched is said,
// and stays as it is.
module {
  func.func private @declared(tensor<4x4xf32>) -> tensor<4x4xf32>

  module @inner {
    // expected-remark @+1 {{[mirage-superoptimize] [not-searched] 'nested': it is not in the module itself}}
    func.func @nested(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
      return %x : tensor<4x4xf32>
    }
  }

  // expected-remark @+1 {{[mirage-superoptimize] [nothing-found] 'nothing': there is nothing to compute}}
  func.func @nothing() {
    return
  }

  // expected-remark @+1 {{[mirage-superoptimize] [nothing-found] 'argument': there is nothing to compute}}
  func.func @argument(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
    return %x : tensor<4x4xf32>
  }

  // expected-remark @+1 {{[mirage-superoptimize] [nothing-found] 'permuted': there is nothing to compute}}
  func.func @permuted(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
    return %y, %x : tensor<4x4xf32>, tensor<4x4xf32>
  }

  // CHECK-LABEL: func.func @argument_and_sum
  // CHECK-NEXT: mirage.add
  // CHECK-NEXT: return
  // expected-remark @+1 {{[mirage-superoptimize] [nothing-found] 'argument_and_sum': no plan is cheaper than one kernel an op}}
  func.func @argument_and_sum(%x: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
    %s = mirage.add %x, %x : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
    return %x, %s : tensor<4x4xf32>, tensor<4x4xf32>
  }

  // expected-remark @+1 {{[mirage-superoptimize] [nothing-found] 'twice': no plan is cheaper than one kernel an op}}
  func.func @twice(%x: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
    %e = mirage.exp %x : tensor<4x4xf32>
    return %e, %e : tensor<4x4xf32>, tensor<4x4xf32>
  }

  // expected-remark @+1 {{[mirage-superoptimize] [nothing-found] 'constant': there is nothing to compute}}
  func.func @constant() -> tensor<4x4xf32> {
    %c = mirage.constant 1.0 : tensor<4x4xf32>
    return %c : tensor<4x4xf32>
  }

  // expected-remark @+1 {{[mirage-superoptimize] [nothing-found] 'dense': there is nothing to compute}}
  func.func @dense() -> tensor<2x2xf32> {
    %c = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
    return %c : tensor<2x2xf32>
  }

  // CHECK-LABEL: func.func @calls
  // CHECK-NEXT: mirage.exp
  // CHECK-NEXT: call @declared
  func.func @calls(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
    %e = mirage.exp %x : tensor<4x4xf32>
    // expected-remark @+1 {{[mirage-superoptimize] [not-searched] 'calls': 'func.call' has no meaning in a program}}
    %r = call @declared(%e) : (tensor<4x4xf32>) -> tensor<4x4xf32>
    return %r : tensor<4x4xf32>
  }

  // CHECK-LABEL: func.func @foreign
  // CHECK-NOT: mirage.kernel
  // CHECK: tensor.pad
  func.func @foreign(%x: tensor<4x4xf32>) -> tensor<6x6xf32> {
    %zero = arith.constant 0.0 : f32
    %e = mirage.exp %x : tensor<4x4xf32>
    // expected-remark @+1 {{[mirage-superoptimize] [not-searched] 'foreign': 'tensor.pad' has no meaning in a program}}
    %p = tensor.pad %e low[1, 1] high[1, 1] {
    ^bb0(%i: index, %j: index):
      tensor.yield %zero : f32
    } : tensor<4x4xf32> to tensor<6x6xf32>
    %r = mirage.neg %p : tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }

  // expected-remark @+1 {{[mirage-superoptimize] [not-searched] 'dynamic': argument 0 is of type tensor<?x4xf32>: the shape must be static}}
  func.func @dynamic(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    return %x : tensor<?x4xf32>
  }

  // expected-remark @+1 {{[mirage-superoptimize] [not-searched] 'branches': expected a body of one block}}
  func.func @branches(%x: tensor<4x4xf32>, %c: i1) -> tensor<4x4xf32> {
    cf.cond_br %c, ^bb1, ^bb2
  ^bb1:
    return %x : tensor<4x4xf32>
  ^bb2:
    %e = mirage.exp %x : tensor<4x4xf32>
    return %e : tensor<4x4xf32>
  }

  func.func @scalar(%x: f32) -> f32 {
    // expected-remark @+1 {{[mirage-superoptimize] [not-searched] 'scalar': 'func.return' returns a value that is no tensor}}
    return %x : f32
  }

  // expected-remark @+1 {{[mirage-superoptimize] [nothing-found] 'formed': all operations are in kernels already}}
  func.func @formed(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
    %r = mirage.kernel (%i : 2) ins(%in = %x : tensor<4x4xf32>) outs(%out : tensor<4x4xf32>) {
      %t = mirage.load %in[%i, *] : tensor<4x4xf32> -> !mirage.tile<2x4xf32>
      %e = mirage.exp %t : !mirage.tile<2x4xf32>
      mirage.store %e to %out[%i, *] : !mirage.tile<2x4xf32>, !mirage.out<4x4xf32>
    }
    return %r : tensor<4x4xf32>
  }

  // expected-remark @+1 {{[mirage-superoptimize] [nothing-found] 'views': nothing here can be searched}}
  func.func @views(%x: tensor<4x6xf32>) -> tensor<24xf32> {
    %r = mirage.reshape %x : tensor<4x6xf32> -> tensor<24xf32>
    return %r : tensor<24xf32>
  }

  // expected-remark @+1 {{[mirage-superoptimize] [nothing-found] 'concatenated': no plan is cheaper than one kernel an op}}
  func.func @concatenated(%x: tensor<4x6xf32>) -> tensor<4x12xf32> {
    %e = mirage.exp %x : tensor<4x6xf32>
    %r = mirage.concat dim 1 %x, %e : tensor<4x6xf32>, tensor<4x6xf32> -> tensor<4x12xf32>
    return %r : tensor<4x12xf32>
  }

  // CHECK-LABEL: func.func @chain
  // CHECK: mirage.kernel
  // CHECK-NOT: mirage.kernel
  // expected-remark @+1 {{[mirage-superoptimize] [chosen] 'chain': 3 -> 1 kernel(s)}}
  func.func @chain(%x: tensor<64x128xf32>) -> tensor<64x1xf32> {
    %e = mirage.exp %x : tensor<64x128xf32>
    %r = mirage.reduce sum %e dim 1 : tensor<64x128xf32> -> tensor<64x1xf32>
    %s = mirage.sqrt %r : tensor<64x1xf32>
    return %s : tensor<64x1xf32>
  }
}
