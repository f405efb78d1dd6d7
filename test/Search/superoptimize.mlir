// RUN: mirage-opt %S/../Programs/rmsnorm_matmul_b1.mlir --convert-linalg-to-mirage --mirage-superoptimize="report=%t.json top-k=8" 2>&1 | FileCheck %s --check-prefix=FUSED
// RUN: FileCheck %s --check-prefix=REPORT < %t.json
// RUN: mirage-opt %S/../Programs/rmsnorm_matmul_b1.mlir --convert-linalg-to-mirage --mirage-superoptimize="report=%t.off.json top-k=16 disable-rules=factor-out-of-sum candidates-dir=%t.plans" -o /dev/null
// RUN: FileCheck %s --check-prefix=OFF < %t.off.json
// RUN: cat %t.plans/*.mlir | FileCheck %s --check-prefix=PLANS
// RUN: mirage-opt %S/../Programs/gqa_b8.mlir --convert-linalg-to-mirage --mirage-superoptimize | FileCheck %s --check-prefix=ONLINE
// RUN: mirage-opt %S/../Programs/gqa_b1.mlir --convert-linalg-to-mirage --mirage-superoptimize | FileCheck %s --check-prefix=SPLIT
// RUN: mirage-opt %S/../Programs/gqa_unsafe_b1.mlir --convert-linalg-to-mirage --mirage-superoptimize | FileCheck %s --check-prefix=UNSAFE
// RUN: not mirage-opt %s --mirage-superoptimize=chip=sm_1 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not mirage-opt %s --mirage-superoptimize=require=proof 2>&1 | FileCheck %s --check-prefix=PROOF
// RUN: not mirage-opt %s --mirage-superoptimize=disable-rules=nonsense 2>&1 | FileCheck %s --check-prefix=RULE
// RUN: not mirage-opt %s --mirage-superoptimize=report=/nowhere/r.json 2>&1 | FileCheck %s --check-prefix=WRITE

// The row scale leaves the product: one kernel, one loop, the weight read once.
// FUSED: remark: [mirage-superoptimize] [chosen] 'main': 6 -> 1 kernel(s), modelled time {{[0-9.]+}} -> {{[0-9.]+}} us; field test: {{.*}}; float test:
// FUSED: mirage.kernel
// FUSED: mirage.loop
// FUSED: mirage.accumulate sum %{{.*}}, sum %{{.*}} :
// FUSED-NOT: mirage.loop
// FUSED-NOT: mirage.kernel
// FUSED: mirage.rsqrt

// REPORT: "after":
// REPORT: "kernels": 1
// REPORT: "before":
// REPORT: "chosen": 1
// REPORT: "nothing_found": null
// REPORT: "proof": "unsupported"

// Without the law no plan holds both sums in one loop.
// OFF: "disable_rules": [
// OFF-NEXT: "factor-out-of-sum"
// PLANS: mirage.kernel
// PLANS-NOT: mirage.accumulate sum %{{[^ ]*}}, sum

// Online softmax: the sums are relative to the running maximum.
// ONLINE: mirage.kernel
// ONLINE: mirage.accumulate {{.*}}max {{.*}} rel
// ONLINE-NOT: mirage.kernel

// Few queries: the keys are split over the grid, and a second kernel combines. What
// counts the runs comes first in memory, so that a block stores rows.
// SPLIT: mirage.kernel
// SPLIT: mirage.exp_sub
// SPLIT: mirage.store {{.*}}x64xf32>, !mirage.out<{{[0-9]+}}x2x256x64xf32>
// SPLIT: mirage.kernel
// SPLIT: mirage.reduce sum %{{.*}} rel %
// SPLIT-NOT: mirage.kernel

// Without a maximum the weights of the product may not be narrow: exp
// overflows f16. The tests refuse those plans; a wide one is kept.
// UNSAFE: mirage.kernel
// UNSAFE-NOT: mirage.accumulate {{.*}} rel
// UNSAFE: mirage.matmul {{.*}}f32>, {{.*}}f32> ->

// CHIP: error: unknown chip 'sm_1'
// PROOF: error: require=proof: there are no proofs yet
// RULE: error: unknown rule 'nonsense'; rules are factor-out-of-sum, reassociate-sums, distribute-sums, linear-after-sum, split-axis, telescope
// WRITE: error: cannot write '/nowhere/r.json'
