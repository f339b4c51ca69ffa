"""What an act on one appointment reads under its lock, in one statement.

The row, who acts, the right that judges it, who is to hear of it; and of what is rare only whether
it is there, so that it is read, or written, then alone. Each subject above gives its columns in the
wiring, as for the frame of pages: ``ask("is_proposed", IS_PROPOSED)``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import aliased, contains_eager, load_only

from core.authorization import Actor, Known, fact_of_act
from core.database import db, id_of
from core.errors import NotFoundError
from core.statements import ME, READER, fixed
from patient.queries.places import guarded_by, guardian_right
from scheduling.agendas.models import ConsultationType
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from security.models import User

_columns: dict[str, ColumnElement[Any]] = {}


def ask(name: str, column: ColumnElement[Any]) -> None:
    """Have every act read a fact of its appointment: a scalar of ``Appointment``, ``Enrolment``.

    Registering twice changes nothing.
    """
    _columns[name] = column
    _statement.cache_clear()


def appointment_under_lock(actor: Actor, appointment: Appointment, **_asked: object) -> Known:
    """Read an appointment anew for a door, with who acts and what ``may_have`` answers.

    Raises:
        NotFoundError: it is no longer there.
    """
    number, me = id_of(appointment), id_of(actor)
    row: Any = db.session.execute(_statement(), {"appointment": number, "me": me}).one_or_none()
    if row is None:
        raise NotFoundError
    rights = {}
    if me is not None:
        rights[guardian_right(me, appointment.enrolment.patient_id)] = bool(row.is_guarded)
    return Known(rights=rights, facts={("appointment", number): row})


def facts_of(appointment_id: int) -> Any:
    """Return what the act under way has read about an appointment; None: it is not about that."""
    return fact_of_act(("appointment", appointment_id))


def may_have(appointment_id: int, name: str) -> bool:
    """Say whether something rare may be there: False only where it was read that it is not."""
    facts = facts_of(appointment_id)
    return facts is None or bool(getattr(facts, name))


@cache
def _statement() -> Any:
    return (
        select(
            Appointment,
            User,
            guarded_by(READER).label("is_guarded"),
            _has_kept().label("has_kept"),
            *(column.label(name) for name, column in _columns.items()),
        )
        .join(Appointment.enrolment)
        .join(Appointment.consultation_type)
        .outerjoin(User, User.id == ME)
        .where(Appointment.id == bindparam("appointment"))
        .options(
            contains_eager(Appointment.enrolment),
            contains_eager(Appointment.consultation_type).load_only(
                ConsultationType.cancellation_notice_minutes
            ),
            load_only(User.id),
        )
    )


def _has_kept() -> ColumnElement[bool]:
    """Some hour is kept until somebody says whether it moves there."""
    kept = aliased(Appointment)
    return (
        select(kept.id)
        .where(kept.instead_of_id == Appointment.id, kept.status == fixed(AppointmentStatus.HELD))
        .correlate(Appointment)
        .exists()
    )
