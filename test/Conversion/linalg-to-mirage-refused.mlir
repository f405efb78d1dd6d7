// One program for each reason for which an op stays; see also linalg-to-mirage-remarks.mlir.
// RUN: mirage-opt %s --convert-linalg-to-mirage --split-input-file --verify-diagnostics -o /dev/null

func.func @encoding(%x: tensor<4xf32, "sparse">) -> tensor<4xf32, "sparse"> {
  // expected-remark @below {{not raised to mirage: type tensor<4xf32, "sparse"> has an encoding}}
  %0 = math.exp %x : tensor<4xf32, "sparse">
  return %0 : tensor<4xf32, "sparse">
}

// -----

func.func @one_index(%x: tensor<8xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  // expected-remark @below {{not raised to mirage: a result is written at one constant index only}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (0)>], iterator_types = ["reduction"]}
    ins(%x : tensor<8xf32>) outs(%y : tensor<4xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %a, %o : f32
      linalg.yield %r : f32
    } -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @indexed_by_an_expression(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  // expected-remark @below {{not raised to mirage: a result is indexed by -d0 + 7}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (7 - d0)>], iterator_types = ["parallel"]}
    ins(%x : tensor<8xf32>) outs(%y : tensor<8xf32>) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
    } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @diagonal(%x: tensor<8xf32>, %y: tensor<8x8xf32>) -> tensor<8x8xf32> {
  // expected-remark @below {{not raised to mirage: a result is indexed twice by d0}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0, d0)>], iterator_types = ["parallel"]}
    ins(%x : tensor<8xf32>) outs(%y : tensor<8x8xf32>) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
    } -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

// -----

func.func @by_the_reduced(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  // expected-remark @below {{not raised to mirage: a result is indexed by the reduced d0}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["reduction"]}
    ins(%x : tensor<8xf32>) outs(%y : tensor<8xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %a, %o : f32
      linalg.yield %r : f32
    } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @last_one_wins(%x: tensor<8xf32>, %y: tensor<1xf32>) -> tensor<1xf32> {
  // expected-remark @below {{not raised to mirage: a result is not indexed by d0}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (0)>], iterator_types = ["parallel"]}
    ins(%x : tensor<8xf32>) outs(%y : tensor<1xf32>) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
    } -> tensor<1xf32>
  return %0 : tensor<1xf32>
}

// -----

func.func @too_many_places(%x: tensor<5000xf32>, %z: tensor<5000x5000xf32>, %y: tensor<5000x5000xf32>) -> tensor<5000x5000xf32> {
  // expected-remark @below {{not raised to mirage: operand 0 is indexed by d0 floordiv 2 + d1 floordiv 3, at too many places}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0 floordiv 2 + d1 floordiv 3)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<5000xf32>) outs(%y : tensor<5000x5000xf32>) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
    } -> tensor<5000x5000xf32>
  return %0 : tensor<5000x5000xf32>
}

// -----

func.func @leaf(%x: tensor<8xf32>, %s: f8E5M2) -> tensor<8xf32> {
  // expected-remark @below {{not raised to mirage: 'arith.extf' on type f8E5M2 has no meaning}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
    ins(%x : tensor<8xf32>) outs(%x : tensor<8xf32>) {
    ^bb0(%a: f32, %o: f32):
      %e = arith.extf %s : f8E5M2 to f32
      linalg.yield %e : f32
    } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @leaf_index(%x: tensor<8xf32>, %s: index) -> tensor<8xf32> {
  // expected-remark @below {{not raised to mirage: 'arith.index_cast' uses a value of type index}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
    ins(%x : tensor<8xf32>) outs(%x : tensor<8xf32>) {
    ^bb0(%a: f32, %o: f32):
      %c = arith.index_cast %s : index to i32
      %e = arith.sitofp %c : i32 to f32
      linalg.yield %e : f32
    } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @two_results(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-remark @below {{not raised to mirage: 'math.sincos' has no meaning}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
    ins(%x : tensor<8xf32>) outs(%x : tensor<8xf32>) {
    ^bb0(%a: f32, %o: f32):
      %s, %c = math.sincos %a : f32
      %e = arith.addf %s, %c : f32
      linalg.yield %e : f32
    } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @constant_function(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-remark @below {{not raised to mirage: the body computes a constant outside the algebra}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
    outs(%x : tensor<8xf32>) {
    ^bb0(%o: f32):
      %c = arith.constant 1.5 : f32
      %e = math.cbrt %c : f32
      linalg.yield %e : f32
    } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @accumulator_of_another(%x: tensor<8xf32>, %y: tensor<f32>, %z: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  // expected-remark @below {{not raised to mirage: a result depends on another one's accumulator}}
  %0:2 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
    ins(%x : tensor<8xf32>) outs(%y, %z : tensor<f32>, tensor<f32>) {
    ^bb0(%a: f32, %p: f32, %q: f32):
      %r = arith.addf %a, %p : f32
      linalg.yield %r, %p : f32, f32
    } -> (tensor<f32>, tensor<f32>)
  return %0#0, %0#1 : tensor<f32>, tensor<f32>
}

// -----

func.func @not_combined(%x: tensor<8xf32>, %y: tensor<f32>) -> tensor<f32> {
  // expected-remark @below {{not raised to mirage: the accumulator is not combined with anything}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
    ins(%x : tensor<8xf32>) outs(%y : tensor<f32>) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %o : f32
    } -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

func.func @softmax_of_integers(%x: tensor<4x4xi32>) -> tensor<4x4xi32> {
  // expected-remark @below {{not raised to mirage: softmax of i32}}
  %0 = linalg.softmax dimension(1) ins(%x : tensor<4x4xi32>) outs(%x : tensor<4x4xi32>) -> tensor<4x4xi32>
  return %0 : tensor<4x4xi32>
}

// -----

func.func @softmax_of_memrefs(%x: memref<4x4xf32>) {
  // expected-remark @below {{not raised to mirage: it works on memrefs}}
  linalg.softmax dimension(1) ins(%x : memref<4x4xf32>) outs(%x : memref<4x4xf32>)
  return
}

// -----

func.func @two_tensors(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-remark @below {{not raised to mirage: 'arith.mulsi_extended' has no meaning}}
  %0, %1 = arith.mulsi_extended %x, %x : tensor<4xi32>
  return %0 : tensor<4xi32>
}

// -----

func.func @part_of_nothing(%x: tensor<4xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  // expected-remark @below {{not raised to mirage: it leaves elements of tensor.empty}}
  %0 = tensor.insert_slice %x into %e[2] [4] [1] : tensor<4xf32> into tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @padding_cuts_all(%x: tensor<4xf32>) -> tensor<2xf32> {
  %c = arith.constant 0.0 : f32
  // expected-remark @below {{not raised to mirage: its padding leaves nothing of its source}}
  %0 = tensor.pad %x low[-4] high[2] {
  ^bb0(%i: index):
    tensor.yield %c : f32
  } : tensor<4xf32> to tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @many_elements(%x: f32) -> tensor<65xf32> {
  // expected-remark @below {{not raised to mirage: it has more than 64 elements}}
  %0 = tensor.from_elements %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x : tensor<65xf32>
  return %0 : tensor<65xf32>
}

// -----

func.func @shape_of_nothing() -> tensor<2x2xf32> {
  %e = tensor.empty() : tensor<4xf32>
  // expected-remark @below {{not raised to mirage: reads an element of tensor.empty}}
  %0 = tensor.expand_shape %e [[0, 1]] output_shape [2, 2] : tensor<4xf32> into tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

func.func @sum_of_wide(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-remark @below {{not raised to mirage: 'arith.addi' may leave the integers that f64 holds}}
  %0 = linalg.map ins(%x : tensor<4xi32>) outs(%x : tensor<4xi32>)
    (%a: i32, %o: i32) {
      %w = arith.extsi %a : i32 to i64
      %c = arith.constant 9007199254740990 : i64
      %s = arith.addi %w, %c : i64
      %r = arith.trunci %s : i64 to i32
      linalg.yield %r : i32
    }
  return %0 : tensor<4xi32>
}

// -----

func.func @wide_constant(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-remark @below {{not raised to mirage: 'arith.minsi' has a constant that f64 does not hold}}
  %0 = linalg.map ins(%x : tensor<4xi32>) outs(%x : tensor<4xi32>)
    (%a: i32, %o: i32) {
      %w = arith.extsi %a : i32 to i64
      %c = arith.constant 9007199254740995 : i64
      %s = arith.minsi %w, %c : i64
      %r = arith.trunci %s : i64 to i32
      linalg.yield %r : i32
    }
  return %0 : tensor<4xi32>
}

// -----

func.func @or_with_constant(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-remark @below {{not raised to mirage: 'arith.ori' works on the bits of integers}}
  %0 = linalg.map ins(%x : tensor<4xi32>) outs(%x : tensor<4xi32>)
    (%a: i32, %o: i32) {
      %c = arith.constant 5 : i32
      %r = arith.ori %a, %c : i32
      linalg.yield %r : i32
    }
  return %0 : tensor<4xi32>
}

// -----

func.func @shift_by_width(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-remark @below {{not raised to mirage: 'arith.shli' works on the bits of integers}}
  %0 = linalg.map ins(%x : tensor<4xi32>) outs(%x : tensor<4xi32>)
    (%a: i32, %o: i32) {
      %c = arith.constant 32 : i32
      %r = arith.shli %a, %c : i32
      linalg.yield %r : i32
    }
  return %0 : tensor<4xi32>
}

// -----

func.func @ctlz(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-remark @below {{not raised to mirage: 'math.ctlz' has no meaning on integers}}
  %0 = linalg.map ins(%x : tensor<4xi32>) outs(%x : tensor<4xi32>)
    (%a: i32, %o: i32) {
      %r = math.ctlz %a : i32
      linalg.yield %r : i32
    }
  return %0 : tensor<4xi32>
}

// -----

func.func @div_of_large(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-remark @below {{not raised to mirage: 'arith.divui' may leave the integers that f64 holds}}
  %0 = linalg.map ins(%x : tensor<4xi32>) outs(%x : tensor<4xi32>)
    (%a: i32, %o: i32) {
      %w = arith.extsi %a : i32 to i64
      %c = arith.constant 3 : i64
      %q = arith.divui %w, %c : i64
      %r = arith.trunci %q : i64 to i32
      linalg.yield %r : i32
    }
  return %0 : tensor<4xi32>
}

// -----

func.func @shift_of_large(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-remark @below {{not raised to mirage: 'arith.shrui' may leave the integers that f64 holds}}
  %0 = linalg.map ins(%x : tensor<4xi32>) outs(%x : tensor<4xi32>)
    (%a: i32, %o: i32) {
      %w = arith.extsi %a : i32 to i64
      %c = arith.constant 3 : i64
      %q = arith.shrui %w, %c : i64
      %r = arith.trunci %q : i64 to i32
      linalg.yield %r : i32
    }
  return %0 : tensor<4xi32>
}

// -----

// The choice of what no float holds crashed.
func.func @mask_of_more_bits_than_f64_has(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-remark @below {{not raised to mirage: 'arith.andi' may leave the integers that f64 holds}}
  %0 = linalg.map ins(%x : tensor<4xi32>) outs(%x : tensor<4xi32>)
    (%a: i32, %o: i32) {
      %w = arith.extsi %a : i32 to i64
      %c = arith.constant 1152921504606846975 : i64
      %m = arith.andi %w, %c : i64
      %k = arith.cmpi slt, %a, %o : i32
      %s = arith.select %k, %m, %w : i64
      %r = arith.trunci %s : i64 to i32
      linalg.yield %r : i32
    }
  return %0 : tensor<4xi32>
}
