"""What each table knows of people, what becomes of it when they go, and for how long it is kept.

Each table is declared once, beside its model. ``core.retention`` deletes what is older than its
declaration says; ``flask personal-data`` prints the register for hosts.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

import click
from sqlalchemy import ColumnElement, Table
from sqlalchemy.orm import QueryableAttribute

if TYPE_CHECKING:
    from flask import Flask

    from core.config import Config
    from core.database import Base

    Erase = Callable[[datetime, int], int]


class Fate(StrEnum):
    """What becomes of a row when the person whom it knows goes."""

    ERASE = "erased"
    ANONYMISE = "made anonymous"
    KEEP = "kept"
    NOBODY = "about nobody"


class Until(StrEnum):
    """What ends the life of a row that has no term of its own."""

    ACCOUNT = "the account ends"
    PATIENT = "the patient's profile ends"
    TEAM = "the team ends"
    PARENT = "what it belongs to is erased"
    INSTANCE = "the installation ends"


@dataclass(frozen=True)
class After:
    """A term: rows go once ``since`` is as long ago as the setting says.

    The unit is the end of the setting's name: ``retention.journal_months``.
    """

    since: QueryableAttribute[Any]
    setting: str
    only: tuple[ColumnElement[bool], ...] = ()
    """Which rows it is for; the others stay."""
    words: str = ""
    """Which rows these are, for the register: « when it was cancelled »."""


@dataclass(frozen=True)
class AfterAccount:
    """A term that begins when the account or the profile ends."""

    setting: str


End = Until | After | AfterAccount


@dataclass(frozen=True)
class Declaration:
    """What one table knows of people."""

    table: Table
    fate: Fate
    ends: tuple[End, ...]
    columns: tuple[str, ...]
    """What is personal in a row; none: the whole row."""
    reason: str
    what: str

    @property
    def terms(self) -> tuple[After, ...]:
        """Return the terms that the worker applies."""
        return tuple(end for end in self.ends if isinstance(end, After))

    @property
    def settings(self) -> list[str]:
        """Return the names of the settings that say for how long."""
        return [end.setting for end in self.ends if not isinstance(end, Until)]


UNITS = {
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "months": timedelta(days=365) / 12,
}
DECLARATIONS: dict[str, Declaration] = {}
ERASERS: dict[str, Erase] = {}
"""By table: who deletes its rows, where deleting the row alone would not be enough."""


def declare(
    subject: type[Base] | Table,
    fate: Fate,
    *ends: End,
    columns: tuple[str, ...] = (),
    reason: str = "",
    what: str = "",
) -> None:
    """Say what a table knows of people; called beside its model.

    ``what`` says in a few words what a row is; a model's docstring says it already.

    Raises:
        ValueError: the declaration says too little, or names a column that is not there.
    """
    table = subject if isinstance(subject, Table) else cast("Table", subject.__table__)
    if not what and not isinstance(subject, Table):
        what = (inspect.getdoc(subject) or "").split("\n\n")[0]
    unknown = [name for name in columns if name not in table.columns]
    for is_wrong, why in (
        (not ends, "says not for how long"),
        (not what, "says not what a row is"),
        (bool(unknown), f"names unknown columns: {unknown}"),
        (fate in {Fate.KEEP, Fate.NOBODY} and not reason, "gives no reason"),
        (fate is Fate.ANONYMISE and not columns, "names no column to make anonymous"),
    ):
        if is_wrong:
            msg = f"the declaration of {table.name} {why}"
            raise ValueError(msg)
    DECLARATIONS[table.name] = Declaration(
        table, fate, ends, columns, " ".join(reason.split()), " ".join(what.split())
    )


def register_eraser(model: type[Base], erase: Erase) -> None:
    """Have rows at their term deleted by ``erase(before, most)``, which says how many it deleted.

    For what a deletion must tell others, or take along beside the database; called by wirings.
    """
    ERASERS[model.__tablename__] = erase


def kept_since(config: Config, setting: str, now: datetime) -> datetime:
    """Return the instant before which everything that this setting governs is forgotten."""
    return now - number_of(config, setting) * UNITS[setting.rpartition("_")[2]]


def number_of(config: Config, setting: str) -> int:
    """Return what the host set: « retention.journal_months » gives 12."""
    section, _dot, name = setting.partition(".")
    return int(getattr(getattr(config, section), name))


SAID = {
    "at": "that",
    "expires_at": "its end",
    "kept_at": "it was kept",
    "created_at": "it was begun",
    "last_used_at": "it was last used",
    "last_at": "it was last seen",
    "sent_at": "it was sent",
    "done_at": "it was done",
    "ended_at": "its end",
    "closed_at": "its end",
    "answered_at": "the answer",
    "revoked_at": "it was withdrawn",
    "last_seen_at": "its end",
}
"""How the register calls the instant from which a term counts."""
HEAD = """# What is known of people, and for how long

Made by `flask --app app personal-data` from the declarations beside the tables; do not edit.

One line is one table. « When the person goes » says what becomes of a row when the account ends, or
the patient's profile: **erased**, **made anonymous** (the row stays without what is personal in it)
or **kept** for the reason given. What is older than its term is deleted by the worker, every hour;
the settings of `[retention]` stand with the values that apply here.

"""
COLUMNS = (
    "| Table | What it is | What is personal | When the person goes | Until | Setting |",
    "|---|---|---|---|---|---|",
)


def render(config: Config) -> str:
    """Return the whole register in Markdown: a line a table, those about nobody apart."""
    declared = sorted(DECLARATIONS.values(), key=lambda declaration: declaration.table.name)
    known = [declaration for declaration in declared if declaration.fate is not Fate.NOBODY]
    others = [declaration for declaration in declared if declaration.fate is Fate.NOBODY]
    lines = [*COLUMNS, *(_line(declaration, config) for declaration in known)]
    lines += [
        "",
        "## Tables that know nobody",
        "",
        "| Table | What it is | Why | Until | Setting |",
    ]
    lines += ["|---|---|---|---|---|"]
    for declaration in others:
        cells = [declaration.what, declaration.reason, *_ends(declaration, config)]
        lines.append(_row(f"`{declaration.table.name}`", *cells))
    return HEAD + "\n".join(lines) + "\n"


def _line(declaration: Declaration, config: Config) -> str:
    personal = ", ".join(f"`{name}`" for name in declaration.columns) or "the whole row"
    fate = declaration.fate + (f": {declaration.reason}" if declaration.reason else "")
    name = f"`{declaration.table.name}`"
    return _row(name, declaration.what, personal, fate, *_ends(declaration, config))


def _ends(declaration: Declaration, config: Config) -> tuple[str, str]:
    words, settings = [], []
    for end in declaration.ends:
        if isinstance(end, Until):
            words.append(end.value)
            continue
        number, unit = number_of(config, end.setting), end.setting.rpartition("_")[2]
        told = f"{number} {unit if number != 1 else unit.removesuffix('s')} after "
        if isinstance(end, After):
            told += end.words or SAID.get(end.since.key, f"`{end.since.key}`")
        else:
            told = told + "that" if number else "not kept: erased with it"
        words.append(told)
        settings.append(f"`{end.setting}`")
    return "; ".join(words), ", ".join(settings)


def _row(*cells: str) -> str:
    plain = (re.sub(r"``", "`", cell).rstrip(".").replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(plain)} |"


def init_app(app: Flask) -> None:
    """Add the command."""

    @app.cli.command("personal-data")
    def personal_data() -> None:
        """Print what is known of people, and for how long, in Markdown."""
        click.echo(render(app.config["ALVEOLE"]), nl=False)
