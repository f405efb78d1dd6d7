"""Mutates programs and accepted plans, and judges the verifier by them.

run.py MIRAGE_OPT TEST_DIR [options]

Programs are reduced forms of TEST_DIR/Programs and those of
TEST_DIR/Integration/Inputs; their plans are what mirage-superoptimize accepts,
in other tilings too. Each mutant that the dialect's verifier admits is compared
with its program in double, by `evaluate.py` on several kinds of random
inputs, and given to mirage-check-equivalence.

Prints a line for each kind that changes the function, another table of what
the differing ones are mutants of, and, apart from these, a line for each kind that
changes roundings only. Exits 1 if a program that differs was accepted, if more than
1 % of the equal ones were refused by the field test, or if there are fewer mutants
than were asked for.
"""
import argparse
import collections
import glob
import json
import os
import random
import sys
import time

import check
import evaluate
import ir
import mutate
import numpy as np
import programs

# Errors between results: rounding is far below, a change far above.
DIFFERENT, EQUAL = 1e-7, 1e-10
TOLERANCE = {"f16": 2e-3, "bf16": 1.6e-2, "f32": 2e-5, "f64": 1e-12}
DOUBLE = ("normal", "uniform", "tiny", "negative", "heavy", "wide", "steps")
REAL = ("normal", "uniform", "negative")
ROUNDED = ("normal", "normal", "wide", "large", "tiny")


class Program:
    """A reference, inputs with its results, and what is mutated.

    A program of real size is compared at a few elements of its outputs."""

    def __init__(self, name, reference, seed, real=False):
        self.name, self.reference, self.bases = name, reference, []
        self.text = reference.text("f")
        rng = np.random.default_rng(seed)
        self.sample = None
        if real:
            self.sample = [(o, tuple(at(n) for n in r.type.shape))
                           for o, r in enumerate(reference.returns)
                           for at in (lambda n: 0, lambda n: n - 1) +
                           (lambda n: int(rng.integers(n)),) * 2]
        self.double, self.rounded = [], []
        for d in REAL if real else DOUBLE:
            inputs = evaluate.draw(reference, d, rng)
            whole = evaluate.Evaluator().outputs(reference, inputs)
            scales = [evaluate.scale(x) for x in whole]
            if real:
                scales = [scales[o] for o, _ in self.sample]
                whole = [whole[o][at] for o, at in self.sample]
            self.double.append((d, inputs, whole, scales))
        for d in () if real else ROUNDED:
            inputs = evaluate.draw(reference, d, rng)
            expected = self.outputs(reference, inputs)
            scales = [evaluate.scale(x) for x in expected]
            own, lost = evaluate.error(
                expected, self.outputs(reference, inputs, True), scales)
            if not lost and any(np.isfinite(x).any() for x in expected):
                self.rounded.append((inputs, expected, scales, own))
        self.tolerance = max(TOLERANCE.get(r.type.elem, 0) for r in reference.returns)

    def outputs(self, function, inputs, rounded=False):
        return evaluate.Evaluator(rounded).outputs(function, inputs, self.sample)

    def error(self, function):
        try:
            return self._error(function)
        except ir.Invalid as e:
            raise RuntimeError(
                f"{e}, but the dialect admits:\n{function.text()}") from e

    def _error(self, function):
        """The largest error in double, up to the first that is large: infinite
        where the function is not defined. A large one that is due to rounding
        or overflow does not count."""
        worst, lost_always = 0.0, True
        for d, inputs, expected, scales in self.double:
            e, lost = evaluate.error(expected, self.outputs(function, inputs), scales)
            lost_always &= lost
            if (e > DIFFERENT or lost) and self.sample is None:
                e = self.confirmed(function, inputs, scales, e, lost)
            worst = max(worst, e)
            if worst > DIFFERENT:
                break
        return np.inf if lost_always else worst

    def confirmed(self, function, inputs, scales, error, lost):
        """The error if extended precision agrees on it, else 0."""
        wide = evaluate.Evaluator(dtype=np.longdouble)
        outputs = wide.outputs(function, inputs)
        expected = evaluate.Evaluator(dtype=np.longdouble).outputs(self.reference, inputs)
        e, _ = evaluate.error(expected, outputs, scales)
        if lost:
            return np.inf if wide.undefined else 0.0
        return error if error / 2 < e < 2 * error else 0.0

    def excess(self, function):
        """The rounded error over what is allowed, the largest of all inputs."""
        worst = 0.0
        for inputs, expected, scales, own in self.rounded:
            e, lost = evaluate.error(expected, self.outputs(function, inputs, True), scales)
            worst = max(worst, np.inf if lost else e / max(self.tolerance, 2 * own))
        return worst


class Source:
    """A program and its plans; `extents` maps the plans' extents to its own."""

    def __init__(self, name, reference, plans, extents=None):
        self.name, self.reference, self.plans = name, reference, plans
        self.extents = extents or {}


def sources(tool, test_dir, args):
    wanted = lambda name: not args.only or any(
        name.startswith(o) for o in args.only.split(","))

    def read(file):
        with open(file) as f:
            return f.read()

    name_of = lambda file: os.path.basename(file)[:-5]
    search = lambda text: programs.search(tool, text, args.top_k)
    if args.real:
        return [Source(name_of(file), *search(read(file)))
                for file in sorted(glob.glob(f"{test_dir}/Programs/*_b1.mlir"))
                if wanted(name_of(file))]
    result, searched = [], {}
    for name, tag, extents in programs.REDUCED:
        if not wanted(f"{name}/{tag}"):
            continue
        files = [f"{test_dir}/Programs/{name}_{b}.mlir" for b in ("b8", "b1")]
        small, plans = search(programs.reduced(read(files[0]), extents))
        for file in files:
            if file not in searched:
                searched[file] = search(read(file))[1]
            result.append(Source(f"{name}/{tag}", small, searched[file], extents))
        result.append(Source(f"{name}/{tag}", small, plans[:args.plans // 2]))
    for file in sorted(glob.glob(f"{test_dir}/Integration/Inputs/*.mlir")):
        if wanted(name_of(file)) and not programs.INTEGERS.search(read(file)):
            result.append(Source(name_of(file), *search(read(file))))
    for file in sorted(glob.glob(f"{test_dir}/Conversion/Inputs/*.mlir")):
        if wanted(name_of(file)):
            functions = programs.written(read(file))
            result += [Source(name_of(file), functions[0],
                              [g for g in functions[1:]
                               if g.signature() == functions[0].signature()])
                       for _ in functions[:1]]
    return result


def load(tool, test_dir, args):
    result = {}
    for i, source in enumerate(sources(tool, test_dir, args)):
        rng = random.Random(f"{args.seed} {i} {source.name}")
        if source.name not in result:
            result[source.name] = Program(source.name, source.reference,
                                          args.seed + i, args.real)
        program = result[source.name]
        bases = [] if args.real else [source.reference]
        for plan in source.plans[:args.plans]:
            forms = [plan]
            if source.extents:
                forms = [programs.retile(plan, rng, source.extents)]
            if not args.real:
                forms += [programs.retile(plan, rng, source.extents)
                          for _ in range(args.tilings)]
            forms = [f for f in forms if f is not None
                     and f.signature() == source.reference.signature()]
            forms += [programs.split_axis(rng.choice(forms), rng)
                      for _ in range(args.tilings) if forms]
            bases += [f for f in forms if f is not None]
        known = {b.text("g") for b in program.bases}
        for b in bases:
            if b.text("g") not in known:
                known.add(b.text("g"))
                program.bases.append(b)
    return list(result.values())


def admit(tool, loaded, args, problems):
    """Keeps the bases that the verifier accepts, and checks that they are equal."""
    flat = [(p, b) for p in loaded for b in p.bases]
    verdicts = check.check(tool, [(p.text, b.text("g")) for p, b in flat],
                           args.flags, jobs=args.jobs)
    count = collections.Counter()
    for p in loaded:
        p.bases = []
    for (p, b), v in zip(flat, verdicts):
        if v.status == "invalid":
            continue
        error = p.error(b)
        count[v.reason] += 1
        if v.status == "accepted":
            p.bases.append(b)
        if (v.status == "accepted") != (error < EQUAL):
            problems.append(Case(p, "tiling", b, b.text("g"), error, v))
    return count


# What a mutant may be made of.
FEATURES = ("a plan", "a split sum", "a last tile of one", "an empty tile")


def features(program, base):
    """Those of FEATURES that the program or plan `base` has."""
    found = set()
    if base.text("f") != program.text and any(op.name == "kernel" for op in base.body):
        found.add("a plan")
    for op, _ in ir.walk(base.body):
        if op.name == "reduce" and len(op.args) == 2:
            found.add("a split sum")  # partial ones, each relative to its maximum
        if op.name not in ("load", "store"):
            continue
        whole, tile = (v.type.shape for v in (
            (op.args[0], op.result) if op.name == "load" else op.args[::-1]))
        for entry, n, t in zip(op.attrs["split"], whole, tile):
            if entry and t > 1 and n % t == 1:
                found.add("a last tile of one")
            if entry and (ir.pieces(entry) - 1) * t >= n:
                found.add("an empty tile")
    return found


class Case:
    def __init__(self, program, kind, function, text, error, verdict, base=None):
        self.program, self.kind, self.function = program, kind, function
        self.features = features(program, base or function)
        self.text, self.error, self.verdict = text, error, verdict
        self.different = error > DIFFERENT
        self.unclear = not self.different and error > EQUAL
        self.excess = None
        if not self.different and program.rounded:
            self.excess = program.excess(function)

    @property
    def field_accepts(self):
        return self.verdict.reason in ("accepted", "float")

    def describe(self):
        return (f"// {self.program.name}, {self.kind}: error {self.error:.3g} in double, "
                f"excess {self.excess}, {self.verdict.status} ({self.verdict.reason})\n"
                f"// {self.verdict.text}\n" + self.program.text + self.text)


def collect(tool, loaded, kind, args):
    """Mutants of a kind, from all bases in turn."""
    rng = random.Random(f"{args.seed} {kind}")
    bases = [(p, b) for p in loaded for b in p.bases]
    seen, cases, invalid = set(), [], 0
    wanted = 0 if kind in mutate.ROUNDED else args.differing
    is_done = lambda: (len(cases) >= args.count
                       and sum(c.different for c in cases) >= wanted)
    for _ in range(args.rounds):
        rng.shuffle(bases)
        fresh = []
        for p, b in bases:
            for f, text in mutate.mutants(b, kind, args.each, rng, tries=4):
                if (p.name, text) not in seen:
                    seen.add((p.name, text))
                    fresh.append((p, b, f, text))
            if len(fresh) >= max(64, 1.5 * (args.count - len(cases))):
                break
        verdicts = check.check(tool, [(p.text, t) for p, _, _, t in fresh],
                               args.flags, jobs=args.jobs)
        for (p, b, f, text), v in zip(fresh, verdicts):
            if v.status == "invalid":
                invalid += 1
                continue
            if is_done():
                break
            cases.append(Case(p, kind, f, text, p.error(f), v, b))
        if is_done() or not fresh:
            break
    return cases, invalid


def row(kind, cases, invalid):
    different = [c for c in cases if c.different]
    equal = [c for c in cases if not c.different]
    refused = [c for c in equal if not c.field_accepts]
    worse = [c for c in equal if c.excess is not None and c.excess > 1
             and c.field_accepts]
    return {
        "kind": kind, "not admitted": invalid, "mutants": len(cases),
        "different": len(different),
        "different, accepted": sum(c.verdict.status == "accepted" for c in different),
        "different, field accepts": sum(c.field_accepts for c in different),
        "refusals": dict(collections.Counter(c.verdict.reason for c in different)),
        "equal": len(equal),
        "equal, field refuses": len(refused),
        "field refusals": dict(collections.Counter(c.verdict.reason for c in refused)),
        "equal, float refuses": sum(c.verdict.reason == "float" for c in equal),
        "worse": len(worse),
        "worse, accepted": sum(c.verdict.status == "accepted" for c in worse),
        "not worse, float refuses": sum(
            c.verdict.reason == "float" for c in equal
            if c.excess is not None and c.excess <= 1),
        "unclear": sum(c.unclear for c in equal),
        "different, mutants of": {f: sum(f in c.features for c in different)
                                  for f in FEATURES},
    }


COLUMNS = ("mutants", "different", "different, accepted", "different, field accepts",
           "equal", "equal, field refuses", "equal, float refuses", "worse",
           "worse, accepted")
ROUNDED_COLUMNS = ("mutants", "equal", "equal, field refuses", "equal, float refuses",
                   "worse", "worse, accepted", "not worse, float refuses", "different",
                   "different, accepted")


def total(rows, columns=COLUMNS):
    return {c: sum(r[c] for r in rows) for c in columns} | {"kind": "all"}


def table(columns, rows, head="kind"):
    lines = [f"| {head} | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for r in rows + [total(rows, columns)]:
        lines.append(f"| {r['kind']} | " + " | ".join(str(r[c]) for c in columns) + " |")
    return "\n".join(lines)


def tables(rows):
    exact = [r for r in rows if r["kind"] not in mutate.ROUNDED]
    rounded = [r for r in rows if r["kind"] in mutate.ROUNDED]
    result = []
    if exact:
        result.append(table(COLUMNS, exact))
        result.append(table(FEATURES, [
            {"kind": r["kind"]} | r["different, mutants of"] for r in exact],
            "different, mutants of"))
    if rounded:
        result.append(table(ROUNDED_COLUMNS, rounded, "roundings"))
    return "\n\n".join(result)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool")
    parser.add_argument("test_dir")
    parser.add_argument("--count", type=int, default=400, help="mutants a kind")
    parser.add_argument("--differing", type=int, default=0,
                        help="at least so many of each kind that changes the function")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--top-k", type=int, default=8)
    parser.add_argument("--plans", type=int, default=100, help="of each program")
    parser.add_argument("--tilings", type=int, default=2, help="more of each plan")
    parser.add_argument("--each", type=int, default=3, help="mutants a base and round")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--kinds", default=",".join(mutate.KINDS),
                        help="of mutants; exact: all that change the function")
    parser.add_argument("--only", help="programs whose name has one of these")
    parser.add_argument("--flags", default="", help="of mirage-check-equivalence")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--real", action="store_true",
                        help="programs of real size, compared at some elements")
    parser.add_argument("--at-least", type=int,
                        help="fail if fewer differ, or if the field test alone "
                        "accepts one")
    parser.add_argument("--json", help="file for the figures")
    parser.add_argument("--cases", help="directory for what was judged wrongly")
    args = parser.parse_args()
    if args.kinds == "exact":
        args.kinds = ",".join(k for k in mutate.KINDS if k not in mutate.ROUNDED)
    started = time.time()
    problems = []
    loaded = load(args.tool, args.test_dir, args)
    bases = admit(args.tool, loaded, args, problems)
    log = lambda text: print(text, file=sys.stderr, flush=True)
    log(f"{len(loaded)} programs, bases: {dict(bases)}, {time.time() - started:.0f} s")
    rows = []
    for kind in args.kinds.split(","):
        cases, invalid = collect(args.tool, loaded, kind, args)
        rows.append(row(kind, cases, invalid))
        problems += [c for c in cases if c.different and c.field_accepts or
                     c.unclear or not c.different and not c.field_accepts or
                     c.excess is not None and c.excess > 1 and
                     c.verdict.status == "accepted"]
        log(f"{time.time() - started:.0f} s {rows[-1]}")
    print(tables(rows))
    if args.json:
        with open(args.json, "w") as f:
            json.dump({"seed": args.seed, "programs": len(loaded),
                       "bases": dict(bases), "kinds": rows}, f, indent=1)
            f.write("\n")
    if args.cases:
        os.makedirs(args.cases, exist_ok=True)
        for n, c in enumerate(problems):
            what = ("accepted" if c.different else "unclear" if c.unclear else
                    "refused" if not c.field_accepts else "rounded")
            with open(f"{args.cases}/{what}-{c.kind}-{n}.mlir", "w") as f:
                f.write(c.describe())
    sums = total(rows)
    exact = [r for r in rows if r["kind"] not in mutate.ROUNDED]
    for r in exact:
        if r["different"] < args.differing:
            log(f"{r['kind']}: only {r['different']} that differ")
            return 1
    if args.at_least is not None:
        if (sums["different"] < args.at_least or sums["different, field accepts"]
                or any(r["different"] == 0 for r in exact)):
            return 1
    wrong = sums["different, accepted"] + sum(
        c.kind == "tiling" and c.different for c in problems)
    return bool(wrong or sums["equal, field refuses"] > 0.01 * sums["equal"])


if __name__ == "__main__":
    sys.exit(main())
