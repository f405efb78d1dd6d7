// RUN: mirage-opt %s --mirage-assign-threads | FileCheck %s

// A product that a loop sums up stays in registers, and what it multiplies comes
// from global memory: few threads read an element. Eight columns of the right
// operand are one access, and threads share the columns.
// CHECK-LABEL: @decode
// CHECK: mirage.threads = 256
// CHECK: mirage.load {{.*}}mirage.place = "inline"
// CHECK: mirage.load {{.*}}mirage.place = "inline"
// CHECK: mirage.matmul {{.*}}mirage.box = array<i64: 1, {{[248]}}, {{[248]}}>, mirage.group = {{[0-9]+}} : i64, mirage.place = "registers"
// CHECK: mirage.cast {{.*}}mirage.place = "inline"
func.func @decode(%x: tensor<1x4096xf16>, %w: tensor<4096x4096xf16>) -> tensor<1x4096xf16> {
  %o = mirage.kernel (%n : 128) ins(%x = %x : tensor<1x4096xf16>, %w = %w : tensor<4096x4096xf16>) outs(%out : tensor<1x4096xf16>) {
    %s = mirage.loop (%k : 16) -> (!mirage.tile<1x32xf32>) {
      %a = mirage.load %x[*, %k] : tensor<1x4096xf16> -> !mirage.tile<1x256xf16>
      %b = mirage.load %w[%k, %n] : tensor<4096x4096xf16> -> !mirage.tile<256x32xf16>
      %m = mirage.matmul %a, %b : !mirage.tile<1x256xf16>, !mirage.tile<256x32xf16> -> !mirage.tile<1x32xf32>
      mirage.accumulate sum %m : !mirage.tile<1x32xf32>
    }
    %h = mirage.cast %s : !mirage.tile<1x32xf32> -> !mirage.tile<1x32xf16>
    mirage.store %h to %out[*, %n] : !mirage.tile<1x32xf16>, !mirage.out<1x4096xf16>
  }
  return %o : tensor<1x4096xf16>
}

// What many threads read is loaded once, and what costs work is computed once. A
// maximum that a sum is relative to is not in registers.
// CHECK-LABEL: @softmax
// A transposed tile is one that is read in another order.
// CHECK: mirage.load
// CHECK-NOT: mirage.place
// CHECK: mirage.transpose {{.*}}mirage.place = "inline"
// CHECK: mirage.reduce max
// CHECK-NOT: mirage.place
// CHECK: mirage.exp_sub
// CHECK-NOT: mirage.place
// CHECK: mirage.reduce sum
// CHECK-NOT: mirage.place
// CHECK: mirage.accumulate
func.func @softmax(%x: tensor<8x64xf32>, %v: tensor<64x64xf32>) -> tensor<8x64xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x64xf32>, %v = %v : tensor<64x64xf32>) outs(%out : tensor<8x64xf32>) {
    %m, %l, %a = mirage.loop (%k : 4) -> (!mirage.tile<8x1xf32>, !mirage.tile<8x1xf32>, !mirage.tile<8x64xf32>) {
      %w = mirage.load %v[%k, *] : tensor<64x64xf32> -> !mirage.tile<16x64xf32>
      %t = mirage.transpose %w [1, 0] : !mirage.tile<16x64xf32> -> !mirage.tile<64x16xf32>
      %q = mirage.load %x[*, *] : tensor<8x64xf32> -> !mirage.tile<8x64xf32>
      %s = mirage.matmul %q, %t : !mirage.tile<8x64xf32>, !mirage.tile<64x16xf32> -> !mirage.tile<8x16xf32>
      %mj = mirage.reduce max %s dim 1 : !mirage.tile<8x16xf32> -> !mirage.tile<8x1xf32>
      %p = mirage.exp_sub %s, %mj : !mirage.tile<8x16xf32>, !mirage.tile<8x1xf32> -> !mirage.tile<8x16xf32>
      %lj = mirage.reduce sum %p dim 1 : !mirage.tile<8x16xf32> -> !mirage.tile<8x1xf32>
      %aj = mirage.matmul %p, %w : !mirage.tile<8x16xf32>, !mirage.tile<16x64xf32> -> !mirage.tile<8x64xf32>
      mirage.accumulate max %mj, sum %lj rel %mj, sum %aj rel %mj : !mirage.tile<8x1xf32>, !mirage.tile<8x1xf32>, !mirage.tile<8x64xf32>
    }
    %r = mirage.div %a, %l : !mirage.tile<8x64xf32>, !mirage.tile<8x1xf32> -> !mirage.tile<8x64xf32>
    mirage.store %r to %out[*, *] : !mirage.tile<8x64xf32>, !mirage.out<8x64xf32>
  }
  return %o : tensor<8x64xf32>
}
