"""Finding appointments: always for somebody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import aliased, joinedload, load_only

from bubbles.models import Bubble, Membership
from core import clock, wording
from core.database import db
from core.errors import NotFoundError
from core.statements import ME, NOW, fixed, rows
from patient.models import CareAssignment, Enrolment, Guardianship, Patient
from scheduling.agendas.models import ConsultationType
from scheduling.agendas.vocabulary import ConsultationMode
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentList, AppointmentStatus, Attendance
from security.models import User

LIVE = (AppointmentStatus.HELD, AppointmentStatus.BOOKED)
FARTHEST_EAST, FARTHEST_WEST = timedelta(hours=14), timedelta(hours=12)
"""How far the day of some zone begins before, and ends after, the same day in UTC."""
MOST = 200
"""Of one list of somebody's appointments."""


class AppointmentRow(NamedTuple):
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


def list_between(
    actor: User, start: datetime, end: datetime, *, bubble_id: int | None = None
) -> list[AppointmentRow]:
    """Return the caregiver's booked appointments that begin in a stretch of time, in order."""
    kept = _rows(_KEPT_BETWEEN, me=actor.id, start=start, end=end)
    return [row for row in kept if bubble_id in {None, row.bubble_id}]


def list_day_for(actor: User, day: date) -> list[AppointmentRow]:
    """Return the caregiver's booked appointments of one day at the places where they happen."""
    start, end = around(day, day)
    return [row for row in list_between(actor, start, end) if row.local_start.date() == day]


def around(first: date, last: date) -> tuple[datetime, datetime]:
    """Return a stretch that has these days whole in every zone."""
    start = datetime.combine(first, time(), UTC)
    after = datetime.combine(last + timedelta(days=1), time(), UTC)
    return start - FARTHEST_EAST, after + FARTHEST_WEST


def next_booked_of(actor: User, after: datetime) -> AppointmentRow | None:
    """Return the caregiver's first booked appointment that begins after that instant."""
    return next(iter(_rows(_KEPT_NEXT, me=actor.id, after=after)), None)


def next_appointment_of(actor: User) -> AppointmentRow | None:
    """Return the next booked appointment of anybody ``actor`` acts for."""
    return next(iter(_rows(_COMING_NEXT, me=actor.id, now=clock.now())), None)


def list_appointments_of(
    actor: User, which: AppointmentList = AppointmentList.COMING
) -> list[AppointmentRow]:
    """Return the appointments of everybody ``actor`` acts for; those to come, the nearest first."""
    return _rows(_LISTED[which], me=actor.id, now=clock.now())


def next_appointments(enrolment_ids: Collection[int]) -> dict[int, AppointmentRow]:
    """Map places in bubbles to the next booked appointment of each."""
    if not enrolment_ids:
        return {}
    nearest: dict[int, AppointmentRow] = {}
    for row in _rows(_OF_PLACES, enrolments=list(enrolment_ids), now=clock.now()):
        nearest.setdefault(row.enrolment_id, row)
    return nearest


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


def _rows(statement: Any, **asked: object) -> list[AppointmentRow]:
    return [AppointmentRow._make(row) for row in rows(statement, **asked)]


_IS_BOOKED = Appointment.status == fixed(AppointmentStatus.BOOKED)
_IS_COMING = and_(_IS_BOOKED, Appointment.ends_at > NOW)
_KEPT: Any = _ROWS.where(Appointment.caregiver_id == ME, _IS_BOOKED, still_follows())
"""What is booked with a caregiver by patients whom they follow still."""
_KEPT_BETWEEN: Any = _KEPT.where(
    Appointment.starts_at >= bindparam("start"), Appointment.starts_at < bindparam("end")
)
_KEPT_NEXT: Any = _KEPT.where(Appointment.starts_at > bindparam("after")).limit(1)
_OF_PLACES: Any = _ROWS.where(
    Appointment.enrolment_id.in_(bindparam("enrolments", expanding=True)), _IS_COMING
)
_GUARDED: Any = _ROWS.join(Guardianship, Guardianship.patient_id == Patient.id).where(
    Guardianship.user_id == ME
)
"""Of everybody for whom one acts."""
_COMING: Any = _GUARDED.where(_IS_COMING)
_COMING_NEXT: Any = _COMING.limit(1)
_NEWEST_FIRST: Any = _GUARDED.order_by(None).order_by(Appointment.starts_at.desc(), Appointment.id)
_LISTED: dict[AppointmentList, Any] = {
    AppointmentList.COMING: _COMING.limit(MOST),
    AppointmentList.PAST: _NEWEST_FIRST.where(_IS_BOOKED, Appointment.ends_at <= NOW).limit(MOST),
    AppointmentList.CANCELLED: _NEWEST_FIRST.where(
        Appointment.status == fixed(AppointmentStatus.CANCELLED),
        Appointment.confirmed_at.is_not(None),
    ).limit(MOST),
}


# ── One appointment ───────────────────────────────────────────────────────────────────────────

WHOLE = (
    joinedload(Appointment.caregiver),
    joinedload(Appointment.consultation_type),
    joinedload(Appointment.enrolment).joinedload(Enrolment.patient),
    joinedload(Appointment.enrolment).joinedload(Enrolment.bubble),
)


def held_by_me() -> ColumnElement[bool]:
    """Where appointments are asked for: the reader's, not confirmed yet."""
    return and_(
        Appointment.status == fixed(AppointmentStatus.HELD),
        Appointment.booked_by_id == ME,
        Appointment.held_until > NOW,
    )


_HOLD_OF: Any = (
    select(Appointment).where(held_by_me()).options(*WHOLE).order_by(Appointment.id.desc()).limit(1)
)
HAS_HOLD = select(Appointment.id).where(held_by_me()).exists()
"""An hour is kept for the reader, and not confirmed yet."""


def _reached_by_me() -> ColumnElement[bool]:
    guarded = (
        select(Guardianship.id)
        .where(
            Guardianship.patient_id == Enrolment.patient_id,
            Guardianship.user_id == ME,
        )
        .correlate(Enrolment)
        .exists()
    )
    was_promised = or_(_IS_BOOKED, Appointment.confirmed_at.is_not(None))
    somebodys = or_(  # what a caregiver keeps for a proposal is a page of the proposal only
        was_promised, Appointment.booked_by_id.is_not(None)
    )
    kept = and_(Appointment.caregiver_id == ME, was_promised, still_follows())
    return or_(and_(guarded, somebodys), kept)


_ONE: Any = (
    select(Appointment)
    .join(Enrolment, Enrolment.id == Appointment.enrolment_id)
    .where(Appointment.id == bindparam("appointment"), _reached_by_me())
)
_ONE_WHOLE: Any = _ONE.options(*WHOLE)
_ONE_UNREAD: Any = _ONE.options(load_only(Appointment.caregiver_id))


def get_appointment_for(actor: User, appointment_id: int, *, is_read: bool = True) -> Appointment:
    """Return an appointment to who acts for its patient; to its caregiver once it is confirmed.

    ``is_read=False``: for a door, which reads it anew, with no more than whose time it takes.
    """
    asked = {"me": actor.id, "appointment": appointment_id}
    statement = _ONE_WHOLE if is_read else _ONE_UNREAD
    appointment: Appointment | None = db.session.scalar(statement, asked)
    if appointment is None:
        raise NotFoundError
    return appointment


def get_hold_of(actor: User) -> Appointment | None:
    """Return the hour kept for ``actor`` now and not confirmed yet."""
    asked = {"me": actor.id, "now": clock.now()}
    held: Appointment | None = db.session.scalar(_HOLD_OF, asked)
    return held


def list_future(
    *,
    caregiver_id: int | None = None,
    bubble_id: int | None = None,
    enrolment_id: int | None = None,
) -> list[Appointment]:
    """Return live appointments to come: of one caregiver in one bubble, or of one patient there.

    As the database has them now, whatever was read before.
    """
    query = (
        select(Appointment)
        .join(Appointment.enrolment)
        .where(Appointment.status.in_(LIVE), Appointment.starts_at > clock.now())
        .options(*WHOLE)
        .order_by(Appointment.starts_at)
        .execution_options(populate_existing=True)
    )
    if caregiver_id is not None:
        query = query.where(Appointment.caregiver_id == caregiver_id)
    if bubble_id is not None:
        query = query.where(Enrolment.bubble_id == bubble_id)
    if enrolment_id is not None:
        query = query.where(Appointment.enrolment_id == enrolment_id)
    return list(db.session.scalars(query))


def list_kept_for(appointment_id: int) -> list[Appointment]:
    """Return the hours that are kept until somebody says whether the appointment moves there."""
    query = select(Appointment).where(
        Appointment.instead_of_id == appointment_id,
        Appointment.status == AppointmentStatus.HELD,
    )
    return list(db.session.scalars(query))


def list_whole(appointment_ids: Collection[int]) -> list[Appointment]:
    """Return these appointments with what their words need, in order."""
    query = (
        select(Appointment)
        .where(Appointment.id.in_(appointment_ids))
        .options(*WHOLE)
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return list(db.session.scalars(query))


def map_whole(appointment_ids: Collection[int]) -> dict[int, Appointment]:
    """Map numbers to appointments with what their words need."""
    return {appointment.id: appointment for appointment in list_whole(appointment_ids)}
