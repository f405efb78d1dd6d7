// REQUIRES: dylib
// Of a program, what has a square root in a kernel and verifies is left.
// RUN: echo '#!/bin/sh' > %t.sh
// RUN: echo 'mirage-opt "$1" 2>/dev/null | grep -q "rsqrt.*tile" && exit 1; exit 0' >> %t.sh
// RUN: chmod +x %t.sh
// RUN: mirage-reduce %s --mirage-reduce-program='test=%t.sh' -o %t.mlir
// RUN: mirage-opt %t.mlir | FileCheck %s

// CHECK: func.func @main() -> tensor<8x16xf32>
// CHECK-NOT: mirage.{{exp|load|loop|mul|reduce|tanh}}
// CHECK: mirage.kernel
// CHECK-NOT: mirage.{{exp|load|loop|mul|reduce|tanh}}
// CHECK: mirage.rsqrt
// CHECK-NOT: mirage.{{exp|kernel|load|loop|mul|reduce|tanh}}
// CHECK-NOT: func.func

// RUN: not mirage-reduce %s --mirage-reduce-program=test=/bin/true 2>&1 | FileCheck %s --check-prefix=DULL
// DULL: reduce.mlir{{.*}}: error: the test does not find this interesting: its exit code must be 1

// RUN: not mirage-reduce %s --mirage-reduce-program=test=%t.none 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: the test '{{.*}}.none' is no program

func.func @main(%x: tensor<8x16xf32>) -> (tensor<8x16xf32>, tensor<8x16xf32>) {
  %e = mirage.exp %x : tensor<8x16xf32>
  %n = mirage.kernel (%i : 4) ins(%a = %e : tensor<8x16xf32>) outs(%out : tensor<8x16xf32>) {
    %s, %m = mirage.loop (%k : 4) -> (!mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>) {
      %t = mirage.load %a[%i, %k] : tensor<8x16xf32> -> !mirage.tile<2x4xf32>
      %q = mirage.mul %t, %t : !mirage.tile<2x4xf32>, !mirage.tile<2x4xf32> -> !mirage.tile<2x4xf32>
      %r = mirage.reduce sum %q dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf32>
      %h = mirage.reduce max %q dim 1 : !mirage.tile<2x4xf32> -> !mirage.tile<2x1xf32>
      mirage.accumulate sum %r, max %h : !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32>
    }
    %f = mirage.rsqrt %s : !mirage.tile<2x1xf32>
    %g = mirage.add %f, %m : !mirage.tile<2x1xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x1xf32>
    %t = mirage.load %a[%i, *] : tensor<8x16xf32> -> !mirage.tile<2x16xf32>
    %y = mirage.mul %t, %g : !mirage.tile<2x16xf32>, !mirage.tile<2x1xf32> -> !mirage.tile<2x16xf32>
    mirage.store %y to %out[%i, *] : !mirage.tile<2x16xf32>, !mirage.out<8x16xf32>
  }
  %o = mirage.kernel (%i : 4) ins(%a = %n : tensor<8x16xf32>) outs(%out : tensor<8x16xf32>) {
    %t = mirage.load %a[%i, *] : tensor<8x16xf32> -> !mirage.tile<2x16xf32>
    %y = mirage.tanh %t : !mirage.tile<2x16xf32>
    mirage.store %y to %out[%i, *] : !mirage.tile<2x16xf32>, !mirage.out<8x16xf32>
  }
  return %n, %o : tensor<8x16xf32>, tensor<8x16xf32>
}
func.func @other(%x: tensor<2xf32>) -> tensor<2xf32> {
  %e = mirage.exp %x : tensor<2xf32>
  return %e : tensor<2xf32>
}
