"""When a caregiver takes no appointment: absences, blocked time, public holidays.

An absence cancels nothing: what it hits is looked at, one by one, by who is absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core import clock, tokens
from core.authorization import Wait, operation
from core.database import db
from core.errors import NotFoundError
from core.events import publish
from core.idempotency import once
from scheduling.agendas.errors import WrongAbsenceError
from scheduling.agendas.events import AbsenceRemoved
from scheduling.agendas.models import Absence, Agenda
from scheduling.agendas.policy import AgendaPermission
from scheduling.agendas.queries.absences import known_beginnings, list_series
from scheduling.agendas.queries.locks import agendas_of
from scheduling.agendas.vocabulary import AbsenceKind
from scheduling.time.intervals import Period
from scheduling.time.recurrence import MOST
from security.models import User


def _their_agenda(_actor: User, caregiver: User, **_asked: object) -> Wait:
    return agendas_of(caregiver.id)


@operation(AgendaPermission.ADD_ABSENCE, lock=_their_agenda)
def add_absence(
    actor: User,
    caregiver: User,
    *,
    kind: AbsenceKind,
    stretches: Sequence[tuple[datetime, datetime]],
    agenda: Agenda | None = None,
    reason: str = "",
    key: str | None = None,
) -> list[Absence]:
    """Close one agenda, or all of them, during each of the stretches; they form one series.

    Raises:
        WrongAbsenceError: there is none, more than a hundred and four, or one ends too early.
        NotFoundError: the agenda is somebody else's, or closed.
    """
    if agenda is not None and (agenda.user_id != caregiver.id or agenda.closed_at is not None):
        raise NotFoundError
    if not 0 < len(stretches) <= MOST or any(end <= start for start, end in stretches):
        raise WrongAbsenceError
    agenda_id = agenda.id if agenda else None

    def write() -> int:
        series = tokens.new_token()[:40] if len(stretches) > 1 else None
        rows = [
            Absence(
                user_id=caregiver.id,
                agenda_id=agenda_id,
                kind=kind,
                starts_at=start,
                ends_at=end,
                reason=reason,
                series=series,
                created_at=clock.now(),
                created_by_id=actor.id,
            )
            for start, end in stretches
        ]
        db.session.add_all(rows)
        db.session.flush()  # its number answers a second request
        return rows[0].id

    request = f"{agenda_id}/{kind}/{stretches!r}"
    first = db.session.get(Absence, once(actor.id, "add_absence", key, request, write))
    if first is None:
        raise NotFoundError
    return list_series(first)


@operation(AgendaPermission.ADD_ABSENCE, lock=_their_agenda)
def add_public_holidays(
    actor: User, caregiver: User, *, days: Sequence[tuple[datetime, datetime, str]]
) -> list[Absence]:
    """Close every agenda on these days, each with its name; those already closed so are left."""
    known = known_beginnings(caregiver.id, AbsenceKind.PUBLIC_HOLIDAY)
    rows = [
        Absence(
            user_id=caregiver.id,
            kind=AbsenceKind.PUBLIC_HOLIDAY,
            starts_at=start,
            ends_at=end,
            reason=name,
            created_at=clock.now(),
            created_by_id=actor.id,
        )
        for start, end, name in days
        if start not in known
    ]
    db.session.add_all(rows)
    db.session.flush()  # what they hit is asked for next
    return rows


@operation(AgendaPermission.REMOVE_ABSENCE)
def remove_absence(_actor: User, absence: Absence, *, is_whole_series: bool = False) -> None:
    """Be there after all, once or for the whole series."""
    ended = list_series(absence) if is_whole_series else [absence]
    periods = [Period(occurrence.starts_at, occurrence.ends_at) for occurrence in ended]
    publish(AbsenceRemoved(absence.user_id, periods))
    for occurrence in ended:
        db.session.delete(occurrence)
