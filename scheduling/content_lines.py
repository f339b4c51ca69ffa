"""The lines that calendars are made of: escaping, folding, what people typed (RFC 5545, § 3.1)."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

_LINE_OCTETS = 75
_ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,"})
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


def text_line(name: str, text: str) -> bytes:
    """Write a property whose value is text, one that is ready for it."""
    return content_line(name, text.translate(_ESCAPES))


def party_line(name: str, parameters: dict[str, str], common_name: str, email: str) -> bytes:
    """Write who somebody is, by name and address.

    A parameter cannot hold a quotation mark, and a circumflex begins an escape that only some
    readers know (RFC 6868): neither belongs to a name.
    """
    written = "".join(f";{key}={value}" for key, value in parameters.items())
    shown = one_line(common_name.replace('"', " ").replace("^", " "))
    quoted = f';CN="{shown}"' if shown else ""
    return content_line(f"{name}{quoted}{written}", f"mailto:{quote(email, safe='@+!$*_~.-')}")


def content_line(name: str, value: str) -> bytes:
    """Write one line as it is, folded at 75 octets and never inside a character."""
    rest = f"{name}:{value}".encode()
    pieces = []
    while len(rest) > _LINE_OCTETS:
        end = _LINE_OCTETS
        while rest[end] & 0xC0 == 0x80:  # noqa: PLR2004 -- the later octets of a character
            end -= 1
        pieces.append(rest[:end])
        rest = b" " + rest[end:]
    return b"\r\n".join([*pieces, rest, b""])
