"""A mail is queued as a name and a dict; the worker writes its words, for whoever reads it then."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import g
from flask_babel import lazy_gettext as _l
from jinja2 import UndefinedError
from sqlalchemy import select

from core.database import db
from core.mail import Facts, Reader, mail, register_on_dead, say
from core.mail.letters import MAILS, packed, unpacked
from core.mail.rendering import render, words
from core.outbox import (
    About,
    AwayError,
    Lane,
    OutboxAbout,
    OutboxMessage,
    OutboxState,
    RefusedForGoodError,
    Worker,
)
from core.outbox.kinds import KINDS
from core.transaction import transaction
from security import emails as account_mails
from security.models import User
from tests.core.outboxes import fail_with, rows, states


@pytest.fixture
def note():
    """A mail of the test's own; ``note.facts`` is what its function finds."""

    class Note:
        facts: Facts | None = {"text": "words", "link": "https://x", "label": "see"}  # noqa: RUF012
        asked: list[tuple] = []  # noqa: RUF012

    note = Note()
    note.asked = []

    @mail("tests/note", subject=_l("Your sign-in code"), template="patient/notice")
    def written(reader: Reader, number: int, at: datetime | None = None) -> Facts | None:
        note.asked.append((reader, number, at))
        return note.facts

    note.letter = written
    yield note
    del MAILS["tests/note"]


def queue(*messages):
    with transaction():
        return say(messages)


@pytest.mark.both_databases
def test_language_address_and_name_are_those_of_the_day_it_leaves(cast, outbox, note):
    queue(note.letter(7).to(cast.bob.id))
    with transaction():
        bob = db.session.get_one(User, cast.bob.id)
        bob.email, bob.locale, bob.display_name = "new@example.org", "en", "Robert"
    [written] = outbox.mails(to="new@example.org")
    assert written.subject == "Your sign-in code"
    assert "Hello Robert," in written.text
    [(reader, number, _at)] = note.asked
    assert (reader.user_id, reader.zone, number) == (cast.bob.id, bob.time_zone, 7)


def test_a_warning_goes_to_the_mailbox_that_was_the_accounts_when_it_was_given(cast, outbox):
    """Whoever takes an account over and changes its address does not get the warnings of before."""
    owner = cast.bob.email
    with transaction():
        bob = db.session.get_one(User, cast.bob.id)
        account_mails.tell(bob, account_mails.account_secured())
        bob.email = "thief@example.org"
    assert outbox.mails(to="thief@example.org") == []
    assert len(outbox.mails(to=owner)) == 1


def test_what_is_no_longer_true_is_not_said(cast, outbox, note):
    queue(note.letter(7).to(cast.bob.id))
    note.facts = None
    assert outbox.mails() == []
    assert [(row.state, row.payload) for row in rows()] == [(OutboxState.EXPIRED, None)]


def test_whose_account_is_gone_gets_nothing(app, outbox, note):
    queue(note.letter(7).to(12345))
    assert outbox.mails() == []
    assert states() == [OutboxState.EXPIRED]


def test_a_half_filled_mail_never_leaves(cast, outbox, note):
    queue(note.letter(7).to(cast.bob.id))
    note.facts = {"text": "words", "link": "https://x"}
    assert outbox.mails() == []
    [row] = rows()
    assert row.state is OutboxState.QUEUED
    assert "'label' is undefined" in row.last_error
    with pytest.raises(UndefinedError):
        words("patient/notice", "fr", {"subject": "s"})


@pytest.mark.both_databases
def test_many_mails_are_three_statements_and_rendered_outside_any_transaction(
    cast, note, count_queries
):
    people = [person.id for person in (cast.alice, cast.bob, cast.chloe, cast.jeanne)]
    with transaction(), count_queries() as count:
        say(
            note.letter(n).to(person, key=f"k-{n}", about=[About("thing", n)])
            for n, person in enumerate(people)
        )
    assert len(count.statements) == 3
    assert note.asked == [], "no word was written yet"
    assert len(db.session.scalars(select(OutboxAbout)).all()) == len(people)


def test_a_message_says_which_mail_of_which_fact_for_whom_and_nothing_else(cast, note):
    queue(note.letter(7, at=datetime(2026, 11, 23, tzinfo=UTC)).to(cast.bob.id))
    [row] = rows()
    assert row.payload == (
        '{"mail": "tests/note", "facts": {"number": 7, "at": {"instant":'
        f' "2026-11-23T00:00:00+00:00"}}}}, "reader": {{"user": {cast.bob.id}}}}}'
    )


def test_codes_have_the_lane_of_what_is_urgent(cast):
    with transaction():
        bob = db.session.get_one(User, cast.bob.id)
        account_mails.tell(bob, account_mails.sign_in_code("123456"))
    assert rows()[0].lane is Lane.URGENT
    assert "123456" not in db.session.scalar(db.text("SELECT payload FROM outbox_messages"))


@pytest.mark.both_databases
@pytest.mark.parametrize("is_refused", [True, False])
def test_who_must_know_that_a_mail_did_not_leave_is_told_by_its_name(
    cast, outbox, note, travel_to, monkeypatch, is_refused
):
    told = []
    register_on_dead(note.letter, lambda abouts, facts: told.append((list(abouts), facts)))
    about, at = [About("appointment", 3), About("appointment", 7)], travel_to.now
    queue(note.letter(7, at).to(cast.bob.id, about=about, not_after=at + timedelta(days=1)))
    kind = KINDS["mail"]
    refuse = fail_with(RefusedForGoodError("550 5.1.1") if is_refused else AwayError("away"))
    monkeypatch.setitem(KINDS, "mail", replace(kind, send=refuse))
    outbox.deliver()
    if not is_refused:
        assert told == []
        travel_to(timedelta(days=1, seconds=1))
        outbox.deliver()
    assert told == [(about, {"number": 7, "at": at})]
    outbox.deliver()
    assert len(told) == 1


def test_facts_come_back_as_what_they_were():
    facts = {
        "at": datetime(2026, 11, 23, 7, tzinfo=UTC),
        "day": date(2026, 11, 23),
        "many": [1, {"until": datetime(2027, 1, 1, tzinfo=UTC)}],
        "instant": "a word",
    }
    assert unpacked(packed(facts)) == facts


def test_nothing_of_a_request_gets_into_a_mail(cast, note, app):
    queue(note.letter(7).to(cast.bob.id))
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        g.anything = "of the page"
        written = render(
            {"mail": "tests/note", "facts": {"number": 1}, "reader": {"user": cast.bob.id}}
        )
    assert written is not None
    assert "Bonjour" in written["text"]


def test_a_template_that_breaks_holds_up_nobody_else(cast, outbox, note, travel_to):
    queue(note.letter(7).to(cast.bob.id))
    note.facts = {}
    with transaction():
        bob = db.session.get_one(User, cast.bob.id)
        account_mails.tell(bob, account_mails.account_secured())
    assert len(outbox.mails(to=cast.bob)) == 1
    note.facts = {"text": "words", "link": "https://x", "label": "see"}
    travel_to(timedelta(seconds=11))
    assert len(outbox.mails(to=cast.bob)) == 2
    assert Worker().run_once() == 0
    assert db.session.scalar(select(OutboxMessage.attempts).order_by(OutboxMessage.id)) == 2
