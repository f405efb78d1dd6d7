// RUN: mirage-opt %s --mirage-to-ptx -o %t.mlir
// RUN: mirage-translate %t.mlir --mirage-export-ptx | FileCheck %s --allow-empty

// A function that computes nothing launches nothing.
// CHECK-NOT: .entry
func.func @nothing(%x: tensor<8xf32>) {
  return
}
