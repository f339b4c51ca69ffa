"""The stylesheet of every page: many files to read and change, one to fetch."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

NAME = "css/alveole.css"
"""Below the static folder: the file that imports the others, and the address of all of them."""
IMPORT = re.compile(r'^@import "([^"]+)";$', re.MULTILINE)
ADDRESS = re.compile(r'url\("([^"]+)"\)')


@cache
def joined(folder: str) -> bytes:
    """Return the sheet of a static folder, each file that it imports in the place of the import.

    The files that it names carry the version of their content, as everything does that a page
    fetches.

    Raises: OSError, when one of them is not there.
    """
    sheet = Path(folder, NAME)
    text = sheet.read_text("utf-8")
    text = IMPORT.sub(lambda line: (sheet.parent / line[1]).read_text("utf-8"), text)
    return ADDRESS.sub(lambda url: f'url("{url[1]}?v={_version(sheet, url[1])}")', text).encode()


def fingerprint(content: bytes) -> str:
    """Return what changes with the content, short enough for an address."""
    return hashlib.sha256(content).hexdigest()[:12]


def _version(sheet: Path, address: str) -> str:
    return fingerprint((sheet.parent / address).read_bytes())
