"""Backup codes: eight, on paper, for the day when the mailbox does not open."""

from __future__ import annotations

import secrets

from core import reading

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 signs that no hand-writing confuses: no 0 O, no 1 I L."""
COUNT = 8
LENGTH = 8


def new_set() -> list[str]:
    """Return eight different codes, 39.6 bits each, without their dash."""
    codes: dict[str, None] = {}
    while len(codes) < COUNT:
        codes["".join(secrets.choice(ALPHABET) for _ in range(LENGTH))] = None
    return list(codes)


def show(code: str) -> str:
    """Write a code in two groups, short enough to copy by hand."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def read(typed: str) -> str | None:
    """Return the code meant, whatever its case, spaces and dashes; nothing if it cannot be one."""
    code = reading.signs(typed).upper()
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
