// A limit on states falls on the least promising kernels. In the gradient of a layer
// normalization, those that begin a plan fill it; with none of those that end one, the
// whole in one kernel would be all that is found.
// RUN: mirage-opt %s --mirage-superoptimize="max-states=500 disable-rules=factor-out-of-sum,linear-after-sum,reassociate-sums,distribute-sums,split-axis,telescope" -o %t.mlir 2>&1 | FileCheck %s
// RUN: mirage-run %t.mlir --reference=%s

// CHECK: [limit] 'main': the search was cut short by: max-states
// CHECK: [chosen] 'main': 14 -> 2 kernel(s)
func.func @main(%x: tensor<64x1024xf32>, %dy: tensor<64x1024xf32>, %gain: tensor<1x1024xf32>) -> (tensor<64x1024xf32>, tensor<1x1024xf32>, tensor<1x1024xf32>) {
  %v0 = mirage.reduce sum %x dim 1 : tensor<64x1024xf32> -> tensor<64x1xf32>
  %v1 = mirage.constant 9.765625e-04 : tensor<1x1xf32>
  %v2 = mirage.mul %v0, %v1 : tensor<64x1xf32>, tensor<1x1xf32> -> tensor<64x1xf32>
  %v3 = mirage.sub %x, %v2 : tensor<64x1024xf32>, tensor<64x1xf32> -> tensor<64x1024xf32>
  %v4 = mirage.mul %v3, %v3 : tensor<64x1024xf32>, tensor<64x1024xf32> -> tensor<64x1024xf32>
  %v5 = mirage.reduce sum %v4 dim 1 : tensor<64x1024xf32> -> tensor<64x1xf32>
  %v6 = mirage.constant 9.765625e-04 : tensor<1x1xf32>
  %v7 = mirage.mul %v5, %v6 : tensor<64x1xf32>, tensor<1x1xf32> -> tensor<64x1xf32>
  %v8 = mirage.constant 1.000000e-05 : tensor<1x1xf32>
  %v9 = mirage.add %v7, %v8 : tensor<64x1xf32>, tensor<1x1xf32> -> tensor<64x1xf32>
  %v10 = mirage.rsqrt %v9 : tensor<64x1xf32>
  %v11 = mirage.mul %v3, %v10 : tensor<64x1024xf32>, tensor<64x1xf32> -> tensor<64x1024xf32>
  %v12 = mirage.mul %dy, %v11 : tensor<64x1024xf32>, tensor<64x1024xf32> -> tensor<64x1024xf32>
  %v13 = mirage.reduce sum %v12 dim 0 : tensor<64x1024xf32> -> tensor<1x1024xf32>
  %v14 = mirage.reduce sum %dy dim 0 : tensor<64x1024xf32> -> tensor<1x1024xf32>
  %v15 = mirage.mul %dy, %gain : tensor<64x1024xf32>, tensor<1x1024xf32> -> tensor<64x1024xf32>
  %v16 = mirage.reduce sum %v15 dim 1 : tensor<64x1024xf32> -> tensor<64x1xf32>
  %v17 = mirage.constant 9.765625e-04 : tensor<1x1xf32>
  %v18 = mirage.mul %v16, %v17 : tensor<64x1xf32>, tensor<1x1xf32> -> tensor<64x1xf32>
  %v19 = mirage.mul %v15, %v11 : tensor<64x1024xf32>, tensor<64x1024xf32> -> tensor<64x1024xf32>
  %v20 = mirage.reduce sum %v19 dim 1 : tensor<64x1024xf32> -> tensor<64x1xf32>
  %v21 = mirage.constant 9.765625e-04 : tensor<1x1xf32>
  %v22 = mirage.mul %v20, %v21 : tensor<64x1xf32>, tensor<1x1xf32> -> tensor<64x1xf32>
  %v23 = mirage.sub %v15, %v18 : tensor<64x1024xf32>, tensor<64x1xf32> -> tensor<64x1024xf32>
  %v24 = mirage.mul %v11, %v22 : tensor<64x1024xf32>, tensor<64x1xf32> -> tensor<64x1024xf32>
  %v25 = mirage.sub %v23, %v24 : tensor<64x1024xf32>, tensor<64x1024xf32> -> tensor<64x1024xf32>
  %v26 = mirage.mul %v10, %v25 : tensor<64x1xf32>, tensor<64x1024xf32> -> tensor<64x1024xf32>
  return %v26, %v13, %v14 : tensor<64x1024xf32>, tensor<1x1024xf32>, tensor<1x1024xf32>
}
