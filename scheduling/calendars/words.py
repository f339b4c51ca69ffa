"""What people typed, as a line of a calendar may carry it: names, titles, places."""

from __future__ import annotations

import unicodedata

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\ufeff")
"""What turns the direction of a whole line, or is a mark of the order of bytes: never of a name."""
_BREAKS = frozenset({"Cc", "Zl", "Zp"})
_NOT_CHARACTERS = frozenset({"Cs", "Cn"})
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_ISOLATES = str.maketrans("", "", _ISOLATE + _END_ISOLATE)


def one_line(typed: str) -> str:
    """Return what somebody typed as one line of visible text: names, titles, places."""
    kept = []
    for character in unicodedata.normalize("NFC", typed):
        category = unicodedata.category(character)
        if category in _BREAKS:
            kept.append(" ")
        elif category not in _NOT_CHARACTERS and character not in _TURNING:
            kept.append(character)
    line = "".join(kept)
    if not _ends_what_it_begins(line):
        line = line.translate(_ISOLATES)
    return " ".join(line.split())


def _ends_what_it_begins(line: str) -> bool:
    depth = 0
    for character in line:
        depth += (character == _ISOLATE) - (character == _END_ISOLATE)
        if depth < 0:
            return False
    return depth == 0


def isolated(name: str) -> str:
    """Return a name as it stands inside a sentence: a name in Arabic turns nothing but itself."""
    name = one_line(name.translate(_ISOLATES))
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in name):
        return f"{_ISOLATE}{name}{_END_ISOLATE}"
    return name
