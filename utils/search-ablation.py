#!/usr/bin/env python3
"""What pruning by pieces saves: block programs for RMSNorm with gain and a
matrix product, grown op by op, with and without it, on one and two threads.

usage: search-ablation.py BUILD [--seconds=600] [--page=FILE]

Prints a table; with --page, replaces the one between the marks in FILE. Times
are of this machine: nothing else should run on it.
"""

import argparse
import json
import os
import subprocess

import marked


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"error: {program}: {done.stderr.strip() or done.returncode}")
    return json.loads(done.stdout)


def row(result):
    per_thread = result["total"] / result["seconds"] / result["threads"]
    reached = len(result["states"]) - 1
    end = "exhausted" if result["exhausted"] else f"stopped at {reached} ops"
    return (
        f"| {'pieces' if result['pruning'] else 'none'} | {result['max_ops']} | {result['threads']} "
        f"| {result['total']:,} | {per_thread:,.0f} | {result['seconds']:.3g} | {end} |"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--seconds", type=float, default=600, help="most time of a search without pruning")
    parser.add_argument("--page")
    options = parser.parse_args()
    program = os.path.join(options.build, "test/Unit/Pieces/search-ablation")
    if not os.access(program, os.X_OK):
        parser.error(f"{program}: no such program")
    if not 0 < options.seconds < float("inf"):
        parser.error(f"--seconds: '{options.seconds}' is no time")
    if options.page:
        marked.marks(options.page, "search-ablation")
    rows = [
        "| pruning | ops | threads | states | states a second and thread | seconds | |",
        "|---|---|---|---|---|---|---|",
    ]
    for threads in 1, 2:
        for ops in range(5, 12):
            rows.append(row(run(program, "prune", threads, ops, options.seconds)))
    for threads in 1, 2:
        rows.append(row(run(program, "all", threads, 4, options.seconds)))
    rows.append(row(run(program, "all", 2, 11, options.seconds)))
    table = "\n".join(rows)
    print(table)
    if options.page:
        marked.replace(options.page, "search-ablation", table)


main()
