"""Contact cards: vCard 2.1, 3 and 4, one after the other, among other lines or not."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bubbles.forms.pasted_names import Name, shown_name, split_name
from core import reading

_BEGIN, _END = "BEGIN:VCARD", "END:VCARD"
_PROPERTY = re.compile(r"(?:[\w-]+\.)?([A-Za-z-]+)((?:;[^:;\"]*(?:\"[^\"]*\")?)*):(.*)", re.DOTALL)
_LONGEST_LINE = 4_000
"""Signs; a longer one is a picture."""


@dataclass(frozen=True)
class Card:
    """One person, as their card says."""

    text: str
    address: str
    name: Name
    birth_date: date | None


def split(text: str) -> Iterator[str | Card]:
    """Yield what stands between cards, and each card, in order."""
    if _BEGIN not in text.upper():
        yield text
        return
    between: list[str] = []
    card: list[str] | None = None
    for line in text.split("\n"):
        word = line.strip().upper()
        if word == _BEGIN:
            if card:
                yield _read(card)
            yield "\n".join(between)
            between, card = [], []
        elif word == _END and card is not None:
            yield _read(card)
            card = None
        else:
            (between if card is None else card).append(line)
    if card:
        yield _read(card)
    yield "\n".join(between)


def _read(lines: list[str]) -> Card:
    held: dict[str, str] = {}
    emails: list[tuple[int, str]] = []
    for key, parameters, value in _properties(lines):
        if key == "EMAIL" and value.strip():
            rank = 0 if re.search(r"\bPREF\b", parameters.upper()) else 1
            emails.append((rank, _plain(value)))
        elif value.strip():
            held.setdefault(key, value)
    name = _name(held)
    address = min(emails, key=lambda ranked: ranked[0])[1] if emails else ""
    text = f"{shown_name(name)} {address}".strip() or _plain(held.get("ORG", "")) or "vCard"
    return Card(text, address, name, _birth_date(held.get("BDAY", "")))


def _properties(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    for line in _unfolded(lines):
        match = _PROPERTY.match(line) if len(line) <= _LONGEST_LINE else None
        if match is None:
            continue
        key, parameters, value = match.groups()
        if "QUOTED-PRINTABLE" in parameters.upper():
            value = _from_printable(value, parameters)
        yield key.upper(), parameters, value


def _unfolded(lines: list[str]) -> Iterator[str]:
    """Join what was cut: by a space in front, or by « = » at the end in the oldest cards."""
    held: list[str] = []
    is_soft = False
    for line in lines:
        if held and (is_soft or line[:1] in {" ", "\t"}):
            held.append(line if is_soft else line[1:])
        else:
            if held:
                yield "".join(held)
            held = [line]
        is_soft = line.endswith("=") and "QUOTED-PRINTABLE" in held[0][:200].upper()
        if is_soft:
            held[-1] = held[-1][:-1]
    if held:
        yield "".join(held)


def _from_printable(value: str, parameters: str) -> str:
    charset = re.search(r"CHARSET=\"?([\w-]{1,40})", parameters, re.IGNORECASE)
    raw = quopri.decodestring(value.encode("utf-8", "replace"))
    try:
        return raw.decode(charset.group(1) if charset else "utf-8", "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def _name(held: dict[str, str]) -> Name:
    family, given = ([*_components(held.get("N", "")), "", ""])[:2]
    if family or given:
        return Name(given, family)
    return split_name(_plain(held.get("FN", "")))


def _components(value: str) -> list[str]:
    return [_plain(part) for part in re.split(r"(?<!\\);", value)]


def _plain(value: str) -> str:
    return " ".join(
        re.sub(r"\\(.)", lambda match: " " if match[1] in "nN" else match[1], value).split()
    )


def _birth_date(value: str) -> date | None:
    """Read « 1951-03-09 », and « 19510309 » as cards write it; without its year it is no date."""
    day = value.strip().partition("T")[0]
    if reading.digits(day, len(day)) and len(day) == len("19510309"):
        day = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return None if reading.is_short_year(day) else reading.day(day)
