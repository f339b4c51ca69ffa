"""Who may do what with people cared for and their places.

Who may read what is no permission here but a condition of each query, as everywhere: a care note's
is ``is_readable_by_caregiver`` and ``is_shown_to`` in ``queries.notes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import bubbles.policy
from bubbles.models import Invitation
from bubbles.vocabulary import InvitedAs
from core.authorization import Actor, Rule, is_system
from patient.models import Enrolment, Patient, TeamNote
from patient.queries import places as queries
from patient.queries.notes import takes_part_in_notes
from patient.queries.relatives import is_relative_of
from patient.vocabulary import OPENING
from security.models import User


class PatientPermission(StrEnum):
    """Patients: who they are, who follows them, what is written about them."""

    JOIN = "patient:join"
    """Say who one is and take the place offered in a bubble, as a patient."""
    OPEN_SHEET = OPENING
    """Open the sheet of a patient; each opening is written down."""
    SET_FOLLOWERS = "followers:update"
    """Choose the caregivers who follow a patient."""
    VOUCH = "patient:vouch"
    """Help a patient back into their account with a code, after checking who they are."""
    END_ENROLMENT = "enrolment:end"
    """End the place of a patient in the bubble."""
    GO_ON_CLOSING = "enrolment:go_on_closing"
    """Do what follows from the end of the places of a bubble that was closed."""
    ASSIGN = "followers:add"
    """Name one more caregiver to follow a patient."""
    WRITE_NOTE = "team_note:create"
    """Write a note for the team of a patient."""
    EDIT_NOTE = "team_note:update"
    """Correct a note for the team."""
    WITHDRAW_NOTE = "team_note:withdraw"
    """Take a note for the team back."""
    ADD_RELATIVE = "relative:create"
    """Write down a relative, to book appointments for them."""
    EDIT_RELATIVE = "relative:update"
    """Correct who a relative is."""
    REMOVE_RELATIVE = "relative:remove"
    """Stop acting for a relative."""
    PLACE_RELATIVE = "relative:place"
    """Give a relative a place in the bubble where one is cared for, to book there."""


def acts_for(actor: Actor, enrolment: Enrolment) -> bool:
    """The patient, or a relative who acts for them, while the place in the bubble stands."""
    return (
        isinstance(actor, User)
        and enrolment.ended_at is None
        and queries.is_guardian(actor.id, enrolment.patient_id)
    )


def follows(actor: Actor, enrolment: Enrolment) -> bool:
    """A caregiver of the bubble who is named to follow the patient."""
    return isinstance(actor, User) and queries.is_follower(actor.id, enrolment.id)


def is_relative(actor: Actor, patient: Patient) -> bool:
    """Who wrote the patient down as a relative."""
    return isinstance(actor, User) and is_relative_of(actor.id, patient.id)


def administers(actor: Actor, enrolment: Enrolment) -> bool:
    """The administrators of the bubble."""
    return bubbles.policy.is_admin(actor, enrolment.bubble)


def is_of_the_team(actor: Actor, enrolment: Enrolment) -> bool:
    """Follows the patient as a caregiver of the bubble, and does not act for them."""
    return isinstance(actor, User) and takes_part_in_notes(actor, enrolment.id)


def wrote_and_follows(actor: Actor, note: TeamNote) -> bool:
    """Wrote the note, and is of the patient's team still."""
    return (
        isinstance(actor, User)
        and actor.id == note.author_id
        and takes_part_in_notes(actor, note.enrolment_id)
    )


def is_invited_patient(actor: Actor, invitation: Invitation) -> bool:
    """The person whose address was invited as a patient."""
    return invitation.invited_as is InvitedAs.PATIENT and bubbles.policy.is_addressee(
        actor, invitation
    )


RULES: Mapping[StrEnum, Rule] = {
    PatientPermission.JOIN: is_invited_patient,
    PatientPermission.OPEN_SHEET: follows,
    PatientPermission.SET_FOLLOWERS: administers,
    PatientPermission.VOUCH: administers,
    PatientPermission.END_ENROLMENT: administers,
    PatientPermission.GO_ON_CLOSING: is_system,
    PatientPermission.ASSIGN: bubbles.policy.is_admin,
    PatientPermission.WRITE_NOTE: is_of_the_team,
    PatientPermission.EDIT_NOTE: wrote_and_follows,
    PatientPermission.WITHDRAW_NOTE: wrote_and_follows,
    PatientPermission.ADD_RELATIVE: bubbles.policy.has_proved_address,
    PatientPermission.EDIT_RELATIVE: is_relative,
    PatientPermission.REMOVE_RELATIVE: is_relative,
    PatientPermission.PLACE_RELATIVE: acts_for,
}
