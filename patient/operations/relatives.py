"""Acting for somebody who has no account: a child, a parent, a husband, a wife."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import func, select

from bubbles.queries import is_live_caregiver, list_admins, lock_bubble
from core import clock
from core.authorization import Instance, operation
from core.database import db
from core.events import publish
from core.idempotency import once
from core.mail import say
from patient import emails
from patient.errors import (
    NotACaregiverError,
    OwnAccountError,
    RelativeKnownError,
    TooManyRelativesError,
)
from patient.events import AssignmentEnded, AssignmentsStarted, EnrolmentEnded, PatientRenamed
from patient.models import CareAssignment, Enrolment, Guardianship, Patient
from patient.policy import PatientPermission
from patient.queries import places as queries
from patient.queries import relatives
from patient.vocabulary import GuardianKind, Sex
from security.models import User

MOST_RELATIVES = 12
"""Of one account: a family, not a directory."""


@dataclass(frozen=True)
class CivilIdentity:
    """What caregivers are told of who somebody is."""

    sex: Sex
    given_name: str
    family_name: str
    birth_name: str | None
    birth_date: date
    birth_place: str | None
    birth_country: str | None
    street: str
    postcode: str
    town: str


@operation(PatientPermission.ADD_RELATIVE)
def add_relative(
    actor: User, _instance: Instance, identity: CivilIdentity, *, key: str | None = None
) -> Patient:
    """Write down somebody for whom ``actor`` acts from now on. The same form twice is one person.

    Raises:
        RelativeKnownError: ``actor`` acts already for somebody of these names and birth date.
        TooManyRelativesError: there are as many as a family has.
    """
    actor_id = actor.id
    _queue_up(actor_id)

    def add() -> int:
        _require_new(actor_id, identity)
        query = select(func.count()).where(
            Guardianship.user_id == actor_id, Guardianship.kind == GuardianKind.RELATIVE
        )
        if (db.session.scalar(query) or 0) >= MOST_RELATIVES:
            raise TooManyRelativesError
        patient = Patient(**asdict(identity), created_at=clock.now())
        patient.guardianships.append(Guardianship(user_id=actor_id, kind=GuardianKind.RELATIVE))
        db.session.add(patient)
        db.session.flush()  # the key remembers its number
        return patient.id

    number = once(actor_id, "relative", key, repr(identity), add)
    return relatives.get_relative_of(actor, number)


@operation(PatientPermission.EDIT_RELATIVE)
def edit_relative(actor: User, patient: Patient, identity: CivilIdentity) -> None:
    """Correct who a relative is.

    Raises:
        OwnAccountError: they have an account of their own: they do it themselves.
        RelativeKnownError: ``actor`` acts already for somebody else of these names and birth date.
    """
    _queue_up(actor.id)
    if relatives.has_own_account(patient.id):
        raise OwnAccountError
    _require_new(actor.id, identity, but=patient.id)
    before = (patient.given_name, patient.family_name)
    for name, value in asdict(identity).items():
        setattr(patient, name, value)
    if before != (patient.given_name, patient.family_name):
        publish(PatientRenamed(patient_id=patient.id))


@operation(PatientPermission.REMOVE_RELATIVE)
def remove_relative(actor: User, patient: Patient) -> None:
    """Stop acting for a relative; where nobody else does, their places in bubbles end with it.

    What was written of their care stays with those who wrote it.
    """
    relatives.lock_patient(patient.id)  # two who stop at once: the second ends the places
    if not relatives.is_kept_by_others(patient.id, actor.id):
        for bubble_id in sorted(
            {place.bubble_id for place in relatives.list_places_of(patient.id)}
        ):
            lock_bubble(bubble_id)
        for enrolment in relatives.list_places_of(patient.id):
            _end_place(enrolment)
    for guardianship in list(patient.guardianships):
        if guardianship.user_id == actor.id:
            patient.guardianships.remove(guardianship)


@operation(PatientPermission.PLACE_RELATIVE)
def place_relative(
    actor: User, enrolment: Enrolment, *, patient: Patient, caregiver_id: int
) -> Enrolment:
    """Give a relative a place where ``enrolment`` is, followed by that caregiver. Idempotent.

    The administrators of the bubble are told of a new place.

    Raises:
        NotFoundError: ``actor`` does not act for this person.
        NotACaregiverError: the caregiver does not follow the person behind ``enrolment``.
    """
    relatives.get_guarded_by(actor, patient.id)
    bubble_id = enrolment.bubble_id
    lock_bubble(bubble_id)
    if not queries.is_follower(caregiver_id, enrolment.id):
        raise NotACaregiverError
    if not is_live_caregiver(caregiver_id, bubble_id):
        raise NotACaregiverError
    now = clock.now()
    place = queries.find_live_enrolment(patient.id, bubble_id)
    if place is None:
        place = Enrolment(bubble_id=bubble_id, patient_id=patient.id, started_at=now)
        db.session.add(place)
        db.session.flush()  # its assignment needs its number
        admins = list_admins(bubble_id)
        say(emails.relative_has_joined(bubble_id).to(admin.id) for admin in admins)
    followers = {assignment.user_id for assignment in queries.list_assignments(place.id)}
    if caregiver_id not in followers:
        db.session.add(CareAssignment(enrolment_id=place.id, user_id=caregiver_id, since=now))
        db.session.flush()  # what is booked next asks who follows
        publish(AssignmentsStarted(bubble_id, (caregiver_id,)))
    return place


def _end_place(enrolment: Enrolment) -> None:
    for assignment in queries.list_assignments(enrolment.id):
        ended = AssignmentEnded(enrolment_id=enrolment.id, user_id=assignment.user_id)
        db.session.delete(assignment)
        db.session.flush()  # who hears the news must find the assignment gone
        publish(ended)
    enrolment.ended_at = clock.now()
    publish(EnrolmentEnded(enrolment_id=enrolment.id))


def _require_new(user_id: int, identity: CivilIdentity, *, but: int | None = None) -> None:
    known = relatives.find_namesake_of(
        user_id,
        given_name=identity.given_name,
        family_name=identity.family_name,
        birth_date=identity.birth_date,
    )
    if known is not None and known.id != but:
        raise RelativeKnownError(known.name)


def _queue_up(user_id: int) -> None:
    """Let one account add one relative at a time: two at once would not see each other."""
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
