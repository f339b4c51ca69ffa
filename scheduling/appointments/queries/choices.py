"""With whom somebody can be booked, and what is known of it: one row for a whole page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from bubbles.models import Bubble, Membership
from bubbles.vocabulary import address_line
from caregiver.models import Caregiver
from core import clock, wording
from core.statements import ME, rows
from patient.models import CareAssignment, Enrolment, Guardianship, Patient
from patient.vocabulary import GuardianKind
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.models import Agenda, ConsultationType, consultation_type_caregivers
from scheduling.agendas.queries.bookable import SERVICE_COLUMNS, BookableService, read_services
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.appointments import held_by_me
from scheduling.appointments.queries.meetings import has_been_seen, was_seen
from security.models import User

if TYPE_CHECKING:
    from collections.abc import Iterable


class BubbleRow(NamedTuple):
    """The team of a place, and how to reach it."""

    id: int
    name: str
    time_zone: str
    contact_phone: str
    contact_email: str
    place_name: str
    street: str
    postcode: str
    town: str

    @property
    def address(self) -> str:
        """Return the place on one line, as far as it is known."""
        return address_line(self.place_name, self.street, self.postcode, self.town)


class PlaceRow(NamedTuple):
    """Somebody's place in a bubble."""

    id: int
    patient_id: int
    bubble: BubbleRow

    @property
    def bubble_id(self) -> int:
        """Return the id of its bubble."""
        return self.bubble.id


class PatientRow(NamedTuple):
    """Who is booked for."""

    id: int
    given_name: str
    family_name: str

    @property
    def name(self) -> str:
        """Return how the person is called on screen."""
        return wording.full_name(self.given_name, self.family_name)


class CaregiverRow(NamedTuple):
    """Who is booked with; without a profession, an empty one."""

    id: int
    display_name: str
    profession: str

    @property
    def initials(self) -> str:
        """Return two letters for the avatar."""
        return wording.initials(self.display_name)

    @property
    def hue(self) -> int:
        """Return the stable colour of this person."""
        return wording.hue(self.id)


class HoldRow(NamedTuple):
    """An hour that the reader has not confirmed yet."""

    id: int
    caregiver_id: int
    starts_at: datetime


@dataclass(frozen=True)
class Choice:
    """Who is booked for, and with whom.

    A relative whom the caregiver does not follow yet is booked through the place of who acts for
    them: their own place is made when an hour is taken.
    """

    patient: PatientRow
    enrolment: PlaceRow
    caregiver: CaregiverRow
    is_seen: bool
    """Whether this caregiver has had an appointment with the patient."""
    caregiver_count: int
    """With how many the patient can be booked."""
    service_count: int
    """How many services of this caregiver can be booked online."""

    @property
    def value(self) -> str:
        """Return what the address carries: « 3-12 »."""
        return f"{self.enrolment.id}-{self.caregiver.id}"

    @property
    def needs_place(self) -> bool:
        """Say whether the patient has no place with this caregiver yet."""
        return self.enrolment.patient_id != self.patient.id


@dataclass(frozen=True)
class Booking:
    """A choice, the service that is asked for, and the hour that the reader holds already."""

    choice: Choice
    service: BookableService | None
    hold: HoldRow | None

    def service_for(self, *, is_new: bool | None) -> BookableService:
        """Return the service, if a patient may book it; ``is_new``: None where nobody knows.

        Raises:
            NotBookableError: it was withdrawn, or is not for this patient.
        """
        service = self.service
        if service is None or not service.is_online:
            raise NotBookableError
        if is_new is not None and not service.suits(is_new=is_new):
            raise NotBookableError
        return service


def find_booking(
    actor: User,
    place_id: int,
    caregiver_id: int,
    *,
    patient_id: int | None = None,
    type_id: int | None = None,
) -> Booking | None:
    """Return a booking that ``actor`` can make; ``patient_id`` None: for whom the place is."""
    row = rows(
        _BOOKING,
        me=actor.id,
        now=clock.now(),
        place=place_id,
        caregiver=caregiver_id,
        patient=patient_id,
        type=type_id,
    ).first()
    if row is None:
        return None
    hold, service = row[_FACTS:_HOLD], row[_HOLD:]
    services = read_services([service])
    return Booking(
        _choice(row),
        next(iter(services), None),
        HoldRow._make(hold) if hold[0] is not None else None,
    )


def list_choices(actor: User, patient_id: int) -> list[Choice]:
    """Return with whom a patient can be booked: who follows them, or who acts for them."""
    choices = rows(_CHOICES, me=actor.id, now=clock.now(), patient=patient_id)
    return [_choice(row) for row in choices]


def choice_of(actor: User, appointment: Appointment) -> Choice:
    """Return whom an appointment is for, and with, whether they are followed still or not."""
    place, caregiver = appointment.enrolment, appointment.caregiver
    booking = find_booking(actor, place.id, caregiver.id)
    if booking is not None:
        return booking.choice
    patient, bubble = place.patient, place.bubble
    return Choice(
        PatientRow(patient.id, patient.given_name, patient.family_name),
        PlaceRow(
            place.id,
            patient.id,
            BubbleRow(
                bubble.id,
                bubble.name,
                bubble.time_zone,
                bubble.contact_phone,
                bubble.contact_email,
                bubble.place_name,
                bubble.street,
                bubble.postcode,
                bubble.town,
            ),
        ),
        CaregiverRow(caregiver.id, caregiver.display_name, ""),
        is_seen=has_been_seen(patient.id, caregiver.id),
        caregiver_count=0,
        service_count=0,
    )


def _choice(row: Any) -> Choice:
    (
        place_id,
        place_patient_id,
        *bubble,
        patient_id,
        given_name,
        family_name,
        caregiver_id,
        display_name,
        profession,
        is_seen,
        caregiver_count,
        service_count,
    ) = row[:_FACTS]
    return Choice(
        PatientRow(patient_id, given_name, family_name),
        PlaceRow(place_id, place_patient_id, BubbleRow._make(bubble)),
        CaregiverRow(caregiver_id, display_name, profession or ""),
        is_seen=bool(is_seen),
        caregiver_count=caregiver_count,
        service_count=service_count,
    )


# ── The statements ────────────────────────────────────────────────────────────────────────────


def _is_open(place: Any, follower: Any, membership: Any, assignment: Any) -> ColumnElement[bool]:
    """Where a place and who follows it are joined: the reader can book the patient there.

    It is the patient's own; or it is the reader's, where the patient has none with that caregiver.
    """
    own, followed = aliased(Enrolment), aliased(CareAssignment)
    guarded = select(Guardianship.patient_id).where(
        Guardianship.user_id == ME,
        or_(Guardianship.patient_id == Patient.id, Guardianship.kind == GuardianKind.SELF),
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


_KNOWN: tuple[Any, ...] = (
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
_HELD: tuple[Any, ...] = (_held.id, _held.caregiver_id, _held.starts_at)
_FACTS = len(_KNOWN)
_HOLD = _FACTS + len(_HELD)


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


_CHOICES: Any = _open_choices(_KNOWN, bindparam("patient")).order_by(
    Enrolment.patient_id != Patient.id,
    Enrolment.started_at,
    Enrolment.id,
    func.lower(User.display_name),
    User.id,
)
_BOOKING: Any = (
    _open_choices(
        (*_KNOWN, *_HELD, *SERVICE_COLUMNS),
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
