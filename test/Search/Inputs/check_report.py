"""Checks reports of mirage-superoptimize.

check_report.py schema FILE...   each has the form of a report and agrees with itself
check_report.py same FILE...     all are the same byte for byte, times aside

Exits 1 with a line for each failure.
"""
import json
import math
import re
import sys

failures = []


def expect(condition, where, what):
    if not condition:
        failures.append(f"{where}: {what}")
    return condition


def nullable(check):
    return lambda value, where: value is None or check(value, where)


def integer(least=0):
    def check(value, where):
        expect(type(value) is int and value >= least, where, f"{value!r} is no integer of at least {least}")
    return check


def not_negative(value, where):
    expect(type(value) in (int, float) and math.isfinite(value) and value >= 0, where, f"{value!r} is negative")


def text(value, where):
    expect(isinstance(value, str) and value, where, f"{value!r} is no text")


def boolean(value, where):
    expect(isinstance(value, bool), where, f"{value!r} is no boolean")


def one_of(*values):
    return lambda value, where: expect(value in values, where, f"{value!r} is not one of {values}")


def structure(value, where):
    expect(isinstance(value, str) and re.fullmatch("0x[0-9a-f]{16}", value), where, f"{value!r} is no hash")


def list_of(check):
    def each(value, where):
        if expect(isinstance(value, list), where, "is no list"):
            for i, entry in enumerate(value):
                check(entry, f"{where}[{i}]")
    return each


def count_by_name(value, where):
    if expect(isinstance(value, dict), where, "is no object"):
        for name, count in value.items():
            integer(1)(count, f"{where}.{name}")


def record(**fields):
    """An object with exactly these fields."""
    def check(value, where):
        if not expect(isinstance(value, dict), where, "is no object"):
            return
        for name in sorted(value.keys() ^ fields.keys()):
            failures.append(f"{where}: field {name!r} is {'missing' if name in fields else 'unknown'}")
        for name in value.keys() & fields.keys():
            fields[name](value[name], f"{where}.{name}")
    return check


TOTALS = record(kernels=integer(), bytes_read=integer(), bytes_written=integer(), bytes_loaded=integer())
AXIS = record(axis=text, role=one_of("grid", "loop"), steps=integer(1), tile=nullable(integer(1)))
KERNEL = record(
    grid=list_of(integer(1)),
    block=integer(32),
    shared_bytes=integer(),
    bytes_read=integer(),
    bytes_written=integer(1),
    bytes_loaded=integer(),
    loads=list_of(record(input=text, times=integer(1))),
    cost=nullable(not_negative),
)
LAYERS = record(
    accepted=boolean,
    field=record(
        reason=lambda value, where: expect(isinstance(value, str), where, "is no text"), draws=integer(), prime=nullable(integer(2)), surrogate=lambda value, where: expect(isinstance(value, str), where, "is no text"),
        comparisons=integer(), bound=nullable(not_negative)),
    proof=one_of("proved", "not_found", "unsupported"),
    certificate=nullable(text),
    float=nullable(record(
        max_error=nullable(not_negative), program_error=nullable(not_negative), tolerance=not_negative,
        inputs=list_of(text))),
    summary=text,
)
PLAN = record(
    rank=integer(1), unfused=boolean, structure=structure, sizes=list_of(list_of(AXIS)),
    kernels=list_of(KERNEL), cost=nullable(not_negative), layers=LAYERS)
FUNCTION = record(
    name=text, before=nullable(TOTALS), after=nullable(TOTALS), chosen=nullable(integer(1)), plans=list_of(PLAN),
    search=record(programs=integer(), states=integer(), refused=count_by_name, pruned=count_by_name, limits_hit=list_of(text)),
    nothing_found=nullable(text), seconds=not_negative)
REPORT = record(
    version=one_of(1), chip=text, seed=integer(),
    options=record(top_k=integer(1), max_states=integer(1), require=one_of("test", "proof"), disable_rules=list_of(text), enable_rules=list_of(text)),
    functions=list_of(FUNCTION), seconds=not_negative)


def totals(plan):
    sums = {name: sum(k[name] for k in plan["kernels"]) for name in ("bytes_read", "bytes_written", "bytes_loaded")}
    return {"kernels": len(plan["kernels"]), **sums}


def check_plan(plan, where):
    expect(len(plan["sizes"]) == len(plan["kernels"]), where, "sizes and kernels differ in number")
    for i, (kernel, axes) in enumerate(zip(plan["kernels"], plan["sizes"])):
        at = f"{where}.kernels[{i}]"
        expect(kernel["grid"] == [a["steps"] for a in axes if a["role"] == "grid"], at, "the grid is not its axes")
        expect(kernel["block"] % 32 == 0 and kernel["block"] <= 1024, at, "no block has so many threads")
        inputs = [load["input"] for load in kernel["loads"]]
        expect(len(set(inputs)) == len(inputs), at, "an input is named twice")
        expect(kernel["bytes_loaded"] >= kernel["bytes_read"], at, "more is read than loaded")


def check_function(function, options, where):
    plans = function["plans"]
    for i, plan in enumerate(plans):
        check_plan(plan, f"{where}.plans[{i}]")
        expect(plan["unfused"] or plan["layers"]["accepted"], f"{where}.plans[{i}]", "was refused")
    ranks = [plan["rank"] for plan in plans]
    expect(ranks == sorted(set(ranks)), where, f"ranks {ranks}")
    costs = [math.inf if plan["cost"] is None else plan["cost"] for plan in plans]
    expect(costs == sorted(costs), where, f"costs {costs} are not in the order of ranks")
    structures = [plan["structure"] for plan in plans]
    expect(len(set(structures)) == len(structures), where, "two plans have one structure")
    unfused = [plan for plan in plans if plan["unfused"]]
    expect(len(unfused) == (function["before"] is not None), where, "the unfused form is not listed once")
    expect(len(plans) - len(unfused) <= options["top_k"], where, "more plans than top-k")
    for plan in unfused:
        expect(totals(plan) == function["before"], where, "before is not the unfused form")
    chosen = [plan for plan in plans if plan["rank"] == function["chosen"]]
    expect(len(chosen) == (function["chosen"] is not None), where, "the chosen plan is not listed")
    expect((function["chosen"] is None) == (function["nothing_found"] is not None), where, "nothing_found and chosen disagree")
    expect((chosen + unfused == []) == (function["after"] is None), where, "after is null and should not be, or the other way")
    for plan in (chosen or unfused)[:1]:
        expect(totals(plan) == function["after"], where, "after is not the chosen plan")


def check_schema(path):
    with open(path) as file:
        report = json.load(file, parse_constant=lambda c: failures.append(f"{path}: {c} is no JSON"))
    before = len(failures)
    REPORT(report, path)
    if len(failures) == before:
        for i, function in enumerate(report["functions"]):
            check_function(function, report["options"], f"{path}.functions[{i}]")


def timeless(path):
    with open(path) as file:
        lines = file.read().splitlines()
    return [line for line in lines if not re.fullmatch(r' *"seconds": [-+.e0-9]+,?', line)]


def main():
    mode, paths = sys.argv[1], sys.argv[2:]
    assert paths and mode in ("schema", "same")
    for path in paths:
        if mode == "schema":
            check_schema(path)
        else:
            expect(timeless(path) == timeless(paths[0]), path, f"is not the same as {paths[0]}")
    for failure in failures:
        print(failure)
    sys.exit(bool(failures))


main()
