"""Who may do what with people cared for and their places."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import bubbles.policy
from bubbles.models import Invitation
from bubbles.vocabulary import InvitedAs
from core.authorization import Rule
from patient import queries
from patient.models import Enrolment, TeamNote
from patient.queries.notes import takes_part_in_notes
from patient.vocabulary import OPENING
from security.models import User


class PatientPermission(StrEnum):
    """Named <resource>:<action>."""

    INTRODUCE = "patient:introduce"
    JOIN = "patient:join"
    OPEN_SHEET = OPENING
    SET_FOLLOWERS = "followers:update"
    VOUCH = "patient:vouch"
    END_ENROLMENT = "enrolment:end"
    ASSIGN = "followers:add"
    WRITE_NOTE = "team_note:create"
    EDIT_NOTE = "team_note:update"
    WITHDRAW_NOTE = "team_note:withdraw"


def acts_for(actor: Any, enrolment: Enrolment) -> bool:
    """For oneself or a relative, in a place that still stands."""
    return (
        isinstance(actor, User)
        and enrolment.ended_at is None
        and queries.is_guardian(actor.id, enrolment.patient_id)
    )


def follows(actor: Any, enrolment: Enrolment) -> bool:
    """Named to follow the patient, and a caregiver of the bubble still."""
    return isinstance(actor, User) and queries.is_follower(actor.id, enrolment.id)


def administers(actor: Any, enrolment: Enrolment) -> bool:
    return bubbles.policy.is_admin(actor, enrolment.bubble)


def is_of_the_team(actor: Any, enrolment: Enrolment) -> bool:
    """Follows the patient as a caregiver of the bubble, and does not act for them."""
    return isinstance(actor, User) and takes_part_in_notes(actor.id, enrolment.id)


def wrote_and_follows(actor: Any, note: TeamNote) -> bool:
    """Wrote the note, and is of the patient's team still."""
    return (
        isinstance(actor, User)
        and actor.id == note.author_id
        and takes_part_in_notes(actor.id, note.enrolment_id)
    )


def is_invited_patient(actor: Any, invitation: Invitation) -> bool:
    return invitation.invited_as is InvitedAs.PATIENT and bubbles.policy.is_addressee(
        actor, invitation
    )


RULES: Mapping[StrEnum, Rule] = {
    PatientPermission.INTRODUCE: bubbles.policy.has_proved_address,
    PatientPermission.JOIN: is_invited_patient,
    PatientPermission.OPEN_SHEET: follows,
    PatientPermission.SET_FOLLOWERS: administers,
    PatientPermission.VOUCH: administers,
    PatientPermission.END_ENROLMENT: administers,
    PatientPermission.ASSIGN: bubbles.policy.is_admin,
    PatientPermission.WRITE_NOTE: is_of_the_team,
    PatientPermission.EDIT_NOTE: wrote_and_follows,
    PatientPermission.WITHDRAW_NOTE: wrote_and_follows,
}
