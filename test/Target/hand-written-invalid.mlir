// What the passes before convert-mirage-to-gpu write, written by hand, and wrong.
// RUN: mirage-opt %s --convert-mirage-to-gpu --split-input-file --verify-diagnostics -o /dev/null

func.func @good(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = 32 : i64, mirage.result_offsets = array<i64: -1>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @memory_of_less_than_nothing(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  // expected-error @below {{'mirage.kernel' op needs mirage.shared_bytes, from 0 to 2^31 - 1}}
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = -1 : i64, mirage.result_offsets = array<i64: -1>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @memory_that_no_launch_can_ask_for(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  // expected-error @below {{'mirage.kernel' op needs mirage.shared_bytes, from 0 to 2^31 - 1}}
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = 2147483648 : i64, mirage.result_offsets = array<i64: -1>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @tile_before_the_memory(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = 64 : i64, mirage.result_offsets = array<i64: -1>} {
    // expected-error @below {{'mirage.load' op has a tile that cannot be at -16 of 64 bytes of shared memory}}
    %t = mirage.load %x[*] {mirage.offsets = array<i64: -16>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @tile_beyond_the_memory(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = 64 : i64, mirage.result_offsets = array<i64: -1>} {
    // expected-error @below {{'mirage.load' op has a tile that cannot be at 48 of 64 bytes of shared memory}}
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 48>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @tile_where_none_of_16_bytes_begin(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = 64 : i64, mirage.result_offsets = array<i64: -1>} {
    // expected-error @below {{'mirage.load' op has a tile that cannot be at 4 of 64 bytes of shared memory}}
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 4>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @too_few_offsets(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = 64 : i64, mirage.result_offsets = array<i64: -1>} {
    // expected-error @below {{'mirage.load' op has no offset in shared memory; run mirage-plan-memory}}
    %t = mirage.load %x[*] {mirage.offsets = array<i64>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @too_many_offsets(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = 64 : i64, mirage.result_offsets = array<i64: -1>} {
    // expected-error @below {{'mirage.load' op has no offset in shared memory; run mirage-plan-memory}}
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0, 32>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @workspace_of_less_than_nothing(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = -1 : i64} {
  // expected-error @below {{'mirage.kernel' op has no places for its results; run mirage-plan-buffers}}
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = 32 : i64, mirage.result_offsets = array<i64: -1>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @threads_are_missing(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  // expected-error @below {{'mirage.kernel' op needs mirage.threads, a multiple of 32 up to 1024}}
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.distribution = "plain", mirage.shared_bytes = 32 : i64, mirage.result_offsets = array<i64: -1>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @no_threads(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  // expected-error @below {{'mirage.kernel' op needs mirage.threads, a multiple of 32 up to 1024}}
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 0 : i64, mirage.distribution = "plain", mirage.shared_bytes = 32 : i64, mirage.result_offsets = array<i64: -1>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @threads_of_no_warp(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  // expected-error @below {{'mirage.kernel' op needs mirage.threads, a multiple of 32 up to 1024}}
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 33 : i64, mirage.distribution = "plain", mirage.shared_bytes = 32 : i64, mirage.result_offsets = array<i64: -1>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @more_threads_than_a_block_has(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  // expected-error @below {{'mirage.kernel' op needs mirage.threads, a multiple of 32 up to 1024}}
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 1056 : i64, mirage.distribution = "plain", mirage.shared_bytes = 32 : i64, mirage.result_offsets = array<i64: -1>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @another_distribution(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  // expected-error @below {{'mirage.kernel' op needs a mirage.distribution that lowers: plain}}
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "odd", mirage.shared_bytes = 32 : i64, mirage.result_offsets = array<i64: -1>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @memory_is_missing(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  // expected-error @below {{'mirage.kernel' op needs mirage.shared_bytes, from 0 to 2^31 - 1}}
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.result_offsets = array<i64: -1>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @a_returned_result_in_the_workspace(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 256 : i64} {
  // expected-error @below {{'mirage.kernel' op has a result that cannot be at 0 of a workspace of 256 bytes}}
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = 32 : i64, mirage.result_offsets = array<i64: 0>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

func.func @a_result_beyond_the_workspace(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 16 : i64} {
  // expected-error @below {{'mirage.kernel' op has a result that cannot be at 0 of a workspace of 16 bytes}}
  %n = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = 32 : i64, mirage.result_offsets = array<i64: 0>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  %o = mirage.kernel () ins(%x = %n : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = 32 : i64, mirage.result_offsets = array<i64: -1>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

// -----

// expected-error @below {{has control flow, which does not lower to a GPU}}
func.func @control_flow(%x: tensor<8xf32>) -> tensor<8xf32> {
  cf.br ^next
^next:
  return %x : tensor<8xf32>
}

// -----

// expected-error @below {{has a value of type 'tensor<8xi64>', which has no buffer on a GPU}}
func.func @integers_of_64_bits(%x: tensor<8xi64>) {
  return
}

// -----

// expected-error @below {{has a value of type 'index', which has no buffer on a GPU}}
func.func @an_index(%x: index) {
  return
}

// -----

// expected-error @below {{has a value of type 'tensor<2147483648xf32>', more elements than 32 bits count}}
func.func @more_elements_than_31_bits(%x: tensor<2147483648xf32>) {
  return
}

// -----

func.func @more_blocks_than_31_bits(%x: tensor<8xf32>) -> tensor<8xf32> attributes {mirage.workspace_bytes = 0 : i64} {
  // expected-error @below {{'mirage.kernel' op has more than 2^31 - 1 blocks}}
  %o = mirage.kernel (%i : 65536, %j : 65536) ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) attributes {mirage.threads = 32 : i64, mirage.distribution = "plain", mirage.shared_bytes = 32 : i64, mirage.result_offsets = array<i64: -1>} {
    %t = mirage.load %x[*] {mirage.offsets = array<i64: 0>} : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] once(%i, %j) : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}
