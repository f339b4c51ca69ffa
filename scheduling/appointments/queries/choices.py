"""With whom somebody can be booked, and what is known of it: one row for a whole page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from bubbles.vocabulary import address_line
from core import clock, wording
from core.statements import rows
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.queries.bookable import SERVICE_COLUMNS, BookableService, read_services
from scheduling.appointments.queries.choice_statements import BOOKING, CHOICES, HELD, KNOWN
from scheduling.appointments.queries.meetings import has_been_seen
from scheduling.appointments.queries.taken import MARGIN

if TYPE_CHECKING:
    from scheduling.appointments.models import Appointment
    from security.models import User

_KNOWN = len(KNOWN)
_HELD = _KNOWN + len(HELD)
_TAKEN = _HELD + len(SERVICE_COLUMNS)
"""Where in a row the facts end, the hour that is held, and the service."""


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


class TypeRow(NamedTuple):
    """What is booked, by its number alone."""

    id: int


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
    is_taken: bool
    """Whether somebody else has the caregiver at the hour that is asked for."""

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
    hour: datetime | None = None,
) -> Booking | None:
    """Return a booking that ``actor`` can make; ``patient_id`` None: for whom the place is.

    ``hour``: one that is asked for; the service is read then only if somebody else has it.
    """
    row = rows(
        BOOKING,
        me=actor.id,
        now=clock.now(),
        place=place_id,
        caregiver=caregiver_id,
        patient=patient_id,
        type=type_id,
        hour=hour,
        earliest=hour - MARGIN if hour is not None else None,
    ).first()
    if row is None:
        return None
    hold, service = row[_KNOWN:_HELD], row[_HELD:_TAKEN]
    is_taken = bool(row[_TAKEN])
    services = read_services([service]) if hour is None or is_taken else []
    return Booking(
        _choice(row),
        next(iter(services), None),
        HoldRow._make(hold) if hold[0] is not None else None,
        is_taken=is_taken,
    )


def list_choices(actor: User, patient_id: int) -> list[Choice]:
    """Return with whom a patient can be booked: who follows them, or who acts for them."""
    choices = rows(CHOICES, me=actor.id, now=clock.now(), patient=patient_id)
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
    ) = row[:_KNOWN]
    return Choice(
        PatientRow(patient_id, given_name, family_name),
        PlaceRow(place_id, place_patient_id, BubbleRow._make(bubble)),
        CaregiverRow(caregiver_id, display_name, profession or ""),
        is_seen=bool(is_seen),
        caregiver_count=caregiver_count,
        service_count=service_count,
    )
