# REQUIRES: numpy, dylib
# RUN: %python %s %root %mirage_bin
"""What pages say about files and names is so.

    check_pages.py ROOT TOOLS

Links lead to files and headings that exist, every page can be reached from
docs/README.md, paths in code spans exist, every tool, pass, pipeline or build target
that is named does, and commands are run by a test. TOOLS is the folder of the tools.
"""

import os
import re
import subprocess
import sys

ROOT, TOOLS = sys.argv[1:]
# Folders whose files may be named by a path from the root.
FOLDERS = "docs|include|lib|test|tools|scripts|utils|cmake|benchmark"
# Pages whose commands need root, a GPU, a program that is not there, or long; tests of
# test/Run, test/Integration and test/Verify run what they show.
UNRUN = {
    "README.md",
    "benchmark/README.md",
    "docs/Run.md",
    "docs/Results/README.md",
    "docs/Verification/Bytes.md",
    "docs/Verification/Fuzzing.md",
    "docs/Verification/Mutants.md",
}
failures = []


def read(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read()


def pages():
    found = ["README.md", "benchmark/README.md"]
    for folder, _, files in os.walk(os.path.join(ROOT, "docs")):
        found += [os.path.relpath(os.path.join(folder, f), ROOT) for f in files if f.endswith(".md")]
    return sorted(found)


def without_blocks(text):
    """The text without fenced blocks, as many lines."""
    return re.sub(r"^```.*?^```$", lambda m: "\n" * m[0].count("\n"), text, flags=re.M | re.S)


def anchors(text):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", without_blocks(text), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def links(page, text):
    """The pages that `page` links to; what leads nowhere is noted."""
    targets = set()
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(text)):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        full = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if not os.path.exists(os.path.join(ROOT, full)):
            failures.append(f"{page}: there is no '{target}'")
        elif anchor and anchor not in anchors(read(full)):
            failures.append(f"{page}: '{full}' has no heading '#{anchor}'")
        targets.add(full)
    return targets


def check_reachable(linked):
    reached, pending = set(), ["docs/README.md"]
    while pending:
        page = pending.pop()
        if page not in reached and page in linked:
            reached.add(page)
            pending += linked[page]
    failures.extend(f"{page}: no link leads here from docs/README.md" for page in sorted(set(linked) - reached))


def check_paths(page, text):
    for span in re.findall(r"`([^`\n]+)`", without_blocks(text)):
        if re.fullmatch(rf"(?:{FOLDERS})/[\w./-]+", span) and not os.path.exists(os.path.join(ROOT, span)):
            failures.append(f"{page}: there is no '{span}'")
        header = re.fullmatch(r"mirage/[\w/]+\.h", span)
        if header and not os.path.exists(os.path.join(ROOT, "include", span)):
            failures.append(f"{page}: there is no header '{span}'")


def existing_names():
    tools = [name for name in os.listdir(TOOLS) if name.startswith("mirage-")]
    names = {name for name in os.listdir(os.path.join(ROOT, "tools"))} | set(tools)
    for tool in tools:
        help_text = subprocess.run([os.path.join(TOOLS, tool), "--help"], capture_output=True, text=True).stdout
        names |= set(re.findall(r"--([a-z][\w-]+)", help_text))
    for folder in ("", "test", "docs"):
        cmake = read(os.path.join(folder, "CMakeLists.txt"))
        names |= set(re.findall(r"\b(?:add_custom_target|add_lit_testsuite)\(\s*([\w-]+)", cmake))
        names |= set(re.findall(r"\b((?:check-)?mirage-[\w-]+)", cmake))
    if "mirage-superoptimize" not in names or len(names) < 50:
        failures.append(f"{TOOLS}: the tools' help names nothing")
    return names


NAME = re.compile(r"(?<![\w/.%@$-])(?:--?)?((?:check-)?mirage(?:-[a-z]+\d*)+|convert-[a-z]+-to-[a-z]+)(?![\w/]|-[A-Z]|\.(?:md|cpp|h))")


def check_names(page, text, names):
    for number, line in enumerate(text.splitlines(), 1):
        for name in NAME.findall(line):
            if name not in names:
                failures.append(f"{page}:{number}: nothing is called '{name}'")


def check_run(linked):
    tests = os.path.join(ROOT, "test/Docs")
    run = "".join(read("test/Docs/" + name) for name in os.listdir(tests) if name.endswith(".test"))
    for page in linked:
        if "\n```sh\n" in read(page) and page not in UNRUN and f"%root/{page} " not in run:
            failures.append(f"{page}: no test runs its commands")


def check_laws():
    """The page on the search has a row for each law, and no other."""
    error = subprocess.run(
        [os.path.join(TOOLS, "mirage-opt"), "--mirage-superoptimize=disable-rules=?"],
        input="module {}", capture_output=True, text=True,
    ).stderr
    laws = re.search(r"rules are (.*)", error)[1].split(", ")
    table = read("docs/Rationale/Search.md").split("`disable-rules`")[1].split("\n\n")[0]
    named = re.findall(r"^\| `([\w-]+)`", table, re.M)
    if sorted(named) != sorted(laws):
        failures.append(f"docs/Rationale/Search.md: names {named}, laws are {laws}")


def check_limits():
    """The page on the search has the limits that the sources have."""
    page = read("docs/Rationale/Search.md").replace(",", "")
    for source, constants in {
        "lib/Search/Search.cpp": "maxMade maxVariants maxSplit maxIdeals listed minRun",
        "lib/Search/Partition.cpp": "maxOps",
        "include/mirage/Search/Search.h": "maxStates",
        "lib/Compiler/Superoptimizer.cpp": "narrowTries allTries",
    }.items():
        text = read(source)
        for constant in constants.split():
            value = re.search(rf"\b{constant} = (\d+)", text)
            if not value or not re.search(rf"\b{value[1]}\b", page):
                failures.append(f"docs/Rationale/Search.md: does not have {constant} = {value and value[1]} of {source}")


def main():
    names = existing_names()
    linked = {}
    for page in pages():
        text = read(page)
        linked[page] = links(page, text)
        check_paths(page, text)
        check_names(page, text, names)
    check_reachable(linked)
    check_run(linked)
    check_laws()
    check_limits()
    print(*failures, f"{len(linked)} pages, {len(failures)} failures", sep="\n")
    return bool(failures) or len(linked) < 15


sys.exit(main())
