// A host with another MLIR is refused, with both versions, before anything is
// registered.
// RUN: %cc -shared -fPIC -o %t.so %S/Inputs/forged_version.c
// RUN: not env LD_PRELOAD=%t.so mlir-opt --load-dialect-plugin=%plugin %S/plugin.mlir 2>&1 | FileCheck %s
// RUN: not env LD_PRELOAD=%t.so mlir-opt --load-pass-plugin=%plugin %S/plugin.mlir 2>&1 | FileCheck %s
// CHECK: error: MiragePlugin was built for LLVM 22.1.{{[0-9]+}}, this program uses 21.1.0
// CHECK-NOT: PLEASE submit a bug report

// So is one that has no shared MLIR.
// RUN: %cc -o %t.host %S/Inputs/host_without_mlir.c -ldl
// RUN: %t.host %plugin 2>&1 | FileCheck %s --check-prefix=STATIC
// STATIC: error: MiragePlugin needs a program that uses the shared MLIR 22.1.{{[0-9]+}}; this one links MLIR statically, or another version
// STATIC: API version 0
