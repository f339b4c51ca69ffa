"""Who has opened a patient's sheet: read from the journal of acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from bubbles.models import Bubble
from core import paging
from core.audit import AuditEntry
from core.database import db
from core.paging import Page
from patient.models import Enrolment
from patient.vocabulary import OPENING
from security.models import User


@dataclass(frozen=True)
class Opening:
    """Somebody opened the sheet."""

    at: datetime
    user_id: int
    name: str
    initials: str
    hue: int
    bubble: str
    zone: str
    """Of the bubble's place."""


def list_openings_in(enrolment: Enrolment, *, number: int = 1, size: int = 10) -> Page[Opening]:
    """Return who opened the sheet in this bubble, newest first; for who follows the patient.

    What happened in the patient's other bubbles is not this team's business.
    """
    return _cut(
        _openings(enrolment.patient_id).where(Enrolment.bubble_id == enrolment.bubble_id),
        number,
        size,
    )


def list_openings_of(patient_id: int, *, number: int = 1) -> Page[Opening]:
    """Return who opened the sheet in any bubble, newest first; for the patient themselves."""
    return _cut(_openings(patient_id), number, paging.SIZE)


def _openings(patient_id: int) -> Select[datetime, User, str, str]:
    return (
        select(AuditEntry.at, User, Bubble.name, Bubble.time_zone)
        .join(User, User.id == AuditEntry.actor_id)
        .join(Enrolment, Enrolment.id == AuditEntry.subject_id)
        .join(Bubble, Bubble.id == Enrolment.bubble_id)
        .where(
            AuditEntry.about_kind == "patient",
            AuditEntry.about_id == patient_id,
            AuditEntry.permission == OPENING,
            AuditEntry.subject_kind == "enrolment",
            AuditEntry.actor_kind == "user",
            AuditEntry.outcome == "done",
        )
    )


def _cut(query: Select[datetime, User, str, str], number: int, size: int) -> Page[Opening]:
    counted = query.with_only_columns(func.count(), maintain_column_froms=True)
    total = db.session.scalar(counted) or 0
    number = paging.within(number, total, size)
    newest = query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    rows = db.session.execute(newest.limit(size).offset((number - 1) * size))
    openings = [
        Opening(at, user.id, user.display_name, user.initials, user.hue, bubble, zone)
        for at, user, bubble, zone in rows
    ]
    return paging.page_of(openings, total, number, size)
