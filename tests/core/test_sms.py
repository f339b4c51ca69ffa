"""Text messages and calls through the outbox: lists, budgets, and what the mailbox shows."""

import contextlib
import datetime as dt
import json
from dataclasses import replace

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from core import clock, sms
from core import outbox as box
from core.config import Config, SmsConfig
from core.database import db
from core.errors import TooManyRequestsError
from core.mail import MailboxMessage
from core.outbox import OutboxMessage, OutboxState
from core.outbox.kinds import KINDS
from core.transaction import transaction
from tests.servers.sms_providers import Manner

PHONE = "+33639981234"
FAST = 0.3


# ── Through the outbox ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def by_gateway(app, sms_config, monkeypatch):
    """The application, with the gateway in the place of the mailbox."""
    handlers = dict(KINDS)
    alveole = app.config["ALVEOLE"]
    chosen = replace(sms_config, backend="http", voice_backend="http")
    whole: Config = replace(alveole, sms=chosen)
    monkeypatch.setitem(app.config, "ALVEOLE", whole)
    sms.init_app(whole)
    yield whole
    KINDS.update(handlers)


def row() -> OutboxMessage:
    found = db.session.scalars(select(OutboxMessage)).one()
    db.session.rollback()
    return found


@pytest.mark.both_databases
def test_a_message_leaves_through_the_outbox_and_its_words_are_forgotten(by_gateway, sms_server):
    with transaction():
        written = sms.send_sms(PHONE, "Alvéole : 481027")
    stored = db.session.scalar(db.text("SELECT payload FROM outbox_messages"))
    db.session.rollback()
    assert "481027" not in stored
    assert PHONE not in stored
    box.Worker().run_once()
    [received] = sms_server.received
    assert (received.to, received.text) == (PHONE, "Alvéole : 481027")
    assert received.reference == f"127.0.0.1-{written}"
    assert (row().state, row().payload) == (OutboxState.ACCEPTED, None)


def test_a_provider_that_comes_back_gets_the_message_once_more_with_the_same_key(
    by_gateway, sms_server, travel_to
):
    sms_server.manner, sms_server.status = Manner.REFUSE, 503
    with transaction():
        sms.send_sms(PHONE, "481027")
    box.Worker().run_once()
    assert row().state is OutboxState.QUEUED
    assert row().last_error == "ProviderError: gateway: 503 refused"
    sms_server.manner = Manner.ACCEPT
    travel_to(dt.timedelta(seconds=11))
    box.Worker().run_once()
    assert row().state is OutboxState.ACCEPTED
    assert len(sms_server.received) == 1


@pytest.mark.both_databases
def test_what_is_refused_for_good_is_dead_at_once_and_tells_no_number(by_gateway, sms_server):
    sms_server.manner, sms_server.status = Manner.REFUSE, 422
    with transaction():
        sms.send_call(PHONE, "4, 8, 1, 0, 2, 7", language="fr")
    with capture_logs() as logs:
        box.Worker().run_once()
    assert (row().state, row().payload is None) == (OutboxState.DEAD, False)
    said = f"{json.dumps(logs)} {row().last_error}"
    assert "422" in said
    assert PHONE not in said
    assert "4, 8" not in said


def test_a_code_that_comes_too_late_does_not_leave(by_gateway, sms_server, travel_to):
    with transaction():
        sms.send_sms(PHONE, "481027", not_after=clock.now() + dt.timedelta(minutes=10))
    travel_to(dt.timedelta(minutes=11))
    box.Worker().run_once()
    assert row().state is OutboxState.EXPIRED
    assert sms_server.received == []


def test_acceptance_is_logged_without_number_or_code(by_gateway, sms_server):
    with transaction():
        sms.send_sms(PHONE, "481027")
        sms.send_call(PHONE, "4, 8", language="fr")
    with capture_logs() as logs:
        box.Worker().run_once()
    assert [(one["event"], one["provider_id"]) for one in logs] == [
        ("sms_accepted", "g-1"),
        ("call_accepted", "g-1"),
    ]
    assert PHONE not in json.dumps(logs)


def test_in_the_demonstration_messages_and_calls_are_in_the_mailbox(app, outbox, visitor, page):
    with transaction():
        sms.send_sms(PHONE, "Alvéole : 481027")
        sms.send_call(PHONE, "4, 8, 1", language="fr")
    assert [(mail.subject, mail.text) for mail in outbox.mails(to=PHONE)] == [
        ("SMS", "Alvéole : 481027"),
        ("Appel vocal", "4, 8, 1"),
    ]
    db.session.rollback()
    number = db.session.scalars(select(MailboxMessage.id)).first()
    assert "481027" in page(visitor.get(f"/boite-aux-lettres/{number}")).text
    listed = page(visitor.get("/boite-aux-lettres", query_string={"a": PHONE}))
    assert listed.text.count("Appel vocal") == 1


def test_what_waited_when_messages_were_switched_off_is_dead(app, monkeypatch):
    handlers = dict(KINDS)
    off = replace(app.config["ALVEOLE"], sms=SmsConfig(backend="off", voice_backend="off"))
    monkeypatch.setitem(app.config, "ALVEOLE", off)
    sms.init_app(off)
    assert not sms.can_text()
    assert not sms.can_call()
    with transaction():
        sms.send_sms(PHONE, "481027")
    box.Worker().run_once()
    assert (row().state, row().last_error) == (OutboxState.DEAD, "switched off")
    KINDS.update(handlers)


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("Alvéole\u00a0: « c’est prêt… »", 'Alvéole : " c\'est pret... "'),
        ("Garçon à Noël, 5\u202f€", "Garcon à Noel, 5 €"),
        ("Пчела", "Пчела"),
    ],
)
def test_a_text_message_keeps_to_its_alphabet(typed, left):
    assert sms.plain(typed) == left


# ── Lists and budgets ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def with_budget(app, monkeypatch):
    def limit(**changes):
        config = app.config["ALVEOLE"]
        chosen = replace(config, sms=replace(config.sms, **changes))
        monkeypatch.setitem(app.config, "ALVEOLE", chosen)

    return limit


@pytest.mark.parametrize(
    "number", ["+33612345678", "+262692123456", "+32470123456", "+41791234567", "+447400123456"]
)
def test_france_and_its_neighbours_are_reached(app, number):
    sms.take_allowance(number)


@pytest.mark.parametrize(
    "number", ["+12025550143", "+2250102030405", "+88216500000", "+79161234567"]
)
def test_case_s14_other_countries_get_nothing(app, number):
    with capture_logs() as logs, pytest.raises(sms.UnreachableNumberError):
        sms.take_allowance(number)
    assert logs == [{"event": "sms_prefix_refused", "log_level": "warning", "prefix": number[:4]}]


def test_a_host_may_reach_further(app, with_budget):
    with_budget(allowed_prefixes=("+225",))
    sms.take_allowance("+2250102030405")
    with pytest.raises(sms.UnreachableNumberError):
        sms.take_allowance(PHONE)


@pytest.mark.both_databases
def test_case_s14_a_number_gets_three_an_hour_and_ten_a_day(app, travel_to):
    for sent in range(10):
        if sent and sent % 3 == 0:
            with pytest.raises(TooManyRequestsError):
                sms.take_allowance(PHONE)
            travel_to(dt.timedelta(hours=1, seconds=1))
        sms.take_allowance(PHONE)
    travel_to(dt.timedelta(hours=1, seconds=1))
    with pytest.raises(TooManyRequestsError):
        sms.take_allowance(PHONE)
    sms.take_allowance("+33639980000")


@pytest.mark.both_databases
def test_case_s14_fifty_numbers_meet_the_budget_of_the_day(app, with_budget, travel_to):
    with_budget(daily_budget=10)
    reached = 0
    with capture_logs() as logs:
        for number in range(50):
            with contextlib.suppress(sms.SpentBudgetError):
                sms.take_allowance(f"+336399800{number:02}")
                reached += 1
    assert reached == 10
    said = [one["event"] for one in logs]
    assert said[0] == "sms_budget_alarm"
    assert said.count("sms_budget_alarm") == 1
    assert said.count("sms_budget_spent") == 40
    travel_to(dt.timedelta(hours=24, seconds=1))
    sms.take_allowance("+33639980099")
