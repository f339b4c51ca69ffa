"""What is told when something happens to appointments."""

from __future__ import annotations

from scheduling.appointments.events import AppointmentsChanged, Cause
from scheduling.notices.operations import asking, telling, zone_change
from scheduling.replanning.events import HourProposed, ProposalAnswered
from scheduling.waiting_list.events import HourOffered
from scheduling.zone_change.events import HoursFollowedZone


def tell_of_appointments(event: AppointmentsChanged) -> None:
    """Tell everybody whom it concerns; what follows a zone is told once, as such."""
    if event.cause is not Cause.ZONE_CHANGE:
        telling.tell_of_changes(event)


def ask_about_proposal(event: HourProposed) -> None:
    """Another hour is proposed to a patient."""
    asking.ask_about_proposal(event)


def tell_answer(event: ProposalAnswered) -> None:
    """A patient answered."""
    asking.tell_answer(event)


def ask_about_offer(event: HourOffered) -> None:
    """An hour came free for who waits."""
    asking.ask_about_offer(event)


def tell_of_zone(event: HoursFollowedZone) -> None:
    """A bubble is on another clock."""
    zone_change.tell_of_zone(event)
