// RUN: mirage-opt %s --mirage-expand-math --canonicalize --cse --split-input-file | FileCheck %s
// RUN: mirage-opt %s --pass-pipeline='builtin.module(gpu.module(mirage-expand-math))' --split-input-file | FileCheck %s --check-prefix=NESTED

// Seven instructions, the argument being kept where 2^t neither overflows nor
// meets inf * 0.
// CHECK-LABEL: func @exp_f32(
// CHECK-SAME:    %[[X:.*]]: f32)
// CHECK-DAG:     %[[LOG2E:.*]] = arith.constant 1.44269502 : f32
// CHECK-DAG:     %[[MIN:.*]] = arith.constant -2.000000e+02 : f32
// CHECK-DAG:     %[[MAX:.*]] = arith.constant 127.999756 : f32
// CHECK:         %[[C:.*]] = arith.maximumf %[[X]], %[[MIN]]
// CHECK-NEXT:    %[[M:.*]] = arith.mulf %[[C]], %[[LOG2E]]
// CHECK-NEXT:    %[[T:.*]] = arith.minimumf %[[M]], %[[MAX]]
// CHECK-NEXT:    %[[R0:.*]] = llvm.intr.fma(%[[T]], %{{.*}}, %[[C]])
// CHECK-NEXT:    %[[R:.*]] = llvm.intr.fma(%[[T]], %{{.*}}, %[[R0]])
// CHECK-NEXT:    %[[P:.*]] = llvm.call_intrinsic "llvm.exp2"(%[[T]]) : (f32) -> f32
// CHECK-NEXT:    %[[E:.*]] = llvm.intr.fma(%[[P]], %[[R]], %[[P]])
// CHECK-NEXT:    return %[[E]]
func.func @exp_f32(%x: f32) -> f32 {
  %r = math.exp %x : f32
  return %r : f32
}

// Narrow types: in f32, rounded once, and short.
// CHECK-LABEL: func @exp_f16(
// CHECK:         %[[W:.*]] = arith.extf %{{.*}} : f16 to f32
// CHECK-NEXT:    %[[M:.*]] = arith.mulf %[[W]], %{{.*}} : f32
// CHECK-NEXT:    %[[E:.*]] = llvm.call_intrinsic "llvm.exp2"(%[[M]]) : (f32) -> f32
// CHECK-NEXT:    arith.truncf %[[E]] : f32 to f16
// CHECK-NEXT:    return
func.func @exp_f16(%x: f16) -> f16 {
  %r = math.exp %x : f16
  return %r : f16
}

// CHECK-LABEL: func @exp_afn(
// CHECK:         %[[M:.*]] = arith.mulf
// CHECK-NEXT:    llvm.call_intrinsic "llvm.exp2"(%[[M]])
// CHECK-NEXT:    return
func.func @exp_afn(%x: f32) -> f32 {
  %r = math.exp %x fastmath<afn> : f32
  return %r : f32
}

// NVPTX makes one rsqrt.approx of this.
// CHECK-LABEL: func @rsqrt_f32(
// CHECK:         %[[S:.*]] = llvm.call_intrinsic "llvm.sqrt"(%{{.*}}) {fastmathFlags = #llvm.fastmath<afn>} : (f32) -> f32
// CHECK-NEXT:    arith.divf %{{.*}}, %[[S]] fastmath<afn> : f32
func.func @rsqrt_f32(%x: f32) -> f32 {
  %r = math.rsqrt %x : f32
  return %r : f32
}

// CHECK-LABEL: func @sqrt(
// CHECK-NEXT:    llvm.call_intrinsic "llvm.sqrt"(%{{.*}}) : (f32) -> f32{{$}}
// CHECK-NEXT:    llvm.call_intrinsic "llvm.sqrt"(%{{.*}}) : (f64) -> f64{{$}}
// CHECK:         llvm.call_intrinsic "llvm.sqrt"(%{{.*}}) {fastmathFlags = #llvm.fastmath<afn>} : (f32) -> f32
func.func @sqrt(%x: f32, %y: f64, %z: bf16) -> (f32, f64, bf16) {
  %r = math.sqrt %x : f32
  %s = math.sqrt %y : f64
  %t = math.sqrt %z : bf16
  return %r, %s, %t : f32, f64, bf16
}

// What has no rounding of its own stays in its type.
// CHECK-LABEL: func @native(
// CHECK-NOT:     arith.extf
// CHECK:         llvm.call_intrinsic "llvm.floor"(%{{.*}}) : (f16) -> f16
// CHECK-NEXT:    llvm.call_intrinsic "llvm.fma"({{.*}}) : (f16, f16, f16) -> f16
// CHECK-NEXT:    llvm.call_intrinsic "llvm.maxnum"({{.*}}) : (f16, f16) -> f16
// CHECK-NEXT:    arith.maximumf
func.func @native(%x: f16, %y: f16) -> f16 {
  %0 = math.floor %x : f16
  %1 = math.fma %0, %x, %y : f16
  %2 = arith.maxnumf %1, %y : f16
  %3 = arith.maximumf %2, %x : f16
  return %3 : f16
}

// Selects, never branches.
// CHECK-LABEL: func @no_branches(
// CHECK-NOT:     math.
// CHECK-NOT:     remf
// CHECK-NOT:     scf.
// CHECK-NOT:     cf.
// CHECK-NOT:     call @
// CHECK:         return
func.func @no_branches(%x: f32, %y: f32) -> f32 {
  %0 = math.exp2 %x : f32
  %1 = math.expm1 %0 : f32
  %2 = math.log %1 : f32
  %3 = math.log2 %2 : f32
  %4 = math.log1p %3 : f32
  %5 = math.erf %4 : f32
  %6 = math.tanh %5 : f32
  %7 = math.sin %6 : f32
  %8 = math.cos %7 : f32
  %9 = math.atan %8 : f32
  %10 = math.powf %9, %y : f32
  %11 = arith.remf %10, %y : f32
  return %11 : f32
}

// Neither vectors nor types and functions that it does not know.
// CHECK-LABEL: func @left_alone(
// CHECK:         math.exp %{{.*}} : vector<4xf32>
// CHECK:         math.floor %{{.*}} : vector<4xf32>
// CHECK:         math.exp %{{.*}} : f128
// CHECK:         math.sin %{{.*}} : f64
// CHECK:         arith.remf %{{.*}} : f64
// CHECK:         math.sinh %{{.*}} : f32
func.func @left_alone(%v: vector<4xf32>, %q: f128, %d: f64, %x: f32)
    -> (vector<4xf32>, f128, f64, f32) {
  %0 = math.exp %v : vector<4xf32>
  %1 = math.floor %0 : vector<4xf32>
  %2 = math.exp %q : f128
  %3 = math.sin %d : f64
  %4 = arith.remf %3, %d : f64
  %5 = math.sinh %x : f32
  return %1, %2, %4, %5 : vector<4xf32>, f128, f64, f32
}

// -----

// CHECK-LABEL: func @outside(
// CHECK-NOT:     math.
// NESTED-LABEL: func @outside(
// NESTED:         math.absf
func.func @outside(%x: f32) -> f32 {
  %r = math.absf %x : f32
  return %r : f32
}

// CHECK-LABEL: gpu.module @kernels
// CHECK-NOT:     math.
// CHECK:         llvm.fabs
// NESTED-LABEL: gpu.module @kernels
// NESTED-NOT:     math.
// NESTED:         llvm.fabs
gpu.module @kernels {
  gpu.func @k(%m: memref<f32>) kernel {
    %x = memref.load %m[] : memref<f32>
    %r = math.absf %x : f32
    memref.store %r, %m[] : memref<f32>
    gpu.return
  }
}
