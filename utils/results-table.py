#!/usr/bin/env python3
"""Writes the table of docs/Results/README.md from what run-bundles.sh measured.

results-table.py [--check] [RESULTS.json PAGE.md]

The table stands between the lines `<!-- table -->` and `<!-- end of table -->`.
With --check nothing is written, and the exit code is 1 if the page is not what
would be written.
"""

import json
import pathlib
import sys

BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
ROOT = pathlib.Path(__file__).resolve().parents[1]
FORMS = ("searched", "unfused")
HEADER = (
    "| program | error: searched | unfused | searched: hot | cold"
    " | unfused: hot | cold | ratio: hot | cold |"
)


def error(run):
    if "error" in run:
        return "failed"
    errors = [output["max_error"] for output in run["outputs"]]
    worst = max(float(value) for value in errors)
    return f"{worst:.1e}" + ("" if run["ok"] else " DIFFERS")


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
    return stem, int(batch) if batch.isdigit() else 0


def table(results):
    lines = [
        f"{results['device']}, driver {results['driver']}, {results['chip']},"
        f" seed {results['seed']}. Reference: {results['reference']}.",
        "",
        HEADER,
        "|---" * HEADER.count(" | ") + "|---|",
    ]
    lines += [row(*item) for item in sorted(results["programs"].items(), key=natural)]
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


def main(arguments):
    check = arguments[:1] == ["--check"]
    files = arguments[check:] or [ROOT / "docs/Results/h100.json", ROOT / "docs/Results/README.md"]
    if len(files) != 2:
        sys.exit(__doc__)
    results, page = map(pathlib.Path, files)
    text = page.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{page}: there are no lines {BEGIN.strip()} and {END.strip()}")
    fresh = before + BEGIN + table(json.loads(results.read_text())) + END + after
    if check:
        if fresh != text:
            sys.exit(f"{page} is not what {results} says: run utils/results-table.py")
    else:
        page.write_text(fresh)


main(sys.argv[1:])
