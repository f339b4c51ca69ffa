"""What a form brought when it could not be taken: shown to be copied, or sent again as it was."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import request
from werkzeug.exceptions import HTTPException

from core import drafts
from core.origins import is_foreign

TOKEN = "csrf_token"  # noqa: S105  (the name of a field)
KEYS = frozenset({"cle", "client_id", "key", "idempotency_key"})
"""Fields that let the same form be sent twice and count once."""
_MACHINE = re.compile(r"^[A-Za-z0-9_:.+-]*$")
"""One word without spaces or accents: an id, a date, a choice. Nobody wants to copy it."""
SHORTEST = 8


@dataclass(frozen=True)
class Typed:
    """The words of a form, and its fields when it may be sent again by one press."""

    words: list[str]
    fields: list[tuple[str, str]]
    has_files: bool
    may_retry: bool


def of_request(*, may_retry: bool = True, is_uncertain: bool = False) -> Typed | None:
    """Read the form at hand, if it is one of ours; never what proves who somebody is.

    ``is_uncertain``: it may have been taken already, so that only a form with a key goes again.
    """
    if request.method != "POST" or is_foreign():
        return None
    try:
        fields = list(request.form.items(multi=True))
        has_files = any(file.filename for file in request.files.values())
    except (HTTPException, OSError):  # it was refused for its size, or broke off
        return None
    kept = open_fields()
    is_whole = len(kept) == sum(name != TOKEN for name, _value in fields) and not has_files
    words = [value for name, value in kept if name not in KEYS and _is_typed(value)]
    return Typed(
        words=words,
        fields=fields if is_whole else [],
        has_files=has_files,
        may_retry=may_retry and is_whole and (not is_uncertain or has_key()),
    )


def open_fields() -> list[tuple[str, str]]:
    """Return the fields of the form at hand, without those that prove who somebody is."""
    return [
        (name, value) for name, value in request.form.items(multi=True) if drafts.may_keep(name)
    ]


def has_key() -> bool:
    """Say whether the form at hand may come twice and count once."""
    return any(request.form.get(name) for name in KEYS)


def _is_typed(value: str) -> bool:
    return len(value.strip()) >= SHORTEST and not _MACHINE.match(value.strip())
