"""Finding what a bubble's clock governs: promised hours, weekly hours, absences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVarTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import selectinload

from bubbles.models import Bubble
from core import clock, wording
from core.database import db
from patient.models import Enrolment
from scheduling.agendas.models import Absence, Agenda, Availability, ExceptionalHours
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.appointments import LIVE, WHOLE
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.replanning.models import HourProposal
from scheduling.time.clock_moves import Stretch
from scheduling.waiting_list.models import FreedHour, WaitingListEntry, WaitingListOffer

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class Governed:
    """How much depends on the clock of one place, and the nearest promised hours."""

    appointments: int
    weekly_ranges: int
    single_days: int
    absences: int
    nearest: list[datetime]

    def __bool__(self) -> bool:
        """Say whether anything does."""
        return any((self.appointments, self.weekly_ranges, self.single_days, self.absences))


def count_governed(bubble_id: int) -> Governed:
    """Count what a change of clock would concern."""
    coming = _coming(bubble_id).subquery()
    days = select(ExceptionalHours.agenda_id, ExceptionalHours.day).distinct()
    return Governed(
        appointments=_count(select(coming.c.id)),
        weekly_ranges=_count(_weekly(bubble_id)),
        single_days=_count(_of_days(bubble_id, days)),
        absences=_count(_absences(bubble_id)),
        nearest=list(
            db.session.scalars(
                select(coming.c.starts_at)
                .where(coming.c.status == AppointmentStatus.BOOKED)
                .order_by(coming.c.starts_at)
                .limit(3)
            )
        ),
    )


def list_governed_appointments(bubble_id: int) -> list[Appointment]:
    """Return what is promised or kept there and has not begun, in order."""
    query = _coming(bubble_id).options(*WHOLE).order_by(Appointment.starts_at, Appointment.id)
    return list(db.session.scalars(query))


def list_elsewhere(bubble_id: int, caregiver_ids: set[int]) -> list[Stretch]:
    """Return the live time of these caregivers that another clock governs, or that has begun."""
    mine = select(Enrolment.id).where(Enrolment.bubble_id == bubble_id)
    query = select(
        Appointment.id, Appointment.caregiver_id, Appointment.starts_at, Appointment.ends_at
    ).where(
        Appointment.caregiver_id.in_(caregiver_ids),
        or_(Appointment.enrolment_id.not_in(mine), Appointment.starts_at <= clock.now()),
        Appointment.ends_at > clock.now(),
        Appointment.status.in_(LIVE),
    )
    return [Stretch(*row) for row in db.session.execute(query)]


def list_caregiver_ids(bubble_id: int) -> list[int]:
    """Return whose agendas are there, closed ones included."""
    query = select(Agenda.user_id).where(Agenda.bubble_id == bubble_id).distinct()
    return list(db.session.scalars(query))


def list_governed_hours(bubble_id: int) -> list[Availability]:
    """Return all weekly ranges there."""
    query = _weekly(bubble_id).options(selectinload(Availability.consultation_types))
    return list(db.session.scalars(query))


def list_governed_days(bubble_id: int) -> list[ExceptionalHours]:
    """Return the single days with hours of their own, from today on."""
    return list(db.session.scalars(_of_days(bubble_id, select(ExceptionalHours))))


def list_governed_absences(bubble_id: int) -> list[Absence]:
    """Return absences of its agendas, and of who has no other, that are not over."""
    return list(db.session.scalars(_absences(bubble_id)))


def list_open_offers(bubble_id: int) -> list[WaitingListOffer]:
    """Return the hours that are kept for people of the waiting list there."""
    query = (
        select(WaitingListOffer)
        .join(WaitingListEntry, WaitingListEntry.id == WaitingListOffer.entry_id)
        .join(Enrolment, Enrolment.id == WaitingListEntry.enrolment_id)
        .where(Enrolment.bubble_id == bubble_id, WaitingListOffer.answered_at.is_(None))
    )
    return list(db.session.scalars(query))


def list_open_proposals(bubble_id: int) -> list[HourProposal]:
    """Return the proposals of other hours there that nobody has answered."""
    query = (
        select(HourProposal)
        .join(Appointment, Appointment.id == HourProposal.appointment_id)
        .join(Enrolment, Enrolment.id == Appointment.enrolment_id)
        .where(Enrolment.bubble_id == bubble_id, HourProposal.answered_at.is_(None))
    )
    return list(db.session.scalars(query))


def list_freed_there(bubble_id: int) -> list[FreedHour]:
    """Return the stretches still to be offered of caregivers who have no other bubble."""
    query = select(FreedHour).where(
        FreedHour.closed_at.is_(None), FreedHour.caregiver_id.in_(_only_there(bubble_id))
    )
    return list(db.session.scalars(query))


def _count(query: Select[*Columns]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _coming(bubble_id: int) -> Select[Appointment]:
    now = clock.now()
    return (
        select(Appointment)
        .join(Enrolment, Enrolment.id == Appointment.enrolment_id)
        .where(
            Enrolment.bubble_id == bubble_id,
            Appointment.starts_at > now,
            or_(
                Appointment.status == AppointmentStatus.BOOKED,
                (Appointment.status == AppointmentStatus.HELD) & (Appointment.held_until > now),
            ),
        )
    )


def _open_agendas(bubble_id: int) -> Select[int]:
    return select(Agenda.id).where(Agenda.bubble_id == bubble_id, Agenda.closed_at.is_(None))


def _weekly(bubble_id: int) -> Select[Availability]:
    return select(Availability).where(
        Availability.agenda_id.in_(_open_agendas(bubble_id)),
        or_(Availability.valid_until.is_(None), Availability.valid_until >= _today(bubble_id)),
    )


def _of_days(bubble_id: int, query: Select[*Columns]) -> Select[*Columns]:
    return query.where(
        ExceptionalHours.agenda_id.in_(_open_agendas(bubble_id)),
        ExceptionalHours.day >= _today(bubble_id),
    )


def _absences(bubble_id: int) -> Select[Absence]:
    return select(Absence).where(
        Absence.ends_at > clock.now(),
        or_(
            Absence.agenda_id.in_(_open_agendas(bubble_id)),
            Absence.agenda_id.is_(None) & Absence.user_id.in_(_only_there(bubble_id)),
        ),
    )


def _only_there(bubble_id: int) -> Select[int]:
    """Select the caregivers whose days are those of this place: they have no other agenda."""
    others = select(Agenda.user_id).where(Agenda.bubble_id != bubble_id, Agenda.closed_at.is_(None))
    return select(Agenda.user_id).where(
        Agenda.bubble_id == bubble_id, Agenda.closed_at.is_(None), Agenda.user_id.not_in(others)
    )


def _today(bubble_id: int) -> date:
    return wording.today(db.session.get_one(Bubble, bubble_id).time_zone)
