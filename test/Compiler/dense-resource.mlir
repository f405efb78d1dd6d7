// RUN: mirage-opt %s -pass-pipeline='builtin.module(func.func(test-mirage-program-roundtrip))' | FileCheck %s
// RUN: mirage-opt %s --mirage-form-kernels 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: mirage-opt %s --mirage-superoptimize -o /dev/null 2>&1 | FileCheck %s --check-prefix=SEARCH

// Each element as in memory: 1, 2, 3, -0.5; 1, -2 in f16; truths; numbers.
// CHECK-LABEL: func.func @main
// CHECK-DAG: dense<{{\[}}[1.000000e+00, 2.000000e+00], [3.000000e+00, -5.000000e-01]]> : tensor<2x2xf32>
// CHECK-DAG: dense<{{\[}}1.000000e+00, -2.000000e+00]> : tensor<2xf16>
// CHECK-DAG: dense<[true, false]> : tensor<2xi1>
// CHECK-DAG: dense<[-3, 4]> : tensor<2xi32>
// FORM-LABEL: func.func @main
// FORM: dense<{{\[}}[1.000000e+00, 2.000000e+00], [3.000000e+00, -5.000000e-01]]> : tensor<2x2xf32>
// FORM: mirage.kernel
// SEARCH-NOT: not-searched
// SEARCH: [nothing-found] 'main': no plan is cheaper than one kernel an op
func.func @main(%x: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2xf16>, tensor<2xi1>, tensor<2xi32>) {
  %w = arith.constant dense_resource<floats> : tensor<2x2xf32>
  %h = arith.constant dense_resource<halves> : tensor<2xf16>
  %p = arith.constant dense_resource<truths> : tensor<2xi1>
  %q = arith.constant dense_resource<numbers> : tensor<2xi32>
  %y = mirage.add %x, %w : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<2x2xf32>
  return %y, %h, %p, %q : tensor<2x2xf32>, tensor<2xf16>, tensor<2xi1>, tensor<2xi32>
}

{-#
  dialect_resources: {
    builtin: {
      floats: "0x040000000000803F0000004000004040000000BF",
      halves: "0x02000000003C00C0",
      truths: "0x010000000100",
      numbers: "0x04000000FDFFFFFF04000000"
    }
  }
#-}
