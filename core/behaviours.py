"""The script of every page: one behaviour a file to read and change, one file to fetch."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

NAME = "js/app.js"
"""Below the static folder: the file that imports the others, and the address of all of them."""
IMPORT = re.compile(r'^import "(\./[\w-]+\.js)";$', re.MULTILINE)
_TIED = re.compile(r"^(?:import|export)\b", re.MULTILINE)


@cache
def joined(folder: str) -> bytes:
    """Return the script of a static folder, each behaviour in a block of its own.

    Raises:
        OSError: one of them is not there.
        ValueError: one of them imports or exports, which a block cannot.
    """
    script = Path(folder, NAME)
    text = IMPORT.sub(lambda line: _block(script.parent / line[1]), script.read_text("utf-8"))
    return text.encode()


def _block(behaviour: Path) -> str:
    text = behaviour.read_text("utf-8")
    if _TIED.search(text):
        msg = f"{behaviour.name} imports or exports: it cannot be a behaviour of every page"
        raise ValueError(msg)
    return f"{{\n{text}}}"
