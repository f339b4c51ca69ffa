"""What every change of an appointment does: its row, its history, the calendar links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from core import clock
from core.database import db
from scheduling.agendas.operations.versions import touch_agendas as touch_agendas  # noqa: PLC0414
from scheduling.appointments.models import Appointment, AppointmentChange
from scheduling.appointments.policy import LinkHolder
from scheduling.appointments.queries.locks import lock_agenda
from scheduling.appointments.vocabulary import AppointmentStatus, ChangeKind
from scheduling.notices.operations.links import link_of
from scheduling.replanning.models import HourProposal
from scheduling.replanning.vocabulary import ProposalAnswer
from scheduling.waiting_list.operations.freed_hours import note_freed
from security.models import User

JUDGED = (
    "status",
    "starts_at",
    "ends_at",
    "sequence",
    "held_until",
    "hold_extended",
    "confirmed_at",
    "attendance",
)
"""What another writer may have changed while one waited."""


def lock(appointment: Appointment, actor: User | LinkHolder) -> None:
    """Wait for one's turn, then look at the row as it has become meanwhile."""
    people = (appointment.caregiver_id, actor.id)
    lock_agenda(*(one for one in people if one is not None))
    db.session.refresh(appointment, JUDGED)


def mark_cancelled(appointment: Appointment, by: int | None) -> None:
    now = clock.now()
    appointment.status = AppointmentStatus.CANCELLED
    appointment.cancelled_at = appointment.updated_at = now
    appointment.cancelled_by_id = by
    appointment.sequence += 1
    note_freed(appointment.caregiver_id, appointment.starts_at, appointment.ends_at)


def note_change(
    appointment: Appointment,
    kind: ChangeKind,
    by: int | None,
    *,
    from_starts_at: datetime | None = None,
) -> None:
    """Keep one step of its life, for those who look after it; what is told of it has a link."""
    link_of(appointment)
    db.session.add(
        AppointmentChange(
            appointment_id=appointment.id,
            kind=kind,
            at=clock.now(),
            by_id=by,
            from_starts_at=from_starts_at,
        )
    )


def withdraw_proposals(appointment_id: int) -> None:
    """End the proposal of a new hour that is still open, and free the hour kept for it."""
    proposal = db.session.scalar(
        select(HourProposal).where(
            HourProposal.appointment_id == appointment_id, HourProposal.answered_at.is_(None)
        )
    )
    if proposal is not None:
        end_proposal(proposal, ProposalAnswer.WITHDRAWN)


def end_proposal(proposal: HourProposal, answer: ProposalAnswer) -> None:
    """Note how a proposal ended, and free the hour kept for it."""
    proposal.answered_at, proposal.answer = clock.now(), answer
    if proposal.hold.status is AppointmentStatus.HELD:
        mark_cancelled(proposal.hold, None)
