#!/usr/bin/env bash
# Checks and times the bundles of a folder on this machine's GPU.
#   run-bundles.sh RUNNER FOLDER OUT
# FOLDER holds <program>.fused.json and <program>.unfused.json, and the
# reference outputs of each program, for --seed=1, in ref_<program>/.
# A program is timed only after it agreed. Also runs compute-sanitizer, where
# it is; where it is not, that is said, and is not a pass.
set -u
runner=$1 folder=$2 out=$3
mkdir -p "$out"
nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
failed=0
for bundle in "$folder"/*.fused.json "$folder"/*.unfused.json; do
  name=$(basename "$bundle" .json)
  if timeout 60 "$runner" "$bundle" --seed=1 --bench \
      --reference-outputs="$folder/ref_${name%.*}" --json="$out/$name.json" \
      > "$out/log" 2>&1; then
    echo "ok   $name"
  else
    echo "FAIL $name"; tail -5 "$out/log"; failed=1
  fi
done
sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | head -1)
if [ -n "$sanitizer" ]; then
  for tool in memcheck racecheck; do
    for bundle in "$folder"/*.fused.json; do
      timeout 100 "$sanitizer" --tool $tool --error-exitcode 9 "$runner" "$bundle" \
        --seed=1 > "$out/log" 2>&1
      echo "$tool $(basename "$bundle") rc=$? $(tail -1 "$out/log")"
    done
  done
else
  echo "compute-sanitizer is not here: memcheck and racecheck did not run"
fi
exit $failed
