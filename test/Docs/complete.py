# REQUIRES: numpy
# RUN: %python %s %root/docs/Dialects/Mirage.md
"""Every op and type of the dialect's page has a summary, says more than that,
and has an example that names it."""

import re
import sys

with open(sys.argv[1]) as file:
    page = file.read()
sections = re.split(r"^### ", page.split("## Enums")[0], flags=re.M)[1:]
failures = 0
for section in sections:
    title, body = section.split("\n", 1)
    name = re.match(r"`?(?:mirage\.)?(\w+)", title)[1]
    parts = {
        "summary": re.match(r"\s*_[A-Za-z].*_\n", body),
        "example": re.search(rf"```mlir\n(?:.*\n)*?.*mirage\.{name.removesuffix('Type').lower()}", body, re.M),
        "description": re.search(r"^[A-Z(].{30,}\n(?:.+\n)*\n```mlir", body, re.M),
    }
    for part, found in parts.items():
        if not found:
            print(f"{title}: no {part}")
            failures += 1
print(f"{len(sections)} sections, {failures} parts missing")
sys.exit(failures != 0 or len(sections) < 38)
