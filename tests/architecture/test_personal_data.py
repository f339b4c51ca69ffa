"""Every table says what it knows of people, what becomes of it and until when."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

from core.config import Config, RetentionConfig
from core.config_rules import RANGES
from core.database import Base, UtcDateTime
from core.personal_data import (
    DECLARATIONS,
    UNITS,
    AfterAccount,
    Fate,
    Until,
    declare,
    number_of,
    render,
)
from core.sealed_text import EncryptedText
from tests.architecture import personal_data_rules as rules
from tests.architecture.tree import read


@pytest.fixture
def trial() -> Iterator[MetaData]:
    """A schema of its own, with one table of people; what it declares is forgotten afterwards."""
    known = set(DECLARATIONS)
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True))
    yield metadata
    for name in set(DECLARATIONS) - known:
        del DECLARATIONS[name]


def add(metadata: MetaData, name: str, *columns: Column) -> Table:
    return Table(name, metadata, Column("id", Integer, primary_key=True), *columns)


def of_trial(metadata: MetaData) -> dict:
    return {name: DECLARATIONS[name] for name in metadata.tables if name in DECLARATIONS}


def test_every_table_is_declared():
    assert list(rules.tables_without_a_declaration(Base.metadata, DECLARATIONS)) == []


def test_every_declaration_can_be_kept():
    assert list(rules.people_behind_nobody(DECLARATIONS)) == []
    assert list(rules.hidden_columns(DECLARATIONS)) == []
    assert list(rules.impossible_endings(DECLARATIONS)) == []


def test_a_chain_of_tables_leads_to_a_person(trial):
    add(trial, "papers", Column("user_id", ForeignKey("users.id")))
    add(trial, "pages", Column("paper_id", ForeignKey("papers.id")))
    found = dict(line.split(": ") for line in rules.tables_without_a_declaration(trial, {}))
    assert found["papers"] == "leads to users"
    assert found["pages"] == "leads to papers → users"


@pytest.mark.parametrize(
    "column",
    [
        Column("email", String(254)),
        Column("contact_phone", String(30)),
        Column("family_name", String(80)),
        Column("words", EncryptedText),
    ],
    ids=lambda column: column.name,
)
def test_a_telling_column_is_enough(trial, column):
    table = add(trial, "strays", Column(column.name, column.type))
    assert "may tell of somebody" in rules.why_it_knows_somebody(table)


def test_a_table_that_only_grows_is_missed_too(trial):
    add(trial, "beats", Column("at", UtcDateTime))
    assert "beats: it grows, and nothing says until when" in list(
        rules.tables_without_a_declaration(trial, {})
    )


def test_a_declaration_that_hides_somebody_is_refused(trial):
    table = add(
        trial, "letters", Column("user_id", ForeignKey("users.id")), Column("email", String)
    )
    declare(table, Fate.NOBODY, Until.INSTANCE, reason="we say so", what="A letter")
    assert len(list(rules.people_behind_nobody(of_trial(trial)))) == 1
    declare(table, Fate.ERASE, Until.ACCOUNT, columns=("user_id",), what="A letter")
    assert list(rules.hidden_columns(of_trial(trial))) == ["letters does not name email"]


def test_an_end_that_cannot_come_is_refused(trial):
    table = add(trial, "marks", Column("user_id", ForeignKey("users.id"), nullable=False))
    for fate, end, problem in (
        (Fate.ANONYMISE, Until.ACCOUNT, "cannot be without user_id"),
        (Fate.ERASE, Until.PARENT, "no key of it says so"),
        (Fate.KEEP, Until.ACCOUNT, "no setting says for how long"),
        (Fate.ERASE, AfterAccount("retention.record_months"), "is not kept"),
    ):
        declare(table, fate, end, columns=("user_id",), reason="a trial", what="A mark")
        [found] = rules.impossible_endings(of_trial(trial))
        assert problem in found


@pytest.mark.parametrize(
    ("fate", "more", "problem"),
    [
        (Fate.ERASE, {"columns": ("nowhere",)}, "unknown columns"),
        (Fate.KEEP, {}, "no reason"),
        (Fate.ANONYMISE, {}, "no column"),
    ],
)
def test_a_declaration_that_says_too_little_is_refused(trial, fate, more, problem):
    with pytest.raises(ValueError, match=problem):
        declare(trial.tables["users"], fate, Until.ACCOUNT, what="Somebody", **more)


def test_every_setting_of_a_term_exists_has_a_unit_and_serves():
    used = {setting for declared in DECLARATIONS.values() for setting in declared.settings}
    settings = {f"retention.{field.name}" for field in dataclasses.fields(RetentionConfig)}
    assert used <= settings
    for setting in settings:
        assert setting.rpartition("_")[2] in UNITS
        least, most = RANGES[setting]
        assert least <= number_of(Config(), setting) <= most


def test_the_register_for_hosts_is_up_to_date():
    assert read("docs/personal-data.md") == render(Config())
