// RUN: mirage-opt %s -split-input-file -verify-diagnostics -pass-pipeline='builtin.module(func.func(test-mirage-program-roundtrip))'

func.func @foreign(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  // expected-error @+1 {{'math.exp' op has no meaning in a program}}
  %0 = math.exp %x : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

// expected-error @+1 {{'func.func' op argument 1 is of type tensor<?x2xf32>: the shape must be static}}
func.func @dynamic(%x: tensor<2x2xf32>, %y: tensor<?x2xf32>) -> tensor<2x2xf32> {
  return %x : tensor<2x2xf32>
}

// -----

// expected-error @+1 {{argument 0 is of type tensor<2x2xi8>: the element type must be f16, bf16, f32, f64, i1 or i32}}
func.func @type(%x: tensor<2x2xi8>) -> tensor<2x2xi8> {
  return %x : tensor<2x2xi8>
}

// -----

// expected-error @+1 {{argument 0 is of type tensor<4000000000x4000000000xf32>: there must be fewer than 2^63 - 1 elements}}
func.func @more_elements_than_63_bits_count(%x: tensor<4000000000x4000000000xf32>) -> tensor<4000000000x4000000000xf32> {
  return %x : tensor<4000000000x4000000000xf32>
}

// -----

func.func @constant_of_more_elements_than_63_bits_count() -> tensor<4000000000x4000000000xf32> {
  // expected-error @+1 {{'arith.constant' op has a result of type tensor<4000000000x4000000000xf32>: there must be fewer than 2^63 - 1 elements}}
  %0 = arith.constant dense<1.0> : tensor<4000000000x4000000000xf32>
  return %0 : tensor<4000000000x4000000000xf32>
}

// -----

// expected-error @+1 {{argument 0 is of type tensor<2x0xf32>: extents must be at least 1}}
func.func @empty(%x: tensor<2x0xf32>) -> tensor<2x0xf32> {
  return %x : tensor<2x0xf32>
}

// -----

// expected-error @+1 {{argument 0 is of type tensor<2xf32, "sparse">: an encoding is not allowed}}
func.func @encoding(%x: tensor<2xf32, "sparse">) -> tensor<2xf32, "sparse"> {
  return %x : tensor<2xf32, "sparse">
}

// -----

// expected-error @+1 {{argument 0 is of type memref<2xf32>, expected a scalar or a tensor of a supported element type}}
func.func @memref(%x: memref<2xf32>) {
  return
}

// -----

// expected-error @+1 {{argument 0 is of type index, expected a scalar or a tensor of a supported element type}}
func.func @index(%x: index) {
  return
}

// -----

// expected-error @+1 {{'func.func' op expected a body of one block}}
func.func private @declaration(%x: tensor<2x2xf32>) -> tensor<2x2xf32>

// -----

// expected-error @+1 {{expected a body of one block}}
func.func @blocks(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  cf.br ^next
^next:
  return %x : tensor<2x2xf32>
}

// -----

func.func @no_return(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  // expected-error @+1 {{'ub.unreachable' op expected a return}}
  ub.unreachable
}

// -----

func.func @sparse() -> tensor<2x2xf32> {
  // expected-error @+1 {{'arith.constant' op is a constant of a kind that is not supported}}
  %0 = arith.constant sparse<[[0, 1]], [2.0]> : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

func.func @scalar(%x: f32) -> f32 {
  // expected-error @+1 {{returns a value that is no tensor}}
  return %x : f32
}

// -----

func.func @filled(%x: tensor<10x8xf32>) -> tensor<10x8xf32> {
  %o = mirage.kernel (%i : 3) ins(%a = %x : tensor<10x8xf32>) outs(%out : tensor<10x8xf32>) {
    // expected-error @+1 {{a filled load has no meaning in a program}}
    %t = mirage.load %a[%i, *] fill 0.0 : tensor<10x8xf32> -> !mirage.tile<4x8xf32>
    mirage.store %t to %out[%i, *] : !mirage.tile<4x8xf32>, !mirage.out<10x8xf32>
  }
  return %o : tensor<10x8xf32>
}

// -----

func.func @resource_lacks() -> tensor<2xf32> {
  // expected-error @+1 {{has no data: the file lacks the resource 'nothing'}}
  %0 = arith.constant dense_resource<nothing> : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @resource_short() -> tensor<2xf32> {
  // expected-error @+1 {{needs 8 bytes of data, the resource 'short' has 4}}
  %0 = arith.constant dense_resource<short> : tensor<2xf32>
  return %0 : tensor<2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      short: "0x040000000000803F"
    }
  }
#-}
