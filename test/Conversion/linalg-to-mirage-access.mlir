// RUN: mirage-opt %s --convert-linalg-to-mirage --split-input-file --verify-diagnostics | FileCheck %s

// A window becomes two dimensions: a slice for each place in it, side by side.
// CHECK-LABEL: func @convolution(
// CHECK-SAME:    %[[A:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<3xf32>, %[[C:.*]]: tensor<6xf32>)
// CHECK-DAG:     %[[S0:.*]] = mirage.slice %[[A]] [0] [1] : tensor<8xf32> -> tensor<6xf32>
// CHECK-DAG:     %[[S1:.*]] = mirage.slice %[[A]] [1] [1] : tensor<8xf32> -> tensor<6xf32>
// CHECK-DAG:     %[[S2:.*]] = mirage.slice %[[A]] [2] [1] : tensor<8xf32> -> tensor<6xf32>
// CHECK:         %[[ALL:.*]] = mirage.concat dim 0 %[[S0]], %[[S1]], %[[S2]]
// CHECK-NEXT:    %[[W:.*]] = mirage.reshape %[[ALL]] : tensor<18xf32> -> tensor<3x6xf32>
// CHECK:         mirage.matmul %{{.*}}, %[[W]] : tensor<1x3xf32>, tensor<3x6xf32> -> tensor<1x6xf32>
// CHECK:         mirage.add %{{.*}}, %[[C]]
func.func @convolution(%a: tensor<8xf32>, %b: tensor<3xf32>, %c: tensor<6xf32>) -> tensor<6xf32> {
  %0 = linalg.conv_1d ins(%a, %b : tensor<8xf32>, tensor<3xf32>) outs(%c : tensor<6xf32>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

// Steps and dilations are strides of the slices.
// CHECK-LABEL: func @dilated(
// CHECK-DAG:     mirage.slice %{{.*}} [0, 0, 4] [1, 1, 2] : tensor<2x3x9xf32> -> tensor<2x3x3xf32>
// CHECK:         mirage.matmul
func.func @dilated(%x: tensor<2x3x9xf32>, %w: tensor<4x3x3xf32>, %i: tensor<2x4x3xf32>) -> tensor<2x4x3xf32> {
  %0 = linalg.conv_1d_ncw_fcw {strides = dense<2> : vector<1xi64>, dilations = dense<2> : vector<1xi64>}
      ins(%x, %w : tensor<2x3x9xf32>, tensor<4x3x3xf32>) outs(%i : tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  return %0 : tensor<2x4x3xf32>
}

// -----

// Windows side by side are a view. What only gives a window's shape is not read.
// CHECK-LABEL: func @disjoint(
// CHECK-SAME:    %[[X:.*]]: tensor<1x6x2xf32>)
// CHECK-NEXT:    %[[V:.*]] = mirage.reshape %[[X]] : tensor<1x6x2xf32> -> tensor<1x2x3x2xf32>
// CHECK-NEXT:    %[[M:.*]] = mirage.reduce max %[[V]] dim 2
// CHECK-NEXT:    %[[R:.*]] = mirage.reshape %[[M]] : tensor<1x2x1x2xf32> -> tensor<1x2x2xf32>
// CHECK-NEXT:    return %[[R]]
func.func @disjoint(%x: tensor<1x6x2xf32>) -> tensor<1x2x2xf32> {
  %low = arith.constant dense<0xFF800000> : tensor<1x2x2xf32>
  %w = tensor.empty() : tensor<3xf32>
  %0 = linalg.pooling_nwc_max {strides = dense<3> : vector<1xi64>}
      ins(%x, %w : tensor<1x6x2xf32>, tensor<3xf32>) outs(%low : tensor<1x2x2xf32>) -> tensor<1x2x2xf32>
  return %0 : tensor<1x2x2xf32>
}

// -----

// CHECK-LABEL: func @minimum(
// CHECK:         mirage.concat dim 1
// CHECK:         mirage.reduce min
func.func @minimum(%x: tensor<1x6x2xf32>, %i: tensor<1x4x2xf32>) -> tensor<1x4x2xf32> {
  %w = tensor.empty() : tensor<3xf32>
  %0 = linalg.pooling_nwc_min ins(%x, %w : tensor<1x6x2xf32>, tensor<3xf32>) outs(%i : tensor<1x4x2xf32>) -> tensor<1x4x2xf32>
  return %0 : tensor<1x4x2xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func @places(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[Y:.*]]: tensor<4x4xf32>, %{{.*}}: tensor<4xf32>)
// CHECK-NEXT:    %[[S:.*]] = mirage.slice %[[X]] [1] [2] : tensor<8xf32> -> tensor<4xf32>
// CHECK-NEXT:    %[[F:.*]] = mirage.reshape %[[Y]] : tensor<4x4xf32> -> tensor<16xf32>
// CHECK-NEXT:    %[[D:.*]] = mirage.slice %[[F]] [0] [5] : tensor<16xf32> -> tensor<4xf32>
// CHECK-NEXT:    %[[P:.*]] = mirage.slice %[[X]] [0] [1] : tensor<8xf32> -> tensor<2xf32>
// CHECK-NEXT:    %[[PV:.*]] = mirage.reshape %[[P]] : tensor<2xf32> -> tensor<2x1xf32>
// CHECK-NEXT:    %[[PP:.*]] = mirage.broadcast %[[PV]] : tensor<2x1xf32> -> tensor<2x2xf32>
// CHECK-NEXT:    %[[H:.*]] = mirage.reshape %[[PP]] : tensor<2x2xf32> -> tensor<4xf32>
// CHECK:         %[[M:.*]] = mirage.concat
// CHECK-SAME:      tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32> -> tensor<4xf32>
// CHECK-NEXT:    %[[C:.*]] = mirage.slice %[[X]] [5] [1] : tensor<8xf32> -> tensor<1xf32>
// CHECK-NEXT:    %[[B:.*]] = mirage.broadcast %[[C]] : tensor<1xf32> -> tensor<4xf32>
// CHECK-NEXT:    return %[[S]], %[[D]], %[[H]], %[[M]], %[[B]]
func.func @places(%x: tensor<8xf32>, %y: tensor<4x4xf32>, %o: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0:5 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0 * 2 + 1)>, affine_map<(d0) -> (d0, d0)>, affine_map<(d0) -> (d0 floordiv 2)>,
                                          affine_map<(d0) -> (3 - d0)>, affine_map<(d0) -> (5)>, #id, #id, #id, #id, #id], iterator_types = ["parallel"]}
      ins(%x, %y, %x, %x, %x : tensor<8xf32>, tensor<4x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
      outs(%o, %o, %o, %o, %o : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32, %d: f32, %e: f32, %o0: f32, %o1: f32, %o2: f32, %o3: f32, %o4: f32):
      linalg.yield %a, %b, %c, %d, %e : f32, f32, f32, f32, f32
  } -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %0#0, %0#1, %0#2, %0#3, %0#4 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// An element at a place that is linear in the indices is one of an operand.
// CHECK-LABEL: func @extract(
// CHECK-SAME:    %[[T:.*]]: tensor<6x4xf32>, %{{.*}})
// CHECK-NEXT:    %[[S:.*]] = mirage.slice %[[T]] [2, 0] [1, 1] : tensor<6x4xf32> -> tensor<3x4xf32>
// CHECK-NEXT:    mirage.transpose %[[S]] [1, 0]
func.func @extract(%t: tensor<6x4xf32>, %o: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %c2 = arith.constant 2 : index
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} outs(%o : tensor<4x3xf32>) {
    ^bb0(%u: f32):
      %i = linalg.index 0 : index
      %j = linalg.index 1 : index
      %k = arith.addi %j, %c2 : index
      %r = tensor.extract %t[%k, %i] : tensor<6x4xf32>
      linalg.yield %r : f32
  } -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

// What is computed from the indices alone is known, also through floats: each
// place comes twice, and the whole three times.
// CHECK-LABEL: func @known(
// CHECK-SAME:    %[[T:.*]]: tensor<100xf32>, %{{.*}}: tensor<200xf32>, %{{.*}}: tensor<300xf32>)
// CHECK-NEXT:    %[[V:.*]] = mirage.reshape %[[T]] : tensor<100xf32> -> tensor<100x1xf32>
// CHECK-NEXT:    %[[B:.*]] = mirage.broadcast %[[V]] : tensor<100x1xf32> -> tensor<100x2xf32>
// CHECK-NEXT:    %[[R:.*]] = mirage.reshape %[[B]] : tensor<100x2xf32> -> tensor<200xf32>
// CHECK-NEXT:    %[[W:.*]] = mirage.reshape %[[T]] : tensor<100xf32> -> tensor<1x100xf32>
// CHECK-NEXT:    %[[C:.*]] = mirage.broadcast %[[W]] : tensor<1x100xf32> -> tensor<3x100xf32>
// CHECK-NEXT:    %[[S:.*]] = mirage.reshape %[[C]] : tensor<3x100xf32> -> tensor<300xf32>
// CHECK-NEXT:    return %[[R]], %[[S]]
func.func @known(%t: tensor<100xf32>, %o: tensor<200xf32>, %p: tensor<300xf32>) -> (tensor<200xf32>, tensor<300xf32>) {
  %half = arith.constant 0.5 : f32
  %c100 = arith.constant 100 : i32
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%o : tensor<200xf32>) {
    ^bb0(%u: f32):
      %i = linalg.index 0 : index
      %j = arith.index_cast %i : index to i64
      %f = arith.sitofp %j : i64 to f32
      %g = arith.mulf %f, %half : f32
      %h = math.floor %g : f32
      %k = arith.fptosi %h : f32 to i64
      %l = arith.index_cast %k : i64 to index
      %r = tensor.extract %t[%l] : tensor<100xf32>
      linalg.yield %r : f32
  } -> tensor<200xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%p : tensor<300xf32>) {
    ^bb0(%u: f32):
      %i = linalg.index 0 : index
      %j = arith.index_cast %i : index to i32
      %k = arith.remsi %j, %c100 : i32
      %l = arith.index_cast %k : i32 to index
      %r = tensor.extract %t[%l] : tensor<100xf32>
      linalg.yield %r : f32
  } -> tensor<300xf32>
  return %0, %1 : tensor<200xf32>, tensor<300xf32>
}

// -----

// A constant says where.
// CHECK-LABEL: func @constant_places(
// CHECK-SAME:    %[[T:.*]]: tensor<5x2xf32>, %{{.*}}: tensor<4x2xf32>)
// CHECK-DAG:     %[[A:.*]] = mirage.slice %[[T]] [3, 0] [1, 1] : tensor<5x2xf32> -> tensor<1x2xf32>
// CHECK-DAG:     %[[B:.*]] = mirage.slice %[[T]] [1, 0] [1, 1] : tensor<5x2xf32> -> tensor<1x2xf32>
// CHECK-DAG:     %[[C:.*]] = mirage.slice %[[T]] [0, 0] [4, 1] : tensor<5x2xf32> -> tensor<2x2xf32>
// CHECK:         %[[R:.*]] = mirage.concat dim 0 %[[A]], %[[B]], %[[C]]
// CHECK-NEXT:    return %[[R]]
func.func @constant_places(%t: tensor<5x2xf32>, %o: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %places = arith.constant dense<[3, 1, 0, 4]> : tensor<4xi64>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%places : tensor<4xi64>) outs(%o : tensor<4x2xf32>) {
    ^bb0(%p: i64, %u: f32):
      %i = arith.index_cast %p : i64 to index
      %j = linalg.index 1 : index
      %r = tensor.extract %t[%i, %j] : tensor<5x2xf32>
      linalg.yield %r : f32
  } -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// -----

// Places that are known, but too many or outside.
// CHECK-LABEL: func @known_refused(
// CHECK-COUNT-2: linalg.generic
func.func @known_refused(%t: tensor<400xf32>, %o: tensor<200xf32>) -> (tensor<200xf32>, tensor<200xf32>) {
  %c101 = arith.constant 101 : index
  %c3 = arith.constant 3 : index
  // expected-remark @below {{not raised to mirage: operand 0 is indexed by what is computed from the indices, which takes more than 64 slices}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%o : tensor<200xf32>) {
    ^bb0(%u: f32):
      %i = linalg.index 0 : index
      %j = arith.muli %i, %i : index
      %k = arith.remui %j, %c101 : index
      %l = arith.addi %k, %i : index
      %r = tensor.extract %t[%l] : tensor<400xf32>
      linalg.yield %r : f32
  } -> tensor<200xf32>
  // expected-remark @below {{not raised to mirage: operand 0 is indexed out of bounds}}
  %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%o : tensor<200xf32>) {
    ^bb0(%u: f32):
      %i = linalg.index 0 : index
      %j = arith.shli %i, %c3 : index
      %r = tensor.extract %t[%j] : tensor<400xf32>
      linalg.yield %r : f32
  } -> tensor<200xf32>
  return %0, %1 : tensor<200xf32>, tensor<200xf32>
}

// -----

// CHECK-LABEL: func @known_too_late(
// CHECK:         linalg.generic
func.func @known_too_late(%t: tensor<9xf32>, %o: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %c9 = arith.constant 9 : index
  // expected-remark @below {{not raised to mirage: 'tensor.extract' reads at places that are computed in more than 262144 steps}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} outs(%o : tensor<512x512xf32>) {
    ^bb0(%u: f32):
      %i = linalg.index 0 : index
      %j = linalg.index 1 : index
      %k = arith.muli %i, %j : index
      %l = arith.remui %k, %c9 : index
      %r = tensor.extract %t[%l] : tensor<9xf32>
      linalg.yield %r : f32
  } -> tensor<512x512xf32>
  return %0 : tensor<512x512xf32>
}

// -----

// CHECK-LABEL: func @gather(
// CHECK:         linalg.generic
// CHECK:         tensor.gather
func.func @gather(%t: tensor<16x4xf32>, %ix: tensor<5xi32>, %o: tensor<5x4xf32>, %iy: tensor<5x1xi32>) -> (tensor<5x4xf32>, tensor<5x4xf32>) {
  // expected-remark @below {{not raised to mirage: 'tensor.extract' reads at computed places, and mirage has no gather}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%ix : tensor<5xi32>) outs(%o : tensor<5x4xf32>) {
    ^bb0(%x: i32, %u: f32):
      %i = arith.index_cast %x : i32 to index
      %j = linalg.index 1 : index
      %r = tensor.extract %t[%i, %j] : tensor<16x4xf32>
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  // expected-remark @below {{not raised to mirage: it moves elements to or from computed places, and mirage has no gather}}
  %1 = tensor.gather %t[%iy] gather_dims([0]) : (tensor<16x4xf32>, tensor<5x1xi32>) -> tensor<5x4xf32>
  return %0, %1 : tensor<5x4xf32>, tensor<5x4xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func @refused(
// CHECK-COUNT-3: linalg.generic
func.func @refused(%x: tensor<200xf32>, %y: tensor<4x4xf32>, %o: tensor<100xf32>, %p: tensor<3xf32>, %q: tensor<9xf32>) -> (tensor<100xf32>, tensor<3xf32>, tensor<9xf32>) {
  %c9 = arith.constant 9 : index
  // expected-remark @below {{not raised to mirage: operand 0 is indexed by -d0 + 199, which takes more than 64 slices}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (199 - d0)>, #id], iterator_types = ["parallel"]} ins(%x : tensor<200xf32>) outs(%o : tensor<100xf32>) {
    ^bb0(%a: f32, %u: f32):
      linalg.yield %a : f32
  } -> tensor<100xf32>
  // expected-remark @below {{not raised to mirage: operand 0 is indexed out of bounds}}
  %1 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%p : tensor<3xf32>) {
    ^bb0(%u: f32):
      %i = linalg.index 0 : index
      %j = arith.addi %i, %c9 : index
      %v = tensor.extract %y[%i, %j] : tensor<4x4xf32>
      linalg.yield %v : f32
  } -> tensor<3xf32>
  // expected-remark @below {{not raised to mirage: a result is indexed by d0 * 2 + 1}}
  %2 = linalg.generic {indexing_maps = [#id, affine_map<(d0) -> (d0 * 2 + 1)>], iterator_types = ["parallel"]} ins(%p : tensor<3xf32>) outs(%q : tensor<9xf32>) {
    ^bb0(%a: f32, %u: f32):
      linalg.yield %a : f32
  } -> tensor<9xf32>
  return %0, %1, %2 : tensor<100xf32>, tensor<3xf32>, tensor<9xf32>
}

// -----

// Operands that the body does not read may have any type; one that repeats its
// elements has no windows.
// CHECK-LABEL: func @unread(
// CHECK-SAME:    %{{.*}}: tensor<4xi64>, %[[S:.*]]: tensor<3xf32>, %[[O:.*]]: tensor<6x3xf32>)
// CHECK-NEXT:    %[[V:.*]] = mirage.reshape %[[S]] : tensor<3xf32> -> tensor<1x3xf32>
// CHECK-NEXT:    %[[R:.*]] = mirage.add %[[V]], %[[O]]
// CHECK-NEXT:    return %[[R]]
func.func @unread(%i: tensor<4xi64>, %s: tensor<3xf32>, %o: tensor<6x3xf32>) -> tensor<6x3xf32> {
  %e = tensor.empty() : tensor<8x3xf32>
  %x = linalg.broadcast ins(%s : tensor<3xf32>) outs(%e : tensor<8x3xf32>) dimensions = [0]
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (2)>, affine_map<(d0, d1) -> (d0 + 1, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%i, %x : tensor<4xi64>, tensor<8x3xf32>) outs(%o : tensor<6x3xf32>) {
    ^bb0(%a: i64, %b: f32, %c: f32):
      %r = arith.addf %b, %c : f32
      linalg.yield %r : f32
  } -> tensor<6x3xf32>
  return %0 : tensor<6x3xf32>
}
