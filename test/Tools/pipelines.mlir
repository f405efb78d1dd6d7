// A pipeline that is put where it does not belong, or given options that it lacks.
// RUN: split-file %s %t
// RUN: not mirage-opt %t/p.mlir --pass-pipeline='func.func(mirage-to-ptx)' 2>&1 | FileCheck %s --check-prefix=PTX
// PTX: error: 'mirage-to-ptx' runs on 'builtin.module', not on 'func.func'
// RUN: not mirage-opt %t/p.mlir --pass-pipeline='builtin.module(func.func(mirage-to-llvm-cpu))' 2>&1 | FileCheck %s --check-prefix=CPU
// CPU: error: 'mirage-to-llvm-cpu' runs on 'builtin.module', not on 'func.func'
// RUN: not mirage-opt %t/p.mlir --pass-pipeline='builtin.module(gpu.module(mirage-to-llvm-cuda))' 2>&1 | FileCheck %s --check-prefix=CUDA
// CUDA: error: 'mirage-to-llvm-cuda' runs on 'builtin.module', not on 'gpu.module'
// RUN: not mirage-opt %t/p.mlir --pass-pipeline='func.func(convert-mirage-to-gpu)' 2>&1 | FileCheck %s --check-prefix=PASS
// PASS: error: Can't add pass 'ConvertMirageToGPUPass' restricted to 'builtin.module'

// Within another module, and where the op is not known, they are.
// RUN: mirage-opt %t/nested.mlir --pass-pipeline='builtin.module(builtin.module(mirage-to-llvm-cpu))' | FileCheck %s --check-prefix=NESTED
// RUN: mirage-opt %t/nested.mlir --pass-pipeline='builtin.module(any(mirage-to-llvm-cpu))' | FileCheck %s --check-prefix=NESTED
// NESTED: llvm.func @f

// RUN: not mirage-opt %t/p.mlir --mirage-to-ptx=patience=1 2>&1 | FileCheck %s --check-prefix=OPTION
// RUN: not mirage-opt %t/p.mlir --mirage-to-llvm-cpu=patience=1 2>&1 | FileCheck %s --check-prefix=OPTION
// RUN: not mirage-opt %t/p.mlir --mirage-to-llvm-cuda=patience=1 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: no such option patience
// RUN: not mirage-opt %t/p.mlir --mirage-to-ptx=opt-level=-1 2>&1 | FileCheck %s --check-prefix=LEVEL
// LEVEL: error: Invalid optimization level: -1
// RUN: not mirage-opt %t/p.mlir --mirage-to-ptx=opt-level=fast 2>&1 | FileCheck %s --check-prefix=WORD
// WORD: for the --opt-level option: 'fast' value invalid

// Of a module that has a wrong option nothing is shown but the line.
// RUN: not mirage-opt %t/p.mlir --mirage-to-ptx=chip= 2>&1 | FileCheck %s --check-prefix=CHIP --implicit-check-not=note:
// CHIP: p.mlir:{{.*}} error: unknown chip ''

//--- p.mlir
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mirage.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

//--- nested.mlir
module {
  module {
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = mirage.exp %x : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
  }
}
