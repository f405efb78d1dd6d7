#!/bin/bash
# Sets up, builds and runs the tests that need no GPU, with one or more presets
# of CMakePresets.json. The last line sums up; the exit code is not zero if
# anything failed.
# usage: test.sh [PRESET...]     (default: release asan)
#   release, debug, gcc   all tests
#   asan                  unit tests, and those that parse, verify and print
#   tsan                  unit tests of what knows no IR
#   fuzz                  a short run of each fuzz target
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- release asan

scripts/setup.sh
for preset; do
  scripts/build.sh "$preset"
done
exec python3 scripts/run-tests.py "$@"
