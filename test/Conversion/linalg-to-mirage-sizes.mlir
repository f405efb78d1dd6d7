// RUN: mirage-opt %s --convert-linalg-to-mirage --split-input-file --verify-diagnostics | FileCheck %s
// RUN: not mirage-opt %s --convert-linalg-to-mirage=require-complete --split-input-file 2>&1 | FileCheck %s --check-prefix=ERROR

// ERROR:      sizes.mlir:[[#@LINE+5]]:8: error: not raised to mirage: type tensor<?xf32> has no static shape
// CHECK-LABEL: func @dynamic
func.func @dynamic(%n: index, %x: tensor<?xf32>, %y: tensor<4xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<4xf32>, f32) {
  %f = arith.constant 0.0 : f32
  // expected-remark @below {{not raised to mirage: type tensor<?xf32> has no static shape}}
  %0 = linalg.exp ins(%x : tensor<?xf32>) outs(%x : tensor<?xf32>) -> tensor<?xf32>
  // expected-remark @below {{not raised to mirage: type tensor<?xf32> has no static shape}}
  %1 = tensor.generate %n {
    ^bb0(%i: index):
      tensor.yield %f : f32
  } : tensor<?xf32>
  // expected-remark @below {{not raised to mirage: its padding is not static}}
  %2 = tensor.pad %y low[%n] high[0] {
    ^bb0(%i: index):
      tensor.yield %f : f32
  } : tensor<4xf32> to tensor<?xf32>
  // expected-remark @below {{not raised to mirage: type tensor<?xf32> has no static shape}}
  %3 = arith.addf %x, %x : tensor<?xf32>
  // expected-remark @below {{not raised to mirage: its offsets, sizes or strides are not static}}
  %4 = tensor.insert_slice %y into %y[%n] [4] [1] : tensor<4xf32> into tensor<4xf32>
  // expected-remark @below {{not raised to mirage: it takes a scalar out of a tensor, which only the bodies of raised ops can use}}
  %5 = tensor.extract %y[%n] : tensor<4xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<4xf32>, f32
}

// -----

// CHECK-LABEL: func @empty
func.func @empty(%x: tensor<0x4xf32>, %o: tensor<4xf32>) -> (tensor<4xf32>, tensor<0x4xf32>, tensor<0xi32>) {
  // expected-remark @below {{not raised to mirage: type tensor<0x4xf32> has no elements}}
  %0 = linalg.reduce { arith.addf } ins(%x : tensor<0x4xf32>) outs(%o : tensor<4xf32>) dimensions = [0]
  // expected-remark @below {{not raised to mirage: type tensor<0x4xf32> has no elements}}
  %1 = arith.addf %x, %x : tensor<0x4xf32>
  // expected-remark @below {{not raised to mirage: type tensor<0xi32> has no elements}}
  %2 = tensor.generate {
    ^bb0(%i: index):
      %c = arith.constant 0 : i32
      tensor.yield %c : i32
  } : tensor<0xi32>
  return %0, %1, %2 : tensor<4xf32>, tensor<0x4xf32>, tensor<0xi32>
}

// -----

// CHECK-LABEL: func @huge
func.func @huge(%x: tensor<4294967296x4294967296xf32>) -> tensor<4294967296x4294967296xf32> {
  // expected-remark @below {{not raised to mirage: type tensor<4294967296x4294967296xf32>: there must be fewer than 2^63 - 1 elements}}
  %0 = math.exp %x : tensor<4294967296x4294967296xf32>
  return %0 : tensor<4294967296x4294967296xf32>
}

// -----

// CHECK-LABEL: func @scalars(
// CHECK-SAME:    %[[A:.*]]: tensor<f32>, %[[B:.*]]: tensor<3x4xf32>)
// CHECK:         mirage.add %[[A]], %[[A]] : tensor<f32>, tensor<f32> -> tensor<f32>
// CHECK:         mirage.reduce sum
// CHECK:         mirage.reshape %{{.*}} : tensor<1x1xf32> -> tensor<f32>
func.func @scalars(%a: tensor<f32>, %b: tensor<3x4xf32>) -> (tensor<f32>, tensor<f32>) {
  %0 = linalg.add ins(%a, %a : tensor<f32>, tensor<f32>) outs(%a : tensor<f32>) -> tensor<f32>
  %1 = linalg.reduce { arith.addf } ins(%b : tensor<3x4xf32>) outs(%a : tensor<f32>) dimensions = [0, 1]
  return %0, %1 : tensor<f32>, tensor<f32>
}

// -----

// CHECK-LABEL: func @ones(
// CHECK-NOT:     linalg
// CHECK:         return
func.func @ones(%x: tensor<1x1x1xf32>, %w: tensor<1x1x1xf32>, %i: tensor<1x1x1xf32>) -> tensor<1x1x1xf32> {
  %0 = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x1x1xf32>, tensor<1x1x1xf32>) outs(%i : tensor<1x1x1xf32>) -> tensor<1x1x1xf32>
  return %0 : tensor<1x1x1xf32>
}
