"""Moving, cancelling, marking, booking for a patient: through the door, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.audit import AuditEntry
from core.database import db
from core.errors import ForbiddenError
from core.transaction import transaction
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.models import Agenda
from scheduling.appointments.errors import (
    BegunError,
    InsideLimitError,
    NotBegunError,
    NotOfferedError,
    NotStandingError,
    RuleBrokenError,
    SlotTakenError,
    TooManyRepetitionsError,
)
from scheduling.appointments.models import Appointment, AppointmentChange
from scheduling.appointments.operations.attendance import mark_attendance
from scheduling.appointments.operations.booking_for import book_for
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment
from scheduling.appointments.vocabulary import AppointmentStatus, Attendance, ChangeKind
from scheduling.time.recurrence import same_hours
from scheduling.time.vocabulary import Violation
from tests import factories as make

pytestmark = pytest.mark.both_databases
REASON = "Urgence, vu par téléphone"


@pytest.fixture
def book_by_bob(cast, at):
    def book(*hours, actor=None, enrolment=None, override="", key=None):
        return book_for(
            actor or cast.bob,
            enrolment or cast.enrolment,
            consultation_type=cast.type,
            hours=[at(hour) for hour in hours],
            override=override,
            key=key,
        )

    return book


def life(appointment) -> list[ChangeKind]:
    db.session.rollback()
    rows = db.session.query(AppointmentChange).filter_by(appointment_id=appointment.id)
    return [row.kind for row in rows.order_by(AppointmentChange.id)]


@pytest.mark.covers("M3")
def test_a_moved_appointment_keeps_its_name_grows_its_number_and_frees_its_hour(
    cast, read_by_a_program, book, hold, at, reload, outbox, database
):
    appointment = book("2026-11-24 09:00")
    uid = appointment.uid
    version = db.session.get(Agenda, cast.agenda.id).version
    move_appointment(cast.bob, appointment, starts_at=at("2026-11-25 10:00"))
    moved = reload(appointment)
    assert (moved.uid, moved.sequence, moved.starts_at) == (uid, 1, at("2026-11-25 10:00"))
    assert moved.ends_at == at("2026-11-25 10:30")
    assert life(moved) == [ChangeKind.BOOKED, ChangeKind.MOVED]
    assert db.session.get(Agenda, cast.agenda.id).version > version
    assert hold("2026-11-24 09:00").status is AppointmentStatus.HELD
    mail = outbox.one(to=cast.jeanne)
    assert "25 novembre" in mail.subject
    assert "10 h" in mail.text.replace("\u00a0", " ")
    assert "Roques" not in mail.text


def test_a_patient_moves_their_own_and_the_caregiver_is_told(
    cast, book, at, reload, outbox, database
):
    appointment = book("2026-11-24 09:00")
    move_appointment(cast.jeanne, appointment, starts_at=at("2026-11-24 15:00"))
    assert reload(appointment).starts_at == at("2026-11-24 15:00")
    assert outbox.one(to=cast.bob).subject == "Un rendez-vous a été déplacé"
    assert "24 novembre à 15" in outbox.one(to=cast.jeanne).subject


def test_moving_twice_to_the_same_hour_is_once(cast, book, at, reload, database):
    appointment = book("2026-11-24 09:00")
    for _ in range(2):
        move_appointment(cast.bob, appointment, starts_at=at("2026-11-24 15:00"))
    assert reload(appointment).sequence == 1
    assert life(appointment) == [ChangeKind.BOOKED, ChangeKind.MOVED]


def test_an_appointment_may_be_moved_by_less_than_it_lasts(cast, book, at, reload, database):
    appointment = book("2026-11-24 09:00")
    move_appointment(cast.bob, appointment, starts_at=at("2026-11-24 09:15"))
    assert reload(appointment).starts_at == at("2026-11-24 09:15")


def test_nobody_moves_onto_somebody_else_whatever_the_reason(cast, book, at, reload, database):
    first, second = book("2026-11-24 09:00"), book("2026-11-24 10:00")
    for override in ("", REASON):
        with pytest.raises(SlotTakenError):
            move_appointment(cast.bob, second, starts_at=at("2026-11-24 09:15"), override=override)
    assert reload(second).starts_at == at("2026-11-24 10:00")
    assert reload(first).sequence == reload(second).sequence == 0


@pytest.mark.covers("U4")
def test_over_a_rule_only_with_a_reason_which_is_kept_and_audited(cast, book, at, reload, database):
    appointment = book("2026-11-24 09:00")
    with pytest.raises(RuleBrokenError) as refusal:
        move_appointment(cast.bob, appointment, starts_at=at("2026-11-24 20:00"))
    assert refusal.value.violations == [Violation.OUTSIDE_HOURS]
    move_appointment(cast.bob, appointment, starts_at=at("2026-11-24 20:00"), override=REASON)
    assert reload(appointment).overridden_rule == REASON
    db.session.rollback()
    audited = db.session.query(AuditEntry).filter_by(permission="appointment:override").all()
    assert [(row.actor_id, row.subject_id) for row in audited] == [(cast.bob.id, appointment.id)]
    move_appointment(cast.bob, appointment, starts_at=at("2026-11-25 09:00"), override=REASON)
    assert reload(appointment).overridden_rule is None


def test_a_patient_never_goes_over_a_rule(cast, book, at, database):
    appointment = book("2026-11-24 09:00")
    with pytest.raises(NotOfferedError):
        move_appointment(
            cast.jeanne, appointment, starts_at=at("2026-11-24 20:00"), override=REASON
        )


def test_inside_the_limit_patients_call_and_caregivers_act(cast, book, at, reload, database):
    with transaction():
        cast.type.cancellation_notice_minutes = 24 * 60
    appointment = book("2026-11-24 07:59".replace("07:59", "09:00"))
    # 25 hours before it begins: still possible
    later = book("2026-11-24 14:00")
    with transaction():
        cast.type.cancellation_notice_minutes = 26 * 60
    with pytest.raises(InsideLimitError) as refusal:
        cancel_appointment(cast.jeanne, appointment)
    assert "+33536495678" in str(refusal.value.message)
    with pytest.raises(InsideLimitError):
        move_appointment(cast.jeanne, appointment, starts_at=at("2026-11-26 09:00"))
    assert reload(appointment).status is AppointmentStatus.BOOKED
    cancel_appointment(cast.jeanne, later)
    cancel_appointment(cast.bob, appointment, reason="Formation imprévue")
    gone = reload(appointment)
    assert gone.status is AppointmentStatus.CANCELLED
    assert gone.cancellation_reason == "Formation imprévue"


def test_the_reason_of_a_cancellation_is_in_no_mail(cast, book, outbox, database):
    appointment = book("2026-11-24 09:00")
    cancel_appointment(cast.bob, appointment, reason="Chimiothérapie décalée")
    mails = outbox.mails()
    assert any("annulé" in mail.subject for mail in mails)
    assert not any("Chimio" in mail.text + mail.html + mail.subject for mail in mails)


def test_what_has_begun_or_is_cancelled_is_not_moved(cast, book, at, travel_to, database):
    appointment, other = book("2026-11-24 09:00"), book("2026-11-24 10:00")
    cancel_appointment(cast.bob, other)
    with pytest.raises(NotStandingError):
        move_appointment(cast.bob, other, starts_at=at("2026-11-25 09:00"))
    travel_to("2026-11-24 09:00 Europe/Paris")
    with pytest.raises(BegunError):
        move_appointment(cast.bob, appointment, starts_at=at("2026-11-25 09:00"))


def test_attendance_is_noted_after_the_beginning_corrected_and_taken_back(
    cast, book, travel_to, reload, database
):
    appointment = book("2026-11-24 09:00")
    with pytest.raises(NotBegunError):
        mark_attendance(cast.bob, appointment, attendance=Attendance.FULFILLED)
    travel_to("2026-11-24 09:00 Europe/Paris")
    for attendance in (Attendance.NOSHOW, Attendance.FULFILLED, None):
        mark_attendance(cast.bob, appointment, attendance=attendance)
        assert reload(appointment).attendance is attendance
    assert life(appointment) == [ChangeKind.BOOKED, ChangeKind.NOSHOW, ChangeKind.FULFILLED]
    assert reload(appointment).sequence == 0
    with pytest.raises(ForbiddenError):
        mark_attendance(cast.jeanne, appointment, attendance=Attendance.FULFILLED)


def test_a_caregiver_books_for_their_patient_who_is_told(
    cast, book_by_bob, at, reload, outbox, database
):
    made = reload(book_by_bob("2026-11-24 09:00"))
    assert made.status is AppointmentStatus.BOOKED
    assert (made.starts_at, made.booked_by_id) == (at("2026-11-24 09:00"), cast.bob.id)
    assert made.overridden_rule is None
    assert made.series is None
    assert life(made) == [ChangeKind.BOOKED]
    mail = outbox.one(to=cast.jeanne)
    assert mail.link("/rendez-vous/") == f"/rendez-vous/{made.id}"
    assert outbox.mails(to=cast.bob) == []


def test_nobody_books_for_a_patient_whom_they_do_not_follow(cast, book_by_bob, database):
    with pytest.raises(ForbiddenError):
        book_by_bob("2026-11-24 09:00", actor=cast.chloe)
    with pytest.raises(ForbiddenError):
        book_by_bob("2026-11-24 09:00", actor=cast.jeanne)


def test_a_type_that_patients_cannot_book_is_the_caregivers_to_book(
    cast, hold, book_by_bob, database
):
    with transaction():
        cast.type.is_bookable = False
    with pytest.raises(NotBookableError):
        hold("2026-11-24 09:00")
    assert book_by_bob("2026-11-24 09:00").id


@pytest.mark.covers("U9")
def test_a_series_keeps_the_wall_clock_over_the_change_of_clocks(
    cast, at, travel_to, reload, outbox, database
):
    travel_to("2026-10-05 08:00 Europe/Paris")
    hours = same_hours(at("2026-10-13 09:00"), "Europe/Paris", weeks=1, times=4)
    first = book_for(cast.bob, cast.enrolment, consultation_type=cast.type, hours=hours)
    db.session.rollback()
    series = db.session.query(Appointment).filter_by(series=reload(first).series)
    made = series.order_by(Appointment.starts_at).all()
    assert [one.starts_at for one in made] == [
        at(f"2026-{day} 09:00") for day in ("10-13", "10-20", "10-27", "11-03")
    ]
    assert made[2].starts_at - made[1].starts_at == timedelta(days=7, hours=1)
    mails = outbox.mails(to=cast.jeanne)
    assert len(mails) == 1
    assert mails[0].text.count("2026, 9") == 4


def test_a_series_is_written_whole_or_not_at_all(cast, book, book_by_bob, outbox, database):
    book("2026-12-01 09:00")
    outbox.deliver()
    before = len(outbox.mails())
    with pytest.raises(SlotTakenError):
        book_by_bob("2026-11-24 09:00", "2026-12-01 09:15", override=REASON)
    db.session.rollback()
    assert db.session.query(Appointment).filter_by(booked_by_id=cast.bob.id).count() == 0
    assert len(outbox.mails()) == before
    with pytest.raises(TooManyRepetitionsError):
        book_by_bob(*["2026-11-24 09:00"] * 27)


def test_the_same_key_books_once(cast, book_by_bob, database):
    first = book_by_bob("2026-11-24 09:00", key="k" * 20)
    again = book_by_bob("2026-11-24 09:00", key="k" * 20)
    assert first.id == again.id


def test_an_expired_hold_is_in_nobodys_way(cast, hold, book_by_bob, travel_to, reload, database):
    held = hold("2026-11-24 09:00")
    with pytest.raises(SlotTakenError):
        book_by_bob("2026-11-24 09:00")
    travel_to(timedelta(minutes=15))
    book_by_bob("2026-11-24 09:00")
    assert reload(held).status is AppointmentStatus.CANCELLED


def test_a_buffer_is_a_rule_and_an_absence_is_one(cast, book, book_by_bob, at, database):
    from core import clock
    from scheduling.agendas.models import Absence
    from scheduling.agendas.vocabulary import AbsenceKind

    with transaction():
        cast.type.buffer_after_minutes = 30
        db.session.add(
            Absence(
                user_id=cast.bob.id,
                kind=AbsenceKind.ABSENCE,
                starts_at=at("2026-11-26 00:00"),
                ends_at=at("2026-11-27 00:00"),
                created_at=clock.now(),
            )
        )
    book("2026-11-24 09:00")
    with pytest.raises(RuleBrokenError) as close:
        book_by_bob("2026-11-24 09:30")
    assert close.value.violations == [Violation.BUFFER]
    with pytest.raises(RuleBrokenError) as away:
        book_by_bob("2026-11-26 09:00")
    assert away.value.violations == [Violation.ABSENCE]
    assert book_by_bob("2026-11-26 09:00", override=REASON).overridden_rule == REASON


def test_another_caregivers_appointment_is_out_of_reach(cast, book, at, database):
    appointment = book("2026-11-24 09:00")
    for stranger in (cast.chloe, cast.alice, cast.mallory):
        with pytest.raises(ForbiddenError):
            move_appointment(stranger, appointment, starts_at=at("2026-11-25 09:00"))
        with pytest.raises(ForbiddenError):
            cancel_appointment(stranger, appointment)


def test_one_minute_decides(cast, book, travel_to, reload, database):
    """The limit itself is still in time; a minute later is not."""
    with transaction():
        cast.type.cancellation_notice_minutes = 60
    early, late = book("2026-11-24 09:00"), book("2026-11-24 09:30")
    travel_to("2026-11-24 08:00 Europe/Paris")
    cancel_appointment(cast.jeanne, early)
    travel_to("2026-11-24 08:31 Europe/Paris")
    with pytest.raises(InsideLimitError):
        cancel_appointment(cast.jeanne, late)
    assert make.clock.now() < reload(late).starts_at
