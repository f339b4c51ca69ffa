"""PDF files: whole, and without anything that acts.

Here only their two ends are read, in windows of a fixed size; what is between them belongs to a
stranger, and is read by a limited child process.
"""

from __future__ import annotations

import re

from uploads.errors import DamagedFileError, LockedPdfError
from uploads.inspection import limited

HEADER = re.compile(rb"%PDF-[12]\.\d")
WINDOW = 1024
"""Bytes in which readers look for the beginning: some programs write a mark before it."""
TAIL = 4096
"""Bytes from the end in which the end must be said."""
BUDGET = 32 * 1024 * 1024
"""Bytes read or grown while looking into compressed objects, all together; honest files need far
less. Streams may lie inside each other: without this, few bytes could keep us busy for hours."""
TABLE = re.compile(rb"\s{0,8}(?:xref\b|\d{1,10} \d{1,5} obj\b)")
PLACE = re.compile(rb"startxref\s{1,8}(\d{1,10})")


def is_pdf(content: bytes) -> bool:
    """Say whether it begins as one, where readers look for the beginning."""
    return HEADER.search(content, 0, WINDOW) is not None


def begin_at_first_byte(content: bytes) -> bytes:
    """Return the file with its beginning at the beginning, so that every reader opens it.

    What stands before is left out. Where the file counts it in its own addresses, spaces stand for
    it after the first line, and every address stays right.
    """
    header = HEADER.search(content, 0, WINDOW)
    if header is None or not header.start():
        return content
    if _counts_from_first_byte(content, header.start()):
        return header[0] + b" " * header.start() + content[header.end() :]
    return content[header.start() :]


def _counts_from_first_byte(content: bytes, before: int) -> bool:
    named = PLACE.findall(content[-TAIL:])
    if not named:
        return False
    offset = int(named[-1])
    from_first = TABLE.match(content[offset : offset + WINDOW])
    return from_first is not None and not TABLE.match(content[before + offset :][:WINDOW])


def inspect(content: bytes) -> int:
    """Judge both ends, then have the rest read; return how many pages can be shown.

    A PDF that opens with a password only has none: what it hides cannot be judged, and like every
    file it only ever leaves as a download, under the type that was judged.

    Raises:
        DamagedFileError: cut off, glued to something else, inflating without end, unreadable.
        ActivePdfError: it carries a program or other files, or would send what is typed.
        UnavailableError: too many files wait already.
    """
    _refuse_torn(content)
    try:
        pages = int(limited.run("judge", [content], budget=BUDGET))
    except LockedPdfError:
        return 0
    if not pages:
        raise DamagedFileError
    return pages


def _refuse_torn(content: bytes) -> None:
    if not HEADER.match(content):
        raise DamagedFileError
    tail = content[-TAIL:]
    end = tail.rfind(b"%%EOF")
    if end < 0 or b"startxref" not in tail or tail[end + 5 :].strip(b"\r\n\t \x00"):
        raise DamagedFileError


def count_pages(content: bytes) -> int:
    """Have the pages counted, in a limited child process.

    Raises:
        DamagedFileError, LockedPdfError, UnavailableError: nothing could be counted.
    """
    return int(limited.run("count", [content]))


def render(content: bytes, page: int, width: int) -> bytes:
    """Have one page drawn, numbered from 1, as a JPEG of that width.

    Raises:
        DamagedFileError, LockedPdfError, UnavailableError: nothing could be drawn.
    """
    return limited.run("render", [content], page=page, width=width)
