# REQUIRES: numpy
# RUN: %python %s mirage-opt mirage-translate %t "%ptxas"
"""Every op of the algebra on tensors, formed into a kernel of its own: what it
computes, thread by thread, and PTX.

Arguments: mirage-opt, mirage-translate, a prefix for files, and a ptxas to
assemble with, or "". All functions of a chip are in one module.
"""

import os
import re
import subprocess
import sys

OPT, TRANSLATE, PREFIX, PTXAS = sys.argv[1:]
UNARY = "neg abs exp log sqrt rsqrt erf tanh".split()
BINARY = "add sub mul div max min exp_sub".split()
PREDICATES = "eq ne lt le gt ge".split()
TYPES = ["f16", "bf16", "f32"]
CHIPS = ["sm_80", "sm_90a"]


def tensor(shape, ty):
    return f"tensor<{'x'.join(map(str, [*shape, ty]))}>"


def function(name, inputs, out, body):
    params = ", ".join(f"%x{n}: {ty}" for n, ty in enumerate(inputs))
    return f"func.func @{name}({params}) -> {out} {{\n{body}\n  return %r : {out}\n}}\n"


def ops(ty, even):
    """(name, types of the inputs, type of the result, body that makes %r)"""
    m, n = (16, 64) if even else (13, 37)
    T, C, R = tensor((m, n), ty), tensor((m, 1), ty), tensor((1, n), ty)
    bits = tensor((m, n), "i1")
    for op in UNARY:
        yield op, [T], T, f"  %r = mirage.{op} %x0 : {T}"
    for op in BINARY:
        yield op, [T, C], T, f"  %r = mirage.{op} %x0, %x1 : {T}, {C} -> {T}"
        yield op + "_row", [R, T], T, f"  %r = mirage.{op} %x0, %x1 : {R}, {T} -> {T}"
    for p in PREDICATES:
        yield "cmp_" + p, [T, R], bits, f"  %r = mirage.cmp {p} %x0, %x1 : {T}, {R} -> {bits}"
    yield "select", [bits, T, C], T, f"  %r = mirage.select %x0, %x1, %x2 : {bits}, {T}, {C} -> {T}"
    for to in ["f16", "bf16", "f32", "f64", "i32", "i1"]:
        if to != ty:
            D = tensor((m, n), to)
            yield "cast_" + to, [T], D, f"  %r = mirage.cast %x0 : {T} -> {D}"
            yield "cast_from_" + to, [D], T, f"  %r = mirage.cast %x0 : {D} -> {T}"
    one = tensor((1, 1), ty)
    yield "constant", [T], T, f"  %c = mirage.constant 5.0e-1 : {one}\n  %r = mirage.mul %x0, %c : {T}, {one} -> {T}"
    yield "dense", [C], C, (
        f"  %c = arith.constant dense<{[[i + 0.5] for i in range(m)]}> : {C}\n  %r = mirage.mul %x0, %c : {C}, {C} -> {C}"
    )
    yield "broadcast", [C], T, f"  %r = mirage.broadcast %x0 : {C} -> {T}"
    for name, permutation in (("transpose", [1, 0]),):
        D = tensor((n, m), ty)
        yield name, [T], D, f"  %r = mirage.transpose %x0 {permutation} : {T} -> {D}"
    B, D = tensor((3, m, n), ty), tensor((n, 3, m), ty)
    yield "transpose_3", [B], D, f"  %r = mirage.transpose %x0 [2, 0, 1] : {B} -> {D}"
    # Reshapes are views; something must compute.
    D = tensor((n, m), ty)
    yield "reshape", [T], D, f"  %v = mirage.reshape %x0 : {T} -> {D}\n  %r = mirage.neg %v : {D}"
    h = n // 2 - 1
    D = tensor((m, h), ty)
    yield "slice", [T], D, f"  %v = mirage.slice %x0 [0, 1] [1, 2] : {T} -> {D}\n  %r = mirage.neg %v : {D}"
    D = tensor((m, n + 1), ty)
    yield "concat", [T, C], D, f"  %r = mirage.concat dim 1 %x0, %x1 : {T}, {C} -> {D}"
    yield "map", [T], T, (
        f"  %r = mirage.map %x0 : {T} -> {T} {{\n  ^bb0(%e: {ty}):\n    %s = math.absf %e : {ty}\n"
        f"    %u = arith.addf %s, %e : {ty}\n    mirage.yield %u : {ty}\n  }}"
    )
    for kind in "sum max min prod".split():
        for dim, D in ((0, R), (1, C)):
            yield f"reduce_{kind}_{dim}", [T], D, f"  %r = mirage.reduce {kind} %x0 dim {dim} : {T} -> {D}"
    D = tensor((3, 1, n), ty)
    yield "reduce_middle", [B], D, f"  %r = mirage.reduce sum %x0 dim 1 : {B} -> {D}"
    yield "reduce_rel", [T, T], C, f"  %r = mirage.reduce sum %x0 rel %x1 dim 1 : {T}, {T} -> {C}"
    row, D = tensor((1, 4096 if even else 5003), ty), tensor((1, 1), ty)
    yield "reduce_all", [row], D, f"  %r = mirage.reduce max %x0 dim 1 : {row} -> {D}"
    k = 128 if even else 200
    for rows in (1, 2, 7, 16):
        A, B, D = tensor((rows, k), ty), tensor((k, n), ty), tensor((rows, n), "f32")
        yield f"matmul_{rows}", [A, B], D, f"  %r = mirage.matmul %x0, %x1 : {A}, {B} -> {D}"
    A, B, D = tensor((3, m, k), ty), tensor((1, k, n), ty), tensor((3, m, n), "f32")
    yield "matmul_batch", [A, B], D, f"  %r = mirage.matmul %x0, %x1 : {A}, {B} -> {D}"
    # The right operand lies along the contracted dimension.
    A, B, V, D = tensor((m, k), ty), tensor((n, k), ty), tensor((k, n), ty), tensor((m, n), "f32")
    yield "matmul_nt", [A, B], D, f"  %t = mirage.transpose %x1 [1, 0] : {B} -> {V}\n  %r = mirage.matmul %x0, %t : {A}, {V} -> {D}"


def main():
    text = [
        function(f"{name}_{ty}_{'even' if even else 'odd'}", *rest)
        for ty in TYPES
        for even in (True, False)
        for name, *rest in ops(ty, even)
    ]
    source = PREFIX + ".mlir"
    with open(source, "w") as file:
        file.write("\n".join(text))
    subprocess.run([OPT, source, "--test-mirage-gpu-lowering", "-o", os.devnull], check=True)
    for chip in CHIPS:
        lowered, ptx = f"{PREFIX}.{chip}.mlir", f"{PREFIX}.{chip}.ptx"
        subprocess.run([OPT, source, f"--mirage-form-kernels=chip={chip}", f"--mirage-to-ptx=chip={chip}", "-o", lowered], check=True)
        subprocess.run([TRANSLATE, lowered, "--mirage-export-ptx", "-o", ptx], check=True)
        with open(ptx) as file:
            entries = set(re.findall(r"\.entry (\w+)_kernel_0\b", file.read()))
        missing = {re.search(r"@(\w+)", f).group(1) for f in text} - entries
        if missing:
            sys.exit(f"{chip}: no kernel of {sorted(missing)}")
        if PTXAS:
            subprocess.run([PTXAS, f"-arch={chip}", ptx, "-o", f"{PREFIX}.{chip}.cubin"], check=True)
        print(f"{chip}: {len(entries)} functions")


main()
