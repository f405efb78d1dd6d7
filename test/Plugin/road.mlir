// The whole road in stock mlir-opt gives what mirage-opt gives; upstream notes
// the time that the back end took, which is left out of the comparison.
// RUN: mirage-opt %S/../Programs/lora_b1.mlir --pass-pipeline='builtin.module(convert-linalg-to-mirage,mirage-superoptimize{seed=0},mirage-to-ptx{chip=sm_90a})' | sed 's/TimeInMs = [0-9]*//g' > %t.own
// RUN: mlir-opt --load-dialect-plugin=%plugin %S/../Programs/lora_b1.mlir --pass-pipeline='builtin.module(convert-linalg-to-mirage,mirage-superoptimize{seed=0},mirage-to-ptx{chip=sm_90a})' | sed 's/TimeInMs = [0-9]*//g' > %t.stock
// RUN: cmp %t.own %t.stock
// RUN: FileCheck %s < %t.stock
// CHECK: gpu.binary
