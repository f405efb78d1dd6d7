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

// What is no test, or does not answer.
// RUN: not mirage-reduce %s --mirage-reduce-program=test=/bin/true 2>&1 | FileCheck %s --check-prefix=DULL
// DULL: reduce.mlir:{{.*}}: error: the test '/bin/true' does not find this interesting: its exit code must be 1
// RUN: not mirage-reduce %s --mirage-reduce-program=test=%t.none 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: reduce.mlir:{{.*}}: error: the test '{{.*}}.none' is no program
// RUN: not mirage-reduce %s --mirage-reduce-program 2>&1 | FileCheck %s --check-prefix=EMPTY
// EMPTY: reduce.mlir:{{.*}}: error: the test '' is no program
// RUN: not mirage-reduce %s --mirage-reduce-program='test=/bin/sh test-arg=-c,"exit 2"' 2>&1 | FileCheck %s --check-prefix=CODE
// CODE: reduce.mlir:{{.*}}: error: the test '/bin/sh' has exit code 2, expected 0 or 1
// RUN: not mirage-reduce %s --mirage-reduce-program='test=/bin/sh test-arg=-c,"kill -9 $$"' 2>&1 | FileCheck %s --check-prefix=KILLED
// KILLED: reduce.mlir:{{.*}}: error: the test '/bin/sh' does not run: Killed
// RUN: echo nonsense > %t.nonsense && chmod +x %t.nonsense
// RUN: not mirage-reduce %s --mirage-reduce-program=test=%t.nonsense 2>&1 | FileCheck %s --check-prefix=FORMAT
// FORMAT: reduce.mlir:{{.*}}: error: the test '{{.*}}.nonsense' does not run: {{.*}}Exec format error
// RUN: not env TMPDIR=/dev/null mirage-reduce %s --mirage-reduce-program=test=/bin/false 2>&1 | FileCheck %s --check-prefix=NOWHERE
// NOWHERE: reduce.mlir:{{.*}}: error: the test '/bin/false' gets no file: Not a directory

// Command lines.
// RUN: not mirage-reduce %s 2>&1 | FileCheck %s --check-prefix=PASS
// PASS: mirage-reduce: error: no pass is given, as --mirage-reduce-program=test=PROGRAM
// RUN: not mirage-reduce --mirage-reduce-program=test=/bin/false 2>&1 | FileCheck %s --check-prefix=FILE
// FILE: Not enough positional command line arguments specified
// RUN: not mirage-reduce %t.none --mirage-reduce-program=test=/bin/false 2>&1 | FileCheck %s --check-prefix=INPUT
// INPUT: mirage-reduce: error: cannot open input file '{{.*}}.none': No such file or directory
// RUN: not mirage-reduce %t.nonsense --mirage-reduce-program=test=/bin/false 2>&1 | FileCheck %s --check-prefix=PARSE
// PARSE: .nonsense:1:1: error:
// RUN: not mirage-reduce %s --mirage-reduce-program=test=/bin/false -o %S 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: mirage-reduce: error: cannot open output file '{{.*}}': Is a directory
// RUN: not mirage-reduce %s --mirage-reduce-program=nonsense=1 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: no such option nonsense

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
