// RUN: mirage-opt %s --mirage-superoptimize | FileCheck %s --check-prefix=OFF
// RUN: mirage-opt %s --mirage-superoptimize="enable-rules=invent-shift top-k=12 candidates-dir=%t.plans report=%t.json" -o /dev/null
// RUN: cat %t.plans/*.mlir | FileCheck %s --check-prefix=ON
// RUN: FileCheck %s --check-prefix=REPORT < %t.json
// RUN: not mirage-opt %s --mirage-superoptimize=enable-rules=telescope 2>&1 | FileCheck %s --check-prefix=RULE

// A softmax without a maximum, of values that the program did not shift, and a
// sum of exponentials that no shift cancels in.

// OFF-NOT: {{ rel }}
// OFF-NOT: exp_sub

// ON: mirage.accumulate {{.*}}max {{.*}} rel

// REPORT: "enable_rules": [
// REPORT-NEXT: "invent-shift"

// RULE: error: rule 'telescope' is not one that can be enabled: invent-shift

func.func @softmax(%s: tensor<64x2048xf32>, %v: tensor<2048x64xf32>) -> tensor<64x64xf32> {
  %e = mirage.exp %s : tensor<64x2048xf32>
  %l = mirage.reduce sum %e dim 1 : tensor<64x2048xf32> -> tensor<64x1xf32>
  %p = mirage.div %e, %l : tensor<64x2048xf32>, tensor<64x1xf32> -> tensor<64x2048xf32>
  %o = mirage.matmul %p, %v : tensor<64x2048xf32>, tensor<2048x64xf32> -> tensor<64x64xf32>
  return %o : tensor<64x64xf32>
}

func.func @sum(%s: tensor<64x2048xf32>) -> tensor<64x1xf32> {
  %e = mirage.exp %s : tensor<64x2048xf32>
  %l = mirage.reduce sum %e dim 1 : tensor<64x2048xf32> -> tensor<64x1xf32>
  return %l : tensor<64x1xf32>
}
