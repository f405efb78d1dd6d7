// Views, choice by comparison, and a function without a name of its own.
func.func @ref(%x: tensor<5x11xf32>, %y: tensor<4x3xf32>) -> (tensor<2x3x5xf32>, tensor<5x11xf32>) {
  %s = mirage.slice %x [1, 0] [1, 2] : tensor<5x11xf32> -> tensor<3x6xf32>
  %t = mirage.transpose %y [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
  %c = mirage.concat dim 1 %s, %t : tensor<3x6xf32>, tensor<3x4xf32> -> tensor<3x10xf32>
  %r = mirage.reshape %c : tensor<3x10xf32> -> tensor<2x3x5xf32>
  %a = mirage.abs %x : tensor<5x11xf32>
  %h = mirage.reduce sum %a dim 1 : tensor<5x11xf32> -> tensor<5x1xf32>
  %g = mirage.reduce sum %h dim 0 : tensor<5x1xf32> -> tensor<1x1xf32>
  %n = mirage.constant 55.0 : tensor<1x1xf32>
  %m = mirage.div %g, %n : tensor<1x1xf32>, tensor<1x1xf32> -> tensor<1x1xf32>
  %b = mirage.broadcast %m : tensor<1x1xf32> -> tensor<5x11xf32>
  %i = mirage.map %x : tensor<5x11xf32> -> tensor<5x11xf32> {
  ^bb0(%e: f32):
    %v = math.sin %e : f32
    mirage.yield %v : f32
  }
  %p = mirage.cmp lt %x, %b : tensor<5x11xf32>, tensor<5x11xf32> -> tensor<5x11xi1>
  %one = arith.constant 1.5 : f32
  %o = mirage.splat %one : f32 -> tensor<1x1xf32>
  %z = mirage.select %p, %i, %o : tensor<5x11xi1>, tensor<5x11xf32>, tensor<1x1xf32> -> tensor<5x11xf32>
  return %r, %z : tensor<2x3x5xf32>, tensor<5x11xf32>
}
