#!/usr/bin/env python3
"""How the search grows with the program.

usage: search-growth.py MIRAGE_OPT [LARGEST] [--threads=N] [--page=FILE] [--plot=FILE.svg]

Three families of programs, each cut after 4, 5, ... LARGEST (default 16) ops,
casts and constants not counted. For each: the states of the report, its seconds
(search and tests; wall clock), the limits that were hit, and how many times the
seconds of one op fewer these are. Nothing is compared with another system.
Prints a table; with --page, replaces the one between the marks in FILE. --plot
needs matplotlib.
"""
import argparse
import importlib.util
import json
import pathlib
import shutil
import subprocess
import tempfile

import marked

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


FAMILIES = norms_and_products, attention, branches


def measure(tool, largest, options):
    """(family, ops, states, seconds, limits), as they come."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for family in FAMILIES:
            for count in range(4, largest + 1):
                f = table.Function()
                steps = family(f)
                for _ in range(count):
                    last = next(steps)
                results = last if isinstance(last[0], tuple) else (last,)
                f.write(folder / "p.mlir", *results)
                done = subprocess.run([tool, folder / "p.mlir", f"--mirage-superoptimize=report={folder}/r.json{options}",
                                       "-o", "/dev/null"], capture_output=True, text=True)
                if done.returncode:
                    raise SystemExit(f"error: {tool}: {done.stderr.strip() or done.returncode}")
                report = json.loads((folder / "r.json").read_text())["functions"][0]
                search = report["search"]
                yield family.__name__, count, search["states"], report["seconds"], search["limits_hit"]


def plot(rows, path):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "growth"
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(6, 4))
    for family in FAMILIES:
        points = [(ops, seconds) for name, ops, _, seconds, _ in rows if name == family.__name__]
        axes.plot(*zip(*points), marker="o", label=family.__name__.replace("_", " "))
    axes.set_yscale("log")
    axes.set_xlabel("ops")
    axes.set_ylabel("seconds, tests included")
    axes.legend()
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool")
    parser.add_argument("largest", type=int, nargs="?", default=16)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--page")
    parser.add_argument("--plot")
    options = parser.parse_args()
    if not shutil.which(options.tool):
        parser.error(f"{options.tool}: no such program")
    if options.largest < 4:
        parser.error(f"'{options.largest}' ops are fewer than 4")
    if options.page:
        marked.marks(options.page, "search-growth")
    lines = ["| family | ops | states | seconds | times | limits |", "|---|---:|---:|---:|---:|---|"]
    rows, before = [], None
    for row in measure(options.tool, options.largest, f" threads={options.threads}"):
        family, ops, states, seconds, limits = row
        times = f"{seconds / before[3]:.1f}" if before and before[0] == family else ""
        lines.append(f"| {family} | {ops} | {states} | {seconds:.2f} | {times} | {', '.join(limits)} |")
        print(lines[-1], flush=True)
        rows.append(row)
        before = row
    if options.page:
        marked.replace(options.page, "search-growth", "\n".join(lines))
    if options.plot:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
