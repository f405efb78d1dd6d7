# RUN: %python %s %root %build
"""The semantics, the verifier, the search and what they ask know no IR.

No file of the libraries in MirageCore includes MLIR or what does, and the tests that
hold all of MirageCore are linked without MLIR.
"""

import pathlib
import re
import subprocess
import sys

ROOT, BUILD = map(pathlib.Path, sys.argv[1:])
ALLOWED = ("llvm/ADT/", "llvm/Support/")
TESTS = ["Search", "Superoptimizer", "Verify"]


def sources():
    """Of the libraries that are declared without IR."""
    for cmake in (ROOT / "lib").glob("*/CMakeLists.txt"):
        text = cmake.read_text()
        core = re.search(r"set\(core ([^)]*)\)", text)
        for library in re.findall(r"mirage_library\((.*?)\)", text, re.S):
            words = library.split()
            if "IR" in words:
                continue
            for word in words[1:]:
                if word == "${sources}":
                    yield from cmake.parent.glob("*.cpp")
                elif word == "${core}":
                    yield from (cmake.parent / name for name in core[1].split())
                else:
                    yield cmake.parent / word


def includes(file, seen):
    """(file, what it includes that is not the project's), of all that it includes."""
    if file in seen:
        return
    seen.add(file)
    for kind, name in re.findall(r'^#include ([<"])([^>"]+)', file.read_text(), re.M):
        inner = next((f for f in (file.parent / name, ROOT / "include" / name) if f.exists()), None)
        if inner:
            yield from includes(inner, seen)
        elif kind == '"':
            yield file, name


seen = set()
found = sorted(set(sources()))
names = {file.name for file in found}
assert {"Search.cpp", "Verifier.cpp", "TilePlan.cpp", "Superoptimizer.cpp", "Semantics.cpp"} <= names, names
wrong = [(file, name) for source in found for file, name in includes(source, seen) if not name.startswith(ALLOWED)]
for file, name in wrong:
    print(f"{file.relative_to(ROOT)} includes {name}")
for test in TESTS:
    binary = BUILD / f"test/Unit/{test}/Mirage{test}Tests"
    needed = subprocess.run(["readelf", "-d", binary], check=True, capture_output=True, text=True).stdout
    for name in re.findall(r"NEEDED.*\[(.*)\]", needed):
        if re.search("MLIR|LLVM|Mirage", name):
            wrong.append(name)
            print(f"{binary.name} needs {name}")
# What has IR is seen as such.
assert any(True for _ in includes(ROOT / "lib/Analysis/SharedMemory.cpp", set()))
print(f"{len(found)} sources, {len(seen)} files, {len(wrong)} that need IR")
sys.exit(bool(wrong))
