"""Asks mirage-opt about pairs of functions, many in one process."""
import bisect
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

SEPARATOR = "// -----\n"
_MESSAGE = re.compile(r"^[^:]*:(\d+):\d+: (?:error|remark): (.*)$")


class Verdict:
    """status: accepted, refused, or invalid (the dialect's verifier spoke)."""

    def __init__(self, status, text):
        self.status, self.text = status, text

    @property
    def reason(self):
        """The code of a refusal."""
        if self.status != "refused":
            return self.status
        for code in ("different", "undefined", "never compared", "ill-formed",
                     "not testable"):
            if "field test: " + code in self.text:
                return code
        return "float" if "float test" in self.text else "other"


def _batch(tool, pairs, flags):
    lines, text = [], ""
    line = 1
    for reference, candidate in pairs:
        lines.append(line)
        chunk = (SEPARATOR if text else "") + reference + candidate
        line += chunk.count("\n")
        text += chunk
    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as file:
        file.write(text)
        file.flush()
        run = subprocess.run(
            [tool, file.name, "--split-input-file", "-o", "/dev/null",
             f"-mirage-check-equivalence=a=f b=g {flags}"],
            capture_output=True, text=True)
    verdicts = [None] * len(pairs)
    for output in run.stderr.splitlines():
        m = _MESSAGE.match(output)
        if not m:
            continue
        i = bisect.bisect_right(lines, int(m.group(1))) - 1
        if verdicts[i] is None:
            text = m.group(2)
            status = ("accepted" if text.startswith("equals ") else "refused"
                      if "is not shown to equal" in text else "invalid")
            verdicts[i] = Verdict(status, text)
    if run.returncode < 0 or None in verdicts:
        raise RuntimeError(f"mirage-opt gave no verdict (exit {run.returncode}):\n"
                           + run.stderr[-2000:])
    return verdicts


def check(tool, pairs, flags="", batch=64, jobs=1):
    """The verdict on each pair of texts of a function @f and a function @g."""
    pairs = list(pairs)
    batches = [pairs[i:i + batch] for i in range(0, len(pairs), batch)]
    with ThreadPoolExecutor(jobs) as pool:
        results = pool.map(lambda b: _batch(tool, b, flags), batches)
    return [v for r in results for v in r]
