"""Texts: codes and appointments have allowances of their own; a change is said late, or called."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from core import rate_limit, sms
from core.database import db
from core.errors import DomainError, TooManyCodesError
from core.sms import ALLOWANCES, TextKind
from core.transaction import transaction
from scheduling.appointments.models import CallTask
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment
from scheduling.appointments.vocabulary import CallReason
from security.models import User
from tests import factories as make
from tests.security.phone import NUMBER, give_phone
from tests.security.test_recovery import ask, link_of

pytestmark = pytest.mark.both_databases
SOON, LATER = "2026-11-24", "2026-12-08"


@pytest.fixture
def jeanne(cast):
    give_phone(cast.jeanne)
    return cast.jeanne


@pytest.fixture
def budget(app, monkeypatch):
    def limit(count):
        config = app.config["ALVEOLE"]
        chosen = replace(config, sms=replace(config.sms, daily_budget=count))
        monkeypatch.setitem(app.config, "ALVEOLE", chosen)

    return limit


def use_up(kind, number=NUMBER):
    for limit in ALLOWANCES[kind]:
        with suppress(DomainError):
            for _ in range(limit.count):
                rate_limit.hit(limit, number)


def texts(outbox, number=NUMBER):
    return [mail.text for mail in outbox.mails(to=number)]


def calls():
    found = [task.reason for task in db.session.query(CallTask)]
    db.session.rollback()
    return found


def place(cast, at, when):
    with transaction():
        return make.appointment(cast.agenda, cast.enrolment, cast.type, at(when))


def test_a_busy_quarter_of_an_hour_drops_nothing_and_leaves_the_code_of_a_reset(
    app, cast, jeanne, book, at, outbox, travel_to
):
    """Two booked, one moved three times, both cancelled by the caregiver: then a lost password."""
    first, second = book(f"{LATER} 10:00"), book(f"{LATER} 14:00")
    for hour in ("11:00", "15:00", "16:00"):
        travel_to(timedelta(minutes=3))
        move_appointment(cast.bob, first, starts_at=at(f"{LATER} {hour}"))
    for one in (first, second):
        travel_to(timedelta(minutes=3))
        cancel_appointment(cast.bob, one)
        said = texts(outbox)
    assert sum("annulé" in text for text in said) == 2
    browser = app.test_client()
    ask(browser, cast.jeanne.email)
    answer = browser.post(link_of(outbox, cast.jeanne), data={"step": "sms"})
    assert answer.location.endswith("/preuve")
    assert "code" in texts(outbox)[-1]


@pytest.mark.parametrize("spent", [TextKind.CHANGE, TextKind.NOTICE, TextKind.WARNING])
def test_no_other_text_takes_the_codes_away(app, spent):
    use_up(spent)
    with pytest.raises(DomainError):
        sms.take_allowance(NUMBER, spent)
    sms.take_allowance(NUMBER)


def test_codes_asked_for_by_anybody_take_no_cancellation_away(app, cast, jeanne, at, outbox):
    use_up(TextKind.CODE)
    cancel_appointment(cast.bob, place(cast, at, f"{SOON} 10:00"))
    assert "annulé" in texts(outbox)[-1]


def test_a_cancellation_beyond_the_allowance_leaves_when_there_is_room(
    cast, jeanne, at, outbox, travel_to
):
    booked = place(cast, at, f"{SOON} 17:00")
    use_up(TextKind.CHANGE)
    travel_to(timedelta(hours=23, minutes=30))
    use_up(TextKind.CHANGE)
    travel_to(f"{SOON} 08:00 Europe/Paris")
    cancel_appointment(cast.bob, booked)
    with capture_logs() as logs:
        assert texts(outbox) == []
    assert [one["reason"] for one in logs if one["event"] == "appointment_text_delayed"]
    for _ in range(6):
        travel_to(timedelta(hours=1))
        outbox.deliver()
    [text] = texts(outbox)
    assert "annulé" in text
    assert calls() == []


def test_what_would_come_too_late_becomes_a_call(cast, jeanne, at, outbox, travel_to):
    booked = place(cast, at, f"{SOON} 09:00")
    travel_to(f"{SOON} 07:30 Europe/Paris")
    use_up(TextKind.CHANGE)
    cancel_appointment(cast.bob, booked)
    assert texts(outbox) == []
    assert calls() == [CallReason.CANCELLED]
    outbox.deliver()
    assert calls() == [CallReason.CANCELLED]


def test_a_move_counts_from_the_hour_that_was_left(cast, jeanne, at, outbox, travel_to):
    booked = place(cast, at, f"{SOON} 09:00")
    travel_to(f"{SOON} 07:30 Europe/Paris")
    use_up(TextKind.CHANGE)
    move_appointment(cast.bob, booked, starts_at=at(f"{SOON} 17:00"))
    assert texts(outbox) == []
    assert calls() == [CallReason.MOVED]


def test_a_delayed_text_that_is_no_longer_true_is_not_said(cast, jeanne, at, outbox, travel_to):
    booked = place(cast, at, f"{LATER} 10:00")
    use_up(TextKind.CHANGE)
    move_appointment(cast.bob, booked, starts_at=at(f"{LATER} 11:00"))
    outbox.deliver()
    cancel_appointment(cast.bob, booked)
    outbox.deliver()
    travel_to(timedelta(hours=24, minutes=1))
    outbox.deliver()
    assert not any("déplacé" in text for text in texts(outbox))


def test_a_reminder_may_be_dropped_and_the_log_says_so(cast, jeanne, at, outbox, travel_to):
    from scheduling.notices.operations.sending import remind_everybody

    place(cast, at, f"{LATER} 10:00")
    travel_to(f"{LATER} 08:01 Europe/Paris")
    use_up(TextKind.NOTICE)
    remind_everybody(0, {})
    with capture_logs() as logs:
        outbox.deliver()
    assert texts(outbox) == []
    assert "appointment_text_dropped" in [one["event"] for one in logs]
    assert calls() == []


def test_two_accounts_on_one_number_share_its_allowances_and_still_learn_all(
    cast, jeanne, at, outbox, travel_to
):
    give_phone(cast.bob)
    use_up(TextKind.CHANGE)
    with transaction():
        other = db.session.get(User, cast.bob.id)
        assert other.phone == NUMBER
    booked = place(cast, at, f"{LATER} 10:00")
    cancel_appointment(cast.bob, booked)
    assert texts(outbox) == []
    travel_to(timedelta(hours=1, minutes=1))  # the hour has room again, the day has not
    assert texts(outbox) == []
    assert calls() == [CallReason.CANCELLED]
    sms.take_allowance(NUMBER)


def test_a_call_that_speaks_a_code_counts_as_a_code(app):
    for _ in range(3):
        sms.take_allowance(NUMBER, TextKind.CODE)
    with pytest.raises(TooManyCodesError):
        sms.take_allowance(NUMBER, TextKind.CODE)


def test_a_full_waiting_room_leaves_codes_in_the_budget_of_the_day(app, budget):
    budget(10)
    reached = {TextKind.NOTICE: 0, TextKind.CHANGE: 0, TextKind.CODE: 0}
    for kind in reached:
        with suppress(sms.SpentBudgetError):
            for number in range(50):
                sms.take_allowance(f"+33639{len(kind.value)}{number:05}", kind)
                reached[kind] += 1
    assert reached == {TextKind.NOTICE: 6, TextKind.CHANGE: 2, TextKind.CODE: 2}


def test_a_cancellation_beyond_the_budget_of_the_day_is_called(
    cast, jeanne, at, budget, outbox, travel_to
):
    budget(5)
    for number in range(4):
        sms.take_allowance(f"+3363998000{number}", TextKind.CHANGE)
    cancel_appointment(cast.bob, place(cast, at, f"{SOON} 10:00"))
    assert texts(outbox) == []
    assert calls() == [CallReason.CANCELLED]


@pytest.mark.parametrize("kind", TextKind)
def test_every_kind_has_an_allowance_and_a_share(kind):
    assert kind in sms.SHARES
    hour, day = ALLOWANCES[kind]
    assert hour.count < day.count
    names = [limit.name for both in ALLOWANCES.values() for limit in both]
    assert len(set(names)) == len(names)
