"""The verbs of people cared for: taking a place, being followed, leaving."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from bubbles.locks import bubble_of, wait_for_bubble
from bubbles.models import Bubble, Invitation
from bubbles.operations.answering import accept_invitation
from bubbles.queries import (
    is_live_caregiver,
    list_caregiver_members,
    lock_bubble,
    lock_person,
)
from core import clock
from core.authorization import Actor, Wait, consequence, operation
from core.database import db
from core.errors import NotFoundError
from core.events import publish
from core.mail import say
from patient import emails
from patient.errors import (
    EnrolmentEndedError,
    NobodyChosenError,
    NotACaregiverError,
    NotIntroducedError,
)
from patient.events import AssignmentEnded, AssignmentsStarted, EnrolmentEnded
from patient.models import CareAssignment, Enrolment, Guardianship, Patient
from patient.policy import PatientPermission
from patient.queries import places as queries
from patient.queries.lists import list_live_among
from patient.vocabulary import GuardianKind
from security.models import User
from security.operations.vouching import add_vouched_code
from security.vocabulary import IdentityCheck


def _bubble_of_enrolment(_actor: Actor, enrolment: Enrolment, **_asked: object) -> Wait:
    return lambda: wait_for_bubble(enrolment.bubble_id)


@operation(PatientPermission.VOUCH)
def vouch_for_patient(actor: User, enrolment: Enrolment, *, how: IdentityCheck) -> str:
    """Make a code that helps a patient back into their account, after checking who they are.

    Raises:
        NotFoundError: the patient has no account of their own, or has left.
    """
    account = queries.find_account_of(enrolment.patient_id)
    if account is None or account.id == actor.id or enrolment.ended_at is not None:
        raise NotFoundError
    return add_vouched_code(account, made_by=actor, how=how)


@operation(PatientPermission.JOIN)
def introduce_and_accept(
    actor: User,
    invitation: Invitation,
    *,
    given_name: str,
    family_name: str,
    birth_date: date,
    link: str | None = None,
) -> None:
    """Say who one is and take the offered place, both or neither.

    Raises:
        InvitationClosedError: the invitation can no longer be accepted.
    """
    _introduce(actor, given_name, family_name, birth_date)
    accept_invitation(actor, invitation, link=link)


@operation(PatientPermission.OPEN_SHEET)
def open_sheet(_actor: User, enrolment: Enrolment) -> Enrolment:
    """Read what is known of a patient: an act of its own, so that the patient can learn of it."""
    return enrolment


@operation(PatientPermission.SET_FOLLOWERS, lock=_bubble_of_enrolment)
def set_followers(actor: User, enrolment: Enrolment, *, user_ids: Collection[int]) -> None:
    """Make exactly these caregivers follow the patient.

    Raises:
        EnrolmentEndedError: the patient is no longer in the bubble.
        NotACaregiverError: one of them is no caregiver of the bubble.
    """
    _require_live(enrolment)
    wanted = set(user_ids)
    if not wanted <= {user.id for user in list_caregiver_members(enrolment.bubble_id)}:
        raise NotACaregiverError
    present = queries.list_assignments(enrolment.id)
    added = wanted - {assignment.user_id for assignment in present}
    _assign([enrolment], added)
    ended = [assignment for assignment in present if assignment.user_id not in wanted]
    for assignment in ended:
        _end(assignment)
    gone = {assignment.user_id for assignment in ended}
    members = [user.id for user in list_caregiver_members(enrolment.bubble_id)]
    say(
        [emails.now_follows(1).to(user_id) for user_id in members if user_id in added - {actor.id}]
        + [
            emails.no_longer_follows().to(user_id)
            for user_id in members
            if user_id in gone - {actor.id}
        ]
    )


@operation(PatientPermission.ASSIGN, lock=bubble_of)
def assign_caregiver(
    actor: User, bubble: Bubble, *, user_id: int, enrolment_ids: Collection[int]
) -> int:
    """Make one caregiver follow several patients of the bubble; return how many are new to them.

    Who follows one of them already goes on: asking twice changes nothing.

    Raises:
        NotACaregiverError: the chosen person is no caregiver of the bubble.
        NobodyChosenError: no patient was chosen, or one of them is no longer there.
    """
    caregiver = next(
        (member for member in list_caregiver_members(bubble.id) if member.id == user_id), None
    )
    if caregiver is None:
        raise NotACaregiverError
    wanted = set(enrolment_ids)
    places = list_live_among(bubble.id, wanted)
    if not wanted or len(places) != len(wanted):
        raise NobodyChosenError
    known = {
        assignment.enrolment_id for assignment in queries.list_assignments_in(bubble.id, user_id)
    }
    new = [place for place in places if place.id not in known]
    _assign(new, {user_id})
    if new and caregiver.id != actor.id:
        say([emails.now_follows(len(new)).to(caregiver.id)])
    return len(new)


@operation(PatientPermission.END_ENROLMENT, lock=_bubble_of_enrolment)
def end_enrolment(actor: User, enrolment: Enrolment) -> None:
    """Take the patient out of the bubble: from now on nobody there follows them.

    Raises:
        EnrolmentEndedError: that has happened already.
    """
    _require_live(enrolment)
    followers = queries.list_followers(enrolment.id)
    _end_place(enrolment)
    say(emails.no_longer_follows().to(user.id) for user in followers if user.id != actor.id)
    guardians = queries.list_guardians(enrolment.patient_id)
    say(emails.place_has_ended().to(guardianship.user_id) for guardianship in guardians)


@consequence
def enrol(*, user_id: int, bubble_id: int, follower_ids: Collection[int]) -> Enrolment:
    """Give the person behind an account a place in the bubble, followed by these caregivers.

    Who has a place already keeps it, and is followed by these caregivers as well.

    Raises:
        NotIntroducedError: the account has not said who the person is.
    """
    patient = queries.find_own_patient(user_id)
    if patient is None:
        raise NotIntroducedError
    lock_bubble(bubble_id)
    enrolment = queries.find_live_enrolment(patient.id, bubble_id)
    if enrolment is None:
        enrolment = Enrolment(bubble_id=bubble_id, patient=patient, started_at=clock.now())
        db.session.add(enrolment)
        db.session.flush()  # its assignments need its number
    known = {assignment.user_id for assignment in queries.list_assignments(enrolment.id)}
    _assign(
        [enrolment],
        {
            follower_id
            for follower_id in follower_ids
            if follower_id not in known and is_live_caregiver(follower_id, bubble_id)
        },
    )
    return enrolment


@consequence
def end_assignments(*, bubble_id: int, user_id: int) -> None:
    """Make somebody who left the staff follow nobody there any more."""
    for assignment in queries.list_assignments_in(bubble_id, user_id):
        _end(assignment)


def _introduce(actor: User, given_name: str, family_name: str, birth_date: date) -> None:
    """Add the person cared for behind an account, unless they said who they are already."""
    lock_person(actor.id)  # two tabs that say it at once: one person
    if queries.get_own_patient(actor) is not None:
        return
    now = clock.now()
    patient = Patient(
        given_name=given_name, family_name=family_name, birth_date=birth_date, created_at=now
    )
    patient.guardianships.append(Guardianship(user_id=actor.id, kind=GuardianKind.SELF))
    db.session.add(patient)
    db.session.flush()  # the place that follows finds the person


def _end_place(enrolment: Enrolment) -> None:
    for assignment in queries.list_assignments(enrolment.id):
        _end(assignment)
    enrolment.ended_at = clock.now()
    publish(EnrolmentEnded(enrolment_id=enrolment.id))


def _require_live(enrolment: Enrolment) -> None:
    if enrolment.ended_at is not None:
        raise EnrolmentEndedError


def _assign(enrolments: Sequence[Enrolment], user_ids: Collection[int]) -> None:
    """Let these caregivers follow these patients of one bubble."""
    if not enrolments or not user_ids:
        return
    now = clock.now()
    db.session.add_all(
        CareAssignment(enrolment_id=enrolment.id, user_id=user_id, since=now)
        for enrolment in enrolments
        for user_id in sorted(user_ids)
    )
    publish(AssignmentsStarted(enrolments[0].bubble_id, tuple(sorted(user_ids))))


def _end(assignment: CareAssignment) -> None:
    event = AssignmentEnded(enrolment_id=assignment.enrolment_id, user_id=assignment.user_id)
    db.session.delete(assignment)
    db.session.flush()  # who hears the news must find the assignment gone
    publish(event)
