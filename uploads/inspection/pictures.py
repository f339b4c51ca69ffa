"""Pictures: their size is read from the header, their pixels only by a child process."""

from __future__ import annotations

import re

from uploads.errors import DamagedFileError, TooManyPixelsError
from uploads.inspection import limited

MOST_PIXELS = {"image/jpeg": 200_000_000, "image/heic": 120_000_000}
"""Telephones take 48 and 108 million: decoded smaller than they are, or made smaller at once."""
KEPT_PIXELS = 40_000_000
"""Of every other kind."""
START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: restarts and the like."""
HEIF_SIZE = re.compile(rb"\x00\x00\x00\x14ispe\x00\x00\x00\x00(.{4})(.{4})", re.DOTALL)
BOXES = 1024 * 1024
"""Bytes in which photos of telephones say their size; where they do not, the child judges."""
MOST_MARKERS = 10_000
"""Before the size is said; cameras write a few hundred, a hostile file ten million."""


def clean(content: bytes, content_type: str) -> bytes:
    """Return the picture with nothing but its pixels, upright, as a JPEG or a PNG.

    A PNG stays one, and so does what is see-through; everything else comes back as JPEG.

    Raises:
        TooManyPixelsError: by its header; nothing was decoded.
        DamagedFileError: it cannot be decoded to its end.
        UnavailableError: too many files wait already.
    """
    measure(content, content_type)
    return limited.run("clean", [content], type=content_type)


def portrait(content: bytes, content_type: str, box: tuple[float, float, float] | None) -> bytes:
    """Return a square of the upright picture, 512 by 512, as JPEG.

    Raises:
        TooManyPixelsError, DamagedFileError, UnavailableError: as for ``clean``.
    """
    measure(content, content_type)
    return limited.run("portrait", [content], type=content_type, box=box)


def reduce(content: bytes, content_type: str, width: int) -> bytes:
    """Return the picture no wider than ``width``, as JPEG.

    Raises:
        TooManyPixelsError, DamagedFileError, UnavailableError: as for ``clean``.
    """
    measure(content, content_type)
    return limited.run("reduce", [content], type=content_type, width=width)


def measure(content: bytes, content_type: str) -> None:
    """Judge the size that the header announces, before anything is decoded.

    Raises:
        TooManyPixelsError: more than we decode.
        DamagedFileError: it announces none.
    """
    dimensions = MEASURES[content_type](content)
    if dimensions is None and content_type in SAID_ANYWHERE:
        return
    if dimensions is None or 0 in dimensions:
        raise DamagedFileError
    if dimensions[0] * dimensions[1] > MOST_PIXELS.get(content_type, KEPT_PIXELS):
        raise TooManyPixelsError(content_type)


def png_size(content: bytes) -> tuple[int, int] | None:
    """Read width and height where the format puts them: in the first chunk."""
    if content[12:16] != b"IHDR" or len(content) < 33:  # noqa: PLR2004  (signature and IHDR)
        return None
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Walk from marker to marker until the frame that says width and height."""
    at = 2
    for _ in range(MOST_MARKERS):
        if at + 9 > len(content) or content[at] != 0xFF:  # noqa: PLR2004  (every marker begins so)
            return None
        marker = content[at + 1]
        if marker == 0xFF:  # noqa: PLR2004  (padding)
            at += 1
        elif marker in ALONE:
            at += 2
        elif marker in START_OF_FRAME:
            height = int.from_bytes(content[at + 5 : at + 7], "big")
            width = int.from_bytes(content[at + 7 : at + 9], "big")
            return width, height
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None


def webp_size(content: bytes) -> tuple[int, int] | None:
    """Read width and height from the first chunk, each of whose three kinds has its own place."""
    kind, data = content[12:16], content[20:30]
    if len(data) < 10:  # noqa: PLR2004  (what the shortest kind needs)
        return None
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
        return width & 0x3FFF, height & 0x3FFF
    return None


def heif_size(content: bytes) -> tuple[int, int] | None:
    """Return the largest size that any picture of the file announces, if it does near its start."""
    sizes = [
        (int.from_bytes(match[1], "big"), int.from_bytes(match[2], "big"))
        for match in HEIF_SIZE.finditer(content, 0, BOXES)
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


MEASURES = {
    "image/png": png_size,
    "image/jpeg": jpeg_size,
    "image/webp": webp_size,
    "image/heic": heif_size,
    "image/avif": heif_size,
}
SAID_ANYWHERE = frozenset({"image/heic", "image/avif"})
