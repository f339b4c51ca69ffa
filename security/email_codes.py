"""Six digits by e-mail: how they are read, kept and how long they last."""

from __future__ import annotations

from datetime import datetime, timedelta

from core import reading, tokens

LIFE = timedelta(minutes=10)
WAIT = timedelta(seconds=60)
"""Between two mails: the first may only be late."""
LENGTH = 6
MAX_TRIES = 5
"""Wrong codes of any kind, over one whole attempt."""
_key = ""


def configure(secret_key: str) -> None:
    """Set the key of the hashes: six digits alone would be found by trying them all."""
    global _key  # noqa: PLW0603  (set once, at the start)
    _key = tokens.keyed_hash(secret_key, "e-mail codes")


def read_digits(typed: str) -> str | None:
    """Return six ASCII digits, however they were spaced; nothing for anything else."""
    return reading.digits(typed, LENGTH)


def hash_code(purpose: str, bound_to: tuple[str, ...], code: str) -> str:
    """Return what is stored: bound to who asked by more than a number."""
    return tokens.keyed_hash(_key, purpose, *bound_to, code)


def wait_left(sent_at: datetime, now: datetime) -> int:
    """Return the seconds before another mail may be asked for."""
    return max(0, int((sent_at + WAIT - now).total_seconds()))
