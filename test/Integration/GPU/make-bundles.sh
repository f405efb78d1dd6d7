#!/usr/bin/env bash
# Makes the folder that run-bundles.sh takes to a machine with a GPU.
#
#   make-bundles.sh BUILD FOLDER [PROGRAM.mlir...]
#
# FOLDER is emptied first. In it: the runner; under programs/, for each program
# (default: those of test/Programs), the searched and the unfused form
# (mirage-form-kernels alone) as bundles; and, unless programs are named, under
# cases/ the same for the small ones of test/Integration/Inputs, and the block
# programs of test/Integration/special.py as they are (for which python3 needs
# numpy). With each: NAME.args, the options that make its inputs, and
# NAME.reference/, the outputs of the program in double. Inputs are made there, by
# seed; those of the block programs are files.
# Exits 1 if a program could not be made; the others are there.
set -euo pipefail

chip=${CHIP:-sm_90a} seed=1

root=$(cd "$(dirname "$0")/../../.." && pwd)
if [ $# -lt 2 ]; then
  sed -n 's/^# \{0,1\}//; 2,4p' "$0" >&2
  exit 2
fi
bin=$(realpath "$1")/bin folder=$2
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
    if step "$name $form" "$bin/mirage-opt" "$file" \
      --convert-linalg-to-mirage=require-complete "$pass" \
      --mirage-to-ptx=chip="$chip" -o "$tmp/lowered.mlir"; then
      step "$name $form" "$bin/mirage-translate" "$tmp/lowered.mlir" \
        --mirage-export-bundle -o "$to/$name.$form.json" || continue
    fi
  done
}

for file in "$@"; do
  make "$file" programs
done
for file in "${cases[@]}"; do
  make "$file" cases
done

if [ ${#cases[@]} != 0 ]; then
  step special "${PYTHON:-python3}" "$root/test/Integration/special.py" "$bin" \
    "$folder/cases" --bundles || true
fi

count=$(ls "$folder"/*/*.json | wc -l)
echo "$count bundles in $folder, $(du -sm --apparent-size "$folder" | cut -f1) MiB"
exit $failed
