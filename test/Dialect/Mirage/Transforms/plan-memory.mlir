// RUN: split-file %s %t
// RUN: mirage-opt %t/fits.mlir --mirage-plan-memory=chip=sm_80 | FileCheck %s
// RUN: mirage-opt %t/places.mlir --mirage-plan-memory=chip=sm_80 | FileCheck %s --check-prefix=PLACES
// RUN: not mirage-opt %t/large.mlir --mirage-plan-memory=chip=sm_89 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: mirage-opt %t/large.mlir --mirage-plan-memory=chip=sm_80 -o /dev/null
// RUN: not mirage-opt %t/fits.mlir --mirage-plan-memory=chip=sm_12 2>&1 | FileCheck %s --check-prefix=CHIP

// LARGE: error: 'mirage.kernel' op needs 114688 bytes of shared memory, a block on sm_89 has 101376
// CHIP: error: unknown chip 'sm_12'

//--- fits.mlir
// Elementwise ops work in place; what is read at other places does not.
// CHECK-LABEL: @reuse
// CHECK-SAME: tensor<8x8xf32>
// CHECK: mirage.shared_bytes = 512 : i64
// CHECK: mirage.load {{.*}}mirage.offsets = array<i64: 0>
// CHECK: mirage.exp {{.*}}mirage.offsets = array<i64: 0>
// CHECK: mirage.transpose {{.*}}mirage.offsets = array<i64: 256>
// CHECK: mirage.neg {{.*}}mirage.offsets = array<i64: 256>
func.func @reuse(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x8xf32>) outs(%out : tensor<8x8xf32>) {
    %t = mirage.load %x[*, *] : tensor<8x8xf32> -> !mirage.tile<8x8xf32>
    %e = mirage.exp %t : !mirage.tile<8x8xf32>
    %p = mirage.transpose %e [1, 0] : !mirage.tile<8x8xf32> -> !mirage.tile<8x8xf32>
    %n = mirage.neg %p : !mirage.tile<8x8xf32>
    mirage.store %n to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

// A tile from outside a loop keeps its place until the loop has ended, and the
// accumulator has one from before it begins.
// CHECK-LABEL: @loop
// CHECK: mirage.load {{.*}}mirage.offsets = array<i64: 0>
// CHECK: mirage.loop {{.*}}mirage.offsets = array<i64: 256>
// CHECK: mirage.load {{.*}}mirage.offsets = array<i64: 512>
// CHECK: mirage.mul {{.*}}mirage.offsets = array<i64: 512>
// CHECK: mirage.exp {{.*}}mirage.offsets = array<i64: 256>
func.func @loop(%x: tensor<8x8xf32>, %y: tensor<8x32xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x8xf32>, %y = %y : tensor<8x32xf32>) outs(%out : tensor<8x8xf32>) {
    %t = mirage.load %x[*, *] : tensor<8x8xf32> -> !mirage.tile<8x8xf32>
    %s = mirage.loop (%k : 4) -> (!mirage.tile<8x8xf32>) {
      %u = mirage.load %y[*, %k] : tensor<8x32xf32> -> !mirage.tile<8x8xf32>
      %m = mirage.mul %u, %t : !mirage.tile<8x8xf32>, !mirage.tile<8x8xf32> -> !mirage.tile<8x8xf32>
      mirage.accumulate sum %m : !mirage.tile<8x8xf32>
    }
    %e = mirage.exp %s : !mirage.tile<8x8xf32>
    mirage.store %e to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

//--- places.mlir
// What is inline has no buffer, and what it is computed of lives until it is
// read. A reduction in registers has none either; the loop's result has.
// PLACES: mirage.shared_bytes = 1024 : i64
// PLACES: mirage.load {{.*}}mirage.offsets = array<i64: 256>
// PLACES: mirage.exp
// PLACES-NOT: offsets
// PLACES: mirage.loop {{.*}}mirage.offsets = array<i64: 512>
// PLACES: mirage.load {{.*}}mirage.offsets = array<i64: 768>
// PLACES: mirage.mul
// PLACES-NOT: offsets
// PLACES: mirage.matmul
// PLACES-NOT: offsets
// PLACES: mirage.accumulate
// PLACES: mirage.neg {{.*}}mirage.offsets = array<i64: 512>
func.func @places(%x: tensor<8x8xf32>, %y: tensor<8x64xf32>) -> tensor<8x8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8x8xf32>, %y = %y : tensor<8x64xf32>) outs(%out : tensor<8x8xf32>) {
    %t = mirage.load %x[*, *] : tensor<8x8xf32> -> !mirage.tile<8x8xf32>
    %e = mirage.exp %t {mirage.place = "inline"} : !mirage.tile<8x8xf32>
    %s = mirage.loop (%k : 8) -> (!mirage.tile<8x8xf32>) {
      %u = mirage.load %y[*, %k] : tensor<8x64xf32> -> !mirage.tile<8x8xf32>
      %m = mirage.mul %u, %e {mirage.place = "inline"} : !mirage.tile<8x8xf32>, !mirage.tile<8x8xf32> -> !mirage.tile<8x8xf32>
      %p = mirage.matmul %m, %e {mirage.place = "registers"} : !mirage.tile<8x8xf32>, !mirage.tile<8x8xf32> -> !mirage.tile<8x8xf32>
      mirage.accumulate sum %p : !mirage.tile<8x8xf32>
    }
    %n = mirage.neg %s : !mirage.tile<8x8xf32>
    mirage.store %n to %out[*, *] : !mirage.tile<8x8xf32>, !mirage.out<8x8xf32>
  }
  return %o : tensor<8x8xf32>
}

//--- large.mlir
func.func @large(%x: tensor<1x14336xf32>, %y: tensor<1x14336xf32>) -> tensor<1x14336xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<1x14336xf32>, %y = %y : tensor<1x14336xf32>) outs(%out : tensor<1x14336xf32>) {
    %a = mirage.load %x[*, *] : tensor<1x14336xf32> -> !mirage.tile<1x14336xf32>
    %b = mirage.load %y[*, *] : tensor<1x14336xf32> -> !mirage.tile<1x14336xf32>
    %c = mirage.add %a, %b : !mirage.tile<1x14336xf32>, !mirage.tile<1x14336xf32> -> !mirage.tile<1x14336xf32>
    mirage.store %c to %out[*, *] : !mirage.tile<1x14336xf32>, !mirage.out<1x14336xf32>
  }
  return %o : tensor<1x14336xf32>
}
