"""The stylesheet of every page: many files to read and change, one to fetch."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

NAME = "css/alveole.css"
"""Below the static folder: the file that imports the others, and the address of all of them."""
IMPORT = re.compile(r'^@import "([^"]+)";$', re.MULTILINE)


@cache
def joined(folder: str) -> bytes:
    """Return the sheet of a static folder, each file that it imports in the place of the import.

    Raises: OSError, when one of them is not there.
    """
    sheet = Path(folder, NAME)
    text = sheet.read_text("utf-8")
    return IMPORT.sub(lambda line: (sheet.parent / line[1]).read_text("utf-8"), text).encode()
