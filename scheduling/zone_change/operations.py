"""The place of a bubble is on another clock: its promised hours follow, all of them or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from flask_babel import gettext as _
from sqlalchemy import bindparam, insert, update

from bubbles.errors import ClockChoiceNeededError, ClockConflictError
from bubbles.events import TimeZoneChanged
from bubbles.vocabulary import Kept
from core import clock, outbox, wording
from core.authorization import INSTANCE, Actor, Instance, System, consequence, operation
from core.authorization import current_actor_of_operation as actor_of_operation
from core.database import db
from scheduling.agendas.operations.week_clock import shift_hours
from scheduling.appointments.models import Appointment, AppointmentChange
from scheduling.appointments.operations.changes import touch_agendas
from scheduling.appointments.operations.taking import overlap_is_a_refusal, release_expired
from scheduling.appointments.queries.locks import lock_agenda
from scheduling.appointments.vocabulary import AppointmentStatus, ChangeKind
from scheduling.notices.emails import moves, waiting
from scheduling.notices.emails import place_clock as mails
from scheduling.notices.operations.calls import call_if_unreachable
from scheduling.notices.vocabulary import CallReason
from scheduling.time.clock_moves import (
    Stretch,
    differences,
    first_overlap,
    in_safe_order,
    nearest_hour,
    same_hour,
)
from scheduling.zone_change.policy import ZoneChangePermission
from scheduling.zone_change.queries import (
    count_governed,
    list_caregiver_ids,
    list_elsewhere,
    list_freed_there,
    list_governed_absences,
    list_governed_appointments,
    list_open_offers,
    list_open_proposals,
    list_whole,
    map_told,
)
from security.models import User
from security.queries import get_user

if TYPE_CHECKING:
    from sqlalchemy import Table

KIND = "clock_notice"
TOLD_AT_ONCE = 20
"""Whoever changes the zone waits for that many mails at most; the worker writes the others."""


@consequence
def follow_the_place(event: TimeZoneChanged) -> None:
    """Keep what was chosen of every hour that has not begun, and tell whom it concerns.

    Raises:
        ClockChoiceNeededError: there are such hours, and nothing was chosen.
        ClockConflictError: one of them would be skipped, over, or on top of another.
    """
    caregiver_ids = list_caregiver_ids(event.bubble_id)
    lock_agenda(*caregiver_ids)
    release_expired(caregiver_ids)
    governed = list_governed_appointments(event.bubble_id)
    if not governed and not count_governed(event.bubble_id):
        return
    if differences(clock.now(), event.before, event.after) == {0}:
        return  # another name of the same clock: nobody reads or lives another hour
    if event.keep is None:
        raise ClockChoiceNeededError
    if event.keep is Kept.HOURS:
        _keep_hours(event, governed)
    else:
        _note(governed, {one.id: (one.starts_at, one.ends_at) for one in governed})
        shift_hours(event.bubble_id, event.before, event.after)
    touch_agendas({one.agenda_id for one in governed})
    _tell(event, [one for one in governed if one.status is AppointmentStatus.CONFIRMED])
    _tell_who_was_asked(event, governed)


def _keep_hours(event: TimeZoneChanged, governed: Sequence[Appointment]) -> None:
    targets: dict[int, tuple[datetime, datetime]] = {}
    for one in governed:
        start = same_hour(one.starts_at, event.before, event.after)
        if start is None:
            raise _skipped(one.starts_at, event)
        if start <= clock.now():
            raise _over(one.starts_at, event)
        targets[one.id] = (start, start + (one.ends_at - one.starts_at))
    moved = [Stretch(one.id, one.caregiver_id, *targets[one.id]) for one in governed]
    standing = list_elsewhere(event.bubble_id, {one.caregiver_id for one in governed})
    taken = first_overlap(moved, standing)
    if taken is not None:
        raise _taken(taken.start, event)
    _note(governed, targets)
    _carry_along(event, governed, targets)


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


def _note(governed: Sequence[Appointment], targets: dict[int, tuple[datetime, datetime]]) -> None:
    """Write where each stands now and that it changed; calendars hear of it by the number."""
    now, actor_id = clock.now(), actor_of_operation().id
    moves = in_safe_order(
        (Stretch(one.id, one.caregiver_id, one.starts_at, one.ends_at), targets[one.id][0])
        for one in governed
    )
    steps = [
        {
            "appointment_id": one.id,
            "kind": ChangeKind.CLOCK_CHANGED,
            "at": now,
            "by_id": actor_id,
            "from_starts_at": one.starts_at,
        }
        for one in governed
        if one.status is AppointmentStatus.CONFIRMED
    ]
    table = cast("Table", Appointment.__table__)
    query = (
        update(table)
        .where(table.c.id == bindparam("row"))
        .values(
            starts_at=bindparam("start"),
            ends_at=bindparam("end"),
            sequence=table.c.sequence + 1,
            updated_at=now,
        )
    )
    rows = [{"row": one.id, "start": start, "end": targets[one.id][1]} for one, start in moves]
    with overlap_is_a_refusal():
        if rows:
            db.session.connection().execute(query, rows)  # one after the other, in this order
    if steps:
        db.session.execute(insert(AppointmentChange), steps)
    for row in governed:
        db.session.expire(row, ["starts_at", "ends_at", "sequence", "updated_at"])


def _carry_along(
    event: TimeZoneChanged,
    governed: Sequence[Appointment],
    targets: dict[int, tuple[datetime, datetime]],
) -> None:
    """Let what is kept or closed by the same clock keep its hours too."""
    before, after = event.before, event.after
    held = [one.id for one in governed if one.status is AppointmentStatus.HELD]
    for proposal in list_open_proposals(held):
        proposal.starts_at = targets[proposal.hold_id][0]
    for offer in list_open_offers(event.bubble_id):
        offer.starts_at = nearest_hour(offer.starts_at, before, after)
    for freed in list_freed_there(event.bubble_id):
        freed.starts_at = nearest_hour(freed.starts_at, before, after)
        freed.ends_at = nearest_hour(freed.ends_at, before, after)
    for absence in list_governed_absences(event.bubble_id):
        length = absence.ends_at - absence.starts_at
        absence.starts_at = nearest_hour(absence.starts_at, before, after)
        absence.ends_at = nearest_hour(absence.ends_at, before, after)
        if absence.ends_at <= absence.starts_at:  # the clocks skip all of it
            absence.ends_at = absence.starts_at + length


def _tell(event: TimeZoneChanged, confirmed: Sequence[Appointment]) -> None:
    """Tell each person once; who made the change and keeps no appointment knows it already."""
    told = map_told({one.enrolment.patient_id for one in confirmed})
    groups: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for one in confirmed:
        groups[one.caregiver_id, True].append(one.id)
        for user in told[one.enrolment.patient_id]:
            if user.id != one.caregiver_id:
                groups[user.id, False].append(one.id)
        if not told[one.enrolment.patient_id] and event.keep is Kept.INSTANTS:
            call_if_unreachable(one, CallReason.MOVED)
    for number, ((user_id, is_caregiver), ids) in enumerate(groups.items()):
        notice = {
            "reader": user_id,
            "is_caregiver": is_caregiver,
            "appointments": ids,
            "before": event.before,
            "keep": Kept(event.keep or Kept.HOURS).value,
        }
        if number < TOLD_AT_ONCE:
            _mail(notice)
        else:
            outbox.enqueue(KIND, notice)


def _tell_who_was_asked(event: TimeZoneChanged, governed: Sequence[Appointment]) -> None:
    """Write again to who has an hour to answer: it, or their delay, is read otherwise by now."""
    now = clock.now()
    held = [one.id for one in governed if one.status is AppointmentStatus.HELD]
    proposals = [one for one in list_open_proposals(held) if one.expires_at > now]
    offers = [one for one in list_open_offers(event.bubble_id) if one.expires_at > now]
    enrolments = [one.appointment.enrolment for one in proposals]
    enrolments += [one.entry.enrolment for one in offers]
    told = map_told({one.patient_id for one in enrolments})
    for proposal in proposals:
        for user in told[proposal.appointment.enrolment.patient_id]:
            moves.proposed(proposal, user, clock_change=event)
    for offer in offers:
        for user in told[offer.entry.enrolment.patient_id]:
            waiting.hour_offered(offer, user, clock_change=event)


def tell_later(_row_id: int, payload: dict[str, Any]) -> None:
    """Answer the outbox: write one of the mails that nobody waited for."""
    tell_of_clock(System("time zones"), INSTANCE, notice=payload)


@operation(ZoneChangePermission.TELL_CLOCK)
def tell_of_clock(_actor: Actor, _instance: Instance, *, notice: dict[str, Any]) -> None:
    """Tell one person that the clock of a place has become another."""
    _mail(notice)


def _mail(notice: dict[str, Any]) -> None:
    reader: User | None = get_user(notice["reader"])
    found = [
        one
        for one in list_whole(notice["appointments"])
        if one.status is AppointmentStatus.CONFIRMED and one.starts_at > clock.now()
    ]
    if reader is None or not found:
        return
    tell = mails.for_caregiver if notice["is_caregiver"] else mails.for_patient
    tell(found, reader, before=notice["before"], keep=Kept(notice["keep"]))
