#!/usr/bin/env python3
"""Runs check-mirage in a build folder and sums it up.

usage: run-tests.py BUILD
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}


def main():
    build = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        result = pathlib.Path(folder) / "lit.json"
        env = dict(os.environ)
        env["LIT_OPTS"] = f"{env.get('LIT_OPTS', '')} --output {result}"
        code = subprocess.run(["ninja", "-C", build, "check-mirage"], env=env).returncode
        codes = []
        if result.exists():
            codes = [test["code"] for test in json.loads(result.read_text())["tests"]]
    passed = sum(code in PASSED for code in codes)
    skipped = sum(code in SKIPPED for code in codes)
    failed = len(codes) - passed - skipped
    # A build that fails leaves no results.
    if (code != 0 and not failed) or not codes:
        failed += 1
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
