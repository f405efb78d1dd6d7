# REQUIRES: numpy
# RUN: %python %s mirage-opt %t %root/docs/Dialects/Support.md
"""What of the dialect runs where: measured, and written as a page.

    support_table.py MIRAGE_OPT FOLDER           prints the page
    support_table.py MIRAGE_OPT FOLDER PAGE      compares it with PAGE

If they differ, print it into docs/Dialects/Support.md.

Each op is one function, at each level and for each type; all functions go through
each of the four ways in one run, as pieces of one file. FOLDER is for files.
"""

import collections
import os
import re
import subprocess
import sys

OPT, FOLDER, *PAGE = sys.argv[1:]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TYPES = ["f16", "f32", "f64"]
# How a program goes each way, and what has then become of it.
WAYS = {
    "eval": ['--mirage-check-equivalence=a=f b=f layers=float'],
    "field": ['--mirage-check-equivalence=a=f b=f layers=field'],
    "cpu": ["--mirage-to-llvm-cpu"],
    "ptx": ["--mirage-form-kernels", "--mirage-to-ptx"],
}

# With CUDA in sight the toolchain links libdevice.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("CUDA_")}

UNARY = "neg abs exp log sqrt rsqrt erf tanh".split()
BINARY = "add sub mul div max min exp_sub".split()
# Only within others, and so with them.
WITHIN = {"accumulate": "loop", "load": "kernel", "store": "kernel"}
TERMINATORS = {"end", "yield"}
# Integers mean something else in the field than floats.
INTEGERS = ["i1", "i32"]
# What the body of a map may hold: functions, by the number of their arguments.
FUNCTIONS = {
    1: "arith.negf math.absf math.atan math.cbrt math.ceil math.cos math.cosh math.erf math.erfc math.exp "
    "math.exp2 math.expm1 math.floor math.log math.log10 math.log1p math.log2 math.round math.roundeven "
    "math.rsqrt math.sin math.sinh math.sqrt math.tan math.tanh math.trunc",
    2: "arith.addf arith.subf arith.mulf arith.divf arith.remf arith.maximumf arith.minimumf arith.maxnumf "
    "arith.minnumf math.atan2 math.copysign math.powf",
    3: "math.fma",
}


def accumulation(ty):
    return "f64" if ty == "f64" else "f32"


def bodies(ty):
    """(op, text) with the operands %x (8 x 12), %c (8 x 1), %w (12 x 6); V(shape,
    type) is a value's type. Each text makes %r, whose type is named last."""

    def V(shape, element=ty):
        return "@" + "x".join(map(str, shape)) + "x" + element + "@"

    X, C, W, bits, wide = V([8, 12]), V([8, 1]), V([12, 6]), V([8, 12], "i1"), accumulation(ty)
    for op in UNARY:
        yield op, f"%r = mirage.{op} %x : {X}", X
    for op in BINARY:
        yield op, f"%r = mirage.{op} %x, %c : {X}, {C} -> {X}", X
    to = "f32" if ty != "f32" else "f16"
    yield "cast", f"%r = mirage.cast %x : {X} -> {V([8, 12], to)}", V([8, 12], to)
    for to in INTEGERS:
        there = f"%n = mirage.cast %x : {X} -> {V([8, 12], to)}\n"
        yield f"cast to {to}", there + f"%r = mirage.cast %n : {V([8, 12], to)} -> {X}", X
    compare = f"%p = mirage.cmp lt %x, %c : {X}, {C} -> {bits}\n"
    select = f"%r = mirage.select %p, %x, %c : {bits}, {X}, {C} -> {X}"
    yield "cmp", compare + select, X
    yield "select", compare + select, X
    yield "matmul", f"%r = mirage.matmul %x, %w : {X}, {W} -> {V([8, 6], wide)}", V([8, 6], wide)
    yield "reduce", f"%r = mirage.reduce max %x dim 1 : {X} -> {C}", C
    yield "transpose", f"%r = mirage.transpose %x [1, 0] : {X} -> {V([12, 8])}", V([12, 8])
    yield "broadcast", f"%r = mirage.broadcast %c : {C} -> {X}", X
    yield "reshape", f"%n = mirage.neg %x : {X}\n%r = mirage.reshape %n : {X} -> {V([8, 1, 12])}", V([8, 1, 12])
    yield "slice", f"%r = mirage.slice %x [0, 2] [1, 3] : {X} -> {V([8, 3])}", V([8, 3])
    yield "concat", f"%r = mirage.concat dim 1 %x, %c : {X}, {C} -> {V([8, 13])}", V([8, 13])
    yield "constant", f"%k = mirage.constant 0.5 : {V([1, 1])}\n%r = mirage.mul %x, %k : {X}, {V([1, 1])} -> {X}", X
    yield "map", (
        f"%r = mirage.map %x : {X} -> {X} {{\n^bb0(%e: {ty}):\n  %s = math.absf %e : {ty}\n"
        f"  %u = arith.addf %s, %e : {ty}\n  mirage.yield %u : {ty}\n}}"
    ), X


def functions(ty):
    """(function, text) of a map of x + 2 with each function alone: in the domain of
    all."""
    X = f"@8x12x{ty}@"
    for count, names in FUNCTIONS.items():
        for name in names.split():
            operands = ", ".join(["%a"] * count)
            yield name, (
                f"%r = mirage.map %x : {X} -> {X} {{\n^bb0(%e: {ty}):\n  %k = arith.constant 2.0 : {ty}\n"
                f"  %b = arith.mulf %e, %e : {ty}\n  %a = arith.addf %b, %k : {ty}\n"
                f"  %f = {name} {operands} : {ty}\n  mirage.yield %f : {ty}\n}}"
            ), X


PARAMETERS = "%x0: tensor<8x12x{0}>, %c0: tensor<8x1x{0}>, %w0: tensor<12x6x{0}>"


def tensors(text, result, ty):
    named = re.sub(r"%([xcw])\b", r"%\g<1>0", text)
    to_tensor = lambda s: re.sub(r"@(.*?)@", r"tensor<\1>", s)
    return (
        f"func.func @f({PARAMETERS.format(ty)}) -> {to_tensor(result)} {{\n"
        f"{to_tensor(named)}\nreturn %r : {to_tensor(result)}\n}}"
    )


def kernel(result, body, ty, grid="%i : 1"):
    """A kernel with the inputs %x1, %c1, %w1 and the output %out."""
    to = re.sub(r"@(.*?)@", r"tensor<\1>", result)
    return (
        f"func.func @f({PARAMETERS.format(ty)}) -> {to} {{\n"
        f"%o = mirage.kernel ({grid}) ins(%x1 = %x0 : tensor<8x12x{ty}>, %c1 = %c0 : tensor<8x1x{ty}>,\n"
        f"  %w1 = %w0 : tensor<12x6x{ty}>) outs(%out : {to}) {{\n{body}\n}}\nreturn %o : {to}\n}}"
    )


def tiles(text, result, ty):
    """The op on whole tiles, written by block 0."""
    to_tile = lambda s: re.sub(r"@(.*?)@", r"!mirage.tile<\1>", s)
    shapes = {"x": "8x12", "c": "8x1", "w": "12x6"}
    loads = "\n".join(
        f"%{name} = mirage.load %{name}1[*, *] : tensor<{shape}x{ty}> -> !mirage.tile<{shape}x{ty}>"
        for name, shape in shapes.items()
        if re.search(rf"%{name}\b", text)
    )
    split = ", ".join("*" for _ in result.strip("@").split("x")[:-1])
    to_out = re.sub(r"@(.*?)@", r"!mirage.out<\1>", result)
    store = f"mirage.store %r to %out[{split}] once(%i) : {to_tile(result)}, {to_out}"
    return kernel(result, f"{loads}\n{to_tile(text)}\n{store}", ty)


def structure(ty):
    """(op, level, function) of what only one level has."""
    wide = accumulation(ty)
    X, total = f"tensor<8x12x{ty}>", f"8x1x{wide}"
    T, S = f"!mirage.tile<8x5x{ty}>", f"!mirage.tile<8x1x{wide}>"

    def loop(load, reduced):
        return kernel(
            f"@{total}@",
            f"%s = mirage.loop (%k : 3) -> ({S}) {{\n{load}\n"
            f"%q = mirage.reduce sum {reduced} dim 1 : {T} -> {S}\nmirage.accumulate sum %q : {S}\n}}\n"
            f"mirage.store %s to %out[*, *] once(%i) : {S}, !mirage.out<{total}>",
            ty,
        )

    yield "loop", "block", loop(f"%t = mirage.load %x1[*, %k] : {X} -> {T}", "%t")
    yield "mask", "block", loop(
        f"%t = mirage.load %x1[*, %k] fill 0x7FF0000000000000 : {X} -> {T}\n"
        f"%m = mirage.mask %t[*, %k] sizes [8, 12] fill 0.0 : {T}",
        "%m",
    )
    yield "kernel", "block", kernel(
        f"@8x12x{ty}@",
        f"%t = mirage.load %x1[%i, *] : {X} -> !mirage.tile<3x12x{ty}>\n"
        f"mirage.store %t to %out[%i, *] : !mirage.tile<3x12x{ty}>, !mirage.out<8x12x{ty}>",
        ty,
        "%i : 3",
    )
    yield "splat", "kernel", (
        f"func.func @f(%x0: {X}, %s: {ty}) -> {X} {{\n%k = mirage.splat %s : {ty} -> tensor<1x1x{ty}>\n"
        f"%r = mirage.mul %x0, %k : {X}, tensor<1x1x{ty}> -> {X}\nreturn %r : {X}\n}}"
    )


def pieces():
    """(op, level, type, function) of all."""
    for ty in TYPES:
        for op, text, result in bodies(ty):
            yield op, "kernel", ty, tensors(text, result, ty)
            yield op, "block", ty, tiles(text, result, ty)
        for op, level, text in structure(ty):
            yield op, level, ty, text
        for name, text, result in functions(ty):
            yield name, "map", ty, tensors(text, result, ty)


def errors(path, options):
    """The first error of each piece of the file, by its number; and what was said
    otherwise, by piece."""
    result = subprocess.run(
        [OPT, path, "--split-input-file", *options, "-o", os.devnull],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if result.returncode not in (0, 1):
        sys.exit(f"{options}: exit status {result.returncode}\n{result.stderr[-2000:]}")
    with open(path) as file:
        text = file.read()
    starts = [1]  # the first line of each piece; what has no place is said there
    for match in re.finditer(r"^// -----$", text, re.M):
        starts.append(text[: match.end()].count("\n") + 1)
    found, said = {}, collections.defaultdict(str)
    for line, kind, what in re.findall(rf"^{re.escape(path)}:(\d+):\d+: (error|remark): (.*)$", result.stderr, re.M):
        piece = sum(start <= int(line) for start in starts) - 1
        said[piece] += what
        if kind == "error":
            found.setdefault(piece, what)
    if result.returncode != (1 if found else 0):
        sys.exit(f"{options}: exit status {result.returncode} with errors in {sorted(found)}\n{result.stderr[-2000:]}")
    return found, said


def measure():
    """way -> (op, level) -> type -> error or None; (op, level) that are opaque in
    the field; and the reasons given."""
    os.makedirs(FOLDER, exist_ok=True)
    path = os.path.join(FOLDER, "support.mlir")
    all_pieces = list(pieces())
    with open(path, "w") as file:
        file.write("\n// -----\n".join(text for *_, text in all_pieces) + "\n")
    results, opaque = {}, set()
    for way, options in WAYS.items():
        found, said = errors(path, options)
        results[way] = collections.defaultdict(dict)
        for n, (op, level, ty, _) in enumerate(all_pieces):
            results[way][op, level][ty] = found.get(n)
            if way == "field" and "random-oracle" in said[n]:
                opaque.add((op, level))
    return results, opaque


def cell(by_type, is_opaque):
    if not by_type:
        return ""
    good = [ty for ty, error in by_type.items() if error is None]
    if not good:
        return "no"
    return ("opaque" if is_opaque else "yes") + ("" if len(good) == len(by_type) else f" ({', '.join(good)})")


def page():
    results, opaque = measure()
    with open(ROOT + "/docs/Dialects/Mirage.md") as file:
        ops = re.findall(r"^### `mirage\.(\w+)`", file.read(), re.M)
    reasons = collections.defaultdict(set)
    lines = [HEADER]

    def add(name, shown, levels):
        """One row for levels that go the same ways."""
        rows = collections.defaultdict(list)
        for level in levels:
            key = shown, level
            if key in results["eval"]:
                cells = [cell(results[way][key], way == "field" and key in opaque) for way in WAYS]
                rows[" | ".join(cells)].append(level)
        if not rows:
            sys.exit(f"nothing is known of {name}: add it to {__file__}")
        for cells, where in rows.items():
            lines.append(f"| `{name}` | " + ("" if levels == ["map"] else ", ".join(where) + " | ") + f"{cells} |")

    for op in ops:
        if op not in TERMINATORS:
            add(op, WITHIN.get(op, op), ["block"] if op in WITHIN else ["kernel", "block"])
        if op == "cast":
            for to in INTEGERS:
                add(f"cast to {to}", f"cast to {to}", ["kernel", "block"])
    lines.append(BODIES)
    for name in sorted(" ".join(FUNCTIONS.values()).split()):
        add(name, name, ["map"])
    for way, by_op in results.items():
        for (op, level), by_type in by_op.items():
            for ty, error in by_type.items():
                if error:
                    reason = re.sub(r"'__nv_\w+'", "'__nv_...'", re.sub(r"^'[\w.]+' op ", "", error))
                    reasons[way, reason].add(f"`{op}`")
    lines.append("\n## What is refused, and how\n")
    for (way, reason), where in reasons.items():
        lines.append(f"- {way}: \"{reason}\": {', '.join(sorted(where))}")
    if not reasons:
        lines.append("Nothing of the above.")
    return "\n".join(lines + [FOOTER])


HEADER = """<!-- Written by test/Docs/support_table.py; do not edit. -->

# What runs where

Each op as a function of its own, at the levels that it has, in f16, f32 and f64: what
was run, not what was meant. A cell names the types if not all of them went through.

- `eval`: evaluated, in double and rounded (`mirage-run`, the float test)
- `field`: compared with itself in finite fields; `opaque`: by an uninterpreted function,
  of which no law is known but, for `erf`, that it is odd, and for a cast to i32, that
  it leaves integers as they are
- `cpu`: lowered to LLVM for the host (`mirage-run --target=cpu`)
- `ptx`: formed into kernels and lowered to PTX for sm_90a

| op | level | eval | field | cpu | ptx |
|---|---|---|---|---|---|"""

BODIES = """
## Functions in the body of a `map`

| function | eval | field | cpu | ptx |
|---|---|---|---|---|"""

FOOTER = """
## Not in the table

- bf16 goes where f16 goes; i32 and i1 are types of `cast`, `cmp`, `select`, moves of
  elements and outputs, and not of arithmetic beyond what the dialect's page says.
  Integer arithmetic of linalg is imported as arithmetic on floats that hold the integers.
- A `mask`, and the filled load that it follows, is written late, for the lowerings.
- Functions without PTX would be calls of libdevice, which nothing links. Where CUDA is
  installed and `CUDA_HOME` is set, upstream's toolchain links it, and they go through.
- Thread level (`!mirage.fragment`) is a reserved name.
- Dynamic shapes have no place in the dialect.
- What each op computes is tested elsewhere: `test/Dialect/Mirage/algebra.py` against
  numpy, `test/Target/kernel_ops.py` thread by thread.
"""


def main():
    text = page()
    if not PAGE:
        print(text, end="")
        return 0
    with open(PAGE[0]) as file:
        stored = file.read()
    if stored == text:
        return 0
    import difflib

    sys.stdout.writelines(difflib.unified_diff(stored.splitlines(True), text.splitlines(True), PAGE[0], "measured"))
    return 1


sys.exit(main())
