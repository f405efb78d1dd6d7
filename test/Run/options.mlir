// RUN: mirage-run %s --entry=f --save-inputs=%t.in --save-outputs=%t.out | FileCheck %s
// CHECK: f on evaluator, seed 0
// CHECK: output 0 {{.*}} ok

// The inputs come back from files, and the outputs as a reference.
// RUN: mirage-run %s --entry=f --input=0:%t.in/input_0.npy --reference-outputs=%t.out | FileCheck %s
// A reference by name, equal and not.
// RUN: mirage-run %s --entry=f --reference=%s:same
// RUN: mirage-run %s --entry=f --reference=%s:negated > %t.txt; test $? -eq 1
// RUN: FileCheck %s --check-prefix=DIFFERS < %t.txt
// DIFFERS: output 0 {{.*}} DIFFERS

// RUN: mirage-run --help | FileCheck %s --check-prefix=HELP
// HELP: usage: mirage-run FILE

// Errors. No driver is tested with bundles.
// RUN: mirage-run %s --nonsense 2>%t.1; test $? -eq 2
// RUN: mirage-run 2>%t.2; test $? -eq 2
// RUN: mirage-run %t.missing 2>%t.3; test $? -eq 2
// RUN: mirage-run %s 2>%t.4; test $? -eq 2
// RUN: mirage-run %s --entry=nobody 2>%t.5; test $? -eq 2
// RUN: mirage-run %s --entry=foreign 2>%t.6; test $? -eq 2
// RUN: mirage-run %s --entry=f --reference=%s:wider 2>%t.7; test $? -eq 2
// RUN: mirage-run %s --entry=f --input=1:%t.in/input_0.npy 2>%t.8; test $? -eq 2
// RUN: cat %t.1 %t.2 %t.3 %t.4 %t.5 %t.6 %t.7 %t.8 | FileCheck %s --check-prefix=ERROR
// ERROR: error: --nonsense: unknown option
// ERROR: error: no file given
// ERROR: missing: cannot open
// ERROR: there is no function 'main', and 5 public functions: name one
// ERROR: there is no function 'nobody'
// ERROR: options.mlir:{{[0-9]+}}:{{[0-9]+}}: error:
// ERROR: --reference: input 0 is 3x8, the program's 3x5
// ERROR: --input: there is no input 1

func.func @f(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %0 = mirage.exp %x : tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

func.func @same(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %c = mirage.constant 0.0 : tensor<1x1xf32>
  %0 = mirage.exp_sub %x, %c : tensor<3x5xf32>, tensor<1x1xf32> -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

func.func @negated(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %0 = mirage.neg %x : tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

func.func @wider(%x: tensor<3x8xf32>) -> tensor<3x8xf32> {
  return %x : tensor<3x8xf32>
}

func.func @foreign(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %0 = func.call @f(%x) : (tensor<3x5xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}
