"""What people typed never turns our words: every page and every mail, with names that would."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import String, Text, select, update

from core.bidi import FIRST_STRONG, POP, isolated, tamed
from core.database import Model, db
from core.mail import MailboxMessage
from core.transaction import transaction
from tests.architecture.test_routes import LINES, PACKAGES, TABLES, Stage, stage

__all__ = ["stage"]

HEBREW = "שרה"
TURNING = f"\u202eretsaM {HEBREW}"
TYPED = {
    "about", "birth_name", "birth_place", "description", "device", "display_name", "family_name",
    "filename", "given_name", "label", "name", "place_name", "profession", "reason", "street",
    "team_sentence", "title", "town", "wording", "words", "body",
}  # fmt: skip
"""Columns in which a person's own words are kept."""
TURNS = re.compile("[\u202a-\u202e\u2066\u2067]")
FIELDS = re.compile(r'\bvalue="[^"]*"|<textarea.*?</textarea>', re.DOTALL)
"""Where what was typed stands alone, to be typed again."""


def faults_of(text: str) -> list[str]:
    """Say where typed words reach beyond themselves."""
    found = [
        f"a turning mark: {text[m.start() - 60 : m.end() + 20]!r}" for m in TURNS.finditer(text)
    ]
    bare = FIELDS.sub("", text)
    depth = 0
    for at, sign in enumerate(bare):
        depth += (sign == FIRST_STRONG) - (sign == POP)
        if depth < 0 or (sign == HEBREW[0] and depth == 0):
            found.append(f"not apart: {bare[max(0, at - 80) : at + 20]!r}")
            depth = 0
    return found + (["an isolate without its end"] if depth else [])


def turn_every_name() -> int:
    """Put a name that turns its line wherever people write; return how many columns."""
    columns = 0
    with transaction():
        for mapper in Model.registry.mappers:
            table = mapper.local_table
            for column in table.columns:
                is_text = type(column.type) in {String, Text} and not column.unique
                if is_text and column.name in TYPED:
                    length = getattr(column.type, "length", None) or 60
                    for row in db.session.execute(select(*table.primary_key, column)).all():
                        *key, known = row
                        if not known:
                            continue
                        where = zip(table.primary_key, key, strict=True)
                        new = (TURNING + " " + known)[: max(length, 12)]
                        db.session.execute(
                            update(table).where(*(c == v for c, v in where)).values({column: new})
                        )
                    columns += 1
    db.session.expire_all()
    return columns


@pytest.mark.parametrize("package", PACKAGES)
def test_no_page_is_turned_by_what_people_typed(stage: Stage, package: str):
    assert turn_every_name() > 20
    wrong: dict[str, list[str]] = {}
    seen = 0
    for key in (one for one in TABLES[package] if one.startswith("GET ")):
        for role in LINES[key].who.split()[-2:]:
            answer = stage.browsers[role].get(stage.address(key))
            if answer.status_code == 200 and answer.mimetype in {"text/html", "text/plain"}:
                text = answer.get_data(as_text=True)
                seen += HEBREW in text
                if faults := faults_of(text):
                    wrong[f"{key} ({role})"] = faults[:2]
    assert wrong == {}
    assert seen or package in {"uploads", "demo"}, "the names were not shown at all"


def test_no_mail_is_turned_by_what_people_typed(stage: Stage, outbox):
    turn_every_name()
    stage.browsers["admin"].post(
        f"/bulles/{stage.own.bubble.id}/invitations",
        data={"email": "lea@example.org", "invited_as": "caregiver", "key": "k" * 43},
    )
    for key in (one for one in LINES if not one.startswith("GET ")):
        for role in LINES[key].who.split()[:1]:
            stage.browsers[role].open(stage.address(key), method=key.split()[0])
    outbox.deliver()
    mails = db.session.query(MailboxMessage).all()
    assert len(mails) >= 3
    assert any(HEBREW in mail.text + mail.html for mail in mails)
    wrong = {
        mail.subject: faults
        for mail in mails
        for part in (mail.subject, mail.text, mail.html)
        if (faults := faults_of(part))
    }
    assert wrong == {}


def test_the_judge_sees_what_reaches_beyond_itself():
    assert faults_of(f"<b>{HEBREW}</b> 12")
    assert faults_of("Ana\u202e wrote")
    assert faults_of(f"{FIRST_STRONG}Ana")
    assert not faults_of(f'<input value="{HEBREW}"> {FIRST_STRONG}{HEBREW}{POP} 12')


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Éloïse", "Éloïse"),
        ("\u202eretsaM", "retsaM"),
        ("\u2067a\u2069", "a"),
        ("a\u2069b", "ab"),
        (HEBREW, f"{FIRST_STRONG}{HEBREW}{POP}"),
        (f"{HEBREW}\n\nAna", f"{FIRST_STRONG}{HEBREW}{POP}\n\nAna"),
        (f"{FIRST_STRONG}{HEBREW}{POP}", f"{FIRST_STRONG}{HEBREW}{POP}"),
        ("علی\u200cرضا", f"{FIRST_STRONG}علی\u200cرضا{POP}"),
    ],
)
def test_a_text_stands_apart(text, shown):
    assert isolated(text) == shown
    assert isolated(isolated(text)) == shown
    assert not TURNS.search(tamed(text))
