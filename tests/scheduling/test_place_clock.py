"""The time zone of a bubble changes: no promised hour moves without being asked about and told."""

from __future__ import annotations

import ast
from datetime import date, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import select

from bubbles.errors import ClockChoiceNeededError, ClockConflictError
from bubbles.models import Bubble
from bubbles.vocabulary import Kept
from core import clock
from core.audit import AuditEntry
from core.database import db
from core.transaction import transaction
from patient.models import Enrolment
from scheduling.agendas.models import Absence, Availability, ConsultationType, ExceptionalHours
from scheduling.agendas.operations.hours import set_weekly_hours
from scheduling.agendas.vocabulary import AbsenceKind
from scheduling.appointments.models import Appointment, AppointmentChange, CallTask
from scheduling.appointments.operations.booking_for import book_for
from scheduling.appointments.vocabulary import AppointmentStatus, ChangeKind, HeldFor
from scheduling.notices.operations.sending import remind_everybody
from scheduling.time.openings import WeeklyRange
from scheduling.waiting_list.models import WaitingListEntry, WaitingListOffer
from security.models import User
from security.operations.account import set_preferences
from tests import factories as make
from tests.bubbles.acts import together
from tests.scheduling.clock_steps import NOUMEA, alone, change, changing, noumea, promise
from tests.scheduling.conftest import paris

__all__ = ["change", "promise"]

ROOT = Path(__file__).resolve().parents[2]


# ── What is kept ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_kept_hours_are_read_as_before_and_everybody_is_told_once(
    cast, promise, change, outbox, reload, database
):
    winter, summer = promise("2026-11-24 10:30"), promise("2027-06-01 10:30")
    change(NOUMEA, Kept.HOURS)
    assert reload(winter).starts_at == noumea("2026-11-24 10:30")
    assert reload(summer).starts_at == noumea("2027-06-01 10:30")
    assert reload(summer).ends_at == noumea("2027-06-01 11:00")
    assert (reload(winter).sequence, reload(summer).sequence) == (1, 1)
    mail = outbox.one(to=cast.jeanne)
    assert "heure de Paris" in mail.text
    assert "10 h 30 (heure de Nouméa)" in mail.text.replace("\u00a0", " ")
    assert "L’heure que vous connaissez reste la même" in mail.text
    first = Calendar.from_ical(mail.calendar.split("END:VCALENDAR")[0] + "END:VCALENDAR\r\n")
    [event] = first.walk("VEVENT")
    assert (first["METHOD"], event["SEQUENCE"]) == ("REQUEST", 1)
    assert event["DTSTART"].params["TZID"] == NOUMEA
    assert event["DTSTART"].dt == noumea("2026-11-24 10:30")
    assert len(outbox.mails(to=cast.bob)) == 1
    kinds = db.session.scalars(select(AppointmentChange.kind)).all()
    assert list(kinds) == [ChangeKind.CLOCK_CHANGED, ChangeKind.CLOCK_CHANGED]
    db.session.rollback()
    change(NOUMEA, Kept.HOURS)
    assert reload(winter).sequence == 1, "twice is once"
    assert len(outbox.mails(to=cast.jeanne)) == 1


@pytest.mark.both_databases
def test_a_kept_moment_is_read_otherwise_and_everybody_is_told_once(
    cast, promise, change, outbox, reload, database
):
    booked = promise("2026-11-24 10:30")
    change(NOUMEA, Kept.INSTANTS)
    assert reload(booked).starts_at == paris("2026-11-24 10:30")
    assert reload(booked).sequence == 1
    text = outbox.one(to=cast.jeanne).text.replace("\u00a0", " ")
    assert "20 h 30 (heure de Nouméa)" in text
    assert "Avant : mardi 24 novembre à 10 h 30 (heure de Paris)" in text
    [event] = Calendar.from_ical(outbox.one(to=cast.jeanne).calendar).walk("VEVENT")
    assert event["DTSTART"].dt == paris("2026-11-24 10:30")
    assert event["DTSTART"].dt.hour == 20
    assert len(outbox.mails(to=cast.bob)) == 1


def test_without_a_choice_nothing_changes(cast, promise, change, reload):
    booked = promise("2026-11-24 10:30")
    with pytest.raises(ClockChoiceNeededError):
        change(NOUMEA)
    assert db.session.get_one(Bubble, cast.bubble.id).time_zone == "Europe/Paris"
    assert reload(booked).sequence == 0


def test_what_has_begun_or_is_over_stays_as_it_was(cast, promise, change, reload, outbox):
    over = promise(clock.now() - timedelta(days=2))
    begun = promise(clock.now() - timedelta(minutes=5))
    cancelled = promise("2026-11-24 10:30", status=AppointmentStatus.CANCELLED)
    change(NOUMEA, Kept.HOURS)
    for one in (over, begun, cancelled):
        assert (reload(one).starts_at, reload(one).sequence) == (one.starts_at, 0)
    assert outbox.mails(to=cast.jeanne) == []


@pytest.mark.both_databases
@pytest.mark.parametrize("zone", [NOUMEA, "America/Guadeloupe"])
def test_neighbours_move_together_whichever_way(cast, promise, change, reload, zone, database):
    booked = [promise(f"2026-11-24 {hour}") for hour in ("10:00", "10:30", "11:00", "15:00")]
    booked.append(promise("2026-11-24 21:00"))
    change(zone, Kept.HOURS)
    shown = [reload(one).starts_at.astimezone(ZoneInfo(zone)).strftime("%H:%M") for one in booked]
    assert shown == ["10:00", "10:30", "11:00", "15:00", "21:00"]


@pytest.mark.both_databases
def test_an_hour_promised_in_another_bubble_is_in_the_way_of_all(
    cast, promise, change, reload, database
):
    with transaction():
        island = make.bubble("Île", admin=cast.alice, time_zone=NOUMEA)
        make.membership(cast.bob, island, is_caregiver=True)
        there = make.agenda(cast.bob, island)
        place = make.enrolment(cast.patient, island, followers=[cast.bob])
    promise(noumea("2026-11-24 10:45"), agenda=there, enrolment=place)
    early, late = promise("2026-11-24 10:30"), promise("2026-11-25 10:30")
    with pytest.raises(ClockConflictError) as refusal:
        change(NOUMEA, Kept.HOURS)
    assert "chevaucheraient" in str(refusal.value.message)
    for one in (early, late):
        assert (reload(one).starts_at, reload(one).sequence) == (one.starts_at, 0)
    assert db.session.get_one(Bubble, cast.bubble.id).time_zone == "Europe/Paris"


def test_an_hour_that_the_new_clock_skips_is_named(cast, promise, change, reload):
    booked = promise("2027-03-14 02:30")
    with pytest.raises(ClockConflictError) as refusal:
        change("America/Miquelon", Kept.HOURS)
    said = str(refusal.value.message).replace("\u00a0", " ")
    assert "dimanche 14 mars à 2 h 30" in said
    assert "sautent" in said
    assert reload(booked).sequence == 0


def test_an_hour_taken_from_the_waiting_list_is_named_like_any_other(cast, promise, change, reload):
    soon = promise(clock.now() + timedelta(hours=3), held_for=HeldFor.OFFER)
    with pytest.raises(ClockConflictError):
        change(NOUMEA, Kept.HOURS)
    assert reload(soon).starts_at == soon.starts_at


def test_a_reminder_that_was_said_is_not_said_again(cast, promise, change, outbox):
    promise(clock.now() + timedelta(hours=20))
    with transaction():  # promised two days ago: its reminder of the day before is due
        db.session.query(Appointment).update({"confirmed_at": clock.now() - timedelta(days=2)})
    remind_everybody(0, {})
    reminders = len(outbox.mails(to=cast.jeanne))
    assert reminders == 1
    change("Europe/Lisbon", Kept.INSTANTS)
    remind_everybody(0, {})
    assert len(outbox.mails(to=cast.jeanne)) == reminders + 1, "the change alone was said"


# ── What goes along ───────────────────────────────────────────────────────────────────────────


def weekly(cast) -> list[tuple[int, str, str]]:
    rows = db.session.scalars(
        select(Availability)
        .where(Availability.agenda_id == cast.agenda.id)
        .order_by(Availability.weekday, Availability.starts_at)
    )
    found = [(one.weekday, f"{one.starts_at:%H:%M}", f"{one.ends_at:%H:%M}") for one in rows]
    db.session.rollback()
    return found


def test_weekly_hours_stay_as_read_or_keep_their_moment(cast, change):
    hours = [WeeklyRange(0, 9 * 60, 12 * 60), WeeklyRange(0, 13 * 60, 16 * 60)]
    set_weekly_hours(cast.bob, cast.agenda, hours=hours)
    change("Indian/Reunion", Kept.HOURS)
    assert weekly(cast) == [(0, "09:00", "12:00"), (0, "13:00", "16:00")]
    change(NOUMEA, Kept.INSTANTS)
    assert weekly(cast) == [(0, "16:00", "19:00"), (0, "20:00", "23:00")]
    change("Pacific/Tahiti", Kept.INSTANTS)
    assert weekly(cast) == [(0, "00:00", "02:00"), (6, "19:00", "22:00"), (6, "23:00", "23:59")]


def test_a_single_day_keeps_its_hours_or_its_moment(cast, change):
    alone(cast)
    with transaction():
        db.session.add(
            ExceptionalHours(
                agenda_id=cast.agenda.id,
                day=date(2026, 12, 5),
                starts_at=time(9),
                ends_at=time(15),
            )
        )
    change("Europe/Athens", Kept.HOURS)

    def days():
        rows = db.session.scalars(select(ExceptionalHours).order_by(ExceptionalHours.day))
        found = [(one.day.day, f"{one.starts_at:%H:%M}", f"{one.ends_at:%H:%M}") for one in rows]
        db.session.rollback()
        return found

    assert days() == [(5, "09:00", "15:00")]
    change("Pacific/Auckland", Kept.INSTANTS)
    assert days() == [(5, "20:00", "23:59"), (6, "00:00", "02:00")]


@pytest.mark.parametrize("keep", list(Kept))
def test_an_absence_of_whole_days_keeps_its_days_or_its_moment(cast, change, keep):
    start, end = paris("2026-12-02 00:00"), paris("2026-12-04 00:00")
    with transaction():
        everywhere = make.absence(cast.bob, start, end).id
        here = make.absence(cast.bob, start, end, agenda_id=cast.agenda.id).id
    change(NOUMEA, keep)
    for absence_id in (everywhere, here):
        one = db.session.get_one(Absence, absence_id)
        expected = (
            (start, end)
            if keep is Kept.INSTANTS
            else (
                noumea("2026-12-02 00:00"),
                noumea("2026-12-04 00:00"),
            )
        )
        assert (one.starts_at, one.ends_at) == expected


def test_an_absence_from_every_bubble_is_not_moved_by_one_of_them(cast, change):
    start, end = paris("2026-12-02 00:00"), paris("2026-12-04 00:00")
    with transaction():
        other = make.bubble("Ailleurs", admin=cast.alice)
        make.agenda(cast.bob, other)
        absence = make.absence(cast.bob, start, end, kind=AbsenceKind.PUBLIC_HOLIDAY).id
    change(NOUMEA, Kept.HOURS)
    assert db.session.get_one(Absence, absence).starts_at == start


def test_a_held_hour_an_offer_and_a_wish_stay_as_they_are_read(cast, hold, change, reload):
    held = hold("2026-11-24 10:30")
    with transaction():
        entry = WaitingListEntry(
            enrolment_id=cast.enrolment.id,
            consultation_type_id=cast.type.id,
            not_before=date(2026, 11, 25),
            created_at=clock.now(),
        )
        db.session.add(entry)
        db.session.flush()
        offer = make.waiting_list_offer(
            entry, cast.agenda, paris("2026-11-25 15:00"), clock.now() + timedelta(hours=2)
        )
    change(NOUMEA, Kept.HOURS)
    assert reload(held).starts_at == noumea("2026-11-24 10:30")
    assert db.session.get_one(WaitingListOffer, offer.id).starts_at == noumea("2026-11-25 15:00")
    assert db.session.get_one(WaitingListEntry, entry.id).not_before == date(2026, 11, 25)


def test_a_patient_whom_no_mail_reaches_is_called_when_the_hour_reads_otherwise(
    cast, promise, change
):
    with transaction():
        lone = make.patient("Paul", "Estève")
        place = make.enrolment(lone, cast.bubble, followers=[cast.bob])
    promise("2026-11-24 10:30", enrolment=place)
    change("Europe/Lisbon", Kept.HOURS)
    assert db.session.query(CallTask).count() == 0, "10 h 30 is still 10 h 30"
    db.session.rollback()
    change(NOUMEA, Kept.INSTANTS)
    assert db.session.query(CallTask).count() == 1


def test_the_journal_keeps_who_changed_it(cast, promise, change):
    promise("2026-11-24 10:30")
    change(NOUMEA, Kept.HOURS)
    actions = db.session.scalars(select(AuditEntry.permission)).all()
    assert "bubble:update" in actions
    by = db.session.scalars(select(AppointmentChange.by_id)).all()
    assert list(by) == [cast.alice.id]


# ── Many at once ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_many_move_at_once_and_the_mails_that_nobody_waits_for_follow(
    cast, change, outbox, count_queries, database
):
    with transaction():
        for number in range(40):
            account = make.user(f"p{number}", f"Patiente {number}")
            patient = make.patient("Patiente", str(number), account=account)
            place = make.enrolment(patient, cast.bubble, followers=[cast.bob])
            for week in range(3):
                day = paris("2026-12-01 08:00") + timedelta(weeks=week, minutes=15 * number)
                make.appointment(cast.agenda, place, cast.type, day, minutes=15)
    with count_queries() as count:
        change(NOUMEA, Kept.HOURS)
    starts = db.session.scalars(select(Appointment.starts_at)).all()
    assert {one.astimezone(ZoneInfo(NOUMEA)).hour for one in starts} == set(range(8, 18))
    db.session.rollback()
    assert count.total < 60, "nothing is asked or written for each appointment"
    outbox.deliver()
    for number in (0, 39):
        assert len([m for m in outbox.mails() if m.to == f"p{number}@example.org"]) == 1


# ── What moves nothing ────────────────────────────────────────────────────────────────────────


def test_a_persons_own_time_zone_moves_nothing(cast, promise, outbox, reload):
    booked = promise("2026-11-24 10:30")
    for person in (cast.jeanne, cast.bob):
        set_preferences(person, person, locale="fr", time_zone=NOUMEA)
    assert (reload(booked).starts_at, reload(booked).sequence) == (booked.starts_at, 0)
    assert outbox.mails(to=cast.jeanne) == []


def test_nobody_else_writes_the_zone_of_a_place():
    """Only the operation that asks may; an account's own zone is read on its own pages only."""
    writers = []
    for path in ROOT.glob("*/**/*.py"):
        package = path.relative_to(ROOT).parts[0]
        if package in {"tests", "migrations", "bench", ".venv", "node_modules"}:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if any(isinstance(t, ast.Attribute) and t.attr == "time_zone" for t in targets):
                writers.append(path.relative_to(ROOT).as_posix())
    assert writers == ["security/operations/account.py"]


# ── At the same instant ───────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_who_books_while_the_zone_changes_is_moved_along_or_refused(app, cast, database):
    people = SimpleNamespace(
        bob=cast.bob.id, place=cast.enrolment.id, type=cast.type.id, bubble=cast.bubble.id
    )
    db.session.rollback()

    def booking(hour):
        def book():
            book_for(
                db.session.get_one(User, people.bob),
                db.session.get_one(Enrolment, people.place),
                consultation_type=db.session.get_one(ConsultationType, people.type),
                hours=[paris(f"2026-11-24 {hour}")],
            )

        return book

    hours = ("09:00", "11:00", "15:00")
    outcomes = together(app, [*map(booking, hours), changing(cast, NOUMEA, Kept.HOURS)])
    assert "done" in outcomes, outcomes
    db.session.rollback()
    db.session.expire_all()
    zone = db.session.get_one(Bubble, people.bubble).time_zone  # the old one, had it to wait long
    shown = {
        one.astimezone(ZoneInfo(zone)).strftime("%H:%M")
        for one in db.session.scalars(select(Appointment.starts_at))
    }
    assert shown <= set(hours), (
        f"{outcomes}: nobody was promised an hour of the clock that had gone"
    )
