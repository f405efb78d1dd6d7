"""Small wrong changes to programs, by kind.

A mutator takes a copy of a function and a `random.Random`, changes it in
place and returns nothing; where it finds nothing to change it raises
`ir.Invalid`. `mutants` gives distinct mutants that have types; whether one
passes the dialect's verifier is for mirage-opt to say.

Kinds named in ROUNDED change roundings or magnitudes: their mutants are meant
to be equal in double.
"""
import ir
from ir import Invalid, Op, Type, Value

FLOATS = ("f16", "bf16", "f32", "f64")


class _Sites:
    """What stands where: each op with its block, and the values it can see."""

    def __init__(self, function):
        self.function = function
        self.ops = []  # (op, block, path, visible)
        self._visit(function.body, (), list(function.params))

    def _visit(self, block, path, visible):
        for op in block:
            self.ops.append((op, block, path, list(visible)))
            if op.name == "kernel":
                self._visit(op.body, path + (op,), list(op.attrs["ins"]))
            elif op.name == "loop":
                self._visit(op.body, path + (op,), list(visible))
            if op.name not in ("store", "accumulate"):
                visible.extend(op.results)

    def select(self, *names):
        return [s for s in self.ops if s[0].name in names]

    def users(self, value):
        return [op for op, _, _, _ in self.ops if value in op.args or
                op.name == "accumulate" and any(
                    value is v or value is rel for _, v, rel, _ in op.attrs["entries"])]


def pick(rng, items):
    items = list(items)
    if not items:
        raise Invalid("nothing to change")
    return rng.choice(items)


def _insert(block, op, before=None, after=None):
    at = block.index(before) if before is not None else block.index(after) + 1
    block.insert(at, op)
    return op.result


def _replace(function, old, new, keep=()):
    """Uses `new` for `old` everywhere but in the ops `keep`."""
    for op, _ in ir.walk(function.body):
        if op in keep:
            continue
        op.args = [new if v is old else v for v in op.args]
        if op.name == "accumulate":
            for e in op.attrs["entries"]:
                e[1] = new if e[1] is old else e[1]
                e[2] = new if e[2] is old else e[2]
    function.returns = [new if v is old else v for v in function.returns]


def _cast(value, elem):
    return Op("cast", [value], [Value(Type(value.type.kind, value.type.shape, elem))])


def _constant(like, number, shape=None):
    shape = (1,) * len(like.shape) if shape is None else shape
    return Op("constant", results=[Value(Type(like.kind, shape, like.elem))],
              attrs={"value": ir.number(number)})


def _unary(name, *args):
    return Op(name, list(args), [Value(args[0].type)])


def _reduce(kind, value, dim):
    return Op("reduce", [value], [Value(Type(value.type.kind, value.type.shape, "f32"))],
              {"kind": kind, "dim": dim})


# Operands

def operand(f, rng):
    """Another value of the same type, or two operands exchanged."""
    sites = _Sites(f)
    choices = []
    for op, _, _, visible in sites.ops:
        for i, v in enumerate(op.args):
            if v.type.kind == "out":
                continue
            choices += [(op, i, w) for w in visible
                        if w is not v and w.type == v.type and w not in op.results]
        if op.name in ("sub", "div", "exp_sub", "select", "cmp") and \
                op.args[-1] is not op.args[-2]:
            choices.append((op, None, None))
        if op.name == "accumulate":
            for e in op.attrs["entries"]:
                choices += [(op, e, w) for w in visible
                            if w is not e[1] and w.type == e[1].type]
    stores = [s for s in sites.select("store")]
    for a, _, pa, _ in stores:
        choices += [(a, b, None) for b, _, pb, _ in stores
                    if a is not b and pa == pb and a.args[1].type == b.args[1].type]
    op, i, w = pick(rng, choices)
    if op.name == "store" and isinstance(i, Op):
        op.args[0], i.args[0] = i.args[0], op.args[0]
    elif op.name == "accumulate":
        old = i[1]
        i[1] = w
        # What is relative to the maximum follows it, or not: both are wrong.
        if i[0] == "max" and rng.random() < 0.5:
            for e in op.attrs["entries"]:
                e[2] = w if e[2] is old else e[2]
    elif i is None:
        op.args[-1], op.args[-2] = op.args[-2], op.args[-1]
    else:
        op.args[i] = w


def function(f, rng):
    """Another scalar function of the same operands, or another comparison."""
    choices = []
    for op, _ in ir.walk(f.body):
        if op.name in ir.UNARY:
            choices += [(op, n) for n in sorted(ir.UNARY - {op.name})]
        if op.name in ir.BINARY:
            choices += [(op, n) for n in sorted(ir.BINARY - {op.name})]
        if op.name == "cmp":
            choices += 3 * [(op, n) for n in ("eq", "ne", "lt", "le", "gt", "ge")
                            if n != op.attrs["pred"]]
    op, new = pick(rng, choices)
    if op.name == "cmp":
        op.attrs["pred"] = new
    else:
        op.name = new


# Axes and splits

def _resplit(op, split):
    """A new split of a load or a store; a loaded tile follows it."""
    op.attrs["split"] = split
    if op.name == "load":
        source = op.args[0].type.shape
        op.result.type = op.result.type.with_shape(
            [ir.tile_extent(e, n) for e, n in zip(split, source)])


def axis(f, rng):
    """A reduced, stacked, cut or permuted dimension, or an axis of a load."""
    sites = _Sites(f)
    choices = []
    for op, block, path, _ in sites.ops:
        a = op.attrs
        if op.name == "reduce":
            choices += [(op, "dim", d) for d in range(len(op.args[0].type.shape))
                        if d != a["dim"]]
        if op.name == "transpose":
            n = len(a["perm"])
            choices += [(op, "swap", (i, j)) for i in range(n) for j in range(i)]
        if op.name == "slice":
            choices += [(op, "offset", d) for d in range(len(a["offsets"]))]
        if op.name == "concat":
            choices += [(op, "dim", d) for d in range(len(op.args[0].type.shape))
                        if d != a["dim"]]
        if op.name == "accumulate":
            choices += [(op, "stack", (e, d)) for e in a["entries"] if e[0] == "stack"
                        for d in range(len(e[1].type.shape)) if d != e[3]]
        if op.name in ("load", "store"):
            around = [x for p in path for x in p.attrs["axes"]]
            n = len(a["split"])
            choices += [(op, "entries", (i, j)) for i in range(n) for j in range(i)
                        if a["split"][i] != a["split"][j]]
            used = [x for e in a["split"] for x in e]
            choices += [(op, "rename", (x, y)) for x in used for y in around
                        if x is not y and (op.name == "load")]
            choices += [(op, "to", (x, d)) for x in used for d in range(n)
                        if x not in a["split"][d] and op.name == "load"]
        if op.name == "matmul":
            choices += [(op, "square", (block, i)) for i in (0, 1)
                        if op.args[i].type.shape[-1] == op.args[i].type.shape[-2] > 1]
    op, what, how = pick(rng, choices)
    a = op.attrs
    if what == "dim":
        a["dim"] = how
    elif what == "offset":
        a["offsets"] = list(a["offsets"])
        a["offsets"][how] += rng.choice([-1, 1])
        if a["offsets"][how] < 0:
            raise Invalid("a slice leaves its operand")
    elif what == "stack":
        how[0][3] = how[1]
    elif what == "swap":
        perm = list(a["perm"])
        perm[how[0]], perm[how[1]] = perm[how[1]], perm[how[0]]
        a["perm"] = perm
    elif what == "entries":
        split = list(a["split"])
        split[how[0]], split[how[1]] = split[how[1]], split[how[0]]
        _resplit(op, split)
    elif what == "rename":
        x, y = how
        swap = {x: y, y: x}
        _resplit(op, [tuple(swap.get(z, z) for z in e) for e in a["split"]])
    elif what == "to":
        x, d = how
        split = [tuple(z for z in e if z is not x) for e in a["split"]]
        split[d] += (x,)
        _resplit(op, split)
    else:
        block, i = how
        n = len(op.args[i].type.shape)
        perm = list(range(n - 2)) + [n - 1, n - 2]
        t = Op("transpose", [op.args[i]], [Value(op.args[i].type)], {"perm": perm})
        op.args[i] = _insert(block, t, before=op)


def split_order(f, rng):
    """The axes that cut a dimension in another order: of one op, or of all."""
    sites = [(op, d) for op, _ in ir.walk(f.body) if "split" in op.attrs
             for d, e in enumerate(op.attrs["split"]) if len(e) > 1]
    # Where only one load names the axes, their order does not matter.
    shared = [(op, d) for op, d in sites if sum(
        o.attrs["split"][e] == op.attrs["split"][d] for o, e in sites) > 1]
    op, d = pick(rng, shared if rng.random() < 0.95 else sites)
    entry = op.attrs["split"][d]
    new = list(entry)
    while tuple(new) == entry:
        rng.shuffle(new)
    everywhere = rng.random() < 0.25
    for other, e in sites:
        if (other is op and e == d) or (everywhere and
                                        other.attrs["split"][e] == entry):
            split = list(other.attrs["split"])
            split[e] = tuple(new)
            other.attrs["split"] = split


# Combiners

def combiner(f, rng):
    """Another kind of an accumulator or of a reduction."""
    choices = []
    for op, _ in ir.walk(f.body):
        if op.name == "accumulate":
            rels = [e[2] for e in op.attrs["entries"] if e[2] is not None]
            choices += [e for e in op.attrs["entries"]
                        if e[0] != "stack" and e[2] is None
                        and not any(e[1] is r for r in rels)]
        if op.name == "reduce" and len(op.args) == 1:
            choices.append(op.attrs)
    choice = pick(rng, choices)
    key = 0 if isinstance(choice, list) else "kind"
    choice[key] = pick(rng, [k for k in ("sum", "max", "min", "prod")
                             if k != choice[key]])


def relative(f, rng):
    """A `rel` dropped, added, or to another maximum."""
    choices = []
    for op, _, _, visible in _Sites(f).ops:
        if op.name == "accumulate":
            maxima = [e[1] for e in op.attrs["entries"] if e[0] == "max"]
            for e in op.attrs["entries"]:
                if e[2] is not None:
                    choices.append((op, e, None))
                if e[0] == "sum":
                    choices += [(op, e, m) for m in maxima if m is not e[2]]
        if op.name == "reduce" and op.attrs["kind"] == "sum":
            if len(op.args) == 2:
                choices.append((op, None, None))
            choices += [(op, None, v) for v in visible
                        if v is not op.args[-1] and v.type.kind == op.args[0].type.kind
                        and v.type.elem == "f32"
                        and len(v.type.shape) == len(op.args[0].type.shape)]
    op, entry, m = pick(rng, choices)
    if op.name == "accumulate":
        entry[2] = m
    else:
        op.args = op.args[:1] + ([] if m is None else [m])


def once(f, rng):
    """A kernel of which each block along a new axis sees a part, but only the
    first one writes. Or, rarely, they see the same: that is no change."""
    kernels = [op for op, _ in ir.walk(f.body) if op.name == "kernel"]
    kernel = pick(rng, kernels)
    loops = [op for op, _ in ir.walk(kernel.body) if op.name == "loop"]
    new = Value(Type("axis", (), "!mirage.axis"), "", rng.choice([2, 2, 3]))
    kernel.attrs["axes"].insert(rng.randrange(len(kernel.attrs["axes"]) + 1), new)
    for op, _ in ir.walk(kernel.body):
        if op.name == "store":
            op.attrs["once"] = op.attrs["once"] + [new]
    if rng.random() < 0.08:
        return
    # Axes that no store names are free to be spread over blocks.
    stored = {x for op, _ in ir.walk(kernel.body) if op.name == "store"
              for e in op.attrs["split"] for x in e}
    axes = [a for loop in loops for a in loop.attrs["axes"] if a not in stored]
    ways = ["spread"] * bool(axes) + ["whole"]
    if pick(rng, ways) == "spread":
        a = pick(rng, axes)
        a.extent = max(1, -(-a.extent // new.extent))
        for op, _ in ir.walk(kernel.body):
            if "split" in op.attrs and any(a in e for e in op.attrs["split"]):
                _resplit(op, [tuple(y for x in e for y in (
                    (new, x) if x is a else (x,))) for e in op.attrs["split"]])
        return
    # Cut a reduced dimension that is whole in all loads that share its extent.
    reduced = []
    for op, _ in ir.walk(kernel.body):
        if op.name == "reduce":
            reduced.append(op.args[0].type.shape[op.attrs["dim"]])
        if op.name == "matmul":
            reduced.append(op.args[0].type.shape[-1])
    extent = pick(rng, [n for n in reduced if n > 1])
    changed = False
    for op, _ in ir.walk(kernel.body):
        if op.name == "load":
            split = list(op.attrs["split"])
            for d, n in enumerate(op.args[0].type.shape):
                if n == extent and not split[d] and (new.extent - 1) * -(-n // new.extent) < n:
                    split[d] = (new,)
                    changed = True
                    break
            _resplit(op, split)
    if not changed:
        raise Invalid("nothing to cut")


# Numbers

def constant(f, rng):
    """Another value of a constant, near or far."""
    constants = [op for op, _ in ir.walk(f.body) if op.name == "constant"]
    op = pick(rng, constants)
    c = ir.literal(op.attrs["value"])
    extents = sorted({n for o, _ in ir.walk(f.body) for v in o.results
                      for n in v.type.shape if n > 1})
    others = [ir.literal(o.attrs["value"]) for o in constants]
    ways = [lambda: c * (1 + 2.0 ** -rng.randrange(1, 9)), lambda: -c, lambda: c + 1,
            lambda: c - 1, lambda: c / 2, lambda: c * 2, lambda: 1 / c if c else 1.0,
            lambda: float(pick(rng, extents)), lambda: 1.0 / pick(rng, extents),
            lambda: pick(rng, others), lambda: 0.0, lambda: 1.0, lambda: c * c]
    value = pick(rng, ways)()
    if value == c or value != value:
        raise Invalid("the same constant")
    op.attrs["value"] = ir.number(value)


# Norms

def _normalisers(sites):
    """Values that are a root, or its product with small ones."""
    found = set()
    for op, _, _, _ in sites.ops:
        if op.name in ("rsqrt", "sqrt"):
            found.add(op.result)
        if op.name in ("reshape", "cast", "transpose") and op.args[0] in found:
            found.add(op.result)
    return found


def norm(f, rng):
    """The norm of, or applied to, another operand; or left out."""
    sites = _Sites(f)
    normalisers = _normalisers(sites)
    choices = []
    for op, block, _, visible in sites.ops:
        others = [v for v in visible if v.type.kind in ("tile", "tensor")
                  and v.type.elem in FLOATS and len(v.type.shape) > 0]
        if op.name == "mul" and op.args[0] is op.args[1]:
            choices += [(op, block, "square", v) for v in others if v is not op.args[0]]
        if op.name in ("mul", "div"):
            for i in (0, 1):
                if op.args[i] in normalisers:
                    choices += [(op, block, i, v) for v in others
                                if v is not op.args[1 - i]]
                    choices.append((op, block, i, None))
                    choices += [(op, block, 1 - i, v) for v in others
                                if v is not op.args[i]]
    op, block, where, v = pick(rng, choices)
    if where in (0, 1) and v is None:
        _replace(f, op.result, op.args[1 - where])
        return
    if v.type.elem != op.args[0].type.elem:
        v = _insert(block, _cast(v, op.args[0].type.elem), before=op)
    if where == "square":
        if len(v.type.shape) != len(op.args[0].type.shape):
            raise Invalid("ranks differ")
        op.args = [v, v]
    else:
        op.args[where] = v


def row_sum(f, rng):
    """A row sum for a column sum, or times a row for a product."""
    sites = _Sites(f)
    choices = []
    for op, block, _, _ in sites.ops:
        if op.name == "reduce" and op.attrs["kind"] == "sum" and len(op.args) == 1:
            shape = op.args[0].type.shape
            choices += [(op, block, ("dim", d)) for d in range(len(shape))
                        if d != op.attrs["dim"]]
            choices += [(op, block, ("square", d)) for d in range(len(shape))
                        if d != op.attrs["dim"] and shape[d] == shape[op.attrs["dim"]] > 1]
        if op.name == "matmul":
            choices += [(op, block, (way,)) for way in
                        ("sums", "row", "column", "sums", "row")]
    op, block, way = pick(rng, choices)
    if way[0] == "dim":
        op.attrs["dim"] = way[1]
        return
    if way[0] == "square":
        n = len(op.args[0].type.shape)
        perm = list(range(n))
        i, j = way[1], op.attrs["dim"]
        perm[i], perm[j] = perm[j], perm[i]
        t = Op("transpose", op.args[:1], [Value(op.args[0].type)], {"perm": perm})
        op.args[0] = _insert(block, t, before=op)
        return
    a, b = op.args
    n = len(a.type.shape)

    def one(value, dim):
        """The first entry along a dimension, in f32."""
        shape = [1 if d == dim else m for d, m in enumerate(value.type.shape)]
        s = Op("slice", [value], [Value(value.type.with_shape(shape))],
               {"offsets": [0] * n, "strides": [1] * n})
        v = _insert(block, s, before=op)
        return v if v.type.elem == "f32" else _insert(block, _cast(v, "f32"), before=op)

    total = lambda value, dim: _insert(block, _reduce("sum", value, dim), before=op)
    left = total(a, n - 1) if way[0] != "column" else one(a, n - 1)
    right = total(b, n - 2) if way[0] != "row" else one(b, n - 2)
    product = Op("mul", [left, right], [Value(op.result.type)])
    _insert(block, product, before=op)
    _replace(f, op.result, product.result)
    block.remove(op)


# Edges and ranges

def _reduced_operands(op):
    """(operand number, dimension) of what the op sums over."""
    if op.name == "reduce":
        return [(i, op.attrs["dim"]) for i in range(len(op.args))]
    n = len(op.args[0].type.shape)
    return [(0, n - 1), (1, n - 2)]


def _cuts(f):
    """(kernel, its block, axis of a loop, inputs that the axis alone cuts): for each
    (argument, dimension) its loads."""
    for kernel, block, _, _ in _Sites(f).select("kernel"):
        loads = [op for op, _ in ir.walk(kernel.body) if "split" in op.attrs]
        for a in [a for op, _ in ir.walk(kernel.body) if op.name == "loop"
                  for a in op.attrs["axes"]]:
            inputs, alone = {}, True
            for op in loads:
                for d, e in enumerate(op.attrs["split"]):
                    if a in e:
                        alone &= (op.name == "load" and len(e) == 1
                                  and op.args[0] in kernel.attrs["ins"])
                        inputs.setdefault((op.args[0], d), []).append(op)
            if inputs and alone:
                yield kernel, block, a, inputs


def fill(f, rng):
    """Elements of one value beyond the edge of a reduced dimension: those that the
    last tile of a loop lacks, or one or two after all."""
    edges = [(kernel, block, inputs) for kernel, block, _, inputs in _cuts(f)
             if any(argument.type.shape[d] % loads[0].result.type.shape[d]
                    for (argument, d), loads in inputs.items())]
    if edges and rng.random() < 0.6:
        kernel, block, inputs = pick(rng, edges)
        for (argument, d), loads in inputs.items():
            i = kernel.attrs["ins"].index(argument)
            lacking = -argument.type.shape[d] % loads[0].result.type.shape[d]
            kernel.args[i] = _filled(block, kernel, kernel.args[i], d, lacking, pick(
                rng, [0.0, 1.0, -1.0, 2.0, 0.5, -3.0]))
            argument.type = kernel.args[i].type
        return
    op, block, _, _ = pick(rng, _Sites(f).select("reduce", "matmul"))
    extra = rng.choice([1, 2])
    inf = float("inf")
    values = {"matmul": [0.0, 0.0, 1.0, 1.0, -1.0]}.get(
        op.name, [0.0, 1.0, -inf, inf, -1.0])
    at_end = rng.random() < 0.8
    for i, d in _reduced_operands(op):
        op.args[i] = _filled(block, op, op.args[i], d, extra, pick(rng, values), at_end)


def _filled(block, before, value, d, extra, number, at_end=True):
    """`value` with `extra` elements more along a dimension, all of them `number`."""
    if not extra:
        return value
    shape = [extra if e == d else n for e, n in enumerate(value.type.shape)]
    c = _insert(block, _constant(value.type, number, shape), before=before)
    joined = Op("concat", [value, c] if at_end else [c, value], [Value(value.type)],
                {"dim": d})
    whole = [n + extra if e == d else n for e, n in enumerate(value.type.shape)]
    joined.result.type = value.type.with_shape(whole)
    return _insert(block, joined, before=before)


def extent(f, rng):
    """A loop or a sum over too few, too many or the wrong steps."""
    sites = _Sites(f)
    loops = sites.select("loop")
    cuts = list(_cuts(f))
    ways = ["again"] * bool(loops) + ["cut"] * bool(cuts) * 2 + ["slice"]
    way = pick(rng, ways)
    if way == "again":
        loop = pick(rng, loops)[0]
        new = Value(Type("axis", (), "!mirage.axis"), "", 2)
        loop.attrs["axes"].insert(rng.randrange(len(loop.attrs["axes"]) + 1), new)
        for op, _ in ir.walk(loop.body):
            if op.name == "store":
                op.attrs["once"] = op.attrs["once"] + [new]
        return
    if way == "slice":
        op, block, _, _ = pick(rng, sites.select("reduce", "matmul"))
        n = None
        how = rng.choice(["first", "last", "stride"])
        for i, d in _reduced_operands(op):
            op.args[i] = _sliced(block, op, op.args[i], d, how)
        return
    kernel, block, a, inputs = pick(rng, cuts)
    how = rng.choice(["first", "last", "tile", "tile", "stride"])
    tile = None
    for (argument, d), loads in inputs.items():
        t = loads[0].result.type.shape[d]
        size = argument.type.shape[d]
        i = kernel.attrs["ins"].index(argument)
        amount = t if how == "tile" else 1
        kernel.args[i] = _sliced(block, kernel, kernel.args[i], d,
                                 "last" if how == "tile" else how, amount)
        left = kernel.args[i].type.shape[d]
        extents = -(-left // t)
        if tile not in (None, (left, t)) or extents < 1:
            raise Invalid("the axis cuts dimensions that differ")
        tile = (left, t)
        a.extent = extents
        argument.type = kernel.args[i].type


def _sliced(block, before, value, d, how, amount=1):
    shape = list(value.type.shape)
    offsets, strides = [0] * len(shape), [1] * len(shape)
    if how == "stride":
        strides[d] = 2
        shape[d] = -(-shape[d] // 2)
    else:
        shape[d] -= amount
        offsets[d] = amount if how == "first" else 0
    if shape[d] < 1:
        raise Invalid("nothing is left")
    s = Op("slice", [value], [Value(value.type.with_shape(shape))],
           {"offsets": offsets, "strides": strides})
    return _insert(block, s, before=before)


# Roundings and magnitudes

def cast(f, rng):
    """A rounding added, moved before another op, or left out."""
    sites = _Sites(f)
    choices = []
    for op, block, path, _ in sites.ops:
        tiles = not any(o.name == "kernel" for o in f.body) or path
        if op.results and op.result.type.elem == "f32" and tiles and \
                op.name not in ("kernel", "loop", "constant", "load"):
            choices.append((op, block, "narrow"))
        if op.name == "cast" and op.result.type.elem in ("f16", "bf16"):
            source = [o for o, _, _, _ in sites.ops if op.args[0] in o.results]
            if source and source[0].name in ir.UNARY | ir.BINARY | {"matmul"}:
                choices += [(op, block, source[0])] * 2
        if op.name == "matmul" and op.args[0].type.elem in ("f16", "bf16"):
            choices.append((op, block, "wide"))
    op, block, how = pick(rng, choices)
    if how == "narrow":
        elem = rng.choice(["f16", "f16", "bf16"])
        narrow, wide = _cast(op.result, elem), _cast(op.result, "f32")
        wide.args = [narrow.result]
        _replace(f, op.result, wide.result)
        narrow.args = [op.result]
        _insert(block, narrow, after=op)
        _insert(block, wide, after=narrow)
    elif how == "wide":
        for i in (0, 1):
            v = op.args[i]
            made = [o for o, _, _, _ in sites.ops if v in o.results]
            if made and made[0].name == "cast" and made[0].args[0].type.elem == "f32":
                op.args[i] = made[0].args[0]
            else:
                op.args[i] = _insert(block, _cast(v, "f32"), before=op)
    else:
        # cast(g(x, y)) becomes g(cast x, cast y).
        elem = op.result.type.elem
        args = [v if v.type.elem == elem else
                _insert(block, _cast(v, elem), before=op) for v in how.args]
        if how.name == "matmul":
            raise Invalid("a product is never narrow")
        early = Op(how.name, args, [Value(Type(op.result.type.kind,
                                               op.result.type.shape, elem))],
                   dict(how.attrs))
        _insert(block, early, before=op)
        _replace(f, op.result, early.result)
        block.remove(op)


def shift(f, rng):
    """Another value is subtracted in a softmax, wherever it is used."""
    choices = []
    sites = _Sites(f)
    for op, block, _, _ in sites.ops:
        if op.name != "reduce" or op.attrs["kind"] != "max" or len(op.args) != 1:
            continue
        users = sites.users(op.result)
        if any(u.name in ("exp_sub", "sub") and u.args[1] is op.result for u in users):
            choices.append((op, block))
    op, block = pick(rng, choices)
    m = op.result
    way = rng.choice(["min", "mean", "max0", "min0", "half", "twice", "up", "down",
                      "far", "neg", "drift"])
    if way == "min":
        op.attrs["kind"] = "min"
        return
    if way == "mean":
        n = op.args[0].type.shape[op.attrs["dim"]]
        op.attrs["kind"] = "sum"
        c, fn = _constant(m.type, float(n)), "div"
    else:
        number, fn = {
            "max0": (0.0, "max"), "min0": (0.0, "min"), "half": (0.5, "mul"),
            "twice": (2.0, "mul"), "up": (float(rng.choice([4, 8, 12])), "add"),
            "down": (float(rng.choice([4, 8, 12])), "sub"),
            "far": (float(rng.choice([60, 100])), rng.choice(["add", "sub"])),
            "neg": (-1.0, "mul"), "drift": (1 + 2.0 ** -rng.randrange(1, 8), "mul"),
        }[way]
        c = _constant(m.type, number)
    new = Op(fn, [m, c.result], [Value(m.type)])
    _replace(f, m, new.result, keep=(new,))
    _insert(block, c, after=op)
    _insert(block, new, after=c)


def two(f, rng):
    """Two changes of other kinds."""
    for kind in rng.sample([k for k in KINDS if k not in ROUNDED + ("two",)], 2):
        KINDS[kind](f, rng)
        ir.retype(f)


KINDS = {
    "operand": operand, "function": function, "axis": axis, "split-order": split_order,
    "combiner": combiner, "rel": relative, "once": once, "constant": constant,
    "norm": norm, "row-sum": row_sum, "fill": fill, "extent": extent,
    "two": two, "cast": cast, "shift": shift,
}
ROUNDED = ("cast", "shift")


def mutants(function, kind, count, rng, tries=12):
    """Up to `count` distinct mutants that have types, and the texts of all."""
    seen = {function.text("g")}
    signature = function.signature()
    for _ in range(count * tries):
        if count == 0:
            return
        f = function.copy()
        try:
            KINDS[kind](f, rng)
            ir.retype(f)
        except Invalid:
            continue
        text = f.text("g")
        if f.signature() != signature or text in seen:
            continue
        seen.add(text)
        count -= 1
        yield f, text
