// What runs lowered kernels thread by thread sees threads that do not wait.
// RUN: mirage-opt %s --test-mirage-gpu-lowering -o /dev/null | FileCheck %s
// RUN: not mirage-opt %s --test-mirage-gpu-lowering=drop-barriers -o /dev/null 2>&1 | FileCheck %s --check-prefix=RACE
// Few barriers: none in a loop whose sums stay in registers, and none between
// ops whose elements are the same threads'.
// RUN: mirage-opt %s --mirage-assign-threads --mirage-plan-memory --mirage-plan-buffers --convert-mirage-to-gpu | FileCheck %s --check-prefix=GPU

// CHECK: ok softmax
// CHECK-NEXT: ok matmul
// CHECK-NEXT: ok chain
// CHECK-NEXT: ok scale
// RACE: error: races: thread {{[0-9]+}} and another, no barrier between

func.func @softmax(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>) outs(%out : tensor<8x64xf32>) {
    %t = mirage.load %x[*, *] : tensor<8x64xf32> -> !mirage.tile<8x64xf32>
    %m = mirage.reduce max %t dim 1 : !mirage.tile<8x64xf32> -> !mirage.tile<8x1xf32>
    %e = mirage.exp_sub %t, %m : !mirage.tile<8x64xf32>, !mirage.tile<8x1xf32> -> !mirage.tile<8x64xf32>
    %s = mirage.reduce sum %e dim 1 : !mirage.tile<8x64xf32> -> !mirage.tile<8x1xf32>
    %d = mirage.div %e, %s : !mirage.tile<8x64xf32>, !mirage.tile<8x1xf32> -> !mirage.tile<8x64xf32>
    mirage.store %d to %out[*, *] : !mirage.tile<8x64xf32>, !mirage.out<8x64xf32>
  }
  return %o : tensor<8x64xf32>
}

// GPU-LABEL: gpu.func @matmul_kernel_0
// GPU: scf.for
// GPU-NOT: gpu.barrier
// GPU: math.fma
// GPU: scf.yield
// GPU: gpu.shuffle
// GPU: gpu.barrier
// GPU: gpu.return
func.func @matmul(%x: tensor<2x256xf16>, %w: tensor<256x32xf16>) -> tensor<2x32xf16> {
  %o = mirage.kernel () ins(%x = %x : tensor<2x256xf16>, %w = %w : tensor<256x32xf16>) outs(%out : tensor<2x32xf16>) {
    %s = mirage.loop (%k : 4) -> (!mirage.tile<2x32xf32>) {
      %a = mirage.load %x[*, %k] : tensor<2x256xf16> -> !mirage.tile<2x64xf16>
      %b = mirage.load %w[%k, *] : tensor<256x32xf16> -> !mirage.tile<64x32xf16>
      %m = mirage.matmul %a, %b : !mirage.tile<2x64xf16>, !mirage.tile<64x32xf16> -> !mirage.tile<2x32xf32>
      mirage.accumulate sum %m : !mirage.tile<2x32xf32>
    }
    %h = mirage.cast %s : !mirage.tile<2x32xf32> -> !mirage.tile<2x32xf16>
    mirage.store %h to %out[*, *] : !mirage.tile<2x32xf16>, !mirage.out<2x32xf16>
  }
  return %o : tensor<2x32xf16>
}

// An elementwise chain touches no shared memory.
// GPU-LABEL: gpu.func @chain_kernel_0
// GPU-NOT: workgroup> to memref<64
// GPU-NOT: gpu.barrier
// GPU: gpu.return
func.func @chain(%x: tensor<64xf32>) -> tensor<64xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<64xf32>) outs(%out : tensor<64xf32>) {
    %t = mirage.load %x[*] : tensor<64xf32> -> !mirage.tile<64xf32>
    %m = mirage.mul %t, %t : !mirage.tile<64xf32>, !mirage.tile<64xf32> -> !mirage.tile<64xf32>
    %e = mirage.exp %m : !mirage.tile<64xf32>
    mirage.store %e to %out[*] : !mirage.tile<64xf32>, !mirage.out<64xf32>
  }
  return %o : tensor<64xf32>
}

// A scalar is passed by value.
// GPU-LABEL: gpu.func @scale_kernel_0
// GPU-SAME: f32
func.func @scale(%x: tensor<64xf32>, %s: f32) -> tensor<64xf32> {
  %c = mirage.splat %s : f32 -> tensor<1xf32>
  %o = mirage.kernel () ins(%x = %x : tensor<64xf32>, %c = %c : tensor<1xf32>) outs(%out : tensor<64xf32>) {
    %t = mirage.load %x[*] : tensor<64xf32> -> !mirage.tile<64xf32>
    %u = mirage.load %c[*] : tensor<1xf32> -> !mirage.tile<1xf32>
    %m = mirage.mul %t, %u : !mirage.tile<64xf32>, !mirage.tile<1xf32> -> !mirage.tile<64xf32>
    %e = mirage.exp %m : !mirage.tile<64xf32>
    mirage.store %e to %out[*] : !mirage.tile<64xf32>, !mirage.out<64xf32>
  }
  return %o : tensor<64xf32>
}
