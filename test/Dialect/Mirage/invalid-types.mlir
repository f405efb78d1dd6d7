// RUN: mirage-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{extents must be at least 1}}
func.func private @tile_extent(!mirage.tile<4x0xf32>)

// -----

// expected-error @+1 {{the element type must be f16, bf16, f32, f64, i1 or i32}}
func.func private @tile_element(!mirage.tile<4xi8>)

// -----

// expected-error @+1 {{the element type must be f16, bf16, f32, f64, i1 or i32}}
func.func private @out_element(!mirage.out<4xvector<2xf32>>)

// -----

// expected-error @+1 {{there must be fewer than 2^63 - 1 elements}}
func.func private @tile_elements(!mirage.tile<4294967296x4294967296xf32>)

// -----

// expected-error @+1 {{expected static shape}}
func.func private @tile_dynamic(!mirage.tile<?xf32>)

// -----

// expected-error @+1 {{!mirage.fragment is reserved for values at thread level, which do not exist yet}}
func.func private @fragment(!mirage.fragment<16x64xf32>)

// -----

// expected-error @+1 {{unknown type !mirage.fragments}}
func.func private @unknown(!mirage.fragments)

// -----

func.func @constant_element() -> tensor<2xi8> {
  // expected-error @+1 {{has a value of type 'tensor<2xi8>': the element type must be f16, bf16, f32, f64, i1 or i32}}
  %r = mirage.constant 1.0 : tensor<2xi8>
  return %r : tensor<2xi8>
}

// -----

func.func @constant_empty() -> tensor<0xf32> {
  // expected-error @+1 {{has a value of type 'tensor<0xf32>': extents must be at least 1}}
  %r = mirage.constant 1.0 : tensor<0xf32>
  return %r : tensor<0xf32>
}

// -----

func.func @operand_encoding(%x: tensor<2xf32, "sparse">) -> tensor<2xf32> {
  // expected-error @+1 {{has a value of type 'tensor<2xf32, "sparse">': an encoding is not allowed}}
  %r = mirage.broadcast %x : tensor<2xf32, "sparse"> -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @operand_empty(%x: tensor<0xf32>) -> tensor<0xf32> {
  // expected-error @+1 {{has a value of type 'tensor<0xf32>': extents must be at least 1}}
  %r = mirage.exp %x : tensor<0xf32>
  return %r : tensor<0xf32>
}

// -----

func.func @operand_elements(%x: tensor<4294967296x4294967296xf32>) -> tensor<4294967296x4294967296xf32> {
  // expected-error @+1 {{there must be fewer than 2^63 - 1 elements}}
  %r = mirage.exp %x : tensor<4294967296x4294967296xf32>
  return %r : tensor<4294967296x4294967296xf32>
}

// -----

func.func @operand_dynamic(%x: tensor<?xf32>) -> tensor<?xf32> {
  // expected-error @+1 {{operand #0 must be tensor of static shape or tile, but got 'tensor<?xf32>'}}
  %r = mirage.exp %x : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

func.func @operand_vector(%x: vector<4xf32>) -> vector<4xf32> {
  // expected-error @+1 {{operand #0 must be tensor of static shape or tile, but got 'vector<4xf32>'}}
  %r = mirage.exp %x : vector<4xf32>
  return %r : vector<4xf32>
}

// -----

func.func @kernel_input(%a: tensor<4xi64>) -> tensor<4xf32> {
  // expected-error @+1 {{input has type 'tensor<4xi64>': the element type must be f16, bf16, f32, f64, i1 or i32}}
  %o = mirage.kernel () ins(%x = %a : tensor<4xi64>) outs(%out : tensor<4xf32>) {
    %c = mirage.constant 1.0 : !mirage.tile<4xf32>
    mirage.store %c to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @kernel_output() -> tensor<4xf32, "sparse"> {
  // expected-error @+1 {{output has type 'tensor<4xf32, "sparse">': an encoding is not allowed}}
  %o = mirage.kernel () outs(%out : tensor<4xf32, "sparse">) {
  }
  return %o : tensor<4xf32, "sparse">
}

// -----

func.func @kernel_output_generic() -> tensor<4xf32, "sparse"> {
  // expected-error @+1 {{output has type 'tensor<4xf32, "sparse">': an encoding is not allowed}}
  %o = "mirage.kernel"() <{grid = array<i64>}> ({
  ^bb0(%out: !mirage.out<4xf32>):
    "mirage.end"() : () -> ()
  }) : () -> tensor<4xf32, "sparse">
  return %o : tensor<4xf32, "sparse">
}

// -----

func.func @kernel_output_scalar() -> f32 {
  // expected-error @+1 {{output must be a tensor}}
  %o = mirage.kernel () outs(%out : f32) {
  }
  return %o : f32
}

// -----

func.func @kernel_output_dynamic() -> tensor<?xf32> {
  // expected-error @+1 {{output has type 'tensor<?xf32>': the shape must be static}}
  %o = mirage.kernel () outs(%out : tensor<?xf32>) {
  }
  return %o : tensor<?xf32>
}

// -----

func.func @kernel_output_elements() -> tensor<4294967296x4294967296xf32> {
  // expected-error @+1 {{there must be fewer than 2^63 - 1 elements}}
  %o = mirage.kernel () outs(%out : tensor<4294967296x4294967296xf32>) {
  }
  return %o : tensor<4294967296x4294967296xf32>
}

// -----

func.func @splat_type(%s: f32) -> tensor<1xf16> {
  // expected-error @+1 {{scalar has type 'f32', expected 'f16'}}
  %r = mirage.splat %s : f32 -> tensor<1xf16>
  return %r : tensor<1xf16>
}

// -----

func.func @splat_element(%s: i64) -> tensor<1xi64> {
  // expected-error @+1 {{has a value of type 'tensor<1xi64>': the element type must be f16, bf16, f32, f64, i1 or i32}}
  %r = mirage.splat %s : i64 -> tensor<1xi64>
  return %r : tensor<1xi64>
}

// -----

func.func @splat_shape(%s: f32) -> tensor<2xf32> {
  // expected-error @+1 {{result has shape 2, expected one element}}
  %r = mirage.splat %s : f32 -> tensor<2xf32>
  return %r : tensor<2xf32>
}
