"""What stands in the way of bookings: promised hours, held ones, absences."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, literal, null, or_, select, union_all

from core import clock
from core.statements import NOW, fixed, rows
from scheduling.agendas.models import Absence
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.time.slots import Closed, Diary, Taken

MARGIN = timedelta(hours=50)
"""A whole day of the place, and the longest consultation, before and after what is asked for."""


def list_diaries(
    caregiver_ids: Collection[int],
    start: datetime,
    end: datetime,
    *,
    but: Collection[int] = (),
) -> dict[int, Diary]:
    """Map caregivers to what stands in their way, whole days around the stretch included.

    The appointments ``but`` stand in nobody's way.
    """
    by_caregiver: dict[int, tuple[list[Taken], list[Closed]]] = {
        caregiver_id: ([], []) for caregiver_id in caregiver_ids
    }
    if not by_caregiver:
        return {}
    values: dict[str, Any] = {
        "caregivers": list(by_caregiver),
        "after": start - MARGIN,
        "before": end + MARGIN,
        "now": clock.now(),
        "but": list(but),
    }
    standing: Any = rows(_IN_THE_WAY, **values)
    for (
        caregiver_id,
        agenda_id,
        type_id,
        begins,
        until,
        before,
        after,
    ) in standing:
        taken, closed = by_caregiver[caregiver_id]
        if type_id is None:
            closed.append(Closed(begins, until, agenda_id))
        else:
            taken.append(Taken(begins, until, before, after, type_id))
    return {
        caregiver_id: Diary(taken, closed) for caregiver_id, (taken, closed) in by_caregiver.items()
    }


_CAREGIVERS: Any = bindparam("caregivers", expanding=True)
_AFTER: Any = bindparam("after")
_BEFORE: Any = bindparam("before")
_BUT: Any = bindparam("but", expanding=True)


def _appointments() -> Select[*tuple[Any, ...]]:
    """Select what is promised, and what is kept for somebody for a while."""
    live_hold = and_(
        Appointment.status == fixed(AppointmentStatus.HELD),
        Appointment.held_until > NOW,
    )
    return select(
        Appointment.caregiver_id,
        Appointment.agenda_id,
        Appointment.consultation_type_id,
        Appointment.starts_at,
        Appointment.ends_at,
        Appointment.buffer_before_minutes,
        Appointment.buffer_after_minutes,
    ).where(
        Appointment.caregiver_id.in_(_CAREGIVERS),
        Appointment.starts_at > _AFTER,
        Appointment.starts_at < _BEFORE,
        Appointment.id.not_in(_BUT),
        or_(Appointment.status == fixed(AppointmentStatus.BOOKED), live_hold),
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
    ).where(
        Absence.user_id.in_(_CAREGIVERS),
        Absence.starts_at < _BEFORE,
        Absence.ends_at > _AFTER,
    )


_IN_THE_WAY: Any = union_all(_appointments(), _absences())
"""Put together once: every page of hours asks it."""
