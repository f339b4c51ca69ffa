"""The statements of « with whom somebody can be booked », with the rights that judge it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from bubbles.models import Bubble, Membership
from caregiver.models import Caregiver
from core.statements import ME, NOW, fixed
from patient.models import CareAssignment, Enrolment, Guardianship, Patient
from patient.vocabulary import GuardianKind
from scheduling.agendas.models import Agenda, ConsultationType, consultation_type_caregivers
from scheduling.agendas.queries.bookable import SERVICE_COLUMNS
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.appointments import held_by_me
from scheduling.appointments.queries.meetings import was_seen
from scheduling.appointments.vocabulary import AppointmentStatus
from security.models import User


def _is_open(place: Any, follower: Any, membership: Any, assignment: Any) -> ColumnElement[bool]:
    """Where a place and who follows it are joined: the reader can book the patient there.

    It is the patient's own; or it is the reader's, where the patient has none with that caregiver.
    """
    own, followed = aliased(Enrolment), aliased(CareAssignment)
    guarded = select(Guardianship.patient_id).where(
        Guardianship.user_id == ME,
        or_(Guardianship.patient_id == Patient.id, Guardianship.kind == fixed(GuardianKind.SELF)),
    )
    has_own = (
        select(own.id)
        .join(followed, followed.enrolment_id == own.id)
        .where(
            own.patient_id == Patient.id,
            own.bubble_id == place.bubble_id,
            own.ended_at.is_(None),
            followed.user_id == assignment.user_id,
        )
        .correlate(Patient, place, assignment)
        .exists()
    )
    return and_(
        place.ended_at.is_(None),
        follower.is_enabled,
        membership.is_caregiver,
        place.patient_id.in_(guarded.correlate(Patient)),
        or_(place.patient_id == Patient.id, ~has_own),
    )


def _count_caregivers() -> Any:
    place, assignment = aliased(Enrolment), aliased(CareAssignment)
    follower, membership = aliased(User), aliased(Membership)
    return (
        select(func.count())
        .select_from(place)
        .join(assignment, assignment.enrolment_id == place.id)
        .join(follower, follower.id == assignment.user_id)
        .join(membership, _same_member(membership, place, assignment))
        .where(_is_open(place, follower, membership, assignment))
        .correlate(Patient)
        .scalar_subquery()
    )


def _count_services() -> Any:
    kind, offered = aliased(ConsultationType), consultation_type_caregivers.alias()
    agenda = aliased(Agenda)
    return (
        select(func.count())
        .select_from(kind)
        .join(offered, offered.c.consultation_type_id == kind.id)
        .join(agenda, and_(agenda.bubble_id == kind.bubble_id, agenda.user_id == offered.c.user_id))
        .where(
            kind.bubble_id == Enrolment.bubble_id,
            kind.removed_at.is_(None),
            kind.is_bookable,
            offered.c.user_id == CareAssignment.user_id,
            agenda.closed_at.is_(None),
        )
        .correlate(Enrolment, CareAssignment)
        .scalar_subquery()
    )


def _same_member(membership: Any, place: Any, assignment: Any) -> ColumnElement[bool]:
    return and_(membership.bubble_id == place.bubble_id, membership.user_id == assignment.user_id)


KNOWN: tuple[Any, ...] = (
    Enrolment.id,
    Enrolment.patient_id,
    Bubble.id,
    Bubble.name,
    Bubble.time_zone,
    Bubble.contact_phone,
    Bubble.contact_email,
    Bubble.place_name,
    Bubble.street,
    Bubble.postcode,
    Bubble.town,
    Patient.id,
    Patient.given_name,
    Patient.family_name,
    User.id,
    User.display_name,
    Caregiver.profession,
    was_seen(Patient.id, User.id),
    _count_caregivers(),
    _count_services(),
)
_held = aliased(Appointment)
HELD: tuple[Any, ...] = (_held.id, _held.caregiver_id, _held.starts_at)


def _is_taken() -> ColumnElement[bool]:
    """Where it is asked: somebody else has the caregiver at an hour, promised or kept."""
    other, hour = aliased(Appointment), bindparam("hour", type_=Appointment.starts_at.type)
    return (
        select(other.id)
        .where(
            other.caregiver_id == User.id,
            other.starts_at <= hour,
            other.starts_at > bindparam("earliest", type_=Appointment.starts_at.type),
            other.ends_at > hour,
            other.booked_by_id.is_distinct_from(ME),
            or_(
                other.status == fixed(AppointmentStatus.BOOKED),
                and_(other.status == fixed(AppointmentStatus.HELD), other.held_until > NOW),
            ),
        )
        .correlate(User)
        .exists()
    )


def _open_choices(columns: Iterable[Any], patient_id: Any) -> Any:
    return (
        select(*columns)
        .select_from(Enrolment)
        .join(Bubble, Bubble.id == Enrolment.bubble_id)
        .join(Patient, Patient.id == patient_id)
        .join(CareAssignment, CareAssignment.enrolment_id == Enrolment.id)
        .join(User, User.id == CareAssignment.user_id)
        .join(Membership, _same_member(Membership, Enrolment, CareAssignment))
        .join(
            Guardianship,
            and_(
                Guardianship.patient_id == Patient.id,
                Guardianship.user_id == ME,
            ),
        )
        .outerjoin(Caregiver, Caregiver.user_id == User.id)
        .where(_is_open(Enrolment, User, Membership, CareAssignment))
    )


CHOICES: Any = _open_choices(KNOWN, bindparam("patient")).order_by(
    Enrolment.patient_id != Patient.id,
    Enrolment.started_at,
    Enrolment.id,
    func.lower(User.display_name),
    User.id,
)
BOOKING: Any = (
    _open_choices(
        (*KNOWN, *HELD, *SERVICE_COLUMNS, _is_taken()),
        func.coalesce(bindparam("patient", type_=Enrolment.patient_id.type), Enrolment.patient_id),
    )
    .outerjoin(
        Agenda,
        and_(
            Agenda.bubble_id == Enrolment.bubble_id,
            Agenda.user_id == User.id,
            Agenda.closed_at.is_(None),
        ),
    )
    .outerjoin(
        consultation_type_caregivers,
        and_(
            consultation_type_caregivers.c.user_id == Agenda.user_id,
            consultation_type_caregivers.c.consultation_type_id == bindparam("type"),
        ),
    )
    .outerjoin(
        ConsultationType,
        and_(
            ConsultationType.id == consultation_type_caregivers.c.consultation_type_id,
            ConsultationType.bubble_id == Enrolment.bubble_id,
            ConsultationType.removed_at.is_(None),
        ),
    )
    .outerjoin(
        _held, _held.id == select(func.max(Appointment.id)).where(held_by_me()).scalar_subquery()
    )
    .where(Enrolment.id == bindparam("place"), User.id == bindparam("caregiver"))
)
