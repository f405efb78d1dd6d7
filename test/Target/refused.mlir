// RUN: split-file %s %t
// RUN: not mirage-opt %t/foreign.mlir --mirage-to-ptx 2>&1 | FileCheck %s --check-prefix=FOREIGN
// RUN: not mirage-opt %t/chip.mlir --mirage-to-ptx=chip=sm_35 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not mirage-opt %t/extern.mlir --mirage-to-ptx 2>&1 | FileCheck %s --check-prefix=EXTERN
// RUN: not mirage-opt %t/ragged.mlir --mirage-assign-threads --mirage-plan-memory --mirage-plan-buffers --convert-mirage-to-gpu 2>&1 | FileCheck %s --check-prefix=RAGGED
// RUN: not mirage-opt %t/argument.mlir --mirage-assign-threads --mirage-plan-memory --mirage-plan-buffers --convert-mirage-to-gpu 2>&1 | FileCheck %s --check-prefix=ARGUMENT
// RUN: not mirage-opt %t/twice.mlir --mirage-assign-threads --mirage-plan-memory --mirage-plan-buffers --convert-mirage-to-gpu 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not mirage-translate %t/host.mlir --mirage-export-bundle 2>&1 | FileCheck %s --check-prefix=HOST

//--- foreign.mlir
// FOREIGN: error: holds ops that do not lower to a GPU
// FOREIGN: note: 'mirage.exp' here
// FOREIGN: note: 'tensor.empty' here
func.func @foreign(%x: tensor<8xf32>) -> tensor<8xf32> {
  %e = mirage.exp %x : tensor<8xf32>
  %t = tensor.empty() : tensor<8xf32>
  return %e : tensor<8xf32>
}

//--- chip.mlir
// CHIP: error: unknown chip 'sm_35'
func.func @chip(%x: tensor<8xf32>) -> tensor<8xf32> {
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  return %o : tensor<8xf32>
}

//--- extern.mlir
// EXTERN: error: the PTX calls '__nv_sin', which nothing defines
func.func @extern(%x: tensor<8xf64>) -> tensor<8xf64> {
  %o = mirage.kernel () ins(%x = %x : tensor<8xf64>) outs(%out : tensor<8xf64>) {
    %t = mirage.load %x[*] : tensor<8xf64> -> !mirage.tile<8xf64>
    %r = mirage.map %t : !mirage.tile<8xf64> -> !mirage.tile<8xf64> {
    ^bb0(%e: f64):
      %s = math.sin %e : f64
      mirage.yield %s : f64
    }
    mirage.store %r to %out[*] : !mirage.tile<8xf64>, !mirage.out<8xf64>
  }
  return %o : tensor<8xf64>
}

//--- ragged.mlir
// RAGGED: error: 'mirage.load' op is ragged and has no fill
func.func @ragged(%x: tensor<7xf32>) -> tensor<7xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %x : tensor<7xf32>) outs(%out : tensor<7xf32>) {
    %t = mirage.load %x[%i] : tensor<7xf32> -> !mirage.tile<4xf32>
    mirage.store %t to %out[%i] : !mirage.tile<4xf32>, !mirage.out<7xf32>
  }
  return %o : tensor<7xf32>
}

//--- argument.mlir
// ARGUMENT: error: result 1 is not computed by a kernel
func.func @argument(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<2x4xf32>) {
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  %r = mirage.reshape %x : tensor<8xf32> -> tensor<2x4xf32>
  return %o, %r : tensor<8xf32>, tensor<2x4xf32>
}

//--- twice.mlir
// TWICE: error: result 1 is another result too
func.func @twice(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<2x4xf32>) {
  %o = mirage.kernel () ins(%x = %x : tensor<8xf32>) outs(%out : tensor<8xf32>) {
    %t = mirage.load %x[*] : tensor<8xf32> -> !mirage.tile<8xf32>
    mirage.store %t to %out[*] : !mirage.tile<8xf32>, !mirage.out<8xf32>
  }
  %r = mirage.reshape %o : tensor<8xf32> -> tensor<2x4xf32>
  return %o, %r : tensor<8xf32>, tensor<2x4xf32>
}

//--- host.mlir
// HOST: host.mlir:5:3: error: 'memref.copy' op has no place in a bundle
module attributes {gpu.container_module} {
gpu.binary @kernels [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n">]
func.func @main(%a: memref<4xf32> {mirage.role = "input"}, %b: memref<4xf32> {mirage.role = "output"}) {
  memref.copy %a, %b : memref<4xf32> to memref<4xf32>
  return
}
}
