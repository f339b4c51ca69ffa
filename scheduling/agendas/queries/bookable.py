"""Finding what can be booked with whom, and by which rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from bubbles.models import Bubble, Membership
from core import clock
from core.database import db
from core.statements import rows
from patient.models import CareAssignment, Enrolment
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.models import (
    Agenda,
    Availability,
    ConsultationType,
    ExceptionalHours,
    Question,
    consultation_type_caregivers,
)
from scheduling.agendas.queries.hours import Openings, map_openings
from scheduling.agendas.vocabulary import ConsultationMode
from scheduling.time.intervals import Period
from scheduling.time.openings import WeeklyRange
from scheduling.time.slots import Rules, Window
from security.models import User


@dataclass(frozen=True, slots=True)
class BookableService:
    """One consultation type of one caregiver, bookable by one patient, with its rules."""

    enrolment_id: int
    agenda_id: int
    caregiver_id: int
    type_id: int
    name: str
    mode: ConsultationMode
    duration: int
    price_cents: int | None
    reimbursement: str
    is_online: bool
    """Whether patients may book it themselves."""
    is_for_new: bool
    is_for_known: bool
    question_count: int
    notice: timedelta
    horizon: timedelta
    cancellation_notice: timedelta
    rules: Rules = field(hash=False)

    @property
    def zone(self) -> str:
        """Return the time zone of the place."""
        return self.rules.zone

    @property
    def hours(self) -> tuple[WeeklyRange, ...]:
        """Return the weekly hours, those kept for other consultations included."""
        return self.rules.hours

    @property
    def buffer_before(self) -> int:
        """Return the minutes that go with it before."""
        return self.rules.before

    @property
    def buffer_after(self) -> int:
        """Return the minutes that go with it after."""
        return self.rules.after

    @property
    def daily_maximum(self) -> int | None:
        """Return how many a day, at most."""
        return self.rules.daily_maximum

    def window(self, now: datetime) -> Window:
        """Return from when, until when it can be booked at this instant."""
        return Window(now + self.notice, now + self.horizon)

    def period_at(self, starts_at: datetime) -> Period:
        """Return the time that it takes when it begins then."""
        return Period(starts_at, starts_at + timedelta(minutes=self.duration))

    def suits(self, *, is_new: bool) -> bool:
        """Say whether a patient whom this caregiver has, or has not, seen may book it."""
        return self.is_for_new if is_new else self.is_for_known

    def opens_on(self, day: date) -> bool:
        """Say whether the agenda has hours for it on that day, whatever is taken."""
        if any(day_range.day == day for day_range in self.rules.days):
            return True
        return any(
            weekly_range.weekday == day.weekday()
            and weekly_range.is_kept is not False
            and (weekly_range.first is None or weekly_range.first <= day)
            and (weekly_range.last is None or day <= weekly_range.last)
            for weekly_range in self.rules.hours
        )


def get_service(
    enrolment_id: int,
    caregiver_id: int,
    type_id: int,
    *,
    is_new: bool | None = None,
    is_online: bool = True,
    is_promised: bool = False,
) -> BookableService:
    """Return the rules of one booking, if this patient can book it with this caregiver now.

    ``is_new``: what is known or was answered of the patient; ``is_online=False``: for the caregiver
    themself, who may also book what patients may not. ``is_promised``: of an appointment that
    stands already, whether its type is offered still or not.

    Raises:
        NotBookableError: the type was withdrawn, is not for this patient, or the caregiver no
            longer follows them.
    """
    statement = _PROMISED_ONE if is_promised else ONE_SERVICE
    asked = rows(statement, enrolment=enrolment_id, caregiver=caregiver_id, type=type_id)
    return one_service([tuple(row) for row in asked], is_new=is_new, is_online=is_online)


def one_service(
    read: Iterable[Sequence[Any]], *, is_new: bool | None = None, is_online: bool = True
) -> BookableService:
    """Return what a row of ``SERVICE_COLUMNS`` offers, as ``get_service`` does.

    Raises:
        NotBookableError: there is none, or it is not for this patient.
    """
    services = _services(read, is_new=is_new, is_online=is_online)
    if not services:
        raise NotBookableError
    return services[0]


def list_services(
    enrolment_id: int, caregiver_id: int, *, is_new: bool | None = None, is_online: bool = True
) -> list[BookableService]:
    """Return what this patient can book with this caregiver, by name.

    ``is_new``: whether this caregiver has never seen them; None: both kinds are returned.
    """
    offered = rows(_OF_BOTH, enrolment=enrolment_id, caregiver=caregiver_id)
    return _services(offered, is_new=is_new, is_online=is_online)


def bookable_caregivers(enrolment_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Return which places have something to book with which caregivers: it has hours and a type."""
    today = clock.now().date() - timedelta(days=1)
    weekly = select(Availability.id).where(
        Availability.agenda_id == Agenda.id,
        or_(Availability.valid_until.is_(None), Availability.valid_until >= today),
    )
    single = select(ExceptionalHours.id).where(
        ExceptionalHours.agenda_id == Agenda.id, ExceptionalHours.day >= today
    )
    query = (
        _SERVICES.where(
            Enrolment.id.in_(list(enrolment_ids)),
            ConsultationType.is_bookable,
            or_(weekly.exists(), single.exists()),
        )
        .with_only_columns(Enrolment.id, Agenda.user_id)
        .order_by(None)
        .distinct()
    )
    return {(enrolment_id, user_id) for enrolment_id, user_id in db.session.execute(query)}


SERVICE_COLUMNS: tuple[Any, ...] = (
    Enrolment.id,
    Agenda.id,
    Agenda.user_id,
    ConsultationType.id,
    ConsultationType.name,
    ConsultationType.mode,
    ConsultationType.duration_minutes,
    ConsultationType.price_cents,
    ConsultationType.reimbursement,
    ConsultationType.is_bookable,
    ConsultationType.is_for_new,
    ConsultationType.is_for_known,
    select(func.count(Question.id))
    .where(Question.consultation_type_id == ConsultationType.id, Question.removed_at.is_(None))
    .correlate(ConsultationType)
    .scalar_subquery(),
    ConsultationType.minimum_notice_minutes,
    ConsultationType.horizon_days,
    ConsultationType.cancellation_notice_minutes,
    ConsultationType.buffer_before_minutes,
    ConsultationType.buffer_after_minutes,
    ConsultationType.daily_maximum,
    Bubble.time_zone,
)
"""What ``read_services`` reads, in the order of a row."""
_PROMISED: Any = (
    select(*SERVICE_COLUMNS)
    .select_from(Enrolment)
    .join(Bubble, Bubble.id == Enrolment.bubble_id)
    .join(CareAssignment, CareAssignment.enrolment_id == Enrolment.id)
    .join(
        Membership,
        and_(
            Membership.bubble_id == Enrolment.bubble_id,
            Membership.user_id == CareAssignment.user_id,
        ),
    )
    .join(User, User.id == CareAssignment.user_id)
    .join(
        Agenda,
        and_(
            Agenda.bubble_id == Enrolment.bubble_id,
            Agenda.user_id == CareAssignment.user_id,
        ),
    )
    .join(ConsultationType, ConsultationType.bubble_id == Enrolment.bubble_id)
    .where(
        Enrolment.ended_at.is_(None),
        Membership.is_caregiver,
        User.is_enabled,
        Agenda.closed_at.is_(None),
    )
    .order_by(func.lower(ConsultationType.name), ConsultationType.id)
)
"""One row for each patient, caregiver who follows them, and type of the bubble."""
_SERVICES: Any = _PROMISED.join(
    consultation_type_caregivers,
    and_(
        consultation_type_caregivers.c.user_id == CareAssignment.user_id,
        consultation_type_caregivers.c.consultation_type_id == ConsultationType.id,
    ),
).where(ConsultationType.removed_at.is_(None))
"""One row for each service."""


_TYPE = 3
"""Which of ``SERVICE_COLUMNS`` is the type."""
_OF_BOTH: Any = _SERVICES.where(
    Enrolment.id == bindparam("enrolment"), Agenda.user_id == bindparam("caregiver")
)
ONE_SERVICE: Any = _OF_BOTH.where(ConsultationType.id == bindparam("type"))
_PROMISED_ONE: Any = _PROMISED.where(
    Enrolment.id == bindparam("enrolment"),
    Agenda.user_id == bindparam("caregiver"),
    ConsultationType.id == bindparam("type"),
)


def read_services(read: Collection[Sequence[Any]]) -> list[BookableService]:
    """Read rows of ``SERVICE_COLUMNS``, and the hours of their agendas in one statement.

    Rows that found no type are left out.
    """
    known = [row for row in read if row[_TYPE] is not None]
    openings = map_openings({row[1] for row in known}, clock.now().date() - timedelta(days=2))
    return [_service(row, openings[row[1]]) for row in known]


def _services(
    read: Iterable[Sequence[Any]], *, is_new: bool | None, is_online: bool
) -> list[BookableService]:
    services = read_services([tuple(row) for row in read])
    return [
        service
        for service in services
        if (service.is_online or not is_online) and (is_new is None or service.suits(is_new=is_new))
    ]


def _service(row: Sequence[Any], openings: Openings) -> BookableService:
    facts, (notice, horizon, cancellation), rules = row[:13], row[13:16], row[16:]
    before, after, maximum, zone = rules
    _enrolment_id, agenda_id, _caregiver_id, type_id, _name, _mode, duration = facts[:7]
    build: Any = BookableService  # its first fields are the first columns, in their order
    service: BookableService = build(
        *facts,
        timedelta(minutes=notice),
        timedelta(days=horizon),
        timedelta(minutes=cancellation),
        Rules(
            zone=zone,
            hours=openings.hours_for(type_id),
            duration=duration,
            days=tuple(openings.days),
            before=before,
            after=after,
            daily_maximum=maximum,
            type_id=type_id,
            agenda_id=agenda_id,
        ),
    )
    return service
