"""Notes of the team: who reads one is computed at each look, never stored."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from core import paging
from core.database import db
from core.errors import NotFoundError
from core.paging import Page
from patient.models import CareAssignment, Enrolment, Guardianship, TeamNote, TeamNoteReader
from patient.queries.places import LARGEST_ID, guarded_by, is_still_caregiver, map_followers
from patient.vocabulary import NoteAudience
from security.models import User

NOTES = 10
"""Notes of a page."""


def list_notes_for(
    actor: User, enrolment: Enrolment, *, number: int = 1, size: int = NOTES
) -> Page[TeamNote]:
    """Return what ``actor`` may read of the notes about one patient in one bubble, newest first."""
    query = select(TeamNote).where(
        TeamNote.enrolment_id == enrolment.id, is_readable_by_caregiver(actor)
    )
    return _cut(query, number, size)


def list_shown_notes_of(actor: User, patient_id: int, *, number: int = 1) -> Page[TeamNote]:
    """Return the notes that caregivers have shown to a patient, to who acts for them."""
    query = (
        select(TeamNote)
        .join(TeamNote.enrolment)
        .where(Enrolment.patient_id == patient_id, is_shown_to(actor))
    )
    return _cut(query, number, NOTES)


def get_note_for(actor: User, note_id: int, enrolment_id: int) -> TeamNote:
    """Return a note about that patient to a caregiver who may read it now."""
    note: TeamNote | None = None
    if 0 < note_id <= LARGEST_ID and 0 < enrolment_id <= LARGEST_ID:
        note = db.session.scalar(
            _whole(select(TeamNote)).where(
                TeamNote.id == note_id,
                TeamNote.enrolment_id == enrolment_id,
                is_readable_by_caregiver(actor),
            )
        )
    if note is None:
        raise NotFoundError
    return note


def takes_part_in_notes(actor: User, enrolment_id: int) -> bool:
    """Say whether ``actor`` follows the patient now, and is not on the patient's side."""
    query = _assignments_of(actor).where(CareAssignment.enrolment_id == enrolment_id)
    return db.session.scalar(query) is not None


def list_colleagues(actor: User, enrolment: Enrolment) -> list[User]:
    """Return whom ``actor`` may choose to read a note: who takes part, oneself left out."""
    guardians = select(Guardianship.user_id).where(Guardianship.patient_id == enrolment.patient_id)
    sides = set(db.session.scalars(guardians))
    team = map_followers([enrolment.id]).get(enrolment.id, [])
    return [user for user in team if user.id != actor.id and user.id not in sides]


def is_readable_by_caregiver(actor: User) -> ColumnElement[bool]:
    """Where a note is asked for: ``actor`` is of its audience, and of the team still."""
    chosen = (
        select(TeamNoteReader.id)
        .where(TeamNoteReader.note_id == TeamNote.id, TeamNoteReader.user_id == actor.id)
        .correlate(TeamNote)
        .exists()
    )
    return and_(
        or_(
            TeamNote.audience == NoteAudience.TEAM,
            TeamNote.author_id == actor.id,
            chosen,
        ),
        _assignments_of(actor)
        .where(CareAssignment.enrolment_id == TeamNote.enrolment_id)
        .correlate(TeamNote)
        .exists(),
    )


def is_shown_to(actor: User) -> ColumnElement[bool]:
    """Where a note and its enrolment are joined: who acts for the patient is shown it."""
    return and_(TeamNote.is_shown_to_patient, TeamNote.withdrawn_at.is_(None), guarded_by(actor))


def _assignments_of(actor: User) -> Select[int]:
    """Who acts for the patient reads what is shown to the patient, even when they follow them."""
    return (
        select(CareAssignment.id)
        .join(CareAssignment.user)
        .join(CareAssignment.enrolment)
        .where(
            CareAssignment.user_id == actor.id,
            Enrolment.ended_at.is_(None),
            is_still_caregiver(),
            ~guarded_by(actor),
        )
    )


def _cut(query: Select[TeamNote], number: int, size: int) -> Page[TeamNote]:
    counted = query.with_only_columns(func.count(), maintain_column_froms=True)
    total = db.session.scalar(counted) or 0
    number = paging.within(number, total, size)
    lines = (
        _whole(query)
        .order_by(TeamNote.written_at.desc(), TeamNote.id.desc())
        .limit(size)
        .offset((number - 1) * size)
    )
    return paging.page_of(db.session.scalars(lines), total, number, size)


def _whole(query: Select[TeamNote]) -> Select[TeamNote]:
    return query.options(
        joinedload(TeamNote.author),
        joinedload(TeamNote.enrolment).joinedload(Enrolment.patient),
        joinedload(TeamNote.enrolment).joinedload(Enrolment.bubble),
        selectinload(TeamNote.readers).joinedload(TeamNoteReader.user),
    )
