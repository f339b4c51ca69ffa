"""Who is told of what: the one answer, for every act."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import String, cast, func, select

from core.database import db
from patient.models import Enrolment, Guardianship
from scheduling.appointments.events import AppointmentsChanged, Cause, Change
from scheduling.appointments.queries.acts import facts_of
from scheduling.appointments.vocabulary import ChangeKind
from security.models import User

TOLD = frozenset({ChangeKind.BOOKED, ChangeKind.MOVED, ChangeKind.CANCELLED})
"""Whether somebody came is noted, and told to nobody."""
NAMED_AT_ONCE = 500


class Side(StrEnum):
    """From where somebody looks at an appointment."""

    PATIENT = "patient"
    """The patient themself, or who acts for them."""
    CAREGIVER = "caregiver"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One account that hears of one change."""

    user_id: int
    side: Side
    did_it: bool


def who_hears(event: AppointmentsChanged) -> dict[int, list[Recipient]]:
    """Map each changed appointment to the accounts that are told, the patient's side first.

    The patient's side hears of every change, whoever made it: theirs is the calendar that must
    follow. The caregiver reads their agenda, and hears of what they did not do themselves. Nobody
    hears of an hour that was only held, nor twice of one that gave way to another.
    """
    told = [change for change in event.changes if change.is_promised and change.kind in TOLD]
    accounts = _accounts_of(told)
    heard: dict[int, list[Recipient]] = {}
    for change in told:
        heard[change.appointment_id] = recipients = [
            Recipient(user_id, Side.PATIENT, did_it=user_id == change.by)
            for user_id in accounts[change.patient_id]
            if not _reads_it_elsewhere(user_id, change, event.cause)
        ]
        if _concerns_caregiver(change, event.cause):
            recipients.append(Recipient(change.caregiver_id, Side.CAREGIVER, did_it=False))
    return heard


_ACCOUNT_IDS = func.aggregate_strings(cast(Guardianship.user_id, String), ",")
ACCOUNT_IDS = (
    select(_ACCOUNT_IDS)
    .join(User, User.id == Guardianship.user_id)
    .where(Guardianship.patient_id == Enrolment.patient_id, User.is_enabled)
    .correlate(Enrolment)
    .scalar_subquery()
)
"""The open accounts that act for the patient of an appointment: « 3,12 »."""


def _accounts_of(changes: Sequence[Change]) -> dict[int, list[int]]:
    """Map the patients of these changes to their accounts, as the act itself has read them."""
    known: dict[int, list[int]] = {}
    for change in changes:
        if (facts := facts_of(change.appointment_id)) is not None:
            numbers = facts.account_ids.split(",") if facts.account_ids else []
            known[change.patient_id] = sorted(map(int, numbers))
    return known | map_accounts({change.patient_id for change in changes} - known.keys())


def map_accounts(patient_ids: Collection[int]) -> dict[int, list[int]]:
    """Map patients to the open accounts that act for them, the oldest first."""
    accounts: dict[int, list[int]] = defaultdict(list)
    listed = sorted(patient_ids)
    for first in range(0, len(listed), NAMED_AT_ONCE):
        query = (
            select(Guardianship.patient_id, User.id)
            .join(User, User.id == Guardianship.user_id)
            .where(
                Guardianship.patient_id.in_(listed[first : first + NAMED_AT_ONCE]), User.is_enabled
            )
            .order_by(User.id)
        )
        for patient_id, user_id in db.session.execute(query):
            accounts[patient_id].append(user_id)
    return accounts


def _reads_it_elsewhere(user_id: int, change: Change, cause: Cause) -> bool:
    """What gave way is said with what replaced it; who cares for a relative has their agenda."""
    is_in_agenda = user_id == change.caregiver_id and cause is not Cause.END_OF_CARE
    return change.replaced_by is not None or is_in_agenda


def _concerns_caregiver(change: Change, cause: Cause) -> bool:
    """What ends with care, or answers their own question, is told to caregivers as such."""
    return change.by != change.caregiver_id and cause is Cause.ACT
