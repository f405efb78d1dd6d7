# REQUIRES: numpy, dylib
# RUN: %python %s mirage-opt %t
"""PTX of every expanded function: no external functions, and it assembles.

With a third argument, that is the ptxas to assemble with.
"""

import os
import re
import subprocess
import sys

MIRAGE_OPT, PREFIX, *PTXAS = sys.argv[1:]
UNARY = """exp exp2 expm1 log log2 log1p sqrt rsqrt erf tanh sin cos atan absf
           floor ceil round roundeven trunc""".split()
OPS = {"math." + name: 1 for name in UNARY}
OPS |= {"math.powf": 2, "math.copysign": 2, "math.fma": 3, "arith.remf": 2}
for name in ("maximumf", "minimumf", "maxnumf", "minnumf"):
    OPS["arith." + name] = 2
# Without an expansion in f64: they must stay visible as library calls.
LEFT_IN_F64 = ["exp2", "expm1", "log1p", "sin", "cos", "atan", "powf", "remf"]

KERNEL = """
gpu.func @{name}(%o: memref<?x{type}>, %a: memref<?x{type}>) kernel {{
  %i = gpu.thread_id x
  %x = memref.load %a[%i] : memref<?x{type}>
  %r = {op} {operands} : {type}
  memref.store %r, %o[%i] : memref<?x{type}>
  gpu.return
}}
"""


def ptx(types, ops, chip):
    kernels = "".join(
        KERNEL.format(
            name=f"{op.replace('.', '_')}_{ty}",
            op=op,
            type=ty,
            operands=", ".join(["%x"] * OPS[op]),
        )
        for ty in types
        for op in ops
    )
    passes = (
        "builtin.module(gpu.module(mirage-expand-math,convert-gpu-to-nvvm,"
        "canonicalize,cse,reconcile-unrealized-casts),"
        f"nvvm-attach-target{{chip={chip} features=+ptx80 O=3}},"
        "gpu-module-to-binary{format=isa})"
    )
    # With CUDA in sight, libdevice is linked.
    env = {k: v for k, v in os.environ.items() if not k.startswith("CUDA_")}
    out = subprocess.run(
        [MIRAGE_OPT, f"--pass-pipeline={passes}"],
        input=f"gpu.module @kernels {{{kernels}}}".encode(),
        stdout=subprocess.PIPE,
        env=env,
        check=True,
    ).stdout.decode()
    text = re.search(r'assembly = "((?:[^"\\]|\\.)*)"', out)[1]
    text = re.sub(r"\\([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), text)
    return text.rstrip("\0")


def main():
    ok = True
    left = [op for op in OPS if op.split(".")[1] in LEFT_IN_F64]
    done = [op for op in OPS if op not in left]
    for chip in ("sm_80", "sm_90a"):
        for types, ops in ((["f16", "bf16", "f32"], list(OPS)), (["f64"], done)):
            text = ptx(types, ops, chip)
            entries = text.count(".entry")
            bad = re.findall(r"\.extern \.func.*|__nv_\w+|\bbra\b|\.local\b", text)
            print(f"{chip} {' '.join(types)}: {entries} kernels, {bad or 'clean'}")
            ok &= not bad and entries == len(types) * len(ops)
            if PTXAS:
                path = f"{PREFIX}.{chip}.{types[0]}.ptx"
                with open(path, "w") as file:
                    file.write(text)
                subprocess.run(
                    [PTXAS[0], f"-arch={chip}", path, "-o", path + ".cubin"],
                    check=True,
                )
    calls = set(re.findall(r"\.extern \.func.* (__nv_\w+)", ptx(["f64"], left, "sm_80")))
    print("left as library calls in f64:", *sorted(calls))
    ok &= len(calls) == len(left)
    sys.exit(0 if ok else 1)


main()
