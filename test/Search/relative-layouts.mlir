// RUN: mirage-opt %s --mirage-superoptimize=top-k=4 -o /dev/null 2>&1 | FileCheck %s

// Sums relative to a maximum stand in its layout, whatever their own is: no plan is
// refused for its form.
// CHECK-NOT: ill-formed
// CHECK: [chosen] 'main'

func.func @main(%q: tensor<2x128x64xf16>, %k: tensor<2x128x64xf16>, %v: tensor<2x128x64xf16>, %mask: tensor<1x128x128xf32>) -> tensor<2x128x64xf32> {
  %kt = mirage.transpose %k [0, 2, 1] : tensor<2x128x64xf16> -> tensor<2x64x128xf16>
  %s = mirage.matmul %q, %kt : tensor<2x128x64xf16>, tensor<2x64x128xf16> -> tensor<2x128x128xf32>
  %b = mirage.add %s, %mask : tensor<2x128x128xf32>, tensor<1x128x128xf32> -> tensor<2x128x128xf32>
  %m = mirage.reduce max %b dim 2 : tensor<2x128x128xf32> -> tensor<2x128x1xf32>
  %p = mirage.exp_sub %b, %m : tensor<2x128x128xf32>, tensor<2x128x1xf32> -> tensor<2x128x128xf32>
  %t = mirage.reduce sum %p dim 2 : tensor<2x128x128xf32> -> tensor<2x128x1xf32>
  %n = mirage.div %p, %t : tensor<2x128x128xf32>, tensor<2x128x1xf32> -> tensor<2x128x128xf32>
  %h = mirage.cast %n : tensor<2x128x128xf32> -> tensor<2x128x128xf16>
  %o = mirage.matmul %h, %v : tensor<2x128x128xf16>, tensor<2x128x64xf16> -> tensor<2x128x64xf32>
  return %o : tensor<2x128x64xf32>
}
