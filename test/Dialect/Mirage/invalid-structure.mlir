// RUN: mirage-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect

//===----------------------------------------------------------------------===//
// Kernel
//===----------------------------------------------------------------------===//

func.func @axis_extent(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{axis 1 has extent 0, expected at least 1}}
  %o = mirage.kernel (%i : 2, %j : 0) ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[%i] : tensor<4xf32> -> !mirage.tile<2xf32>
    mirage.store %t to %out[%i] once(%j) : !mirage.tile<2xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @too_many_blocks(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{axes have 2^63 - 1 points or more}}
  %o = mirage.kernel (%i : 4294967296, %j : 4294967296) ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] once(%i, %j) : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @no_output(%a: tensor<4xf32>) {
  // expected-error @+1 {{must have an output}}
  mirage.kernel () ins(%x = %a : tensor<4xf32>) outs() {
  }
  return
}

// -----

func.func @argument_count(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{body has 1 arguments, expected 2: axes, inputs, outputs}}
  %o = "mirage.kernel"(%a) <{grid = array<i64>}> ({
  ^bb0(%x: tensor<4xf32>):
    "mirage.end"() : () -> ()
  }) : (tensor<4xf32>) -> tensor<4xf32>
  return %o : tensor<4xf32>
}

// -----

func.func @no_block(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{region with 1 blocks}}
  %o = "mirage.kernel"(%a) <{grid = array<i64>}> ({}) : (tensor<4xf32>) -> tensor<4xf32>
  return %o : tensor<4xf32>
}

// -----

func.func @no_grid(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{requires attribute 'grid'}}
  %o = "mirage.kernel"(%a) ({
  ^bb0(%x: tensor<4xf32>, %out: !mirage.out<4xf32>):
    "mirage.end"() : () -> ()
  }) : (tensor<4xf32>) -> tensor<4xf32>
  return %o : tensor<4xf32>
}

// -----

func.func @axis_type() -> tensor<4xf32> {
  // expected-error @+1 {{body argument for an axis has type 'index', expected !mirage.axis}}
  %o = "mirage.kernel"() <{grid = array<i64: 2>}> ({
  ^bb0(%i: index, %out: !mirage.out<4xf32>):
    "mirage.end"() : () -> ()
  }) : () -> tensor<4xf32>
  return %o : tensor<4xf32>
}

// -----

func.func @input_type(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{body argument for an input has type 'tensor<8xf32>', expected 'tensor<4xf32>'}}
  %o = "mirage.kernel"(%a) <{grid = array<i64>}> ({
  ^bb0(%x: tensor<8xf32>, %out: !mirage.out<4xf32>):
    "mirage.end"() : () -> ()
  }) : (tensor<4xf32>) -> tensor<4xf32>
  return %o : tensor<4xf32>
}

// -----

func.func @output_type() -> tensor<4xf32> {
  // expected-error @+1 {{body argument for an output has type '!mirage.out<8xf32>', expected !mirage.out of 'tensor<4xf32>'}}
  %o = "mirage.kernel"() <{grid = array<i64>}> ({
  ^bb0(%out: !mirage.out<8xf32>):
    "mirage.end"() : () -> ()
  }) : () -> tensor<4xf32>
  return %o : tensor<4xf32>
}

// -----

func.func @nested_kernel(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{cannot stand in a mirage.kernel}}
    %n = mirage.kernel () ins(%y = %x : tensor<4xf32>) outs(%p : tensor<4xf32>) {
      %u = mirage.load %y[*] : tensor<4xf32> -> !mirage.tile<4xf32>
      mirage.store %u to %p[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
    }
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @splat_inside(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %c = arith.constant 1.0 : f32
    // expected-error @-1 {{cannot stand in a mirage.kernel}}
    %s = mirage.splat %c : f32 -> tensor<1xf32>
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @capture(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{use of undeclared SSA value name}}
    %t = mirage.load %a[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @not_stored(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{output 0 is stored 0 times, expected once}}
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
  }
  return %o : tensor<4xf32>
}

// -----

func.func @stored_twice(%a: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // expected-error @+1 {{output 1 is stored 2 times, expected once}}
  %o:2 = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>, %p : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
    mirage.store %t to %p[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
    mirage.store %t to %p[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o#0, %o#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

func.func @end_outside() {
  // expected-error @+1 {{expects parent op 'mirage.kernel'}}
  mirage.end
}

// -----

func.func @grid_syntax(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{expected ':'}}
  %o = mirage.kernel (%i) ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
  }
  return %o : tensor<4xf32>
}

// -----

func.func @no_outs(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{expected 'outs'}}
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) {
  }
  return %o : tensor<4xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Loop
//===----------------------------------------------------------------------===//

func.func @loop_outside() {
  // expected-error @+1 {{expects parent op to be one of 'mirage.kernel, mirage.loop'}}
  mirage.loop (%k : 4) {
    mirage.accumulate : ()
  }
  return
}

// -----

func.func @loop_no_axis(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{must have an axis}}
    mirage.loop () {
      mirage.accumulate : ()
    }
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @loop_axis_extent(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{axis 0 has extent -1, expected at least 1}}
    mirage.loop (%k : -1) {
      mirage.accumulate : ()
    }
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @loop_steps(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{axes have 2^63 - 1 points or more}}
    mirage.loop (%k : 4294967296, %l : 4294967296) {
      mirage.accumulate : ()
    }
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @loop_arguments(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{body has 0 arguments, expected 1}}
    "mirage.loop"() <{extents = array<i64: 4>}> ({
      mirage.accumulate : ()
    }) : () -> ()
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @loop_argument_type(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{body argument for an axis has type 'index', expected !mirage.axis}}
    "mirage.loop"() <{extents = array<i64: 4>}> ({
    ^bb0(%k: index):
      mirage.accumulate : ()
    }) : () -> ()
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @loop_empty(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{expects a non-empty block}}
    "mirage.loop"() <{extents = array<i64: 4>}> ({
    ^bb0(%k: !mirage.axis):
    }) : () -> ()
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @loop_terminator(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    // expected-error @+1 {{must end with mirage.accumulate}}
    mirage.loop (%k : 4) {
      llvm.unreachable
    }
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @loop_foreign(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    mirage.loop (%k : 4) {
      // expected-error @+1 {{cannot stand in a mirage.loop}}
      %c = arith.constant 1.0 : f32
      mirage.accumulate : ()
    }
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @kernel_in_loop(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    mirage.loop (%k : 4) {
      // expected-error @+1 {{cannot stand in a mirage.loop}}
      %n = mirage.kernel () ins(%y = %x : tensor<4xf32>) outs(%p : tensor<4xf32>) {
        %u = mirage.load %y[*] : tensor<4xf32> -> !mirage.tile<4xf32>
        mirage.store %u to %p[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
      }
      mirage.accumulate : ()
    }
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @loop_results(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    // expected-error @+1 {{has 1 results, but accumulates 2 values}}
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>) {
      mirage.accumulate sum %t, max %t : !mirage.tile<4xf32>, !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @loop_result_shape(%a: tensor<4xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<8xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    // expected-error @+1 {{result 0 has shape 8, expected 16}}
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8xf32>) {
      mirage.accumulate stack 0 %t : !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @loop_stack_overflow(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    // expected-error @+1 {{result 0 has shape 4, expected 9223372036854775807}}
    %s = mirage.loop (%k : 4611686018427387904) -> (!mirage.tile<4xf32>) {
      mirage.accumulate stack 0 %t : !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @loop_result_element(%a: tensor<4xf64>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf64>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf64> -> !mirage.tile<4xf64>
    // expected-error @+1 {{result 0 has element type 'f32', accumulated values have 'f64', expected that or a wider float type}}
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>) {
      mirage.accumulate sum %t : !mirage.tile<4xf64>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @loop_stack_element(%a: tensor<4xf16>) -> tensor<16xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf16>) outs(%out : tensor<16xf32>) {
    %t = mirage.load %x[*] : tensor<4xf16> -> !mirage.tile<4xf16>
    // expected-error @+1 {{result 0 has element type 'f32', stacked values have 'f16'}}
    %s = mirage.loop (%k : 4) -> (!mirage.tile<16xf32>) {
      mirage.accumulate stack 0 %t : !mirage.tile<4xf16>
    }
    mirage.store %s to %out[*] : !mirage.tile<16xf32>, !mirage.out<16xf32>
  }
  return %o : tensor<16xf32>
}

// -----

func.func @loop_narrow(%a: tensor<4xf16>) -> tensor<4xf16> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf16>) outs(%out : tensor<4xf16>) {
    %t = mirage.load %x[*] : tensor<4xf16> -> !mirage.tile<4xf16>
    // expected-error @+1 {{result 0 accumulates in 'f16', expected f32 or f64}}
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xf16>) {
      mirage.accumulate sum %t : !mirage.tile<4xf16>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf16>, !mirage.out<4xf16>
  }
  return %o : tensor<4xf16>
}

// -----

func.func @loop_integers(%a: tensor<4xi32>) -> tensor<4xi32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xi32>) outs(%out : tensor<4xi32>) {
    %t = mirage.load %x[*] : tensor<4xi32> -> !mirage.tile<4xi32>
    // expected-error @+1 {{result 0 accumulates in 'i32', expected f32 or f64}}
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xi32>) {
      mirage.accumulate sum %t : !mirage.tile<4xi32>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xi32>, !mirage.out<4xi32>
  }
  return %o : tensor<4xi32>
}

// -----

//===----------------------------------------------------------------------===//
// Accumulate
//===----------------------------------------------------------------------===//

func.func @accumulate_outside(%t: !mirage.tile<4xf32>) {
  // expected-error @+1 {{expects parent op 'mirage.loop'}}
  mirage.accumulate sum %t : !mirage.tile<4xf32>
}

// -----

func.func @combiner(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>) {
      // expected-error @+1 {{expected sum, max, min, prod or stack}}
      mirage.accumulate mean %t : !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @no_colon(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    mirage.loop (%k : 4) {
      mirage.accumulate
    // expected-error @+1 {{expected sum, max, min, prod or stack}}
    }
  }
  return %o : tensor<4xf32>
}

// -----

func.func @attribute_without_colon(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    mirage.loop (%k : 4) {
      // expected-error @+1 {{expected ':'}}
      mirage.accumulate {kept} sum %t : !mirage.tile<4xf32>
    }
  }
  return %o : tensor<4xf32>
}

// -----

func.func @rel_name(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>) {
      // expected-error @+1 {{rel must name a value that this accumulate takes the max of}}
      mirage.accumulate sum %t rel %t : !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @rel_kind(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %s, %m = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>, !mirage.tile<4xf32>) {
      // expected-error @+1 {{rel goes with sum only}}
      mirage.accumulate prod %t rel %t, max %t : !mirage.tile<4xf32>, !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @rel_shape(%a: tensor<4xf32>, %b: tensor<2xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>, %y = %b : tensor<2xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %u = mirage.load %y[*] : tensor<2xf32> -> !mirage.tile<2xf32>
    %s, %m = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>, !mirage.tile<2xf32>) {
      // expected-error @+1 {{value 0 has shape 4, its maximum has 2}}
      mirage.accumulate sum %t rel %u, max %u : !mirage.tile<4xf32>, !mirage.tile<2xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @stack_dim(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>) {
      // expected-error @+1 {{stacks value 0 along dimension 1, expected one of its 1 dimensions}}
      mirage.accumulate stack 1 %t : !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @stack_no_dim(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>) {
      // expected-error @+1 {{expected integer value}}
      mirage.accumulate stack %t : !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @accumulate_types(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>) {
      // expected-error @+1 {{number of operands and types do not match: got 1 operands and 2 types}}
      mirage.accumulate sum %t : !mirage.tile<4xf32>, !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @accumulate_counts(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>) {
      // expected-error @+1 {{needs one kind, rel and dim for each of the 1 values}}
      "mirage.accumulate"(%t) <{kinds = array<i32: 0>, rels = array<i32>, dims = array<i64: -1>}> : (!mirage.tile<4xf32>) -> ()
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @accumulate_kind(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>) {
      // expected-error @+1 {{kind -1 of value 0 is no combiner}}
      "mirage.accumulate"(%t) <{kinds = array<i32: -1>, rels = array<i32: -1>, dims = array<i64: -1>}> : (!mirage.tile<4xf32>) -> ()
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @accumulate_dim(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>) {
      // expected-error @+1 {{value 0 has a dimension, which goes with stack only}}
      "mirage.accumulate"(%t) <{kinds = array<i32: 0>, rels = array<i32: -1>, dims = array<i64: 0>}> : (!mirage.tile<4xf32>) -> ()
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

func.func @accumulate_rel(%a: tensor<4xf32>) -> tensor<4xf32> {
  %o = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %s = mirage.loop (%k : 4) -> (!mirage.tile<4xf32>) {
      // expected-error @+1 {{rel of value 0 must name a value that this accumulate takes the max of}}
      "mirage.accumulate"(%t) <{kinds = array<i32: 0>, rels = array<i32: -2>, dims = array<i64: -1>}> : (!mirage.tile<4xf32>) -> ()
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}
