"""What stands between two marks of a page."""
import pathlib
import re


def marks(page, name):
    """The marks and the text of the file `page`; exits if they are not there, which
    one asks before one measures."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    try:
        old = pathlib.Path(page).read_text()
    except OSError as problem:
        raise SystemExit(f"error: {page}: {problem.strerror}")
    if begin not in old or end not in old:
        raise SystemExit(f"error: {page} lacks the marks {begin.strip()} and {end}")
    return begin, end, old


def replace(page, name, text):
    """Puts `text` between <!-- NAME --> and <!-- end of NAME --> of the file `page`."""
    begin, end, old = marks(page, name)
    pathlib.Path(page).write_text(re.sub(f"(?s)({begin}).*?({end})", lambda m: m[1] + text + "\n" + m[2], old))
