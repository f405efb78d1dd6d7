#!/bin/bash
# Sets up, builds and runs all tests that need no GPU. The last line sums up;
# the exit code is not zero if anything failed.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
scripts/build.sh
exec python3 scripts/run-tests.py build
