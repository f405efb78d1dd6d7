#!/usr/bin/env python3
"""Runs the tests of built presets and sums them up.

usage: run-tests.py PRESET...
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

# Of which presets not all tests are run.
TARGETS = {
    "asan": "check-mirage-parser",
    "fuzz": "check-mirage-fuzz",
    "tsan": "check-mirage-core",
}
PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "SKIPPED"}


def run(preset):
    """Returns how many tests of a preset passed, failed, and were skipped."""
    build = "build" if preset == "release" else f"build-{preset}"
    target = TARGETS.get(preset, "check-mirage")
    with tempfile.TemporaryDirectory() as folder:
        result = pathlib.Path(folder) / "lit.json"
        env = dict(os.environ)
        env["LIT_OPTS"] = f"{env.get('LIT_OPTS', '')} --output {result}"
        code = subprocess.run(["ninja", "-C", build, target], env=env).returncode
        codes = []
        if result.exists():
            codes = [test["code"] for test in json.loads(result.read_text())["tests"]]
    # Left out by a filter.
    codes = [code for code in codes if code != "EXCLUDED"]
    passed = sum(code in PASSED for code in codes)
    skipped = sum(code in SKIPPED for code in codes)
    failed = len(codes) - passed - skipped
    # A build that fails leaves no results.
    if (code != 0 and not failed) or not codes:
        failed += 1
    return passed, failed, skipped


def summary(passed, failed, skipped):
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    totals = [0, 0, 0]
    for preset in sys.argv[1:]:
        counts = run(preset)
        print(f"{preset}: {summary(*counts)}", flush=True)
        totals = [a + b for a, b in zip(totals, counts)]
    print(summary(*totals))
    return totals[1] != 0


if __name__ == "__main__":
    sys.exit(main())
