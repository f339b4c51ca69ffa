"""Telling people that the clock of their appointments has become another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from bubbles.events import TimeZoneChanged
from bubbles.vocabulary import Kept
from core import clock, outbox
from core.authorization import INSTANCE, Actor, Instance, System, consequence, operation
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.calls import add_call
from scheduling.appointments.queries.appointments import list_whole
from scheduling.appointments.vocabulary import AppointmentStatus, CallReason
from scheduling.notices.emails import moves, waiting
from scheduling.notices.emails import place_clock as mails
from scheduling.notices.policy import NoticePermission
from scheduling.notices.queries.recipients import map_accounts
from scheduling.zone_change.events import HoursFollowedZone
from security.queries import get_user

KIND = "clock_notice"
TOLD_AT_ONCE = 20
"""Whoever changes the zone waits for that many mails at most; the worker writes the others."""


@consequence
def tell_of_zone(event: HoursFollowedZone) -> None:
    """Tell each person once, and ask again who has an hour to answer."""
    _tell(event.zone_change, event.confirmed)
    _ask_again(event)


def tell_later(_row_id: int, payload: dict[str, Any]) -> None:
    """Answer the outbox: write one of the mails that nobody waited for."""
    tell_of_clock(System("time zones"), INSTANCE, notice=payload)


@operation(NoticePermission.TELL_CLOCK)
def tell_of_clock(_actor: Actor, _instance: Instance, *, notice: dict[str, Any]) -> None:
    """Tell one person that the clock of a place has become another."""
    _mail(notice)


def _tell(change: TimeZoneChanged, confirmed: Sequence[Appointment]) -> None:
    """Tell each person once; who made the change and keeps no appointment knows it already."""
    accounts = map_accounts({one.enrolment.patient_id for one in confirmed})
    groups: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for appointment in confirmed:
        groups[appointment.caregiver_id, True].append(appointment.id)
        told = accounts[appointment.enrolment.patient_id]
        for user in told:
            if user.id != appointment.caregiver_id:
                groups[user.id, False].append(appointment.id)
        if not told and change.keep is Kept.INSTANTS:
            add_call(appointment.id, appointment.sequence, CallReason.MOVED)
    for number, ((user_id, is_caregiver), ids) in enumerate(groups.items()):
        notice = {
            "reader": user_id,
            "is_caregiver": is_caregiver,
            "appointments": ids,
            "before": change.before,
            "keep": Kept(change.keep or Kept.HOURS).value,
        }
        if number < TOLD_AT_ONCE:
            _mail(notice)
        else:
            outbox.enqueue(KIND, notice)


def _ask_again(event: HoursFollowedZone) -> None:
    """Write again to who has an hour to answer: it, or their delay, is read otherwise by now."""
    now = clock.now()
    proposals = [one for one in event.proposals if one.expires_at > now]
    offers = [one for one in event.offers if one.expires_at > now and one.answered_at is None]
    enrolments = [one.appointment.enrolment for one in proposals]
    enrolments += [one.entry.enrolment for one in offers]
    accounts = map_accounts({one.patient_id for one in enrolments})
    for proposal in proposals:
        for user in accounts[proposal.appointment.enrolment.patient_id]:
            moves.proposed(proposal, user, clock_change=event.zone_change)
    for offer in offers:
        for user in accounts[offer.entry.enrolment.patient_id]:
            waiting.hour_offered(offer, user, clock_change=event.zone_change)


def _mail(notice: dict[str, Any]) -> None:
    reader = get_user(notice["reader"])
    standing = [
        appointment
        for appointment in list_whole(notice["appointments"])
        if appointment.status is AppointmentStatus.CONFIRMED and appointment.starts_at > clock.now()
    ]
    if reader is None or not standing:
        return
    tell = mails.for_caregiver if notice["is_caregiver"] else mails.for_patient
    tell(standing, reader, before=notice["before"], keep=Kept(notice["keep"]))
