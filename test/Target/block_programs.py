# REQUIRES: numpy
# RUN: %python %s mirage-opt mirage-translate %t
"""Every op of the algebra as a kernel of its own: what it computes, thread by
thread, PTX, and a bundle.

Arguments: mirage-opt, mirage-translate, a prefix for files, and optionally a
ptxas to assemble with. Each kernel has a grid axis that cuts a dimension,
evenly or not, and a loop where the op reduces.
"""

import json
import os
import subprocess
import sys

OPT, TRANSLATE, PREFIX, *PTXAS = sys.argv[1:]
UNARY = "neg abs exp log sqrt rsqrt erf tanh".split()
BINARY = "add sub mul div max min exp_sub".split()
CHIPS = ["sm_80", "sm_90a"]


def text(shape, ty):
    return "x".join(map(str, [*shape, ty]))


def kernel(name, inputs, out, body, grid="%i : 2"):
    """inputs: (shape, tile, split, type); out: the same."""
    params = ", ".join(f"%p{n}: tensor<{text(s, t)}>" for n, (s, _, _, t) in enumerate(inputs))
    ins = ", ".join(f"%x{n} = %p{n} : tensor<{text(s, t)}>" for n, (s, _, _, t) in enumerate(inputs))
    loads = "\n".join(
        f"    %t{n} = mirage.load %x{n}[{split}] : tensor<{text(s, t)}> -> !mirage.tile<{text(tile, t)}>"
        for n, (s, tile, split, t) in enumerate(inputs)
    )
    shape, tile, split, ty = out
    return f"""
func.func @{name}({params}) -> tensor<{text(shape, ty)}> {{
  %o = mirage.kernel ({grid}) ins({ins}) outs(%out : tensor<{text(shape, ty)}>) {{
{loads}
{body}
    mirage.store %r to %out[{split}] : !mirage.tile<{text(tile, ty)}>, !mirage.out<{text(shape, ty)}>
  }}
  return %o : tensor<{text(shape, ty)}>
}}
"""


def tile(shape, ty):
    return f"!mirage.tile<{text(shape, ty)}>"


def programs(ty, divides):
    rows, columns, t = (16, 64, 8) if divides else (7, 37, 4)
    full = ((rows, columns), (t, columns), "%i, *", ty)
    column = ((rows, 1), (t, 1), "%i, *", ty)
    T, C = tile(full[1], ty), tile(column[1], ty)
    acc = "f64" if ty == "f64" else "f32"
    wide = (full[0], full[1], full[2], acc)
    A = tile(full[1], acc)
    for op in UNARY:
        yield kernel(op, [full], full, f"    %r = mirage.{op} %t0 : {T}")
    for op in BINARY:
        yield kernel(op, [full, column], full, f"    %r = mirage.{op} %t0, %t1 : {T}, {C} -> {T}")
    for predicate in "eq ne lt le gt ge".split():
        bits = tile(full[1], "i1")
        yield kernel(
            "cmp_" + predicate,
            [full, column],
            full,
            f"    %c = mirage.cmp {predicate} %t0, %t1 : {T}, {C} -> {bits}\n"
            f"    %r = mirage.select %c, %t0, %t1 : {bits}, {T}, {C} -> {T}",
        )
    for to in ["f16", "bf16", "f32", "f64"]:
        if to != ty:
            yield kernel("cast_" + to, [full], (*full[:3], to), f"    %r = mirage.cast %t0 : {T} -> {tile(full[1], to)}")
    yield kernel("constant", [full], full,
                 f"    %c = mirage.constant 5.0e-1 : {tile((1, 1), ty)}\n    %r = mirage.mul %t0, %c : {T}, {tile((1, 1), ty)} -> {T}")
    yield kernel("broadcast", [column], full, f"    %r = mirage.broadcast %t0 : {C} -> {T}")
    yield kernel("reshape", [full], ((rows, 1, columns), (t, 1, columns), "%i, *, *", ty),
                 f"    %r = mirage.reshape %t0 : {T} -> {tile((t, 1, columns), ty)}")
    yield kernel("transpose", [full], ((columns, rows), (columns, t), "*, %i", ty),
                 f"    %r = mirage.transpose %t0 [1, 0] : {T} -> {tile((columns, t), ty)}")
    half = columns // 2
    yield kernel("slice", [full], ((rows, half), (t, half), "%i, *", ty),
                 f"    %r = mirage.slice %t0 [0, 1] [1, 2] : {T} -> {tile((t, half), ty)}")
    yield kernel("concat", [full, column], ((rows, columns + 1), (t, columns + 1), "%i, *", ty),
                 f"    %r = mirage.concat dim 1 %t0, %t1 : {T}, {C} -> {tile((t, columns + 1), ty)}")
    yield kernel("map", [full], full,
                 f"    %r = mirage.map %t0 : {T} -> {T} {{\n    ^bb0(%e: {ty}):\n"
                 f"      %s = math.absf %e : {ty}\n      %u = arith.addf %s, %e : {ty}\n      mirage.yield %u : {ty}\n    }}")
    for kind in "sum max min prod".split():
        for dim in (0, 1):
            shape = (1, columns) if dim == 0 else (rows, 1)
            if dim == 0:
                # The cut dimension is the other one.
                c = 32 if divides else 20
                x = ((rows, columns), (rows, c), "*, %i", ty)
                out = (shape, (1, c), "*, %i", ty)
            else:
                x, out = full, (shape, (t, 1), "%i, *", ty)
            yield kernel(f"reduce_{kind}_{dim}", [x], out,
                         f"    %r = mirage.reduce {kind} %t0 dim {dim} : {tile(x[1], ty)} -> {tile(out[1], ty)}")
    yield kernel("reduce_rel", [full, full], column,
                 f"    %r = mirage.reduce sum %t0 rel %t1 dim 1 : {T}, {T} -> {C}")
    # A long row into one element: all threads of the block.
    long = ((2, 4096) if divides else (2, 1003))
    yield kernel("reduce_long", [(long, (1, long[1]), "%i, *", ty)], ((2, 1), (1, 1), "%i, *", ty),
                 f"    %r = mirage.reduce sum %t0 dim 1 : {tile((1, long[1]), ty)} -> {tile((1, 1), ty)}")
    for m in (1, 2, 7, 16):
        n, k, tn, tk = (64, 128, 32, 32) if divides else (37, 75, 20, 16)
        steps = -(-k // tk)
        a, b = tile((m, tk), ty), tile((tk, tn), ty)
        d = tile((m, tn), acc)
        yield f"""
func.func @matmul_{m}(%a: tensor<{m}x{k}x{ty}>, %b: tensor<{k}x{n}x{ty}>) -> tensor<{m}x{n}x{acc}> {{
  %o = mirage.kernel (%n : 2) ins(%a = %a : tensor<{m}x{k}x{ty}>, %b = %b : tensor<{k}x{n}x{ty}>) outs(%out : tensor<{m}x{n}x{acc}>) {{
    %c = mirage.loop (%k : {steps}) -> ({d}) {{
      %at = mirage.load %a[*, %k] : tensor<{m}x{k}x{ty}> -> {a}
      %bt = mirage.load %b[%k, %n] : tensor<{k}x{n}x{ty}> -> {b}
      %m = mirage.matmul %at, %bt : {a}, {b} -> {d}
      mirage.accumulate sum %m : {d}
    }}
    mirage.store %c to %out[*, %n] : {d}, !mirage.out<{m}x{n}x{acc}>
  }}
  return %o : tensor<{m}x{n}x{acc}>
}}
"""
    # Batched, with one side shared by the batch, in a loop of two axes.
    s, u = (2, 2) if divides else (2, 3)
    k = s * u * 8 if divides else 41
    a, b, d = tile((1, 4, 8), ty), tile((1, 8, 16), ty), tile((1, 4, 16), acc)
    yield f"""
func.func @matmul_batch(%a: tensor<3x4x{k}x{ty}>, %b: tensor<1x{k}x16x{ty}>) -> tensor<3x4x16x{acc}> {{
  %o = mirage.kernel (%z : 3) ins(%a = %a : tensor<3x4x{k}x{ty}>, %b = %b : tensor<1x{k}x16x{ty}>) outs(%out : tensor<3x4x16x{acc}>) {{
    %c = mirage.loop (%s : {s}, %u : {u}) -> ({d}) {{
      %at = mirage.load %a[%z, *, (%s, %u)] : tensor<3x4x{k}x{ty}> -> {a}
      %bt = mirage.load %b[*, (%s, %u), *] : tensor<1x{k}x16x{ty}> -> {b}
      %m = mirage.matmul %at, %bt : {a}, {b} -> {d}
      mirage.accumulate sum %m : {d}
    }}
    mirage.store %c to %out[%z, *, *] : {d}, !mirage.out<3x4x16x{acc}>
  }}
  return %o : tensor<3x4x16x{acc}>
}}
"""
    # Online softmax; the last tile of keys is ragged where nothing divides.
    keys, kt = (32, 8) if divides else (21, 8)
    q, kk, v = tile((3, 16), ty), tile((kt, 16), ty), tile((kt, 8), ty)
    sc, one, o = tile((3, kt), acc), tile((3, 1), acc), tile((3, 8), acc)
    yield f"""
func.func @attention(%q: tensor<6x16x{ty}>, %k: tensor<{keys}x16x{ty}>, %v: tensor<{keys}x8x{ty}>) -> tensor<6x8x{acc}> {{
  %o = mirage.kernel (%i : 2) ins(%q = %q : tensor<6x16x{ty}>, %k = %k : tensor<{keys}x16x{ty}>, %v = %v : tensor<{keys}x8x{ty}>) outs(%out : tensor<6x8x{acc}>) {{
    %qt = mirage.load %q[%i, *] : tensor<6x16x{ty}> -> {q}
    %m, %l, %a = mirage.loop (%j : {-(-keys // kt)}) -> ({one}, {one}, {o}) {{
      %kt = mirage.load %k[%j, *] : tensor<{keys}x16x{ty}> -> {kk}
      %vt = mirage.load %v[%j, *] : tensor<{keys}x8x{ty}> -> {v}
      %kp = mirage.transpose %kt [1, 0] : {kk} -> {tile((16, kt), ty)}
      %s = mirage.matmul %qt, %kp : {q}, {tile((16, kt), ty)} -> {sc}
      %mj = mirage.reduce max %s dim 1 : {sc} -> {one}
      %p = mirage.exp_sub %s, %mj : {sc}, {one} -> {sc}
      %lj = mirage.reduce sum %p dim 1 : {sc} -> {one}
      %ph = mirage.cast %p : {sc} -> {tile((3, kt), ty)}
      %aj = mirage.matmul %ph, %vt : {tile((3, kt), ty)}, {v} -> {o}
      mirage.accumulate max %mj, sum %lj rel %mj, sum %aj rel %mj : {one}, {one}, {o}
    }}
    %r = mirage.div %a, %l : {o}, {one} -> {o}
    mirage.store %r to %out[%i, *] : {o}, !mirage.out<6x8x{acc}>
  }}
  return %o : tensor<6x8x{acc}>
}}
"""
    # A stack, resident tiles read in pieces, a store in a loop, and `once`.
    piece, whole = tile((4, 8), ty), tile((4, 32), ty)
    yield f"""
func.func @stack(%x: tensor<4x32x{ty}>) -> (tensor<4x32x{ty}>, tensor<4x32x{ty}>) {{
  %o, %p = mirage.kernel (%n : 2) ins(%x = %x : tensor<4x32x{ty}>) outs(%out : tensor<4x32x{ty}>, %twice : tensor<4x32x{ty}>) {{
    %s = mirage.loop (%k : 4) -> ({whole}) {{
      %t = mirage.load %x[*, %k] : tensor<4x32x{ty}> -> {piece}
      %e = mirage.neg %t : {piece}
      mirage.store %e to %out[*, %k] once(%n) : {piece}, !mirage.out<4x32x{ty}>
      mirage.accumulate stack 1 %e : {piece}
    }}
    %h = mirage.load %s[%n, *] : {whole} -> {tile((2, 32), ty)}
    %r = mirage.add %h, %h : {tile((2, 32), ty)}, {tile((2, 32), ty)} -> {tile((2, 32), ty)}
    mirage.store %r to %twice[%n, *] : {tile((2, 32), ty)}, !mirage.out<4x32x{ty}>
  }}
  return %o, %p : tensor<4x32x{ty}>, tensor<4x32x{ty}>
}}
"""


def main():
    bad = 0
    for ty in ["f16", "bf16", "f32", "f64"]:
        for divides in (True, False):
            source = f"{PREFIX}.{ty}.{'even' if divides else 'odd'}"
            items = list(programs(ty, divides))
            with open(source + ".mlir", "w") as file:
                file.write("\n".join(items))
            subprocess.run([OPT, source + ".mlir", "--test-mirage-gpu-lowering", "-o", os.devnull], check=True)
            for chip in CHIPS:
                name = f"{source}.{chip}"
                subprocess.run([OPT, source + ".mlir", f"--mirage-to-ptx=chip={chip}", "-o", name + ".mlir"], check=True)
                for kind in ("ptx", "bundle"):
                    subprocess.run([TRANSLATE, name + ".mlir", f"--mirage-export-{kind}", "-o", f"{name}.{kind}"], check=True)
                with open(name + ".bundle") as file:
                    functions = json.load(file)["functions"]
                ok = len(functions) == len(items)
                if PTXAS:
                    ok &= subprocess.run([PTXAS[0], f"-arch={chip}", name + ".ptx", "-o", name + ".cubin"]).returncode == 0
                print(f"{ty} {'even' if divides else 'odd'} {chip}: {len(functions)} kernels {'ok' if ok else 'BAD'}")
                bad += not ok
    sys.exit(bad != 0)


main()
