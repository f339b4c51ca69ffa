"""Pictures: their size is read from the header, their pixels only by a child process."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import structlog

from core.errors import UnavailableError
from core.transaction_state import is_writing
from uploads.errors import DamagedFileError, TooManyPixelsError

log = structlog.get_logger(__name__)

MAX_PIXELS = 40_000_000
PROGRAM = Path(__file__).with_name("reencode.py")
AT_ONCE = 2
"""Pictures decoded at the same time: each may take a gigabyte."""
PATIENCE = 20.0
"""Seconds that one waits for one's turn, then for the child."""
_turns = threading.BoundedSemaphore(AT_ONCE)

START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: restarts and the like."""
MOST_MARKERS = 10_000
"""Before the size is said; cameras write a few hundred, a hostile file ten million."""


def clean(content: bytes, content_type: str) -> bytes:
    """Return the picture with nothing but its pixels, upright.

    Raises:
        TooManyPixelsError: by its header; nothing was decoded.
        DamagedFileError: it cannot be decoded to its end.
        UnavailableError: too many pictures wait already.
    """
    dimensions = png_size(content) if content_type == "image/png" else jpeg_size(content)
    if dimensions is None or 0 in dimensions:
        raise DamagedFileError
    if dimensions[0] * dimensions[1] > MAX_PIXELS:
        raise TooManyPixelsError
    return _reencode(content, content_type)


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


def _reencode(content: bytes, content_type: str) -> bytes:
    if is_writing():
        raise RuntimeError("decoding is slow: do it before the operation")
    if not _turns.acquire(timeout=PATIENCE):
        raise UnavailableError
    try:
        # Not through core.native_pool: under gevent, waiting for a child is cooperative already.
        child = subprocess.run(  # noqa: S603  (our own program; the content goes to its input)
            [sys.executable, "-I", str(PROGRAM), content_type],
            input=content,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env={},
            cwd="/",
        )
    except subprocess.TimeoutExpired as error:
        log.warning("picture_not_decoded", reason="timeout")
        raise DamagedFileError from error
    finally:
        _turns.release()
    if child.returncode or not child.stdout:
        last = child.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        log.info("picture_not_decoded", code=child.returncode, reason=last)
        raise DamagedFileError
    return child.stdout
