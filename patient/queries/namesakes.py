"""Recognising the same person behind two addresses: the same names and the same birth date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from core import wording
from core.database import db
from patient.models import Enrolment, Patient


def has_namesake(bubble_id: int, *, given_name: str, family_name: str, birth_date: date) -> bool:
    """Say whether a patient of the bubble has these names, accents aside, and this birth date.

    The family name may be the one of birth, and the two names may have been swapped.
    """
    names = [
        Patient.sort_key == wording.sorting_key(family_name, given_name),
        Patient.sort_key == wording.sorting_key(given_name, family_name),
    ]
    query = (
        select(Patient)
        .join(Patient.enrolments)
        .where(
            Enrolment.bubble_id == bubble_id,
            Enrolment.ended_at.is_(None),
            Patient.birth_date == birth_date,
            or_(*names, Patient.birth_name.is_not(None)),
        )
    )
    wanted = {wording.sorting_key(family_name, given_name)}
    wanted.add(wording.sorting_key(given_name, family_name))
    return any(
        {patient.sort_key, wording.sorting_key(patient.birth_name or "", patient.given_name)}
        & wanted
        for patient in db.session.scalars(query)
    )


def ids_with_namesake(bubble_id: int, patient_ids: Iterable[int]) -> set[int]:
    """Return which of these patients share names and birth date with another of the bubble."""
    other, place = aliased(Patient), aliased(Enrolment)
    query = (
        select(Patient.id)
        .join(
            other,
            (other.sort_key == Patient.sort_key)
            & (other.birth_date == Patient.birth_date)
            & (other.id != Patient.id),
        )
        .join(place, place.patient_id == other.id)
        .where(
            Patient.id.in_(list(patient_ids)),
            place.bubble_id == bubble_id,
            place.ended_at.is_(None),
            func.length(Patient.sort_key) > 1,
        )
    )
    return set(db.session.scalars(query))
