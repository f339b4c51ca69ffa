"""What people read when another hour waits for their answer."""

from __future__ import annotations

from flask_babel import gettext as _

from core import clock, wording
from core.mail import Facts, Reader, absolute_url, mail
from scheduling.notices.emails.facts import facts_of
from scheduling.replanning.queries import find_proposal
from scheduling.waiting_list.queries import find_offer

Clock = dict[str, object]
"""Of a zone change since they were asked: the zone before, and whether hours were kept."""


@mail("scheduling/proposed")
def proposed(reader: Reader, proposal_id: int, former_clock: Clock | None = None) -> Facts | None:
    """Ask who acts for the patient whether another hour suits them."""
    proposal = find_proposal(proposal_id)
    if proposal is None or not proposal.is_open(clock.now()):
        return None
    return {
        **facts_of(proposal.appointment, reader),
        "subject": _again(former_clock) or _("Another hour is proposed for your appointment"),
        "before": proposal.appointment.starts_at,
        "starts_at": proposal.starts_at,
        "expires_at": proposal.expires_at,
        **_clock_facts(former_clock),
        "link": absolute_url(f"/rendez-vous/propositions/{proposal.id}"),
    }


@mail("scheduling/hour_offered")
def hour_offered(reader: Reader, offer_id: int, former_clock: Clock | None = None) -> Facts | None:
    """Tell who waits that an hour is kept for them, and until when."""
    offer = find_offer(offer_id)
    if offer is None or offer.answered_at is not None or clock.now() >= offer.expires_at:
        return None
    zone = offer.entry.enrolment.bubble.time_zone
    hour = wording.day_and_hour(offer.starts_at, zone)
    return {
        "subject": _again(former_clock) or _("An earlier hour is free: %(when)s", when=hour),
        "starts_at": offer.starts_at,
        "expires_at": offer.expires_at,
        "zone": zone,
        "reader_zone": reader.zone,
        "caregiver": offer.caregiver.display_name,
        "replaces": offer.entry.appointment_id is not None,
        **_clock_facts(former_clock),
        "link": absolute_url(offer_path(offer.id)),
    }


def offer_path(offer_id: int) -> str:
    """Return where the hour is taken or refused."""
    return f"/rendez-vous/heures-proposees/{offer_id}"


def _again(former_clock: Clock | None) -> str:
    if former_clock is None:
        return ""
    return str(_("The time zone of the hour proposed to you has changed"))


def _clock_facts(former_clock: Clock | None) -> Facts:
    if former_clock is None:
        return {"clock_before": "", "keeps_hours": False}
    return {
        "clock_before": former_clock["before"],
        "keeps_hours": former_clock["keeps_hours"],
    }
