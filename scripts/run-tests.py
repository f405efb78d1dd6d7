#!/usr/bin/env python3
"""Runs the unit tests and the lit tests of a build folder and sums them up.

usage: run-tests.py BUILD
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

UNIT_TIMEOUT_S = 900
LIT_PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
LIT_SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}


def run_unit(program, folder):
    """Returns (passed, failed, skipped, output) of a GoogleTest program."""
    result = pathlib.Path(folder) / (program.name + ".json")
    try:
        done = subprocess.run(
            [program, f"--gtest_output=json:{result}", "--gtest_brief=1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=UNIT_TIMEOUT_S,
        )
        output, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as error:
        output, code = error.stdout or b"", "timeout"
    output = f"{program.name}: exit {code}\n" + output.decode(errors="replace")
    passed = failed = skipped = 0
    if result.exists():
        for suite in json.loads(result.read_text())["testsuites"]:
            for test in suite["testsuite"]:
                if test.get("failures"):
                    failed += 1
                elif test["result"] == "COMPLETED":
                    passed += 1
                else:
                    skipped += 1
    # A crash leaves no results, or ones without the test that crashed.
    if (code != 0 and not failed) or passed + failed + skipped == 0:
        failed += 1
    return passed, failed, skipped, output


def run_lit(build, folder):
    """Returns (passed, failed, skipped) of the check-mirage target."""
    result = pathlib.Path(folder) / "lit.json"
    env = dict(os.environ)
    env["LIT_OPTS"] = f"{env.get('LIT_OPTS', '')} --output {result}"
    code = subprocess.run(["ninja", "-C", build, "check-mirage"], env=env).returncode
    codes = []
    if result.exists():
        codes = [test["code"] for test in json.loads(result.read_text())["tests"]]
    passed = sum(code in LIT_PASSED for code in codes)
    skipped = sum(code in LIT_SKIPPED for code in codes)
    failed = len(codes) - passed - skipped
    if (code != 0 and not failed) or not codes:
        failed += 1
    return passed, failed, skipped


def main():
    build = pathlib.Path(sys.argv[1])
    names = (build / "test" / "Unit" / "programs.txt").read_text().split()
    totals = [0, 0, 0]
    with tempfile.TemporaryDirectory() as folder:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for result in pool.map(lambda name: run_unit(pathlib.Path(name), folder), names):
                print(result[3], flush=True)
                totals = [a + b for a, b in zip(totals, result)]
        totals = [a + b for a, b in zip(totals, run_lit(build, folder))]
    passed, failed, skipped = totals
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
