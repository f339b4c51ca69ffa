"""Finding the people whom an account acts for without being them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, or_, select

from core import wording
from core.database import db
from core.errors import NotFoundError
from core.statements import ME
from patient.models import Enrolment, Guardianship, Patient
from patient.queries.places import LARGEST_ID
from patient.vocabulary import GuardianKind
from security.models import User


def list_relatives_of(actor: User) -> list[Patient]:
    """Return the relatives of ``actor``, by family name."""
    query = _relatives_of(actor).order_by(Patient.sort_key, Patient.id)
    return list(db.session.scalars(query))


def get_relative_of(actor: User, patient_id: int) -> Patient:
    """Return one relative of ``actor``; anybody else does not exist."""
    patient: Patient | None = None
    if 0 < patient_id <= LARGEST_ID:
        patient = db.session.scalar(_relatives_of(actor).where(Patient.id == patient_id))
    if patient is None:
        raise NotFoundError
    return patient


def get_guarded_by(actor: User, patient_id: int) -> Patient:
    """Return whom ``actor`` acts for: themselves, or a relative."""
    patient: Patient | None = None
    if 0 < patient_id <= LARGEST_ID:
        query = (
            select(Patient)
            .join(Patient.guardianships)
            .where(Guardianship.user_id == actor.id, Patient.id == patient_id)
        )
        patient = db.session.scalar(query)
    if patient is None:
        raise NotFoundError
    return patient


def is_relative_of(user_id: int, patient_id: int) -> bool:
    """Say whether the account acts for the patient as a relative."""
    query = select(Guardianship.id).where(
        Guardianship.user_id == user_id,
        Guardianship.patient_id == patient_id,
        Guardianship.kind == GuardianKind.RELATIVE,
    )
    return db.session.scalar(query) is not None


def find_namesake_of(
    user_id: int, *, given_name: str, family_name: str, birth_date: date
) -> Patient | None:
    """Return whom the account acts for already under these names, accents aside, and this date."""
    query = (
        select(Patient)
        .join(Patient.guardianships)
        .where(
            Guardianship.user_id == user_id,
            Patient.birth_date == birth_date,
            or_(
                Patient.sort_key == wording.sorting_key(family_name, given_name),
                Patient.sort_key == wording.sorting_key(given_name, family_name),
            ),
        )
        .order_by(Patient.id)
    )
    return db.session.scalar(query)


def is_kept_by_others(patient_id: int, user_id: int) -> bool:
    """Say whether somebody else acts for the patient: in person, or another relative."""
    query = select(Guardianship.id).where(
        Guardianship.patient_id == patient_id, Guardianship.user_id != user_id
    )
    return db.session.scalar(query) is not None


def has_own_account(patient_id: int) -> bool:
    """Say whether the patient is the one behind some account: then nobody else corrects them."""
    query = select(Guardianship.id).where(
        Guardianship.patient_id == patient_id, Guardianship.kind == GuardianKind.SELF
    )
    return db.session.scalar(query) is not None


def lock_patient(patient_id: int) -> None:
    """Make those who act for one patient queue until the end of the transaction."""
    query = select(Patient.id).where(Patient.id == patient_id)
    db.session.execute(query.with_for_update(key_share=True))


def list_places_of(patient_id: int) -> list[Enrolment]:
    """Return the present enrolments of a patient."""
    query = select(Enrolment).where(
        Enrolment.patient_id == patient_id, Enrolment.ended_at.is_(None)
    )
    return list(db.session.scalars(query))


def _relatives_of(actor: User) -> Select[Patient]:
    return (
        select(Patient)
        .join(Patient.guardianships)
        .where(Guardianship.user_id == actor.id, Guardianship.kind == GuardianKind.RELATIVE)
    )


ACTS_FOR_ANYBODY = select(Guardianship.id).where(Guardianship.user_id == ME).exists()
"""The reader is cared for, or acts for somebody who is."""
