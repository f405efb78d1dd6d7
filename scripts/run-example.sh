#!/bin/bash
# Sets up, builds, and takes one program from linalg to PTX.
# usage: run-example.sh [PROGRAM.mlir [CHIP]]
set -euo pipefail
program=$(realpath "${1:-$(dirname "$0")/../test/Programs/rmsnorm_matmul_b1.mlir}")
chip=${2:-sm_90a}
cd "$(dirname "$0")/.."

scripts/setup.sh
scripts/build.sh release mirage-opt mirage-translate

out=build/example
mkdir -p $out
build/bin/mirage-opt "$program" --convert-linalg-to-mirage \
  --mirage-superoptimize="chip=$chip report=$out/report.json" \
  -o $out/optimized.mlir
build/bin/mirage-opt $out/optimized.mlir --mirage-to-ptx="chip=$chip" \
  -o $out/lowered.mlir
build/bin/mirage-translate $out/lowered.mlir --mirage-export-ptx \
  -o $out/kernels.ptx

echo "$out/optimized.mlir   the program as found, kernel by kernel"
echo "$out/report.json      the plans, their cost, and how each was checked"
echo "$out/kernels.ptx      $(grep -c '^[.]visible [.]entry' $out/kernels.ptx) kernel(s) for $chip"
