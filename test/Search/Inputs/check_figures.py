"""What the search promises for programs of one or more products.

check_figures.py MIRAGE_OPT FILE...

For each program: one kernel of at least 64 blocks that reads its inputs and
writes its outputs and nothing else, that loads each weight once a block of
rows, and is one of several plans of different structure; in little time. Where
a row is normed before a product: without the law that takes a factor out of a
sum, no plan has the sum of squares and the product in one loop.

Exits 1 with a line for each figure that is missed.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

MIN_BLOCKS, MIN_STRUCTURES = 64, 3

# Figures that are not reached yet: (program, figure).
NOT_YET = set()

BYTES = {"f16": 2, "bf16": 2, "f32": 4}


class Tensor:
    def __init__(self, text):
        *shape, self.element = text.split("x")
        self.shape = [int(n) for n in shape]
        self.bytes = BYTES[self.element]
        for extent in self.shape:
            self.bytes *= extent


def signature(file):
    """The tensors that @main takes, and the one that it returns."""
    with open(file) as source:
        line = re.search(r"func\.func @main\((.*)\) -> tensor<([^>]*)>", source.read())
    return [Tensor(t) for t in re.findall(r"tensor<([^>]*)>", line[1])], Tensor(line[2])


def search(tool, file, folder, *options):
    report = os.path.join(folder, "report.json")
    done = subprocess.run(
        [tool, file, "--convert-linalg-to-mirage=require-complete",
         f"--mirage-superoptimize=top-k=8 report={report} " + " ".join(options), "-o", os.devnull],
        capture_output=True, text=True)
    assert not done.returncode, done.stderr
    with open(report) as source:
        return json.load(source)["functions"][0]


def steps_over(axes, extent):
    """Steps of the grid axis that cuts a dimension of this extent, 1 if none does."""
    return next((a["steps"] for a in axes if a["role"] == "grid" and a["tile"]
                 and (a["steps"] - 1) * a["tile"] < extent <= a["steps"] * a["tile"]), 1)


def shape_of(plan):
    """A plan without its sizes, and without axes of one step."""
    return tuple((tuple(sorted((a["axis"], a["role"]) for a in axes if a["steps"] > 1)),
                  tuple(load["input"] for load in kernel["loads"]))
                 for kernel, axes in zip(plan["kernels"], plan["sizes"]))


def figures(function, inputs, output):
    """(name, whether it is reached, what was found)"""
    plan = next((p for p in function["plans"] if p["rank"] == function["chosen"]), None)
    yield "found", plan is not None, function["nothing_found"]
    if not plan:
        return
    kernels = plan["kernels"]
    yield "kernels", len(kernels) == 1, len(kernels)
    blocks = []
    for kernel in kernels:
        blocks.append(1)
        for extent in kernel["grid"]:
            blocks[-1] *= extent
    yield "blocks", min(blocks) >= MIN_BLOCKS, blocks
    touched = sum(k["bytes_read"] + k["bytes_written"] for k in kernels)
    least = sum(t.bytes for t in inputs) + output.bytes
    yield "bytes", touched == least, f"{touched} of {least}"
    rows, columns = output.shape
    for i, tensor in enumerate(inputs):
        if len(tensor.shape) != 2 or tensor.shape[1] != columns or tensor.shape[0] == rows:
            continue
        for kernel, axes in zip(kernels, plan["sizes"]):
            times = sum(l["times"] for l in kernel["loads"] if l["input"] == f"arg{i}")
            most = steps_over(axes, rows)
            if times:
                yield "loads", times <= most, f"arg{i} {times} times, {most} blocks of rows"
    structures = {shape_of(p) for p in function["plans"] if not p["unfused"]}
    yield "structures", len(structures) >= MIN_STRUCTURES, len(structures)


def loops_with_two_sums(folder):
    texts = []
    for name in os.listdir(folder):
        if name.endswith(".mlir"):
            with open(os.path.join(folder, name)) as source:
                texts += re.findall(r"mirage\.accumulate .*", source.read())
    return sum(line.count("sum %") >= 2 for line in texts)


def check_law(tool, file, folder):
    with_law, without = os.path.join(folder, "with"), os.path.join(folder, "without")
    search(tool, file, folder, f"candidates-dir={with_law}")
    search(tool, file, folder, f"candidates-dir={without}", "disable-rules=factor-out-of-sum")
    yield "law", loops_with_two_sums(with_law) > 0, "no plan has both sums in one loop"
    count = loops_with_two_sums(without)
    yield "no law", count == 0, f"{count} loops with both sums"


def main():
    tool, files = sys.argv[1], sys.argv[2:]
    missed = []
    for file in files:
        program = os.path.splitext(os.path.basename(file))[0]
        with tempfile.TemporaryDirectory() as folder:
            results = list(figures(search(tool, file, folder), *signature(file)))
            if program.startswith("rmsnorm"):
                results += check_law(tool, file, folder)
        for figure, reached, found in results:
            if reached:
                continue
            later = (program, figure) in NOT_YET
            print(f"{program}: {figure}: {found}{' (not required yet)' if later else ''}")
            if not later:
                missed.append((program, figure))
        names = {figure for figure, reached, _ in results if not reached}
        for figure in sorted(figure for name, figure in NOT_YET if name == program):
            if figure not in names:
                print(f"{program}: {figure}: reached now")
    print(f"{len(files)} programs, {len(missed)} figures missed")
    sys.exit(bool(missed) or not files)


main()
