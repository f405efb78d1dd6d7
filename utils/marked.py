"""What stands between two marks of a page."""
import pathlib
import re


def replace(page, name, text):
    """Puts `text` between <!-- NAME --> and <!-- end of NAME --> of the file `page`."""
    page = pathlib.Path(page)
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    old = page.read_text()
    if begin not in old or end not in old:
        raise SystemExit(f"error: {page} lacks the marks {begin.strip()} and {end}")
    page.write_text(re.sub(f"(?s)({begin}).*?({end})", lambda m: m[1] + text + "\n" + m[2], old))
