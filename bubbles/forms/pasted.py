"""Lists of people as they are pasted: from a mail program, a table, contact cards, or by hand.

One address is one person; the rest of its cell or of its line is the name. Reading costs in
proportion to what was pasted, and stops at the person that is one too many.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.header import decode_header
from itertools import islice, pairwise

from bubbles.forms import pasted_cards, pasted_tables
from bubbles.forms.pasted_names import Name, clean_address, name_of, shown_name
from core import reading
from core.forms import NOBODY_TYPES
from security.addresses import fold_email

MOST = 300
"""People in one list."""
LONGEST_NAME = 80
_LOOKALIKES = str.maketrans(
    {"＠": "@", "﹫": "@", "＜": "<", "＞": ">", "；": ";", "，": ",", "\ufeff": None}
)
_LINE_END = re.compile(r"\r\n|[\r\v\f\u0085\u2028\u2029]")
_PIECE = re.compile(r'"[^"\n]*"|<[^<>\n]*>|\([^()\n]*\)|[^"<(,;\t\n]+|[,;\t\n]+|["<(]')
_ENCODED = re.compile(r"=\?[^?\s]{1,40}\?[bq]\?[^?\s]{0,400}\?=(?:\s{1,3}(?==\?))?", re.IGNORECASE)
_HEADER = re.compile(r"(?:to|cc|bcc|from|reply-to|à|de|cci|pour|copie)\s?:", re.IGNORECASE)
_FOLD = re.compile(r"\n[ \t]+")
_SPANNED = 5
"""Lines that a quoted cell may go on for."""
_UNTYPED = NOBODY_TYPES | {"Cf"}
"""Controls, halves of characters, marks that turn the rest of a line."""
_MOST_PARTS = 50
"""Cells that one name may lie in."""


@dataclass(frozen=True)
class PastedLine:
    """One person of the list, as they stand there."""

    text: str
    """As it was pasted: read again, it says the same."""
    email: str | None
    """Folded; none when there is no address to be read."""
    given_name: str = ""
    family_name: str = ""
    birth_date: date | None = None


def read_pasted(text: str, most: int = MOST, *, may_have_headings: bool = True) -> list[PastedLine]:
    """Return each person of the list, in its order, and no more than one beyond ``most``.

    What says nothing at all is left out; a first line of headings is not somebody.
    """
    return list(islice(_read(text, may_have_headings=may_have_headings), most + 1))


def _read(text: str, *, may_have_headings: bool) -> Iterator[PastedLine]:
    text = _LINE_END.sub("\n", text.translate(_LOOKALIKES))
    for part in pasted_cards.split(text):
        if isinstance(part, str):
            yield from _read_lines(part, may_have_headings=may_have_headings)
        else:
            yield _line(part.text, part.address, part.name, part.birth_date)


def _read_lines(text: str, *, may_have_headings: bool) -> Iterator[PastedLine]:
    if "=?" in text:
        text = _ENCODED.sub(_decoded, text)
    if _HEADER.match(text.lstrip()[:20]):
        text = _FOLD.sub(" ", text)
    table: pasted_tables.Table | None = None
    is_top = may_have_headings
    for record, following in pairwise([*_records(text), ""]):
        if is_top and "@" not in record:
            is_top = False
            table = pasted_tables.read_headings(record, following)
            if table is not None:
                continue
            is_top = pasted_tables.read_headings(following, "") is not None  # under a title
        row = table.read(record) if table else None
        if row is None:
            yield from _read_record(record)
        else:
            for address in row.addresses or [""]:
                shown = f"{shown_name(row.name)} {address}".strip() or record.strip()
                yield _line(shown, address, row.name, row.birth_date)


def _records(text: str) -> Iterator[str]:
    """Yield each line that says something; a quoted cell may go on over the next ones."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        record, taken = lines[at], 1
        if record.count('"') % 2:
            for more in range(1, min(_SPANNED, len(lines) - at)):
                following = lines[at + more]
                head, quote, _tail = following.partition('"')
                if "@" in head:
                    break
                if quote and following.count('"') % 2:
                    record = " ".join(lines[at : at + more + 1])
                    taken = more + 1
                    break
        at += taken
        if any(sign.isalnum() for sign in record):
            yield record


def _decoded(match: re.Match[str]) -> str:
    """Read a name as mail carries it: « =?UTF-8?Q?Chlo=C3=A9?= »."""
    try:
        [(raw, charset)] = decode_header(match.group().strip())
        return raw if isinstance(raw, str) else raw.decode(charset or "ascii", "replace")
    except (ValueError, LookupError):
        return match.group()


def _read_record(record: str) -> Iterator[PastedLine]:
    if "@" not in record:
        yield PastedLine(_as_typed(record.strip(" \t,;")), None)
        return
    people = _People()
    is_alone = record.count("@") == 1
    for piece in _PIECE.findall(record):
        if not piece.strip(",;\t\n"):
            yield from people.separate(piece, is_alone=is_alone)
        elif piece[0] == "(":
            people.comment(piece)
        else:
            yield from people.add(piece, is_alone=is_alone)
    yield from people.end()


class _People:
    """What was read since the last person was complete."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.text: list[str] = []
        self.parts: list[list[str]] = [[]]
        self.comments: list[str] = []
        self.address = ""
        self.is_named_first = False

    def separate(self, sign: str, *, is_alone: bool) -> Iterator[PastedLine]:
        """A comma may stand inside a name; a semicolon between two addresses ends a person."""
        if not is_alone and (self.address or ";" in sign or "\n" in sign):
            yield from self.end()
            return
        if self.text:
            self.text[-1] = self.text[-1].rstrip()
            self.text.append(f"{sign.strip()} ")
        if len(self.parts) < _MOST_PARTS:
            self.parts.append([])

    def comment(self, piece: str) -> None:
        """Keep what stands in parentheses: it is the name only where no other is."""
        if "@" in piece and not self.address:
            self.address = piece.strip("() ")
        else:
            self.comments.append(piece.strip("() "))
        self.text.append(piece)

    def add(self, piece: str, *, is_alone: bool) -> Iterator[PastedLine]:
        """Take the words of a name, or an address, which ends the person when it is in brackets."""
        if piece[0] == '"' and "@" not in piece:
            self.text.append(piece)
            self.parts[-1].append(piece.strip('" '))
            return
        in_brackets = piece[0] == "<" and "@" in piece
        if in_brackets and self.address and clean_address(piece) != clean_address(self.address):
            yield from self.end()
        for word in piece.replace("<", " ").replace(">", " ").split():
            if "@" not in word:
                if self.address and self.is_named_first and not is_alone:
                    yield from self.end()
                self.parts[-1].append(word)
                self.text.append(f"{word} ")
                continue
            if self.address and clean_address(word) != clean_address(self.address):
                yield from self.end()
            self.is_named_first = any(any(part) for part in self.parts)
            self.address = self.address or word
            self.text.append(f" <{word}>" if in_brackets else f"{word} ")
        if in_brackets and not is_alone:
            yield from self.end()

    def end(self) -> Iterator[PastedLine]:
        """Give the person who is there, if anybody is."""
        text = "".join(self.text).strip(" \t,;")
        parts = [" ".join(part) for part in self.parts]
        name = name_of(parts)
        if name == Name():
            name = name_of(self.comments)
        if self.address or any(sign.isalnum() for sign in text):
            yield _line(text, self.address, name)
        self._forget()


def _line(text: str, address: str, name: Name, birth_date: date | None = None) -> PastedLine:
    try:
        email = fold_email(clean_address(address)) if address else None
    except ValueError:
        email = None
    text = _as_typed(text)
    if email is None:
        return PastedLine(text, None)
    given, family = (_as_typed(part)[:LONGEST_NAME].strip() for part in (name.given, name.family))
    return PastedLine(text, email, given, family, birth_date)


def _as_typed(text: str) -> str:
    """Return what a form would take: lists are encoded, and may hold what nobody can type."""
    return "".join(
        sign
        for sign in " ".join(text.split())
        if sign in reading.JOINERS or unicodedata.category(sign) not in _UNTYPED
    )
