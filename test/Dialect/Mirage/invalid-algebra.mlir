// RUN: mirage-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

func.func @tile_outside(%x: !mirage.tile<4xf32>) {
  // expected-error @+1 {{computes a tile outside a mirage.kernel}}
  %r = mirage.exp %x : !mirage.tile<4xf32>
  return
}

// -----

func.func @constant_tile_outside() {
  // expected-error @+1 {{computes a tile outside a mirage.kernel}}
  %r = mirage.constant 1.0 : !mirage.tile<4xf32>
  return
}

// -----

func.func @constant_tensor_inside(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{computes a tensor inside a mirage.kernel}}
    %c = mirage.constant 1.0 : tensor<4xf32>
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @tensor_inside(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{computes a tensor inside a mirage.kernel}}
    %e = mirage.exp %x : tensor<4xf32>
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @mixed(%x: !mirage.tile<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{mixes levels: '!mirage.tile<4xf32>' and 'tensor<4xf32>'}}
  %r = mirage.add %x, %y : !mirage.tile<4xf32>, tensor<4xf32> -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @no_result(%x: tensor<4xf32>) {
  // expected-error @+1 {{requires one result}}
  "mirage.add"(%x, %x) : (tensor<4xf32>, tensor<4xf32>) -> ()
  return
}

// -----

func.func @one_operand(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{expected 2 operands, but found 1}}
  %r = "mirage.add"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Elementwise ops
//===----------------------------------------------------------------------===//

func.func @ranks(%x: tensor<4xf32>, %y: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error @+1 {{operands have ranks 1 and 2}}
  %r = mirage.add %x, %y : tensor<4xf32>, tensor<1x4xf32> -> tensor<1x4xf32>
  return %r : tensor<1x4xf32>
}

// -----

func.func @extents(%x: tensor<2x4xf32>, %y: tensor<2x3xf32>) -> tensor<2x4xf32> {
  // expected-error @+1 {{dimension 1 has extents 4 and 3}}
  %r = mirage.mul %x, %y : tensor<2x4xf32>, tensor<2x3xf32> -> tensor<2x4xf32>
  return %r : tensor<2x4xf32>
}

// -----

func.func @result_shape(%x: tensor<2x4xf32>, %y: tensor<2x1xf32>) -> tensor<2x1xf32> {
  // expected-error @+1 {{result has shape 2x1, expected 2x4}}
  %r = mirage.sub %x, %y : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x1xf32>
  return %r : tensor<2x1xf32>
}

// -----

func.func @element_types(%x: tensor<4xf32>, %y: tensor<4xf16>) -> tensor<4xf32> {
  // expected-error @+1 {{operands have element types f32 and f16; only cast changes a type}}
  %r = mirage.div %x, %y : tensor<4xf32>, tensor<4xf16> -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @result_element(%x: tensor<4xf16>) -> tensor<4xf32> {
  // expected-error @+1 {{result has element type f32, operands have f16}}
  %r = mirage.max %x, %x : tensor<4xf16>, tensor<4xf16> -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @unary_types(%x: tensor<4xf16>) -> tensor<4xf32> {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %r = "mirage.exp"(%x) : (tensor<4xf16>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @cast_shape(%x: tensor<4xf16>) -> tensor<2x2xf32> {
  // expected-error @+1 {{result has shape 2x2, expected 4}}
  %r = mirage.cast %x : tensor<4xf16> -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// -----

func.func @cmp_operands(%x: tensor<4xf16>, %y: tensor<4xf32>) -> tensor<4xi1> {
  // expected-error @+1 {{operands have element types f16 and f32}}
  %r = mirage.cmp lt %x, %y : tensor<4xf16>, tensor<4xf32> -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// -----

func.func @cmp_result(%x: tensor<4xf16>) -> tensor<4xf16> {
  // expected-error @+1 {{result has element type f16, expected i1}}
  %r = mirage.cmp lt %x, %x : tensor<4xf16>, tensor<4xf16> -> tensor<4xf16>
  return %r : tensor<4xf16>
}

// -----

func.func @cmp_predicate(%x: tensor<4xf16>) -> tensor<4xi1> {
  // expected-error @+1 {{expected string or keyword containing one of the following enum values for attribute 'predicate' [eq, ne, lt, le, gt, ge]}}
  %r = mirage.cmp less %x, %x : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// -----

func.func @cmp_predicate_number(%x: tensor<4xf16>) -> tensor<4xi1> {
  // expected-error @+1 {{Invalid attribute `predicate`}}
  %r = "mirage.cmp"(%x, %x) <{predicate = 6 : i32}> : (tensor<4xf16>, tensor<4xf16>) -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// -----

func.func @cmp_no_predicate(%x: tensor<4xf16>) -> tensor<4xi1> {
  // expected-error @+1 {{requires attribute 'predicate'}}
  %r = "mirage.cmp"(%x, %x) : (tensor<4xf16>, tensor<4xf16>) -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// -----

func.func @select_condition(%c: tensor<4xi32>, %x: tensor<4xf16>) -> tensor<4xf16> {
  // expected-error @+1 {{condition has element type i32, expected i1}}
  %r = mirage.select %c, %x, %x : tensor<4xi32>, tensor<4xf16>, tensor<4xf16> -> tensor<4xf16>
  return %r : tensor<4xf16>
}

// -----

func.func @select_choices(%c: tensor<4xi1>, %x: tensor<4xf16>, %y: tensor<4xf32>) -> tensor<4xf16> {
  // expected-error @+1 {{operands have element types f16 and f32; only cast changes a type}}
  %r = mirage.select %c, %x, %y : tensor<4xi1>, tensor<4xf16>, tensor<4xf32> -> tensor<4xf16>
  return %r : tensor<4xf16>
}

// -----

//===----------------------------------------------------------------------===//
// Matmul and reduce
//===----------------------------------------------------------------------===//

func.func @matmul_rank(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{operands have ranks 1 and 1, expected equal ranks of at least 2}}
  %r = mirage.matmul %x, %x : tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @matmul_contracted(%x: tensor<2x8xf32>, %y: tensor<4x2xf32>) -> tensor<2x2xf32> {
  // expected-error @+1 {{contracted dimension has extents 8 and 4}}
  %r = mirage.matmul %x, %y : tensor<2x8xf32>, tensor<4x2xf32> -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// -----

func.func @matmul_leading(%x: tensor<3x2x8xf32>, %y: tensor<2x8x2xf32>) -> tensor<3x2x2xf32> {
  // expected-error @+1 {{leading dimension 0 has extents 3 and 2}}
  %r = mirage.matmul %x, %y : tensor<3x2x8xf32>, tensor<2x8x2xf32> -> tensor<3x2x2xf32>
  return %r : tensor<3x2x2xf32>
}

// -----

func.func @matmul_operands(%x: tensor<2x8xf16>, %y: tensor<8x2xf32>) -> tensor<2x2xf32> {
  // expected-error @+1 {{operands have element types f16 and f32}}
  %r = mirage.matmul %x, %y : tensor<2x8xf16>, tensor<8x2xf32> -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// -----

func.func @matmul_narrow(%x: tensor<2x8xf16>, %y: tensor<8x2xf16>) -> tensor<2x2xf16> {
  // expected-error @+1 {{accumulates f16 in f16, expected at least f32}}
  %r = mirage.matmul %x, %y : tensor<2x8xf16>, tensor<8x2xf16> -> tensor<2x2xf16>
  return %r : tensor<2x2xf16>
}

// -----

func.func @matmul_narrower(%x: tensor<2x8xf64>, %y: tensor<8x2xf64>) -> tensor<2x2xf32> {
  // expected-error @+1 {{accumulates f64 in f32, expected at least f64}}
  %r = mirage.matmul %x, %y : tensor<2x8xf64>, tensor<8x2xf64> -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// -----

func.func @matmul_integers(%x: tensor<2x8xi32>, %y: tensor<8x2xi32>) -> tensor<2x2xi32> {
  // expected-error @+1 {{multiplies matrices of i32, expected a float type}}
  %r = mirage.matmul %x, %y : tensor<2x8xi32>, tensor<8x2xi32> -> tensor<2x2xi32>
  return %r : tensor<2x2xi32>
}

// -----

func.func @reduce_dim(%x: tensor<2x8xf32>) -> tensor<2x1xf32> {
  // expected-error @+1 {{dim is 2, operand has rank 2}}
  %r = mirage.reduce sum %x dim 2 : tensor<2x8xf32> -> tensor<2x1xf32>
  return %r : tensor<2x1xf32>
}

// -----

func.func @reduce_scalar(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{dim is 0, operand has rank 0}}
  %r = mirage.reduce sum %x dim 0 : tensor<f32> -> tensor<f32>
  return %r : tensor<f32>
}

// -----

func.func @reduce_shape(%x: tensor<2x8xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{result has shape 2, expected 2x1}}
  %r = mirage.reduce sum %x dim 1 : tensor<2x8xf32> -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @reduce_stack(%x: tensor<2x8xf32>) -> tensor<2x1xf32> {
  // expected-error @+1 {{stack is a combiner of loops only}}
  %r = mirage.reduce stack %x dim 1 : tensor<2x8xf32> -> tensor<2x1xf32>
  return %r : tensor<2x1xf32>
}

// -----

func.func @reduce_kind(%x: tensor<2x8xf32>) -> tensor<2x1xf32> {
  // expected-error @+1 {{Invalid attribute `kind`}}
  %r = "mirage.reduce"(%x) <{kind = 5 : i32, dim = 1 : i64}> : (tensor<2x8xf32>) -> tensor<2x1xf32>
  return %r : tensor<2x1xf32>
}

// -----

func.func @reduce_rel_kind(%x: tensor<2x8xf32>) -> tensor<2x1xf32> {
  // expected-error @+1 {{rel goes with sum only}}
  %r = mirage.reduce prod %x rel %x dim 1 : tensor<2x8xf32>, tensor<2x8xf32> -> tensor<2x1xf32>
  return %r : tensor<2x1xf32>
}

// -----

func.func @reduce_rel_dim(%x: tensor<2x8xf32>, %m: tensor<2x1xf32>) -> tensor<2x1xf32> {
  // expected-error @+1 {{rel operand has shape 2x1, operand has 2x8}}
  %r = mirage.reduce sum %x rel %m dim 1 : tensor<2x8xf32>, tensor<2x1xf32> -> tensor<2x1xf32>
  return %r : tensor<2x1xf32>
}

// -----

func.func @reduce_rel_shape(%x: tensor<4x8xf32>, %m: tensor<2x8xf32>) -> tensor<4x1xf32> {
  // expected-error @+1 {{rel operand has shape 2x8, operand has 4x8}}
  %r = mirage.reduce sum %x rel %m dim 1 : tensor<4x8xf32>, tensor<2x8xf32> -> tensor<4x1xf32>
  return %r : tensor<4x1xf32>
}

// -----

func.func @reduce_integers(%x: tensor<2x8xi32>) -> tensor<2x1xi32> {
  // expected-error @+1 {{cannot reduce i32, expected a float type}}
  %r = mirage.reduce sum %x dim 1 : tensor<2x8xi32> -> tensor<2x1xi32>
  return %r : tensor<2x1xi32>
}

// -----

func.func @reduce_narrower(%x: tensor<2x8xf32>) -> tensor<2x1xf16> {
  // expected-error @+1 {{result has element type f16, operand has f32, expected that or a wider float type}}
  %r = mirage.reduce sum %x dim 1 : tensor<2x8xf32> -> tensor<2x1xf16>
  return %r : tensor<2x1xf16>
}

// -----

func.func @reduce_other(%x: tensor<2x8xf16>) -> tensor<2x1xbf16> {
  // expected-error @+1 {{result has element type bf16, operand has f16, expected that or a wider float type}}
  %r = mirage.reduce sum %x dim 1 : tensor<2x8xf16> -> tensor<2x1xbf16>
  return %r : tensor<2x1xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

func.func @transpose_permutation(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  // expected-error @+1 {{permutation is not one of 0..1}}
  %r = mirage.transpose %x [0, 0] : tensor<2x8xf32> -> tensor<2x8xf32>
  return %r : tensor<2x8xf32>
}

// -----

func.func @transpose_beyond(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  // expected-error @+1 {{permutation is not one of 0..1}}
  %r = mirage.transpose %x [-1, 2] : tensor<2x8xf32> -> tensor<2x8xf32>
  return %r : tensor<2x8xf32>
}

// -----

func.func @transpose_scalar(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{permutation has 1 entries, operand has rank 0}}
  %r = mirage.transpose %x [0] : tensor<f32> -> tensor<f32>
  return %r : tensor<f32>
}

// -----

func.func @transpose_shape(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  // expected-error @+1 {{result has shape 2x8, expected 8x2}}
  %r = mirage.transpose %x [1, 0] : tensor<2x8xf32> -> tensor<2x8xf32>
  return %r : tensor<2x8xf32>
}

// -----

func.func @broadcast(%x: tensor<2x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{cannot broadcast 2x8 to 4x8}}
  %r = mirage.broadcast %x : tensor<2x8xf32> -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// -----

func.func @broadcast_rank(%x: tensor<8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{cannot broadcast 8 to 4x8}}
  %r = mirage.broadcast %x : tensor<8xf32> -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// -----

func.func @reshape(%x: tensor<2x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{cannot reshape 2x8 to 4x8}}
  %r = mirage.reshape %x : tensor<2x8xf32> -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// -----

func.func @reshape_element(%x: tensor<2x8xf32>) -> tensor<16xf16> {
  // expected-error @+1 {{result has element type f16, operands have f32}}
  %r = mirage.reshape %x : tensor<2x8xf32> -> tensor<16xf16>
  return %r : tensor<16xf16>
}

// -----

func.func @slice_entries(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  // expected-error @+1 {{offsets, sizes and strides need one entry for each of the 2 dimensions}}
  %r = mirage.slice %x [0] [1, 1] : tensor<2x8xf32> -> tensor<2x8xf32>
  return %r : tensor<2x8xf32>
}

// -----

func.func @slice_rank(%x: tensor<2x8xf32>) -> tensor<8xf32> {
  // expected-error @+1 {{offsets, sizes and strides need one entry for each of the 2 dimensions}}
  %r = mirage.slice %x [0, 0] [1, 1] : tensor<2x8xf32> -> tensor<8xf32>
  return %r : tensor<8xf32>
}

// -----

func.func @slice_offset(%x: tensor<3xf32>) -> tensor<1xf32> {
  // expected-error @+1 {{slice of dimension 0 leaves its extent 3}}
  %r = mirage.slice %x [4] [3] : tensor<3xf32> -> tensor<1xf32>
  return %r : tensor<1xf32>
}

// -----

func.func @slice_stride(%x: tensor<8xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{slice of dimension 0 leaves its extent 8}}
  %r = mirage.slice %x [2] [9223372036854775807] : tensor<8xf32> -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

func.func @slice_backwards(%x: tensor<8xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{offset, size and stride of dimension 0 are 2, 3 and -1, expected at least 0, 1 and 1}}
  %r = mirage.slice %x [2] [-1] : tensor<8xf32> -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

func.func @slice_negative(%x: tensor<8xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{offset, size and stride of dimension 0 are -1, 3 and 1, expected at least 0, 1 and 1}}
  %r = mirage.slice %x [-1] [1] : tensor<8xf32> -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

func.func @concat_none() -> tensor<2xf32> {
  // expected-error @+1 {{expects at least one operand}}
  %r = "mirage.concat"() <{dim = 0 : i64}> : () -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @concat_dim(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{dim is -1, operands have rank 1}}
  %r = mirage.concat dim -1 %x : tensor<2xf32> -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @concat_shapes(%x: tensor<2x3xf32>, %y: tensor<3x3xf32>) -> tensor<2x6xf32> {
  // expected-error @+1 {{cannot concatenate 2x3 and 3x3 along dimension 1}}
  %r = mirage.concat dim 1 %x, %y : tensor<2x3xf32>, tensor<3x3xf32> -> tensor<2x6xf32>
  return %r : tensor<2x6xf32>
}

// -----

func.func @concat_ranks(%x: tensor<2x3xf32>, %y: tensor<3xf32>) -> tensor<2x6xf32> {
  // expected-error @+1 {{cannot concatenate 2x3 and 3 along dimension 1}}
  %r = mirage.concat dim 1 %x, %y : tensor<2x3xf32>, tensor<3xf32> -> tensor<2x6xf32>
  return %r : tensor<2x6xf32>
}

// -----

func.func @concat_long(%x: tensor<6000000000000000000xf32>) -> tensor<1xf32> {
  // expected-error @+1 {{the extents along dimension 0 add up to more than 2^63 - 1}}
  %r = mirage.concat dim 0 %x, %x : tensor<6000000000000000000xf32>, tensor<6000000000000000000xf32> -> tensor<1xf32>
  return %r : tensor<1xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Map
//===----------------------------------------------------------------------===//

func.func @map_no_operand() -> tensor<2xf32> {
  // expected-error @+1 {{an elementwise op needs an operand}}
  %r = "mirage.map"() ({
    %c = arith.constant 1.0 : f32
    mirage.yield %c : f32
  }) : () -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @map_arguments(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{body has 2 arguments, expected 1}}
  %r = mirage.map %x : tensor<2xf32> -> tensor<2xf32> {
  ^bb0(%e: f32, %f: f32):
    mirage.yield %e : f32
  }
  return %r : tensor<2xf32>
}

// -----

func.func @map_argument_type(%x: tensor<2xf32>) -> tensor<2xf16> {
  // expected-error @+1 {{body argument 0 has type 'f16', expected 'f32'}}
  %r = mirage.map %x : tensor<2xf32> -> tensor<2xf16> {
  ^bb0(%e: f16):
    mirage.yield %e : f16
  }
  return %r : tensor<2xf16>
}

// -----

func.func @map_yield_type(%x: tensor<2xf32>) -> tensor<2xf16> {
  %r = mirage.map %x : tensor<2xf32> -> tensor<2xf16> {
  ^bb0(%e: f32):
    // expected-error @+1 {{has a value of type 'f32', expected 'f16'}}
    mirage.yield %e : f32
  }
  return %r : tensor<2xf16>
}

// -----

func.func @map_empty(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{requires a single operand}}
  %r = mirage.map %x : tensor<2xf32> -> tensor<2xf32> {
  ^bb0(%e: f32):
  }
  return %r : tensor<2xf32>
}

// -----

func.func @map_no_block(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{region with 1 blocks}}
  %r = "mirage.map"(%x) ({}) : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @map_foreign(%x: tensor<2xf32>) -> tensor<2xf32> {
  %r = mirage.map %x : tensor<2xf32> -> tensor<2xf32> {
  ^bb0(%e: f32):
    // expected-error @+1 {{has no meaning in a mirage.map}}
    %i = arith.constant dense<1.0> : vector<2xf32>
    mirage.yield %e : f32
  }
  return %r : tensor<2xf32>
}

// -----

// Casts are those of the dialect's types.
func.func @map_signed_boolean(%x: tensor<2xi1>) -> tensor<2xf32> {
  %r = mirage.map %x : tensor<2xi1> -> tensor<2xf32> {
  ^bb0(%e: i1):
    // expected-error @+1 {{has no meaning in a mirage.map}}
    %i = arith.sitofp %e : i1 to f32
    mirage.yield %i : f32
  }
  return %r : tensor<2xf32>
}

// -----

func.func @map_captures(%x: tensor<2xf32>, %s: f32) -> tensor<2xf32> {
  // expected-note @+1 {{required by region isolation constraints}}
  %r = mirage.map %x : tensor<2xf32> -> tensor<2xf32> {
  ^bb0(%e: f32):
    // expected-error @+1 {{using value defined outside the region}}
    %t = arith.addf %e, %s : f32
    mirage.yield %t : f32
  }
  return %r : tensor<2xf32>
}

// -----

// The body is verified before its meaning is read.
func.func @map_body_invalid(%x: tensor<2xf32>) -> tensor<2xf32> {
  %r = mirage.map %x : tensor<2xf32> -> tensor<2xf32> {
  ^bb0(%e: f32):
    // expected-error @+1 {{requires attribute 'predicate'}}
    %c = "arith.cmpf"(%e, %e) : (f32, f32) -> i1
    mirage.yield %e : f32
  }
  return %r : tensor<2xf32>
}

// -----

func.func @map_broadcast(%x: tensor<2xf32>, %y: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{dimension 0 has extents 2 and 3}}
  %r = mirage.map %x, %y : tensor<2xf32>, tensor<3xf32> -> tensor<3xf32> {
  ^bb0(%e: f32, %f: f32):
    mirage.yield %e : f32
  }
  return %r : tensor<3xf32>
}

// -----

func.func @yield_outside(%x: f32) {
  // expected-error @+1 {{expects parent op 'mirage.map'}}
  mirage.yield %x : f32
}
