#!/usr/bin/env python3
"""Writes the tables of docs/Results/README.md from what run-bundles.sh and
benchmark/compare.py measured.

results-table.py [--check] [RESULTS.json PAGE.md]

The table stands between the lines `<!-- table -->` and `<!-- end of table -->`, that
of compare.py between `<!-- peers -->` and `<!-- end of peers -->`. With --check
nothing is written, and the exit code is 1 if the page is not what would be written.
"""

import json
import pathlib
import statistics
import sys

RESULTS = pathlib.Path(__file__).resolve().parents[1] / "docs/Results"
FORMS = ("searched", "unfused")


def error_cell(run):
    return f"{float(run['max_error']):.1e}" + ("" if run["ok"] else " DIFFERS")


def error(run):
    if "error" in run:
        return "failed"
    errors = [output["max_error"] for output in run["outputs"]]
    return error_cell({"max_error": max(errors, key=float), "ok": run["ok"]})


def times(run):
    bench = run.get("bench")
    return [bench[kind]["median"] for kind in ("hot_us", "cold_us")] if bench else [None] * 2


def cell(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def row(name, forms):
    searched, unfused = (times(forms[form]) for form in FORMS)
    ratios = [u / s if s and u else None for s, u in zip(searched, unfused)]
    cells = [name] + [error(forms[form]) for form in FORMS]
    cells += [cell(value, 1) for value in searched + unfused]
    cells += [cell(value, 2) for value in ratios]
    return "| " + " | ".join(cells) + " |"


def lowering_row(name, forms):
    searched, before = (times(forms[form]) for form in ("searched", "before"))
    cells = [name, error(forms["before"])]
    cells += [cell(value, 1) for value in searched + before]
    cells += [cell(b / s if s and b else None, 2) for s, b in zip(searched, before)]
    return "| " + " | ".join(cells) + " |"


def with_header(header, rows):
    return [header, "|---" * header.count(" | ") + "|---|", *rows]


def verdicts(runs):
    """'40 clean, 2 timed out (a, b)'."""
    by_verdict = {}
    for name, verdict in runs.items():
        by_verdict.setdefault(verdict, []).append(name)
    parts = []
    for verdict in sorted(by_verdict, key=lambda key: (key != "clean", key)):
        names = by_verdict[verdict]
        parts.append(f"{len(names)} {verdict}")
        if verdict != "clean":
            parts[-1] += f" ({', '.join(names)})"
    return ", ".join(parts)


def natural(item):
    """Sorts lora_b8 before lora_b16."""
    stem, _, batch = item[0].rpartition("_b")
    return (stem, int(batch)) if batch.isdigit() else (item[0], 0)


def table(results):
    lines = [
        f"{results['device']}, driver {results['driver']}, {results['chip']},"
        f" seed {results['seed']}. Reference: {results['reference']}.",
        "",
    ]
    programs = sorted(results["programs"].items(), key=natural)
    lines += with_header(
        "| program | error: searched | unfused | searched: hot | cold"
        " | unfused: hot | cold | ratio: hot | cold |",
        [row(*item) for item in programs],
    )
    lines.append("")
    lowered = [lowering_row(*item) for item in programs if "before" in item[1]]
    if lowered:
        lines += ["The searched plans, lowered by an older build (\"before\"):", ""]
        lines += with_header(
            "| program | error: before | now: hot | cold | before: hot | cold | ratio: hot | cold |", lowered
        )
        lines.append("")
    runs = [run for forms in results["cases"].values() for run in forms.values()]
    if runs:
        lines.append(
            f"Small cases: {sum(run['ok'] for run in runs)} of {len(runs)} bundles agree."
        )
    if "host" in results:
        lines.append(f"Program compiled ahead of time by gpu-to-llvm: {results['host']}.")
    if results["sanitizer"] is None:
        lines.append("compute-sanitizer did not run.")
    else:
        for tool, runs in results["sanitizer"].items():
            lines.append(f"{tool}, bundles: {verdicts(runs)}.")
    return "\n".join(lines) + "\n"


def peer_cells(run, base):
    """Hot and cold, each with its ratio to what `base` took in the same rounds."""
    if run is None:
        return ["", ""]
    if "error" in run or "skipped" in run:
        return ["failed" if "error" in run else "not run", "-"]
    if not run["ok"]:
        return [error_cell(run), "-"]
    if "hot_us" not in run:
        return [f"error {float(run['max_error']):.1e}", "-"]
    cells = []
    for kind in ("hot_us", "cold_us"):
        cells.append(cell(statistics.median(run[kind]), 1))
        if base and base is not run and kind in base:
            ratios = [mine / other for mine, other in zip(run[kind], base[kind])]
            cells[-1] += f" ({statistics.median(ratios):.2f})"
    return cells


def peer_table(results):
    """The table of what compare.py measured."""
    programs = sorted(results["programs"].items(), key=natural)
    names = ["searched", "unfused"]
    for _, runs in programs:
        names += [name for name in runs if name not in names]
    header = ["program"] + [text for name in names for text in (f"{name}: hot", "cold")]
    lines = [
        f"{results['device'] or 'No GPU'}, driver {results['driver'] or 'none'},"
        f" PyTorch {results['torch'] or 'none'}, medians of {results['rounds']} rounds,"
        " microseconds (times what searched takes).",
        "",
        "| " + " | ".join(header) + " |",
        "|---" * len(header) + "|",
    ]
    notes = {}
    for program, runs in programs:
        cells = [program]
        for name in names:
            cells += peer_cells(runs.get(name), runs.get("searched"))
        lines.append("| " + " | ".join(cells) + " |")
        for name, run in runs.items():
            for key in ("error", "skipped"):
                if key in run:
                    notes.setdefault(f"{name}: {run[key]}", []).append(program)
    lines += ["", *(f"{name}: {text}." for name, text in results["peers"].items())]
    if notes:
        lines += ["", *(f"{note} ({', '.join(of)})." for note, of in notes.items())]
    return "\n".join(lines) + "\n"


def write(results, page, check):
    """Puts the table of the file `results` into the file `page`."""
    try:
        content = json.loads(results.read_text()) if results.exists() else None
        old = page.read_text()
    except OSError as problem:
        sys.exit(f"{problem.filename}: {problem.strerror}")
    except ValueError as problem:
        sys.exit(f"{results}: no JSON: {problem}")
    try:
        if content is None or "peers" in content:
            kind, text = "peers", peer_table(content) if content else "Not measured yet.\n"
        else:
            kind, text = "table", table(content)
    except (AttributeError, KeyError, TypeError, ValueError):
        sys.exit(f"{results}: these are no results of run-bundles.sh or compare.py")
    begin, end = f"<!-- {kind} -->\n", f"<!-- end of {kind} -->\n"
    before, found, rest = old.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        sys.exit(f"{page}: there are no lines {begin.strip()} and {end.strip()}")
    fresh = before + begin + text + end + after
    if check and fresh != old:
        sys.exit(f"{page} is not what {results} says: run utils/results-table.py")
    if not check:
        page.write_text(fresh)


def main(arguments):
    check = arguments[:1] == ["--check"]
    files = [pathlib.Path(argument) for argument in arguments[check:]]
    if not files:
        for name in ("h100.json", "h100-peers.json"):
            write(RESULTS / name, RESULTS / "README.md", check)
    elif len(files) == 2 and files[0].exists():
        write(*files, check)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
