"""The place of a bubble is on another clock: its promised hours follow, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _

from bubbles.errors import ClockChoiceNeededError, ClockConflictError
from bubbles.events import TimeZoneChanged
from bubbles.vocabulary import Kept
from core import clock, wording
from core.authorization import consequence
from core.authorization import current_actor_of_operation as actor_of_operation
from core.events import publish
from scheduling.agendas.queries.locks import lock_agendas
from scheduling.appointments import lifecycle
from scheduling.appointments.events import Cause
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus, HeldFor
from scheduling.replanning.models import HourProposal
from scheduling.time.clock_moves import (
    Stretch,
    differences,
    first_overlap,
    in_safe_order,
    nearest_hour,
    same_hour,
)
from scheduling.time.intervals import Period
from scheduling.waiting_list.models import WaitingListOffer
from scheduling.zone_change.events import HoursFollowedZone
from scheduling.zone_change.operations.weekly_hours import shift_hours
from scheduling.zone_change.queries import (
    count_governed,
    list_caregiver_ids,
    list_elsewhere,
    list_freed_there,
    list_governed_absences,
    list_governed_appointments,
    list_open_offers,
    list_open_proposals,
)


@consequence
def follow_the_place(event: TimeZoneChanged) -> None:
    """Keep what was chosen of every hour that has not begun, and tell whom it concerns.

    Raises:
        ClockChoiceNeededError: there are such hours, and nothing was chosen.
        ClockConflictError: one of them would be skipped, over, or on top of another.
    """
    caregiver_ids = list_caregiver_ids(event.bubble_id)
    lock_agendas(caregiver_ids)
    lifecycle.give_up_run_out(caregiver_ids)
    governed = list_governed_appointments(event.bubble_id)
    if not governed and not count_governed(event.bubble_id):
        return
    if differences(clock.now(), event.before, event.after) == {0}:
        return  # another name of the same clock: nobody reads or lives another hour
    if event.keep is None:
        raise ClockChoiceNeededError
    proposals = list_open_proposals(event.bubble_id)
    offers = list_open_offers(event.bubble_id)
    if event.keep is Kept.HOURS:
        targets = _same_hours(event, governed)
        _write(governed, targets)
        asked: list[HourProposal | WaitingListOffer] = [*proposals, *offers]
        for question in asked:
            if question.hold_id in targets:
                question.starts_at = targets[question.hold_id].starts_at
        _carry_along(event)
    else:
        unmoved = {
            appointment.id: Period(appointment.starts_at, appointment.ends_at)
            for appointment in governed
        }
        _write(governed, unmoved)
        shift_hours(event.bubble_id, event.before, event.after)
    publish(
        HoursFollowedZone(
            zone_change=event,
            booked=[
                appointment
                for appointment in governed
                if appointment.status is AppointmentStatus.BOOKED
            ],
            proposals=proposals,
            offers=offers,
        )
    )


def _same_hours(event: TimeZoneChanged, governed: Sequence[Appointment]) -> dict[int, Period]:
    """Return when each is if its hour is read as before."""
    targets: dict[int, Period] = {}
    for appointment in governed:
        start = same_hour(appointment.starts_at, event.before, event.after)
        if _is_offered(appointment) and (start is None or start <= clock.now()):
            # Nobody is promised it: who is asked reads the hour that it has become.
            start = nearest_hour(appointment.starts_at, event.before, event.after)
        elif start is None:
            raise _skipped(appointment.starts_at, event)
        elif start <= clock.now():
            raise _over(appointment.starts_at, event)
        targets[appointment.id] = Period(
            start, start + (appointment.ends_at - appointment.starts_at)
        )
    moved = [
        Stretch(
            appointment.id,
            appointment.caregiver_id,
            targets[appointment.id].starts_at,
            targets[appointment.id].ends_at,
        )
        for appointment in governed
    ]
    standing = list_elsewhere(
        event.bubble_id, {appointment.caregiver_id for appointment in governed}
    )
    taken = first_overlap(moved, standing)
    if taken is not None:
        raise _taken(taken.start, event)
    return targets


def _is_offered(appointment: Appointment) -> bool:
    """An hour that was taken from the waiting list is promised like any other."""
    is_held = appointment.status is AppointmentStatus.HELD
    return is_held and appointment.held_for is HeldFor.OFFER


def _skipped(instant: datetime, event: TimeZoneChanged) -> ClockConflictError:
    return ClockConflictError(
        _(
            "The appointment on %(when)s cannot keep its hour: the clocks of the new zone skip it "
            "that night. Move it first.",
            when=wording.day_and_hour(instant, event.before),
        )
    )


def _over(instant: datetime, event: TimeZoneChanged) -> ClockConflictError:
    return ClockConflictError(
        _(
            "The appointment on %(when)s cannot keep its hour: in the new zone (%(place)s) it has "
            "gone by. Move or cancel it first.",
            when=wording.day_and_hour(instant, event.before),
            place=wording.zone_words(event.after),
        )
    )


def _taken(instant: datetime, event: TimeZoneChanged) -> ClockConflictError:
    return ClockConflictError(
        _(
            "In the new zone (%(place)s) two appointments of one caregiver would lie upon each "
            "other on %(when)s. Move one of them first.",
            when=wording.day_and_hour(instant, event.after),
            place=wording.zone_words(event.after),
        )
    )


def _write(governed: Sequence[Appointment], targets: Mapping[int, Period]) -> None:
    """Write where each stands now; calendars hear of it by the number."""
    steps = in_safe_order(
        (
            Stretch(
                appointment.id, appointment.caregiver_id, appointment.starts_at, appointment.ends_at
            ),
            targets[appointment.id].starts_at,
        )
        for appointment in governed
    )
    with lifecycle.one_fact(Cause.ZONE_CHANGE):
        lifecycle.follow_zone(
            {appointment.id: appointment for appointment in governed},
            [(step.id, targets[step.id]) for step, _start in steps],
            by=actor_of_operation().id,
        )


def _carry_along(event: TimeZoneChanged) -> None:
    """Let what is closed, or being offered, by the same clock keep its hours too."""
    before, after = event.before, event.after
    for freed in list_freed_there(event.bubble_id):
        freed.starts_at = nearest_hour(freed.starts_at, before, after)
        freed.ends_at = nearest_hour(freed.ends_at, before, after)
    for absence in list_governed_absences(event.bubble_id):
        length = absence.ends_at - absence.starts_at
        absence.starts_at = nearest_hour(absence.starts_at, before, after)
        absence.ends_at = nearest_hour(absence.ends_at, before, after)
        if absence.ends_at <= absence.starts_at:  # the clocks skip all of it
            absence.ends_at = absence.starts_at + length
