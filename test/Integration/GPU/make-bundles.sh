#!/usr/bin/env bash
# Makes what run-bundles.sh takes: make-bundles.sh BIN FOLDER PROGRAM...
# For each linalg program, the searched and the unfused form for sm_90a, and the
# outputs of the program on the evaluator (rounded arithmetic) for --seed=1.
set -euo pipefail
bin=$1 folder=$2
shift 2
mkdir -p "$folder"
cp "$bin/mirage-run-bundle" "$folder/"
lowered=$(mktemp)
for file in "$@"; do
  name=$(basename "$file" .mlir)
  for form in fused unfused; do
    search=()
    [ $form = fused ] && search=(--mirage-superoptimize)
    "$bin/mirage-opt" "$file" --convert-linalg-to-mirage "${search[@]}" \
      --mirage-to-ptx=chip=sm_90a -o "$lowered" 2> /dev/null
    "$bin/mirage-translate" "$lowered" --mirage-export-bundle \
      -o "$folder/$name.$form.json"
  done
  "$bin/mirage-run" "$file" --target=eval --seed=1 \
    --save-outputs="$folder/ref_$name" > /dev/null
done
rm -f "$lowered"
