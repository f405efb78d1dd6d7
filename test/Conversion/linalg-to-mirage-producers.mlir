// RUN: mirage-opt %s --convert-linalg-to-mirage --split-input-file --verify-diagnostics | FileCheck %s
// RUN: mirage-opt %s --convert-linalg-to-mirage --split-input-file 2>/dev/null | FileCheck %s --check-prefix=STAYS

// A softmax's maximum with its place, which nothing uses.
// CHECK-LABEL: func @unused_result(
// CHECK-SAME:    %[[X:.*]]: tensor<3x5xf32>)
// CHECK-NEXT:    %[[M:.*]] = mirage.reduce max %[[X]] dim 1 : tensor<3x5xf32> -> tensor<3x1xf32>
// CHECK-NEXT:    return %[[M]]
func.func @unused_result(%x: tensor<3x5xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0 : i64
  %low = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<3x1xi64>
  %places = linalg.fill ins(%zero : i64) outs(%e : tensor<3x1xi64>) -> tensor<3x1xi64>
  %f = tensor.empty() : tensor<3x1xf32>
  %values = linalg.fill ins(%low : f32) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %0:2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, 0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x5xf32>) outs(%values, %places : tensor<3x1xf32>, tensor<3x1xi64>) {
    ^bb0(%in: f32, %out: f32, %place: i64):
      %i = linalg.index 1 : index
      %j = arith.index_cast %i : index to i64
      %m = arith.maximumf %in, %out : f32
      %c = arith.cmpf ogt, %in, %out : f32
      %s = arith.select %c, %j, %place : i64
      linalg.yield %m, %s : f32, i64
  } -> (tensor<3x1xf32>, tensor<3x1xi64>)
  return %0#0 : tensor<3x1xf32>
}

// -----

// A place that is used is what cannot be raised.
// CHECK-LABEL: func @used_result(
// CHECK:         linalg.generic
// CHECK-NOT:     mirage.reduce
func.func @used_result(%x: tensor<3x5xf32>, %values: tensor<3xf32>, %places: tensor<3xi32>) -> tensor<3xi32> {
  // expected-remark @below {{not raised to mirage: reduces i32 with 'arith.select'}}
  %0:2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x5xf32>) outs(%values, %places : tensor<3xf32>, tensor<3xi32>) {
    ^bb0(%in: f32, %out: f32, %place: i32):
      %i = linalg.index 1 : index
      %j = arith.index_cast %i : index to i32
      %m = arith.maximumf %in, %out : f32
      %c = arith.cmpf ogt, %in, %out : f32
      %s = arith.select %c, %j, %place : i32
      linalg.yield %m, %s : f32, i32
  } -> (tensor<3xf32>, tensor<3xi32>)
  return %0#1 : tensor<3xi32>
}

// -----

// Integers that mirage has no type for are held by floats on the way from one
// raised op to another: counted, moved, and from a constant.
// CHECK-LABEL: func @held(
// CHECK-SAME:    %[[M:.*]]: tensor<4x5xi1>)
// CHECK-NOT:     linalg
// CHECK:         %[[K:.*]] = arith.constant dense<[1.0{{.*}}, -2.0{{.*}}, 3.0{{.*}}, 4.0{{.*}}]> : tensor<4xf32>
// CHECK:         %[[N:.*]] = mirage.cast %[[M]] : tensor<4x5xi1> -> tensor<4x5xf32>
// CHECK:         %[[S:.*]] = mirage.reduce sum %[[N]] dim 1 : tensor<4x5xf32> -> tensor<4x1xf32>
// CHECK:         mirage.cmp le %{{.*}}, %{{.*}} : tensor<4x1xf32>
// CHECK-NOT:     linalg
// CHECK:         return
func.func @held(%m: tensor<4x5xi1>) -> tensor<4x1xi1> {
  %zero = arith.constant 0 : i64
  %k = arith.constant dense<[1, -2, 3, 4]> : tensor<4xi64>
  %e = tensor.empty() : tensor<4xi64>
  %start = linalg.fill ins(%zero : i64) outs(%e : tensor<4xi64>) -> tensor<4xi64>
  %count = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%m : tensor<4x5xi1>) outs(%start : tensor<4xi64>) {
    ^bb0(%in: i1, %out: i64):
      %v = arith.extui %in : i1 to i64
      %s = arith.addi %out, %v : i64
      linalg.yield %s : i64
  } -> tensor<4xi64>
  %a = tensor.expand_shape %count [[0, 1]] output_shape [4, 1] : tensor<4xi64> into tensor<4x1xi64>
  %b = tensor.expand_shape %k [[0, 1]] output_shape [4, 1] : tensor<4xi64> into tensor<4x1xi64>
  %0 = arith.cmpi sle, %a, %b : tensor<4x1xi64>
  return %0 : tensor<4x1xi1>
}

// -----

// What has to be of that type itself, or may not fit in f64, stays.
// CHECK-LABEL: func @not_held(
// CHECK:         linalg.generic
// CHECK:         arith.extsi
// CHECK:         arith.muli
// CHECK:         arith.trunci
// CHECK:         mirage.add
// STAYS-LABEL: func @not_held(
// STAYS:         %[[I:.*]] = linalg.generic
// STAYS:         return %{{.*}}, %[[I]], %{{.*}}
func.func @not_held(%x: tensor<5xi32>, %y: tensor<5xf32>, %z: tensor<5xi64>) -> (tensor<5xf32>, tensor<5xi64>, tensor<5xi32>) {
  %e = tensor.empty() : tensor<5xi64>
  // expected-remark @below {{not raised to mirage: element type i64 is not f16, bf16, f32, f64, i1 or i32}}
  %i = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<5xi64>) {
    ^bb0(%out: i64):
      %k = linalg.index 0 : index
      %v = arith.index_cast %k : index to i64
      linalg.yield %v : i64
  } -> tensor<5xi64>
  // expected-remark @below {{not raised to mirage: element type i64 is not f16, bf16, f32, f64, i1 or i32}}
  %w = arith.extsi %x : tensor<5xi32> to tensor<5xi64>
  // expected-remark @below {{not raised to mirage: 'arith.muli' may leave the integers that f64 holds}}
  %s = arith.muli %w, %w : tensor<5xi64>
  // expected-remark @below {{not raised to mirage: element type i64 is not f16, bf16, f32, f64, i1 or i32}}
  %t = arith.trunci %s : tensor<5xi64> to tensor<5xi32>
  %f = arith.sitofp %i : tensor<5xi64> to tensor<5xf32>
  %r = arith.addf %f, %y : tensor<5xf32>
  return %r, %i, %t : tensor<5xf32>, tensor<5xi64>, tensor<5xi32>
}

// -----

// Narrow integers wrap at their width.
// CHECK-LABEL: func @narrow(
// CHECK-NOT:     linalg
// CHECK:         mirage.map %{{.*}} : tensor<4xf32> -> tensor<4xf64> {
// CHECK:           %[[F:.*]] = math.floor
// CHECK:           arith.mulf %[[F]]
// CHECK:         mirage.cast %{{.*}} : tensor<4xf64> -> tensor<4xf32>
// CHECK-NOT:     linalg
// CHECK:         return
func.func @narrow(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xi8>
  %q = linalg.map ins(%x : tensor<4xf32>) outs(%e : tensor<4xi8>)
    (%a: f32, %o: i8) {
      %i = arith.fptosi %a : f32 to i32
      %t = arith.trunci %i : i32 to i8
      linalg.yield %t : i8
    }
  %r = linalg.map ins(%q : tensor<4xi8>) outs(%x : tensor<4xf32>)
    (%a: i8, %o: f32) {
      %f = arith.sitofp %a : i8 to f32
      linalg.yield %f : f32
    }
  return %r : tensor<4xf32>
}

// -----

// A concatenation: pieces put into nothing until all of it is there. The last
// one hides what is below it.
// CHECK-LABEL: func @pieces(
// CHECK-SAME:    %[[A:.*]]: tensor<4x3xf32>, %[[B:.*]]: tensor<4x5xf32>)
// CHECK-NEXT:    %[[C:.*]] = mirage.concat dim 1 %[[A]], %[[B]] : tensor<4x3xf32>, tensor<4x5xf32> -> tensor<4x8xf32>
// CHECK-NEXT:    %[[S:.*]] = mirage.slice %[[B]] [0, 0] [1, 1] : tensor<4x5xf32> -> tensor<4x4xf32>
// CHECK-NEXT:    %[[T:.*]] = mirage.slice %[[A]] [0, 0] [1, 1] : tensor<4x3xf32> -> tensor<4x1xf32>
// CHECK-NEXT:    %[[D:.*]] = mirage.concat dim 1 %[[S]], %[[T]], %[[A]]
// CHECK-NEXT:    return %[[C]], %[[D]]
func.func @pieces(%a: tensor<4x3xf32>, %b: tensor<4x5xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = tensor.insert_slice %a into %e[0, 0] [4, 3] [1, 1] : tensor<4x3xf32> into tensor<4x8xf32>
  %1 = tensor.insert_slice %b into %0[0, 3] [4, 5] [1, 1] : tensor<4x5xf32> into tensor<4x8xf32>
  %2 = tensor.insert_slice %b into %e[0, 0] [4, 5] [1, 1] : tensor<4x5xf32> into tensor<4x8xf32>
  %3 = tensor.insert_slice %a into %2[0, 4] [4, 3] [1, 1] : tensor<4x3xf32> into tensor<4x8xf32>
  %4 = tensor.insert_slice %a into %3[0, 5] [4, 3] [1, 1] : tensor<4x3xf32> into tensor<4x8xf32>
  return %1, %4 : tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

// Padded, split into tiles, and the tiles moved; and back.
// CHECK-LABEL: func @pack(
// CHECK-SAME:    %[[A:.*]]: tensor<7x10xf32>)
// CHECK:         mirage.concat dim 0
// CHECK:         %[[P:.*]] = mirage.concat dim 1
// CHECK-NEXT:    %[[V:.*]] = mirage.reshape %[[P]] : tensor<8x12xf32> -> tensor<4x2x3x4xf32>
// CHECK-NEXT:    %[[T:.*]] = mirage.transpose %[[V]] [2, 0, 1, 3] : tensor<4x2x3x4xf32> -> tensor<3x4x2x4xf32>
// CHECK-NEXT:    %[[U:.*]] = mirage.transpose %[[T]] [1, 2, 0, 3] : tensor<3x4x2x4xf32> -> tensor<4x2x3x4xf32>
// CHECK-NEXT:    %[[W:.*]] = mirage.reshape %[[U]] : tensor<4x2x3x4xf32> -> tensor<8x12xf32>
// CHECK-NEXT:    %[[S:.*]] = mirage.slice %[[W]] [0, 0] [1, 1] : tensor<8x12xf32> -> tensor<7x10xf32>
// CHECK-NEXT:    return %[[T]], %[[S]]
func.func @pack(%a: tensor<7x10xf32>) -> (tensor<3x4x2x4xf32>, tensor<7x10xf32>) {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x4x2x4xf32>
  %p = linalg.pack %a padding_value(%z : f32) outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [2, 4] into %e : tensor<7x10xf32> -> tensor<3x4x2x4xf32>
  %f = tensor.empty() : tensor<7x10xf32>
  %u = linalg.unpack %p outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [2, 4] into %f : tensor<3x4x2x4xf32> -> tensor<7x10xf32>
  return %p, %u : tensor<3x4x2x4xf32>, tensor<7x10xf32>
}

// -----

// Scalars are computed where they are used; a static size is a constant.
// CHECK-LABEL: func @scalars(
// CHECK-SAME:    %[[X:.*]]: tensor<4xf32>, %[[Y:.*]]: tensor<f32>)
// CHECK-NOT:     tensor.extract
// CHECK-NOT:     tensor.dim
// CHECK:         %[[V:.*]] = mirage.reshape %[[Y]] : tensor<f32> -> tensor<1xf32>
// CHECK:         %[[Q:.*]] = mirage.mul %[[V]], %[[V]]
// CHECK:         mirage.mul %[[X]], %[[Q]]
// CHECK-NOT:     tensor.extract
// CHECK:         return
func.func @scalars(%x: tensor<4xf32>, %y: tensor<f32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %v = tensor.extract %y[] : tensor<f32>
  %w = arith.mulf %v, %v : f32
  %d = tensor.dim %x, %c0 : tensor<4xf32>
  %i = arith.index_cast %d : index to i64
  %n = arith.sitofp %i : i64 to f32
  %0 = linalg.map ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>)
    (%a: f32, %o: f32) {
      %m = arith.mulf %a, %w : f32
      %r = arith.divf %m, %n : f32
      linalg.yield %r : f32
    }
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func @dynamic_size(
// CHECK:         tensor.dim
func.func @dynamic_size(%x: tensor<?xf32>) -> index {
  %c0 = arith.constant 0 : index
  // expected-remark @below {{not raised to mirage: it asks for a size that is not static}}
  %d = tensor.dim %x, %c0 : tensor<?xf32>
  return %d : index
}

// -----

// A reduction of one element does with it what the body does.
// CHECK-LABEL: func @once(
// CHECK-SAME:    %[[X:.*]]: tensor<3x1xf32>, %[[I:.*]]: tensor<3xf32>)
// CHECK:         %[[A:.*]] = mirage.mul
// CHECK:         mirage.sub
func.func @once(%x: tensor<3x1xf32>, %i: tensor<3xf32>) -> tensor<3xf32> {
  %0 = linalg.reduce ins(%x : tensor<3x1xf32>) outs(%i : tensor<3xf32>) dimensions = [1]
    (%a: f32, %o: f32) {
      %m = arith.mulf %o, %a : f32
      %r = arith.subf %m, %a : f32
      linalg.yield %r : f32
    }
  return %0 : tensor<3xf32>
}

// -----

// A transposed convolution takes its input apart: what lies between has the
// value of the destination.
// CHECK-LABEL: func @apart(
// CHECK-SAME:    %[[A:.*]]: tensor<3xf32>, %[[V:.*]]: f32)
// CHECK:         %[[R:.*]] = mirage.reshape %[[A]] : tensor<3xf32> -> tensor<3x1xf32>
// CHECK-NEXT:    %[[C:.*]] = mirage.concat dim 1 %[[R]], %{{.*}} : tensor<3x1xf32>, tensor<3x1xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    %[[F:.*]] = mirage.reshape %[[C]] : tensor<3x2xf32> -> tensor<6xf32>
// CHECK-NEXT:    %[[S:.*]] = mirage.slice %[[F]] [0] [1] : tensor<6xf32> -> tensor<5xf32>
// CHECK:         mirage.concat dim 0 %{{.*}}, %[[S]], %{{.*}} : tensor<1xf32>, tensor<5xf32>, tensor<1xf32> -> tensor<7xf32>
// CHECK:         %[[T:.*]] = mirage.splat %[[V]]
// CHECK:         mirage.concat dim 0 %{{.*}}, %[[T]], %{{.*}} : tensor<1xf32>, tensor<1xf32>, tensor<1xf32> -> tensor<3xf32>
func.func @apart(%a: tensor<3xf32>, %v: f32) -> (tensor<7xf32>, tensor<3xf32>) {
  %zero = arith.constant 0.0 : f32
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<7xf32>) -> tensor<7xf32>
  %0 = tensor.insert_slice %a into %f[1] [3] [2] : tensor<3xf32> into tensor<7xf32>
  %1 = tensor.insert %v into %a[%c1] : tensor<3xf32>
  return %0, %1 : tensor<7xf32>, tensor<3xf32>
}

// -----

// What a body computes from constants is one.
// CHECK-LABEL: func @folded(
// CHECK-NOT:     mirage.map
// CHECK:         %[[K:.*]] = mirage.constant 8.0{{.*}} : tensor<1xf32>
// CHECK-NEXT:    mirage.mul %{{.*}}, %[[K]]
func.func @folded(%x: tensor<4xf32>) -> tensor<4xf32> {
  %two = arith.constant 2.0 : f32
  %three = arith.constant 3 : i64
  %0 = linalg.map ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>)
    (%a: f32, %o: f32) {
      %e = arith.sitofp %three : i64 to f32
      %p = math.powf %two, %e : f32
      %r = arith.mulf %a, %p : f32
      linalg.yield %r : f32
    }
  return %0 : tensor<4xf32>
}
