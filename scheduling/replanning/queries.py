"""The appointments that an absence hits, and how far each is settled; the calls to make."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from bubbles.models import Membership
from core import clock
from core.database import db
from core.errors import NotFoundError
from patient.models import Enrolment, Guardianship
from patient.queries.places import followed_by, map_followers
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.models import (
    Absence,
    Agenda,
    ConsultationType,
    consultation_type_caregivers,
)
from scheduling.agendas.queries.bookable import get_service
from scheduling.appointments.models import Appointment, AppointmentChange, CallTask
from scheduling.appointments.queries.appointments import WHOLE, still_follows
from scheduling.appointments.queries.free import list_free_slots
from scheduling.appointments.vocabulary import AppointmentStatus, CallReason, ChangeKind
from scheduling.replanning.models import AbsenceSettlement, HourProposal
from scheduling.replanning.vocabulary import AbsenceDecision, HitState, ProposalAnswer
from scheduling.time.slots import Window
from security.models import User

NEAR = timedelta(weeks=3)
HOURS_OF_COLLEAGUE = 4
SETTLED = frozenset(
    {HitState.KEPT, HitState.COLLEAGUE, HitState.CANCELLED, HitState.MOVED, HitState.CALLED}
)


@dataclass(frozen=True)
class Hit:
    """One appointment that an absence hits, or hit."""

    appointment: Appointment
    state: HitState
    proposal: HourProposal | None = None

    @property
    def is_settled(self) -> bool:
        """Say whether nothing is left to do about it."""
        return self.state in SETTLED


@dataclass(frozen=True)
class Colleague:
    """Somebody of the bubble who gives the same consultation."""

    user: User
    follows: bool
    hours: Sequence[datetime]


def list_hits(absence: Absence) -> list[Hit]:
    """Return every appointment that the absence hit since it was entered, in order of time.

    What was moved away or cancelled since then stays in the list: it is settled.
    """
    moved_away = (
        select(AppointmentChange.id)
        .where(
            AppointmentChange.appointment_id == Appointment.id,
            AppointmentChange.kind == ChangeKind.MOVED,
            AppointmentChange.at >= absence.created_at,
            AppointmentChange.from_starts_at >= absence.starts_at,
            AppointmentChange.from_starts_at < absence.ends_at,
        )
        .correlate(Appointment)
        .exists()
    )
    ended_inside = and_(
        Appointment.status == AppointmentStatus.CANCELLED,
        Appointment.confirmed_at.is_not(None),
        Appointment.cancelled_at >= absence.created_at,
        _inside(absence),
    )
    stands_inside = and_(Appointment.status == AppointmentStatus.BOOKED, _inside(absence))
    query = (
        select(Appointment)
        .join(Enrolment, Enrolment.id == Appointment.enrolment_id)
        .where(
            Appointment.caregiver_id == absence.user_id,
            or_(stands_inside, ended_inside, moved_away),
            still_follows(),
        )
        .options(*WHOLE)
        .order_by(Appointment.starts_at, Appointment.id)
    )
    if absence.agenda_id is not None:
        query = query.where(Appointment.agenda_id == absence.agenda_id)
    appointments = list(db.session.scalars(query))
    ids = [appointment.id for appointment in appointments]
    decisions = _decisions(absence, ids)
    proposals, calls = _proposals(ids), _calls(ids)
    return [
        Hit(
            appointment,
            _state(
                appointment,
                absence,
                decisions.get(appointment.id),
                proposals.get(appointment.id),
                calls.get(appointment.id),
            ),
            proposals.get(appointment.id),
        )
        for appointment in appointments
    ]


def next_unsettled(actor: User) -> tuple[Absence, int, int] | None:
    """Return the nearest absence with something left to do: how many hits are settled, and all."""
    kept = exists().where(
        AbsenceSettlement.absence_id == Absence.id,
        AbsenceSettlement.appointment_id == Appointment.id,
        AbsenceSettlement.decision == AbsenceDecision.KEPT,
    )
    hit = exists().where(_is_hit(), ~kept.correlate(Absence, Appointment))
    query = (
        select(Absence)
        .where(Absence.user_id == actor.id, Absence.ends_at > clock.now(), hit)
        .order_by(Absence.starts_at, Absence.id)
    )
    for absence in list(db.session.scalars(query)):
        hits = list_hits(absence)
        settled = sum(hit.is_settled for hit in hits)
        if settled < len(hits):
            return absence, settled, len(hits)
    return None


def list_colleagues(appointment: Appointment) -> list[Colleague]:
    """Return the other caregivers of the bubble who give this consultation, by name.

    Those who follow the patient come with their nearest free hours.
    """
    query = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .join(Agenda, and_(Agenda.user_id == User.id, Agenda.bubble_id == Membership.bubble_id))
        .join(consultation_type_caregivers, consultation_type_caregivers.c.user_id == User.id)
        .join(
            ConsultationType,
            ConsultationType.id == consultation_type_caregivers.c.consultation_type_id,
        )
        .where(
            Membership.bubble_id == appointment.enrolment.bubble_id,
            Membership.is_caregiver,
            User.is_enabled,
            User.id != appointment.caregiver_id,
            Agenda.closed_at.is_(None),
            ConsultationType.id == appointment.consultation_type_id,
            ConsultationType.removed_at.is_(None),
        )
        .order_by(func.lower(User.display_name), User.id)
    )
    place = appointment.enrolment_id
    followers = {follower.id for follower in map_followers([place]).get(place, [])}
    return [
        Colleague(
            user,
            user.id in followers,
            _hours_of(user, appointment) if user.id in followers else [],
        )
        for user in db.session.scalars(query)
    ]


def get_proposal_for(actor: User, proposal_id: int) -> HourProposal:
    """Return a proposal to who acts for its patient."""
    query = (
        select(HourProposal)
        .join(Appointment, Appointment.id == HourProposal.appointment_id)
        .join(Enrolment, Enrolment.id == Appointment.enrolment_id)
        .join(Guardianship, Guardianship.patient_id == Enrolment.patient_id)
        .where(HourProposal.id == proposal_id, Guardianship.user_id == actor.id)
        .options(joinedload(HourProposal.appointment))
    )
    proposal = db.session.scalar(query)
    if proposal is None:
        raise NotFoundError
    return proposal


def find_open_proposal(appointment: Appointment) -> HourProposal | None:
    """Return the new hour that the patient of an appointment is thinking about."""
    query = select(HourProposal).where(
        HourProposal.appointment_id == appointment.id,
        HourProposal.answered_at.is_(None),
        HourProposal.expires_at > clock.now(),
    )
    return db.session.scalar(query)


def list_calls_for(actor: User, *, done: bool = False) -> list[CallTask]:
    """Return the calls to make to patients whom ``actor`` follows, the most urgent first."""
    query = _calls_of(actor)
    if done:
        query = query.where(CallTask.done_at.is_not(None))
        query = query.order_by(CallTask.done_at.desc(), CallTask.id).limit(50)
    else:
        query = query.where(CallTask.done_at.is_(None))
        query = query.order_by(Appointment.starts_at, CallTask.id)
    return list(db.session.scalars(query))


def get_call_for(actor: User, task_id: int) -> CallTask:
    """Return one call to make to a patient whom ``actor`` follows."""
    task: CallTask | None = db.session.scalar(_calls_of(actor).where(CallTask.id == task_id))
    if task is None:
        raise NotFoundError
    return task


def _calls_of(actor: User) -> Select[CallTask]:
    return (
        select(CallTask)
        .join(CallTask.appointment)
        .join(Appointment.enrolment)
        .where(Enrolment.ended_at.is_(None), followed_by(actor))
        .options(joinedload(CallTask.appointment).options(*WHOLE), joinedload(CallTask.done_by))
    )


def _inside(absence: Absence) -> ColumnElement[bool]:
    return and_(Appointment.starts_at < absence.ends_at, Appointment.ends_at > absence.starts_at)


def _is_hit() -> ColumnElement[bool]:
    """Where absences are joined: the appointment is promised in that time."""
    return and_(
        Appointment.caregiver_id == Absence.user_id,
        Appointment.status == AppointmentStatus.BOOKED,
        Appointment.starts_at < Absence.ends_at,
        Appointment.ends_at > Absence.starts_at,
        or_(Absence.agenda_id.is_(None), Absence.agenda_id == Appointment.agenda_id),
    )


def _is_inside(appointment: Appointment, absence: Absence) -> bool:
    return appointment.starts_at < absence.ends_at and appointment.ends_at > absence.starts_at


def _state(
    appointment: Appointment,
    absence: Absence,
    decision: AbsenceDecision | None,
    proposal: HourProposal | None,
    call: CallTask | None,
) -> HitState:
    if appointment.status is AppointmentStatus.CANCELLED:
        is_elsewhere = decision is AbsenceDecision.COLLEAGUE
        return HitState.COLLEAGUE if is_elsewhere else HitState.CANCELLED
    if not _is_inside(appointment, absence):
        return HitState.MOVED
    if decision is AbsenceDecision.KEPT:
        return HitState.KEPT
    if decision is AbsenceDecision.CALL and call is not None:
        return HitState.CALLED if call.done_at else HitState.TO_CALL
    if decision is AbsenceDecision.PROPOSED and proposal is not None:
        return _answered(proposal)
    return HitState.OPEN


def _answered(proposal: HourProposal) -> HitState:
    if proposal.is_open(clock.now()):
        return HitState.WAITING
    return HitState.REFUSED if proposal.answer is ProposalAnswer.REFUSED else HitState.UNANSWERED


def _decisions(absence: Absence, ids: Sequence[int]) -> dict[int, AbsenceDecision]:
    query = select(AbsenceSettlement).where(
        AbsenceSettlement.absence_id == absence.id, AbsenceSettlement.appointment_id.in_(ids)
    )
    return {row.appointment_id: row.decision for row in db.session.scalars(query)}


def _proposals(ids: Sequence[int]) -> dict[int, HourProposal]:
    """Return the newest proposal about each."""
    query = (
        select(HourProposal).where(HourProposal.appointment_id.in_(ids)).order_by(HourProposal.id)
    )
    return {proposal.appointment_id: proposal for proposal in db.session.scalars(query)}


def _calls(ids: Sequence[int]) -> dict[int, CallTask]:
    query = (
        select(CallTask)
        .where(CallTask.appointment_id.in_(ids), CallTask.reason == CallReason.ABSENCE)
        .order_by(CallTask.id)
    )
    return {task.appointment_id: task for task in db.session.scalars(query)}


def _hours_of(user: User, appointment: Appointment) -> list[datetime]:
    """Return the colleague's free hours nearest to the one that falls out."""
    try:
        service = get_service(
            appointment.enrolment_id,
            user.id,
            appointment.consultation_type_id,
            is_online=False,
        )
    except NotBookableError:
        return []
    around = appointment.starts_at
    free = list_free_slots(service, Window(around - NEAR, around + NEAR))
    nearest = sorted(free, key=lambda hour: (abs(hour - around), hour))[:HOURS_OF_COLLEAGUE]
    return sorted(nearest)


def find_proposal(proposal_id: int) -> HourProposal | None:
    """Return one proposal, for the application itself, with what its words need."""
    query = (
        select(HourProposal)
        .where(HourProposal.id == proposal_id)
        .options(joinedload(HourProposal.appointment).options(*WHOLE))
    )
    return db.session.scalar(query)


def list_unanswered(appointment_ids: Collection[int]) -> list[HourProposal]:
    """Return the proposals without an answer about these appointments, or for which they are kept.

    What waited too long is among them: nobody has said so yet.
    """
    query = (
        select(HourProposal)
        .where(
            HourProposal.answered_at.is_(None),
            or_(
                HourProposal.appointment_id.in_(appointment_ids),
                HourProposal.hold_id.in_(appointment_ids),
            ),
        )
        .options(joinedload(HourProposal.hold))
    )
    return list(db.session.scalars(query))


IS_PROPOSED = (
    select(HourProposal.id)
    .where(
        HourProposal.answered_at.is_(None),
        or_(HourProposal.appointment_id == Appointment.id, HourProposal.hold_id == Appointment.id),
    )
    .correlate(Appointment)
    .exists()
)
"""Another hour is proposed for an appointment, or it is the hour kept for that."""


def count_hit(absence_ids: Sequence[int]) -> dict[int, int]:
    """Map absences to how many booked appointments to come they hit; those of none left out."""
    query = (
        select(Absence.id, func.count(Appointment.id))
        .join(Appointment, _is_hit())
        .where(Absence.id.in_(absence_ids), Appointment.ends_at > clock.now())
        .group_by(Absence.id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
