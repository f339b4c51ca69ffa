"""The verbs of the team's notes: writing, correcting within a day, withdrawing."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import timedelta

from core import clock, idempotency
from core.authorization import can, operation
from core.database import db
from core.errors import ForbiddenError
from patient.errors import EnrolmentEndedError, NoReaderError, NoteClosedError
from patient.models import Enrolment, TeamNote, TeamNoteReader
from patient.policy import PatientPermission
from patient.queries.notes import list_colleagues
from patient.queries.places import lock_enrolment
from patient.vocabulary import NoteAudience
from security.models import User

CORRECTED_WITHIN = timedelta(hours=24)
"""After that, others may have acted on what they read."""


@operation(PatientPermission.WRITE_NOTE)
def write_note(
    actor: User,
    enrolment: Enrolment,
    *,
    body: str,
    audience: NoteAudience,
    reader_ids: Collection[int] = (),
    is_shown_to_patient: bool,
    key: str | None = None,
) -> int:
    """Write a note about a patient for the team, or for some of it; return its number.

    Raises:
        EnrolmentEndedError: the patient has left the bubble meanwhile.
        NoReaderError: it is for chosen caregivers, and one of them is not of the team.
    """
    lock_enrolment(enrolment.id)
    db.session.expire_all()
    if enrolment.ended_at is not None:
        raise EnrolmentEndedError
    if not can(actor, PatientPermission.WRITE_NOTE, enrolment):
        raise ForbiddenError(PatientPermission.WRITE_NOTE)
    wanted = _readers(actor, enrolment, audience, reader_ids)

    def write() -> int:
        note = TeamNote(
            enrolment=enrolment,
            author_id=actor.id,
            body=body,
            audience=audience,
            is_shown_to_patient=is_shown_to_patient,
            written_at=clock.now(),
            readers=[TeamNoteReader(user_id=user_id) for user_id in sorted(wanted)],
        )
        db.session.add(note)
        db.session.flush()  # the key is kept with its number
        return note.id

    request = json.dumps(
        [enrolment.id, body, audience, sorted(wanted), is_shown_to_patient], ensure_ascii=True
    )
    return idempotency.once(actor.id, PatientPermission.WRITE_NOTE, key, request, write)


@operation(PatientPermission.EDIT_NOTE)
def edit_note(
    actor: User,
    note: TeamNote,
    *,
    body: str,
    audience: NoteAudience,
    reader_ids: Collection[int] = (),
    is_shown_to_patient: bool,
) -> None:
    """Correct one's own note, within a day.

    Raises:
        NoteClosedError: it is older, or withdrawn.
        NoReaderError: it is for chosen caregivers, and one of them is not of the team.
    """
    lock_enrolment(note.enrolment_id)
    db.session.expire_all()
    if not can(actor, PatientPermission.EDIT_NOTE, note):
        raise ForbiddenError(PatientPermission.EDIT_NOTE)
    if not may_still_be_corrected(note):
        raise NoteClosedError
    wanted = _readers(actor, note.enrolment, audience, reader_ids)
    note.body, note.audience = body, audience
    note.is_shown_to_patient = is_shown_to_patient
    note.edited_at = clock.now()
    note.readers = [reader for reader in note.readers if reader.user_id in wanted]
    known = {reader.user_id for reader in note.readers}
    note.readers += [TeamNoteReader(user_id=user_id) for user_id in sorted(wanted - known)]


@operation(PatientPermission.WITHDRAW_NOTE)
def withdraw_note(_actor: User, note: TeamNote) -> None:
    """Withdraw one's own note: its words are shown to nobody any more, that it was there is.

    Withdrawing it twice is withdrawing it.
    """
    lock_enrolment(note.enrolment_id)
    db.session.refresh(note)
    if note.withdrawn_at is None:
        note.withdrawn_at = clock.now()


def may_still_be_corrected(note: TeamNote) -> bool:
    """Say whether the note is young enough, and there still."""
    return note.withdrawn_at is None and clock.now() < note.written_at + CORRECTED_WITHIN


def _readers(
    actor: User, enrolment: Enrolment, audience: NoteAudience, reader_ids: Collection[int]
) -> set[int]:
    if audience is NoteAudience.TEAM:
        return set()
    wanted = set(reader_ids)
    if not wanted or not wanted <= {user.id for user in list_colleagues(actor, enrolment)}:
        raise NoReaderError
    return wanted
