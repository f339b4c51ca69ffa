"""Keeping what people typed from turning the direction of what we say around it.

A name may be written from right to left, or hide a mark that turns the rest of its line. Whatever
is put into a page, a mail or a sentence passes through here: marks that turn are left out, and a
text written from right to left stands in isolates, which pages, titles and plain mails all obey.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

FIRST_STRONG, POP = "\u2068", "\u2069"
_TURNS = re.compile("[\u202a-\u202e\u2066\u2067]")
_ISOLATES = re.compile("[\u2068\u2069]")
TO_LOOK_AT = re.compile(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Letters of scripts written from right to left, and every mark of direction."""


def tamed(text: str) -> str:
    """Leave out what turns the line: overrides, embeddings, and isolates without their end."""
    if text.isascii() or not TO_LOOK_AT.search(text):
        return text
    text = _TURNS.sub("", text)
    return text if _is_balanced(text) else _ISOLATES.sub("", text)


def without_isolates(text: str) -> str:
    """Return a text for where a mark of direction costs a message, or is spoken."""
    return _ISOLATES.sub("", tamed(text))


def isolated(text: str) -> str:
    """Return a text whose direction reaches nothing around it."""
    if text.isascii() or not TO_LOOK_AT.search(text):
        return text
    # An isolate ends with its line: each has its own.
    return "\n".join(map(_line_apart, text.split("\n")))


def _line_apart(line: str) -> str:
    kept = tamed(line)
    is_apart = kept.startswith(FIRST_STRONG) and kept.find(POP) == len(kept) - 1
    if is_apart or not TO_LOOK_AT.search(_ISOLATES.sub("", kept)):
        return kept
    return f"{FIRST_STRONG}{kept}{POP}"


def typed(value: Any) -> Markup:
    """Return what goes back into a field as it was typed, without our isolates round it."""
    return escape(tamed("" if value is None else str(value)))


def shown(value: Any) -> Any:
    """Isolate whatever a template shows; what is markup already went through here in parts."""
    if isinstance(value, str):
        return value if isinstance(value, Markup) else isolated(value)
    if value is None or isinstance(value, int | float) or hasattr(value, "__html__"):
        return value
    return isolated(str(value))


def _is_balanced(text: str) -> bool:
    depth = 0
    for sign in _ISOLATES.findall(text):
        depth += 1 if sign == FIRST_STRONG else -1
        if depth < 0:
            return False
    return depth == 0


def init_app(app: Flask) -> None:
    """Have every expression of every template pass through here."""
    app.jinja_env.finalize = shown
    app.jinja_env.filters["typed"] = typed
