"""Rules about what tables know of people: each takes a schema, and yields what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sqlalchemy import MetaData, String, Table

from core.personal_data import AfterAccount, Declaration, Fate, Until
from core.sealed_text import EncryptedText

PEOPLE = {"users", "patients", "enrolments"}
"""The tables of people: whoever points to them, by however many steps, knows somebody."""
TELLING = re.compile(r"(^|_)(e?mail|phone|number|name|recipient|birth)(_|$)")
"""Columns of text by whose name somebody may be known."""


def tables_without_a_declaration(
    metadata: MetaData, declared: Mapping[str, Declaration]
) -> Iterator[str]:
    """Whatever knows a person says so; and whatever grows says until when."""
    for table in metadata.sorted_tables:
        if table.name in declared:
            continue
        why = why_it_knows_somebody(table) or "it grows, and nothing says until when"
        yield f"{table.name}: {why}"


def why_it_knows_somebody(table: Table) -> str:
    """Say by what a table knows a person: a chain of keys, or a column of its own."""
    chain = chain_to_people(table)
    if chain:
        return "leads to " + " → ".join(chain)
    for column in table.columns:
        if tells_of_somebody(column.name, column.type):
            return f"its column {column.name} may tell of somebody"
    return ""


def tells_of_somebody(name: str, kind: object) -> bool:
    """Say whether a column is sealed, or called like something of a person."""
    return isinstance(kind, EncryptedText) or (
        isinstance(kind, String) and TELLING.search(name) is not None
    )


def chain_to_people(table: Table, seen: frozenset[str] = frozenset()) -> list[str]:
    """Return the tables on the way to one of people, the last one included; none: no way."""
    if table.name in PEOPLE:
        return [table.name]
    for key in sorted(table.foreign_keys, key=lambda key: key.target_fullname):
        other = key.column.table
        if other.name not in seen:
            rest = chain_to_people(other, seen | {table.name})
            if rest:
                return rest if other.name in PEOPLE else [other.name, *rest]
    return []


def people_behind_nobody(declared: Mapping[str, Declaration]) -> Iterator[str]:
    """A table that points straight to a person, or seals something, is not about nobody."""
    for name, declaration in declared.items():
        if declaration.fate is not Fate.NOBODY:
            continue
        sealed = [c.name for c in declaration.table.columns if isinstance(c.type, EncryptedText)]
        straight = [
            key.parent.name
            for key in declaration.table.foreign_keys
            if key.column.table.name in PEOPLE
        ]
        if sealed or straight:
            yield f"{name} is said to be about nobody, and has {', '.join(sealed + straight)}"


def hidden_columns(declared: Mapping[str, Declaration]) -> Iterator[str]:
    """Where not the whole row is personal, every telling column is named."""
    for name, declaration in declared.items():
        if not declaration.columns or declaration.fate is Fate.NOBODY:
            continue
        table = declaration.table
        telling = {c.name for c in table.columns if tells_of_somebody(c.name, c.type)}
        telling |= {
            key.parent.name
            for key in table.foreign_keys
            if key.column.table.name in {"users", "patients"}
        }
        missing = telling - set(declaration.columns)
        if missing and declaration.fate is not Fate.ANONYMISE:
            yield f"{name} does not name {', '.join(sorted(missing))}"


def impossible_endings(declared: Mapping[str, Declaration]) -> Iterator[str]:
    """What is made anonymous can be empty, and what goes with its parent has one that takes it."""
    for name, declaration in declared.items():
        columns = declaration.table.columns
        if declaration.fate is Fate.ANONYMISE:
            full = [c for c in declaration.columns if not columns[c].nullable]
            if full:
                yield f"{name} cannot be without {', '.join(full)}"
        if Until.PARENT in declaration.ends and not any(
            key.ondelete == "CASCADE" for key in declaration.table.foreign_keys
        ):
            yield f"{name} goes with what it belongs to, and no key of it says so"
        if declaration.fate is Fate.KEEP and not declaration.settings:
            yield f"{name} is kept, and no setting says for how long"
        if any(isinstance(end, AfterAccount) for end in declaration.ends) and (
            declaration.fate is not Fate.KEEP
        ):
            yield f"{name} has a term after the account, and is not kept"
