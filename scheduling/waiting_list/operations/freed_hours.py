"""Noticing that a caregiver's time came back, for those who wait for an earlier hour.

Who is asked, one at a time and in order of arrival, is in ``offers``.
"""

from __future__ import annotations

from collections.abc import Collection

from core import clock, outbox
from core.database import db
from scheduling.time.intervals import Period
from scheduling.waiting_list.models import FreedHour
from scheduling.waiting_list.queries import waits_for

KIND = "waiting_list"


def note_freed(
    caregiver_id: int, periods: Collection[Period], *, hold_id: int | None = None
) -> None:
    """Write down what came back, in the current transaction, if anybody waits for it.

    ``hold_id``: the hold that ran out.
    """
    now = clock.now()
    coming = [period for period in periods if period.ends_at > now]
    if not coming or not waits_for(caregiver_id):
        return
    db.session.add_all(
        FreedHour(
            caregiver_id=caregiver_id,
            starts_at=max(period.starts_at, now),
            ends_at=period.ends_at,
            freed_at=now,
            hold_id=hold_id,
        )
        for period in coming
    )
    look_again()


def look_again() -> None:
    """Have the worker ask whoever is next, as soon as the current transaction is on disk."""
    outbox.enqueue(KIND, {})
