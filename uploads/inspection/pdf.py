"""PDF files: whole, and without anything that runs. Their structure is read, never rendered."""

from __future__ import annotations

import re
import zlib

from core import native_pool
from uploads.errors import ActivePdfError, DamagedFileError, LockedPdfError
from uploads.inspection import limited

HEADER = re.compile(rb"%PDF-[12]\.\d")
TAIL = 4096
"""Bytes from the end in which the end must be said."""
BUDGET = 32 * 1024 * 1024
"""Bytes read or grown while looking into compressed objects, all together; honest files need far
less. Streams may lie inside each other: without this, few bytes could keep us busy for hours."""
EACH = 1024
"""What looking into one stream costs of it, however little there is."""
CHUNK = 4096
OBJECT_STREAM = re.compile(rb"/ObjStm\b[^>]{0,400}>>\s{0,8}stream\r?\n", re.DOTALL)
FORBIDDEN_NAMES = (b"JavaScript", b"Launch")


def inspect(content: bytes) -> int:
    """Judge the structure, then have the file opened; return how many pages can be shown.

    A PDF that opens with a password only has none.

    Raises:
        DamagedFileError, ActivePdfError: as ``check``; or no program could open it.
    """
    native_pool.run(check, content)  # seconds, for a hostile one: other pages go on meanwhile
    try:
        pages = count_pages(content)
    except LockedPdfError:
        return 0
    if not pages:
        raise DamagedFileError
    return pages


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


def check(content: bytes) -> None:
    """Refuse what is not one whole and inert PDF.

    An encrypted PDF hides its objects from this check; like every file it only ever leaves as a
    download, under the type that was judged.

    Raises:
        DamagedFileError: cut off, glued to something else, or inflating without end.
        ActivePdfError: it carries a program or starts one.
    """
    if not HEADER.match(content):
        raise DamagedFileError
    tail = content[-TAIL:]
    end = tail.rfind(b"%%EOF")
    if end < 0 or b"startxref" not in tail or tail[end + 5 :].strip(b"\r\n\t \x00"):
        raise DamagedFileError
    if _ACTIVE.search(content):
        raise ActivePdfError
    budget = BUDGET
    whole = memoryview(content)
    for found in OBJECT_STREAM.finditer(content):
        budget -= EACH
        if budget <= 0:
            raise DamagedFileError
        inflated, budget = _inflate(whole[found.end() :], budget)
        if _ACTIVE.search(inflated):
            raise ActivePdfError


def _inflate(data: memoryview, budget: int) -> tuple[bytes, int]:
    """Return what can be read, and what is left of the budget; nothing is copied but the result."""
    inflater, inflated = zlib.decompressobj(), bytearray()
    for at in range(0, len(data), CHUNK):
        try:
            part = inflater.decompress(data[at : at + CHUNK], budget)
        except zlib.error:  # another filter, or encrypted: not readable here
            break
        inflated += part
        budget -= max(len(part), CHUNK)
        if budget <= 0:
            raise DamagedFileError
        if inflater.eof:
            break
    return bytes(inflated), budget


def _spelled(name: bytes) -> bytes:
    """Match a PDF name however it is spelled: any of its signs may be written ``#xx``."""
    signs = [b"(?:%c|#%s)" % (sign, _either_case(b"%02x" % sign)) for sign in name]
    return b"/" + b"".join(signs)


def _either_case(digits: bytes) -> bytes:
    return b"".join(b"[%c%c]" % (one, ord(chr(one).upper())) for one in digits)


_ACTIVE = re.compile(b"(?:" + b"|".join(map(_spelled, FORBIDDEN_NAMES)) + rb")(?![A-Za-z0-9])")
