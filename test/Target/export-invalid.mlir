// What a module must hold to become PTX or a bundle, written by hand.
// RUN: rm -rf %t && split-file %s %t
// RUN: mirage-translate %t/good.mlir --mirage-export-bundle | FileCheck %s --check-prefix=GOOD
// RUN: not mirage-translate %t/none.mlir --mirage-export-ptx 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not mirage-translate %t/none.mlir --mirage-export-bundle 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not mirage-translate %t/objects.mlir --mirage-export-ptx 2>&1 | FileCheck %s --check-prefix=OBJECTS
// RUN: not mirage-translate %t/cubin.mlir --mirage-export-ptx 2>&1 | FileCheck %s --check-prefix=CUBIN
// RUN: for name in blocks role parameter dynamic strided workspace contents variable shift offset operand grid shared async; do not mirage-translate %t/$name.mlir --mirage-export-bundle -o %t/out 2>> %t/errors || exit 1; done
// RUN: FileCheck %s --input-file=%t/errors
// RUN: not mirage-translate %t/missing.mlir --mirage-export-ptx 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: cannot open input file
// RUN: not mirage-translate %t/good.mlir --mirage-export-ptx -o %t/nowhere/k.ptx 2>&1 | FileCheck %s --check-prefix=NOWHERE
// NOWHERE: cannot open output file
// RUN: not mirage-translate %t/good.mlir 2>&1 | FileCheck %s --check-prefix=NOTHING
// NOTHING: Translations to perform option: must be specified

//--- good.mlir
// GOOD: "kernel": "k"
// GOOD: "shared_bytes": 16
module attributes {gpu.container_module} {
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n.entry k(.param .u64 a, .param .u64 b) {}">]
func.func @main(%a: memref<4xf32> {mirage.role = "input"}, %b: memref<4xf32> {mirage.role = "output"}) {
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : i32
  gpu.launch_func @b::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) dynamic_shared_memory_size %c16 args(%a : memref<4xf32>, %b : memref<4xf32>)
  return
}
}

//--- none.mlir
// NONE: none.mlir:2:1: error: has 0 gpu.binary ops, expected 1
module {}

//--- objects.mlir
// OBJECTS: error: has 2 objects, expected 1
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "a">, #gpu.object<#nvvm.target<chip = "sm_80">, assembly = "b">]

//--- cubin.mlir
// CUBIN: error: holds no PTX
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, bin = "\7FELF">]

//--- blocks.mlir
// CHECK: blocks.mlir:3:1: error: is not a straight line of launches
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n">]
func.func @main() {
  cf.br ^next
^next:
  return
}

//--- role.mlir
// CHECK: role.mlir:3:1: error: parameter 0 has no mirage.role of input, output or workspace
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n">]
func.func @main(%a: memref<4xf32> {mirage.role = "else"}) {
  return
}

//--- parameter.mlir
// CHECK: parameter.mlir:3:1: error: parameter of type 'i8' is no scalar of a type that a bundle holds
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n">]
func.func @main(%a: i8 {mirage.role = "input"}) {
  return
}

//--- dynamic.mlir
// CHECK: dynamic.mlir:3:1: error: value of type 'memref<?xf32>' is no dense tensor of a type that a bundle holds
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n">]
func.func @main(%a: memref<?xf32> {mirage.role = "input"}) {
  return
}

//--- strided.mlir
// CHECK: strided.mlir:3:1: error: value of type 'memref<4xf32, strided<[2]>>' is no dense tensor
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n">]
func.func @main(%a: memref<4xf32, strided<[2]>> {mirage.role = "input"}) {
  return
}

//--- workspace.mlir
// CHECK: workspace.mlir:3:1: error: parameter 1 must be the one workspace, a memref of bytes
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n">]
func.func @main(%a: memref<4xi8> {mirage.role = "workspace"}, %b: memref<4xi8> {mirage.role = "workspace"}) {
  return
}

//--- contents.mlir
// CHECK: contents.mlir:5:8: error: 'memref.get_global' op must name a constant with dense contents
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n">]
memref.global "private" constant @g : memref<4xf32>
func.func @main() {
  %0 = memref.get_global @g : memref<4xf32>
  return
}

//--- variable.mlir
// CHECK: variable.mlir:5:8: error: 'memref.get_global' op must name a constant with dense contents
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n">]
memref.global "private" @g : memref<4xf32> = dense<1.0>
func.func @main() {
  %0 = memref.get_global @g : memref<4xf32>
  return
}

//--- shift.mlir
// CHECK: shift.mlir:5:8: error: 'memref.view' op must be a view of the workspace at a constant
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n">]
func.func @main(%a: memref<64xi8> {mirage.role = "workspace"}) {
  %c = arith.constant -4 : index
  %0 = memref.view %a[%c][] : memref<64xi8> to memref<4xf32>
  return
}

//--- offset.mlir
// CHECK: offset.mlir:4:8: error: 'memref.reinterpret_cast' op must give a dense buffer another shape
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n">]
func.func @main(%a: memref<8xf32> {mirage.role = "input"}) {
  %0 = memref.reinterpret_cast %a to offset: [4], sizes: [4], strides: [1] : memref<8xf32> to memref<4xf32, strided<[1], offset: 4>>
  return
}

//--- operand.mlir
// CHECK: operand.mlir:6:3: error: 'gpu.launch_func' op has an argument that is no parameter, constant or view of the workspace
module attributes {gpu.container_module} {
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n.entry k(.param .u64 a) {}">]
func.func @main() {
  %c1 = arith.constant 1 : index
  gpu.launch_func @b::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%c1 : index)
  return
}
}

//--- grid.mlir
// CHECK: grid.mlir:7:3: error: 'gpu.launch_func' op must have constant sizes
module attributes {gpu.container_module} {
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n.entry k() {}">]
func.func @main() {
  %c1 = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  gpu.launch_func @b::@k blocks in (%c1, %c0, %c1) threads in (%c1, %c1, %c1)
  return
}
}

//--- shared.mlir
// CHECK: shared.mlir:7:3: error: 'gpu.launch_func' op must have constant sizes
module attributes {gpu.container_module} {
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n.entry k() {}">]
func.func @main() {
  %c1 = arith.constant 1 : index
  %bytes = arith.constant -16 : i32
  gpu.launch_func @b::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) dynamic_shared_memory_size %bytes
  return
}
}

//--- async.mlir
// CHECK: async.mlir:6:8: error: 'gpu.launch_func' op must be synchronous
module attributes {gpu.container_module} {
gpu.binary @b [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "\n.target sm_90a\n.entry k() {}">]
func.func @main() {
  %c1 = arith.constant 1 : index
  %0 = gpu.launch_func async @b::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
  return
}
}
