// RUN: mirage-opt %s --mirage-plan-buffers | FileCheck %s
// RUN: sed 's/outs(%out : tensor<64xf32>) {/outs(%out : tensor<64xf32>) attributes {mirage.threads = 32, mirage.distribution = "plain", mirage.shared_bytes = 0, mirage.result_offsets = array<i64: 8>} {/' %s > %t.mlir
// RUN: not mirage-opt %t.mlir --convert-mirage-to-gpu 2>&1 | FileCheck %s --check-prefix=REFUSED

// REFUSED: error: 'mirage.kernel' op has no places for its results; run mirage-plan-buffers

// The first and the third are not live together; the second is read to the end.
// CHECK-LABEL: @chain
// CHECK-SAME: mirage.workspace_bytes = 512 : i64
// CHECK: mirage.result_offsets = array<i64: 0>
// CHECK: mirage.result_offsets = array<i64: 256>
// CHECK: mirage.result_offsets = array<i64: 0>
// CHECK: mirage.result_offsets = array<i64: -1>
func.func @chain(%x: tensor<64xf32>) -> tensor<64xf32> {
  %a = mirage.kernel () ins(%x = %x : tensor<64xf32>) outs(%out : tensor<64xf32>) {
    %t = mirage.load %x[*] : tensor<64xf32> -> !mirage.tile<64xf32>
    mirage.store %t to %out[*] : !mirage.tile<64xf32>, !mirage.out<64xf32>
  }
  %b = mirage.kernel () ins(%x = %a : tensor<64xf32>) outs(%out : tensor<64xf32>) {
    %t = mirage.load %x[*] : tensor<64xf32> -> !mirage.tile<64xf32>
    mirage.store %t to %out[*] : !mirage.tile<64xf32>, !mirage.out<64xf32>
  }
  %c = mirage.kernel () ins(%x = %b : tensor<64xf32>) outs(%out : tensor<64xf32>) {
    %t = mirage.load %x[*] : tensor<64xf32> -> !mirage.tile<64xf32>
    mirage.store %t to %out[*] : !mirage.tile<64xf32>, !mirage.out<64xf32>
  }
  %d = mirage.kernel () ins(%x = %b : tensor<64xf32>, %y = %c : tensor<64xf32>) outs(%out : tensor<64xf32>) {
    %t = mirage.load %x[*] : tensor<64xf32> -> !mirage.tile<64xf32>
    %u = mirage.load %y[*] : tensor<64xf32> -> !mirage.tile<64xf32>
    %s = mirage.add %t, %u : !mirage.tile<64xf32>, !mirage.tile<64xf32> -> !mirage.tile<64xf32>
    mirage.store %s to %out[*] : !mirage.tile<64xf32>, !mirage.out<64xf32>
  }
  return %d : tensor<64xf32>
}
