"""What ends for the people cared for when somebody leaves, and who sees a bubble's picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import ngettext

from patient.queries.endings import acts_for_somebody_in, count_enrolments, count_followed

if TYPE_CHECKING:
    from security.models import User


def ended_care(bubble_id: int, user_id: int | None) -> str | None:
    """Fill the slot « membership_ending »: of one caregiver, or of the whole bubble."""
    if user_id is None:
        places = count_enrolments(bubble_id)
        ends: str = ngettext(
            "The place of %(num)d patient will end.",
            "The places of %(num)d patients will end.",
            places,
        )
        return ends if places else None
    count = count_followed(bubble_id, user_id)
    if not count:
        return None
    words: str = ngettext(
        "%(num)d patient will no longer be followed by this person.",
        "%(num)d patients will no longer be followed by this person.",
        count,
    )
    return words


def is_cared_for_in(actor: User, bubble_id: int) -> bool | None:
    """Fill the slot « bubble_reader »: who acts for a patient of the bubble sees its picture."""
    return acts_for_somebody_in(actor.id, bubble_id) or None
