"""Saying in time that papers are about to end: 60, 30 and 7 days before, one mail for several."""

from __future__ import annotations

from datetime import date, timedelta

from caregiver import emails, queries
from caregiver.models import Caregiver, DocumentVersion, ExpiryNotice
from caregiver.policy import CaregiverPermission
from core import clock, wording
from core.authorization import System, operation
from core.database import db
from core.mail import say

STEPS = (7, 30, 60)
"""Days before the end."""


def remind_everybody(system: System) -> None:
    """Remind each person in a transaction of their own."""
    today = clock.now().date()
    margin = timedelta(days=1)  # it is another day somewhere
    last = today + timedelta(days=STEPS[-1]) + margin
    for caregiver in queries.list_caregivers_with_papers_ending(today - margin, last):
        remind_of_expiry(system, caregiver)


@operation(CaregiverPermission.REMIND)
def remind_of_expiry(_system: System, caregiver: Caregiver) -> None:
    """Mail what ends soon, each step of each paper once; nothing to say is no mail."""
    queries.lock_caregiver(caregiver.id)
    today = wording.today(caregiver.user.time_zone)
    last = today + timedelta(days=STEPS[-1])
    ending = queries.list_versions_ending(caregiver.id, today, last)
    said = queries.list_notices_of([version.id for version in ending])
    due = [version for version in ending if (version.id, _step(version, today)) not in said]
    if not due:
        return
    for version in due:
        notice = ExpiryNotice(version_id=version.id, days=_step(version, today))
        notice.sent_at = clock.now()
        db.session.add(notice)
    say([emails.expiring([version.id for version in due]).to(caregiver.user_id)])


def _step(version: DocumentVersion, today: date) -> int:
    """Return the step that was reached: a day without the worker skips none."""
    left = version.days_left(today) or 0
    return next(step for step in STEPS if left <= step)
