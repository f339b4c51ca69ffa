"""Appointments that were, that are and that will be, and what got in their way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from core import clock
from demo.operations.agendas import Offers
from demo.operations.patients import Circle
from demo.operations.rows import add, day, instant, past_working_day, working_day
from patient.models import Enrolment
from scheduling.agendas.models import Absence, Agenda, ConsultationType
from scheduling.agendas.vocabulary import AbsenceKind
from scheduling.appointments.models import Answer, Appointment, AppointmentChange, CallTask
from scheduling.appointments.vocabulary import (
    AppointmentStatus,
    Attendance,
    CallReason,
    ChangeKind,
    HeldFor,
)
from scheduling.replanning.models import HourProposal
from scheduling.waiting_list.models import WaitingListEntry, WaitingListOffer
from security.models import User

ANSWER_WITHIN = timedelta(hours=40)
OFFERED_FOR = timedelta(hours=2)


@dataclass(frozen=True)
class Diary:
    """One agenda, filled with one type of consultation."""

    agenda: Agenda
    kind: ConsultationType

    def keep(self, enrolment: Enrolment, on: date, at: time, **more: Any) -> Appointment:
        """Write an appointment, and that it was booked."""
        starts_at, now = instant(on, at), clock.now()
        booked_at = min(now, starts_at) - timedelta(days=3)
        values = {"status": AppointmentStatus.BOOKED, "confirmed_at": booked_at} | more
        appointment = add(
            Appointment(
                caregiver_id=self.agenda.user_id,
                agenda_id=self.agenda.id,
                enrolment_id=enrolment.id,
                consultation_type_id=self.kind.id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=self.kind.duration_minutes),
                buffer_before_minutes=self.kind.buffer_before_minutes,
                buffer_after_minutes=self.kind.buffer_after_minutes,
                uid=f"demo-{self.agenda.id}-{starts_at:%Y%m%dT%H%M}@example.org",
                created_at=booked_at,
                updated_at=booked_at,
                **values,
            )
        )
        if appointment.status is AppointmentStatus.BOOKED:
            _note(appointment, ChangeKind.BOOKED, booked_at)
        return appointment

    def look_back(self, enrolment: Enrolment, on: date, at: time, seen: Attendance) -> None:
        """Write a past appointment, and what became of it."""
        noted_at = instant(on, at) + timedelta(hours=1)
        appointment = self.keep(enrolment, on, at, attendance=seen, attendance_noted_at=noted_at)
        _note(appointment, ChangeKind(seen.value), noted_at)


def _note(appointment: Appointment, kind: ChangeKind, at: datetime, **more: Any) -> None:
    add(
        AppointmentChange(
            appointment_id=appointment.id,
            kind=kind,
            at=at,
            by_id=appointment.caregiver_id,
            **more,
        )
    )


def fill_agendas(circle: Circle, offers: Offers, *, lucie: User, nadege: User) -> None:
    """Write today, the weeks around it, and what waits for somebody."""
    visits, sessions = (
        Diary(offers.visits, offers.visit),
        Diary(offers.sessions, offers.follow_up),
    )
    _past(circle, visits, sessions)
    _visits(circle, visits, nadege)
    _sessions(circle, sessions, lucie)
    evenings = Diary(offers.evenings, offers.evening)
    for index, enrolment in enumerate(circle.evening):
        evenings.keep(enrolment, _next_evening(index), time(18, 0))


def _past(circle: Circle, visits: Diary, sessions: Diary) -> None:
    for days in (-28, -21, -14, -7):
        visits.look_back(circle.madeleine, day(days), time(10, 30), Attendance.FULFILLED)
        visits.look_back(circle.jean, day(days), time(11, 30), Attendance.FULFILLED)
    sessions.look_back(circle.madeleine, past_working_day(10), time(15), Attendance.FULFILLED)
    sessions.look_back(circle.madeleine, past_working_day(5), time(15), Attendance.NOSHOW)
    sessions.look_back(circle.lucie, past_working_day(5), time(11), Attendance.FULFILLED)


def _visits(circle: Circle, visits: Diary, nadege: User) -> None:
    for days, start, enrolment in (
        (0, time(8, 30), circle.roger),
        (0, time(10, 30), circle.madeleine),
        (0, time(17, 30), circle.roger),
        (2, time(9, 0), circle.jean),
    ):
        visits.keep(enrolment, day(days), start)
    answered = visits.keep(circle.madeleine, day(3), time(10, 30))
    _answer(answered, "Un pansement, comme la dernière fois", "Avec le code de la porte", "non")

    moved = visits.keep(circle.roger, day(1), time(9, 0), sequence=1)
    _note(moved, ChangeKind.MOVED, clock.now(), from_starts_at=instant(day(1), time(8, 30)))
    add(
        CallTask(
            appointment_id=moved.id,
            sequence=moved.sequence,
            reason=CallReason.MOVED,
            created_at=clock.now() - timedelta(hours=3),
        )
    )
    add(
        Absence(
            user_id=nadege.id,
            kind=AbsenceKind.ABSENCE,
            starts_at=instant(day(7), time()),
            ends_at=instant(day(9), time()),
            reason="Deux jours de formation",
            created_at=clock.now() - timedelta(hours=2),
            created_by_id=nadege.id,
        )
    )
    visits.keep(circle.madeleine, day(7), time(10, 30))
    visits.keep(circle.jean, day(8), time(11, 30))


def _answer(appointment: Appointment, *texts: str) -> None:
    for question, text in zip(appointment.consultation_type.questions, texts, strict=True):
        add(
            Answer(
                appointment_id=appointment.id,
                question_id=question.id,
                wording=question.wording,
                text=text,
            )
        )


def _sessions(circle: Circle, sessions: Diary, lucie: User) -> None:
    sessions.keep(circle.lucie, working_day(1), time(10))
    hers = sessions.keep(circle.lucie, working_day(4), time(11))
    asked = sessions.keep(circle.madeleine, working_day(2), time(15))
    for index, enrolment in enumerate(circle.others[:8]):
        sessions.keep(enrolment, working_day(1 + index % 4), time(9 if index < 4 else 16))  # noqa: PLR2004
    _propose(sessions, asked, working_day(3), time(15))
    waiting_entry = add(
        WaitingListEntry(
            enrolment_id=circle.lucie.id,
            consultation_type_id=sessions.kind.id,
            caregiver_id=sessions.agenda.user_id,
            appointment_id=hers.id,
            asked_by_id=lucie.id,
            created_at=clock.now() - timedelta(days=1),
        )
    )
    until = clock.now() + OFFERED_FOR
    kept = sessions.keep(
        circle.lucie,
        working_day(2),
        time(10),
        status=AppointmentStatus.HELD,
        confirmed_at=None,
        held_for=HeldFor.OFFER,
        held_until=until,
    )
    add(
        WaitingListOffer(
            entry=waiting_entry,
            hold=kept,
            caregiver_id=sessions.agenda.user_id,
            starts_at=kept.starts_at,
            expires_at=until,
            created_at=clock.now(),
        )
    )


def _propose(diary: Diary, appointment: Appointment, on: date, at: time) -> None:
    """Ask the patient whether another hour would do: it is kept for her meanwhile."""
    now = clock.now()
    hold = diary.keep(
        appointment.enrolment,
        on,
        at,
        status=AppointmentStatus.HELD,
        confirmed_at=None,
        held_for=HeldFor.PROPOSAL,
        instead_of_id=appointment.id,
        held_until=now + ANSWER_WITHIN,
    )
    add(
        HourProposal(
            appointment=appointment,
            hold=hold,
            starts_at=hold.starts_at,
            expires_at=now + ANSWER_WITHIN,
            created_at=now,
            created_by_id=appointment.caregiver_id,
        )
    )


def _next_evening(index: int) -> date:
    """Return the next evenings on which the other cabinet is open: Tuesdays and Thursdays."""
    evenings = [day(days) for days in range(1, 28) if day(days).weekday() in {1, 3}]
    return evenings[index]
