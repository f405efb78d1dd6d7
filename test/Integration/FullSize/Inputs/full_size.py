"""Programs at their real size: each form, on each target, against double.

full_size.py BIN CACHE PROGRAM.mlir...

The reference of a program is the linalg program in double. It is kept in CACHE,
for as long as the program, its inputs and the evaluator are the same. Checked
are the program as it is formed into kernels, and as the search leaves it, on
the evaluator and on the CPU; and that a reference with one changed element is
reported, at that element. A line for each step; exits 1 if one failed.
"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import numpy

SEED = "--seed=1"
FORMS = {"unfused": "--mirage-form-kernels", "searched": "--mirage-superoptimize"}
# The largest error that one changed element adds, in tolerances.
CHANGE = 4


def distribution(program):
    """The options that make the inputs of a program."""
    table = program.parent / "distributions.txt"
    for line in table.read_text().splitlines() if table.exists() else []:
        name, *rest = line.split() or [""]
        if name == program.stem:
            return [SEED, "--dist=" + rest[0]]
    return [SEED]


class Checker:
    def __init__(self, bin_dir, cache, tmp):
        self.bin, self.cache, self.tmp = map(pathlib.Path, (bin_dir, cache, tmp))
        self.failures = 0
        tools = [self.bin / "mirage-run", self.bin.parent / "lib/libMirage.so"]
        self.version = hashlib.sha256()
        for tool in filter(os.path.exists, tools):
            self.version.update(tool.read_bytes())

    def step(self, what, expected, tool, *arguments):
        """Whether the exit code is the expected one."""
        start = time.monotonic()
        done = subprocess.run(
            [self.bin / tool, *arguments], capture_output=True, text=True
        )
        seconds = time.monotonic() - start
        ok = done.returncode == expected
        self.failures += not ok
        print(f"{'ok  ' if ok else 'FAIL'} {seconds:6.1f} s  {what}", flush=True)
        if not ok:
            print(f"exit code {done.returncode}, not {expected}")
            print("\n".join((done.stdout + done.stderr).splitlines()[:20]), flush=True)
        return ok

    def reference(self, program, options):
        key = self.version.copy()
        key.update(program.read_bytes() + " ".join(options).encode())
        folder = self.cache / f"{program.stem}-{key.hexdigest()[:16]}"
        if folder.exists():
            return folder
        for old in self.cache.glob(program.stem + "-" + "?" * 16):
            shutil.rmtree(old)
        made = self.tmp / "reference"
        if not self.step(
            f"{program.stem} in rounded arithmetic, and in double", 0,
            "mirage-run", program, *options, f"--save-reference={made}",
        ):
            return None
        self.cache.mkdir(parents=True, exist_ok=True)
        shutil.move(made, folder)
        return folder

    def changed_element(self, program, options, reference):
        """One element off by a few tolerances, in the middle of the output."""
        values = numpy.load(reference / "output_0.npy")
        index = tuple(extent // 2 for extent in values.shape)
        scale = abs(values[index]) + numpy.sqrt(numpy.mean(values**2))
        values[index] += CHANGE * 2e-3 * scale
        changed, report = self.tmp / "changed", self.tmp / "report.json"
        changed.mkdir(exist_ok=True)
        numpy.save(changed / "output_0.npy", values)
        what = f"{program.stem} with one changed element"
        if not self.step(
            what, 1, "mirage-run", program, *options,
            f"--reference-outputs={changed}", f"--json={report}",
        ):
            return
        worst = json.loads(report.read_text())["outputs"][0]["worst_index"]
        if worst != list(index):
            self.failures += 1
            print(f"FAIL {what}: reported at {worst}, not {list(index)}")

    def check(self, program):
        options = distribution(program)
        reference = self.reference(program, options)
        if not reference:
            return
        for form, flag in FORMS.items():
            plan = self.tmp / "plan.mlir"
            if self.step(
                f"{program.stem} {form}", 0, "mirage-opt", program,
                "--convert-linalg-to-mirage=require-complete", flag, "-o", plan,
            ):
                for target in ("eval", "cpu"):
                    self.step(
                        f"{program.stem} {form} on {target}", 0, "mirage-run", plan,
                        f"--target={target}", *options, f"--reference-outputs={reference}",
                    )
        self.changed_element(program, options, reference)


def main():
    bin_dir, cache, *programs = sys.argv[1:]
    if not programs:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as tmp:
        checker = Checker(bin_dir, cache, tmp)
        for program in programs:
            checker.check(pathlib.Path(program))
    print(f"{len(programs)} programs, {checker.failures} failures")
    sys.exit(bool(checker.failures))


main()
