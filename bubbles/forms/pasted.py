"""Addresses as people paste them: from a mail program, a table, a list written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from security.addresses import fold_email

_PART = re.compile(r'"[^"\n]*"|<[^<>\n]*>|[^"<,;\n\r\t]+|[,;\n\r\t]+|["<]')
_NOT_A_NAME = " \"'.-–—•*:()[]"
LONGEST_NAME = 80


@dataclass(frozen=True)
class PastedLine:
    """One person of the list, as they stand there."""

    text: str
    email: str | None
    """Folded; none when there is no address to be read."""
    given_name: str = ""
    family_name: str = ""


def read_pasted(text: str) -> list[PastedLine]:
    """Return each person of the list, in its order; what says nothing at all is left out."""
    return [line for chunk in _chunks(text) for line in _read(chunk)]


def _chunks(text: str) -> Iterator[str]:
    """Cut at commas, semicolons, tabs and line ends, but not inside quotes or brackets."""
    kept = ""
    for part in _PART.findall(text):
        if part.strip(",;\n\r\t"):
            kept += part
            if part[0] == "<" and len(part) > 1:  # an address in brackets ends its person
                yield kept
                kept = ""
        else:
            yield kept
            kept = ""
    yield kept


def _read(chunk: str) -> Iterator[PastedLine]:
    words = chunk.replace("<", " ").replace(">", " ").split()
    name: list[str] = []
    found = False
    for word in words:
        if "@" in word:
            found = True
            yield _line(word, " ".join(name))
            name = []
        else:
            name.append(word)
    if not found and any(sign.isalnum() for sign in chunk):
        yield PastedLine(chunk.strip(), None)


def _line(address: str, name: str) -> PastedLine:
    address = address.strip("\"'()[].:").removeprefix("mailto:")
    name = name.strip(_NOT_A_NAME)
    if not any(sign.isalpha() for sign in name):  # the number of a list
        name = ""
    shown = f'"{name}"' if "," in name else name
    text = f"{shown} <{address}>" if name else address
    try:
        folded = fold_email(address)
    except ValueError:
        return PastedLine(text, None)
    if "," in name:  # « Ferrand, Madeleine »
        family, _, given = (part.strip() for part in name.partition(","))
    else:
        given, _, family = name.partition(" ")
    return PastedLine(text, folded, given[:LONGEST_NAME], family.strip()[:LONGEST_NAME])
