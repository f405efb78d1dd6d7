# REQUIRES: numpy
# RUN: %python %s %root
"""Each sentence with which the dialect refuses IR is expected by a test here.

A sentence is known by its longest literal.
"""

import glob
import re
import sys

ROOT = sys.argv[1]
SOURCES = [f"{ROOT}/lib/Dialect/Mirage/IR/*.cpp", f"{ROOT}/lib/Semantics/Semantics.cpp"]
STATEMENT = re.compile(
    r"(?:emitOpError|emitError|\bwhy = |return (?=\"))(?:\"(?:\\.|[^\"\\])*\"|[^;\"])*;"
)

# What IR that parses cannot cause: ODS checks it before.
UNREACHABLE = {
    "must have one result",  # only ops of others, that the interface is attached to
    ", expected a tensor of static shape or a tile",  # the same
    "body holds an op without a meaning",  # the map's body is verified before
    "expects 1 or 2 operands, got ",
    " operands, got ",
}


def sentences():
    for pattern in SOURCES:
        for name in sorted(glob.glob(pattern)):
            with open(name) as file:
                text = re.sub(r"//.*", "", file.read())
            text = re.sub(r'"\s*\n\s*"', "", text)  # literals side by side
            for statement in STATEMENT.finditer(text):
                # Each arm of a choice is a sentence.
                for part in re.split(r"\s\?\s|\s:\s", statement[0]):
                    literals = re.findall(r'"((?:\\.|[^"\\])*)"', part)
                    if literals:
                        yield name, max(literals, key=len)


expected = ""
for name in glob.glob(f"{ROOT}/test/Dialect/Mirage/invalid-*.mlir"):
    with open(name) as file:
        expected += "\n".join(re.findall(r"expected-error.*?\{\{(.*)\}\}", file.read()))
missing = 0
count = 0
for name, sentence in sentences():
    if " " not in sentence.strip(" :,") or sentence in UNREACHABLE:
        continue
    count += 1
    if sentence.strip() not in expected:
        print(f"{name}: no test expects '{sentence}'")
        missing += 1
print(f"{count} sentences, {missing} without a test")
sys.exit(missing != 0 or count < 80)
