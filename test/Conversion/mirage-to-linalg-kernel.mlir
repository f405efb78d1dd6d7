// RUN: mirage-opt %s --convert-mirage-to-linalg --canonicalize --cse --split-input-file | FileCheck %s

// A grid carries the outputs, a loop its sums. 100 elements in 7 tiles of 16
// are ragged, 32 in 2 are not.
// CHECK-DAG: #[[START:.*]] = affine_map<(d0) -> (100, d0 * 16)>
// CHECK-DAG: #[[SIZE:.*]] = affine_map<(d0) -> (-d0 + 100, 16)>
// CHECK-DAG: #[[FULL:.*]] = affine_map<(d0) -> (d0 * 16)>
// CHECK-LABEL: func @ragged(
// CHECK-SAME:    %[[X:.*]]: tensor<3x100xf32>, %[[W:.*]]: tensor<100x32xf32>)
// CHECK:         %[[EMPTY:.*]] = tensor.empty() : tensor<3x32xf32>
// CHECK:         scf.for %[[N:[a-z0-9]+]] = {{.*}} iter_args(%[[OUT:.*]] = %[[EMPTY]]) -> (tensor<3x32xf32>)
// CHECK:           %[[SUM:.*]] = scf.for %[[K:[a-z0-9]+]] = {{.*}} iter_args(%[[ACC:.*]] = %{{.*}}) -> (tensor<3x16xf32>)
// CHECK-DAG:         %[[START_K:.*]] = affine.min #[[START]](%[[K]])
// CHECK-DAG:         %[[SIZE_K:.*]] = affine.min #[[SIZE]](%[[START_K]])
// CHECK-DAG:         %[[START_N:.*]] = affine.apply #[[FULL]](%[[N]])
// CHECK-DAG:         %[[A:.*]] = tensor.extract_slice %[[X]][0, %[[START_K]]] [3, %[[SIZE_K]]] [1, 1] : tensor<3x100xf32> to tensor<3x?xf32>
// CHECK-DAG:         %[[B:.*]] = tensor.extract_slice %[[W]][%[[START_K]], %[[START_N]]] [%[[SIZE_K]], 16] [1, 1] : tensor<100x32xf32> to tensor<?x16xf32>
// CHECK:             %[[M:.*]] = linalg.generic {{.*}} ins(%[[A]], %[[B]]
// CHECK:             %[[NEXT:.*]] = linalg.generic {{.*}} ins(%[[M]] : tensor<3x16xf32>) outs(%[[ACC]] : tensor<3x16xf32>)
// CHECK:             scf.yield %[[NEXT]]
// CHECK:           %[[NEW:.*]] = tensor.insert_slice %[[SUM]] into %[[OUT]][0, {{.*}}] [3, 16] [1, 1]
// CHECK:           scf.yield %[[NEW]]
func.func @ragged(%x: tensor<3x100xf32>, %w: tensor<100x32xf32>) -> tensor<3x32xf32> {
  %o = mirage.kernel (%n : 2) ins(%x = %x : tensor<3x100xf32>, %w = %w : tensor<100x32xf32>) outs(%out : tensor<3x32xf32>) {
    %s = mirage.loop (%k : 7) -> (!mirage.tile<3x16xf32>) {
      %a = mirage.load %x[*, %k] : tensor<3x100xf32> -> !mirage.tile<3x16xf32>
      %b = mirage.load %w[%k, %n] : tensor<100x32xf32> -> !mirage.tile<16x16xf32>
      %m = mirage.matmul %a, %b : !mirage.tile<3x16xf32>, !mirage.tile<16x16xf32> -> !mirage.tile<3x16xf32>
      mirage.accumulate sum %m : !mirage.tile<3x16xf32>
    }
    mirage.store %s to %out[*, %n] : !mirage.tile<3x16xf32>, !mirage.out<3x32xf32>
  }
  return %o : tensor<3x32xf32>
}

// -----

// Two axes, outermost first; the start is clamped, as the last tile is empty.
// CHECK-DAG: #[[START:.*]] = affine_map<(d0, d1) -> (10, d0 * 8 + d1 * 4)>
// CHECK-DAG: #[[SIZE:.*]] = affine_map<(d0) -> (-d0 + 10, 4)>
// CHECK-LABEL: func @two_axes(
// CHECK:         scf.for %[[S:[a-z0-9]+]] = {{.*}}
// CHECK:           scf.for %[[K:[a-z0-9]+]] = {{.*}} iter_args(%[[OUT:.*]] =
// CHECK:             %[[START_V:.*]] = affine.min #[[START]](%[[S]], %[[K]])
// CHECK:             %[[SIZE_V:.*]] = affine.min #[[SIZE]](%[[START_V]])
// CHECK:             %[[T:.*]] = tensor.extract_slice %{{.*}}[%[[START_V]]] [%[[SIZE_V]]] [1]
// CHECK:             tensor.insert_slice %[[T]] into %[[OUT]][%[[START_V]]] [%[[SIZE_V]]] [1]
func.func @two_axes(%x: tensor<10xf32>) -> tensor<10xf32> {
  %o = mirage.kernel (%s : 2, %k : 2) ins(%x = %x : tensor<10xf32>) outs(%out : tensor<10xf32>) {
    %t = mirage.load %x[(%s, %k)] : tensor<10xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[(%s, %k)] : !mirage.tile<4xf32>, !mirage.out<10xf32>
  }
  return %o : tensor<10xf32>
}

// -----

// The sum is rescaled to the new maximum before the maximum moves; only the
// first block writes.
// CHECK-LABEL: func @relative_once(
// CHECK:         scf.for %[[I:[a-z0-9]+]] = %[[C0:.*]] to
// CHECK:           scf.for {{.*}} iter_args(%[[MAX:.*]] = %{{.*}}, %[[SUM:.*]] = %{{.*}}) -> (tensor<2x1xf32>, tensor<2x1xf32>)
// CHECK:             %[[TILE:.*]] = linalg.generic {{.*}} outs({{.*}} : tensor<2x1xf32>)
// CHECK:               arith.maximumf
// CHECK:             %[[KEEP:.*]] = linalg.generic {{.*}} ins(%[[MAX]], %[[TILE]]
// CHECK:               math.exp
// CHECK:             %[[TERM:.*]] = linalg.generic {{.*}} ins(%[[MAX]], %[[TILE]]
// CHECK:               math.exp
// CHECK:             linalg.generic {{.*}} ins(%[[TILE]], %[[TILE]], %[[KEEP]], %[[TERM]] {{.*}} outs(%[[SUM]]
// CHECK:             linalg.generic {{.*}} ins(%[[TILE]] : tensor<2x1xf32>) outs(%[[MAX]]
// CHECK:           %[[FIRST:.*]] = arith.cmpi eq, %[[I]], %[[C0]]
// CHECK:           scf.if %[[FIRST]] -> (tensor<2x1xf32>) {
// CHECK:             linalg.copy
// CHECK:           } else {
func.func @relative_once(%x: tensor<2x8xf32>) -> tensor<2x1xf32> {
  %o = mirage.kernel (%i : 3) ins(%x = %x : tensor<2x8xf32>) outs(%out : tensor<2x1xf32>) {
    %m, %s = mirage.loop (%k : 2) -> (!mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>) {
      %t = mirage.load %x[*, %k] : tensor<2x8xf32> -> !mirage.tile<2x4xf32>
      %u = mirage.reduce max %t dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf32>
      mirage.accumulate max %u, sum %u rel %u : !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>
    }
    mirage.store %s to %out[*, *] once(%i) : !mirage.tile<2x1xf32>, !mirage.out<2x1xf32>
  }
  return %o : tensor<2x1xf32>
}

// -----

// A tile goes to its place in the stack; an output that the loop stores into is
// carried by it.
// CHECK-LABEL: func @stack_and_store(
// CHECK:         scf.for %[[K:[a-z0-9]+]] = {{.*}} iter_args(%[[STACK:.*]] = %{{.*}}, %[[OUT:.*]] = %{{.*}}) -> (tensor<2x8xf32>, tensor<2x8xf32>)
// CHECK:           %[[T:.*]] = tensor.extract_slice
// CHECK-DAG:       %[[A:.*]] = tensor.insert_slice %[[T]] into %[[STACK]][0, %{{.*}}] [2, 4]
// CHECK-DAG:       %[[B:.*]] = tensor.insert_slice %[[T]] into %[[OUT]][0, %{{.*}}] [2, 4]
// CHECK:           scf.yield %[[A]], %[[B]]
func.func @stack_and_store(%x: tensor<2x8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
  %o, %p = mirage.kernel () ins(%x = %x : tensor<2x8xf32>) outs(%a : tensor<2x8xf32>, %b : tensor<2x8xf32>) {
    %s = mirage.loop (%k : 2) -> (!mirage.tile<2x8xf32>) {
      %t = mirage.load %x[*, %k] : tensor<2x8xf32> -> !mirage.tile<2x4xf32>
      mirage.store %t to %a[*, %k] : !mirage.tile<2x4xf32>, !mirage.out<2x8xf32>
      mirage.accumulate stack 1 %t : !mirage.tile<2x4xf32>
    }
    mirage.store %s to %b[*, *] : !mirage.tile<2x8xf32>, !mirage.out<2x8xf32>
  }
  return %o, %p : tensor<2x8xf32>, tensor<2x8xf32>
}
