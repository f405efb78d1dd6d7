"""The whole road on linalg programs: import, search, evaluate, run, assemble.

road.py BIN PTXAS FILE...   PTXAS may be empty

For each program: what the search chose, and the form with one kernel an op,
agree with the program in double, on the evaluator and on the CPU; lowered kernels of
small ones agree thread by thread; both give PTX that assembles for sm_80 and sm_90a. Exits 1 with a line for each failure.
"""
import os
import subprocess
import sys
import tempfile

def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


def main():
    bin_dir, ptxas, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    tool = lambda name: os.path.join(bin_dir, name)
    failures = []
    with tempfile.TemporaryDirectory() as tmp:
        path = lambda name: os.path.join(tmp, name)
        for file in files:
            name = os.path.basename(file).split(".")[0]

            def check(what, result):
                if result.returncode:
                    lines = (result.stderr + result.stdout).strip().splitlines()
                    failures.append(f"{name}: {what}: {lines[:2]}")
                return not result.returncode

            for form in ("mirage-superoptimize", "mirage-form-kernels"):
                if not check(form, run(tool("mirage-opt"), file,
                                       "--convert-linalg-to-mirage=require-complete",
                                       "--" + form, "-o", path("plan.mlir"))):
                    continue
                for target in ("eval", "cpu"):
                    check(f"{form} on {target}", run(
                        tool("mirage-run"), path("plan.mlir"),
                        "--target=" + target, "--reference=" + file))
                # The large ones would take minutes.
                if os.path.dirname(file) == os.path.dirname(__file__):
                    check(f"{form} thread by thread", run(
                        tool("mirage-opt"), path("plan.mlir"),
                        "--test-mirage-gpu-lowering", "-o", os.devnull))
                for chip in ("sm_80", "sm_90a"):
                    if (check(f"{form} to PTX for {chip}", run(
                            tool("mirage-opt"), path("plan.mlir"),
                            f"--mirage-to-ptx=chip={chip}", "-o", path("l.mlir")))
                            and check("export", run(
                                tool("mirage-translate"), path("l.mlir"),
                                "--mirage-export-ptx", "-o", path("k.ptx")))
                            and ptxas):
                        check(f"{form} through ptxas for {chip}", run(
                            ptxas, f"-arch={chip}", path("k.ptx"), "-o",
                            path("k.cubin")))
    for failure in failures:
        print(failure)
    print(f"{len(files)} programs, {len(failures)} failures")
    sys.exit(bool(failures) or not files)


main()
