"""Programs to mutate: reduced ones, their searched plans, and other tilings."""
import glob
import os
import re
import subprocess
import tempfile

import ir

# What programs over integers have: they become long bodies over floats, which
# take numpy minutes, and no mutants are made of them.
INTEGERS = re.compile(r"linalg\.index|tensor\.extract |\bi(1|8|16|32|64)\b")

# New extents of the programs in test/Programs, of those with 1 and 8 requests.
# Odd ones leave a last tile of one element, equal ones make a transposed read fit,
# even ones leave no edge.
REDUCED = [
    ("gated_mlp", "odd", {64: 5, 8: 5, 4096: 13}),
    ("gated_mlp", "even", {64: 8, 4096: 12}),
    ("gqa", "odd", {16: 2, 256: 5, 64: 6, 4096: 13}),
    ("gqa", "even", {16: 4, 2: 4, 256: 8, 64: 4, 4096: 16}),
    ("gqa", "equal", {16: 2, 256: 7, 64: 7, 4096: 7}),
    ("gqa_unsafe", "odd", {16: 2, 256: 3, 64: 4, 4096: 11}),
    ("lora", "odd", {128: 7, 256: 9, 16: 3, 4096: 11}),
    ("lora", "even", {128: 8, 256: 12, 16: 4, 4096: 16}),
    ("ntrans", "odd", {64: 5, 8: 5, 4096: 17}),
    ("ntrans", "even", {64: 8, 4096: 12}),
    ("ntrans", "equal", {64: 9, 8: 9, 4096: 9}),
    ("qknorm_gqa", "odd", {16: 2, 256: 5, 64: 6, 4096: 13}),
    ("qknorm_gqa", "even", {16: 4, 2: 4, 256: 8, 64: 4, 4096: 16}),
    ("qknorm_gqa", "equal", {16: 2, 256: 7, 64: 7, 4096: 7}),
    ("rmsnorm_matmul", "odd", {16: 5, 2: 5, 4096: 17}),
    ("rmsnorm_matmul", "even", {16: 8, 2: 8, 4096: 16}),
    ("rmsnorm_matmul", "equal", {16: 9, 2: 9, 4096: 9}),
]


def reduced(text, extents):
    """The linalg program with other extents; a literal that is one follows."""
    def shape(m):
        return m.group(1) + re.sub(r"\d+(?=x)", lambda n: str(
            extents.get(int(n.group()), int(n.group()))), m.group(2)) + m.group(3)

    def constant(m):
        value = float(m.group(2))
        is_extent = value in extents
        return m.group(1) + (f"{extents[int(value)]}.0" if is_extent else m.group(2))

    text = re.sub(r"(tensor<)((?:\d+x)+)([a-z]\w*>)", shape, text)
    return re.sub(r"(arith\.constant )(\d+\.\d+)(?= : f32)", constant, text)


def search(tool, text, top_k=8):
    """The program at kernel level, and the plans that the search accepted."""
    with tempfile.TemporaryDirectory() as tmp:
        file = os.path.join(tmp, "p.mlir")
        with open(file, "w") as f:
            f.write(text)
        run = lambda *flags: subprocess.run(
            [tool, file, "--convert-linalg-to-mirage", *flags],
            capture_output=True, text=True, check=True).stdout
        reference = ir.parse(run())[0]
        run(f"--mirage-superoptimize=top-k={top_k} candidates-dir={tmp}/out")
        plans = []
        for plan in sorted(glob.glob(f"{tmp}/out/*.mlir")):
            with open(plan) as f:
                plans.append(ir.parse(f.read())[0])
        return reference, plans


def written(text):
    """The functions of a file, none if it holds what `ir` does not read: what
    mirage-materialize-masks writes."""
    try:
        return ir.parse(text)
    except ir.Invalid:
        return []


def _uses(function, axis):
    """(op, dimension, entry) of the splits that name the axis."""
    return [(op, d, e) for op, _ in ir.walk(function.body) if "split" in op.attrs
            for d, e in enumerate(op.attrs["split"]) if axis in e]


def _size(op, d):
    return (op.args[1] if op.name == "store" else op.args[0]).type.shape[d]


def _axes(function):
    return [(a, op) for op, _ in ir.walk(function.body)
            if op.name in ("kernel", "loop") for a in op.attrs["axes"]]


def _set_tile(op, d, tile):
    if op.name == "load":
        shape = list(op.result.type.shape)
        shape[d] = tile
        op.result.type = op.result.type.with_shape(shape)


def _is_partial(op, d, returned):
    """A dimension with one entry an axis, which an intermediate tensor has."""
    entry = op.attrs["split"][d]
    return (op.name == "store" and len(entry) == 1 and op.args[1] not in returned
            and op.args[0].type.shape[d] == 1 and _size(op, d) == entry[0].extent)


def retile(function, rng, extents=None):
    """The same plan with other extents of axes and tiles, and, if `extents` maps
    some, of tensors; None if the try gave no program."""
    f = function.copy()
    extents = extents or {}
    new = lambda shape: [extents.get(n, n) for n in shape]
    resize = lambda v: setattr(v, "type", v.type.with_shape(new(v.type.shape)))
    units, partial, returned = set(), [], set()
    for op, _ in ir.walk(f.body):
        if op.name == "kernel":
            returned |= {o for o, r in zip(op.attrs["outs"], op.results)
                         if r in f.returns}
    for axis, _ in _axes(f):
        uses = _uses(f, axis)
        if all(len(e) > 1 or _size(op, d) == axis.extent for op, d, e in uses):
            units.add(axis)
        partial += [(op, d) for op, d, _ in uses if _is_partial(op, d, returned)]
    for p in f.params:
        resize(p)
    for op, _ in ir.walk(f.body):
        if op.name == "constant" and op.result.type.shape.count(1) == len(op.result.type.shape):
            value = ir.literal(op.attrs["value"])
            if value in extents:
                op.attrs["value"] = ir.number(float(extents[int(value)]))
        if op.results and op.result.type.kind == "tensor":
            for r in op.results:
                resize(r)
    try:
        for kernel in [op for op in f.body if op.name == "kernel"]:
            _retile_kernel(kernel, units, partial, rng)
        ir.retype(f)
    except ir.Invalid:
        return None
    return f


def _retile_kernel(kernel, units, partial, rng):
    for v, argument in zip(kernel.args, kernel.attrs["ins"]):
        argument.type = v.type
    for r, out in zip(kernel.results, kernel.attrs["outs"]):
        out.type = out.type.with_shape(r.type.shape)
    body = [op for op, _ in ir.walk(kernel.body) if "split" in op.attrs]
    uses = {}
    for op in body:
        for d, entry in enumerate(op.attrs["split"]):
            for axis in entry:
                uses.setdefault(axis, []).append((op, d, entry))
    from_tile = lambda op: op.name == "load" and op.args[0] not in kernel.attrs["ins"]
    if any(from_tile(op) and any(op.attrs["split"]) for op in body):
        raise ir.Invalid("a resident tile is cut")
    for axis, where in uses.items():
        sizes = [_size(op, d) for op, d, e in where
                 if len(e) == 1 and (op, d) not in partial]
        small = [2, 2, 3, 3, 4]
        if not sizes:
            axis.extent = rng.choice(small[:4])
        elif axis in units:
            axis.extent = min(sizes)
        else:
            fits = [n for n in small if all((n - 1) * -(-s // n) < s for s in sizes)]
            axis.extent = rng.choice(fits) if fits else 1
    for op in body:
        for d, entry in enumerate(op.attrs["split"]):
            if (op, d) in partial:
                out = op.args[1]
                shape = list(out.type.shape)
                shape[d] = entry[0].extent
                out.type = out.type.with_shape(shape)
                result = kernel.results[kernel.attrs["outs"].index(out)]
                result.type = result.type.with_shape(shape)
            elif entry:
                _set_tile(op, d, -(-_size(op, d) // ir.pieces(entry)))


def split_axis(function, rng):
    """An axis becomes two, outermost first, so that tiles may be empty."""
    f = function.copy()
    axes = [(a, op) for a, op in _axes(f) if a.extent > 1 and _uses(f, a)]
    if not axes:
        return None
    axis, owner = rng.choice(axes)
    inner = ir.Value(axis.type, "", rng.choice([2, 2, 3]))
    axis.extent = max(2, -(-axis.extent // inner.extent))
    position = owner.attrs["axes"].index(axis)
    owner.attrs["axes"].insert(position + 1, inner)
    # Only a loop's results may grow, so keep the tiles where they cover.
    for op, d, entry in _uses(f, axis):
        split = op.attrs["split"]
        split[d] = tuple(x for a in entry
                         for x in ((a, inner) if a is axis else (a,)))
        if op.name == "load":
            _set_tile(op, d, -(-_size(op, d) // ir.pieces(split[d])))
    try:
        ir.retype(f)
    except ir.Invalid:
        return None
    return f
