"""Lines of a table, once its headings say what stands where."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bubbles.forms.pasted_names import Name, split_name
from core import reading


class Column(StrEnum):
    """What a column holds."""

    EMAIL = "email"
    GIVEN = "given"
    FAMILY = "family"
    FULL = "full"
    FAMILY_GIVEN = "family_given"
    BIRTH = "birth"
    PHONE = "phone"


_WORDS = {
    Column.GIVEN: "prenom|prenoms|given|given name|given names|first|first name|firstname|forename",
    Column.FAMILY: "nom|noms|nom de famille|nom d usage|nom usuel|nom de naissance|family"
    "|family name|last|last name|lastname|surname",
    Column.FULL: "name|full name|nom complet|prenom nom|prenom et nom|prenom name|display name"
    "|nom affiche|contact|personne|patient|patiente|accompagnant|accompagnante",
    Column.FAMILY_GIVEN: "nom prenom|nom et prenom|noms et prenoms|nom prenoms",
    Column.PHONE: "telephone|tel|portable|mobile|phone|phone number|mobile phone|numero"
    "|numero de telephone|telephone portable",
    Column.BIRTH: "date de naissance|naissance|ne le|nee le|ne e le|birth date|date of birth"
    "|birthday|birthdate|dob|anniversaire",
    Column.EMAIL: "adresse|adresses|address",
}
_COLUMNS = {words: column for column, text in _WORDS.items() for words in text.split("|")}
_OF_NAMES = {Column.GIVEN, Column.FAMILY, Column.FULL, Column.FAMILY_GIVEN}
_OF_EMAILS = ("mail", "courriel", "adresse electronique")


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    addresses: list[str]
    name: Name
    birth_date: date | None


@dataclass(frozen=True)
class Table:
    """What each column holds, and what stands between two of them."""

    delimiter: str
    columns: list[Column | None]

    def read(self, record: str) -> Row | None:
        """Read one line; nothing where it is no line of this table."""
        cells = _cells(record, self.delimiter)
        if cells is None or not _OF_NAMES & set(self.columns):
            return None
        if len(cells) == 1 and len(self.columns) > 1:
            return None
        held: dict[Column, str] = {}
        emails = []
        for column, cell in zip(self.columns, cells, strict=False):
            text = " ".join(cell.split())
            if column is Column.EMAIL and "@" in text:
                emails.append(text)
            elif column is not None and text:
                held.setdefault(column, text)
        address_cells = emails[:1] or [cell for cell in cells if "@" in cell][:1]
        addresses = (
            [word for word in re.split(r"[\s,;]+", address_cells[0]) if "@" in word]
            if address_cells
            else []
        )
        return Row(addresses, _name(held), _read_date(held.get(Column.BIRTH, "")))


def read_headings(record: str, following: str) -> Table | None:
    """Return what the columns hold, if this line says so.

    Other words than ours are headings too where the next line has as many cells, and an address.
    """
    best: Table | None = None
    most = 0
    for delimiter in "\t;,":
        cells = _cells(record, delimiter) or []
        columns = [_column(cell) for cell in cells]
        known = sum(column is not None for column in columns)
        if known > most and known * 2 >= len([cell for cell in cells if cell.strip()]):
            best, most = Table(delimiter, columns), known
    return best or _unknown_headings(record, following)


def _unknown_headings(record: str, following: str) -> Table | None:
    for delimiter in "\t;":
        cells = _cells(record, delimiter) or []
        are_words = all(cell.strip() and not _has_figures(cell) for cell in cells)
        below = _cells(following, delimiter) or []
        if len(cells) == len(below) > 1 and are_words and "@" in following:
            return Table(delimiter, [])
    return None


def _has_figures(cell: str) -> bool:
    return any("0" <= sign <= "9" for sign in reading.plain(cell))


def _cells(record: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([record], delimiter=delimiter, skipinitialspace=True), None)
    except csv.Error:
        return None


def _column(cell: str) -> Column | None:
    plain = unicodedata.normalize("NFKD", cell.casefold())
    words = " ".join(re.findall(r"[a-z0-9]+", "".join(s for s in plain if s.isascii())))
    if len(words) > 60:  # noqa: PLR2004  (a sentence is no heading)
        return None
    known = _COLUMNS.get(words)
    is_of_emails = any(word in words.replace("e mail", "mail") for word in _OF_EMAILS)
    return known or (Column.EMAIL if is_of_emails else None)


def _name(held: dict[Column, str]) -> Name:
    given, family = held.get(Column.GIVEN, ""), held.get(Column.FAMILY, "")
    if given:
        return Name(given, family or "")
    if Column.FULL in held:
        return split_name(held[Column.FULL])
    if Column.FAMILY_GIVEN in held:
        return split_name(held[Column.FAMILY_GIVEN], family_first=True)
    return split_name(family) if " " in family else Name("", family)


def _read_date(text: str) -> date | None:
    """Read a day of birth; a year of two figures may be of either century."""
    return None if reading.is_short_year(text) else reading.day(text)
