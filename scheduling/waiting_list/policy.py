"""Who may do what: waiting for an earlier hour."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import patient.policy
from core.authorization import Actor, Rule, is_system
from scheduling.waiting_list.models import WaitingListEntry, WaitingListOffer


class WaitingListPermission(StrEnum):
    """Waiting for an earlier hour."""

    WAIT = "waiting_list:join"
    """Wait for an earlier hour."""
    STOP_WAITING = "waiting_list:leave"
    """Wait for an earlier hour no more."""
    ANSWER_OFFER = "waiting_list:answer"
    """Take or refuse an hour offered from the waiting list."""
    OFFER_FREED = "waiting_list:offer"
    """Offer the hours that come free to those who wait."""


def acts_for_who_waits(actor: Actor, entry: WaitingListEntry) -> bool:
    """The patient who waits, or a relative who acts for them."""
    return patient.policy.acts_for(actor, entry.enrolment)


def acts_for_who_is_asked(actor: Actor, offer: WaitingListOffer) -> bool:
    """The patient to whom it is offered, or a relative who acts for them."""
    return acts_for_who_waits(actor, offer.entry)


RULES: Mapping[StrEnum, Rule] = {
    WaitingListPermission.WAIT: patient.policy.acts_for,
    WaitingListPermission.STOP_WAITING: acts_for_who_waits,
    WaitingListPermission.ANSWER_OFFER: acts_for_who_is_asked,
    WaitingListPermission.OFFER_FREED: is_system,
}
