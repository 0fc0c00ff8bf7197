"""Writes the blocking client from the one for asyncio: the same code without waiting for what has come already.

    python3 unasync.py            writes src/packshot/blocking
    python3 unasync.py --check    ends with 1 if that is not what lies there
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent / "src/packshot"
#: `waiting.py` is where the two differ, and is written by hand for each.
MODULES = ("client", "events", "jobs", "transport", "uploads")
NOTE = "# Written by unasync.py from ../aio/{name}.py: change that one.\n"

WORDS = {
    r"async def ": "def ",
    r"async for ": "for ",
    r"async with ": "with ",
    r"await ": "",
    r"AsyncPackshot\b": "Packshot",
    r"AsyncClient\b": "Client",
    r"AsyncIterator\b": "Iterator",
    r"__a(enter|exit)__": r"__\1__",
    r"a(closing|close|next|read|iter_lines|iter_bytes)\b": r"\1",
}


def blocking(source: str) -> str:
    for word, replacement in WORDS.items():
        source = re.sub(rf"(?<![\w]){word}", replacement, source)
    # What needed brackets to be awaited needs none.
    return re.sub(r"return \((self\.[^\n]*)\)(\.content|\[0\])$", r"return \1\2", source, flags=re.MULTILINE)


def main(check: bool) -> int:
    stale = []
    for name in MODULES:
        made = NOTE.format(name=name) + blocking((PACKAGE / "aio" / f"{name}.py").read_text())
        target = PACKAGE / "blocking" / f"{name}.py"
        if check:
            stale += [str(target)] if target.read_text() != made else []
        else:
            target.write_text(made)
    if stale:
        print("not what unasync.py makes:", *stale)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
