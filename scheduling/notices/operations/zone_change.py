"""Telling people that the clock of their appointments has become another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bubbles.events import TimeZoneChanged
from bubbles.vocabulary import Kept
from core import clock, outbox
from core.authorization import consequence
from core.outbox import About, Message
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.calls import add_call
from scheduling.appointments.vocabulary import CallReason
from scheduling.notices.emails import zone_change as mails
from scheduling.notices.emails.questions import Clock
from scheduling.notices.operations.asking import question, questions_about_offer
from scheduling.notices.queries.recipients import map_accounts
from scheduling.zone_change.events import HoursFollowedZone


@consequence
def tell_of_zone(event: HoursFollowedZone) -> None:
    """Tell each person once, and ask again who has an hour to answer."""
    outbox.write([*_news(event.zone_change, event.booked), *_questions(event)])


def _news(change: TimeZoneChanged, booked: Sequence[Appointment]) -> Iterator[Message]:
    """Who made the change and keeps no appointment knows it already."""
    accounts = map_accounts({appointment.enrolment.patient_id for appointment in booked})
    groups: dict[tuple[int, bool], list[Appointment]] = defaultdict(list)
    for appointment in booked:
        groups[appointment.caregiver_id, True].append(appointment)
        told = accounts[appointment.enrolment.patient_id]
        for user_id in told:
            if user_id != appointment.caregiver_id:
                groups[user_id, False].append(appointment)
        if not told and change.keep is Kept.INSTANTS:
            add_call(appointment.id, appointment.sequence, CallReason.MOVED)
    for (user_id, is_caregiver), group in groups.items():
        mail = mails.clock_changed_for_caregiver if is_caregiver else mails.clock_changed
        standing = [(appointment.id, appointment.sequence) for appointment in group]
        keeps_hours = change.keep is Kept.HOURS
        yield mail(standing, change.before, keeps_hours=keeps_hours).to(
            user_id,
            key=f"appointment-{group[0].id}-clock-{group[0].sequence}-{user_id}",
            not_after=max(appointment.starts_at for appointment in group),
            about=[]
            if is_caregiver
            else [About("appointment", appointment.id) for appointment in group],
        )


def _questions(event: HoursFollowedZone) -> Iterator[Message]:
    """Write again to who has an hour to answer: it, or their delay, is read otherwise by now."""
    now, change = clock.now(), event.zone_change
    proposals = [proposal for proposal in event.proposals if proposal.expires_at > now]
    offers = [offer for offer in event.offers if offer.expires_at > now]
    enrolments = [proposal.appointment.enrolment for proposal in proposals]
    enrolments += [offer.entry.enrolment for offer in offers]
    accounts = map_accounts({enrolment.patient_id for enrolment in enrolments})
    former: Clock = {"before": change.before, "keeps_hours": change.keep is Kept.HOURS}
    again = f"-{change.before}-{now:%Y%m%d%H%M%S%f}"
    for proposal in proposals:
        for user_id in accounts[proposal.appointment.enrolment.patient_id]:
            yield question(proposal, user_id, former_clock=former, again=again)
    for offer in offers:
        for user_id in accounts[offer.entry.enrolment.patient_id]:
            yield from questions_about_offer(offer, user_id, former_clock=former, again=again)
