"""Evaluates printed mirage IR with numpy, in double or rounded.

Shares no code with the compiler's evaluators: `ir.py` reads the text, and each
op is computed here as the dialect's documentation defines it. A tile has its
actual extents at each point of the axes: elements beyond an edge do not exist,
a tile may be empty. Loops give the closed form of what they accumulate.

A kernel's result is computed block by block and only where it is read, so
that single elements of a large program can be had (`outputs` with `sample`).
An element that two blocks write, or operands whose extents differ where the
static ones agree, raise `ir.Invalid`; elements that nobody wrote are NaN.
"""
import itertools
import math

import ir
import numpy as np


def round_to(array, elem):
    """float64 values rounded to nearest even of the element type."""
    with np.errstate(over="ignore"):
        if elem == "f16":
            return array.astype(np.float16).astype(np.float64)
        if elem == "f32":
            return array.astype(np.float32).astype(np.float64)
        if elem == "bf16":
            f = np.ascontiguousarray(array.astype(np.float32))
            bits = f.view(np.uint32).astype(np.uint64)
            bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
            r = bits.astype(np.uint32).view(np.float32).astype(np.float64)
            return np.where(np.isfinite(f), r, f.astype(np.float64))
    return array


_erf = np.vectorize(math.erf, otypes=[np.float64])


def exp_sub(a, b):
    return np.where(np.isneginf(a), 0.0, np.exp(a - b))


UNARY = {
    "neg": np.negative, "abs": np.abs, "exp": np.exp, "log": np.log,
    "sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x), "erf": _erf,
    "tanh": np.tanh,
}
BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide,
    "max": np.maximum, "min": np.minimum, "exp_sub": exp_sub,
}
COMPARE = {
    "eq": np.equal, "lt": np.less, "le": np.less_equal, "gt": np.greater,
    "ge": np.greater_equal,
    "ne": lambda a, b: (a < b) | (a > b),
}
COMBINE = {
    "sum": (np.add, 0.0), "prod": (np.multiply, 1.0),
    "max": (np.maximum, -np.inf), "min": (np.minimum, np.inf),
}
SCALAR = {
    "addf": np.add, "subf": np.subtract, "mulf": np.multiply,
    "divf": np.divide, "maximumf": np.maximum, "minimumf": np.minimum,
    "maxnumf": np.fmax, "minnumf": np.fmin, "negf": np.negative,
    "select": lambda c, a, b: np.where(c != 0, a, b),
    "extf": lambda x: x, "truncf": lambda x: x,
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x), "tanh": np.tanh, "erf": _erf,
    "sin": np.sin, "cos": np.cos, "absf": np.abs, "exp2": np.exp2,
    "powf": np.power, "floor": np.floor, "ceil": np.ceil,
    "trunc": np.trunc, "roundeven": np.rint, "remf": np.fmod,
    "round": lambda x: np.copysign(np.floor(np.abs(x) + 0.5), x),
    "copysign": np.copysign, "log2": np.log2, "log10": np.log10,
    "log1p": np.log1p, "expm1": np.expm1, "cbrt": np.cbrt, "tan": np.tan,
    "sinh": np.sinh, "cosh": np.cosh, "atan": np.arctan,
    "atan2": np.arctan2, "fma": lambda a, b, c: a * b + c,
}


def reduce_rel(x, m, dim):
    """sum over `dim` of x exp(m - max m), terms with m = -inf being 0."""
    top = np.max(m, axis=dim, keepdims=True, initial=-np.inf)
    weight = exp_sub(m, top)
    return np.sum(np.where(weight == 0, 0.0, x * weight), axis=dim, keepdims=True)


class Lazy:
    """The result of a kernel, whose blocks run when they are read."""

    def __init__(self, kernel, shape, split, dtype):
        self.kernel, self.shape, self.split = kernel, shape, split
        self.data = np.full(shape, np.nan, dtype)
        self.written = np.zeros(shape, bool)

    def fetch(self, box):
        """Runs the blocks that write a part of the box."""
        tile, split = self.split
        allowed = {}
        for entry, t, (lo, hi) in zip(split, tile, box):
            grid = [a for a in entry if a in self.kernel.grid]
            if not grid or hi <= lo:
                continue
            points = set()
            for n in range(lo // t, (hi - 1) // t + 1):
                index = {}
                for axis in reversed(entry):
                    n, index[axis] = divmod(n, axis.extent)
                points.add(tuple(index[a] for a in grid))
            allowed[tuple(grid)] = points
        free = [a for a in self.kernel.grid
                if not any(a in axes for axes in allowed)]
        groups = [[dict(zip(axes, p)) for p in points]
                  for axes, points in allowed.items()]
        # An axis in `once` writes at 0 only; the others write everywhere.
        groups += [[{a: i} for i in range(a.extent)] for a in free]
        for choice in itertools.product(*groups):
            point = {}
            for part in choice:
                point.update(part)
            self.kernel.run(tuple(point[a] for a in self.kernel.grid))


class Kernel:
    def __init__(self, evaluator, op, env):
        self.evaluator, self.op, self.env = evaluator, op, env
        self.grid = op.attrs["axes"]
        self.done = set()
        stores = {o.args[1]: o for o, _ in ir.walk(op.body) if o.name == "store"}
        self.outs = {}
        for out, result in zip(op.attrs["outs"], op.results):
            if out not in stores:
                raise ir.Invalid("an output is not stored")
            store = stores[out]
            split = [tuple(e) for e in store.attrs["split"]]
            self.outs[out] = Lazy(self, result.type.shape,
                                  (store.args[0].type.shape, split),
                                  evaluator.dtype)

    def run(self, point):
        if point in self.done:
            return
        self.done.add(point)
        env = dict(self.env)
        env.update(zip(self.grid, point))
        for i, v in zip(self.op.attrs["ins"], self.op.args):
            env[i] = self.env[v]
        for out, lazy in self.outs.items():
            env[out] = lazy
        self.evaluator.block(self.op.body, env)


class Evaluator:
    """`dtype` may be a wider float. Afterwards `undefined` says whether a root
    or a logarithm met a negative number."""

    def __init__(self, rounded=False, dtype=np.float64):
        self.rounded, self.dtype, self.undefined = rounded, dtype, False

    def round(self, array, type):
        return round_to(array, type.elem) if self.rounded else array

    def start(self, function, inputs):
        """Runs all but kernels, which wait; gives the results."""
        env = {}
        for p, x in zip(function.params, inputs):
            env[p] = np.asarray(x, self.dtype)
        with np.errstate(all="ignore"):
            self.block(function.body, env)
        return [env[r] for r in function.returns]

    def outputs(self, function, inputs, sample=None):
        """The results; with `sample`, a list of (output, index), just those
        elements."""
        results = self.start(function, inputs)
        with np.errstate(all="ignore"):
            if sample is None:
                return [self.whole(r) for r in results]
            for output, index in sample:
                if isinstance(results[output], Lazy):
                    results[output].fetch([(i, i + 1) for i in index])
        values = [r.data if isinstance(r, Lazy) else r for r in results]
        return [values[output][index] for output, index in sample]

    @staticmethod
    def whole(value):
        if isinstance(value, Lazy):
            value.fetch([(0, n) for n in value.shape])
            return value.data
        return value

    # Ops

    def block(self, ops, env):
        for op in ops:
            getattr(self, "op_" + op.name, self.algebra)(op, env)

    def op_kernel(self, op, env):
        kernel = Kernel(self, op, dict(env))
        for out, result in zip(op.attrs["outs"], op.results):
            env[result] = kernel.outs[out]

    @staticmethod
    def box(split, whole, tile, env):
        result = []
        for entry, n, t in zip(split, whole, tile):
            index = 0
            for axis in entry:
                index = index * axis.extent + env[axis]
            lo = min(index * t, n) if entry else 0
            result.append((lo, min(lo + t, n)))
        return result

    def op_load(self, op, env):
        source = env[op.args[0]]
        static = op.args[0].type.shape
        box = self.box(op.attrs["split"], static, op.result.type.shape, env)
        if isinstance(source, Lazy):
            source.fetch(box)
            source = source.data
        box = [(min(lo, n), min(hi, n)) for (lo, hi), n in zip(box, source.shape)]
        env[op.result] = source[tuple(slice(lo, hi) for lo, hi in box)]

    def op_store(self, op, env):
        value, dest = op.args
        if any(env[axis] != 0 for axis in op.attrs["once"]):
            return
        lazy, tile = env[dest], env[value]
        box = self.box(op.attrs["split"], lazy.shape, value.type.shape, env)
        # What lies beyond the edge is not written.
        extents = tuple(hi - lo for lo, hi in box)
        if any(n > m for n, m in zip(extents, tile.shape)):
            raise ir.Invalid(f"a tile of {tile.shape} is stored to {box}")
        tile = tile[tuple(slice(0, n) for n in extents)]
        where = tuple(slice(lo, hi) for lo, hi in box)
        if lazy.written[where].any():
            raise ir.Invalid("an element is written twice")
        lazy.written[where] = True
        lazy.data[where] = tile

    def op_loop(self, op, env):
        axes = op.attrs["axes"]
        entries = op.body[-1].attrs["entries"]
        steps = [[] for _ in entries]
        maxima = [[] for _ in entries]
        for point in itertools.product(*[range(a.extent) for a in axes]):
            env.update(zip(axes, point))
            self.block(op.body[:-1], env)
            for i, (kind, v, rel, dim) in enumerate(entries):
                steps[i].append(env[v])
                if rel is not None:
                    maxima[i].append(env[rel])
        for i, (kind, v, rel, dim) in enumerate(entries):
            if kind == "stack":
                self.same_extents(steps[i], skip=dim)
                env[op.results[i]] = np.concatenate(steps[i], axis=dim)
                continue
            self.same_extents(steps[i])
            env[op.results[i]] = self.accumulate(kind, steps[i], maxima[i],
                                                 op.results[i].type)

    @staticmethod
    def same_extents(values, skip=None):
        for v in values:
            if any(n != m for d, (n, m) in enumerate(zip(v.shape, values[0].shape))
                   if d != skip):
                raise ir.Invalid("an accumulated extent varies")

    def accumulate(self, kind, values, maxima, type):
        fn, identity = COMBINE[kind]
        result = np.full(values[0].shape, identity, self.dtype)
        if maxima:
            top = np.max(np.stack(maxima), axis=0)
            for x, m in zip(values, maxima):
                weight = exp_sub(m, top)
                term = np.where(weight == 0, 0.0, x * weight)
                if term.shape != result.shape:
                    raise ir.Invalid("a maximum has other extents")
                result = self.round(result + term, type)
            return result
        for x in values:
            result = self.round(fn(result, x), type)
        return result

    def op_accumulate(self, op, env):
        raise ir.Invalid("accumulate outside a loop")

    def op_constant(self, op, env):
        value = round_to(np.array(ir.literal(op.attrs["value"])), op.result.type.elem)
        env[op.result] = np.full(op.result.type.shape, value, self.dtype)

    def op_dense(self, op, env):
        text = op.attrs["text"]
        if text.startswith("dense<"):
            text = text[len("dense<"):-1]
        for word, value in (("true", "1"), ("false", "0")):
            text = text.replace(word, value)
        value = np.array(eval(text, {}), np.float64)
        env[op.result] = np.broadcast_to(
            round_to(value, op.result.type.elem), op.result.type.shape)

    def op_splat(self, op, env):
        env[op.result] = np.full(op.result.type.shape, env[op.args[0]])

    def algebra(self, op, env):
        args = [self.whole(env[v]) for v in op.args]
        result = self.compute(op, args)
        env[op.result] = self.round(result, op.result.type)

    def aligned(self, op, args):
        """Checks that extents agree wherever the static ones are not broadcast."""
        shape = ir.broadcast([v.type.shape for v in op.args])
        for d, n in enumerate(shape):
            extents = {x.shape[d] for v, x in zip(op.args, args)
                       if v.type.shape[d] == n}
            if n == 1:
                extents.discard(1)
            if len(extents) > 1:
                raise ir.Invalid("actual extents differ")
            unit = {x.shape[d] for v, x in zip(op.args, args)
                    if v.type.shape[d] != n}
            if unit - {1}:
                raise ir.Invalid("a dimension that is broadcast is empty")
        return args

    def compute(self, op, args):
        name, a = op.name, op.attrs
        if name in UNARY:
            if name in ("log", "sqrt", "rsqrt"):
                self.undefined |= bool(np.any(args[0] < 0))
            return UNARY[name](args[0])
        if name in BINARY:
            return BINARY[name](*self.aligned(op, args))
        if name == "cast":
            return args[0]
        if name == "cmp":
            return COMPARE[a["pred"]](*self.aligned(op, args)).astype(np.float64)
        if name == "select":
            c, x, y = self.aligned(op, args)
            return np.where(c != 0, x, y)
        if name == "map":
            return self.scalars(op, self.aligned(op, args))
        if name == "matmul":
            x, y = args
            if x.shape[-1] != y.shape[-2]:
                raise ir.Invalid("actual extents of a contraction differ")
            return np.matmul(x, y)
        if name == "reduce":
            if len(args) == 2:
                return reduce_rel(args[0], args[1], a["dim"])
            fn, identity = COMBINE[a["kind"]]
            return fn.reduce(args[0], axis=a["dim"], keepdims=True, initial=identity)
        if name == "transpose":
            return np.transpose(args[0], a["perm"])
        if name == "reshape":
            if op.args[0].type.kind == "tile":
                match = a["match"]
                if match is None:
                    raise ir.Invalid("a reshape of a tile")
                return args[0].reshape([1 if i is None else args[0].shape[i]
                                        for i in match])
            return args[0].reshape(op.result.type.shape)
        if name == "broadcast":
            return np.broadcast_to(args[0], op.result.type.shape)
        if name == "slice":
            if args[0].shape != op.args[0].type.shape:
                whole = zip(args[0].shape, op.args[0].type.shape, a["offsets"],
                            a["strides"], op.result.type.shape)
                if any(n != m and (o, s, r) != (0, 1, m) for n, m, o, s, r in whole):
                    raise ir.Invalid("a slice of a dimension that varies")
            return args[0][tuple(
                slice(o, o + (n - 1) * s + 1, s) for o, s, n in
                zip(a["offsets"], a["strides"], op.result.type.shape))]
        if name == "concat":
            if any(x.shape[a["dim"]] != v.type.shape[a["dim"]]
                   for v, x in zip(op.args, args)):
                raise ir.Invalid("a piece of a concat varies")
            return np.concatenate(args, axis=a["dim"])
        raise ir.Invalid(f"{name} cannot be evaluated")

    def scalars(self, op, args):
        """The body of a map, all elements at once."""
        env = {n: x for (n, _), x in zip(op.attrs["params"], args)}
        for line in op.attrs["lines"]:
            head, _, rest = line.rpartition(" = ")
            body, _, type = rest.rpartition(" : ")
            words = body.replace(",", " ").split()
            if words[0] == "mirage.yield":
                return np.array(np.broadcast_arrays(env[words[1]], *args)[0])
            name = words[0].split(".")[1]
            if name == "constant":
                value = round_to(np.array(ir.literal(words[1])), type)
            elif name == "cmpf":
                fn = COMPARE[words[1][1:]]
                value = fn(env[words[2]], env[words[3]]).astype(np.float64)
            else:
                value = SCALAR[name](*[env[w] for w in words[1:] if w.startswith("%")])
                if self.rounded:
                    value = round_to(value, type.split()[-1])
            env[head.strip()] = value
        raise ir.Invalid("a map yields nothing")


# Inputs and comparison



def draw(function, distribution, rng):
    """Inputs of a function, representable in their types."""
    inputs = []
    for p in function.params:
        shape, elem = p.type.shape, p.type.elem
        z = rng.standard_normal(shape)
        x = {
            "normal": lambda: z,
            "uniform": lambda: rng.uniform(0.1, 2, shape),
            "heavy": lambda: z * np.exp(rng.standard_normal(shape)),
            "tiny": lambda: 2e-3 * z,
            "wide": lambda: 6 * z,
            # Many ties, zeros and negatives.
            "steps": lambda: np.round(2 * z) / 2,
            "large": lambda: 16 * z,
            "negative": lambda: -np.abs(z),
        }[distribution]()
        if elem == "i1":
            x = (z > 0).astype(np.float64)
        elif elem == "i32":
            x = np.round(3 * z)
        inputs.append(round_to(np.asarray(x), elem))
    return inputs


def error(expected, actual, scales):
    """max |actual - expected| / (|expected| + scale) over the elements that are
    finite in both, and whether an element is finite in `expected` only.
    `scales` has one number for each array."""
    worst, lost = 0.0, False
    for e, a, scale in zip(expected, actual, scales):
        e, a = np.asarray(e), np.asarray(a)
        finite = np.isfinite(e)
        lost |= not np.isfinite(a[finite]).all()
        finite &= np.isfinite(a)
        e, a = e[finite], a[finite]
        if e.size:
            d = np.abs(a - e)
            worst = max(worst, float(np.max(
                np.divide(d, np.abs(e) + scale, where=d != 0, out=np.zeros_like(d)))))
    return worst, lost


def scale(array):
    """The root of the mean square of the finite elements."""
    finite = array[np.isfinite(array)]
    return math.sqrt(np.mean(finite * finite)) if finite.size else 0.0
