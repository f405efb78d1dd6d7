// RUN: mirage-opt %s --mirage-plan-memory --mirage-plan-buffers --convert-mirage-to-gpu --split-input-file --verify-diagnostics -o /dev/null

// Attributes of mirage-assign-threads that someone wrote by hand.

func.func @registers_of_a_value_that_is_read(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op cannot be kept in registers}}
      %m = mirage.matmul %a, %b {mirage.place = "registers"} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      %e = mirage.neg %m : !mirage.tile<8x8xf32>
      mirage.accumulate sum %e : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @registers_of_a_value_with_two_uses(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op cannot be kept in registers}}
      %m = mirage.matmul %a, %b {mirage.place = "registers"} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      %e = mirage.neg %m : !mirage.tile<8x8xf32>
      mirage.accumulate sum %m : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @registers_of_an_elementwise_op(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      %m = mirage.matmul %a, %b : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      // expected-error @below {{'mirage.neg' op cannot be kept in registers}}
      %e = mirage.neg %m {mirage.place = "registers"} : !mirage.tile<8x8xf32>
      mirage.accumulate sum %e : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @inline_reduction(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op cannot be inline}}
      %m = mirage.matmul %a, %b {mirage.place = "inline"} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      %e = mirage.neg %m : !mirage.tile<8x8xf32>
      mirage.accumulate sum %e : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @box_does_not_divide(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.box, mirage.group or mirage.warps that does not fit it}}
      %m = mirage.matmul %a, %b {mirage.box = array<i64: 3, 1, 1>} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      %e = mirage.neg %m : !mirage.tile<8x8xf32>
      mirage.accumulate sum %e : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @box_of_another_rank(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.box, mirage.group or mirage.warps that does not fit it}}
      %m = mirage.matmul %a, %b {mirage.box = array<i64: 1, 1>} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      %e = mirage.neg %m : !mirage.tile<8x8xf32>
      mirage.accumulate sum %e : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @group_is_no_power_of_two(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.box, mirage.group or mirage.warps that does not fit it}}
      %m = mirage.matmul %a, %b {mirage.group = 3 : i64} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      %e = mirage.neg %m : !mirage.tile<8x8xf32>
      mirage.accumulate sum %e : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @block_shares_many_boxes(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.group that does not fit it}}
      %m = mirage.matmul %a, %b {mirage.group = 64 : i64} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      %e = mirage.neg %m : !mirage.tile<8x8xf32>
      mirage.accumulate sum %e : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @warps_without_registers(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.box, mirage.group or mirage.warps that does not fit it}}
      %m = mirage.matmul %a, %b {mirage.warps = 2 : i64} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      %e = mirage.neg %m : !mirage.tile<8x8xf32>
      mirage.accumulate sum %e : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @group_of_an_elementwise_op(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      %m = mirage.matmul %a, %b : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      // expected-error @below {{'mirage.neg' op has a mirage.box, mirage.group or mirage.warps that does not fit it}}
      %e = mirage.neg %m {mirage.group = 2 : i64} : !mirage.tile<8x8xf32>
      mirage.accumulate sum %e : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @registers_of_a_load(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      // expected-error @below {{'mirage.load' op has no offset in shared memory; run mirage-plan-memory}}
      %a = mirage.load %x[*, %k] {mirage.place = "registers"} : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      %m = mirage.matmul %a, %b : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      %e = mirage.neg %m : !mirage.tile<8x8xf32>
      mirage.accumulate sum %e : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @more_warps_than_64_bits_count_threads(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.box, mirage.group or mirage.warps that does not fit it}}
      %m = mirage.matmul %a, %b {mirage.place = "registers", mirage.warps = 4611686018427387904 : i64} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      mirage.accumulate sum %m : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @no_warps(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.box, mirage.group or mirage.warps that does not fit it}}
      %m = mirage.matmul %a, %b {mirage.place = "registers", mirage.warps = 0 : i64} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      mirage.accumulate sum %m : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @group_of_less_than_nothing(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.box, mirage.group or mirage.warps that does not fit it}}
      %m = mirage.matmul %a, %b {mirage.group = -2 : i64} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      mirage.accumulate sum %m : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @empty_box(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.box, mirage.group or mirage.warps that does not fit it}}
      %m = mirage.matmul %a, %b {mirage.box = array<i64: 1, 0, 1>} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      mirage.accumulate sum %m : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @box_is_a_number(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.box, mirage.group or mirage.warps that does not fit it}}
      %m = mirage.matmul %a, %b {mirage.box = 2 : i64} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      mirage.accumulate sum %m : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @group_is_no_integer(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.box, mirage.group or mirage.warps that does not fit it}}
      %m = mirage.matmul %a, %b {mirage.group = 2.0} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      mirage.accumulate sum %m : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @warps_is_no_integer(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.box, mirage.group or mirage.warps that does not fit it}}
      %m = mirage.matmul %a, %b {mirage.warps = "2"} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      mirage.accumulate sum %m : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @unknown_place(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.place that is neither inline nor registers}}
      %m = mirage.matmul %a, %b {mirage.place = "elsewhere"} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      mirage.accumulate sum %m : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// -----

func.func @place_is_a_number(%x: tensor<8x64xf32>, %y: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %y = %y : tensor<64x8xf32>) outs(%out : tensor<8x8xf32>) attributes {mirage.threads = 64 : i64, mirage.distribution = "plain"} {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %a = mirage.load %x[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x16xf32>
      %b = mirage.load %y[%k, *] : tensor<64x8xf32> -> !mirage.tile<16x8xf32>
      // expected-error @below {{'mirage.matmul' op has a mirage.place that is neither inline nor registers}}
      %m = mirage.matmul %a, %b {mirage.place = 1 : i64} : !mirage.tile<8x16xf32>, !mirage.tile<16x8xf32> -> !mirage.tile<8x8xf32>
      mirage.accumulate sum %m : !mirage.tile<8x8xf32>
    }
    mirage.store %s to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}
