// RUN: mirage-opt %s --split-input-file --verify-diagnostics

func.func @store_before_definition(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{uses a value that is no tile computed before it}}
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @load_outside(%k: !mirage.axis, %t: !mirage.tile<4xf32>) {
  // expected-error @+1 {{expects parent op to be one of}}
  %l = mirage.load %t[%k] : !mirage.tile<4xf32> -> !mirage.tile<2xf32>
  return
}

// -----

func.func @store_outside(%o: !mirage.out<4xf32>, %t: !mirage.tile<4xf32>) {
  // expected-error @+1 {{expects parent op to be one of}}
  mirage.store %t to %o[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  return
}

// -----

func.func @slice_outside(%x: tensor<3xf32>) -> tensor<1xf32> {
  // expected-error @+1 {{slice of dimension 0 leaves its extent 3}}
  %r = mirage.slice %x [4] [3] : tensor<3xf32> -> tensor<1xf32>
  return %r : tensor<1xf32>
}

// -----

func.func @constant_type() -> tensor<2xi8> {
  // expected-error @+1 {{has element type 'i8', expected f16, bf16, f32, f64, i1 or i32}}
  %r = mirage.constant 1.0 : tensor<2xi8>
  return %r : tensor<2xi8>
}

// -----

func.func @uncovered(%a: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8x4xf32>) outs(%out : tensor<8x4xf32>) {
    // expected-error @+1 {{tiles of extent 3 do not cover dimension 0: 2 of them, extent 8}}
    %t = mirage.load %x[%i, *] : tensor<8x4xf32> -> !mirage.tile<3x4xf32>
    mirage.store %t to %out[%i, *] : !mirage.tile<3x4xf32>, !mirage.out<8x4xf32>
  }
  return %o : tensor<8x4xf32>
}

// -----

func.func @two_writers(%a: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8x4xf32>) outs(%out : tensor<8x4xf32>) {
    %t = mirage.load %x[*, *] : tensor<8x4xf32> -> !mirage.tile<8x4xf32>
    // expected-error @+1 {{does not name axis 0 of the enclosing kernel}}
    mirage.store %t to %out[*, *] : !mirage.tile<8x4xf32>, !mirage.out<8x4xf32>
  }
  return %o : tensor<8x4xf32>
}
