"""Reminders: computed when due from what stands now, said once, grouped, never in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.authorization import INSTANCE
from core.database import db
from core.errors import ForbiddenError
from core.transaction import transaction
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment
from scheduling.notices.models import Reminder
from scheduling.notices.operations.reminders import choose_reminders, remind
from scheduling.notices.operations.sending import WORKER, remind_everybody
from scheduling.notices.queries.reminders import list_due
from scheduling.notices.vocabulary import Channel
from tests import factories as make

LATER = "2026-12-08"
"""A Tuesday, fifteen days after the Monday on which tests begin."""


def work(outbox) -> None:
    remind_everybody(0, {})
    outbox.deliver()


def reminders_to(outbox, person) -> list[str]:
    subjects = [mail.subject for mail in outbox.mails(to=person)]
    return [subject for subject in subjects if subject.startswith("Rappel")]


@pytest.mark.both_databases
@pytest.mark.covers("U28")
def test_each_reminder_of_the_type_leaves_once_whatever_the_number_of_looks(
    cast, book, outbox, travel_to, database
):
    book(f"{LATER} 10:00")
    seen = []
    for when in (
        f"{LATER[:8]}01 09:59",
        f"{LATER[:8]}01 10:01",
        f"{LATER[:8]}01 10:06",
        f"{LATER[:8]}06 10:01",
        f"{LATER[:8]}07 10:01",
        f"{LATER} 08:01",
        f"{LATER} 08:30",
        f"{LATER} 10:01",
    ):
        travel_to(f"{when} Europe/Paris")
        work(outbox)
        seen.append(len(reminders_to(outbox, cast.jeanne)))
    assert seen == [0, 1, 1, 2, 3, 4, 4, 4]


@pytest.mark.covers("U29")
def test_a_reminder_whose_time_came_before_the_booking_is_skipped(cast, book, outbox, travel_to):
    book("2026-11-24 10:00")  # tomorrow: seven days, 48 h and 24 h before are over
    work(outbox)
    assert reminders_to(outbox, cast.jeanne) == []
    travel_to("2026-11-24 08:01 Europe/Paris")
    work(outbox)
    assert len(reminders_to(outbox, cast.jeanne)) == 1


@pytest.mark.covers("U28")
def test_nobody_is_reminded_of_what_was_cancelled(cast, book, outbox, travel_to):
    cancel_appointment(cast.bob, book(f"{LATER} 10:00"))
    travel_to(f"{LATER[:8]}06 10:01 Europe/Paris")
    work(outbox)
    assert reminders_to(outbox, cast.jeanne) == []


@pytest.mark.covers("U28")
def test_what_was_moved_is_reminded_of_at_its_new_hour_only(cast, book, at, outbox, travel_to):
    booked = book(f"{LATER} 10:00")
    travel_to(f"{LATER[:8]}05 09:00 Europe/Paris")
    move_appointment(cast.bob, booked, starts_at=at("2026-12-10 15:00"))
    travel_to(f"{LATER[:8]}06 10:01 Europe/Paris")
    work(outbox)
    assert reminders_to(outbox, cast.jeanne) == []
    travel_to("2026-12-08 15:01 Europe/Paris")
    work(outbox)
    [subject] = reminders_to(outbox, cast.jeanne)
    assert "jeudi 10 décembre" in subject


@pytest.mark.covers("U30")
def test_a_worker_that_slept_says_only_the_latest(cast, book, outbox, travel_to):
    book(f"{LATER} 10:00")
    travel_to(f"{LATER} 09:00 Europe/Paris")
    work(outbox)
    assert len(reminders_to(outbox, cast.jeanne)) == 1


@pytest.mark.covers("U31", "U32")
def test_two_appointments_of_one_day_are_said_in_one_mail(cast, book, at, outbox, travel_to):
    first = book(f"{LATER} 10:00")
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, at(f"{LATER} 15:00"))
    travel_to(f"{LATER[:8]}06 15:01 Europe/Paris")
    work(outbox)
    [mail] = [mail for mail in outbox.mails(to=cast.jeanne) if mail.subject.startswith("Rappel")]
    assert "10\u00a0h" in mail.text
    assert "15\u00a0h" in mail.text
    assert db.session.query(Reminder).filter_by(appointment_id=first.id).count() == 1
    work(outbox)
    assert len(reminders_to(outbox, cast.jeanne)) == 1


@pytest.mark.both_databases
def test_two_workers_at_once_say_it_once(cast, book, outbox, travel_to, database):
    book(f"{LATER} 10:00")
    travel_to(f"{LATER[:8]}06 10:01 Europe/Paris")

    both = list_due(clock.now()) * 2  # what two workers that looked at once would do
    db.session.rollback()
    for due in both:
        remind(WORKER, INSTANCE, due=due)
    outbox.deliver()
    assert len(reminders_to(outbox, cast.jeanne)) == 1


@pytest.mark.covers("D149")
def test_by_text_on_the_last_day_only_and_by_day(cast, at, outbox, travel_to):
    with transaction():
        cast.jeanne.phone = "+33612345678"
        cast.jeanne.phone_proved_at = cast.jeanne.created_at
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, at(f"{LATER} 08:00"))
    texts = []
    for when in (f"{LATER[:8]}06 09:00", f"{LATER} 06:30", f"{LATER} 07:00", f"{LATER} 07:30"):
        travel_to(f"{when} Europe/Paris")
        work(outbox)
        texts.append(len(outbox.mails(to="+33612345678")))
    assert texts == [0, 0, 1, 1]  # nothing two days before, nothing at half past six
    [text] = outbox.mails(to="+33612345678")
    assert text.text.startswith("Rappel")
    assert "mardi 8 décembre" in text.text
    assert "Suivi" not in text.text
    assert "Tilleuls" not in text.text


@pytest.mark.covers("U35")
def test_reminders_can_be_switched_off_and_cancellations_cannot(cast, book, outbox, travel_to):
    booked = book(f"{LATER} 10:00")
    choose_reminders(cast.jeanne, cast.jeanne, by_email=False, by_sms=False)
    travel_to(f"{LATER[:8]}06 10:01 Europe/Paris")
    work(outbox)
    assert reminders_to(outbox, cast.jeanne) == []
    cancel_appointment(cast.bob, booked)
    outbox.deliver()
    assert "annulé" in outbox.mails(to=cast.jeanne)[-1].subject


def test_nobody_chooses_for_somebody_else(cast, sign_in):
    with pytest.raises(ForbiddenError):
        choose_reminders(cast.mallory, cast.jeanne, by_email=False, by_sms=False)


def test_the_page_keeps_the_choice_and_says_what_is_always_said(cast, sign_in, page):
    client = sign_in(cast.jeanne)
    shown = page(client.get("/compte/rappels"))
    assert "toujours" in shown.text
    answer = client.post("/compte/rappels", data={"by_email": "y"})
    assert answer.status_code == 302
    again = client.get("/compte/rappels").get_data(as_text=True)
    assert again.count(" checked") == 1
    assert "Rappels de rendez-vous" in page(client.get("/compte")).text


def test_the_mail_names_no_patient_no_motive_and_no_instruction(cast, book, outbox, travel_to):
    with transaction():
        cast.type.instructions_before = "À jeun depuis minuit"
    book(f"{LATER} 10:00")
    travel_to(f"{LATER[:8]}06 10:01 Europe/Paris")
    work(outbox)
    mail = outbox.mails(to=cast.jeanne)[-1]
    for word in ("Roques", "Suivi", "jeun"):
        assert word not in mail.text
    assert {one.channel for one in db.session.query(Reminder)} == {Channel.EMAIL}
    assert timedelta(minutes=db.session.query(Reminder).one().minutes_before) == timedelta(days=2)
