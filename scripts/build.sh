#!/bin/bash
# Configures a preset of CMakePresets.json and builds the given targets
# (default: what its tests need).
# usage: build.sh [PRESET [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:-release}
targets=()
[ $# -lt 2 ] || targets=(--target "${@:2}")
cmake --preset "$preset"
cmake --build --preset "$preset" -j "$(nproc)" "${targets[@]}"
