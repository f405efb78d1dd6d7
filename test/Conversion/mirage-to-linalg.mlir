// RUN: mirage-opt %s --convert-mirage-to-linalg --split-input-file | FileCheck %s

// The loop over the reduced dimension encloses the one over the last.
// CHECK-DAG: #[[A:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[B:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[C:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-LABEL: func @matmul(
// CHECK-SAME:    %[[X:.*]]: tensor<2x3xf16>, %[[Y:.*]]: tensor<3x4xf16>)
// CHECK:         %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK:         %[[INIT:.*]] = linalg.fill ins(%[[ZERO]] : f32)
// CHECK:         linalg.generic {indexing_maps = [#[[A]], #[[B]], #[[C]]], iterator_types = ["parallel", "reduction", "parallel"]}
// CHECK-SAME:      ins(%[[X]], %[[Y]] : tensor<2x3xf16>, tensor<3x4xf16>) outs(%[[INIT]] : tensor<2x4xf32>)
// CHECK-NEXT:    ^bb0(%[[E:.*]]: f16, %[[F:.*]]: f16, %[[SUM:.*]]: f32):
// CHECK-NEXT:      %[[EW:.*]] = arith.extf %[[E]] : f16 to f32
// CHECK-NEXT:      %[[FW:.*]] = arith.extf %[[F]] : f16 to f32
// CHECK-NEXT:      %[[P:.*]] = arith.mulf %[[EW]], %[[FW]] : f32
// CHECK-NEXT:      arith.addf %[[SUM]], %[[P]] : f32
func.func @matmul(%x: tensor<2x3xf16>, %y: tensor<3x4xf16>) -> tensor<2x4xf32> {
  %r = mirage.matmul %x, %y : tensor<2x3xf16>, tensor<3x4xf16> -> tensor<2x4xf32>
  return %r : tensor<2x4xf32>
}

// -----

// Computed in f32, rounded once. A dimension of extent 1 is broadcast.
// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[COLUMN:.*]] = affine_map<(d0, d1) -> (d0, 0)>
// CHECK-LABEL: func @elementwise(
// CHECK:         linalg.generic {indexing_maps = [#[[ID]], #[[COLUMN]], #[[ID]]]
// CHECK:           arith.subf {{.*}} : f32
// CHECK:           math.exp {{.*}} : f32
// CHECK:           arith.select {{.*}} : f32
// CHECK-NEXT:      %[[R:.*]] = arith.truncf {{.*}} : f32 to f16
// CHECK-NEXT:      linalg.yield %[[R]] : f16
func.func @elementwise(%x: tensor<2x3xf16>, %m: tensor<2x1xf16>) -> tensor<2x3xf16> {
  %r = mirage.exp_sub %x, %m : tensor<2x3xf16>, tensor<2x1xf16> -> tensor<2x3xf16>
  return %r : tensor<2x3xf16>
}

// -----

// A narrow result is summed in f32 first.
// CHECK-LABEL: func @narrow_sum(
// CHECK:         %[[S:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
// CHECK:           arith.addf {{.*}} : f32
// CHECK:         } -> tensor<2x1xf32>
// CHECK:         linalg.generic {{.*}} ins(%[[S]] : tensor<2x1xf32>)
// CHECK:           arith.truncf {{.*}} : f32 to f16
func.func @narrow_sum(%x: tensor<2x3xf16>) -> tensor<2x1xf16> {
  %r = mirage.reduce sum %x dim 1 : tensor<2x3xf16> -> tensor<2x1xf16>
  return %r : tensor<2x1xf16>
}

// -----

// The maximum over the reduced dimension, then the sum of scaled terms.
// CHECK-LABEL: func @relative(
// CHECK-SAME:    %[[X:.*]]: tensor<4x3xf32>, %[[M:.*]]: tensor<4x1xf32>)
// CHECK:         %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         linalg.fill ins(%[[LOW]] : f32)
// CHECK:         %[[MAX:.*]] = linalg.generic {{.*}} ins(%[[M]] : tensor<4x1xf32>)
// CHECK:           arith.maximumf
// CHECK:         } -> tensor<1x1xf32>
// CHECK:         linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[X]], %[[M]], %[[MAX]]
// CHECK:           math.exp
// CHECK:           arith.mulf
// CHECK:           arith.addf
func.func @relative(%x: tensor<4x3xf32>, %m: tensor<4x1xf32>) -> tensor<1x3xf32> {
  %r = mirage.reduce sum %x rel %m dim 0 : tensor<4x3xf32>, tensor<4x1xf32> -> tensor<1x3xf32>
  return %r : tensor<1x3xf32>
}

// -----

// CHECK-LABEL: func @views(
// CHECK-SAME:    %[[X:.*]]: tensor<4x6xf32>)
// CHECK:         %[[S:.*]] = tensor.extract_slice %[[X]][1, 0] [2, 3] [1, 2]
// CHECK:         %[[C0:.*]] = tensor.insert_slice %[[S]] into %{{.*}}[0, 0] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<2x6xf32>
// CHECK:         %[[C1:.*]] = tensor.insert_slice %[[S]] into %[[C0]][0, 3] [2, 3] [1, 1]
// CHECK:         %[[F:.*]] = tensor.collapse_shape %[[C1]] {{\[\[}}0, 1]] : tensor<2x6xf32> into tensor<12xf32>
// CHECK:         tensor.expand_shape %[[F]] {{\[\[}}0, 1]] output_shape [3, 4]
func.func @views(%x: tensor<4x6xf32>) -> tensor<3x4xf32> {
  %s = mirage.slice %x [1, 0] [1, 2] : tensor<4x6xf32> -> tensor<2x3xf32>
  %c = mirage.concat dim 1 %s, %s : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x6xf32>
  %r = mirage.reshape %c : tensor<2x6xf32> -> tensor<3x4xf32>
  return %r : tensor<3x4xf32>
}

// -----

// CHECK-LABEL: func @constants(
// CHECK-SAME:    %[[S:.*]]: f32)
// CHECK-DAG:     arith.constant dense<9.997550e-02> : tensor<2x3xf16>
// CHECK-DAG:     tensor.from_elements %[[S]] : tensor<1x1xf32>
func.func @constants(%s: f32) -> (tensor<2x3xf16>, tensor<1x1xf32>) {
  %c = mirage.constant 0.1 : tensor<2x3xf16>
  %t = mirage.splat %s : f32 -> tensor<1x1xf32>
  return %c, %t : tensor<2x3xf16>, tensor<1x1xf32>
}
