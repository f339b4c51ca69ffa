"""Finding people cared for: always for somebody who acts for them or follows them."""

from __future__ import annotations

from collections.abc import Collection, Hashable

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from bubbles.models import Bubble, Membership
from bubbles.queries import get_membership
from core.authorization import right
from core.database import db
from core.errors import NotFoundError
from core.statements import ME, Reader, rows, while_reading
from patient.models import CareAssignment, Enrolment, Guardianship, Patient
from patient.vocabulary import GuardianKind
from security.models import User

LARGEST_ID = 2**31 - 1
"""What the databases can compare with; an address may carry any number."""


def get_own_patient(actor: User) -> Patient | None:
    """Return the person cared for that ``actor`` is themselves."""
    return find_own_patient(actor.id)


_SELF = (Guardianship.user_id == ME, Guardianship.kind == GuardianKind.SELF)
IS_CARED_FOR = select(Guardianship.id).where(*_SELF).exists()
"""The reader is somebody cared for."""
HAS_WHOLE_PROFILE = (
    select(Patient.is_complete).join(Patient.guardianships).where(*_SELF).scalar_subquery()
)
"""The reader, who is cared for, has filled in their civil profile."""


def find_own_patient(user_id: int) -> Patient | None:
    """Return the person cared for behind one account."""
    own = (
        select(Patient)
        .join(Patient.guardianships)
        .where(Guardianship.user_id == user_id, Guardianship.kind == GuardianKind.SELF)
    )
    return while_reading(("own patient", user_id), lambda: db.session.scalar(own))


def get_enrolment_for(actor: User, enrolment_id: int) -> Enrolment:
    """Return a live enrolment, to who acts for its patient or follows them now."""
    return _get(enrolment_id, or_(guarded_by(actor), followed_by(actor)))


def get_followed_enrolment_for(actor: User, enrolment_id: int) -> Enrolment:
    """Return a live enrolment whose patient ``actor`` follows now as a caregiver of the bubble."""
    return _get(enrolment_id, followed_by(actor))


def list_enrolments_of(actor: User) -> list[Enrolment]:
    """Return the live enrolments of everybody ``actor`` acts for, the oldest first."""
    query = _live().where(guarded_by(actor)).order_by(Enrolment.started_at, Enrolment.id)
    return list(db.session.scalars(query))


def count_bubble_enrolments_for(actor: User, bubble_id: int) -> int:
    """Count the bubble's patients: all for its administrators, else those whom one follows."""
    query = (
        select(func.count())
        .select_from(Enrolment)
        .where(
            Enrolment.ended_at.is_(None),
            sees_in_bubble(actor, bubble_id),
        )
    )
    return db.session.scalar(query) or 0


def get_bubble_enrolment_for(actor: User, bubble_id: int, enrolment_id: int) -> Enrolment:
    """Return one of the bubble's patients whom ``actor`` sees in its list."""
    reach = or_(administered_by(actor), followed_by(actor))
    return _get(enrolment_id, and_(Enrolment.bubble_id == bubble_id, reach))


def is_enrolled(user_id: int, bubble_id: int) -> bool:
    """Say whether the person behind an account is enrolled in the bubble now."""
    query = (
        select(Enrolment.id)
        .join(Guardianship, Guardianship.patient_id == Enrolment.patient_id)
        .where(
            Guardianship.user_id == user_id,
            Guardianship.kind == GuardianKind.SELF,
            Enrolment.bubble_id == bubble_id,
            Enrolment.ended_at.is_(None),
        )
    )
    return db.session.scalar(query) is not None


def list_followers(enrolment_id: int) -> list[User]:
    """Return who follows this patient and is a caregiver of the bubble still, by name."""
    return while_reading(
        ("followers", enrolment_id), lambda: map_followers([enrolment_id]).get(enrolment_id, [])
    )


def map_followers(enrolment_ids: Collection[int]) -> dict[int, list[User]]:
    """Map enrolments to the accounts that follow their patients now, in one query."""
    query = (
        select(CareAssignment.enrolment_id, User)
        .join(CareAssignment.user)
        .join(CareAssignment.enrolment)
        .where(CareAssignment.enrolment_id.in_(enrolment_ids), is_still_caregiver())
        .order_by(func.lower(User.display_name), User.id)
    )
    followers: dict[int, list[User]] = {}
    for enrolment_id, user in db.session.execute(query):
        followers.setdefault(enrolment_id, []).append(user)
    return followers


def guardian_ids(patient_id: int) -> list[int]:
    """Return the open accounts that act for this patient."""
    query = (
        select(Guardianship.user_id)
        .join(Guardianship.user)
        .where(Guardianship.patient_id == patient_id, User.is_enabled)
        .order_by(Guardianship.user_id)
    )
    return list(db.session.scalars(query))


def find_account_of(patient_id: int) -> User | None:
    """Return the account of the patient in person, if they have one."""
    query = (
        select(User)
        .join(Guardianship, Guardianship.user_id == User.id)
        .where(
            Guardianship.patient_id == patient_id,
            Guardianship.kind == GuardianKind.SELF,
            User.is_enabled,
        )
    )
    return db.session.scalar(query)


def administers_enrolment_of(admin_id: int, user_id: int) -> bool:
    """Say whether one administers a bubble in which the other is cared for, in person."""
    query = (
        select(Enrolment.id)
        .join(Membership, Membership.bubble_id == Enrolment.bubble_id)
        .join(Guardianship, Guardianship.patient_id == Enrolment.patient_id)
        .where(
            Membership.user_id == admin_id,
            Membership.is_admin,
            Enrolment.ended_at.is_(None),
            Guardianship.user_id == user_id,
            Guardianship.kind == GuardianKind.SELF,
        )
        .limit(1)
    )
    return admin_id != user_id and db.session.scalar(query) is not None


def ids_with_account(patient_ids: Collection[int]) -> set[int]:
    """Return which of these patients have an account of their own."""
    query = (
        select(Guardianship.patient_id)
        .join(User, Guardianship.user_id == User.id)
        .where(
            Guardianship.patient_id.in_(patient_ids),
            Guardianship.kind == GuardianKind.SELF,
            User.is_enabled,
        )
    )
    return set(db.session.scalars(query))


def list_guardians(patient_id: int) -> list[Guardianship]:
    """Return who acts for this patient, the patient first, then relatives by name."""
    query = (
        select(Guardianship)
        .join(Guardianship.user)
        .where(Guardianship.patient_id == patient_id, User.is_enabled)
        .options(contains_eager(Guardianship.user))
        .order_by(
            Guardianship.kind != GuardianKind.SELF, func.lower(User.display_name), Guardianship.id
        )
    )
    return list(db.session.scalars(query))


_IS_GUARDIAN = select(Guardianship.id).where(
    Guardianship.user_id == ME, Guardianship.patient_id == bindparam("patient")
)


def is_guardian(user_id: int, patient_id: int) -> bool:
    """Say whether the account acts for the patient."""
    asked = {"me": user_id, "patient": patient_id}
    key = guardian_right(user_id, patient_id)
    return right(key, lambda: rows(_IS_GUARDIAN, **asked).first() is not None)


def guardian_right(user_id: int, patient_id: int) -> Hashable:
    """Name the right to act for a patient, for a door that has read it: see ``guarded_by``."""
    return ("acts for", user_id, patient_id)


def is_follower(user_id: int, enrolment_id: int) -> bool:
    """Say whether the account follows the patient now, in an enrolment that still stands."""
    query = (
        select(CareAssignment.id)
        .join(CareAssignment.user)
        .join(CareAssignment.enrolment)
        .where(
            CareAssignment.enrolment_id == enrolment_id,
            CareAssignment.user_id == user_id,
            Enrolment.ended_at.is_(None),
            is_still_caregiver(),
        )
    )
    return db.session.scalar(query) is not None


def lock_enrolment(enrolment_id: int) -> None:
    """Make the writers about one patient in one bubble queue until the transaction's end."""
    query = select(Enrolment.id).where(Enrolment.id == enrolment_id)
    db.session.execute(query.with_for_update(key_share=True))


def find_live_enrolment(patient_id: int, bubble_id: int) -> Enrolment | None:
    """Return the patient's present enrolment in the bubble."""
    return db.session.scalar(
        select(Enrolment).where(
            Enrolment.patient_id == patient_id,
            Enrolment.bubble_id == bubble_id,
            Enrolment.ended_at.is_(None),
        )
    )


def list_assignments(enrolment_id: int) -> list[CareAssignment]:
    """Return every assignment of one enrolment, of people who have left the bubble as well."""
    query = select(CareAssignment).where(CareAssignment.enrolment_id == enrolment_id)
    return list(db.session.scalars(query))


def list_assignments_in(bubble_id: int, user_id: int) -> list[CareAssignment]:
    """Return every assignment of one account in one bubble."""
    query = (
        select(CareAssignment)
        .join(CareAssignment.enrolment)
        .where(Enrolment.bubble_id == bubble_id, CareAssignment.user_id == user_id)
    )
    return list(db.session.scalars(query))


def _live() -> Select[Enrolment]:
    return (
        select(Enrolment)
        .join(Enrolment.patient)
        .where(Enrolment.ended_at.is_(None))
        .options(contains_eager(Enrolment.patient), joinedload(Enrolment.bubble))
    )


def _get(enrolment_id: int, reach: ColumnElement[bool]) -> Enrolment:
    enrolment: Enrolment | None = None
    if 0 < enrolment_id <= LARGEST_ID:
        enrolment = db.session.scalar(_live().where(Enrolment.id == enrolment_id, reach))
    if enrolment is None:
        raise NotFoundError
    return enrolment


def sees_in_bubble(actor: User, bubble_id: int) -> ColumnElement[bool]:
    """Where a bubble's enrolments are asked for: all to its administrators, else those one follows.

    Whether one administers is asked once and first: no plan then weighs both for each enrolment.
    """
    here = Enrolment.bubble_id == bubble_id
    membership = get_membership(actor.id, bubble_id)
    is_admin = membership is not None and membership.is_admin
    return here if is_admin else and_(here, followed_by(actor))


def guarded_by(actor: User | Reader) -> ColumnElement[bool]:
    """Where an enrolment is asked for: ``actor`` acts for its patient."""
    return (
        select(Guardianship.id)
        .where(Guardianship.patient_id == Enrolment.patient_id, Guardianship.user_id == actor.id)
        .correlate(Enrolment)
        .exists()
    )


def followed_by(actor: User | Reader) -> ColumnElement[bool]:
    """Where an enrolment is asked for: ``actor`` follows its patient, as caregiver there."""
    return (
        select(CareAssignment.id)
        .join(Membership, Membership.user_id == CareAssignment.user_id)
        .where(
            CareAssignment.enrolment_id == Enrolment.id,
            CareAssignment.user_id == actor.id,
            Membership.bubble_id == Enrolment.bubble_id,
            Membership.is_caregiver,
        )
        .correlate(Enrolment)
        .exists()
    )


def administered_by(actor: User) -> ColumnElement[bool]:
    """Where an enrolment is asked for: ``actor`` administers its bubble."""
    return Enrolment.bubble.has(
        Bubble.memberships.any(and_(Membership.user_id == actor.id, Membership.is_admin))
    )


def is_still_caregiver() -> ColumnElement[bool]:
    """Where an assignment, its account and its enrolment are joined: the account counts still."""
    return and_(User.is_enabled, is_still_of_team())


def is_still_of_team() -> ColumnElement[bool]:
    """Where an assignment and its enrolment are joined: its caregiver is one of that bubble."""
    return (
        select(Membership.id)
        .where(
            Membership.user_id == CareAssignment.user_id,
            Membership.bubble_id == Enrolment.bubble_id,
            Membership.is_caregiver,
        )
        .correlate(CareAssignment, Enrolment)
        .exists()
    )
