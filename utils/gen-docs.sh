#!/bin/sh
# Writes the pages that are generated from the ODS.
#   utils/gen-docs.sh MLIR_TBLGEN MLIR_INCLUDE FOLDER
set -eu
include=$(dirname "$0")/../include
tblgen=$1
mlir=$2
folder=$3

page() { # page PAGE TD ARGUMENTS...
  page=$folder/$1
  td=$include/mirage/$2
  shift 2
  mkdir -p "$(dirname "$page")"
  "$tblgen" -I "$include" -I "$mlir" "$@" "$td" -o "$page"
}

page Dialects/Mirage.md Dialect/Mirage/IR/MirageOps.td -gen-dialect-doc -dialect=mirage
page Dialects/MirageInterfaces.md Dialect/Mirage/IR/MirageInterfaces.td -gen-op-interface-docs
page Passes/Conversion.md Conversion/Passes.td -gen-pass-doc
page Passes/Transforms.md Dialect/Mirage/Transforms/Passes.td -gen-pass-doc
page Passes/Compiler.md Compiler/Passes.td -gen-pass-doc
