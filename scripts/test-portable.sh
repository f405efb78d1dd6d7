#!/bin/bash
# Builds the portable preset and takes programs through its tools in a bare
# Debian: import, search, check, run on the CPU, PTX, bundle. Needs root, and
# debootstrap to make the root that the tools are tried in; nothing is installed
# there. The last line sums up; the exit code is not zero if anything failed.
# usage: test-portable.sh [SUITE [ROOT]]     (default: trixie, a new root)
#   ROOT   kept, and used as it is if it is there
set -euo pipefail
cd "$(dirname "$0")/.."
suite=${1:-trixie}
root=${2:-}
programs=(rmsnorm_matmul_b1 lora_b8 gqa_b1)

cmake --workflow --preset portable
bin=build-portable/bin
passed=0 failed=0
report() { # OK WHAT: 0 if all is well
  if [ "$1" = 0 ]; then
    passed=$((passed + 1))
    echo "ok      $2"
  else
    failed=$((failed + 1))
    echo "FAILED  $2"
  fi
}

for tool in mirage-opt mirage-translate mirage-run; do
  needed=$(objdump -p $bin/$tool | awk '/NEEDED/ {print $2}' | sort | xargs)
  glibc=$(objdump -T $bin/$tool | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1)
  [ "$needed" = "ld-linux-x86-64.so.2 libc.so.6 libm.so.6" ] &&
    [ "$(printf '%s\n' "$glibc" GLIBC_2.35 | sort -V | tail -1)" = GLIBC_2.35 ] &&
    code=0 || code=1
  report $code "$tool: $(stat -c %s $bin/$tool) bytes, needs $needed, $glibc"
done

if [ -z "$root" ]; then
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  rmdir "$root"
fi
if [ ! -d "$root" ]; then
  command -v debootstrap >/dev/null || {
    echo "test-portable: debootstrap is missing" >&2
    exit 1
  }
  mkdir "$root"
  debootstrap --variant=minbase "$suite" "$root" http://deb.debian.org/debian >"$root.log" 2>&1 || {
    tail "$root.log" >&2
    exit 1
  }
  rm "$root.log"
fi

work=$root/mirage
rm -rf "$work"
mkdir "$work"
cp $bin/mirage-opt $bin/mirage-translate $bin/mirage-run "$work"
for program in "${programs[@]}"; do
  cp "test/Programs/$program.mlir" "$work"
done
echo "$suite: glibc $(chroot "$root" ldd --version | sed -n '1s/.* //p'), $(chroot "$root" dpkg-query -f '.\n' -W | wc -l) packages"

# expect CODE WHAT COMMAND...: runs it in the root, with no environment.
expect() {
  local code=$1 what=$2 actual=0
  shift 2
  chroot "$root" /usr/bin/env -i -C /mirage "$@" >"$work/log" 2>&1 || actual=$?
  if [ "$actual" = "$code" ]; then
    report 0 "$what"
  else
    cat "$work/log"
    report 1 "$what: exit code $actual, not $code"
  fi
}

for p in "${programs[@]}"; do
  expect 0 "$p import" ./mirage-opt $p.mlir --convert-linalg-to-mirage=require-complete -o $p.imported.mlir
  expect 0 "$p search" ./mirage-opt $p.imported.mlir --mirage-superoptimize="chip=sm_90a report=$p.json" -o $p.optimized.mlir
  expect 0 "$p holds a kernel" grep -q 'mirage.kernel' $p.optimized.mlir
  expect 0 "$p evaluated" ./mirage-run $p.optimized.mlir --reference=$p.mlir
  expect 0 "$p on the CPU" ./mirage-run $p.optimized.mlir --reference=$p.mlir --target=cpu
  expect 0 "$p to PTX" ./mirage-opt $p.optimized.mlir --mirage-to-ptx=chip=sm_90a -o $p.lowered.mlir
  expect 0 "$p PTX" ./mirage-translate $p.lowered.mlir --mirage-export-ptx -o $p.ptx
  expect 0 "$p has an entry" grep -q '^[.]visible [.]entry' $p.ptx
  expect 0 "$p bundle" ./mirage-translate $p.lowered.mlir --mirage-export-bundle -o $p.mirage.json
  expect 3 "$p bundle, without a driver" ./mirage-run $p.mirage.json
done
cp test/Programs/gqa_unsafe_b1.mlir "$work"
expect 1 "another program disagrees" ./mirage-run gqa_b1.optimized.mlir --reference=gqa_unsafe_b1.mlir
expect 2 "no program" ./mirage-run nothing.mlir

echo "$passed passed, $failed failed"
[ $failed = 0 ]
