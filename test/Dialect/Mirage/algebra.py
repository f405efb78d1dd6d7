# REQUIRES: numpy
# RUN: %python %s mirage-run eval %t
# RUN: %python %s mirage-run cpu %t tensors:bf16 tiles:f64
"""Every op of the algebra in every type that it takes, against numpy.

Each op stands in a function on tensors and in a kernel whose tiles are ragged.
One run evaluates all ops of a type and level; the CPU, where compiling them
takes seconds, only those of the levels and types that are named. numpy computes in double from the
same inputs; the evaluator must then give the double rounded to the op's type,
bit for bit but for the sign of zero, also of infinities and NaNs. Where a loop
accumulates, and on the CPU, whose functions are polynomials, the error is
limited instead.
"""

import math
import os
import re
import subprocess
import sys

import numpy as np

MIRAGE_RUN, TARGET, DIRECTORY, *CHOICE = sys.argv[1:]
os.makedirs(DIRECTORY, exist_ok=True)
np.seterr(all="ignore")

FLOATS = ["f16", "bf16", "f32", "f64"]
WIDE = {"f16": "f32", "bf16": "f32", "f32": "f32", "f64": "f64"}
# Of what is not exact: the error relative to |r| + 1.
TOLERANCE = {"f16": 1e-3, "bf16": 8e-3, "f32": 2e-6, "f64": 1e-13}


def round_bf16(x):
    """To nearest even in one step: 8 bits, and a least exponent of -133."""
    x = np.asarray(x, np.float64)
    finite = np.where(np.isfinite(x), x, 0)
    exponent = np.maximum(np.frexp(finite)[1] - 8, -133)
    rounded = np.ldexp(np.rint(np.ldexp(finite, -exponent)), exponent)
    rounded = np.where(np.abs(rounded) >= 2.0**128, np.copysign(np.inf, x), rounded)
    return np.where(np.isfinite(x), rounded, x)


def round_to(x, ty):
    x = np.asarray(x)
    if ty == "i1":
        return (x != 0).astype(np.float64)
    if ty == "i32":
        x = np.where(np.isnan(x), 0, x)
        return np.trunc(np.clip(x, -(2.0**31), 2.0**31 - 1))
    if ty == "bf16":
        return round_bf16(x)
    return x.astype({"f16": np.float16, "f32": np.float32, "f64": np.float64}[ty]).astype(
        np.float64
    )


def save(name, x, ty):
    if ty == "bf16":
        x = (np.float32(x).view(np.uint32) >> 16).astype(np.uint16)
    else:
        dtype = {"f16": "f2", "f32": "f4", "f64": "f8", "i1": "?", "i32": "i4"}[ty]
        x = x.astype(dtype)
    np.save(name, x)


def load(name, ty):
    x = np.load(name)
    if ty == "bf16":
        return (x.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return x.astype(np.float64)


# ----------------------------------------------------------------------------
# Inputs: extents that no tile divides
# ----------------------------------------------------------------------------

M, N, K, B = 5, 13, 7, 3
SHAPES = {
    "x": (M, N),
    "y": (M, N),
    "col": (M, 1),
    "row": (1, N),
    "pos": (M, N),
    "a": (M, K),
    "b": (K, N),
    "ba": (B, M, K),
    "bb": (1, K, N),
    "s": (M, N),
    "low": (M, N),
    "any": (M, N),
    "ints": (M, N),
    "c": (M, N),
}
if TARGET == "eval":  # functions on the CPU take tensors
    SHAPES["scalar"] = ()


def make_inputs(ty):
    random = np.random.default_rng(1)
    inputs = {name: random.standard_normal(shape) for name, shape in SHAPES.items()}
    inputs["pos"] = np.abs(inputs["pos"]) + 0.01
    # What a type can hold besides plain numbers.
    special = [np.inf, -np.inf, np.nan, 0.0, -0.0, 1e-7, 60000.0, 1e39]
    inputs["s"][0, : len(special)] = special
    inputs["s"][1, 0] = inputs["row"][0, 12] = -np.inf
    # Maxima that rel reads; a whole column and a whole tile of them are -inf.
    inputs["low"][:, 3] = inputs["low"][1, :] = inputs["low"][4, 8:] = -np.inf
    # What it multiplies there does not matter.
    inputs["any"] = np.where(inputs["low"] == -np.inf, np.inf, inputs["any"])
    inputs["any"][0, 3] = np.nan
    inputs["ints"] = np.rint(inputs["ints"] * 9)
    # The second is beyond a tie of bf16s, and a tie of f32s.
    inputs["ints"][0, :3] = 2**31 - 1, 2**24 + 2**16 + 1, -(2**31)
    types = {name: ty for name in SHAPES}
    types["ints"], types["c"] = "i32", "i1"
    inputs["c"] = inputs["c"] > 0
    return {n: round_to(v, types[n]) for n, v in inputs.items()}, types


# ----------------------------------------------------------------------------
# Programs
# ----------------------------------------------------------------------------


class Program:
    """A function that is built result by result."""

    def __init__(self, ty):
        self.ty = ty
        self.inputs, self.types = make_inputs(ty)
        self.lines, self.results = [], []
        self.count = 0

    def type(self, shape, ty):
        return f"tensor<{''.join(f'{d}x' for d in shape)}{ty}>"

    def tile(self, shape, ty):
        return f"!mirage.tile<{''.join(f'{d}x' for d in shape)}{ty}>"

    def name(self):
        self.count += 1
        return f"%v{self.count}"

    def result(self, value, expected, ty, exact, what):
        """The function returns `value`, whose elements are `expected`."""
        expected = np.asarray(expected)
        self.results.append((value, round_to(expected, ty), ty, exact, what))

    def run(self, name):
        types = [self.type(e.shape, ty) for _, e, ty, _, _ in self.results]
        args = ", ".join(
            f"%{n}: {self.type(s, self.types[n]) if s else self.types[n]}"
            for n, s in SHAPES.items()
        )
        text = f"func.func @main({args}) -> ({', '.join(types)}) {{\n"
        text += "".join(line + "\n" for line in self.lines)
        text += f"  return {', '.join(v for v, *_ in self.results)} : {', '.join(types)}\n}}\n"
        folder = f"{DIRECTORY}/{TARGET}-{name}-{self.ty}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/program.mlir", "w") as file:
            file.write(text)
        command = [MIRAGE_RUN, f"{folder}/program.mlir", f"--target={TARGET}"]
        for i, n in enumerate(SHAPES):
            save(f"{folder}/{n}.npy", self.inputs[n], self.types[n])
            command.append(f"--input={i}:{folder}/{n}.npy")
        command.append(f"--save-outputs={folder}")
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode not in (0, 1):  # 1: infinities have no error
            print(f"{name} {self.ty}: mirage-run fails\n{run.stderr}")
            return len(self.results)
        failures = 0
        for i, (_, expected, ty, exact, what) in enumerate(self.results):
            actual = load(f"{folder}/output_{i}.npy", ty)
            good = agree(actual, expected, ty, exact)
            if good.all():
                continue
            failures += 1
            where = tuple(int(i) for i in np.argwhere(~good)[0])
            print(f"{name} {self.ty}: {what} is wrong in {(~good).sum()} places:")
            if actual.shape == expected.shape:
                print(f"  {where}: {actual[where]!r}, expected {expected[where]!r}")
        return failures


def agree(actual, expected, ty, exact):
    """The elements that are as expected."""
    if actual.shape != expected.shape:
        return np.zeros(expected.shape, bool)
    same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    # numpy's and the evaluator's functions differ in the last bit of a double.
    exact &= TARGET == "eval" and ty != "f64"
    error = np.abs(actual - expected) / (np.abs(expected) + 1)
    if not exact and ty in FLOATS:
        same |= error <= TOLERANCE[ty]
    return same


# ----------------------------------------------------------------------------
# The ops
# ----------------------------------------------------------------------------

erf = np.vectorize(math.erf)


def exp_sub(a, b):
    return np.where(a == -np.inf, 0, np.exp(a - b))


def rel_sum(x, m, axis):
    m = np.broadcast_to(m, x.shape)
    return np.where(
        m == -np.inf, 0, x * np.exp(m - m.max(axis, keepdims=True))
    ).sum(axis, keepdims=True)


UNARY = {
    "neg": lambda x: -x,
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "erf": erf,
    "tanh": np.tanh,
}
BINARY = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "max": np.maximum,
    "min": np.minimum,
    "exp_sub": exp_sub,
}
# Ordered: false where an operand is NaN.
COMPARE = {
    "eq": np.equal,
    "ne": lambda a, b: (a < b) | (a > b),
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
MAP = """{{
  ^bb0(%e: TYPE, %f: TYPE):
    %p = math.sin %e : TYPE
    %q = arith.mulf %p, %f : TYPE
    mirage.yield %q : TYPE
  }}"""


def ops(ty, types):
    """Ops on (M, N) that keep every element in its place: the text with
    operands as {name}, their names, the result's type, and its value."""
    for name, fn in UNARY.items():
        positive = name in ("log", "sqrt", "rsqrt")
        for x in ("pos",) if positive else ("x",):
            yield f"mirage.{name} {{{x}}} : {{{x}:t}}", (x,), ty, fn, name
        yield f"mirage.{name} {{s}} : {{s:t}}", ("s",), ty, fn, f"{name} of infinities"
    for name, fn in BINARY.items():
        for l, r in (("x", "y"), ("x", "col"), ("row", "y"), ("s", "y"), ("x", "s")):
            yield (
                f"mirage.{name} {{{l}}}, {{{r}}} : {{{l}:t}}, {{{r}:t}} -> {{r:t}}",
                (l, r),
                ty,
                fn,
                f"{name} {l} {r}",
            )
    for name, fn in COMPARE.items():
        yield (
            f"mirage.cmp {name} {{s}}, {{col}} : {{s:t}}, {{col:t}} -> {{r:t}}",
            ("s", "col"),
            "i1",
            fn,
            f"cmp {name}",
        )
    yield (
        "mirage.select {c}, {x}, {row} : {c:t}, {x:t}, {row:t} -> {r:t}",
        ("c", "x", "row"),
        ty,
        lambda c, x, row: np.where(c, x, row),
        "select",
    )
    for to in (*FLOATS, "i1", "i32"):
        yield (
            "mirage.cast {s} : {s:t} -> {r:t}",
            ("s",),
            to,
            lambda s: s,
            f"cast {ty} to {to}",
        )
    for name in ("ints", "c"):
        yield (
            f"mirage.cast {{{name}}} : {{{name}:t}} -> {{r:t}}",
            (name,),
            ty,
            lambda v: v * 1.0,
            f"cast {types[name]} to {ty}",
        )
    yield (
        "mirage.map {x}, {col} : {x:t}, {col:t} -> {r:t} " + MAP.replace("TYPE", ty),
        ("x", "col"),
        ty,
        lambda x, col: round_to(round_to(np.sin(x), ty) * col, ty),
        "map",
    )


class Operand:
    """`%name`, or with format `t` its type."""

    def __init__(self, name, type):
        self.name, self.type = name, type

    def __format__(self, spec):
        return self.type if spec == "t" else self.name


def tensors(ty):
    """Ops on tensors."""
    p = Program(ty)
    v = p.inputs

    def emit(text, operands, shape, to, expected, what, exact=True):
        fields = {
            n: Operand(f"%{n}", p.type(SHAPES[n], p.types[n])) for n in operands
        }
        value = p.name()
        fields["r"] = Operand(value, p.type(shape, to))
        p.lines.append(f"  {value} = {text.format(**fields)}")
        p.result(value, expected, to, exact, what)

    for text, operands, to, fn, what in ops(ty, p.types):
        emit(text, operands, (M, N), to, fn(*(v[n] for n in operands)), what)
    wide = WIDE[ty]
    matmul = "mirage.matmul {%s}, {%s} : {%s:t}, {%s:t} -> {r:t}"
    for to in sorted({wide, "f64"}):
        emit(matmul % (("a", "b") * 2), ("a", "b"), (M, N), to, v["a"] @ v["b"], "matmul")
    emit(
        matmul % (("ba", "bb") * 2),
        ("ba", "bb"),
        (B, M, N),
        wide,
        v["ba"] @ v["bb"],
        "matmul of several",
    )
    for dim, shape in ((0, (1, N)), (1, (M, 1))):
        for kind, fn in (("sum", np.sum), ("max", np.max), ("min", np.min), ("prod", np.prod)):
            for to in sorted({ty, wide, "f64"}):
                emit(
                    f"mirage.reduce {kind} {{x}} dim {dim} : {{x:t}} -> {{r:t}}",
                    ("x",),
                    shape,
                    to,
                    fn(v["x"], axis=dim, keepdims=True),
                    f"reduce {kind} {dim}",
                )
        emit(
            f"mirage.reduce sum {{any}} rel {{low}} dim {dim} : {{any:t}}, {{low:t}} -> {{r:t}}",
            ("any", "low"),
            shape,
            wide,
            rel_sum(v["any"], v["low"], dim),
            f"reduce sum rel {dim}",
        )
    emit(
        "mirage.reduce sum {x} rel {row} dim 1 : {x:t}, {row:t} -> {r:t}",
        ("x", "row"),
        (M, 1),
        wide,
        rel_sum(v["x"], v["row"], 1),
        "reduce sum rel one row",
    )
    emit(
        "mirage.transpose {ba} [2, 0, 1] : {ba:t} -> {r:t}",
        ("ba",),
        (K, B, M),
        ty,
        v["ba"].transpose(2, 0, 1),
        "transpose",
    )
    emit(
        "mirage.broadcast {bb} : {bb:t} -> {r:t}",
        ("bb",),
        (B, K, N),
        ty,
        np.broadcast_to(v["bb"], (B, K, N)),
        "broadcast",
    )
    for shape in ((K, M, B), (B * M * K,), (1, B, 1, M, K)):
        emit(
            "mirage.reshape {ba} : {ba:t} -> {r:t}",
            ("ba",),
            shape,
            ty,
            v["ba"].reshape(shape),
            f"reshape to {shape}",
        )
    emit(
        "mirage.slice {x} [1, 2] [2, 5] : {x:t} -> {r:t}",
        ("x",),
        (2, 3),
        ty,
        v["x"][1:5:2, 2::5],
        "slice",
    )
    emit(
        "mirage.concat dim 1 {x}, {col}, {y} : {x:t}, {col:t}, {y:t} -> {r:t}",
        ("x", "col", "y"),
        (M, 2 * N + 1),
        ty,
        np.concatenate([v["x"], v["col"], v["y"]], 1),
        "concat",
    )
    if "scalar" in v:
        emit(
            f"mirage.splat {{scalar}} : {ty} -> {{r:t}}",
            ("scalar",),
            (1, 1),
            ty,
            v["scalar"].reshape(1, 1),
            "splat",
        )
    emit("mirage.constant 0.1 : {r:t}", (), (2, 3), ty, np.full((2, 3), 0.1), "constant")
    chain(p)
    return p


def chain(p):
    """Every step rounds: the sum of the roundings is not the rounded sum."""
    ty, v = p.ty, p.inputs
    type = p.type((M, N), ty)
    names = [p.name() for _ in range(4)]
    p.lines += [
        f"  {names[0]} = mirage.exp %x : {type}",
        f"  {names[1]} = mirage.add {names[0]}, %y : {type}, {type} -> {type}",
        f"  {names[2]} = mirage.mul {names[1]}, %y : {type}, {type} -> {type}",
        f"  {names[3]} = mirage.sub {names[2]}, {names[0]} : {type}, {type} -> {type}",
    ]
    e = round_to(np.exp(v["x"]), ty)
    steps = round_to(round_to(round_to(e + v["y"], ty) * v["y"], ty) - e, ty)
    once = (np.exp(v["x"]) + v["y"]) * v["y"] - np.exp(v["x"])
    assert ty == "f64" or (steps != round_to(once, ty)).any()
    p.result(names[3], steps, ty, True, "chain")


def tiles(ty):
    """Ops in kernels of 3 x 4 blocks with tiles of 2 x 4: the last ones are
    1 x 4, 2 x 1 and 1 x 1."""
    p = Program(ty)
    v = p.inputs
    wide = WIDE[ty]
    grid = "%i : 3, %j : 4"
    cut = {M: (2, "%i"), N: (4, "%j"), 1: (1, "*")}
    splits = {n: [cut.get(d, (d, "*")) for d in s] for n, s in SHAPES.items()}

    def kernel(grid, loads, body, outputs, what, exact=True):
        """`body` is given the tiles of the named inputs and of the outputs;
        an output is (shape, type, split, name of its tile, expected)."""
        results = [p.name() for _ in outputs]
        names = {n for n, _ in loads}
        ins = ", ".join(
            f"%{n}_in = %{n} : {p.type(SHAPES[n], p.types[n])}" for n in sorted(names)
        )
        outs = ", ".join(
            f"%out{i} : {p.type(o[0], o[1])}" for i, o in enumerate(outputs)
        )
        keyword = f"ins({ins}) " if ins else ""
        p.lines.append(
            f"  {', '.join(results)} = mirage.kernel ({grid}) {keyword}outs({outs}) {{"
        )
        p.lines += ["    " + line for line in body]
        for i, (shape, to, split, tile_shape, name, expected, once) in enumerate(outputs):
            p.lines.append(
                f"    mirage.store {name} to %out{i}[{', '.join(split)}]{once} : "
                f"{p.tile(tile_shape, to)}, !mirage.out<{p.type(shape, to)[7:]}"
            )
            p.result(results[i], expected, to, exact, what)
        p.lines.append("  }")

    def load_line(n, split=None):
        split = split or splits[n]
        shape = [t for t, _ in split]
        return (
            f"%{n}_t = mirage.load %{n}_in[{', '.join(a for _, a in split)}] : "
            f"{p.type(SHAPES[n], p.types[n])} -> {p.tile(shape, p.types[n])}"
        )

    def tile_operand(n, split=None):
        return Operand(f"%{n}_t", p.tile([t for t, _ in split or splits[n]], p.types[n]))

    def simple(text, operands, out, what, exact=True, over={}, grid=grid):
        """One op between loads and a store."""
        shape, to, split, tile_shape, expected, once = out
        fields = {n: tile_operand(n, over.get(n)) for n in operands}
        fields["r"] = Operand("%r", p.tile(tile_shape, to))
        body = [load_line(n, over.get(n)) for n in operands]
        body.append(f"%r = {text.format(**fields)}")
        kernel(
            grid,
            [(n, None) for n in operands],
            body,
            [(shape, to, split, tile_shape, "%r", expected, once)],
            what,
            exact,
        )

    for text, operands, to, fn, what in ops(ty, p.types):
        expected = fn(*(v[n] for n in operands))
        simple(
            text, operands, ((M, N), to, ("%i", "%j"), (2, 4), expected, ""), what
        )

    # Whole in the dimension that the op works along, ragged in the other one.
    row_cut = [(2, "%i"), (N, "*")]
    column_cut = [(M, "*"), (4, "%j")]
    for kind, fn in (("sum", np.sum), ("max", np.max), ("min", np.min), ("prod", np.prod)):
        for dim, split, g, out_split in (
            (1, row_cut, "%i : 3", ("%i", "*")),
            (0, column_cut, "%j : 4", ("*", "%j")),
        ):
            shape = (M, 1) if dim else (1, N)
            tile_shape = (2, 1) if dim else (1, 4)
            simple(
                f"mirage.reduce {kind} {{x}} dim {dim} : {{x:t}} -> {{r:t}}",
                ("x",),
                (shape, wide, out_split, tile_shape, fn(v["x"], dim, keepdims=True), ""),
                f"reduce {kind} {dim}",
                over={"x": split},
                grid=g,
            )
    for dim, split, g, out_split in (
        (1, row_cut, "%i : 3", ("%i", "*")),
        (0, column_cut, "%j : 4", ("*", "%j")),
    ):
        simple(
            f"mirage.reduce sum {{any}} rel {{low}} dim {dim} : {{any:t}}, {{low:t}} -> {{r:t}}",
            ("any", "low"),
            (
                (M, 1) if dim else (1, N),
                wide,
                out_split,
                (2, 1) if dim else (1, 4),
                rel_sum(v["any"], v["low"], dim),
                "",
            ),
            f"reduce sum rel {dim}",
            over={"any": split, "low": split},
            grid=g,
        )
    simple(
        "mirage.matmul {a}, {b} : {a:t}, {b:t} -> {r:t}",
        ("a", "b"),
        ((M, N), wide, ("%i", "%j"), (2, 4), v["a"] @ v["b"], ""),
        "matmul",
    )
    simple(
        "mirage.matmul {ba}, {bb} : {ba:t}, {bb:t} -> {r:t}",
        ("ba", "bb"),
        ((B, M, N), wide, ("%z", "%i", "%j"), (2, 2, 4), v["ba"] @ v["bb"], ""),
        "matmul of several",
        over={"ba": [(2, "%z"), (2, "%i"), (K, "*")]},
        grid="%z : 2, %i : 3, %j : 4",
    )
    simple(
        "mirage.transpose {x} [1, 0] : {x:t} -> {r:t}",
        ("x",),
        ((N, M), ty, ("%j", "%i"), (4, 2), v["x"].T, ""),
        "transpose",
    )
    simple(
        "mirage.broadcast {col} : {col:t} -> {r:t}",
        ("col",),
        ((M, 8), ty, ("%i", "%j"), (2, 4), np.broadcast_to(v["col"], (M, 8)), ""),
        "broadcast",
        grid="%i : 3, %j : 2",
    )
    simple(
        "mirage.reshape {x} : {x:t} -> {r:t}",
        ("x",),
        ((M, 1, N, 1), ty, ("%i", "*", "%j", "*"), (2, 1, 4, 1), v["x"][:, None, :, None], ""),
        "reshape",
    )
    simple(
        "mirage.slice {x} [1, 0] [2, 1] : {x:t} -> {r:t}",
        ("x",),
        ((2, N), ty, ("*", "%j"), (2, 4), v["x"][1:5:2], ""),
        "slice",
        over={"x": column_cut},
        grid="%j : 4",
    )
    simple(
        "mirage.concat dim 0 {x}, {y} : {x:t}, {y:t} -> {r:t}",
        ("x", "y"),
        ((2 * M, N), ty, ("*", "%j"), (2 * M, 4), np.concatenate([v["x"], v["y"]], 0), ""),
        "concat",
        over={"x": column_cut, "y": column_cut},
        grid="%j : 4",
    )
    simple(
        "mirage.constant 0.1 : {r:t}",
        (),
        ((2, 3), ty, ("*", "*"), (2, 3), np.full((2, 3), 0.1), " once(%i, %j)"),
        "constant",
    )

    # A loop over a ragged dimension; several outputs, one stored in the loop.
    x, low = (p.tile((2, 4), ty),) * 2
    acc = p.tile((2, 1), wide)
    body = [
        f"%s0, %m, %n, %q, %l = mirage.loop (%j : 4) -> ({acc}, {acc}, {acc}, {acc}, {acc}) {{",
        "  " + load_line("x"),
        "  " + load_line("low"),
    ]
    for name, kind, operand in (
        ("s", "sum", "x"),
        ("p", "max", "low"),
        ("o", "min", "x"),
        ("u", "prod", "x"),
    ):
        body.append(
            f"  %{name} = mirage.reduce {kind} %{operand}_t dim 1 : {x} -> {acc}"
        )
    body += [
        f"  %w = mirage.reduce sum %x_t rel %low_t dim 1 : {x}, {low} -> {acc}",
        f"  mirage.store %x_t to %copy[%i, %j] : {x}, !mirage.out<{M}x{N}x{ty}>",
        f"  mirage.accumulate sum %s, max %p, min %o, prod %u, sum %w rel %p : {acc}, {acc}, {acc}, {acc}, {acc}",
        "}",
    ]
    expected = [
        v["x"].sum(1, keepdims=True),
        v["low"].max(1, keepdims=True),
        v["x"].min(1, keepdims=True),
        v["x"].prod(1, keepdims=True),
        rel_sum(v["x"], v["low"], 1),
    ]
    body = [line.replace("%copy", "%out5") for line in body]
    results = [p.name() for _ in range(6)]
    p.lines.append(
        f"  {', '.join(results)} = mirage.kernel (%i : 3) "
        f"ins(%x_in = %x : {p.type((M, N), ty)}, %low_in = %low : {p.type((M, N), ty)}) outs("
        + ", ".join(f"%out{i} : {p.type((M, 1), wide)}" for i in range(5))
        + f", %out5 : {p.type((M, N), ty)}) {{"
    )
    p.lines += ["    " + line for line in body]
    for i, name in enumerate(("%s0", "%m", "%n", "%q", "%l")):
        p.lines.append(
            f"    mirage.store {name} to %out{i}[%i, *] : {acc}, !mirage.out<{M}x1x{wide}>"
        )
        p.result(results[i], expected[i], wide, False, f"loop, result {i}")
    p.lines.append("  }")
    p.result(results[5], v["x"], ty, True, "store in a loop")

    # What is accumulated relative to a maximum is a term itself.
    d = p.tile((2, 1), ty)
    e = p.tile((2, 1), wide)
    cut_one = [(2, "%i"), (1, "%k")]
    kernel(
        "%i : 3",
        [("any", None), ("low", None)],
        [
            f"%m, %r = mirage.loop (%k : {N}) -> ({e}, {e}) {{",
            "  " + load_line("any", cut_one),
            "  " + load_line("low", cut_one),
            f"  mirage.accumulate max %low_t, sum %any_t rel %low_t : {d}, {d}",
            "}",
        ],
        [((M, 1), wide, ("%i", "*"), (2, 1), "%r", rel_sum(v["any"], v["low"], 1), "")],
        "sum rel in a loop",
        exact=False,
    )

    # A contraction over a ragged dimension.
    d = p.tile((2, 4), wide)
    at, bt = [(2, "%i"), (3, "%k")], [(3, "%k"), (4, "%j")]
    kernel(
        grid,
        [("a", None), ("b", None)],
        [
            f"%r = mirage.loop (%k : 3) -> ({d}) {{",
            "  " + load_line("a", at),
            "  " + load_line("b", bt),
            f"  %m = mirage.matmul %a_t, %b_t : {tile_operand('a', at):t}, {tile_operand('b', bt):t} -> {d}",
            f"  mirage.accumulate sum %m : {d}",
            "}",
        ],
        [((M, N), wide, ("%i", "%j"), (2, 4), "%r", v["a"] @ v["b"], "")],
        "contraction in a loop",
        exact=False,
    )
    return p


failures = count = 0
for build in (tensors, tiles):
    for ty in FLOATS:
        if CHOICE and f"{build.__name__}:{ty}" not in CHOICE:
            continue
        program = build(ty)
        count += len(program.results)
        failures += program.run(build.__name__)
print(f"{count} results, {failures} wrong")
sys.exit(failures != 0 or count < (150 if CHOICE else 700))
