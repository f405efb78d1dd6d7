// Four tiles of one row for three rows: the last is empty, and so is what an
// elementwise op makes of it.
// RUN: mirage-opt %s --mirage-check-equivalence="a=whole b=tiles" -o /dev/null 2>&1 | FileCheck %s --check-prefix=EQUAL
// RUN: mirage-run %s --entry=tiles --target=eval --reference=%s:whole
// RUN: mirage-run %s --entry=tiles --target=cpu --reference=%s:whole
// RUN: mirage-opt %s --mirage-form-kernels --test-mirage-gpu-lowering -o /dev/null | FileCheck %s --check-prefix=GPU

// EQUAL: remark: equals 'whole'
// GPU: ok tiles
func.func @tiles(%a: tensor<3x8xf32>, %b: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %o = mirage.kernel (%i : 2, %j : 2) ins(%x = %a : tensor<3x8xf32>, %y = %b : tensor<3x8xf32>) outs(%out : tensor<3x8xf32>) {
    %c = mirage.constant 2.0 : !mirage.tile<1x1xf32>
    %t = mirage.load %x[(%i, %j), *] : tensor<3x8xf32> -> !mirage.tile<1x8xf32>
    %u = mirage.load %y[(%i, %j), *] : tensor<3x8xf32> -> !mirage.tile<1x8xf32>
    %e = mirage.exp %t : !mirage.tile<1x8xf32>
    %s = mirage.add %e, %u : !mirage.tile<1x8xf32>, !mirage.tile<1x8xf32> -> !mirage.tile<1x8xf32>
    %m = mirage.mul %s, %c : !mirage.tile<1x8xf32>, !mirage.tile<1x1xf32> -> !mirage.tile<1x8xf32>
    %r = mirage.reduce max %m dim 1 : !mirage.tile<1x8xf32> -> !mirage.tile<1x1xf32>
    %d = mirage.sub %m, %r : !mirage.tile<1x8xf32>, !mirage.tile<1x1xf32> -> !mirage.tile<1x8xf32>
    mirage.store %d to %out[(%i, %j), *] : !mirage.tile<1x8xf32>, !mirage.out<3x8xf32>
  }
  return %o : tensor<3x8xf32>
}

func.func @whole(%a: tensor<3x8xf32>, %b: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %c = mirage.constant 2.0 : tensor<1x1xf32>
  %e = mirage.exp %a : tensor<3x8xf32>
  %s = mirage.add %e, %b : tensor<3x8xf32>, tensor<3x8xf32> -> tensor<3x8xf32>
  %m = mirage.mul %s, %c : tensor<3x8xf32>, tensor<1x1xf32> -> tensor<3x8xf32>
  %r = mirage.reduce max %m dim 1 : tensor<3x8xf32> -> tensor<3x1xf32>
  %d = mirage.sub %m, %r : tensor<3x8xf32>, tensor<3x1xf32> -> tensor<3x8xf32>
  return %d : tensor<3x8xf32>
}
