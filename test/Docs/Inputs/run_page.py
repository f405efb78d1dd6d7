"""Runs the commands of a page.

    run_page.py PAGE ROOT BUILD MLIR_TOOL FOLDER

A block ```mlir (or any other language) whose first line ends with "file: NAME"
is written to NAME in FOLDER. A block ```sh is run there by bash, which must exit
with 0, or with N if the block says "# exit status N". A block ```text that
follows holds lines that the output (of stdout and stderr together) must have in
this order; "..." stands for anything within a line, and by itself for lines.

$MIRAGE is a folder in which `build` is the build tree, and all else is as in the
repository. MLIR_TOOL is a tool beside which stand the others of MLIR.
"""

import os
import re
import shutil
import subprocess
import sys

page, root, build, mlir_tool, folder = sys.argv[1:]
folder = os.path.abspath(folder)


def prepare():
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder + "/scratch")
    os.makedirs(folder + "/mirage")
    for name in os.listdir(root):
        if not name.startswith("build"):
            os.symlink(os.path.join(root, name), f"{folder}/mirage/{name}")
    os.symlink(build, folder + "/mirage/build")
    os.makedirs(folder + "/bin")
    os.symlink(os.path.join(os.path.dirname(mlir_tool), "mlir-opt"), folder + "/bin/mlir-opt-22")


def blocks(text):
    """(line, language, body) of each fenced block."""
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S):
        yield text[: match.start()].count("\n") + 1, match[1], match[2]


def run(body):
    environment = {
        **os.environ,
        "MIRAGE": folder + "/mirage",
        "PATH": os.pathsep.join([build + "/bin", folder + "/bin", os.environ["PATH"]]),
    }
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", body],
        cwd=folder + "/scratch",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def missing(expected, output):
    """The first line of `expected` that the output does not have, or None."""
    lines = iter(output.splitlines())
    for line in expected.splitlines():
        parts = [re.escape(part) for part in line.strip().split("...")]
        if line.strip() in ("", "..."):
            continue
        if not any(re.search(".*".join(parts), candidate) for candidate in lines):
            return line
    return None


def main():
    prepare()
    with open(page) as file:
        text = file.read()
    failures = commands = fragments = 0
    output, command = "", ""

    def fail(line, what):
        nonlocal failures
        failures += 1
        print(f"{page}:{line}: {what}\n--- commands\n{command}--- output\n{output}")

    for line, language, body in blocks(text):
        name = re.match(r".*\bfile: (\S+)\n", body)
        if name:
            with open(f"{folder}/scratch/{name[1]}", "w") as file:
                file.write(body)
        elif language == "sh":
            commands += 1
            command = body
            status = re.search(r"# exit status (\d+)", body)
            result = run(body)
            output = result.stdout
            if result.returncode != int(status[1] if status else 0):
                fail(line, f"exit status {result.returncode}")
        elif language == "text":
            fragments += 1
            absent = missing(body, output)
            if absent is not None:
                fail(line, f"the output lacks: {absent}")
    print(f"{page}: {commands} commands, {fragments} outputs, {failures} failures")
    if not commands:
        print("nothing was run")
    return failures != 0 or not commands


sys.exit(main())
