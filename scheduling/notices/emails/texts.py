"""Text messages about appointments: the day, the hour, a link; no name, no motive, no team."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from core import outbox, wording
from core.mail import in_language
from scheduling.appointments.models import Appointment
from scheduling.notices.vocabulary import Said
from security.models import User

KIND = "appointment_text"


def plan(appointment: Appointment, reader: User, said: Said) -> None:
    """Have a text written when its turn comes, if it is true still and the reader wants it."""
    name = f"{KIND}-{appointment.id}-{appointment.sequence}-{said}-{reader.id}"
    facts = {"appointment": appointment.id, "sequence": appointment.sequence, "said": said.value}
    outbox.enqueue(
        KIND, facts | {"reader": reader.id}, dedupe_key=name, not_after=appointment.starts_at
    )


def postpone(facts: dict[str, Any], row_id: int, *, again: datetime, over: datetime) -> None:
    """Have the text of one row tried again, once, while it is of use."""
    outbox.enqueue(
        KIND, facts, dedupe_key=f"{KIND}-after-{row_id}", not_before=again, not_after=over
    )


def compose(appointment: Appointment, reader: User, said: Said, link: str) -> str:
    """Write one text in the language of its reader, on the wall clock of the place."""
    with in_language(reader.locale):
        zone = appointment.enrolment.bubble.time_zone
        when = wording.day_and_hour(appointment.starts_at, zone)
        return str(_SENTENCES[said](when, link))


_SENTENCES: dict[Said, Callable[[str, str], str]] = {
    Said.CONFIRMED: lambda when, link: _(
        "Your appointment on %(when)s is confirmed. %(link)s", when=when, link=link
    ),
    Said.MOVED: lambda when, link: _(
        "Your appointment has moved: it is now on %(when)s. %(link)s", when=when, link=link
    ),
    Said.CANCELLED: lambda when, link: _(
        "Your appointment on %(when)s is cancelled. %(link)s", when=when, link=link
    ),
    Said.REMINDED: lambda when, link: _(
        "Reminder: you have an appointment on %(when)s. You cannot come? %(link)s",
        when=when,
        link=link,
    ),
}
