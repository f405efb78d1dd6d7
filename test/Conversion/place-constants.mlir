// RUN: mirage-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(mirage-place-constants))' --verify-diagnostics | FileCheck %s

module attributes {gpu.container_module} {
  gpu.binary @b [#gpu.object<#nvvm.target, assembly = "">]
  memref.global "private" constant @c : memref<4xf32> = dense<1.0>

  // Placed before the first use, and freed at the end; the second reader of the
  // same value takes the same copy.
  // CHECK-LABEL: func.func @placed
  // CHECK: %[[HOST:.*]] = memref.get_global @c : memref<4xf32>
  // CHECK: %[[S:.*]] = gpu.wait async
  // CHECK: %[[D:.*]], %[[A:.*]] = gpu.alloc async [%[[S]]] () : memref<4xf32>
  // CHECK: %[[M:.*]] = gpu.memcpy async [%[[A]]] %[[D]], %[[HOST]]
  // CHECK: gpu.wait [%[[M]]]
  // CHECK: gpu.launch_func @b::@k {{.*}} args(%[[D]] : memref<4xf32>)
  // CHECK: %[[V:.*]] = memref.reinterpret_cast %[[D]]
  // CHECK: gpu.launch_func @b::@k {{.*}} args(%[[V]] : memref<2x2xf32>)
  // CHECK: %[[T:.*]] = gpu.wait async
  // CHECK: %[[F:.*]] = gpu.dealloc async [%[[T]]] %[[D]]
  // CHECK: gpu.wait [%[[F]]]
  // CHECK: return
  func.func @placed() {
    %0 = memref.get_global @c : memref<4xf32>
    %c1 = arith.constant 1 : index
    gpu.launch_func @b::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%0 : memref<4xf32>)
    %1 = memref.reinterpret_cast %0 to offset: [0], sizes: [2, 2], strides: [2, 1] : memref<4xf32> to memref<2x2xf32>
    gpu.launch_func @b::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%1 : memref<2x2xf32>)
    return
  }

  // Without launches the constant is read by the host.
  // CHECK-LABEL: func.func @host
  // CHECK-NOT: gpu.alloc
  func.func @host() -> memref<4xf32> {
    %0 = memref.get_global @c : memref<4xf32>
    return %0 : memref<4xf32>
  }
  func.func private @declared()
}

// -----

module attributes {gpu.container_module} {
  gpu.binary @b [#gpu.object<#nvvm.target, assembly = "">]
  // expected-error @below {{is not a straight line of launches}}
  func.func @blocks() {
    %c1 = arith.constant 1 : index
    gpu.launch_func @b::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
    cf.br ^end
  ^end:
    return
  }
}
