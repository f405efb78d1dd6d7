// layer norm; sum and sum of squares from one generic with two results
module {
  func.func @main(%x: tensor<6x45xf32>, %g: tensor<45xf32>, %h: tensor<45xf32>) -> tensor<6x45xf32> {
    %v1 = arith.constant 0.0 : f32
    %v2 = tensor.empty() : tensor<6xf32>
    %v3 = linalg.fill ins(%v1 : f32) outs(%v2 : tensor<6xf32>) -> tensor<6xf32>
    %v4 = arith.constant 0.0 : f32
    %v5 = tensor.empty() : tensor<6xf32>
    %v6 = linalg.fill ins(%v4 : f32) outs(%v5 : tensor<6xf32>) -> tensor<6xf32>
    %v7:2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
        ins(%x : tensor<6x45xf32>) outs(%v3, %v6 : tensor<6xf32>, tensor<6xf32>) {
      ^bb0(%a: f32, %o0: f32, %o1: f32):
        %q = arith.mulf %a, %a : f32
        %r = arith.addf %o0, %a : f32
        %w = arith.addf %q, %o1 : f32
        linalg.yield %r, %w : f32, f32
    } -> (tensor<6xf32>, tensor<6xf32>)
    %v8 = tensor.empty() : tensor<6x45xf32>
    %v9 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%x, %v7#0, %v7#1, %g, %h : tensor<6x45xf32>, tensor<6xf32>, tensor<6xf32>, tensor<45xf32>, tensor<45xf32>) outs(%v8 : tensor<6x45xf32>) {
      ^bb0(%a: f32, %b: f32, %c: f32, %d: f32, %e: f32, %o0: f32):
        %n = arith.constant 45.0 : f32
        %i = arith.constant 1.0e-5 : f32
        %m = arith.divf %b, %n : f32
        %q = arith.divf %c, %n : f32
        %mm = arith.mulf %m, %m : f32
        %var = arith.subf %q, %mm : f32
        %ve = arith.addf %var, %i : f32
        %k = math.rsqrt %ve : f32
        %cc = arith.subf %a, %m : f32
        %nn = arith.mulf %cc, %k : f32
        %gg = arith.mulf %nn, %d : f32
        %r = arith.addf %gg, %e : f32
        linalg.yield %r : f32
    } -> tensor<6x45xf32>
    return %v9 : tensor<6x45xf32>
  }
}
