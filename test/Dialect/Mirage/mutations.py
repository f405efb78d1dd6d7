# REQUIRES: numpy
# RUN: %python %s mirage-opt %S/ops.mlir %S/canonicalize.mlir %S/transforms.mlir
"""IR that is slightly wrong is refused with an error, or it is right.

Functions of other tests, in both printed forms, are changed at random places:
numbers, types, names of ops, operands and whole lines. Each result must go
through the parser, the verifiers and upstream's passes without a crash, and
print as what it was read from. The seed is fixed; more rounds and other seeds
are for a longer search: mutations.py MIRAGE_OPT FILES... --rounds=N --seed=N
"""

import random
import re
import subprocess
import sys

OPTIONS = dict(a[2:].split("=") for a in sys.argv if a.startswith("--"))
MIRAGE_OPT, *FILES = [a for a in sys.argv[1:] if not a.startswith("--")]
ROUNDS = int(OPTIONS.get("rounds", 10))
CHUNKS = 20  # a process
PIPELINES = [
    ["--verify-roundtrip"],
    ["--canonicalize", "--cse", "--loop-invariant-code-motion", "--sccp"],
]

R = random.Random(int(OPTIONS.get("seed", 0)))
NUMBERS = ["0", "-1", "1", "2", "3", "5", "4294967296"]
NUMBERS += [str(2**63 - 1), str(2**63 - 2), str(-(2**63))]
TYPES = ["f16", "bf16", "f32", "f64", "i1", "i32", "i8", "index", "!mirage.axis"]
SHAPED = ["tensor<", "!mirage.tile<", "!mirage.out<", "vector<"]


def opt(text, options):
    command = [MIRAGE_OPT, "--allow-unregistered-dialect", *options]
    return subprocess.run(command, input=text, capture_output=True, text=True)


def functions():
    """The functions of the files, as printed."""
    for name in FILES:
        with open(name) as file:
            chunks = file.read().split("// -----")
        for options in ([], ["--mlir-print-op-generic"]):
            for chunk in chunks:
                text = opt(chunk, options).stdout
                for function in re.split(r'\n(?=  (?:"func\.func|func\.func))', text)[1:]:
                    yield re.sub(r"\n\}(\) : \(\) -> \(\))?\s*$", "", function)


def replace(text, pattern, choices):
    places = list(re.finditer(pattern, text))
    if not places:
        return text
    place = R.choice(places)
    new = R.choice(choices or places)
    new = new if isinstance(new, str) else new[0]
    return text[: place.start()] + new + text[place.end() :]


def change_lines(text):
    lines = text.split("\n")
    i, j = (R.randrange(len(lines)) for _ in range(2))
    what = R.randrange(3)
    if what == 0:
        del lines[i]
    elif what == 1:
        lines[i], lines[j] = lines[j], lines[i]
    else:
        lines.insert(i, lines[j])
    return "\n".join(lines)


MUTATIONS = [
    lambda t: replace(t, r"(?<![%\w.])-?\d+(?=[\]x> ,):])", NUMBERS),
    # Upstream's parser crashes on array<index>.
    lambda t: replace(t, r"(?<!array<)\b(f16|bf16|f32|f64|i1|i32)\b", TYPES),
    lambda t: replace(t, r"(tensor|!mirage\.tile|!mirage\.out)<", SHAPED),
    lambda t: replace(t, r"%[\w#]+", None),
    lambda t: replace(t, r"\bmirage\.\w+", None),
    change_lines,
]


def mutate(text):
    for _ in range(R.choice([1, 1, 1, 2, 3])):
        text = R.choice(MUTATIONS)(text)
    return text


def why_bad(run):
    if run.returncode not in (0, 1):
        return f"exit status {run.returncode}"
    if run.returncode == 1 and "error:" not in run.stderr:
        return "fails without an error"
    if "roundTrip" in run.stderr:
        return "does not print as what it was read from"
    return None


originals = list(functions())
accepted = failures = 0
for _ in range(ROUNDS):
    chunks = [mutate(R.choice(originals)) for _ in range(CHUNKS)]
    for options in PIPELINES:
        run = opt("\n// -----\n".join(chunks), ["--split-input-file", *options])
        accepted += run.stdout.count("func.func")
        if not why_bad(run):
            continue
        for chunk in chunks:
            why = why_bad(opt(chunk, options))
            if why:
                print(f"{why} {options}:\n{chunk}\n")
                failures += 1
        failures += not failures  # together only
print(f"{len(originals)} functions, {accepted} changes accepted, {failures} failures")
sys.exit(failures != 0 or len(originals) < 40 or accepted == 0)
