// RUN: mirage-opt %s --mirage-to-ptx -o %t.mlir
// RUN: FileCheck %s --check-prefix=HOST --input-file=%t.mlir
// RUN: mirage-translate %t.mlir --mirage-export-ptx | FileCheck %s --check-prefix=PTX
// RUN: mirage-translate %t.mlir --mirage-export-bundle | FileCheck %s --check-prefix=BUNDLE

// HOST-LABEL: func.func @main
// HOST-SAME: memref<8x64xf16> {mirage.role = "input"}
// HOST-SAME: memref<1x8x64xf16> {mirage.role = "output"}
// HOST-SAME: memref<1024xi8> {mirage.role = "workspace"}
// HOST: gpu.launch_func @kernels::@main_kernel_0
// HOST: gpu.launch_func @kernels::@main_kernel_1

// Loads of 16 bytes through the read-only cache; no external function.
// PTX: .target sm_90a
// PTX: .extern .shared .align 1024 .b8 dsmem[];
// PTX: .entry main_kernel_0
// PTX: .maxntid 128, 1, 1
// PTX: ld.global.nc.v4.b32
// PTX: st.global.v4.b32
// PTX: .entry main_kernel_1
// PTX-NOT: .extern .func

// BUNDLE: "scratch"
// BUNDLE: "bytes": 1024
// BUNDLE: "kernel": "main_kernel_0"
// BUNDLE: "kernel": "main_kernel_1"
// BUNDLE: "constants"
// BUNDLE: "data": "AEA="
func.func @main(%x: tensor<8x64xf16>) -> tensor<1x8x64xf16> {
  %two = arith.constant dense<2.0> : tensor<1x1xf16>
  %y = mirage.kernel () ins(%x = %x : tensor<8x64xf16>, %c = %two : tensor<1x1xf16>) outs(%out : tensor<8x64xf16>) {
    %t = mirage.load %x[*, *] : tensor<8x64xf16> -> !mirage.tile<8x64xf16>
    %k = mirage.load %c[*, *] : tensor<1x1xf16> -> !mirage.tile<1x1xf16>
    %m = mirage.mul %t, %k : !mirage.tile<8x64xf16>, !mirage.tile<1x1xf16> -> !mirage.tile<8x64xf16>
    mirage.store %m to %out[*, *] : !mirage.tile<8x64xf16>, !mirage.out<8x64xf16>
  }
  %v = mirage.reshape %y : tensor<8x64xf16> -> tensor<1x8x64xf16>
  %z = mirage.kernel (%i : 8) ins(%x = %v : tensor<1x8x64xf16>) outs(%out : tensor<1x8x64xf16>) {
    %t = mirage.load %x[*, %i, *] : tensor<1x8x64xf16> -> !mirage.tile<1x1x64xf16>
    %e = mirage.exp %t : !mirage.tile<1x1x64xf16>
    mirage.store %e to %out[*, %i, *] : !mirage.tile<1x1x64xf16>, !mirage.out<1x8x64xf16>
  }
  return %z : tensor<1x8x64xf16>
}
