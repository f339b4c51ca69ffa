"""What stands in the way of bookings: promised hours, held ones, offered ones, absences."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, literal, null, or_, select, union_all

from core import clock
from core.statements import NOW, rows
from scheduling.agendas.models import Absence, ConsultationType
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.time.slots import Closed, Diary, Taken
from scheduling.waiting_list.models import WaitingListEntry, WaitingListOffer

MARGIN = timedelta(hours=50)
"""A whole day of the place, and the longest consultation, before and after what is asked for."""
_NOBODY = -1


def list_diaries(
    caregiver_ids: Collection[int],
    start: datetime,
    end: datetime,
    *,
    for_user_id: int | None = None,
    for_entry_id: int | None = None,
    except_id: int | None = None,
) -> dict[int, Diary]:
    """Map caregivers to what stands in their way, whole days around the stretch included.

    What ``for_user_id`` holds, what is offered to the waiting list's ``for_entry_id``, and the
    appointment ``except_id``, which is being moved, stand in nobody's way.
    """
    found: dict[int, tuple[list[Taken], list[Closed]]] = {one: ([], []) for one in caregiver_ids}
    if not found:
        return {}
    values: dict[str, Any] = {
        "caregivers": list(found),
        "after": start - MARGIN,
        "before": end + MARGIN,
        "now": clock.now(),
        "mine": for_user_id or _NOBODY,
        "entry": for_entry_id or _NOBODY,
        "moved": except_id or _NOBODY,
    }
    standing: Any = rows(_IN_THE_WAY, **values)
    for (
        caregiver_id,
        agenda_id,
        type_id,
        begins,
        ends,
        minutes,
        before,
        after,
    ) in standing:
        taken, closed = found[caregiver_id]
        until = begins + timedelta(minutes=minutes) if ends is None else ends
        if type_id is None:
            closed.append(Closed(begins, until, agenda_id))
        else:
            taken.append(Taken(begins, until, before, after, type_id))
    return {one: Diary(taken, closed) for one, (taken, closed) in found.items()}


def list_busy(
    caregiver_id: int,
    start: datetime,
    end: datetime,
    *,
    for_user_id: int | None = None,
    for_entry_id: int | None = None,
    except_id: int | None = None,
) -> list[tuple[datetime, datetime]]:
    """Return when the caregiver's time is promised, held or offered, in every bubble, in order.

    The time before and after that goes with each is part of it.
    """
    diary = list_diaries(
        [caregiver_id],
        start,
        end,
        for_user_id=for_user_id,
        for_entry_id=for_entry_id,
        except_id=except_id,
    )[caregiver_id]
    whole = (one.whole for one in diary.taken)
    return sorted((begins, ends) for begins, ends in whole if begins < end and start < ends)


_CAREGIVERS: Any = bindparam("caregivers", expanding=True)
_AFTER: Any = bindparam("after")
_BEFORE: Any = bindparam("before")


def _appointments() -> Select[*tuple[Any, ...]]:
    """Select what is promised, and what somebody else holds for a moment."""
    live_hold = and_(
        Appointment.status == AppointmentStatus.HELD,
        Appointment.held_until > NOW,
        func.coalesce(Appointment.booked_by_id, 0) != bindparam("mine"),
    )
    return select(
        Appointment.caregiver_id,
        Appointment.agenda_id,
        Appointment.consultation_type_id,
        Appointment.starts_at,
        Appointment.ends_at,
        literal(0),
        Appointment.buffer_before_minutes,
        Appointment.buffer_after_minutes,
    ).where(
        Appointment.caregiver_id.in_(_CAREGIVERS),
        Appointment.starts_at > _AFTER,
        Appointment.starts_at < _BEFORE,
        Appointment.id != bindparam("moved"),
        or_(Appointment.status == AppointmentStatus.CONFIRMED, live_hold),
    )


def _waiting_list_offers() -> Select[*tuple[Any, ...]]:
    """Select the hours kept for others of the waiting list; their end follows from the type."""
    return (
        select(
            WaitingListOffer.caregiver_id,
            null(),
            WaitingListEntry.consultation_type_id,
            WaitingListOffer.starts_at,
            null(),
            ConsultationType.duration_minutes,
            ConsultationType.buffer_before_minutes,
            ConsultationType.buffer_after_minutes,
        )
        .join(WaitingListEntry, WaitingListEntry.id == WaitingListOffer.entry_id)
        .join(ConsultationType, ConsultationType.id == WaitingListEntry.consultation_type_id)
        .where(
            WaitingListOffer.caregiver_id.in_(_CAREGIVERS),
            WaitingListOffer.starts_at > _AFTER,
            WaitingListOffer.starts_at < _BEFORE,
            WaitingListOffer.answered_at.is_(None),
            WaitingListOffer.expires_at > NOW,
            WaitingListEntry.ended_at.is_(None),
            WaitingListOffer.entry_id != bindparam("entry"),
        )
    )


def _absences() -> Select[*tuple[Any, ...]]:
    """Select when one agenda, or all of somebody's, are closed."""
    return select(
        Absence.user_id,
        Absence.agenda_id,
        null(),
        Absence.starts_at,
        Absence.ends_at,
        literal(0),
        literal(0),
        literal(0),
    ).where(
        Absence.user_id.in_(_CAREGIVERS),
        Absence.starts_at < _BEFORE,
        Absence.ends_at > _AFTER,
    )


_IN_THE_WAY: Any = union_all(_appointments(), _waiting_list_offers(), _absences())
"""Put together once: every page of hours asks it."""
