#!/usr/bin/env bash
# Makes the folder that run-bundles.sh takes to a machine with a GPU.
#
#   make-bundles.sh BUILD FOLDER [PROGRAM.mlir...]
#
# FOLDER is emptied first. In it: the runner; under programs/, for each program
# (default: those of test/Programs), the searched and the unfused form
# (mirage-form-kernels alone) as bundles; and, unless programs are named, under
# cases/ the same for the small ones of test/Integration/Inputs and those of
# test/Search/Inputs/table.py; the plans of ranks 2 to 4 of the programs of batch 1;
# and the block programs of test/Integration/special.py as they are (for which
# python3 needs numpy). With each: NAME.args, the options that make its inputs, and
# NAME.reference/, the outputs of the program in double. Inputs are made there, by
# seed; those of the block programs are files. Under host/, a program
# that upstream's gpu-to-llvm compiled ahead of time.
# With BEFORE=BUILD, the build of an older commit, a third form of each of programs/:
# the searched plan, lowered by that build.
# Exits 1 if a program could not be made; the others are there.
set -euo pipefail

chip=${CHIP:-sm_90a} seed=1

root=$(cd "$(dirname "$0")/../../.." && pwd)
if [ $# -lt 2 ]; then
  sed -n 's/^# \{0,1\}//; 2,4p' "$0" >&2
  exit 2
fi
build=$(realpath "$1") folder=$2
bin=$build/bin
shift 2
cases=()
if [ $# = 0 ]; then
  set -- "$root"/test/Programs/*.mlir
  cases=("$root"/test/Integration/Inputs/*.mlir)
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

rm -rf "$folder"
mkdir -p "$folder/programs" "$folder/cases"
cp "$bin/mirage-run-bundle" "$folder/"
strip "$folder/mirage-run-bundle"
commit=$(git -C "$root" rev-parse --short HEAD 2> /dev/null || echo unknown)
printf '"chip": "%s", "seed": %d, "commit": "%s"' \
  "$chip" "$seed" "$commit" > "$folder/about"

failed=0
# step NAME COMMAND...: 1, and the end of what the command said, if it failed.
step() {
  local name=$1
  shift
  "$@" > "$tmp/log" 2>&1 && return
  failed=1
  echo "FAIL $name: $(basename "$1"): $(grep -m1 error "$tmp/log" || tail -1 "$tmp/log")"
  return 1
}

# export_bundle NAME FILE BUNDLE [OPTION...]: FILE after mirage-opt's OPTIONs, lowered,
# by the tools of $from if it is set.
export_bundle() {
  local name=$1 file=$2 bundle=$3 tools=${from:-$bin}
  shift 3
  step "$name" "$tools/mirage-opt" "$file" "$@" --mirage-to-ptx=chip="$chip" \
    -o "$tmp/lowered.mlir" &&
    step "$name" "$tools/mirage-translate" "$tmp/lowered.mlir" \
      --mirage-export-bundle -o "$bundle"
}

# make FILE KIND
make() {
  local file=$1 to=$folder/$2 name distribution options=("--seed=$seed")
  name=$(basename "$file" .mlir)
  distribution=$(awk -v name="$name" '$1 == name { print $2 }' \
    "$root/test/Programs/distributions.txt")
  [ -z "$distribution" ] || options+=("--dist=$distribution")
  echo "${options[@]}" > "$to/$name.args"
  step "$name" "$bin/mirage-run" "$file" "${options[@]}" \
    --save-reference="$to/$name.reference" || return 0
  for form in searched unfused; do
    local pass=--mirage-form-kernels
    [ $form = unfused ] || pass=--mirage-superoptimize=chip=$chip
    export_bundle "$name $form" "$file" "$to/$name.$form.json" \
      --convert-linalg-to-mirage=require-complete "$pass" || continue
  done
  [ -n "${BEFORE:-}" ] && [ "$2" = programs ] || return 0
  step "$name before" "$bin/mirage-opt" "$file" \
    --convert-linalg-to-mirage=require-complete \
    --mirage-superoptimize=chip="$chip" -o "$tmp/plan.mlir" &&
    from=$BEFORE/bin export_bundle "$name before" "$tmp/plan.mlir" \
      "$to/$name.before.json" || return 0
}

# The plans of a program of programs/ that were not chosen.
make_plans() {
  local file=$1 programs=$folder/programs name plan
  name=$(basename "$file" .mlir)
  rm -rf "$tmp/plans"
  step "$name plans" "$bin/mirage-opt" "$file" \
    --convert-linalg-to-mirage=require-complete \
    --mirage-superoptimize="chip=$chip top-k=4 candidates-dir=$tmp/plans" \
    -o /dev/null || return 0
  for plan in "$tmp"/plans/*_[234].mlir; do
    [ -e "$plan" ] || continue
    plan=${plan%.mlir}
    local to=$folder/cases/${name}_plan${plan##*_}
    export_bundle "$(basename "$to")" "$plan.mlir" "$to.block.json" || continue
    cp "$programs/$name.args" "$to.args"
    cp -r "$programs/$name.reference" "$to.reference"
  done
}

make_host() {
  local from=$root/test/Integration/Host/Inputs to=$folder/host llvm
  llvm=$(sed -n 's,^MLIR_DIR:[A-Z]*=\(.*\)/lib/cmake/mlir,\1/bin,p' \
    "$build/CMakeCache.txt")
  mkdir -p "$to"
  cp "$build/lib/libMirageCudaRuntime.so" "$to/"
  step host "$bin/mirage-opt" "$from/chain.mlir" --mirage-to-ptx=chip="$chip" \
    --mirage-to-llvm-cuda -o "$tmp/host.mlir" || return 0
  step host "$llvm/mlir-translate" --mlir-to-llvmir "$tmp/host.mlir" \
    -o "$tmp/host.ll" || return 0
  step host "$llvm/llc" "$tmp/host.ll" --filetype=obj --relocation-model=pic \
    -o "$tmp/host.o" || return 0
  # shellcheck disable=SC2016
  step host "${CC:-cc}" -std=c99 -I"$root/include" "$from/main.c" "$tmp/host.o" \
    -L"$to" -lMirageCudaRuntime -lm '-Wl,-rpath,$ORIGIN' -o "$to/chain" || return 0
}

make_host
if [ ${#cases[@]} != 0 ] &&
  step table "${PYTHON:-python3}" "$root/test/Search/Inputs/table.py" "$tmp/table"; then
  for file in "$tmp"/table/*.mlir; do
    mv "$file" "$tmp/table_$(basename "$file")"
  done
  cases+=("$tmp"/table_*.mlir)
fi
for file in "$@"; do
  make "$file" programs
done
for file in "${cases[@]}"; do
  make "$file" cases
done

if [ ${#cases[@]} != 0 ]; then
  for file in "$root"/test/Programs/*_b1.mlir; do
    make_plans "$file"
  done
  # The folder has to travel. Of large outputs, which are f16, f32 holds enough.
  step references "${PYTHON:-python3}" -c '
import numpy, pathlib, sys
for path in pathlib.Path(sys.argv[1]).glob("*/*.reference/*.npy"):
    if path.stat().st_size > 1 << 20:
        numpy.save(path, numpy.load(path).astype(numpy.float32))' "$folder" || true
  step special "${PYTHON:-python3}" "$root/test/Integration/special.py" "$bin" \
    "$folder/cases" --bundles || true
fi

count=$(ls "$folder"/*/*.json | wc -l)
echo "$count bundles in $folder, $(du -sm --apparent-size "$folder" | cut -f1) MiB"
exit $failed
