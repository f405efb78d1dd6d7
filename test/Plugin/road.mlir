// The whole road in stock mlir-opt gives what mirage-opt gives.
// RUN: mirage-opt %S/../Programs/lora_b1.mlir --pass-pipeline='builtin.module(convert-linalg-to-mirage,mirage-superoptimize{seed=0},mirage-to-ptx{chip=sm_90a})' -o %t.own
// RUN: mlir-opt --load-dialect-plugin=%plugin %S/../Programs/lora_b1.mlir --pass-pipeline='builtin.module(convert-linalg-to-mirage,mirage-superoptimize{seed=0},mirage-to-ptx{chip=sm_90a})' -o %t.stock
// RUN: cmp %t.own %t.stock
// RUN: FileCheck %s < %t.stock
// CHECK: gpu.binary
