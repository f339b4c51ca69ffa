"""What those who wait read when an hour comes free."""

from __future__ import annotations

from flask_babel import gettext as _

from bubbles.events import TimeZoneChanged
from core import outbox, wording
from core.mail import absolute_url, in_language, send_mail
from scheduling.notices.emails.place_clock import again, clock_facts
from scheduling.waiting_list.models import WaitingListOffer
from security.models import User

TEXT = "waiting_text"


def hour_offered(
    offer: WaitingListOffer, reader: User, *, clock_change: TimeZoneChanged | None = None
) -> None:
    """Tell who waits that an hour is kept for them, and until when.

    ``clock_change``: they were told already, and the place is on another clock since.
    """
    bubble = offer.entry.enrolment.bubble
    with in_language(reader.locale):
        subject = _(
            "An earlier hour is free: %(when)s",
            when=wording.day_and_hour(offer.starts_at, bubble.time_zone),
        )
        if clock_change:
            subject = _("The time zone of the hour proposed to you has changed")
    send_mail(
        reader.email,
        "scheduling/hour_offered",
        subject=subject,
        locale=reader.locale,
        context={
            "starts_at": offer.starts_at,
            "expires_at": offer.expires_at,
            "zone": bubble.time_zone,
            "reader_zone": reader.time_zone,
            "caregiver": offer.caregiver.display_name,
            "replaces": offer.entry.appointment_id is not None,
            **clock_facts(clock_change),
            "link": absolute_url(offer_path(offer)),
        },
        dedupe_key=f"waiting-offer-{offer.id}-{reader.id}{again(clock_change)}",
        not_after=offer.expires_at,
    )
    outbox.enqueue(
        TEXT,
        {"offer": offer.id, "reader": reader.id},
        dedupe_key=f"{TEXT}-{offer.id}-{reader.id}{again(clock_change)}",
        not_after=offer.expires_at,
    )


def compose_text(offer: WaitingListOffer, reader: User) -> str:
    """Write the text message, in the language of its reader, on the wall clock of the place."""
    zone = offer.entry.enrolment.bubble.time_zone
    with in_language(reader.locale):
        return str(
            _(
                "An earlier hour is free: %(when)s. Answer before %(until)s: %(link)s",
                when=wording.day_and_hour(offer.starts_at, zone),
                until=wording.hour(offer.expires_at, zone),
                link=absolute_url(offer_path(offer)),
            )
        )


def offer_path(offer: WaitingListOffer) -> str:
    """Return where the hour is taken or refused."""
    return f"/rendez-vous/heures-proposees/{offer.id}"
