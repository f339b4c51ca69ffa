"""What an address says of a booking: for whom, with whom, seen before, for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from core import reading
from core.errors import NotFoundError
from core.web import current_actor
from patient.policy import acts_for
from patient.queries.places import (
    get_enrolment_for,
    get_own_patient,
    list_enrolments_of,
    map_followers,
)
from patient.queries.relatives import get_guarded_by
from scheduling.agendas.queries.bookable import list_services
from scheduling.booking.forms.booking import NO, YES
from scheduling.booking.queries import has_been_seen

if TYPE_CHECKING:
    from patient.models import Enrolment, Patient
    from security.models import User

CARRIED = ("pour", "avec", "vu", "type")
"""The answers that an address carries; what is about health waits on the server."""


@dataclass(frozen=True)
class Choice:
    """Who is booked for, and with whom.

    A relative whom the caregiver does not follow yet is booked through the place of who acts for
    them: their own place is made when an hour is taken.
    """

    patient: Patient
    enrolment: Enrolment
    caregiver: User

    @property
    def value(self) -> str:
        """Return what the address carries: « 3-12 »."""
        return f"{self.enrolment.id}-{self.caregiver.id}"

    @property
    def needs_place(self) -> bool:
        """Say whether the patient has no place with this caregiver yet."""
        return bool(self.enrolment.patient_id != self.patient.id)


@dataclass(frozen=True)
class Steps:
    """Where one is, among the questions of one booking."""

    labels: list[str]
    step: int


def steps(current: str, choice: Choice | None = None, *, asks: bool = False) -> Steps:
    """Name the questions that are really asked: what is known of a choice is asked of nobody.

    ``asks``: the chosen type has questions of its own.
    """
    names = {
        "who": _("For whom"),
        "with": _("With whom"),
        "seen": _("Seen before"),
        "type": _("What for"),
        "ask": _("A few questions"),
        "time": _("Day and hour"),
        "check": _("Confirmation"),
    }
    left_out = set() if asks else {"ask"}
    if choice is not None:
        left_out |= _known_of(choice)
    asked = [name for name in names if name == current or name not in left_out]
    return Steps([names[name] for name in asked], asked.index(current))


def _known_of(choice: Choice) -> set[str]:
    """Return the questions that have one answer only."""
    known = {
        "with": len(choices_for(choice.patient)) == 1,
        "seen": has_been_seen(choice.patient.id, choice.caregiver.id),
        "type": len(list_services(choice.enrolment.id, choice.caregiver.id)) == 1,
    }
    return {name for name, is_known in known.items() if is_known}


def usual_choice(patient: Patient | None) -> Choice | None:
    """Return with whom somebody books if they book for themselves, where it can be one only."""
    choices = choices_for(patient) if patient is not None else []
    return choices[0] if len(choices) == 1 else None


def choices_for(patient: Patient) -> list[Choice]:
    """Return with whom this patient can be booked: who follows them, or who acts for them."""
    actor = current_actor()
    places = list_enrolments_of(actor)
    followers = map_followers([place.id for place in places])
    own = [
        Choice(patient, place, user)
        for place in places
        if place.patient_id == patient.id
        for user in followers.get(place.id, [])
    ]
    known = {(one.enrolment.bubble_id, one.caregiver.id) for one in own}
    myself = get_own_patient(actor)
    if myself is None or myself.id == patient.id:
        return own
    through_me = [
        Choice(patient, place, user)
        for place in places
        if place.patient_id == myself.id
        for user in followers.get(place.id, [])
        if (place.bubble_id, user.id) not in known
    ]
    return own + through_me


def read_choice(given: Mapping[str, Any]) -> Choice:
    """Read who and with whom; what is nobody's of ours does not exist.

    An address without « pour » means whom the place is for.
    """
    enrolment_id, _dash, caregiver_id = str(given.get("avec") or "").partition("-")
    actor = current_actor()
    enrolment = get_enrolment_for(actor, read_id(enrolment_id))
    if not acts_for(actor, enrolment):
        raise NotFoundError
    patient_id = read_id(given["pour"]) if given.get("pour") else enrolment.patient_id
    patient = get_guarded_by(actor, patient_id)
    for one in choices_for(patient):
        if one.enrolment.id == enrolment.id and one.caregiver.id == read_id(caregiver_id):
            return one
    raise NotFoundError


def read_seen(choice: Choice, given: Mapping[str, Any]) -> bool | None:
    """Return whether the caregiver has never seen the patient; None: nobody knows yet.

    The answer in the address counts only for whom it was given.
    """
    if has_been_seen(choice.patient.id, choice.caregiver.id):
        return False
    answer = str(given.get("vu") or "")
    return {seen_value(choice, YES): False, seen_value(choice, NO): True}.get(answer)


def seen_value(choice: Choice, answer: str) -> str:
    """Return what the address carries for an answer about this patient and this caregiver."""
    return f"{answer}-{choice.patient.id}-{choice.caregiver.id}"


def read_id(typed: str | None) -> int:
    """Read an id of our own writing; anything else is nobody's."""
    found = reading.number(typed)
    if found is None:
        raise NotFoundError
    return found


def read_instant(typed: str | None) -> datetime | None:
    """Read an instant from an address; one without a zone is none."""
    moment = reading.instant(typed)
    return moment if moment is not None and moment.tzinfo is not None else None


def carried(given: Mapping[str, Any], **changed: object) -> dict[str, Any]:
    """Return the answers that the next address keeps."""
    kept = {name: given.get(name) or None for name in CARRIED}
    return {name: value for name, value in (kept | changed).items() if value is not None}
