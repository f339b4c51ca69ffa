"""What is cancelled when somebody leaves a bubble, said before it happens."""

from __future__ import annotations

from flask_babel import ngettext

from scheduling.appointments.queries.endings import count_future


def cancelled_appointments(bubble_id: int, user_id: int | None) -> str | None:
    """Fill the slot « membership_ending »: of one caregiver, or of the whole bubble."""
    count = count_future(bubble_id, user_id)
    if not count:
        return None
    words: str = ngettext(
        "%(num)d appointment to come will be cancelled.",
        "%(num)d appointments to come will be cancelled.",
        count,
    )
    return words
