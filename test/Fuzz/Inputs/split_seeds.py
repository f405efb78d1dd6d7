#!/usr/bin/env python3
"""Makes one seed of every program of test files.

usage: split_seeds.py OUT FOLDER...
"""

import pathlib
import re
import sys

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
for folder in sys.argv[2:]:
    for file in sorted(pathlib.Path(folder).rglob("*.mlir")):
        # One function each, where functions do not lean on each other.
        text = file.read_text()
        pieces = re.split(r"^// -----.*$|(?=^func\.func )", text, flags=re.M)
        for i, piece in enumerate(pieces):
            if "func" in piece or "module" in piece:
                (out / f"{file.parent.name}-{file.stem}-{i}").write_text(piece)
