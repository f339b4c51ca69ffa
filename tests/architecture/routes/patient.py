"""Patients, who follows them, notes of the team, relatives."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bubbles.models import Invitation
from bubbles.vocabulary import InvitedAs
from core import clock, tokens
from patient.models import Guardianship, TeamNote
from patient.vocabulary import GuardianKind, NoteAudience
from tests import factories as make
from tests.architecture.routes.world import SIGNED_IN, STAFF, Line, World


def things(world: World) -> dict[str, Any]:
    """Write a note of the follower, a relative of the patient, an invitation as a patient."""
    now = clock.now()
    note = make._add(
        TeamNote(
            enrolment_id=world.enrolment.id,
            author_id=world.follower.id,
            body="Passer par la cour.",
            audience=NoteAudience.TEAM,
            is_shown_to_patient=False,
            written_at=now,
        )
    )
    relative = make.patient("Lise", "Roques")
    make._add(
        Guardianship(user_id=world.patient.id, patient_id=relative.id, kind=GuardianKind.RELATIVE)
    )
    token = f"{world.bubble.id:y<43}"
    make._add(
        Invitation(
            bubble_id=world.bubble.id,
            email=world.invited.email,
            invited_as=InvitedAs.PATIENT,
            token_hash=tokens.hash_token(token),
            invited_by_id=world.admin.id,
            created_at=now,
            sent_at=now,
            expires_at=now + timedelta(days=14),
        )
    )
    return {"note_id": note.id, "patient_id": relative.id, "token": token}


ROUTES = {
    "POST patient.accept": Line("stranger", elsewhere="/invitations/"),
    "GET patient.accesses": "patient",
    "POST patient.add_note": "follower",
    "GET patient.ask_withdrawal": "follower",
    "POST patient.assign": "admin",
    "GET patient.bubble_patients": STAFF,
    "POST patient.change_followers": "admin",
    "POST patient.change_note": "follower",
    "GET patient.choose_patients": "admin",
    "GET patient.correct_note": "follower",
    "GET patient.departure": "admin",
    "POST patient.end": "admin",
    "GET patient.followers": "admin",
    "GET patient.help_patient": "admin",
    "POST patient.help_patient": "admin",
    "GET patient.introduce": Line("stranger", elsewhere="/invitations/"),
    "GET patient.new_relative": SIGNED_IN,
    "POST patient.new_relative": SIGNED_IN,
    "GET patient.notes": "follower",
    "GET patient.openings": "follower",
    "GET patient.profile": "patient",
    "GET patient.relative": "patient",
    "POST patient.relative": "patient",
    "GET patient.relatives": SIGNED_IN,
    "GET patient.removal": "patient",
    "POST patient.removal": "patient",
    "GET patient.shown_notes": "patient",
    "POST patient.withdraw": "follower",
}
