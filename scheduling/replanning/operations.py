"""What is done, one by one, with the appointments that an absence hits."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select

from core import clock
from core.authorization import Wait, consequence, operation
from core.database import db
from core.events import publish
from scheduling.agendas.models import Absence
from scheduling.agendas.queries.bookable import get_service
from scheduling.agendas.queries.locks import agendas_of
from scheduling.appointments import lifecycle
from scheduling.appointments.errors import BegunError, NotStandingError
from scheduling.appointments.events import Cause
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.calls import add_call
from scheduling.appointments.queries.appointments import list_kept_for
from scheduling.appointments.queries.locks import agendas_of_appointment
from scheduling.appointments.rules import require_free, require_reason, service_of
from scheduling.appointments.vocabulary import AppointmentStatus, CallReason, HeldFor
from scheduling.replanning.errors import ProposalEndedError
from scheduling.replanning.events import HourProposed, ProposalAnswered
from scheduling.replanning.models import AbsenceSettlement, HourProposal
from scheduling.replanning.policy import ReplanningPermission
from scheduling.replanning.queries import list_unanswered
from scheduling.replanning.vocabulary import AbsenceDecision, ProposalAnswer
from security.models import User

ANSWER_WITHIN = timedelta(hours=48)
"""How long a proposed hour is kept, at most; never beyond two hours before either appointment."""
LAST_ANSWER = timedelta(hours=2)


def _both_agendas(
    actor: User, appointment: Appointment, *, colleague: User, **_asked: object
) -> Wait:
    return agendas_of(appointment.caregiver_id, colleague.id, actor.id)


def _agenda_of_proposal(actor: User, proposal: HourProposal, **_asked: object) -> Wait:
    return agendas_of_appointment(actor, proposal.appointment)


@operation(ReplanningPermission.HAND_OVER, lock=_both_agendas)
def hand_over(
    actor: User,
    appointment: Appointment,
    *,
    colleague: User,
    starts_at: datetime,
    absence: Absence | None = None,
) -> Appointment:
    """Give the patient a colleague's free hour in place of one's own.

    It is another person's time: the old appointment is cancelled for every calendar, the new one
    has a name of its own. The colleague's rules hold: nobody overrides them from outside.

    Raises:
        NotStandingError: it was cancelled meanwhile.
        NotBookableError: the colleague does not offer this type to this patient.
        NotOfferedError: a rule of the colleague's agenda is in the way.
        SlotTakenError: somebody has that hour.
    """
    _require_to_come(appointment)
    service = get_service(
        appointment.enrolment_id, colleague.id, appointment.consultation_type_id, is_online=False
    )
    with lifecycle.one_fact():
        lifecycle.cancel(list_kept_for(appointment.id), by=None)
        lifecycle.give_up_run_out([service.caregiver_id], service.period_at(starts_at))
        require_free(service, starts_at)
        held = lifecycle.hold(
            service,
            starts_at,
            held_for=HeldFor.PERSON,
            until=clock.now(),
            booked_by_id=actor.id,
        )
        lifecycle.book([held], by=actor.id, replaces=appointment)
    _settle(absence, appointment, AbsenceDecision.COLLEAGUE, actor)
    return held


@operation(ReplanningPermission.PROPOSE, lock=agendas_of_appointment)
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
    _require_to_come(appointment)
    now = clock.now()
    expires_at = min(
        now + ANSWER_WITHIN, starts_at - LAST_ANSWER, appointment.starts_at - LAST_ANSWER
    )
    if expires_at <= now:
        raise BegunError
    service = service_of(appointment)
    lifecycle.cancel(list_kept_for(appointment.id), by=None)
    lifecycle.give_up_run_out([service.caregiver_id], service.period_at(starts_at))
    require_reason(service, starts_at, "", but=[appointment.id])
    proposal = HourProposal(
        appointment=appointment,
        hold=lifecycle.hold(
            service,
            starts_at,
            held_for=HeldFor.PROPOSAL,
            until=expires_at,
            instead_of_id=appointment.id,
        ),
        starts_at=starts_at,
        expires_at=expires_at,
        created_at=now,
        created_by_id=actor.id,
    )
    db.session.add(proposal)
    db.session.flush()  # its number is in the mail
    publish(HourProposed(proposal, by=actor.id))
    _settle(absence, appointment, AbsenceDecision.PROPOSED, actor)
    return proposal


@operation(ReplanningPermission.ANSWER_PROPOSAL, lock=_agenda_of_proposal)
def answer_proposal(actor: User, proposal: HourProposal, *, accepts: bool) -> None:
    """Move the appointment to the proposed hour, or leave everything as it is; idempotent.

    The rules were judged when the hour was proposed: they are not held against the answer.

    Raises:
        ProposalEndedError: it was answered, withdrawn, or waited too long.
        SlotTakenError: the hour went to somebody else all the same.
    """
    appointment = proposal.appointment
    stands = appointment.status is AppointmentStatus.BOOKED
    if stands and _is_said(proposal, accepts=accepts):
        return
    if not stands or not proposal.is_open(clock.now()):
        raise ProposalEndedError
    with lifecycle.one_fact(Cause.ANSWER):
        end_proposal(proposal, ProposalAnswer.ACCEPTED if accepts else ProposalAnswer.REFUSED)
        if accepts:
            service = service_of(appointment)
            lifecycle.move(appointment, service, proposal.starts_at, by=actor.id)
    publish(ProposalAnswered(proposal))


@operation(ReplanningPermission.ASK_TO_CALL, lock=agendas_of_appointment)
def ask_to_call(actor: User, appointment: Appointment, *, absence: Absence | None = None) -> None:
    """Put the patient on the list of those to call; idempotent.

    Raises:
        NotStandingError: it was cancelled meanwhile.
    """
    _require_to_come(appointment)
    add_call(appointment.id, appointment.sequence, CallReason.ABSENCE)
    lifecycle.cancel(list_kept_for(appointment.id), by=None)
    _settle(absence, appointment, AbsenceDecision.CALL, actor)


@operation(ReplanningPermission.SETTLE, lock=agendas_of_appointment)
def keep_anyway(actor: User, appointment: Appointment, *, absence: Absence) -> None:
    """Honour it in spite of the absence; idempotent."""
    _require_to_come(appointment)
    lifecycle.cancel(list_kept_for(appointment.id), by=None)
    _settle(absence, appointment, AbsenceDecision.KEPT, actor)


@consequence
def withdraw_proposals(appointment_ids: Collection[int]) -> None:
    """End what was proposed instead of these appointments, or is kept by them, unanswered."""
    for proposal in list_unanswered(appointment_ids):
        end_proposal(proposal, ProposalAnswer.WITHDRAWN)


def end_proposal(proposal: HourProposal, answer: ProposalAnswer) -> None:
    """Note how a proposal ended, and give up the hour kept for it."""
    proposal.answered_at, proposal.answer = clock.now(), answer
    if proposal.hold.status is AppointmentStatus.HELD:
        lifecycle.cancel([proposal.hold], by=None)


def _is_said(proposal: HourProposal, *, accepts: bool) -> bool:
    """Say whether this very answer was given, and is what stands."""
    if accepts:
        is_there = proposal.appointment.starts_at == proposal.starts_at
        return proposal.answer is ProposalAnswer.ACCEPTED and is_there
    return proposal.answer is ProposalAnswer.REFUSED


def _require_to_come(appointment: Appointment) -> None:
    if appointment.status is not AppointmentStatus.BOOKED:
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
