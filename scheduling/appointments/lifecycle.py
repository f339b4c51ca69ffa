"""The life of an appointment: the only writers of its status and its times.

Held for somebody, booked, moved, cancelled, marked. Each transition writes the row and, of what was
promised, its line of history; holds that run out leave none. The act as a whole is published once,
as ``AppointmentsChanged``: calendars, the waiting list, replanning and notices follow from that
fact, in the order that ``scheduling.wiring`` writes down. Whoever calls holds the lock of the
agendas concerned (``queries.locks``) and has judged the rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, insert, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from core import clock, tokens
from core.database import db, reference
from core.events import publish
from core.sealed_text import RowText
from core.statements import rows
from scheduling.agendas.queries.bookable import BookableService
from scheduling.appointments.errors import SlotTakenError
from scheduling.appointments.events import AppointmentsChanged, Cause, Change
from scheduling.appointments.models import OVERLAP_GUARD, Appointment, AppointmentChange
from scheduling.appointments.vocabulary import AppointmentStatus, Attendance, ChangeKind, HeldFor
from scheduling.time.intervals import Period

MARKS = {Attendance.FULFILLED: ChangeKind.FULFILLED, Attendance.NOSHOW: ChangeKind.NOSHOW}
_TABLE = cast("Table", Appointment.__table__)
_WRITE = update(_TABLE).where(_TABLE.c.id == bindparam("row"))
"""The columns are those that the values name."""
_ADD = insert(_TABLE).returning(Appointment.id)
_ADD_CHANGE = insert(AppointmentChange)


@dataclass
class _Fact:
    """What the act under way has changed so far."""

    cause: Cause
    changes: list[Change] = field(default_factory=list)


_under_way: ContextVar[_Fact | None] = ContextVar("appointments_changed", default=None)


@contextmanager
def one_fact(cause: Cause = Cause.ACT) -> Iterator[None]:
    """Let several transitions of one act be published as one fact, at the end."""
    fact = _Fact(cause)
    token = _under_way.set(fact)
    try:
        yield
    finally:
        _under_way.reset(token)
    _publish(fact)


def hold(
    service: BookableService,
    starts_at: datetime,
    *,
    held_for: HeldFor,
    until: datetime,
    **facts: Any,
) -> Appointment:
    """Keep an hour until an instant; nobody is told.

    Raises:
        SlotTakenError: the database knows a live appointment at that time.
    """
    now = clock.now()
    values = {
        "caregiver_id": service.caregiver_id,
        "agenda_id": service.agenda_id,
        "enrolment_id": service.enrolment_id,
        "consultation_type_id": service.type_id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=service.duration),
        "buffer_before_minutes": service.buffer_before,
        "buffer_after_minutes": service.buffer_after,
        "status": AppointmentStatus.HELD,
        "held_for": held_for,
        "held_until": until,
        "hold_extended": False,
        "uid": f"{tokens.new_token()}@alveole",
        "sequence": 0,
        "created_at": now,
        "updated_at": now,
        **facts,
    }
    with overlap_is_a_refusal():  # the database's own word on overlaps is asked here
        number = rows(_ADD, **values).scalar_one()
    appointment = reference(Appointment, number)
    _have(appointment, values)
    return appointment


def extend(appointment: Appointment, until: datetime) -> None:
    """Keep a held hour for longer."""
    appointment.held_until = until
    appointment.hold_extended = True
    appointment.updated_at = clock.now()


def book(
    holds: Sequence[Appointment],
    *,
    by: int | None,
    replaces: Appointment | None = None,
) -> None:
    """Promise what is held; several at once are repetitions of one.

    ``replaces``: the appointment that gives way, with whomever; it is cancelled in the same fact.
    """
    now = clock.now()
    booked = {"status": AppointmentStatus.BOOKED, "confirmed_at": now, "updated_at": now}
    _write([(appointment, booked) for appointment in holds])
    changes = []
    if replaces is not None:
        changes += _cancelled([replaces], by, replaced_by=holds[0].id)
    changes += [
        _change(
            appointment,
            ChangeKind.BOOKED,
            by,
            before=_period(replaces) if replaces else None,
            after=_period(appointment),
            replaces=replaces.id if replaces else None,
        )
        for appointment in holds
    ]
    _note(changes)


def move(
    appointment: Appointment, service: BookableService, starts_at: datetime, *, by: int | None
) -> None:
    """Give it another hour of its caregiver: its UID stays, its SEQUENCE grows.

    Raises:
        SlotTakenError: the database knows a live appointment at that time.
    """
    before = _period(appointment)
    moved = {
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=service.duration),
        "buffer_before_minutes": service.buffer_before,
        "buffer_after_minutes": service.buffer_after,
        "sequence": appointment.sequence + 1,
        "updated_at": clock.now(),
    }
    with overlap_is_a_refusal():  # the database's own word on overlaps is asked here
        _write([(appointment, moved)])
    here = _period(appointment)
    _note([_change(appointment, ChangeKind.MOVED, by, before=before, after=here)])


def follow_zone(
    appointments: Mapping[int, Appointment],
    targets: Sequence[tuple[int, Period]],
    *,
    by: int | None,
) -> None:
    """Move many at once because their bubble is on another clock, in the order of ``targets``.

    Raises:
        SlotTakenError: one of them would lie on another.
    """
    now = clock.now()
    former = {id_: _period(appointments[id_]) for id_, _to in targets}
    moved = [
        (
            appointments[id_],
            {
                "starts_at": to.starts_at,
                "ends_at": to.ends_at,
                "sequence": appointments[id_].sequence + 1,
                "updated_at": now,
            },
        )
        for id_, to in targets
    ]
    with overlap_is_a_refusal():
        _write(moved)  # one after the other, in this order
    _note(
        [
            _change(
                appointments[id_],
                ChangeKind.CLOCK_CHANGED,
                by,
                before=former[id_],
                after=to,
            )
            for id_, to in targets
            if appointments[id_].status is AppointmentStatus.BOOKED
        ]
    )


def cancel(appointments: Sequence[Appointment], *, by: int | None, reason: str = "") -> None:
    """Free these hours at once; what was only held is given up, and nobody is told.

    ``reason`` is read behind the sign-in only, never in a message.
    """
    _note(_cancelled(appointments, by, reason))


def mark(appointment: Appointment, attendance: Attendance | None, *, by: int | None) -> None:
    """Note that the patient came, or did not; None takes back what was noted."""
    appointment.attendance = attendance
    appointment.attendance_noted_at = clock.now() if attendance else None
    if attendance is not None:
        here = _period(appointment)
        _note([_change(appointment, MARKS[attendance], by, before=here, after=here)])


def give_up_run_out(
    caregiver_ids: Collection[int], within: Period | None = None, *, of_user_id: int | None = None
) -> None:
    """Give up the holds of these people's time that have run out, and what ``of_user_id`` holds.

    ``within``: only those that touch a stretch. Whoever had them may still confirm while nobody
    took the time, so the waiting list counts such an hour by itself, see ``waiting_list.queries``.
    """
    now = clock.now()
    over = [Appointment.caregiver_id.in_(caregiver_ids), Appointment.held_until <= now]
    if within is not None:
        over += [Appointment.starts_at < within.ends_at, Appointment.ends_at > within.starts_at]
    which = and_(*over)
    if of_user_id is not None:
        is_theirs = and_(
            Appointment.held_for == HeldFor.PERSON, Appointment.booked_by_id == of_user_id
        )
        which = or_(is_theirs, which)
    db.session.execute(
        update(Appointment)
        .where(Appointment.status == AppointmentStatus.HELD, which)
        .values(status=AppointmentStatus.CANCELLED, cancelled_at=now, updated_at=now)
        .execution_options(synchronize_session=False)  # nobody goes on with these rows
    )


@contextmanager
def overlap_is_a_refusal() -> Iterator[None]:
    """Let the database's own word on overlaps be understood by people."""
    try:
        yield
    except IntegrityError as error:
        if OVERLAP_GUARD in str(error.orig):
            raise SlotTakenError from error
        raise


def _cancelled(
    appointments: Sequence[Appointment],
    by: int | None,
    reason: str = "",
    *,
    replaced_by: int | None = None,
) -> list[Change]:
    now = clock.now()
    promised = [appointment.is_known_to_caregiver for appointment in appointments]
    _write(
        [
            (
                appointment,
                {
                    "status": AppointmentStatus.CANCELLED,
                    "cancelled_at": now,
                    "updated_at": now,
                    "cancelled_by_id": by,
                    "cancellation_reason": RowText(reason, appointment.id)
                    if was_promised and reason
                    else None,
                    "sequence": appointment.sequence + 1,
                },
            )
            for appointment, was_promised in zip(appointments, promised, strict=True)
        ],
    )
    return [
        _change(
            appointment,
            ChangeKind.CANCELLED,
            by,
            before=_period(appointment),
            is_promised=was_promised,
            replaced_by=replaced_by,
        )
        for appointment, was_promised in zip(appointments, promised, strict=True)
    ]


def _write(changed: Sequence[tuple[Appointment, Mapping[str, Any]]]) -> None:
    """Write values of the same columns to these rows, and have them here as they are there."""
    if not changed:
        return
    rows(_WRITE, [{"row": appointment.id, **values} for appointment, values in changed])
    for appointment, values in changed:
        _have(appointment, values)


def _have(appointment: Appointment, values: Mapping[str, Any]) -> None:
    """Know a row here as the database has it now: it is not read again."""
    for name, value in values.items():
        set_committed_value(appointment, name, value)


def _period(appointment: Appointment) -> Period:
    return Period(appointment.starts_at, appointment.ends_at)


def _change(
    appointment: Appointment,
    kind: ChangeKind,
    by: int | None,
    *,
    before: Period | None = None,
    after: Period | None = None,
    is_promised: bool = True,
    replaces: int | None = None,
    replaced_by: int | None = None,
) -> Change:
    return Change(
        appointment_id=appointment.id,
        kind=kind,
        by=by,
        enrolment_id=appointment.enrolment_id,
        patient_id=appointment.enrolment.patient_id,
        caregiver_id=appointment.caregiver_id,
        agenda_id=appointment.agenda_id,
        type_id=appointment.consultation_type_id,
        sequence=appointment.sequence,
        before=before,
        after=after,
        is_promised=is_promised,
        held_for=appointment.held_for,
        replaces=replaces,
        replaced_by=replaced_by,
    )


def _note(changes: Sequence[Change]) -> None:
    """Keep each step for those who look after the appointment, and say it once."""
    if not changes:
        return
    now = clock.now()
    history = [
        {
            "appointment_id": change.appointment_id,
            "kind": change.kind,
            "at": now,
            "by_id": change.by,
            "from_starts_at": _came_from(change),
        }
        for change in changes
        if change.is_promised
    ]
    if history:
        rows(_ADD_CHANGE, history)
    if (fact := _under_way.get()) is None:
        _publish(_Fact(Cause.ACT, list(changes)))
    else:
        fact.changes.extend(changes)


def _came_from(change: Change) -> datetime | None:
    """Return the former hour of what has another one now."""
    has_both = change.before is not None and change.after is not None
    is_mark = change.kind in MARKS.values()
    return change.before.starts_at if has_both and change.before and not is_mark else None


def _publish(fact: _Fact) -> None:
    if fact.changes:
        publish(AppointmentsChanged(tuple(fact.changes), fact.cause))
