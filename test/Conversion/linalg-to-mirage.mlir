// RUN: mirage-opt %s --convert-linalg-to-mirage=require-complete | FileCheck %s --implicit-check-not=linalg --implicit-check-not=tensor.empty

// One mirage op per scalar op, in the body's types.
// CHECK-LABEL: func @silu(
// CHECK-SAME:    %[[X:.*]]: tensor<3x5xf16>)
// CHECK-NEXT:    %[[N:.*]] = mirage.neg %[[X]] : tensor<3x5xf16>
// CHECK-NEXT:    %[[E:.*]] = mirage.exp %[[N]] : tensor<3x5xf16>
// CHECK-NEXT:    %[[K:.*]] = mirage.constant 1.0{{.*}} : tensor<1x1xf16>
// CHECK-NEXT:    %[[D:.*]] = mirage.add %[[E]], %[[K]]
// CHECK-NEXT:    %[[R:.*]] = mirage.div %[[X]], %[[D]]
// CHECK-NEXT:    return %[[R]]
func.func @silu(%x: tensor<3x5xf16>) -> tensor<3x5xf16> {
  %e = tensor.empty() : tensor<3x5xf16>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<3x5xf16>) outs(%e : tensor<3x5xf16>) {
    ^bb0(%a: f16, %o: f16):
      %n = arith.negf %a : f16
      %p = math.exp %n : f16
      %k = arith.constant 1.0 : f16
      %d = arith.addf %p, %k : f16
      %r = arith.divf %a, %d : f16
      linalg.yield %r : f16
  } -> tensor<3x5xf16>
  return %0 : tensor<3x5xf16>
}

// A lower rank is a view, another order a transpose, a unit index nothing.
// CHECK-LABEL: func @maps(
// CHECK-SAME:    %[[A:.*]]: tensor<5x3xf32>, %[[B:.*]]: tensor<3xf32>, %[[C:.*]]: tensor<3x1xf32>)
// CHECK-DAG:     %[[T:.*]] = mirage.transpose %[[A]] [1, 0] : tensor<5x3xf32> -> tensor<3x5xf32>
// CHECK-DAG:     %[[V:.*]] = mirage.reshape %[[B]] : tensor<3xf32> -> tensor<3x1xf32>
// CHECK:         %[[S:.*]] = mirage.add %[[T]], %[[V]]
// CHECK-NEXT:    %[[R:.*]] = mirage.max %[[S]], %[[C]] : tensor<3x5xf32>, tensor<3x1xf32>
// CHECK-NEXT:    return %[[R]]
func.func @maps(%a: tensor<5x3xf32>, %b: tensor<3xf32>, %c: tensor<3x1xf32>) -> tensor<3x5xf32> {
  %e = tensor.empty() : tensor<3x5xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>,
                                        affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%a, %b, %c : tensor<5x3xf32>, tensor<3xf32>, tensor<3x1xf32>) outs(%e : tensor<3x5xf32>) {
    ^bb0(%x: f32, %y: f32, %z: f32, %o: f32):
      %s = arith.addf %x, %y : f32
      %r = arith.maximumf %s, %z : f32
      linalg.yield %r : f32
  } -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// The init's value, a captured argument, and a scalar operand.
// CHECK-LABEL: func @scalars(
// CHECK-SAME:    %[[X:.*]]: tensor<4xf32>, %[[Y:.*]]: tensor<4xf32>, %[[S:.*]]: f32, %[[T:.*]]: f32)
// CHECK:         %[[SS:.*]] = mirage.splat %[[S]] : f32 -> tensor<1xf32>
// CHECK-NEXT:    %[[M:.*]] = mirage.mul %[[X]], %[[SS]]
// CHECK-NEXT:    %[[TT:.*]] = mirage.splat %[[T]] : f32 -> tensor<1xf32>
// CHECK-NEXT:    %[[A:.*]] = mirage.sub %[[M]], %[[TT]]
// CHECK-NEXT:    mirage.add %[[A]], %[[Y]]
func.func @scalars(%x: tensor<4xf32>, %y: tensor<4xf32>, %s: f32, %t: f32) -> tensor<4xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%x, %t : tensor<4xf32>, f32) outs(%y : tensor<4xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %m = arith.mulf %a, %s : f32
      %n = arith.subf %m, %b : f32
      %r = arith.addf %n, %o : f32
      linalg.yield %r : f32
  } -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// An unordered comparison is the negation of an ordered one.
// CHECK-LABEL: func @relu(
// CHECK-SAME:    %[[X:.*]]: tensor<4xf32>)
// CHECK:         %[[Z:.*]] = mirage.constant 0.0{{.*}} : tensor<1xf32>
// CHECK-NEXT:    %[[C:.*]] = mirage.cmp le %[[X]], %[[Z]]
// CHECK-NEXT:    mirage.select %[[C]], %[[Z]], %[[X]]
func.func @relu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %z = arith.constant 0.0 : f32
  %0 = linalg.map ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>)
    (%a: f32, %o: f32) {
      %c = arith.cmpf ugt, %a, %z : f32
      %r = arith.select %c, %a, %z : f32
      linalg.yield %r : f32
    }
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @outside(
// CHECK-SAME:    %[[X:.*]]: tensor<4xf32>, %[[S:.*]]: f32)
// CHECK:         %[[SS:.*]] = mirage.splat %[[S]]
// CHECK-NEXT:    mirage.map %[[X]], %[[SS]] : tensor<4xf32>, tensor<1xf32> -> tensor<4xf32> {
// CHECK:           math.sin
// CHECK:           arith.mulf
// CHECK:           math.powf
func.func @outside(%x: tensor<4xf32>, %s: f32) -> tensor<4xf32> {
  %c = arith.constant 3.0 : f32
  %0 = linalg.map ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>)
    (%a: f32, %o: f32) {
      %d = math.sin %a : f32
      %m = arith.mulf %d, %s : f32
      %r = math.powf %m, %c : f32
      linalg.yield %r : f32
    }
  return %0 : tensor<4xf32>
}

// A reduction keeps its dimensions; f16 rounds once; a start is combined.
// CHECK-LABEL: func @reduce(
// CHECK-SAME:    %[[X:.*]]: tensor<2x3x4xf16>, %[[I:.*]]: tensor<3xf16>)
// CHECK:         %[[A:.*]] = mirage.reduce sum %[[X]] dim 0 : tensor<2x3x4xf16> -> tensor<1x3x4xf32>
// CHECK-NEXT:    %[[B:.*]] = mirage.reduce sum %[[A]] dim 2 : tensor<1x3x4xf32> -> tensor<1x3x1xf32>
// CHECK-NEXT:    %[[V:.*]] = mirage.reshape %[[B]] : tensor<1x3x1xf32> -> tensor<3xf32>
// CHECK-NEXT:    %[[W:.*]] = mirage.cast %[[I]] : tensor<3xf16> -> tensor<3xf32>
// CHECK-NEXT:    %[[S:.*]] = mirage.add %[[V]], %[[W]]
// CHECK-NEXT:    mirage.cast %[[S]] : tensor<3xf32> -> tensor<3xf16>
func.func @reduce(%x: tensor<2x3x4xf16>, %i: tensor<3xf16>) -> tensor<3xf16> {
  %0 = linalg.reduce { arith.addf } ins(%x : tensor<2x3x4xf16>) outs(%i : tensor<3xf16>) dimensions = [0, 2]
  return %0 : tensor<3xf16>
}

// A matrix times itself is a product, whichever of its dimensions is summed.
// CHECK-LABEL: func @times_itself(
// CHECK: %[[A:.*]] = mirage.matmul %arg0, %arg0 : tensor<4x4xf32>, tensor<4x4xf32>
// CHECK: %[[T:.*]] = mirage.transpose %arg0 [1, 0]
// CHECK: %[[G:.*]] = mirage.matmul %arg0, %[[T]] : tensor<4x4xf32>, tensor<4x4xf32>
// CHECK: return %[[A]], %[[G]] :
func.func @times_itself(%x: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x4xf32>
  %a = linalg.matmul ins(%x, %x : tensor<4x4xf32>, tensor<4x4xf32>)
      outs(%zero : tensor<4x4xf32>) -> tensor<4x4xf32>
  %g = linalg.generic {
      indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (j, k)>,
                       affine_map<(i, j, k) -> (i, j)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %x : tensor<4x4xf32>, tensor<4x4xf32>) outs(%zero : tensor<4x4xf32>) {
    ^bb0(%u: f32, %v: f32, %o: f32):
      %p = arith.mulf %u, %v : f32
      %s = arith.addf %o, %p : f32
      linalg.yield %s : f32
  } -> tensor<4x4xf32>
  return %a, %g : tensor<4x4xf32>, tensor<4x4xf32>
}

// CHECK-LABEL: func @sum_of_squares(
// CHECK-SAME:    %[[X:.*]]: tensor<3x5xf32>)
// CHECK:         %[[Q:.*]] = mirage.mul %[[X]], %[[X]]
// CHECK-NEXT:    %[[S:.*]] = mirage.reduce sum %[[Q]] dim 1 : tensor<3x5xf32> -> tensor<3x1xf32>
// CHECK-NEXT:    return %[[S]]
func.func @sum_of_squares(%x: tensor<3x5xf32>) -> tensor<3x1xf32> {
  %z = arith.constant dense<0.0> : tensor<3x1xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x5xf32>) outs(%z : tensor<3x1xf32>) {
    ^bb0(%a: f32, %o: f32):
      %s = arith.mulf %a, %a : f32
      %r = arith.addf %o, %s : f32
      linalg.yield %r : f32
  } -> tensor<3x1xf32>
  return %0 : tensor<3x1xf32>
}

// A term that is the same in each step is counted as often.
// CHECK-LABEL: func @repeated(
// CHECK:         %[[B:.*]] = mirage.broadcast %{{.*}} : tensor<3x1xf32> -> tensor<3x5xf32>
// CHECK-NEXT:    mirage.reduce sum %[[B]] dim 1
func.func @repeated(%x: tensor<3xf32>, %n: tensor<5xf32>, %i: tensor<3xf32>) -> tensor<3xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x, %n : tensor<3xf32>, tensor<5xf32>) outs(%i : tensor<3xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %r = arith.addf %a, %o : f32
      linalg.yield %r : f32
  } -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// Narrow operands go in as they are; the sum is f32 whatever the program says.
// CHECK-LABEL: func @matmul(
// CHECK:         mirage.matmul %{{.*}} : tensor<3x5xf16>, tensor<5x7xf16> -> tensor<3x7xf32>
// CHECK-NEXT:    mirage.cast %{{.*}} : tensor<3x7xf32> -> tensor<3x7xf16>
// CHECK-NEXT:    return
func.func @matmul(%a: tensor<3x5xf16>, %b: tensor<5x7xf16>) -> tensor<3x7xf16> {
  %z = arith.constant dense<0.0> : tensor<3x7xf16>
  %0 = linalg.matmul ins(%a, %b : tensor<3x5xf16>, tensor<5x7xf16>) outs(%z : tensor<3x7xf16>) -> tensor<3x7xf16>
  return %0 : tensor<3x7xf16>
}

// A transposed result swaps the operands instead of moving three tensors.
// CHECK-LABEL: func @swapped(
// CHECK-SAME:    %[[A:.*]]: tensor<3x5xf32>, %[[B:.*]]: tensor<7x5xf32>, %[[C:.*]]: tensor<7x3xf32>)
// CHECK:         %[[T:.*]] = mirage.transpose %[[A]] [1, 0]
// CHECK-NEXT:    %[[M:.*]] = mirage.matmul %[[B]], %[[T]]
// CHECK-NEXT:    mirage.add %[[M]], %[[C]]
func.func @swapped(%a: tensor<3x5xf32>, %b: tensor<7x5xf32>, %c: tensor<7x3xf32>) -> tensor<7x3xf32> {
  %0 = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (n, m)>]
      ins(%a, %b : tensor<3x5xf32>, tensor<7x5xf32>) outs(%c : tensor<7x3xf32>) -> tensor<7x3xf32>
  return %0 : tensor<7x3xf32>
}

// Operands of different types meet in the wider one.
// CHECK-LABEL: func @mixed(
// CHECK:         %[[A:.*]] = mirage.cast %{{.*}} : tensor<3x5xf16> -> tensor<3x5xf32>
// CHECK-NEXT:    mirage.matmul %[[A]], %{{.*}} : tensor<3x5xf32>, tensor<5x7xf32> -> tensor<3x7xf32>
func.func @mixed(%a: tensor<3x5xf16>, %b: tensor<5x7xf32>, %c: tensor<3x7xf32>) -> tensor<3x7xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<3x5xf16>, tensor<5x7xf32>) outs(%c : tensor<3x7xf32>) -> tensor<3x7xf32>
  return %0 : tensor<3x7xf32>
}

// One further summed dimension leads and is reduced afterwards.
// CHECK-LABEL: func @two_sums(
// CHECK:         mirage.matmul %{{.*}} : tensor<2x3x5xf32>, tensor<2x5x7xf32> -> tensor<2x3x7xf32>
// CHECK-NEXT:    mirage.reduce sum %{{.*}} dim 0 : tensor<2x3x7xf32> -> tensor<1x3x7xf32>
// CHECK-NEXT:    mirage.reshape %{{.*}} : tensor<1x3x7xf32> -> tensor<3x7xf32>
func.func @two_sums(%a: tensor<2x3x5xf32>, %b: tensor<2x5x7xf32>) -> tensor<3x7xf32> {
  %z = arith.constant dense<0.0> : tensor<3x7xf32>
  %0 = linalg.batch_reduce_matmul ins(%a, %b : tensor<2x3x5xf32>, tensor<2x5x7xf32>) outs(%z : tensor<3x7xf32>) -> tensor<3x7xf32>
  return %0 : tensor<3x7xf32>
}

// A product of rows alone is no matrix product.
// CHECK-LABEL: func @row_products(
// CHECK:         mirage.mul
// CHECK-NEXT:    mirage.reduce sum %{{.*}} dim 1
func.func @row_products(%a: tensor<3x5xf32>, %b: tensor<3x5xf32>) -> tensor<3xf32> {
  %z = arith.constant dense<0.0> : tensor<3xf32>
  %0 = linalg.contract indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>]
      ins(%a, %b : tensor<3x5xf32>, tensor<3x5xf32>) outs(%z : tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: func @softmax(
// CHECK:         mirage.reduce max
// CHECK-NEXT:    mirage.sub
// CHECK-NEXT:    mirage.exp
// CHECK-NEXT:    mirage.reduce sum
// CHECK-NEXT:    mirage.div
func.func @softmax(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %e = tensor.empty() : tensor<3x5xf32>
  %0 = linalg.softmax dimension(1) ins(%x : tensor<3x5xf32>) outs(%e : tensor<3x5xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// A broadcast is made where it is the result, and skipped where it is read.
// CHECK-LABEL: func @broadcasts(
// CHECK-SAME:    %[[X:.*]]: tensor<5xf32>, %[[Y:.*]]: tensor<3x5xf32>, %[[S:.*]]: f32)
// CHECK:         %[[V:.*]] = mirage.reshape %[[X]] : tensor<5xf32> -> tensor<1x5xf32>
// CHECK-NEXT:    %[[B:.*]] = mirage.broadcast %[[V]] : tensor<1x5xf32> -> tensor<3x5xf32>
// CHECK-NEXT:    %[[A:.*]] = mirage.add %[[V]], %[[Y]]
// CHECK-NEXT:    %[[T:.*]] = mirage.splat %[[S]]
// CHECK-NEXT:    %[[F:.*]] = mirage.broadcast %[[T]] : tensor<1x1xf32> -> tensor<3x5xf32>
// CHECK-NEXT:    return %[[B]], %[[A]], %[[F]]
func.func @broadcasts(%x: tensor<5xf32>, %y: tensor<3x5xf32>, %s: f32) -> (tensor<3x5xf32>, tensor<3x5xf32>, tensor<3x5xf32>) {
  %e = tensor.empty() : tensor<3x5xf32>
  %0 = linalg.broadcast ins(%x : tensor<5xf32>) outs(%e : tensor<3x5xf32>) dimensions = [0]
  %1 = linalg.add ins(%0, %y : tensor<3x5xf32>, tensor<3x5xf32>) outs(%e : tensor<3x5xf32>) -> tensor<3x5xf32>
  %2 = linalg.fill ins(%s : f32) outs(%e : tensor<3x5xf32>) -> tensor<3x5xf32>
  return %0, %1, %2 : tensor<3x5xf32>, tensor<3x5xf32>, tensor<3x5xf32>
}

// CHECK-LABEL: func @moves(
// CHECK-SAME:    %[[X:.*]]: tensor<6x4xf32>, %[[Y:.*]]: tensor<1x4xf32>)
// CHECK:         %[[S:.*]] = mirage.slice %[[X]] [1, 0] [2, 1] : tensor<6x4xf32> -> tensor<2x1xf32>
// CHECK-NEXT:    %[[V:.*]] = mirage.reshape %[[S]] : tensor<2x1xf32> -> tensor<2xf32>
// CHECK-DAG:     %[[A:.*]] = mirage.slice %[[X]] [0, 0] [1, 1] : tensor<6x4xf32> -> tensor<3x4xf32>
// CHECK-DAG:     %[[B:.*]] = mirage.slice %[[X]] [4, 0] [1, 1] : tensor<6x4xf32> -> tensor<2x4xf32>
// CHECK:         %[[I:.*]] = mirage.concat dim 0 %[[A]], %[[Y]], %[[B]]
// CHECK-NEXT:    %[[Z:.*]] = mirage.constant 1.0{{.*}} : tensor<6x1xf32>
// CHECK-NEXT:    %[[P:.*]] = mirage.concat dim 1 %[[X]], %[[Z]]
// CHECK-NEXT:    %[[C:.*]] = mirage.reshape %[[X]] : tensor<6x4xf32> -> tensor<2x3x4xf32>
// CHECK-NEXT:    return %[[V]], %[[I]], %[[P]], %[[C]]
func.func @moves(%x: tensor<6x4xf32>, %y: tensor<1x4xf32>) -> (tensor<2xf32>, tensor<6x4xf32>, tensor<6x5xf32>, tensor<2x3x4xf32>) {
  %one = arith.constant 1.0 : f32
  %0 = tensor.extract_slice %x[1, 0] [2, 1] [2, 1] : tensor<6x4xf32> to tensor<2xf32>
  %1 = tensor.insert_slice %y into %x[3, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<6x4xf32>
  %2 = tensor.pad %x low[0, 0] high[0, 1] {
    ^bb0(%i: index, %j: index):
      tensor.yield %one : f32
  } : tensor<6x4xf32> to tensor<6x5xf32>
  %3 = tensor.expand_shape %x [[0, 1], [2]] output_shape [2, 3, 4] : tensor<6x4xf32> into tensor<2x3x4xf32>
  return %0, %1, %2, %3 : tensor<2xf32>, tensor<6x4xf32>, tensor<6x5xf32>, tensor<2x3x4xf32>
}

// arith and math on tensors mean the same; a dense constant stays.
// CHECK-LABEL: func @on_tensors(
// CHECK:         %[[D:.*]] = arith.constant dense<[1.0{{.*}}, 2.0{{.*}}]>
// CHECK:         %[[A:.*]] = mirage.add %{{.*}}, %[[D]] : tensor<2xf32>
// CHECK-NEXT:    mirage.tanh %[[A]]
func.func @on_tensors(%x: tensor<2xf32>) -> tensor<2xf32> {
  %d = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = arith.addf %x, %d : tensor<2xf32>
  %1 = math.tanh %0 : tensor<2xf32>
  return %1 : tensor<2xf32>
}
