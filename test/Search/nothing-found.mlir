// RUN: mirage-opt %s --mirage-superoptimize=max-states=1 --split-input-file --verify-diagnostics | FileCheck %s
// CHECK-NOT: mirage.kernel

// Why nothing is found, beside the reasons in module.mlir.

// expected-remark @+2 {{[mirage-superoptimize] [limit] 'product': the search was cut short by: max-states}}
// expected-remark @+1 {{[mirage-superoptimize] [nothing-found] 'product': no plan is cheaper than one kernel an op (}}
func.func @product(%x: tensor<64x64xf16>, %y: tensor<64x64xf16>) -> tensor<64x64xf32> {
  %r = mirage.matmul %x, %y : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
  return %r : tensor<64x64xf32>
}

// -----

// The root of a negative number: no input tests the plans, nor the program itself.

// expected-remark @+3 {{[mirage-superoptimize] [refused] 'undefined': 1 plan(s) refused by the field test; the first: field test: never compared}}
// expected-remark @+2 {{[mirage-superoptimize] [limit] 'undefined': the search was cut short by: max-states}}
// expected-remark @+1 {{[mirage-superoptimize] [nothing-found] 'undefined': the tests refused 1 plan, and accepted none}}
func.func @undefined(%x: tensor<64x64xf32>) -> tensor<64x1xf32> {
  %e = mirage.exp %x : tensor<64x64xf32>
  %n = mirage.neg %e : tensor<64x64xf32>
  %s = mirage.sqrt %n : tensor<64x64xf32>
  %r = mirage.reduce sum %s dim 1 : tensor<64x64xf32> -> tensor<64x1xf32>
  return %r : tensor<64x1xf32>
}
