"""A calendar is joined from lines that were written before, and never shows what was."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import delete, func, select, update

from bubbles.operations.closing import close_bubble
from bubbles.operations.information import BubbleInformation, update_bubble
from bubbles.operations.members import remove_member
from bubbles.queries import get_membership
from bubbles.vocabulary import Kept
from core.database import db
from core.transaction import transaction
from patient.models import Guardianship
from patient.operations.places import end_enrolment, set_followers
from patient.operations.relatives import edit_relative
from patient.vocabulary import GuardianKind
from scheduling.agendas.models import Agenda
from scheduling.agendas.operations.types import TypeFacts, edit_type
from scheduling.agendas.vocabulary import ConsultationMode
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.calendars.models import EventText, FeedLink
from scheduling.calendars.operations import create_link, renew_link, revoke_link
from scheduling.calendars.views.feed import JoinedCalendars
from scheduling.calendars.vocabulary import DetailLevel
from tests import factories as make
from tests.patient.test_relatives import identity

TUESDAY = "2026-11-24"


@pytest.fixture
def named(cast):
    """A calendar link whose titles are full names; its number is not that of its agenda."""
    create_link(cast.bob, cast.agenda, name="w", detail_level=DetailLevel.DISCREET)
    return create_link(cast.bob, cast.agenda, name="x", detail_level=DetailLevel.FULL_NAME)


@pytest.fixture
def child(cast):
    """Léo, for whom Jeanne acts, has a place of his own, and Bob follows him."""
    with transaction():
        person = make.patient("Léo", "Roques")
        db.session.add(
            Guardianship(user_id=cast.jeanne.id, patient_id=person.id, kind=GuardianKind.RELATIVE)
        )
        return make.enrolment(person, cast.bubble, followers=[cast.bob])


@pytest.fixture
def read(visitor):
    """``read(link)``: the calendar whole, and anew: with the name of the reading before."""
    names: dict[str, str] = {}

    def read(link):
        path = f"/agenda/{link.token}.ics"
        answer = visitor.get(path)
        if answer.status_code == 200:
            former = names.get(path)
            if former is not None:
                again = visitor.get(path, headers={"If-None-Match": former})
                assert again.status_code == (304 if former == answer.headers["ETag"] else 200)
            names[path] = answer.headers["ETag"]
        return answer

    return read


def events(answer):
    return Calendar.from_ical(answer.data).walk("VEVENT")


def titles(answer) -> list[str]:
    return [str(event["SUMMARY"]) for event in events(answer)]


def facts_of(kind, **changes) -> TypeFacts:
    known = {
        field.name: getattr(kind, field.name)
        for field in fields(TypeFacts)
        if field.name not in {"reminders", "caregiver_ids"}
    }
    return TypeFacts(**{**known, "caregiver_ids": [one.id for one in kind.caregivers], **changes})


def information_of(bubble, **changes) -> BubbleInformation:
    known = {field.name: getattr(bubble, field.name) for field in fields(BubbleInformation)}
    return BubbleInformation(**{**known, **changes})


# ── Rights and names of yesterday ─────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_whom_one_follows_no_more_has_no_name_even_in_the_past(
    cast, named, read, book, travel_to, database
):
    book(f"{TUESDAY} 10:30")
    travel_to(timedelta(days=3))
    assert titles(read(named)) == ["Jeanne Roques"]
    set_followers(cast.alice, cast.enrolment, user_ids=[])
    assert titles(read(named)) == ["Rendez-vous"]


@pytest.mark.both_databases
def test_whom_one_follows_again_has_a_name_again(cast, named, read, book, travel_to, database):
    book(f"{TUESDAY} 10:30")
    travel_to(timedelta(days=3))
    set_followers(cast.alice, cast.enrolment, user_ids=[])
    assert titles(read(named)) == ["Rendez-vous"]
    set_followers(cast.alice, cast.enrolment, user_ids=[cast.bob.id])
    assert titles(read(named)) == ["Jeanne Roques"]


def test_who_has_left_the_team_as_a_patient_has_no_name(cast, named, read, book, travel_to):
    book(f"{TUESDAY} 10:30")
    travel_to(timedelta(days=3))
    assert titles(read(named)) == ["Jeanne Roques"]
    end_enrolment(cast.alice, cast.enrolment)
    assert titles(read(named)) == ["Rendez-vous"]


def test_a_team_that_has_closed_names_nobody(cast, named, read, book, travel_to):
    book(f"{TUESDAY} 10:30")
    travel_to(timedelta(days=3))
    assert titles(read(named)) == ["Jeanne Roques"]
    close_bubble(cast.alice, cast.bubble, typed_name=cast.bubble.name)
    assert titles(read(named)) == []


def test_a_caregiver_who_leaves_reads_nothing_more(cast, named, read, book):
    book(f"{TUESDAY} 10:30")
    assert titles(read(named)) == ["Jeanne Roques"]
    remove_member(cast.alice, get_membership(cast.bob.id, cast.bubble.id))
    assert titles(read(named)) == []


@pytest.mark.both_databases
def test_a_corrected_name_shows_at_the_next_reading(cast, child, named, read, at, database):
    with transaction():
        make.appointment(cast.agenda, child, cast.type, at(f"{TUESDAY} 10:30"))
    initials = create_link(cast.bob, cast.agenda, name="y", detail_level=DetailLevel.INITIALS)
    assert titles(read(named)) == ["Léo Roques"]
    assert titles(read(initials)) == ["L. R."]
    edit_relative(cast.jeanne, child.patient, identity(given_name="Noé", family_name="Roqués"))
    assert titles(read(named)) == ["Noé Roqués"]
    assert titles(read(initials)) == ["N. R."]


def test_a_link_that_is_closed_or_renewed_opens_nothing_of_what_was_joined(cast, named, read, book):
    book(f"{TUESDAY} 10:30")
    assert read(named).status_code == 200
    renewed = renew_link(cast.bob, named)
    assert read(named).status_code == 410
    assert titles(read(renewed)) == ["Jeanne Roques"]
    revoke_link(cast.bob, renewed)
    assert read(renewed).status_code == 410


def test_the_link_of_a_disabled_account_opens_nothing(cast, named, read):
    assert read(named).status_code == 200
    with transaction():
        cast.bob.is_enabled = False
    assert read(named).status_code == 410


def test_each_link_tells_as_much_as_was_chosen_for_it(cast, named, read, book):
    book(f"{TUESDAY} 10:30")
    discreet = create_link(cast.bob, cast.agenda, name="y", detail_level=DetailLevel.DISCREET)
    for _ in range(2):
        assert titles(read(named)) == ["Jeanne Roques"]
        assert titles(read(discreet)) == ["Rendez-vous"]
    with transaction():
        db.session.get_one(FeedLink, named.id).detail_level = DetailLevel.INITIALS
    assert titles(read(named)) == ["J. R."]


# ── What happens to appointments, their places and their clock ────────────────────────────────


@pytest.mark.both_databases
def test_what_is_booked_moved_and_cancelled_shows_at_once(
    cast, named, read, book, at, travel_to, database
):
    assert titles(read(named)) == []
    booked = book(f"{TUESDAY} 10:30")
    [event] = events(read(named))
    assert (event["DTSTART"].dt, event["SEQUENCE"]) == (at(f"{TUESDAY} 10:30"), 0)
    travel_to(timedelta(minutes=5))
    move_appointment(cast.bob, booked, starts_at=at(f"{TUESDAY} 11:30"))
    [event] = events(read(named))
    assert (event["DTSTART"].dt, event["SEQUENCE"]) == (at(f"{TUESDAY} 11:30"), 1)
    assert event["LAST-MODIFIED"].dt == db.session.get_one(Appointment, booked.id).updated_at
    cancel_appointment(cast.bob, booked)
    [event] = events(read(named))
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 2)


def test_a_place_that_becomes_another_one_shows_at_once(cast, named, read, book):
    book(f"{TUESDAY} 10:30")
    assert "14 rue des Tilleuls" in str(events(read(named))[0]["LOCATION"])
    changed = information_of(cast.bubble, street="15 rue des Ormes")
    update_bubble(cast.alice, cast.bubble, information=changed)
    assert "15 rue des Ormes" in str(events(read(named))[0]["LOCATION"])
    edit_type(cast.alice, cast.type, facts=facts_of(cast.type, mode=ConsultationMode.PHONE))
    assert str(events(read(named))[0]["LOCATION"]) == "Par téléphone"


def test_a_consultation_type_under_another_name_is_no_news(cast, named, read, book):
    book(f"{TUESDAY} 10:30")
    before = read(named)
    edit_type(cast.alice, cast.type, facts=facts_of(cast.type, name="Bilan"))
    after = read(named)
    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])
    assert b"Bilan" not in after.data


@pytest.mark.parametrize("keep", list(Kept))
def test_a_team_on_another_clock_writes_its_hours_on_it(cast, named, read, book, keep):
    booked = book(f"{TUESDAY} 10:30")
    assert events(read(named))[0]["DTSTART"].params["TZID"] == "Europe/Paris"
    elsewhere = information_of(cast.bubble, time_zone="America/Martinique")
    update_bubble(cast.alice, cast.bubble, information=elsewhere, keep=keep)
    answer = read(named)
    [event] = events(answer)
    assert event["DTSTART"].params["TZID"] == "America/Martinique"
    assert event["DTSTART"].dt == db.session.get_one(Appointment, booked.id).starts_at
    assert b"Europe/Paris" not in answer.data


def test_a_caregiver_who_reads_another_language_has_a_calendar_in_it(cast, named, read, book):
    book(f"{TUESDAY} 10:30")
    assert str(Calendar.from_ical(read(named).data)["NAME"]) == "Rendez-vous Les Tilleuls"
    with transaction():
        cast.bob.locale = "en"
    assert str(Calendar.from_ical(read(named).data)["NAME"]) == "Appointments Les Tilleuls"


# ── Lines that are kept ───────────────────────────────────────────────────────────────────────


def touch(agenda) -> None:
    db.session.execute(
        update(Agenda).where(Agenda.id == agenda.id).values(version=Agenda.version + 1)
    )


CHANGES = {
    "starts_at": lambda row: row.starts_at - timedelta(minutes=15),
    "ends_at": lambda row: row.ends_at + timedelta(minutes=15),
    "updated_at": lambda row: row.updated_at + timedelta(seconds=1),
    "sequence": lambda row: row.sequence + 1,
    "status": lambda _row: AppointmentStatus.CANCELLED,
}


@pytest.mark.both_databases
@pytest.mark.parametrize("column", CHANGES)
def test_kept_lines_count_only_for_the_appointment_they_were_written_from(
    cast, named, read, book, column, database
):
    """Whoever changes a row and forgets its lines: they are written again."""
    booked = book(f"{TUESDAY} 10:30")
    before = read(named).data
    with transaction():
        row = db.session.get_one(Appointment, booked.id)
        values = {column: CHANGES[column](row), "cancelled_at": row.updated_at}
        db.session.execute(update(Appointment).where(Appointment.id == booked.id).values(values))
        touch(cast.agenda)
    after = read(named).data
    assert after != before
    with transaction():
        db.session.execute(delete(EventText))
        touch(cast.agenda)
    assert read(named).data == after


@pytest.mark.both_databases
def test_lines_are_written_when_the_appointment_changes_where_somebody_reads(
    cast, named, book, at, travel_to, database
):
    booked = book(f"{TUESDAY} 10:30")
    assert db.session.scalars(select(EventText.sequence)).all() == [0]
    travel_to(timedelta(minutes=5))
    move_appointment(cast.bob, booked, starts_at=at(f"{TUESDAY} 11:30"))
    moved = db.session.scalars(select(EventText)).one()
    assert (moved.sequence, "20261124T113000" in moved.opening) == (1, True)
    cancel_appointment(cast.bob, booked)
    db.session.expire_all()
    assert "STATUS:CANCELLED" in db.session.scalars(select(EventText)).one().opening


def test_where_nobody_reads_nothing_is_written(cast, named, book):
    for link in db.session.scalars(select(FeedLink)).all():
        revoke_link(cast.bob, link)
    book(f"{TUESDAY} 10:30")
    assert db.session.scalar(select(func.count()).select_from(EventText)) == 0


@pytest.mark.both_databases
def test_lines_that_nobody_wrote_are_written_by_the_first_reading(
    cast, named, read, book, count_queries, database
):
    book(f"{TUESDAY} 10:30")
    with transaction():
        db.session.execute(delete(EventText))
    first = read(named)
    kept = db.session.scalars(select(EventText)).one()
    assert kept.opening in first.get_data(as_text=True)
    for secret in ("Jeanne", "Roques", "Suivi", "Tilleuls", "Rendez-vous"):
        assert secret not in kept.opening + kept.ending
    with transaction():
        touch(cast.agenda)
    with count_queries() as count:
        again = read(named)
    assert again.data == first.data
    assert not [text for text in count.statements if text.startswith(("INSERT", "UPDATE"))]


@pytest.mark.both_databases
def test_reading_costs_one_statement_and_four_after_a_change(
    cast, named, visitor, book, count_queries, database
):
    path = f"/agenda/{named.token}.ics"
    book(f"{TUESDAY} 10:30")
    visitor.get(path)
    with transaction():
        touch(cast.agenda)
    with count_queries() as changed:
        etag = visitor.get(path).headers["ETag"]
    assert changed.total == 4, changed.statements
    for headers in ({}, {"If-None-Match": etag}):
        with count_queries() as unchanged:
            visitor.get(path, headers=headers)
        assert unchanged.total == 1, unchanged.statements


def test_lines_go_with_their_appointment(cast, named, read, book):
    booked = book(f"{TUESDAY} 10:30")
    read(named)
    with transaction():
        db.session.execute(delete(Appointment).where(Appointment.id == booked.id))
        touch(cast.agenda)
    assert db.session.scalar(select(func.count()).select_from(EventText)) == 0
    assert events(read(named)) == []


def test_the_calendars_read_last_are_kept_within_their_room():
    joined = JoinedCalendars(most_bytes=10)
    joined.keep("a", "1", b"xxxx")
    joined.keep("b", "1", b"xxxx")
    assert joined.find("a", "1") == b"xxxx"
    joined.keep("c", "1", b"xxxx")
    assert [joined.find(link, "1") for link in "abc"] == [b"xxxx", None, b"xxxx"]
    joined.keep("a", "2", b"yy")
    assert (joined.find("a", "1"), joined.find("a", "2")) == (None, b"yy")
    joined.keep("d", "1", b"x" * 11)
    assert [joined.find(link, "1") for link in "acd"] == [None, None, None]
