"""Finding appointments: always for somebody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased, joinedload

from bubbles.models import Bubble, Membership
from core import clock, wording
from core.database import db
from core.errors import NotFoundError
from core.statements import ME, NOW
from patient.models import CareAssignment, Enrolment, Guardianship, Patient
from scheduling.agendas.models import ConsultationType
from scheduling.agendas.vocabulary import ConsultationMode
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentList, AppointmentStatus, Attendance
from security.models import User

LIVE = (AppointmentStatus.HELD, AppointmentStatus.CONFIRMED)
FARTHEST_EAST, FARTHEST_WEST = timedelta(hours=14), timedelta(hours=12)
"""How far the day of some zone begins before, and ends after, the same day in UTC."""


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """What lists say of one appointment."""

    id: int
    starts_at: datetime
    ends_at: datetime
    status: AppointmentStatus
    enrolment_id: int
    given_name: str
    family_name: str
    caregiver_id: int
    caregiver_name: str
    type_name: str
    mode: ConsultationMode
    bubble_id: int
    bubble_name: str
    place: str
    zone: str
    attendance: Attendance | None = None

    @property
    def patient_name(self) -> str:
        """Return how the patient is called on screen."""
        return wording.full_name(self.given_name, self.family_name)

    @property
    def minutes(self) -> int:
        """Return how long it lasts."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def local_start(self) -> datetime:
        """Return the wall clock of the place."""
        return self.starts_at.astimezone(ZoneInfo(self.zone))


_caregiver = aliased(User, name="caregiver")
_ROWS: Any = (
    select(
        Appointment.id,
        Appointment.starts_at,
        Appointment.ends_at,
        Appointment.status,
        Appointment.enrolment_id,
        Patient.given_name,
        Patient.family_name,
        Appointment.caregiver_id,
        _caregiver.display_name,
        ConsultationType.name,
        ConsultationType.mode,
        Bubble.id,
        Bubble.name,
        Bubble.place_name,
        Bubble.time_zone,
        Appointment.attendance,
    )
    .join(Enrolment, Enrolment.id == Appointment.enrolment_id)
    .join(Patient, Patient.id == Enrolment.patient_id)
    .join(Bubble, Bubble.id == Enrolment.bubble_id)
    .join(ConsultationType, ConsultationType.id == Appointment.consultation_type_id)
    .join(_caregiver, _caregiver.id == Appointment.caregiver_id)
    .order_by(Appointment.starts_at, Appointment.id)
)


def list_day_for(actor: Any, day: date) -> list[AppointmentRow]:
    """Return the caregiver's confirmed appointments of one day at the places where they happen."""
    start = datetime.combine(day, time(), UTC)
    query = kept_by(actor).where(  # wider than any zone, then what is that day where it happens
        Appointment.starts_at >= start - FARTHEST_EAST,
        Appointment.starts_at < start + timedelta(days=1) + FARTHEST_WEST,
    )
    return [row for row in rows_of(query) if row.local_start.date() == day]


def next_confirmed_of(actor: Any, after: datetime) -> AppointmentRow | None:
    """Return the caregiver's first confirmed appointment that begins after that instant."""
    query = kept_by(actor).where(Appointment.starts_at > after).limit(1)
    return next(iter(rows_of(query)), None)


def next_appointment_of(actor: Any) -> AppointmentRow | None:
    """Return the next confirmed appointment of anybody ``actor`` acts for."""
    return next(iter(rows_of(_listed(actor, AppointmentList.COMING).limit(1))), None)


def list_appointments_of(
    actor: Any, which: AppointmentList = AppointmentList.COMING
) -> list[AppointmentRow]:
    """Return the appointments of everybody ``actor`` acts for; those to come, the nearest first."""
    return rows_of(_listed(actor, which).limit(200))


def next_appointments(enrolment_ids: Collection[int]) -> dict[int, AppointmentRow]:
    """Map places in bubbles to the next confirmed appointment of each."""
    if not enrolment_ids:
        return {}
    query = _ROWS.where(
        Appointment.enrolment_id.in_(enrolment_ids),
        Appointment.status == AppointmentStatus.CONFIRMED,
        Appointment.ends_at > clock.now(),
    )
    found: dict[int, AppointmentRow] = {}
    for row in rows_of(query):
        found.setdefault(row.enrolment_id, row)
    return found


def kept_by(actor: Any) -> Any:
    """Return confirmed appointments of a caregiver with patients whom they follow still."""
    return _ROWS.where(
        Appointment.caregiver_id == actor.id,
        Appointment.status == AppointmentStatus.CONFIRMED,
        still_follows(),
    )


def still_follows() -> ColumnElement[bool]:
    """Where both are joined: the appointment's caregiver follows its patient in this bubble now."""
    return and_(
        Enrolment.ended_at.is_(None),
        select(CareAssignment.id)
        .join(Membership, Membership.user_id == CareAssignment.user_id)
        .where(
            CareAssignment.enrolment_id == Appointment.enrolment_id,
            CareAssignment.user_id == Appointment.caregiver_id,
            Membership.bubble_id == Enrolment.bubble_id,
            Membership.is_caregiver,
        )
        .correlate(Appointment, Enrolment)
        .exists(),
    )


def _listed(actor: Any, which: AppointmentList) -> Any:
    now, status = clock.now(), Appointment.status
    query = _ROWS.join(Guardianship, Guardianship.patient_id == Patient.id).where(
        Guardianship.user_id == actor.id
    )
    newest = (Appointment.starts_at.desc(), Appointment.id)
    if which is AppointmentList.COMING:
        return query.where(status == AppointmentStatus.CONFIRMED, Appointment.ends_at > now)
    query = query.order_by(None).order_by(*newest)
    if which is AppointmentList.PAST:
        return query.where(status == AppointmentStatus.CONFIRMED, Appointment.ends_at <= now)
    return query.where(status == AppointmentStatus.CANCELLED, Appointment.confirmed_at.is_not(None))


def rows_of(query: Any) -> list[AppointmentRow]:
    """Return what lists say of what such a question finds."""
    return [AppointmentRow(*row) for row in db.session.execute(query)]


# ── One appointment ───────────────────────────────────────────────────────────────────────────

WHOLE = (
    joinedload(Appointment.caregiver),
    joinedload(Appointment.consultation_type),
    joinedload(Appointment.enrolment).joinedload(Enrolment.patient),
    joinedload(Appointment.enrolment).joinedload(Enrolment.bubble),
)
_HOLDS: Any = (  # put together once: every page asks
    select(Appointment)
    .where(Appointment.status == AppointmentStatus.HELD)
    .options(*WHOLE)
    .order_by(Appointment.id.desc())
    .limit(1)
)
HAS_HOLD = (
    select(Appointment.id)
    .where(
        Appointment.status == AppointmentStatus.HELD,
        Appointment.booked_by_id == ME,
        Appointment.held_until > NOW,
    )
    .exists()
)
"""An hour is kept for the reader, and not confirmed yet."""


def get_appointment_for(actor: Any, appointment_id: int) -> Appointment:
    """Return an appointment to who acts for its patient; to its caregiver once it is confirmed."""
    guarded = (
        select(Guardianship.id)
        .where(Guardianship.patient_id == Enrolment.patient_id, Guardianship.user_id == actor.id)
        .correlate(Enrolment)
        .exists()
    )
    kept = and_(
        Appointment.caregiver_id == actor.id,
        or_(
            Appointment.status == AppointmentStatus.CONFIRMED,
            Appointment.confirmed_at.is_not(None),
        ),
        still_follows(),
    )
    somebodys = or_(  # what a caregiver keeps for a proposal is a page of the proposal only
        Appointment.status == AppointmentStatus.CONFIRMED,
        Appointment.confirmed_at.is_not(None),
        Appointment.booked_by_id.is_not(None),
    )
    appointment = db.session.scalar(
        select(Appointment)
        .join(Enrolment, Enrolment.id == Appointment.enrolment_id)
        .where(Appointment.id == appointment_id, or_(and_(guarded, somebodys), kept))
        .options(*WHOLE)
    )
    if appointment is None:
        raise NotFoundError
    return appointment


def get_hold_of(actor: Any) -> Appointment | None:
    """Return the hour kept for ``actor`` now and not confirmed yet."""
    held: Appointment | None = db.session.scalar(
        _HOLDS.where(Appointment.booked_by_id == actor.id, Appointment.held_until > clock.now())
    )
    return held


def list_future(
    *,
    caregiver_id: int | None = None,
    bubble_id: int | None = None,
    enrolment_id: int | None = None,
) -> list[Appointment]:
    """Return live appointments to come: of one caregiver in one bubble, or of one patient there."""
    query = (
        select(Appointment)
        .join(Appointment.enrolment)
        .where(Appointment.status.in_(LIVE), Appointment.starts_at > clock.now())
        .options(*WHOLE)
        .order_by(Appointment.starts_at)
    )
    if caregiver_id is not None:
        query = query.where(Appointment.caregiver_id == caregiver_id)
    if bubble_id is not None:
        query = query.where(Enrolment.bubble_id == bubble_id)
    if enrolment_id is not None:
        query = query.where(Appointment.enrolment_id == enrolment_id)
    return list(db.session.scalars(query))
