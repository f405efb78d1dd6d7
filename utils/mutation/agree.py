"""Checks evaluate.py against mirage-run --target=eval, both rounding.

agree.py MIRAGE_OPT MIRAGE_RUN TEST_DIR

Runs the programs of TEST_DIR/Conversion/Inputs, and what the search chose for
those of TEST_DIR/Integration/Inputs, on the inputs that mirage-run saves. The
outputs may differ by one unit in the last place. Prints how many functions
agree; exits 1 with a line for each that does not.
"""
import glob
import os
import subprocess
import sys
import tempfile

import evaluate
import ir
import numpy as np
import programs

ULP = {"f16": 2.0 ** -10, "bf16": 2.0 ** -7, "f32": 2.0 ** -23, "f64": 2.0 ** -50}


def read(path, elem):
    x = np.load(path)
    if elem == "bf16":
        x = (x.astype(np.uint32) << 16).view(np.float32)
    return x.astype(np.float64)


def difference(runner, function):
    """What is wrong, or nothing."""
    with tempfile.TemporaryDirectory() as tmp:
        file = os.path.join(tmp, "p.mlir")
        with open(file, "w") as f:
            f.write(function.text("main"))
        result = subprocess.run(
            [runner, file, "--target=eval", "--save-inputs=" + tmp,
             "--save-outputs=" + tmp], capture_output=True, text=True)
        # It exits with 1 if rounding loses more than a tolerance.
        if result.returncode not in (0, 1):
            return result.stderr.strip()
        inputs = [read(f"{tmp}/input_{i}.npy", p.type.elem)
                  for i, p in enumerate(function.params)]
        actual = evaluate.Evaluator(rounded=True).outputs(function, inputs)
        for i, (r, a) in enumerate(zip(function.returns, actual)):
            expected = read(f"{tmp}/output_{i}.npy", r.type.elem)
            error, lost = evaluate.error([expected], [a], [evaluate.scale(expected)])
            if lost or error > ULP.get(r.type.elem, 0):
                return f"output {i} differs by {error:.2g}"
            if not np.array_equal(np.isfinite(expected), np.isfinite(a)):
                return f"output {i} is finite elsewhere"


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    tool, runner, test_dir = sys.argv[1:]
    functions = []
    for file in sorted(glob.glob(f"{test_dir}/Integration/Inputs/*.mlir")):
        with open(file) as f:
            text = f.read()
        if not programs.INTEGERS.search(text):
            functions.append((file, programs.search(tool, text, 1)[1][0]))
    for file in sorted(glob.glob(f"{test_dir}/Conversion/Inputs/*.mlir")):
        with open(file) as f:
            functions += [(file, g) for g in programs.written(f.read())]
    failures = 0
    for file, function in functions:
        why = difference(runner, function)
        if why:
            failures += 1
            print(f"{file}: {why}\n{function.text('main')}")
    count = len(functions)
    print(f"{count - failures} of {count} functions agree")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
