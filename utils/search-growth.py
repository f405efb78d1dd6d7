#!/usr/bin/env python3
"""How the search grows with the program.

search-growth.py MIRAGE_OPT [LARGEST] [--threads=N]

Three families of programs, each cut after 4, 5, ... LARGEST (default 16) ops,
casts and constants not counted. For each: the states of the report, its seconds
(search and tests; wall clock), the limits that were hit, and how many times the
seconds of one op fewer these are. Nothing is compared with another system.
"""
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("table", HERE.parent / "test" / "Search" / "Inputs" / "table.py")
table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(table)


def norms_and_products(f):
    """x, normed, times a weight, gated, times a weight, and again."""
    x = f.wide(f.input(16, 1024))
    while True:
        square = f.binary("mul", x, x)
        yield square
        total = f.reduce("sum", square, 1)
        yield total
        mean = f.binary("mul", total, 1 / 1024)
        yield mean
        root = f.unary("rsqrt", mean)
        yield root
        y = f.binary("mul", x, root)
        yield y
        z = f.matmul(y, f.input(1024, 1024))
        yield z
        t = f.unary("tanh", z)
        yield t
        x = f.binary("add", x, t)
        yield x


def attention(f):
    """Scores of normed queries, a softmax, the values, and a projection."""
    q = f.wide(f.input(8, 64, 64))
    square = f.binary("mul", q, q)
    yield square
    total = f.reduce("sum", square, 2)
    yield total
    root = f.unary("rsqrt", total)
    yield root
    q = f.binary("mul", q, root)
    yield q
    s = f.matmul(q, f.input(8, 64, 1024))
    yield s
    s = f.binary("add", s, f.wide(f.input(1, 64, 1024)))
    yield s
    m = f.reduce("max", s, 2)
    yield m
    p = f.add(f"mirage.exp_sub {s[0]}, {m[0]} : {f.type(s)}, {f.type(m)} -> RESULT", s[1], "f32")
    yield p
    total = f.reduce("sum", p, 2)
    yield total
    p = f.binary("div", p, total)
    yield p
    o = f.matmul(p, f.input(8, 1024, 64))
    yield o
    while True:
        o = f.matmul(o, f.input(8, 64, 64))
        yield o
        o = f.unary("tanh", o)
        yield o


def branches(f):
    """Sums of products of one x with many weights; a product that is not yet
    added is a second result."""
    x = f.input(16, 1024)
    y = f.matmul(x, f.input(1024, 1024))
    yield y
    while True:
        z = f.matmul(x, f.input(1024, 1024))
        yield y, z
        y = f.binary("add", y, z)
        yield y


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    options = "".join(a.replace("--", " ", 1) for a in sys.argv[1:] if a.startswith("--"))
    tool, largest = arguments[0], int(arguments[1]) if len(arguments) > 1 else 16
    print("| family | ops | states | seconds | times | limits |")
    print("|---|---:|---:|---:|---:|---|")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for family in (norms_and_products, attention, branches):
            before = None
            for count in range(4, largest + 1):
                f = table.Function()
                steps = family(f)
                for _ in range(count):
                    last = next(steps)
                results = last if isinstance(last[0], tuple) else (last,)
                f.write(folder / "p.mlir", *results)
                subprocess.run([tool, folder / "p.mlir", f"--mirage-superoptimize=report={folder}/r.json{options}",
                                "-o", "/dev/null"], check=True, stderr=subprocess.DEVNULL)
                report = json.loads((folder / "r.json").read_text())["functions"][0]
                seconds, search = report["seconds"], report["search"]
                times = "" if before is None else f"{seconds / before:.1f}"
                print(f"| {family.__name__} | {count} | {search['states']} | {seconds:.2f} | {times} | {', '.join(search['limits_hit'])} |", flush=True)
                before = seconds


if __name__ == "__main__":
    main()
