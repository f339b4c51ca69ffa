"""What a patient answered while booking, on the sheet that their caregiver opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template
from markupsafe import Markup

from scheduling.booking.queries import list_answers_given_to

if TYPE_CHECKING:
    from patient.models import Enrolment
    from security.models import User


def answers_section(actor: User, enrolment: Enrolment) -> Markup | None:
    """Fill the slot « sheet_section »: the answers given to this caregiver, to nobody else."""
    answers = list_answers_given_to(actor.id, enrolment.id)
    if not answers:
        return None
    part = render_template(
        "scheduling/_answers.html", answers=answers, zone=enrolment.bubble.time_zone
    )
    return Markup(part)  # noqa: S704  (a template of ours, escaped already)
