"""What is done, one by one, with the appointments that an absence hits."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from core import clock
from core.authorization import operation
from core.database import db
from scheduling.agendas.models import Absence
from scheduling.agendas.queries.bookable import get_service
from scheduling.appointments.errors import BegunError, NotStandingError
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.changes import (
    end_proposal,
    lock,
    mark_cancelled,
    note_change,
    touch_agendas,
    withdraw_proposals,
)
from scheduling.appointments.operations.changing import (
    move,
    others_concerned,
    service_of,
    tell_of_move,
)
from scheduling.appointments.operations.taking import (
    add_appointment,
    release,
    require_free,
    require_reason,
)
from scheduling.appointments.queries.locks import lock_agenda
from scheduling.appointments.vocabulary import AppointmentStatus, ChangeKind
from scheduling.notices import emails
from scheduling.notices.emails import moves
from scheduling.notices.models import CallTask
from scheduling.notices.operations.calls import call_if_unreachable
from scheduling.notices.vocabulary import CallReason
from scheduling.replanning.errors import ProposalEndedError
from scheduling.replanning.models import AbsenceSettlement, HourProposal
from scheduling.replanning.policy import ReplanningPermission
from scheduling.replanning.vocabulary import AbsenceDecision, ProposalAnswer
from scheduling.waiting_list.operations.freed_hours import wait_from
from security.models import User

ANSWER_WITHIN = timedelta(hours=48)
"""How long a proposed hour is kept, at most; never beyond two hours before either appointment."""
LAST_ANSWER = timedelta(hours=2)


@operation(ReplanningPermission.HAND_OVER)
def hand_over(
    actor: User,
    appointment: Appointment,
    *,
    colleague: User,
    starts_at: datetime,
    absence: Absence | None = None,
) -> Appointment:
    """Give the patient a colleague's free hour in place of one's own, and tell both.

    It is another person's time: the old appointment is cancelled for every calendar, the new one
    has a name of its own. The colleague's rules hold: nobody overrides them from outside.

    Raises:
        NotStandingError: it was cancelled meanwhile.
        NotBookableError: the colleague does not offer this type to this patient.
        NotOfferedError: a rule of the colleague's agenda is in the way.
        SlotTakenError: somebody has that hour.
    """
    colleague_id = colleague.id
    lock_agenda(appointment.caregiver_id, colleague_id, actor.id)
    _require_to_come(appointment, actor)
    offer = get_service(
        appointment.enrolment_id, colleague_id, appointment.consultation_type_id, is_online=False
    )
    release(offer, starts_at)
    require_free(offer, starts_at)
    mark_cancelled(appointment, actor.id)
    note_change(appointment, ChangeKind.CANCELLED, actor.id)
    withdraw_proposals(appointment.id)
    made = add_appointment(
        offer,
        starts_at,
        status=AppointmentStatus.CONFIRMED,
        confirmed_at=clock.now(),
        booked_by_id=actor.id,
    )
    note_change(made, ChangeKind.BOOKED, actor.id, from_starts_at=appointment.starts_at)
    wait_from(made)
    touch_agendas([appointment.agenda_id, made.agenda_id])
    emails.booked(made)
    for guardian in others_concerned(made, actor.id):
        moves.moved(made, guardian, instead_of=appointment)
    call_if_unreachable(made, CallReason.MOVED)
    _settle(absence, appointment, AbsenceDecision.COLLEAGUE, actor)
    return made


@operation(ReplanningPermission.PROPOSE)
def propose_hour(
    actor: User, appointment: Appointment, *, starts_at: datetime, absence: Absence | None = None
) -> HourProposal:
    """Keep a new hour and ask the patient; the old appointment stands until they accept.

    Raises:
        NotStandingError: it was cancelled meanwhile.
        BegunError: too little time is left for an answer.
        RuleBrokenError: a rule of the agenda is in the way.
        SlotTakenError: somebody has that hour.
    """
    _require_to_come(appointment, actor)
    now = clock.now()
    expires_at = min(
        now + ANSWER_WITHIN, starts_at - LAST_ANSWER, appointment.starts_at - LAST_ANSWER
    )
    if expires_at <= now:
        raise BegunError
    withdraw_proposals(appointment.id)
    offer = service_of(appointment)
    release(offer, starts_at)
    require_reason(offer, starts_at, "", except_id=appointment.id)
    hold = add_appointment(offer, starts_at, status=AppointmentStatus.HELD, held_until=expires_at)
    proposal = HourProposal(
        appointment=appointment,
        hold=hold,
        starts_at=starts_at,
        expires_at=expires_at,
        created_at=now,
        created_by_id=actor.id,
    )
    db.session.add(proposal)
    db.session.flush()  # its number is in the mail
    for guardian in others_concerned(appointment, actor.id):
        moves.proposed(proposal, guardian)
    _settle(absence, appointment, AbsenceDecision.PROPOSED, actor)
    return proposal


@operation(ReplanningPermission.ANSWER_PROPOSAL)
def answer_proposal(actor: User, proposal: HourProposal, *, accepts: bool) -> None:
    """Move the appointment to the proposed hour, or leave everything as it is. Twice is once.

    The rules were judged when the hour was proposed: they are not held against the answer.

    Raises:
        ProposalEndedError: it was answered, withdrawn, or waited too long.
        SlotTakenError: the hour went to somebody else all the same.
    """
    appointment = proposal.appointment
    lock(appointment, actor)
    db.session.refresh(proposal, ["answered_at", "answer", "expires_at"])
    stands = appointment.status is AppointmentStatus.CONFIRMED
    if stands and _is_said(proposal, accepts=accepts):
        return
    if not stands or not proposal.is_open(clock.now()):
        raise ProposalEndedError
    if not accepts:
        end_proposal(proposal, ProposalAnswer.REFUSED)
        moves.answered(proposal)
        return
    end_proposal(proposal, ProposalAnswer.ACCEPTED)
    db.session.flush()  # the kept hour is given up before the appointment takes it
    move(appointment, service_of(appointment), proposal.starts_at, actor.id)
    moves.answered(proposal)
    tell_of_move(appointment, appointment.caregiver_id)


@operation(ReplanningPermission.ASK_TO_CALL)
def ask_to_call(
    actor: User, appointment: Appointment, *, absence: Absence | None = None
) -> CallTask:
    """Put the patient on the list of those to call. Twice is once.

    Raises:
        NotStandingError: it was cancelled meanwhile.
    """
    _require_to_come(appointment, actor)
    task = db.session.scalar(
        select(CallTask).where(
            CallTask.appointment_id == appointment.id,
            CallTask.sequence == appointment.sequence,
            CallTask.reason == CallReason.ABSENCE,
        )
    )
    if task is None:
        task = CallTask(
            appointment_id=appointment.id,
            sequence=appointment.sequence,
            reason=CallReason.ABSENCE,
            created_at=clock.now(),
        )
        db.session.add(task)
    withdraw_proposals(appointment.id)
    _settle(absence, appointment, AbsenceDecision.CALL, actor)
    return task


@operation(ReplanningPermission.SETTLE)
def keep_anyway(actor: User, appointment: Appointment, *, absence: Absence) -> None:
    """Honour it in spite of the absence. Twice is once."""
    _require_to_come(appointment, actor)
    withdraw_proposals(appointment.id)
    _settle(absence, appointment, AbsenceDecision.KEPT, actor)


def _is_said(proposal: HourProposal, *, accepts: bool) -> bool:
    """Say whether this very answer was given, and is what stands."""
    if accepts:
        is_there = proposal.appointment.starts_at == proposal.starts_at
        return proposal.answer is ProposalAnswer.ACCEPTED and is_there
    return proposal.answer is ProposalAnswer.REFUSED


def _require_to_come(appointment: Appointment, actor: User) -> None:
    lock(appointment, actor)
    if appointment.status is not AppointmentStatus.CONFIRMED:
        raise NotStandingError
    if clock.now() >= appointment.starts_at:
        raise BegunError


def _settle(
    absence: Absence | None, appointment: Appointment, decision: AbsenceDecision, actor: User
) -> None:
    """Note what was decided; the last decision counts."""
    if absence is None:
        return
    settlement = db.session.scalar(
        select(AbsenceSettlement).where(
            AbsenceSettlement.absence_id == absence.id,
            AbsenceSettlement.appointment_id == appointment.id,
        )
    )
    if settlement is None:
        settlement = AbsenceSettlement(absence_id=absence.id, appointment_id=appointment.id)
        db.session.add(settlement)
    settlement.decision = decision
    settlement.decided_at, settlement.decided_by_id = clock.now(), actor.id
