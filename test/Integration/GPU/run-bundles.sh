#!/usr/bin/env bash
# Checks and times the bundles of make-bundles.sh on this machine's first GPU.
#
#   run-bundles.sh FOLDER OUT.json
#
# Needs the CUDA driver and nothing else. Every bundle is compared with the
# reference of its program; those under programs/ are then timed, one at a time.
# After that, compute-sanitizer's memcheck and racecheck look at the small cases
# and at the programs of batch 1, several at a time. OUT.json holds everything.
# Exits 1 if a bundle failed or a sanitizer found something, 3 without a device.
# Where compute-sanitizer is missing, the output and the JSON say so.
set -u

budget_s=${BUDGET_S:-330}  # no sanitizer is started after this
run_limit_s=60
check_limit_s=90
jobs=$(($(nproc) > 16 ? 8 : ($(nproc) + 1) / 2))

if [ $# -ne 2 ]; then
  sed -n 's/^# \{0,1\}//; 2,4p' "$0" >&2
  exit 2
fi
out=$(realpath "$2") || exit 2
cd "$1" || exit 2
runner=./mirage-run-bundle
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# One JSON string of the first lines of a file.
quote() {
  head -c 600 "$1" | tr '\n\t' '  ' | tr -d '\000-\037' |
    sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/ *$/"/'
}

# run_all KIND [OPTION...]: the members of a JSON object, one a program.
run_all() {
  local kind=$1 separator="" name form options status
  shift
  for args in "$kind"/*.args; do
    name=$(basename "$args" .args)
    read -ra options < "$args"
    printf '%s\n"%s": {' "$separator" "$name"
    local forms="searched unfused" comma=""
    [ ! -e "$kind/$name.block.json" ] || forms=block
    [ ! -e "$kind/$name.before.json" ] || forms+=" before"
    for form in $forms; do
      printf '%s' "$comma"
      comma=,
      printf '\n"%s": ' $form
      rm -f "$tmp/report"
      timeout $run_limit_s "$runner" "$kind/$name.$form.json" \
        "${options[@]}" --reference-outputs="$kind/$name.reference" \
        --json="$tmp/report" "$@" > "$tmp/log" 2>&1
      status=$?
      if [ $status != 0 ]; then
        failed=1
        { echo "FAIL $kind/$name.$form (exit $status)" && cat "$tmp/log"; } >&2
      fi
      if [ -s "$tmp/report" ]; then
        tr -s '\n ' ' ' < "$tmp/report"
      else
        printf '{"ok": false, "error": %s}' "$(quote "$tmp/log")"
      fi
    done
    printf '}'
    separator=,
  done
  printf '\n'
}

# The verdict on the program that was compiled ahead of time, as JSON.
run_host() {
  if timeout $run_limit_s host/chain > "$tmp/log" 2>&1; then
    printf '"passed"'
  else
    failed=1
    { echo "FAIL host/chain" && cat "$tmp/log"; } >&2
    quote "$tmp/log"
  fi
}

# check TOOL BUNDLE: a line of JSON to a file of its own.
check() {
  local tool=$1 bundle=$2 name log left verdict options
  read -ra options < "${bundle%.*.json}.args"
  name=$(basename "$bundle" .json) log=$tmp/$tool.$name
  left=$((budget_s + 20 - $(date +%s) + start))
  if [ $left -lt 25 ]; then
    verdict='not run'
  else
    timeout $((left < check_limit_s ? left : check_limit_s)) \
      "$sanitizer" --tool "$tool" --error-exitcode 9 "$runner" "$bundle" \
      "${options[@]}" > "$log" 2>&1
    case $? in
    0) verdict=clean ;;
    9) verdict=errors ;;
    124) verdict='timed out' ;;
    *) verdict='failed' ;;
    esac
  fi
  case $verdict in
  errors | failed) { echo "$verdict $tool $name" && tail -20 "$log"; } >&2 ;;
  esac
  echo "\"$name\": \"$verdict\"" > "$log.verdict"
}

start=$(date +%s)
device=$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2> /dev/null | head -1)
if [ -z "$device" ]; then
  echo "run-bundles: no GPU here" >&2
  exit 3
fi
echo "device: $device"
{
  printf '{"device": "%s", "driver": "%s", %s,\n' "${device%, *}" "${device##*, }" \
    "$(cat about)"
  printf '"reference": "the linalg program in double",\n"programs": {'
  run_all programs --bench
  printf '},\n"cases": {'
  run_all cases
  printf '},\n"host": '
  run_host
  printf ',\n"sanitizer": '
} > "$out"
echo "ran after $(($(date +%s) - start)) s"

sanitizer=${COMPUTE_SANITIZER-$(command -v compute-sanitizer ||
  ls /usr/local/cuda*/bin/compute-sanitizer 2> /dev/null | head -1)}
if [ -z "$sanitizer" ]; then
  echo "NOTE: compute-sanitizer is not here: memcheck and racecheck DID NOT RUN"
  echo 'null}' >> "$out"
else
  export -f check
  export tmp sanitizer runner budget_s check_limit_s start
  for bundle in cases/*.json programs/*_b1.searched.json \
    programs/*_b1.unfused.json; do
    printf '%s\n' "memcheck $bundle" "racecheck $bundle"
  done | xargs -P "$jobs" -L 1 bash -c 'check "$0" "$1"'
  {
    printf '{'
    separator=""
    for tool in memcheck racecheck; do
      printf '%s\n"%s": {\n' "$separator" $tool
      cat "$tmp/$tool".*.verdict | sort | sed '$!s/$/,/'
      printf '}'
      separator=,
    done
    printf '}}\n'
  } >> "$out"
  for tool in memcheck racecheck; do
    cat "$tmp/$tool".*.verdict | cut -d'"' -f4 | sort | uniq -c |
      sed "s/^ */$tool: /"
  done
  ! cat "$tmp"/*.verdict | grep -q '"errors"\|"failed"' || failed=1
fi
[ $failed = 0 ] && verdict=passed || verdict=FAILED
echo "$verdict after $(($(date +%s) - start)) s; $out"
exit $failed
