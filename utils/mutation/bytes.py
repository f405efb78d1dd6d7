"""Counts what a printed plan moves, and compares it with the search's report.

bytes.py MIRAGE_OPT FOLDER [--top-k=N] [--chip=CHIP] FILE...

Each file is searched; its candidates and report are written below FOLDER. Of
each kernel of each candidate are counted, from the printed IR alone: its
blocks, the distinct bytes that it reads and writes, the bytes that all blocks
and steps load, and how often each element of a tensor is loaded. A program with
few steps is counted by going through all of them and marking each element; one
with many, or with large tensors, dimension by dimension. Where both are cheap,
both are done.

Then every figure of the report is made wrong in turn, and the comparison must
notice. Exits 1 with a line for each figure that differs, and for each wrong one
that is not noticed.
"""
import argparse
import copy
import itertools
import json
import math
import pathlib
import subprocess
import sys

import ir
import numpy as np

# Boxes that are marked one by one, and elements that are marked.
MOST_BOXES, MOST_ELEMENTS = 30000, 1 << 21


def element_bytes(elem):
    return {"i1": 1, "i32": 4}.get(elem) or ir.WIDTH[elem] // 8


def interval(entry, size, tile, index):
    """The elements of a dimension that a tile holds at these axis indices."""
    if not entry:
        return 0, size
    n = 0
    for axis in entry:
        n = n * axis.extent + index[axis]
    return min(n * tile, size), min((n + 1) * tile, size)


class Access:
    """Loads of a tensor, or stores to one: a split of `tensor` into tiles at each
    point of `axes`, of which those in `once` stay at 0."""

    def __init__(self, tensor, split, tile, axes, once=()):
        self.tensor, self.axes, self.once = tensor, axes, once
        self.dims = list(zip(split, tensor.type.shape, tile))

    def points(self):
        return itertools.product(
            *[range(1 if a in self.once else a.extent) for a in self.axes])

    def count_points(self):
        return math.prod(1 if a in self.once else a.extent for a in self.axes)

    def mark(self, counts):
        for point in self.points():
            index = dict(zip(self.axes, point))
            counts[tuple(slice(*interval(*dim, index)) for dim in self.dims)] += 1

    def vectors(self):
        """For each dimension how often its elements are met, and how often all of
        this is repeated by axes that cut nothing."""
        vectors, used = [], set(self.once)
        for entry, size, tile in self.dims:
            used.update(entry)
            met = np.zeros(size, np.int64)
            for point in itertools.product(*[range(1 if a in self.once else a.extent)
                                             for a in entry]):
                lo, hi = interval(entry, size, tile, dict(zip(entry, point)))
                met[lo:hi] += 1
            vectors.append(met)
        return vectors, math.prod(a.extent for a in self.axes if a not in used)


class Moved:
    """Of a tensor: distinct elements, elements in all, and how often each one is
    met (None if that is not the same for all)."""

    def __init__(self, distinct, total, times):
        self.distinct, self.total, self.times = distinct, total, times

    def __eq__(self, o):
        return (self.distinct, self.total, self.times) == (o.distinct, o.total, o.times)


def marked(shape, accesses):
    counts = np.zeros(shape, np.int32)
    for access in accesses:
        access.mark(counts)
    low, high = int(counts.min()), int(counts.max())
    return Moved(int(np.count_nonzero(counts)), int(counts.sum(dtype=np.int64)),
                 low if low == high else None)


def by_dimension(accesses):
    total, times, boxes = 0, 0, []
    for access in accesses:
        vectors, repeated = access.vectors()
        total += repeated * math.prod(int(v.sum()) for v in vectors)
        if times is not None and all(v.min() == v.max() for v in vectors):
            times += repeated * math.prod(int(v[0]) for v in vectors)
        else:
            times = None
        boxes.append([v > 0 for v in vectors])
    # Each is a product of sets, and so is what some have in common.
    distinct = 0
    boxes = [b for i, b in enumerate(boxes) if not any(
        all((x == y).all() for x, y in zip(b, other)) for other in boxes[:i])]
    for n in range(1, len(boxes) + 1):
        for some in itertools.combinations(boxes, n):
            common = [np.logical_and.reduce(sets) for sets in zip(*some)]
            distinct -= (-1) ** n * math.prod(int(s.sum()) for s in common)
    return Moved(distinct, total, times)


class Counter:
    def __init__(self):
        self.both = self.kernels = 0

    def moved(self, tensor, accesses):
        arithmetic = by_dimension(accesses)
        if (sum(a.count_points() for a in accesses) <= MOST_BOXES
                and math.prod(tensor.type.shape) <= MOST_ELEMENTS):
            self.both += 1
            if marked(tensor.type.shape, accesses) != arithmetic:
                raise AssertionError("the two ways of counting differ")
        return arithmetic

    def kernel(self, op, roots):
        """The figures of a kernel; `roots`: what a tensor is a view of."""
        inputs = dict(zip(op.attrs["ins"], op.args))
        loads, stores = {}, {}

        def visit(ops, axes):
            for o in ops:
                if o.name == "load" and o.args[0] in inputs:
                    loads.setdefault(o.args[0], []).append(Access(
                        o.args[0], o.attrs["split"], o.result.type.shape, axes))
                elif o.name == "store":
                    value, out = o.args
                    stores.setdefault(out, []).append(Access(
                        out, o.attrs["split"], value.type.shape, axes, o.attrs["once"]))
                elif o.name == "loop":
                    visit(o.body, axes + o.attrs["axes"])

        visit(op.body, list(op.attrs["axes"]))
        self.kernels += 1
        figures = {"grid": math.prod(a.extent for a in op.attrs["axes"]),
                   "bytes_read": 0, "bytes_written": 0, "bytes_loaded": 0}
        tensors = {}  # each buffer once, whatever its views
        for argument, accesses in loads.items():
            tensors.setdefault(roots[inputs[argument]], []).append((argument, accesses))
        times = {}
        for (name, elem), views in tensors.items():
            several = [(self.moved(argument, accesses), argument.type)
                       for argument, accesses in views]
            width = element_bytes(elem)
            whole = math.prod(several[0][1].shape)
            if len(several) > 1 and all(m.distinct != whole for m, _ in several):
                raise AssertionError("parts of several views of one tensor")
            figures["bytes_read"] += width * max(m.distinct for m, _ in several)
            figures["bytes_loaded"] += width * sum(m.total for m, _ in several)
            each = [m.times for m, _ in several]
            times[name] = None if None in each else sum(each)
        figures["loads"] = times
        for out in op.attrs["outs"]:
            m = self.moved(out, stores[out])
            if m.times != 1:
                raise AssertionError("an element is not written once")
            figures["bytes_written"] += element_bytes(out.type.elem) * m.distinct
        return figures

    def function(self, function):
        roots = {p: (f"arg{i}", p.type.elem) for i, p in enumerate(function.params)}
        result, constants, others = [], 0, 0
        for op in function.body:
            if op.name == "kernel":
                for i, r in enumerate(op.results):
                    roots[r] = (f"kernel{len(result)}.{i}", r.type.elem)
                result.append(self.kernel(op, roots))
            elif op.name in ("reshape", "splat"):
                roots[op.result] = roots[op.args[0]]
            elif op.name in ("constant", "dense"):
                roots[op.result] = (f"constant{constants}", op.result.type.elem)
                constants += 1
            else:
                roots[op.result] = (f"value{others}", op.result.type.elem)
                others += 1
        return result


def reported(kernel):
    return {"grid": math.prod(kernel["grid"]),
            **{name: kernel[name] for name in ("bytes_read", "bytes_written", "bytes_loaded")},
            "loads": {load["input"]: load["times"] for load in kernel["loads"]}}


def differences(kernels, counted):
    """(kernel, figure, what is reported, what was counted)"""
    if len(kernels) != len(counted):
        yield None, "kernels", len(kernels), len(counted)
        return
    for i, (said, found) in enumerate(zip(map(reported, kernels), counted)):
        for name in found:
            if said[name] != found[name]:
                yield i, name, said[name], found[name]


def wrong(kernels):
    """The figures of a plan with one of them changed, in all ways."""
    for i, kernel in enumerate(kernels):
        changes = [(name, new) for name in ("bytes_read", "bytes_written", "bytes_loaded")
                   for old in [kernel[name]]
                   for new in (old + 1, old - 2, 2 * old, old // 2, 0) if new != old]
        changes += [("grid", kernel["grid"] + [2]), ("loads", kernel["loads"][1:])]
        changes += [("loads", kernel["loads"][:n] + [dict(load, times=load["times"] + by)]
                     + kernel["loads"][n + 1:])
                    for n, load in enumerate(kernel["loads"]) for by in (-1, 1)]
        for name, new in changes:
            changed = copy.deepcopy(kernels)
            changed[i][name] = new
            if changed != kernels:
                yield i, name, changed
    yield None, "kernels", kernels[1:]


def totals_of(counted):
    result = {"kernels": len(counted)}
    for name in ("bytes_read", "bytes_written", "bytes_loaded"):
        result[name] = sum(k[name] for k in counted)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--top-k", type=int, default=8)
    parser.add_argument("--chip", default="sm_90a")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    counter = Counter()
    failures = plans = mutants = 0

    def fail(text):
        nonlocal failures
        failures += 1
        print(text)

    for file in args.files:
        folder = args.folder / file.stem
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [args.tool, file, "--convert-linalg-to-mirage",
             f"--mirage-superoptimize=chip={args.chip} top-k={args.top_k} "
             f"report={folder}/report.json candidates-dir={folder}", "-o", "/dev/null"],
            check=True, stderr=subprocess.DEVNULL)
        for function in json.loads((folder / "report.json").read_text())["functions"]:
            for plan in function["plans"]:
                name = f"{function['name']}_{plan['rank']}"
                try:
                    counted = counter.function(ir.parse((folder / f"{name}.mlir").read_text())[0])
                except (AssertionError, ir.Invalid) as e:
                    fail(f"{file.stem} {name}: {e}")
                    continue
                plans += 1
                for i, figure, said, found in differences(plan["kernels"], counted):
                    fail(f"{file.stem} {name}: kernel {i}: {figure} is {said} in the report, {found} counted")
                for i, figure, changed in wrong(plan["kernels"]):
                    mutants += 1
                    if not any(True for _ in differences(changed, counted)):
                        fail(f"{file.stem} {name}: kernel {i}: a wrong {figure} is not noticed")
                for when, is_it in (("before", plan["unfused"]),
                                    ("after", plan["rank"] == function["chosen"])):
                    if is_it and function[when] != totals_of(counted):
                        fail(f"{file.stem} {name}: {when} is {function[when]}, {totals_of(counted)} counted")
    print(f"{plans} plans, {counter.kernels} kernels, {counter.both} tensors counted both ways, "
          f"{mutants} wrong figures noticed, {failures} failures")
    return bool(failures or not plans or not counter.both)


if __name__ == "__main__":
    sys.exit(main())
