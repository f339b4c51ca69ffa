"""Where files are decoded: in a child process that can do little harm."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

from core.errors import UnavailableError
from core.transaction_state import is_writing
from uploads.errors import (
    ActivePdfError,
    DamagedFileError,
    LockedPdfError,
    TooManyPixelsError,
)

log = structlog.get_logger(__name__)

PROGRAM = Path(__file__).with_name("child.py")
AT_ONCE = 2
"""Children at the same time: each may take a gigabyte."""
PATIENCE = 20.0
"""Seconds that one waits for one's turn."""
LONGEST = 45.0
"""Seconds by the clock on the wall that a child takes at most. What it computes is limited apart:
a busy machine lends it a part of the time only, and an honest photo is not refused for that."""
IS_LOCKED, IS_ACTIVE, IS_TOO_LARGE = 3, 4, 5
"""Its exit statuses when a password is needed, a PDF would do something, a picture is too large."""
_turns = threading.BoundedSemaphore(AT_ONCE)


def run(task: str, files: Sequence[bytes], *, seconds: int = 15, **order: Any) -> bytes:
    """Have one task of ``child.py`` done; it may compute for that many seconds.

    Raises:
        DamagedFileError: it could not be decoded to its end, or not within the limits.
        LockedPdfError: a PDF opens with a password only.
        ActivePdfError: a PDF would do something.
        TooManyPixelsError: more than we decode.
        UnavailableError: too many files wait already.
    """
    if is_writing():
        raise RuntimeError("decoding is slow: do it before the operation")
    order |= {"task": task, "sizes": [len(file) for file in files], "seconds": seconds}
    if not _turns.acquire(timeout=PATIENCE):
        raise UnavailableError
    try:
        # Not through core.native_pool: under gevent, waiting for a child is cooperative already.
        child = subprocess.run(  # noqa: S603  (our own program; the content goes to its input)
            [sys.executable, "-I", str(PROGRAM), json.dumps(order)],
            input=b"".join(files),
            capture_output=True,
            timeout=max(LONGEST, seconds + 5),
            check=False,
            env={},
            cwd="/",
        )
    except subprocess.TimeoutExpired as error:
        log.warning("file_not_decoded", task=task, reason="timeout")
        raise DamagedFileError from error
    finally:
        _turns.release()
    if child.returncode == IS_LOCKED:
        raise LockedPdfError
    if child.returncode == IS_ACTIVE:
        raise ActivePdfError(child.stdout.decode("ascii", "replace"))
    if child.returncode == IS_TOO_LARGE:
        raise TooManyPixelsError(str(order.get("type")))
    if child.returncode or not child.stdout:
        last = child.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        log.info("file_not_decoded", task=task, code=child.returncode, reason=last)
        raise DamagedFileError
    return child.stdout
