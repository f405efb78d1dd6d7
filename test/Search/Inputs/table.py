"""Writes the programs of the table of plans, in the kernel-level dialect, each at
its full size as FOLDER/NAME.mlir."""
import argparse
import pathlib


class Function:
    """Builds one function; a value is (name, shape, element)."""

    def __init__(self, element="f16"):
        self.element = element
        self.inputs, self.lines, self.count = [], [], 0

    def input(self, *shape, element=None):
        name = f"%in{len(self.inputs)}"
        self.inputs.append((name, shape, element or self.element))
        return self.inputs[-1]

    @staticmethod
    def type(value):
        return f"tensor<{'x'.join(map(str, value[1]))}x{value[2]}>"

    def add(self, text, shape, element):
        value = (f"%v{self.count}", tuple(shape), element)
        self.count += 1
        self.lines.append(f"{value[0]} = {text}".replace("RESULT", self.type(value)))
        return value

    def constant(self, number, rank, element="f32"):
        return self.add(f"mirage.constant {number:e} : RESULT", [1] * rank, element)

    def cast(self, x, element):
        return x if x[2] == element else self.add(
            f"mirage.cast {x[0]} : {self.type(x)} -> RESULT", x[1], element)

    def unary(self, op, x):
        return self.add(f"mirage.{op} {x[0]} : RESULT", x[1], x[2])

    def binary(self, op, a, b):
        if not isinstance(b, tuple):
            b = self.constant(b, len(a[1]), a[2])
        shape = [max(m, n) for m, n in zip(a[1], b[1])]
        return self.add(f"mirage.{op} {a[0]}, {b[0]} : {self.type(a)}, {self.type(b)} -> RESULT", shape, a[2])

    def reduce(self, kind, x, dim):
        shape = list(x[1])
        shape[dim] = 1
        return self.add(f"mirage.reduce {kind} {x[0]} dim {dim} : {self.type(x)} -> RESULT", shape, x[2])

    def matmul(self, a, b):
        """Operands in the program's type, the sum in f32."""
        a, b = self.cast(a, self.element), self.cast(b, self.element)
        return self.add(f"mirage.matmul {a[0]}, {b[0]} : {self.type(a)}, {self.type(b)} -> RESULT",
                        [*a[1][:-1], b[1][-1]], "f32")

    def wide(self, x):
        return self.cast(x, "f32")

    # Compositions, in f32.
    def rms_norm(self, x, gain=None):
        x, k = self.wide(x), x[1][-1]
        mean = self.binary("div", self.reduce("sum", self.binary("mul", x, x), len(x[1]) - 1), float(k))
        y = self.binary("mul", x, self.unary("rsqrt", self.binary("add", mean, 1e-5)))
        return self.binary("mul", y, self.wide(gain)) if gain else y

    def layer_norm(self, x):
        x, k, dim = self.wide(x), x[1][-1], len(x[1]) - 1
        centred = self.binary("sub", x, self.binary("div", self.reduce("sum", x, dim), float(k)))
        variance = self.binary("div", self.reduce("sum", self.binary("mul", centred, centred), dim), float(k))
        return self.binary("mul", centred, self.unary("rsqrt", self.binary("add", variance, 1e-5)))

    def silu(self, x):
        return self.binary("div", x, self.binary("add", self.unary("exp", self.unary("neg", x)), 1.0))

    def gelu(self, x):
        half = self.binary("mul", x, 0.5)
        return self.binary("mul", half, self.binary("add", self.unary("erf", self.binary("mul", x, 0.7071067811865476)), 1.0))

    def softmax_parts(self, scores):
        dim = len(scores[1]) - 1
        p = self.add(f"mirage.exp_sub {scores[0]}, {(m := self.reduce('max', scores, dim))[0]} : "
                     f"{self.type(scores)}, {self.type(m)} -> RESULT", scores[1], "f32")
        return p, self.reduce("sum", p, dim), m

    def attention(self, q, k, v, mask=None):
        scores = self.binary("mul", self.matmul(q, k), q[1][-1] ** -0.5)
        if mask:
            scores = self.binary("add", scores, self.wide(mask))
        p, total, _ = self.softmax_parts(scores)
        return self.matmul(self.binary("div", p, total), v)

    def write(self, path, *results):
        results = [self.cast(r, self.element) for r in results]
        types = ", ".join(self.type(r) for r in results)
        inputs = ", ".join(f"{i[0]}: {self.type(i)}" for i in self.inputs)
        body = "\n".join("  " + line for line in self.lines)
        names = ", ".join(r[0] for r in results)
        path.write_text(f"func.func @main({inputs}) -> ({types}) {{\n{body}\n  return {names} : {types}\n}}\n")


def programs():
    """(name, function, results)."""
    f = Function()
    a, b, c = f.input(2048, 1024), f.input(1024, 2048), f.input(2048, 4)
    yield "chain", f, [f.matmul(f.matmul(a, b), c)]

    f = Function()
    x, w1, w2 = f.input(16, 4096), f.input(4096, 4096), f.input(4096, 4096)
    yield "sum_of_products", f, [f.binary("add", f.matmul(x, w1), f.matmul(x, w2))]

    f = Function()
    x, w = f.input(16, 4096), f.input(4096, 4096)
    y = f.matmul(x, w)
    for _ in range(2):
        y = f.binary("add", y, f.matmul(f.matmul(x, f.input(4096, 16)), f.input(16, 4096)))
    yield "two_adapters", f, [y]

    f = Function()
    x, g, w1, w2 = f.input(16, 4096), f.input(1, 4096), f.input(4096, 4096), f.input(4096, 4096)
    n = f.rms_norm(x, g)
    yield "norm_gated_mlp", f, [f.binary("mul", f.silu(f.matmul(n, w1)), f.matmul(n, w2))]

    for suffix, element in (("", "f16"), ("_bf16", "bf16"), ("_f32", "f32")):
        f = Function(element)
        x, w, b = f.input(3, 1000), f.input(1000, 1504), f.input(1, 1504)
        yield "norm_linear_odd" + suffix, f, [f.gelu(f.binary("add", f.matmul(f.layer_norm(x), w), f.wide(b)))]
        f = Function(element)
        q, k, v = f.input(7, 5, 96), f.input(7, 96, 1000), f.input(7, 1000, 96)
        yield "attention_odd" + suffix, f, [f.attention(q, k, v)]

    f = Function()
    x, w, b = f.input(16, 4096), f.input(4096, 4096), f.input(1, 4096)
    yield "norm_linear_gelu", f, [f.gelu(f.binary("add", f.matmul(f.layer_norm(x), w), f.wide(b)))]

    f = Function()
    x, y, g, w = f.input(16, 4096), f.input(16, 4096), f.input(1, 4096), f.input(4096, 4096)
    s = f.binary("add", f.wide(x), f.wide(y))
    yield "residual_norm_linear", f, [s, f.matmul(f.rms_norm(s, g), w)]

    f = Function()
    n = f.rms_norm(f.input(16, 4096))
    yield "query_key_value", f, [f.matmul(n, f.input(4096, 1024)) for _ in range(3)]

    f = Function()
    x = f.input(64, 32000)
    _, total, m = f.softmax_parts(f.wide(x))
    yield "log_sum_exp", f, [f.binary("add", f.unary("log", total), m)]

    f = Function()
    q, k, v, mask = f.input(8, 64, 128), f.input(8, 128, 1024), f.input(8, 1024, 128), f.input(1, 64, 1024)
    yield "masked_attention", f, [f.attention(q, k, v, mask)]

    # The sum's axis is the product's, and the summed one too.
    f = Function()
    x, w1, w2 = f.input(16, 1024), f.input(1024, 2816), f.input(2816, 1024)
    hidden = f.gelu(f.matmul(f.rms_norm(x), w1))
    yield "residual_mlp", f, [f.binary("add", f.wide(x), f.matmul(hidden, w2))]

    f = Function()
    x, w1, w2, w3 = f.input(16, 1024), f.input(1024, 2816), f.input(1024, 2816), f.input(2816, 1024)
    hidden = f.binary("mul", f.silu(f.matmul(x, w1)), f.matmul(x, w2))
    yield "swiglu", f, [f.matmul(hidden, w3)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, function, results in programs():
        function.write(folder / f"{name}.mlir", *results)


if __name__ == "__main__":
    main()
