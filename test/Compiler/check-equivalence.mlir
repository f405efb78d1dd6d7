// RUN: split-file %s %t
// RUN: mirage-opt %t/p.mlir -mirage-check-equivalence="a=f b=g seed=7" 2>&1 >/dev/null | FileCheck %s --check-prefix=EQUAL
// RUN: mirage-opt %t/p.mlir -mirage-check-equivalence="a=f b=tiled" 2>&1 >/dev/null | FileCheck %s --check-prefix=TILED
// RUN: not mirage-opt %t/p.mlir -mirage-check-equivalence="a=f b=wrong seed=7" 2>&1 >/dev/null | FileCheck %s --check-prefix=WRONG
// RUN: not mirage-opt %t/p.mlir -mirage-check-equivalence="a=softmax b=unsafe" 2>&1 >/dev/null | FileCheck %s --check-prefix=UNSAFE
// RUN: mirage-opt %t/p.mlir -mirage-check-equivalence="a=softmax b=unsafe layers=field" 2>&1 >/dev/null | FileCheck %s --check-prefix=FIELD
// RUN: not mirage-opt %t/p.mlir -mirage-check-equivalence="a=softmax b=by_minimum" 2>&1 >/dev/null | FileCheck %s --check-prefix=UNSAFE
// RUN: mirage-opt %t/p.mlir -mirage-check-equivalence="a=softmax b=by_minimum layers=field" 2>&1 >/dev/null | FileCheck %s --check-prefix=FIELD
// RUN: mirage-opt %t/p.mlir -mirage-check-equivalence="a=f b=g layers=float" 2>&1 >/dev/null | FileCheck %s --check-prefix=FLOAT
// RUN: not mirage-opt %t/p.mlir -mirage-check-equivalence="a=f b=wrong layers=float" 2>&1 >/dev/null | FileCheck %s --check-prefix=WRONG-FLOAT
// RUN: mirage-opt %t/p.mlir -mirage-check-equivalence="a=square b=square" 2>&1 >/dev/null | FileCheck %s --check-prefix=UNCOVERED
// RUN: not mirage-opt %t/p.mlir -mirage-check-equivalence="a=doubled_integer b=integer_of_double layers=field" 2>&1 >/dev/null | FileCheck %s --check-prefix=INTEGER
// RUN: mirage-opt %t/p.mlir -mirage-check-equivalence="a=integer_of_double b=integer_of_sum layers=field" 2>&1 >/dev/null | FileCheck %s --check-prefix=OPAQUE
// RUN: not mirage-opt %t/p.mlir -mirage-check-equivalence="a=f b=g layers=proof" 2>&1 | FileCheck %s --check-prefix=LAYERS
// RUN: not mirage-opt %t/p.mlir -mirage-check-equivalence="a=f" 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not mirage-opt %t/p.mlir -mirage-check-equivalence="a=f b=nobody" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not mirage-opt %t/p.mlir -mirage-check-equivalence="a=f b=other" 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not mirage-opt %t/p.mlir -mirage-check-equivalence="a=f b=foreign" 2>&1 | FileCheck %s --check-prefix=FOREIGN

// EQUAL: p.mlir:{{.*}}: remark: equals 'f': seed 7, field test: {{[0-9]+}} draws on {{.*}} comparisons, bound 2^-{{[0-9]+}} ({{[0-9]+}} towers, 1 level compared, D_0 3, no exponents); real shapes: 3 comparisons of sampled elements; float test: error {{.*}}; primes {{[0-9]+}}, {{[0-9]+}}
// TILED: remark: equals 'f': seed 0
// WRONG: p.mlir:{{.*}}: error: 'func.func' op is not shown to equal 'f', refused by the field test: seed 7, field test: different, the programs differ at output 0 [{{[0-9]+}}, {{[0-9]+}}] of
// Equal as functions of real numbers, but exp overflows: without a shift, or with the
// least value as the shift.
// UNSAFE: error: 'func.func' op is not shown to equal 'softmax', refused by the float test: seed 0, field test: {{[0-9]+}} draws {{.*}} float test: refused, {{.*}} at output 0 [{{[0-9]+}}, {{[0-9]+}}] of 4x64
// FIELD: remark: equals 'softmax': seed 0, field test: {{.*}}bound 2^-{{[0-9]+}} {{.*}} separable exponents) within {{[0-9]+}} cells; real shapes: 3 comparisons of sampled elements; primes
// FIELD-NOT: float test
// FLOAT: remark: equals 'f': seed 0, float test: error
// FLOAT-NOT: field test
// WRONG-FLOAT: error: 'func.func' op is not shown to equal 'f', refused by the float test: seed 0, float test: refused, in double the error is
// A square is never below -1.
// UNCOVERED: remark: equals 'square': seed 0, field test: {{.*}}, uncovered: only one way went max with -1 in the candidate and max with -1 in the reference
// A cast to i32 is no linear function.
// INTEGER: error: 'func.func' op is not shown to equal 'doubled_integer', refused by the field test: seed 0, field test: different,
// OPAQUE: remark: equals 'integer_of_double': seed 0, field test:
// LAYERS: error: layers is 'proof', expected field, float or all
// MISSING: p.mlir:{{.*}}: error: option 'b' is missing
// UNKNOWN: p.mlir:{{.*}}: error: there is no function 'nobody'
// TYPE: p.mlir:{{.*}}: error: 'func.func' op has type {{.*}}, but 'f' has
// FOREIGN: p.mlir:{{.*}}: error: 'math.exp' op has no meaning in a program

//--- p.mlir
// Scaling rows before or after a product.
func.func @f(%x: tensor<32x64xf32>, %s: tensor<32x1xf32>, %w: tensor<64x16xf32>) -> tensor<32x16xf32> {
  %0 = mirage.mul %x, %s : tensor<32x64xf32>, tensor<32x1xf32> -> tensor<32x64xf32>
  %1 = mirage.matmul %0, %w : tensor<32x64xf32>, tensor<64x16xf32> -> tensor<32x16xf32>
  return %1 : tensor<32x16xf32>
}

func.func @g(%x: tensor<32x64xf32>, %s: tensor<32x1xf32>, %w: tensor<64x16xf32>) -> tensor<32x16xf32> {
  %0 = mirage.matmul %x, %w : tensor<32x64xf32>, tensor<64x16xf32> -> tensor<32x16xf32>
  %1 = mirage.mul %0, %s : tensor<32x16xf32>, tensor<32x1xf32> -> tensor<32x16xf32>
  return %1 : tensor<32x16xf32>
}

func.func @tiled(%x: tensor<32x64xf32>, %s: tensor<32x1xf32>, %w: tensor<64x16xf32>) -> tensor<32x16xf32> {
  %o = mirage.kernel (%i : 2) ins(%a = %x : tensor<32x64xf32>, %b = %w : tensor<64x16xf32>, %c = %s : tensor<32x1xf32>) outs(%out : tensor<32x16xf32>) {
    %p = mirage.loop (%k : 4) -> (!mirage.tile<16x16xf32>) {
      %ta = mirage.load %a[%i, %k] : tensor<32x64xf32> -> !mirage.tile<16x16xf32>
      %tb = mirage.load %b[%k, *] : tensor<64x16xf32> -> !mirage.tile<16x16xf32>
      %m = mirage.matmul %ta, %tb : !mirage.tile<16x16xf32>, !mirage.tile<16x16xf32> -> !mirage.tile<16x16xf32>
      mirage.accumulate sum %m : !mirage.tile<16x16xf32>
    }
    %tc = mirage.load %c[%i, *] : tensor<32x1xf32> -> !mirage.tile<16x1xf32>
    %r = mirage.mul %p, %tc : !mirage.tile<16x16xf32>, !mirage.tile<16x1xf32> -> !mirage.tile<16x16xf32>
    mirage.store %r to %out[%i, *] : !mirage.tile<16x16xf32>, !mirage.out<32x16xf32>
  }
  return %o : tensor<32x16xf32>
}

// Adds where it should multiply.
func.func @wrong(%x: tensor<32x64xf32>, %s: tensor<32x1xf32>, %w: tensor<64x16xf32>) -> tensor<32x16xf32> {
  %0 = mirage.matmul %x, %w : tensor<32x64xf32>, tensor<64x16xf32> -> tensor<32x16xf32>
  %1 = mirage.add %0, %s : tensor<32x16xf32>, tensor<32x1xf32> -> tensor<32x16xf32>
  return %1 : tensor<32x16xf32>
}

func.func @softmax(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %m = mirage.reduce max %x dim 1 : tensor<4x64xf32> -> tensor<4x1xf32>
  %d = mirage.sub %x, %m : tensor<4x64xf32>, tensor<4x1xf32> -> tensor<4x64xf32>
  %e = mirage.exp %d : tensor<4x64xf32>
  %s = mirage.reduce sum %e dim 1 : tensor<4x64xf32> -> tensor<4x1xf32>
  %r = mirage.div %e, %s : tensor<4x64xf32>, tensor<4x1xf32> -> tensor<4x64xf32>
  return %r : tensor<4x64xf32>
}

func.func @by_minimum(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %m = mirage.reduce min %x dim 1 : tensor<4x64xf32> -> tensor<4x1xf32>
  %d = mirage.sub %x, %m : tensor<4x64xf32>, tensor<4x1xf32> -> tensor<4x64xf32>
  %e = mirage.exp %d : tensor<4x64xf32>
  %s = mirage.reduce sum %e dim 1 : tensor<4x64xf32> -> tensor<4x1xf32>
  %r = mirage.div %e, %s : tensor<4x64xf32>, tensor<4x1xf32> -> tensor<4x64xf32>
  return %r : tensor<4x64xf32>
}

func.func @unsafe(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %e = mirage.exp %x : tensor<4x64xf32>
  %s = mirage.reduce sum %e dim 1 : tensor<4x64xf32> -> tensor<4x1xf32>
  %r = mirage.div %e, %s : tensor<4x64xf32>, tensor<4x1xf32> -> tensor<4x64xf32>
  return %r : tensor<4x64xf32>
}

func.func @square(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %c = mirage.constant -1.0 : tensor<1x1xf32>
  %0 = mirage.mul %x, %x : tensor<4x64xf32>, tensor<4x64xf32> -> tensor<4x64xf32>
  %1 = mirage.max %0, %c : tensor<4x64xf32>, tensor<1x1xf32> -> tensor<4x64xf32>
  return %1 : tensor<4x64xf32>
}

func.func @other(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  return %x : tensor<4x64xf32>
}

func.func @foreign(%x: tensor<32x64xf32>, %s: tensor<32x1xf32>, %w: tensor<64x16xf32>) -> tensor<32x16xf32> {
  %0 = math.exp %x : tensor<32x64xf32>
  %1 = mirage.matmul %0, %w : tensor<32x64xf32>, tensor<64x16xf32> -> tensor<32x16xf32>
  return %1 : tensor<32x16xf32>
}

func.func @doubled_integer(%x: tensor<32x64xf32>) -> tensor<32x64xf32> {
  %i = mirage.cast %x : tensor<32x64xf32> -> tensor<32x64xi32>
  %f = mirage.cast %i : tensor<32x64xi32> -> tensor<32x64xf32>
  %r = mirage.add %f, %f : tensor<32x64xf32>, tensor<32x64xf32> -> tensor<32x64xf32>
  return %r : tensor<32x64xf32>
}

func.func @integer_of_sum(%x: tensor<32x64xf32>) -> tensor<32x64xf32> {
  %d = mirage.add %x, %x : tensor<32x64xf32>, tensor<32x64xf32> -> tensor<32x64xf32>
  %i = mirage.cast %d : tensor<32x64xf32> -> tensor<32x64xi32>
  %r = mirage.cast %i : tensor<32x64xi32> -> tensor<32x64xf32>
  return %r : tensor<32x64xf32>
}

func.func @integer_of_double(%x: tensor<32x64xf32>) -> tensor<32x64xf32> {
  %two = mirage.constant 2.0 : tensor<1x1xf32>
  %d = mirage.mul %x, %two : tensor<32x64xf32>, tensor<1x1xf32> -> tensor<32x64xf32>
  %i = mirage.cast %d : tensor<32x64xf32> -> tensor<32x64xi32>
  %r = mirage.cast %i : tensor<32x64xi32> -> tensor<32x64xf32>
  return %r : tensor<32x64xf32>
}
