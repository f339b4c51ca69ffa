"""Text messages about appointments: the day, the hour, a link; no name, no motive, no team."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from core import wording
from core.mail import absolute_url, in_language
from core.outbox import Message
from scheduling.appointments.models import Appointment
from scheduling.notices.emails.facts import when
from scheduling.notices.emails.questions import offer_path
from scheduling.notices.vocabulary import Said
from scheduling.waiting_list.models import WaitingListOffer
from security.models import User

ABOUT_APPOINTMENT = "appointment_text"
ABOUT_OFFER = "waiting_text"


def about(
    appointment_id: int, sequence: int, reader_id: int, said: Said, *, not_after: datetime
) -> Message:
    """Have a text written when its turn comes, if it is true still and the reader wants it."""
    facts = {"appointment": appointment_id, "sequence": sequence, "said": said.value}
    return Message(
        kind=ABOUT_APPOINTMENT,
        payload=facts | {"reader": reader_id},
        key=f"{ABOUT_APPOINTMENT}-{appointment_id}-{sequence}-{said}-{reader_id}",
        not_after=not_after,
    )


def about_offer(offer: WaitingListOffer, reader_id: int, again: str) -> Message:
    """Have a text written about an hour that is kept, if it is kept still."""
    return Message(
        kind=ABOUT_OFFER,
        payload={"offer": offer.id, "reader": reader_id},
        key=f"{ABOUT_OFFER}-{offer.id}-{reader_id}{again}",
        not_after=offer.expires_at,
    )


def compose(appointment: Appointment, reader: User, said: Said, link: str) -> str:
    """Write one text in the language of its reader, on the wall clock of the place."""
    with in_language(reader.locale):
        return str(_SENTENCES[said](when(appointment), link))


def compose_offer(offer: WaitingListOffer, reader: User) -> str:
    """Write the text about a kept hour, in the language of its reader."""
    zone = offer.entry.enrolment.bubble.time_zone
    with in_language(reader.locale):
        return str(
            _(
                "An earlier hour is free: %(when)s. Answer before %(until)s: %(link)s",
                when=wording.day_and_hour(offer.starts_at, zone),
                until=wording.hour(offer.expires_at, zone),
                link=absolute_url(offer_path(offer.id)),
            )
        )


def postponed(facts: dict[str, Any], row_id: int, **moments: Any) -> Message:
    """Have the text of one row tried again, once, while it is of use."""
    key = f"{ABOUT_APPOINTMENT}-after-{row_id}"
    return Message(kind=ABOUT_APPOINTMENT, payload=facts, key=key, **moments)


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
