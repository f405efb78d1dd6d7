"""Printed mirage IR: a parser, a printer and the types of results.

Written from the dialect's documentation and shares no code with the compiler:
what it reads and writes is text. `parse` gives the functions of a module,
`Function.text` prints one, and `retype` computes the types of all results
anew from those of the operands (raising `Invalid`), so that a program can be
changed at one place and printed again.

Reads the algebra, kernels, loops, loads, stores, maps over scalars, constants,
splats and `return`; no filled loads and no masks.
"""
import copy
import math
import re
import struct


class Invalid(Exception):
    """The program has no type, or no meaning."""


class Type:
    """kind is tensor, tile, out, axis or scalar."""

    __slots__ = ("kind", "shape", "elem")

    def __init__(self, kind, shape, elem):
        self.kind, self.shape, self.elem = kind, tuple(shape), elem

    def __eq__(self, o):
        return (self.kind, self.shape, self.elem) == (o.kind, o.shape, o.elem)

    def __hash__(self):
        return hash((self.kind, self.shape, self.elem))

    def __str__(self):
        if self.kind in ("scalar", "axis"):
            return self.elem
        prefix = "tensor" if self.kind == "tensor" else "!mirage." + self.kind
        return prefix + "<" + "".join(f"{n}x" for n in self.shape) + self.elem + ">"

    def with_shape(self, shape):
        return Type(self.kind, shape, self.elem)


class Value:
    __slots__ = ("type", "extent", "name")

    def __init__(self, type, name="", extent=None):
        self.type, self.name = type, name
        self.extent = extent  # of an axis


class Op:
    """args: operands. attrs by op:

    dense: text (of a constant tensor)
    reduce: kind, rel (the second operand is there), dim    transpose: perm
    slice: offsets, strides      concat: dim                cmp: pred
    constant: value (text)       load, store: split, one tuple of axes a dimension
    store: once                  accumulate: entries of (kind, value, rel, dim)
    kernel: axes, ins, outs      loop: axes                 map: lines, params
    """

    __slots__ = ("name", "args", "results", "attrs", "body")

    def __init__(self, name, args=(), results=(), attrs=None, body=None):
        self.name, self.args, self.results = name, list(args), list(results)
        self.attrs, self.body = {} if attrs is None else attrs, body

    @property
    def result(self):
        return self.results[0]


class Function:
    def __init__(self, name, params, body, returns):
        self.name, self.params, self.body, self.returns = name, params, body, returns

    def copy(self):
        return copy.deepcopy(self)

    def signature(self):
        return ([v.type for v in self.params], [v.type for v in self.returns])

    def text(self, name=None):
        return _Printer().function(self, name or self.name)


def walk(ops, path=()):
    """All ops, outer ones first, each with the ops around it."""
    for op in ops:
        yield op, path
        if op.body is not None:
            yield from walk(op.body, path + (op,))


# Parsing

_TOKEN = re.compile(
    r"\s*(?://[^\n]*|(?P<tok>%[\w$.-]+(?:#\d+)?|@[\w$.-]+|->|\"[^\"]*\"|"
    r"!?[A-Za-z_][\w.$]*|0x[0-9A-Fa-f]+|-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|[<>x,:=(){}\[\]*#^?-])|(?P<bad>\S))")
_SHAPE = re.compile(r"\s*<((?:\d+x)*)([a-z]\w*)>")


class _Parser:
    def __init__(self, text):
        self.text, self.pos = text, 0

    def peek(self):
        pos = self.pos
        while True:
            m = _TOKEN.match(self.text, pos)
            if m is None:
                return None, pos
            if m.group("bad"):
                raise Invalid(f"cannot read {self.text[pos:pos + 40]!r}")
            if m.group("tok"):
                return m.group("tok"), m.end()
            pos = m.end()

    def next(self):
        token, self.pos = self.peek()
        return token

    def at(self, token):
        return self.peek()[0] == token

    def accept(self, token):
        if self.at(token):
            self.next()
            return True
        return False

    def expect(self, token):
        got = self.next()
        if got != token:
            raise Invalid(f"expected {token!r}, got {got!r} before "
                          f"{self.text[self.pos:self.pos + 60]!r}")

    def type(self, default="tile"):
        token, after = self.peek()
        if token == "<":
            kind = default
        elif token in ("tensor", "!mirage.tile", "!mirage.out"):
            kind, self.pos = token.split(".")[-1], after
        else:
            self.next()
            return Type("scalar", (), token)
        m = _SHAPE.match(self.text, self.pos)
        if not m:
            raise Invalid(f"cannot read the type at {self.text[self.pos:self.pos + 40]!r}")
        self.pos = m.end()
        return Type(kind, [int(n) for n in m.group(1).split("x") if n], m.group(2))

    def comma_list(self, one, open="(", close=")"):
        items = []
        self.expect(open)
        while not self.accept(close):
            items.append(one())
            self.accept(",")
        return items

    def ints(self):
        return self.comma_list(lambda: int(self.next()), "[", "]")

    def types(self):
        result = [self.type()]
        while self.accept(","):
            result.append(self.type())
        return result

    def result_types(self):
        if self.at("("):
            return self.comma_list(self.type)
        return [self.type()]

    # Structure

    def module(self):
        functions = []
        while True:
            token = self.next()
            if token is None:
                return functions
            if token == "func.func":
                functions.append(self.function())

    def function(self):
        token = self.next()
        name = token if token.startswith("@") else self.next()
        env = {}

        def param():
            value = self.next()
            self.expect(":")
            env[value] = Value(self.type(), value)
            return env[value]

        params = self.comma_list(param)
        if self.accept("->"):
            self.result_types()
        self.expect("{")
        body, returns = self.block(env)
        return Function(name[1:], params, body, returns)

    def lookup(self, env, name):
        if name not in env:
            raise Invalid(f"{name} is not defined")
        return env[name]

    def block(self, env):
        """Ops up to the closing brace, and the operands of `return`."""
        ops, returns = [], []
        while not self.accept("}"):
            names = []
            while (self.peek()[0] or "").startswith("%"):
                names.append(self.next())
                if self.accept(":"):
                    names[-1] = (names[-1], int(self.next()))
                if not self.accept(","):
                    self.expect("=")
                    break
            op_name = self.next()
            if op_name is None:
                raise Invalid("unexpected end")
            if op_name in ("return", "func.return"):
                while (self.peek()[0] or "").startswith("%"):
                    returns.append(self.lookup(env, self.next()))
                    self.accept(",")
                if returns:
                    self.expect(":")
                    self.types()
                continue
            op = self.op(op_name, env)
            ops.append(op)
            flat = []
            for n in names:
                flat += ([n] if isinstance(n, str) else
                         [f"{n[0]}#{i}" for i in range(n[1])])
            if len(flat) != len(op.results):
                raise Invalid(f"{op_name} has {len(op.results)} results, {len(flat)} names")
            for n, v in zip(flat, op.results):
                env[n] = v
                v.name = n
        return ops, returns

    def operands(self, env):
        values = []
        while (self.peek()[0] or "").startswith("%"):
            values.append(self.lookup(env, self.next()))
            if not self.accept(","):
                break
        return values

    def split(self, env):
        def entry():
            if self.accept("*"):
                return ()
            if self.at("("):
                return tuple(self.comma_list(lambda: self.lookup(env, self.next())))
            return (self.lookup(env, self.next()),)

        return self.comma_list(entry, "[", "]")

    def axes(self, env):
        def axis():
            name = self.next()
            self.expect(":")
            env[name] = Value(Type("axis", (), "!mirage.axis"), name, int(self.next()))
            return env[name]

        return self.comma_list(axis)

    def op(self, full, env):
        if full == "arith.constant":
            return self.dense()
        if not full.startswith("mirage."):
            raise Invalid(f"{full} is no mirage op")
        name = full[len("mirage."):]
        if name == "kernel":
            return self.kernel(env)
        if name == "loop":
            inner = dict(env)
            axes = self.axes(inner)
            types = self.result_types() if self.accept("->") else []
            self.expect("{")
            body, _ = self.block(inner)
            return Op(name, results=[Value(t) for t in types],
                      attrs={"axes": axes}, body=body)
        if name == "accumulate":
            return self.accumulate(env)
        if name == "constant":
            value = self.next()
            self.expect(":")
            return Op(name, results=[Value(self.type())], attrs={"value": value})
        if name == "load":
            source = self.operands(env)
            attrs = {"split": self.split(env)}
            self.expect(":")
            self.type()
            self.expect("->")
            return Op(name, source, [Value(self.type())], attrs)
        if name == "store":
            value = self.operands(env)
            self.expect("to")
            dest = self.lookup(env, self.next())
            attrs = {"split": self.split(env), "once": []}
            if self.accept("once"):
                attrs["once"] = self.comma_list(lambda: self.lookup(env, self.next()))
            self.expect(":")
            self.type()
            self.expect(",")
            self.type("out")
            return Op(name, value + [dest], attrs=attrs)
        if name == "map":
            return self.map(env)
        attrs = {}
        if name == "reduce":
            attrs["kind"] = self.next()
            args = self.operands(env)
            if self.accept("rel"):
                args += self.operands(env)
            self.expect("dim")
            attrs["dim"] = int(self.next())
        else:
            if name == "cmp":
                attrs["pred"] = self.next()
            if name == "concat":
                self.expect("dim")
                attrs["dim"] = int(self.next())
            args = self.operands(env)
            if name == "transpose":
                attrs["perm"] = self.ints()
            if name == "slice":
                attrs["offsets"], attrs["strides"] = self.ints(), self.ints()
        self.expect(":")
        types = self.types()
        if self.accept("->"):
            types = [self.type()]
        op = Op(name, args, [Value(types[-1])], attrs)
        if name == "reshape":
            op.attrs["match"] = _match(args[0].type.shape, types[-1].shape)
        return op

    def kernel(self, env):
        inner = {}
        axes = self.axes(inner)
        ins, args, outs, results = [], [], [], []

        def input():
            name = self.next()
            self.expect("=")
            source = self.lookup(env, self.next())
            self.expect(":")
            inner[name] = Value(self.type(), name)
            ins.append(inner[name])
            args.append(source)

        def output():
            name = self.next()
            self.expect(":")
            t = self.type()
            inner[name] = Value(Type("out", t.shape, t.elem), name)
            outs.append(inner[name])
            results.append(Value(t))

        if self.accept("ins"):
            self.comma_list(input)
        self.expect("outs")
        self.comma_list(output)
        self.expect("{")
        body, _ = self.block(inner)
        return Op("kernel", args, results,
                  {"axes": axes, "ins": ins, "outs": outs}, body)

    def accumulate(self, env):
        entries = []
        while not self.at(":"):
            kind, dim, rel = self.next(), -1, None
            if kind == "stack":
                dim = int(self.next())
            value = self.lookup(env, self.next())
            if self.accept("rel"):
                rel = self.lookup(env, self.next())
            entries.append([kind, value, rel, dim])
            self.accept(",")
        self.expect(":")
        if entries:
            self.types()
        else:
            self.comma_list(self.next)
        return Op("accumulate", attrs={"entries": entries})

    def dense(self):
        start = self.pos
        while not self.accept(":"):
            self.next()
        return Op("dense", results=[Value(self.type())],
                  attrs={"text": self.text[start:self.pos].rsplit(":", 1)[0].strip()})

    def map(self, env):
        args = self.operands(env)
        self.expect(":")
        self.types()
        self.expect("->")
        result = self.type()
        self.expect("{")
        start = self.pos
        depth = 1
        while depth:
            token = self.next()
            depth += (token == "{") - (token == "}")
        lines = [l.strip() for l in self.text[start:self.pos].splitlines()]
        lines = [l for l in lines if l and l != "}"]
        params = re.findall(r"(%[\w$.-]+):\s*(\w+)", lines[0])
        return Op("map", args, [Value(result)],
                  {"params": params, "lines": lines[1:]})


def _match(a, b):
    """For each dimension of `b` the dimension of `a` that it is, or None: the
    longest common subsequence of extents; None if what is left is not 1."""
    best = [[[] for _ in range(len(b) + 1)] for _ in range(len(a) + 1)]
    for i in reversed(range(len(a))):
        for j in reversed(range(len(b))):
            take = [(i, j)] + best[i + 1][j + 1] if a[i] == b[j] else []
            # Longer dimensions count for more than units.
            weigh = lambda pairs: sum(100 if a[p] > 1 else 1 for p, _ in pairs)
            best[i][j] = max(take, best[i + 1][j], best[i][j + 1], key=weigh)
    pairs = best[0][0]
    left = [n for i, n in enumerate(a) if i not in [p for p, _ in pairs]]
    left += [n for j, n in enumerate(b) if j not in [q for _, q in pairs]]
    if any(n != 1 for n in left):
        return None
    to = {j: i for i, j in pairs}
    return [to.get(j) for j in range(len(b))]


def parse(text):
    return _Parser(text).module()


# Printing

class _Printer:
    def __init__(self):
        self.names, self.count = {}, 0

    def name(self, value):
        if id(value) not in self.names:
            self.names[id(value)] = f"%v{self.count}"
            self.count += 1
        return self.names[id(value)]

    def list(self, values):
        return ", ".join(self.name(v) for v in values)

    def function(self, f, name):
        params = ", ".join(f"{self.name(p)}: {p.type}" for p in f.params)
        types = ", ".join(str(r.type) for r in f.returns)
        lines = [f"func.func @{name}({params}) -> ({types}) {{"]
        self.ops(f.body, "  ", lines)
        lines += [f"  return {self.list(f.returns)} : {types}", "}"]
        return "\n".join(lines) + "\n"

    def split(self, split):
        entry = lambda axes: ("*" if not axes else self.name(axes[0])
                              if len(axes) == 1 else f"({self.list(axes)})")
        return "[" + ", ".join(entry(e) for e in split) + "]"

    def axes(self, axes):
        return "(" + ", ".join(f"{self.name(a)} : {a.extent}" for a in axes) + ")"

    def ops(self, ops, indent, lines):
        for op in ops:
            head = indent
            if op.results:
                head += self.list(op.results) + " = "
            lines.append(head + self.op(op, indent))
            if op.name in ("kernel", "loop"):
                self.ops(op.body, indent + "  ", lines)
                lines.append(indent + "}")
            elif op.name == "map":
                lines += [indent + "  " + l for l in op.attrs["lines"]]
                lines.append(indent + "}")

    def op(self, op, indent):
        a, types = op.attrs, ", ".join(str(v.type) for v in op.args)
        args = self.list(op.args)
        full = "mirage." + op.name
        if op.name == "kernel":
            ins = ", ".join(f"{self.name(i)} = {self.name(v)} : {v.type}"
                            for i, v in zip(a["ins"], op.args))
            outs = ", ".join(f"{self.name(o)} : {r.type}"
                             for o, r in zip(a["outs"], op.results))
            ins = f" ins({ins})" if ins else ""
            return f"{full} {self.axes(a['axes'])}{ins} outs({outs}) {{"
        if op.name == "loop":
            results = ", ".join(str(r.type) for r in op.results)
            arrow = f" -> ({results})" if op.results else ""
            return f"{full} {self.axes(a['axes'])}{arrow} {{"
        if op.name == "accumulate":
            if not a["entries"]:
                return f"{full} : ()"
            entries = ", ".join(
                kind + (f" {dim}" if kind == "stack" else "") + " " + self.name(v)
                + (f" rel {self.name(rel)}" if rel is not None else "")
                for kind, v, rel, dim in a["entries"])
            types = ", ".join(str(v.type) for _, v, _, _ in a["entries"])
            return f"{full} {entries} : {types}"
        if op.name == "dense":
            return f"arith.constant {a['text']} : {op.result.type}"
        if op.name == "constant":
            return f"{full} {a['value']} : {op.result.type}"
        if op.name == "load":
            return f"{full} {args}{self.split(a['split'])} : {types} -> {op.result.type}"
        if op.name == "store":
            value, dest = op.args
            once = f" once({self.list(a['once'])})" if a["once"] else ""
            return (f"{full} {self.name(value)} to {self.name(dest)}"
                    f"{self.split(a['split'])}{once} : {types}")
        if op.name == "map":
            params = ", ".join(f"{n}: {t}" for n, t in a["params"])
            return f"{full} {args} : {types} -> {op.result.type} {{\n{indent}^bb0({params}):"
        if op.name == "reduce":
            rel = f" rel {self.name(op.args[1])}" if len(op.args) == 2 else ""
            return (f"{full} {a['kind']} {self.name(op.args[0])}{rel} dim {a['dim']}"
                    f" : {types} -> {op.result.type}")
        if op.name in UNARY:
            return f"{full} {args} : {op.result.type}"
        before = {"cmp": lambda: a["pred"] + " ",
                  "concat": lambda: f"dim {a['dim']} "}.get(op.name, lambda: "")()
        after = {"transpose": lambda: f" {list(a['perm'])}",
                 "slice": lambda: f" {list(a['offsets'])} {list(a['strides'])}",
                 }.get(op.name, lambda: "")()
        return f"{full} {before}{args}{after} : {types} -> {op.result.type}"


# Types

UNARY = {"neg", "abs", "exp", "log", "sqrt", "rsqrt", "erf", "tanh"}
WIDTH = {"i1": 1, "i32": 2, "bf16": 16, "f16": 16, "f32": 32, "f64": 64}
BINARY = {"add", "sub", "mul", "div", "max", "min", "exp_sub"}


def literal(text):
    """The number that a constant's text stands for."""
    if text.startswith("0x"):
        return struct.unpack(">d", bytes.fromhex(text[2:].zfill(16)))[0]
    return float(text)


def number(value):
    """The text of a constant."""
    if math.isfinite(value):
        text = repr(float(value))
        mantissa, e, exponent = text.partition("e")
        if "." not in mantissa:
            mantissa += ".0"
        return mantissa + e + exponent
    return "0x" + struct.pack(">d", value).hex().upper()


def broadcast(shapes):
    if len({len(s) for s in shapes}) != 1:
        raise Invalid("ranks differ")
    result = []
    for extents in zip(*shapes):
        wide = {n for n in extents if n != 1}
        if len(wide) > 1:
            raise Invalid(f"extents {extents} are not broadcast")
        result.append(wide.pop() if wide else 1)
    return tuple(result)


def pieces(entry):
    return math.prod(axis.extent for axis in entry)


def tile_extent(entry, size):
    return -(-size // pieces(entry))


def check_split(split, whole, tile):
    if not len(split) == len(whole) == len(tile):
        raise Invalid("a split has another rank")
    seen = set()
    for entry, n, t in zip(split, whole, tile):
        for axis in entry:
            if id(axis) in seen:
                raise Invalid("an axis is named twice")
            seen.add(id(axis))
        if not entry:
            if n != t:
                raise Invalid("a whole dimension is cut")
        elif pieces(entry) * t < n:
            raise Invalid("tiles do not cover")
        elif len(entry) == 1 and (pieces(entry) - 1) * t >= n:
            raise Invalid("a tile is wholly empty")


def retype(function):
    """Computes all types from the parameters' and the kernels' results."""
    for op, path in list(walk(function.body)):
        if op.body is None and op.name not in ("accumulate", "store"):
            _retype(op)
        if op.name == "accumulate":
            _retype_loop(path[-1], op)
        if op.name == "kernel":
            for i, v in zip(op.attrs["ins"], op.args):
                i.type = v.type
        if op.name == "store":
            value, dest = op.args
            if value.type.elem != dest.type.elem:
                raise Invalid("a store changes the element type")
            check_split(op.attrs["split"], dest.type.shape, value.type.shape)


def _retype_loop(loop, accumulate):
    entries = accumulate.attrs["entries"]
    if len(entries) != len(loop.results):
        raise Invalid("a loop has more results than accumulators")
    for r, (kind, v, rel, dim) in zip(loop.results, entries):
        shape = list(v.type.shape)
        if kind == "stack":
            shape[dim] *= pieces(loop.attrs["axes"])
        if rel is not None and any(m not in (1, n) for m, n in
                                   zip(rel.type.shape, shape)):
            raise Invalid("rel has another shape")
        elem = v.type.elem
        if kind != "stack":
            if elem in ("i1", "i32"):
                raise Invalid("accumulates no floats")
            elem = max(elem, r.type.elem, "f32", key=WIDTH.get)
        r.type = Type("tile", shape, elem)


def _retype(op):
    args = [v.type for v in op.args]
    a, name = op.attrs, op.name
    r = op.results[0].type
    if name in ("constant", "splat", "dense"):
        return
    kind = "tile" if args[0].kind == "tile" or name == "load" else args[0].kind
    if name != "load" and any(t.kind != args[0].kind for t in args):
        raise Invalid("levels differ")
    elem = args[0].elem
    floats = elem not in ("i1", "i32")
    if name in UNARY or name in BINARY:
        if any(t.elem != elem for t in args):
            raise Invalid("element types differ")
        shape = broadcast([t.shape for t in args])
    elif name == "cast":
        shape, elem = args[0].shape, r.elem
    elif name == "cmp":
        if args[1].elem != elem:
            raise Invalid("element types differ")
        shape, elem = broadcast([t.shape for t in args]), "i1"
    elif name == "select":
        if elem != "i1" or args[1].elem != args[2].elem:
            raise Invalid("element types differ")
        shape, elem = broadcast([t.shape for t in args]), args[1].elem
    elif name == "map":
        if [t.elem for t in args] != [t for _, t in a["params"]]:
            raise Invalid("element types differ")
        shape, elem = broadcast([t.shape for t in args]), r.elem
    elif name == "matmul":
        x, y = (t.shape for t in args)
        if len(x) != len(y) or len(x) < 2 or x[-1] != y[-2]:
            raise Invalid("no matrix product")
        if args[1].elem != elem or not floats:
            raise Invalid("element types differ")
        shape = broadcast([x[:-2], y[:-2]]) + (x[-2], y[-1])
        elem = max(elem, r.elem, "f32", key=WIDTH.get)
    elif name == "reduce":
        x = args[0].shape
        if not 0 <= a["dim"] < len(x):
            raise Invalid("no such dimension")
        if len(args) == 2:
            m = args[1].shape
            if len(m) != len(x) or m[a["dim"]] != x[a["dim"]] or any(
                    p not in (1, n) for p, n in zip(m, x)):
                raise Invalid("rel has another shape")
        shape = tuple(1 if d == a["dim"] else n for d, n in enumerate(x))
        elem = max(elem, r.elem, key=WIDTH.get)
    elif name == "transpose":
        if sorted(a["perm"]) != list(range(len(args[0].shape))):
            raise Invalid("no permutation")
        shape = tuple(args[0].shape[p] for p in a["perm"])
    elif name == "reshape":
        shape = _reshaped(a["match"], args[0].shape, r.shape)
    elif name == "broadcast":
        shape = r.shape
        if len(shape) != len(args[0].shape) or any(
                p not in (1, n) for p, n in zip(args[0].shape, shape)):
            raise Invalid("cannot be broadcast")
    elif name == "slice":
        shape = r.shape
        for n, size, o, s in zip(args[0].shape, shape, a["offsets"], a["strides"]):
            if o + (size - 1) * s >= n:
                raise Invalid("a slice leaves its operand")
    elif name == "concat":
        d = a["dim"]
        base = args[0].shape
        for t in args:
            if t.elem != elem or len(t.shape) != len(base) or any(
                    n != m for i, (n, m) in enumerate(zip(t.shape, base)) if i != d):
                raise Invalid("cannot be concatenated")
        shape = tuple(sum(t.shape[d] for t in args) if i == d else n
                      for i, n in enumerate(base))
    elif name == "load":
        shape = tuple(t if entry else n for entry, n, t in
                      zip(a["split"], args[0].shape, r.shape))
        check_split(a["split"], args[0].shape, shape)
    else:
        raise Invalid(f"unknown op {name}")
    op.results[0].type = Type(kind, shape, elem)


def _reshaped(match, source, target):
    if match is not None:
        used = [i for i in match if i is not None]
        if any(n != 1 for i, n in enumerate(source) if i not in used):
            raise Invalid("a reshape drops elements")
        return tuple(1 if i is None else source[i] for i in match)
    if math.prod(source) != math.prod(target):
        raise Invalid("a reshape changes the number of elements")
    return target
