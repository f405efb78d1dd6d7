// RUN: not mirage-opt %s --mirage-superoptimize=chip=sm_1 2>&1 | FileCheck %s -DFILE=%s --check-prefix=CHIP --implicit-check-not=error:
// RUN: not mirage-opt %s --mirage-superoptimize=require=proof 2>&1 | FileCheck %s -DFILE=%s --check-prefix=PROOF --implicit-check-not=error:
// RUN: not mirage-opt %s --mirage-superoptimize=require=luck 2>&1 | FileCheck %s -DFILE=%s --check-prefix=REQUIRE --implicit-check-not=error:
// RUN: not mirage-opt %s --mirage-superoptimize=disable-rules=factor-out-of-sum,nonsense 2>&1 | FileCheck %s -DFILE=%s --check-prefix=RULE --implicit-check-not=error:
// RUN: not mirage-opt %s --mirage-superoptimize=top-k=0 2>&1 | FileCheck %s -DFILE=%s --check-prefix=TOPK --implicit-check-not=error:
// RUN: not mirage-opt %s --mirage-superoptimize=threads=4000000000 2>&1 | FileCheck %s -DFILE=%s --check-prefix=THREADS --implicit-check-not=error:
// RUN: not mirage-opt %s --mirage-superoptimize=max-states=0 2>&1 | FileCheck %s -DFILE=%s --check-prefix=STATES --implicit-check-not=error:
// RUN: not mirage-opt %s --mirage-superoptimize=top-k=-1 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not mirage-opt %s --mirage-superoptimize=seed=none 2>&1 | FileCheck %s --check-prefix=SEED
// RUN: not mirage-opt %s --mirage-superoptimize=patience=1 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// What cannot be written is said before the search.
// RUN: rm -rf %t && mkdir -p %t/taken_1.mlir && touch %t/file
// RUN: not mirage-opt %s --mirage-superoptimize=report=%t/none/r.json 2>&1 | FileCheck %s -DFILE=%s -DT=%t --check-prefix=REPORT --implicit-check-not=remark:
// RUN: not mirage-opt %s --mirage-superoptimize=report=%t 2>&1 | FileCheck %s -DFILE=%s -DT=%t --check-prefix=FOLDER --implicit-check-not=remark:
// RUN: not mirage-opt %s --mirage-superoptimize=candidates-dir=%t/file 2>&1 | FileCheck %s -DFILE=%s -DT=%t --check-prefix=NODIR --implicit-check-not=remark:
// RUN: not mirage-opt %s --mirage-superoptimize=candidates-dir=%t/file/x 2>&1 | FileCheck %s -DFILE=%s -DT=%t --check-prefix=BELOW --implicit-check-not=remark:
// RUN: not mirage-opt %s --mirage-superoptimize=candidates-dir=%t 2>&1 | FileCheck %s -DFILE=%s -DT=%t --check-prefix=TAKEN


// What cannot be written after it, too.
// RUN: not mirage-opt %s --mirage-superoptimize=report=/dev/full -o /dev/null 2>&1 | FileCheck %s -DFILE=%s --check-prefix=FULL
// FULL: [[FILE]]:{{[0-9:]+}} error: cannot write '/dev/full': No space left on device

// - is stdout, where the IR comes after the report.
// RUN: mirage-opt %s --mirage-superoptimize=report=- 2>/dev/null | FileCheck %s --check-prefix=STDOUT
// STDOUT: "chip": "sm_90a"
// STDOUT: func.func @taken
// RUN: not mirage-opt %s --mirage-superoptimize=report=- -o /dev/null 2>&1 > /dev/full | FileCheck %s -DFILE=%s --check-prefix=FULLOUT
// FULLOUT: [[FILE]]:{{[0-9:]+}} error: cannot write '-': No space left on device

// CHIP: [[FILE]]:{{[0-9:]+}} error: unknown chip 'sm_1'; chips are sm_80, {{.*}}sm_90a
// PROOF: [[FILE]]:{{[0-9:]+}} error: require=proof: there are no proofs yet
// REQUIRE: [[FILE]]:{{[0-9:]+}} error: require is 'luck', expected test
// RULE: [[FILE]]:{{[0-9:]+}} error: unknown rule 'nonsense'; rules are {{.*}}factor-out-of-sum
// TOPK: [[FILE]]:{{[0-9:]+}} error: top-k must be at least 1
// THREADS: [[FILE]]:{{[0-9:]+}} error: threads must be at most 1024
// STATES: [[FILE]]:{{[0-9:]+}} error: max-states must be at least 1
// NEGATIVE: for the --top-k option: '-1' value invalid
// SEED: for the --seed option: 'none' value invalid
// UNKNOWN: no such option patience
// REPORT: [[FILE]]:{{[0-9:]+}} error: cannot write '[[T]]/none/r.json': No such file or directory
// FOLDER: [[FILE]]:{{[0-9:]+}} error: cannot write '[[T]]': Is a directory
// NODIR: [[FILE]]:{{[0-9:]+}} error: cannot write '[[T]]/file': Not a directory
// BELOW: [[FILE]]:{{[0-9:]+}} error: cannot write '[[T]]/file/x': Not a directory
// TAKEN: [[FILE]]:{{[0-9:]+}} error: cannot write '[[T]]/taken_1.mlir': Is a directory

func.func @taken(%x: tensor<4x32xf32>) -> tensor<4x1xf32> {
  %e = mirage.exp %x : tensor<4x32xf32>
  %r = mirage.reduce sum %e dim 1 : tensor<4x32xf32> -> tensor<4x1xf32>
  return %r : tensor<4x1xf32>
}
