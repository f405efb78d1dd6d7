// RUN: mirage-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect

//===----------------------------------------------------------------------===//
// Splits
//===----------------------------------------------------------------------===//

func.func @uncovered(%a: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8x4xf32>) outs(%out : tensor<8x4xf32>) {
    // expected-error @+1 {{tiles of extent 3 do not cover dimension 0: 2 of them, extent 8}}
    %t = mirage.load %x[%i, *] : tensor<8x4xf32> -> !mirage.tile<3x4xf32>
    mirage.store %t to %out[%i, *] : !mirage.tile<3x4xf32>, !mirage.out<8x4xf32>
  }
  return %o : tensor<8x4xf32>
}

// -----

func.func @empty_tile(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel (%i : 3) ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    // expected-error @+1 {{dimension 0 has extent 8, so the last of 3 tiles of extent 4 is wholly empty}}
    %t = mirage.load %x[%i] : tensor<8xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[%i] : !mirage.tile<4xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @beyond_integers(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel (%i : 9223372036854775806) ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    // expected-error @+1 {{tiles of extent 2 along dimension 0 reach as far as 2^63 - 1}}
    %t = mirage.load %x[%i] : tensor<8xf32> -> !mirage.tile<2xf32>
    mirage.store %t to %out[%i] : !mirage.tile<2xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @axes_beyond_integers(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel (%i : 4294967296) ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    mirage.loop (%k : 4294967296) {
      // expected-error @+1 {{tiles of extent 8 along dimension 0 reach as far as 2^63 - 1}}
      %t = mirage.load %x[(%i, %k)] : tensor<8xf32> -> !mirage.tile<8xf32>
      mirage.store %t to %out[(%i, %k)] : !mirage.tile<8xf32>, !mirage.out<8xf32>
      mirage.accumulate : ()
    }
  }
  return %o : tensor<8xf32>
}

// -----

func.func @whole(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    // expected-error @+1 {{dimension 0 is whole, but the tile has extent 4 and the value 8}}
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @tile_rank(%a: tensor<8x4xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8x4xf32>) outs(%out : tensor<8xf32>) {
    // expected-error @+1 {{tile has rank 1, expected 2}}
    %t = mirage.load %x[*, *] : tensor<8x4xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @split_rank(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    // expected-error @+1 {{splits 2 dimensions, but the value has rank 1}}
    %t = mirage.load %x[*, *] : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @axis_counts(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    // expected-error @+1 {{has 1 axes, but its dimensions name 0}}
    %t = "mirage.load"(%x, %i) <{axisCounts = array<i32: 0>}> : (tensor<8xf32>, !mirage.axis) -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] once(%i) : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @negative_count(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    // expected-error @+1 {{has a negative number of axes}}
    %t = "mirage.load"(%x, %i) <{axisCounts = array<i32: 2, -1>}> : (tensor<8xf32>, !mirage.axis) -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] once(%i) : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @axis_twice(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    // expected-error @+1 {{names an axis twice}}
    %t = mirage.load %x[(%i, %i)] : tensor<8xf32> -> !mirage.tile<2xf32>
    mirage.store %t to %out[(%i, %i)] : !mirage.tile<2xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @no_axis(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    %i = "other.axis"() : () -> !mirage.axis
    // expected-error @+1 {{names an axis of no kernel or loop}}
    %t = mirage.load %x[%i] : tensor<8xf32> -> !mirage.tile<2xf32>
    mirage.store %t to %out[*] : !mirage.tile<2xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @axis_type(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    // expected-note @-1 {{prior use here}}
    // expected-error @+1 {{expects different type than prior uses: '!mirage.axis' vs 'tensor<8xf32>'}}
    %t = mirage.load %x[%x] : tensor<8xf32> -> !mirage.tile<2xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @one_in_parentheses(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    // expected-error @+1 {{expects two or more axes in parentheses}}
    %t = mirage.load %x[(%i)] : tensor<8xf32> -> !mirage.tile<4xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @axis_of_other_loop(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    mirage.loop (%k : 2) {
      mirage.accumulate : ()
    }
    // expected-error @+1 {{use of undeclared SSA value name}}
    %t = mirage.load %x[%k] : tensor<8xf32> -> !mirage.tile<4xf32>
  }
  return %o : tensor<8xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Load
//===----------------------------------------------------------------------===//

func.func @source(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    %y = "other.tensor"() : () -> tensor<8xf32>
    // expected-error @+1 {{source must be an input of the kernel or a tile}}
    %t = mirage.load %y[*] : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @load_element(%a: tensor<8xf32>) -> tensor<8xf16> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf16>) {
    // expected-error @+1 {{tile has element type 'f16', source has 'f32'}}
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<8xf16>
    mirage.store %t to %out[*] : !mirage.tile<8xf16>, !mirage.out<8xf16>
  }
  return %o : tensor<8xf16>
}

// -----

func.func @load_out(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    // expected-error @+1 {{operand #0 must be tensor of static shape or tile, but got '!mirage.out<8xf32>'}}
    %t = mirage.load %out[*] : !mirage.out<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @load_tensor(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    // expected-error @+1 {{expected !mirage.tile, got 'tensor<8xf32>'}}
    %t = mirage.load %x[*] : tensor<8xf32> -> tensor<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @load_outside(%k: !mirage.axis, %t: !mirage.tile<4xf32>) {
  // expected-error @+1 {{expects parent op to be one of 'mirage.kernel, mirage.loop'}}
  %l = mirage.load %t[%k] : !mirage.tile<4xf32> -> !mirage.tile<2xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Mask
//===----------------------------------------------------------------------===//

func.func @mask_sizes(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<8xf32>
    // expected-error @+1 {{has 2 sizes, but the tile has rank 1}}
    %m = mirage.mask %t[*] sizes [8, 8] fill 0.0 : !mirage.tile<8xf32>
    mirage.store %m to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @mask_size(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<8xf32>
    // expected-error @+1 {{sizes must be at least 1}}
    %m = mirage.mask %t[*] sizes [-8] fill 0.0 : !mirage.tile<8xf32>
    mirage.store %m to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @mask_ragged(%a: tensor<7xf32>) -> tensor<7xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<7xf32>) outs(%out : tensor<7xf32>) {
    %t = mirage.load %x[%i] : tensor<7xf32> -> !mirage.tile<4xf32>
    // expected-error @+1 {{masks a tile whose extent along dimension 0 varies, expected a filled one}}
    %m = mirage.mask %t[%i] sizes [7] fill 0.0 : !mirage.tile<4xf32>
    mirage.store %m to %out[%i] : !mirage.tile<4xf32>, !mirage.out<7xf32>
  }
  return %o : tensor<7xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Store
//===----------------------------------------------------------------------===//

func.func @two_writers(%a: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8x4xf32>) outs(%out : tensor<8x4xf32>) {
    %t = mirage.load %x[*, *] : tensor<8x4xf32> -> !mirage.tile<8x4xf32>
    // expected-error @+1 {{does not name axis 0 of the enclosing kernel; each stands once, in the split or in once}}
    mirage.store %t to %out[*, *] : !mirage.tile<8x4xf32>, !mirage.out<8x4xf32>
  }
  return %o : tensor<8x4xf32>
}

// -----

func.func @two_writers_loop(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.loop (%k : 2, %l : 2) {
      // expected-error @+1 {{does not name axis 1 of the enclosing loop; each stands once, in the split or in once}}
      mirage.store %t to %out[*] once(%k) : !mirage.tile<8xf32>, !mirage.out<8xf32>
      mirage.accumulate : ()
    }
  }
  return %o : tensor<8xf32>
}

// -----

func.func @named_twice(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    %t = mirage.load %x[%i] : tensor<8xf32> -> !mirage.tile<4xf32>
    // expected-error @+1 {{names twice axis 0 of the enclosing kernel; each stands once, in the split or in once}}
    mirage.store %t to %out[%i] once(%i) : !mirage.tile<4xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @store_element(%a: tensor<8xf32>) -> tensor<8xf16> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf16>) {
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<8xf32>
    // expected-error @+1 {{tile has element type 'f32', output has 'f16'}}
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf16>
  }
  return %o : tensor<8xf16>
}

// -----

func.func @destination(%a: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    %p = "other.out"() : () -> !mirage.out<8xf32>
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<8xf32>
    // expected-error @+1 {{destination must be an output of the kernel}}
    mirage.store %t to %p[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @store_rank(%a: tensor<8xf32>) -> tensor<8x1xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<8x1xf32>) {
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<8xf32>
    // expected-error @+1 {{tile has rank 1, expected 2}}
    mirage.store %t to %out[*, *] : !mirage.tile<8xf32>, !mirage.out<8x1xf32>
  }
  return %o : tensor<8x1xf32>
}

// -----

func.func @store_outside(%o: !mirage.out<4xf32>, %t: !mirage.tile<4xf32>) {
  // expected-error @+1 {{expects parent op to be one of 'mirage.kernel, mirage.loop'}}
  mirage.store %t to %o[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Edges
//===----------------------------------------------------------------------===//

func.func @store_before_definition(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{uses a value that is no tile computed before it}}
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @cuts_ragged(%a: tensor<7xf32>) -> tensor<7xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<7xf32>) outs(%out : tensor<7xf32>) {
    %t = mirage.load %x[%i] : tensor<7xf32> -> !mirage.tile<4xf32>
    mirage.loop (%k : 2) {
      // expected-error @+1 {{cuts dimension 0 of a tile whose extent there varies}}
      %u = mirage.load %t[%k] : !mirage.tile<4xf32> -> !mirage.tile<2xf32>
      mirage.store %u to %out[(%i, %k)] : !mirage.tile<2xf32>, !mirage.out<7xf32>
      mirage.accumulate : ()
    }
  }
  return %o : tensor<7xf32>
}

// -----

func.func @store_ragged(%a: tensor<7xf32>) -> tensor<8xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<7xf32>) outs(%out : tensor<8xf32>) {
    %t = mirage.load %x[%i] : tensor<7xf32> -> !mirage.tile<4xf32>
    // expected-error @+1 {{actual extents of dimension 0 can differ between the tile and its place in the output}}
    mirage.store %t to %out[%i] : !mirage.tile<4xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @operands_ragged(%a: tensor<7xf32>) -> tensor<7xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<7xf32>) outs(%out : tensor<7xf32>) {
    %t = mirage.load %x[%i] : tensor<7xf32> -> !mirage.tile<4xf32>
    %c = mirage.constant 1.0 : !mirage.tile<4xf32>
    // expected-error @+1 {{actual extents of dimension 0 can differ between its operands}}
    %r = mirage.add %t, %c : !mirage.tile<4xf32>, !mirage.tile<4xf32> -> !mirage.tile<4xf32>
    mirage.store %r to %out[%i] : !mirage.tile<4xf32>, !mirage.out<7xf32>
  }
  return %o : tensor<7xf32>
}

// -----

func.func @accumulate_ragged(%a: tensor<7xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<7xf32>) outs(%out : tensor<4xf32>) {
    %s = mirage.loop (%k : 2) -> (!mirage.tile<4xf32>) {
      %t = mirage.load %x[%k] : tensor<7xf32> -> !mirage.tile<4xf32>
      // expected-error @+1 {{value 0 has a varying extent along dimension 0}}
      mirage.accumulate sum %t : !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @stack_ragged(%a: tensor<7xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<7xf32>) outs(%out : tensor<8xf32>) {
    %s = mirage.loop (%k : 2) -> (!mirage.tile<8xf32>) {
      %t = mirage.load %x[%k] : tensor<7xf32> -> !mirage.tile<4xf32>
      // expected-error @+1 {{value 0 stacks to extent 7, expected the full 8}}
      mirage.accumulate stack 0 %t : !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @stack_order(%a: tensor<13xf32>) -> tensor<16xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<13xf32>) outs(%out : tensor<16xf32>) {
    %s = mirage.loop (%k : 2, %l : 2) -> (!mirage.tile<16xf32>) {
      %t = mirage.load %x[(%l, %k)] : tensor<13xf32> -> !mirage.tile<4xf32>
      // expected-error @+1 {{value 0 has a varying extent along dimension 0}}
      mirage.accumulate stack 0 %t : !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<16xf32>, !mirage.out<16xf32>
  }
  return %o : tensor<16xf32>
}

// -----

func.func @maximum_ragged(%a: tensor<7xf32>) -> tensor<4xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<7xf32>) outs(%out : tensor<4xf32>) {
    %c = mirage.constant 1.0 : !mirage.tile<4xf32>
    %t = mirage.load %x[%i] : tensor<7xf32> -> !mirage.tile<4xf32>
    %s, %m = mirage.loop (%k : 2) -> (!mirage.tile<4xf32>, !mirage.tile<4xf32>) {
      // expected-error @+1 {{actual extents of dimension 0 can differ between value 0 and its maximum}}
      mirage.accumulate sum %c rel %t, max %t : !mirage.tile<4xf32>, !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] once(%i) : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @reshape_tile(%a: tensor<8xf32>) -> tensor<2x4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<8xf32>) outs(%out : tensor<2x4xf32>) {
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<8xf32>
    // expected-error @+1 {{on tiles only adds or drops dimensions of extent 1}}
    %r = mirage.reshape %t : !mirage.tile<8xf32> -> !mirage.tile<2x4xf32>
    mirage.store %r to %out[*, *] : !mirage.tile<2x4xf32>, !mirage.out<2x4xf32>
  }
  return %o : tensor<2x4xf32>
}

// -----

func.func @slice_ragged(%a: tensor<7xf32>) -> tensor<2xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<7xf32>) outs(%out : tensor<2xf32>) {
    %t = mirage.load %x[%i] : tensor<7xf32> -> !mirage.tile<4xf32>
    // expected-error @+1 {{has no meaning where the extent of dimension 0 of operand 0 varies}}
    %r = mirage.slice %t [0] [2] : !mirage.tile<4xf32> -> !mirage.tile<2xf32>
    mirage.store %r to %out[*] once(%i) : !mirage.tile<2xf32>, !mirage.out<2xf32>
  }
  return %o : tensor<2xf32>
}

// -----

func.func @concat_ragged(%a: tensor<7xf32>) -> tensor<8xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<7xf32>) outs(%out : tensor<8xf32>) {
    %t = mirage.load %x[%i] : tensor<7xf32> -> !mirage.tile<4xf32>
    // expected-error @+1 {{has no meaning where the extent of dimension 0 of operand 0 varies}}
    %r = mirage.concat dim 0 %t, %t : !mirage.tile<4xf32>, !mirage.tile<4xf32> -> !mirage.tile<8xf32>
    mirage.store %r to %out[*] once(%i) : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @broadcast_ragged(%a: tensor<3x1xf32>) -> tensor<8x1xf32> {
  %o = mirage.kernel (%i : 2, %j : 2) ins(%x = %a : tensor<3x1xf32>) outs(%out : tensor<8x1xf32>) {
    %t = mirage.load %x[(%i, %j), *] : tensor<3x1xf32> -> !mirage.tile<1x1xf32>
    %b = mirage.broadcast %t : !mirage.tile<1x1xf32> -> !mirage.tile<4x1xf32>
    // expected-error @-1 {{has no meaning where the extent of dimension 0 of operand 0 varies}}
    mirage.store %b to %out[%i, *] once(%j) : !mirage.tile<4x1xf32>, !mirage.out<8x1xf32>
  }
  return %o : tensor<8x1xf32>
}

// -----

func.func @unit_ragged(%a: tensor<3xf32>) -> tensor<8xf32> {
  %o = mirage.kernel (%i : 2, %j : 2) ins(%x = %a : tensor<3xf32>) outs(%out : tensor<8xf32>) {
    %c = mirage.constant 1.0 : !mirage.tile<4xf32>
    %t = mirage.load %x[(%i, %j)] : tensor<3xf32> -> !mirage.tile<1xf32>
    // expected-error @+1 {{has no meaning where the extent of dimension 0 of operand 1 varies}}
    %s = mirage.add %c, %t : !mirage.tile<4xf32>, !mirage.tile<1xf32> -> !mirage.tile<4xf32>
    mirage.store %s to %out[%i] once(%j) : !mirage.tile<4xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @units_differ(%a: tensor<3xf32>) -> tensor<3xf32> {
  %o = mirage.kernel (%i : 2, %j : 2) ins(%x = %a : tensor<3xf32>) outs(%out : tensor<3xf32>) {
    %t = mirage.load %x[(%i, %j)] : tensor<3xf32> -> !mirage.tile<1xf32>
    %u = mirage.load %x[(%j, %i)] : tensor<3xf32> -> !mirage.tile<1xf32>
    // expected-error @+1 {{actual extents of dimension 0 can differ between its operands}}
    %s = mirage.add %t, %u : !mirage.tile<1xf32>, !mirage.tile<1xf32> -> !mirage.tile<1xf32>
    mirage.store %s to %out[(%i, %j)] : !mirage.tile<1xf32>, !mirage.out<3xf32>
  }
  return %o : tensor<3xf32>
}

// -----

func.func @reshape_unit_ragged(%a: tensor<3xf32>) -> tensor<1x3xf32> {
  %o = mirage.kernel (%i : 2, %j : 2) ins(%x = %a : tensor<3xf32>) outs(%out : tensor<1x3xf32>) {
    %t = mirage.load %x[(%i, %j)] : tensor<3xf32> -> !mirage.tile<1xf32>
    // expected-error @+1 {{has no meaning where the extent of dimension 0 of operand 0 varies}}
    %s = mirage.reshape %t : !mirage.tile<1xf32> -> !mirage.tile<1x1xf32>
    mirage.store %s to %out[*, (%i, %j)] : !mirage.tile<1x1xf32>, !mirage.out<1x3xf32>
  }
  return %o : tensor<1x3xf32>
}
