#!/bin/sh
# Builds the parts without MLIR IR (Semantics, Verify and their tests) under
# sanitizers, and runs the tests. LLVM itself is not instrumented.
#
# usage: scripts/sanitize-verify.sh SANITIZERS [FOLDER] [GTEST-OPTIONS...]
#   e.g. scripts/sanitize-verify.sh address,undefined
#        scripts/sanitize-verify.sh thread
#        scripts/sanitize-verify.sh none         without any: a quick build
set -eu
sanitizers=${1:?usage: scripts/sanitize-verify.sh SANITIZERS [FOLDER]}
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${2:-$root/build-$(echo "$sanitizers" | tr , -)}
[ $# -lt 2 ] && shift 1 || shift 2
config=${LLVM_CONFIG:-$(command -v llvm-config-22 || command -v llvm-config)}
compiler=${CXX:-$(command -v clang++-22 || command -v clang++)}
launcher=$(command -v ccache || true)
flags=
[ "$sanitizers" = none ] ||
  flags="-fsanitize=$sanitizers -fno-omit-frame-pointer -fno-sanitize-recover=all"
mkdir -p "$folder"
{
  echo "rule compile"
  echo "  command = $launcher $compiler -std=c++17 -O2 -g1 -fno-exceptions -fno-rtti -UNDEBUG -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers $flags -I$root/include -isystem $("$config" --includedir) -MMD -MF \$out.d -c \$in -o \$out"
  echo "  description = compile \$in"
  echo "  depfile = \$out.d"
  echo "  deps = gcc"
  echo "rule link"
  echo "  command = $compiler $flags \$in -o \$out $("$config" --ldflags) -lLLVM-22 -lgtest -lgtest_main -lpthread"
  objects=
  for source in "$root"/lib/Semantics/*.cpp "$root"/lib/Verify/*.cpp \
    "$root"/test/Unit/Verify/*.cpp; do
    object=$(basename "$source" .cpp).o
    echo "build $object: compile $source"
    objects="$objects $object"
  done
  echo "build tests: link$objects"
} >"$folder/build.ninja"
ninja -C "$folder"
"$folder/tests" --gtest_brief=1 "$@"
