#!/bin/bash
# Configures build/ and builds the given targets (default: everything).
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset release
ninja -C build -j "$(nproc)" "$@"
