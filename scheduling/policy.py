"""Who may do what with agendas and appointments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import bubbles.policy
import patient.policy
from bubbles.models import Bubble
from bubbles.queries import is_live_caregiver
from core.authorization import Rule, any_of, is_system
from scheduling.agendas.models import Absence, Agenda, ConsultationType
from scheduling.agendas.queries.settings import has_agenda
from scheduling.appointments.models import Appointment
from scheduling.calendars.models import FeedLink
from scheduling.replanning.models import HourProposal
from scheduling.waiting_list.models import CallTask, WaitingListEntry, WaitingListOffer
from security.models import User
from security.policy import is_self


@dataclass(frozen=True)
class LinkHolder:
    """Whoever holds the link that messages about one appointment carry; nobody knows who."""

    appointment_id: int
    id: int | None = None


class SchedulingPermission(StrEnum):
    """Agendas and appointments."""

    DEFINE_TYPE = "consultation_type:create"
    """Offer a new consultation type."""
    EDIT_TYPE = "consultation_type:update"
    """Change a consultation type."""
    REMOVE_TYPE = "consultation_type:remove"
    """Offer a consultation type no more."""
    SET_HOURS = "hours:update"
    """Set the weekly hours of an agenda."""
    ADD_ABSENCE = "absence:create"
    """Close one's agendas for a while."""
    REMOVE_ABSENCE = "absence:remove"
    """Be there after all."""
    CREATE_LINK = "feed_link:create"
    """Make a calendar link."""
    SHOW_LINK = "feed_link:show"
    """Show a calendar link again."""
    REVOKE_LINK = "feed_link:revoke"
    """Close a calendar link for ever."""
    RENEW_LINK = "feed_link:renew"
    """Put a new calendar link in the place of one."""
    WARN_SILENT = "feed_link:warn"
    """Say that a calendar link is read no more."""
    REMIND = "reminder:send"
    """Remind a patient of an appointment."""
    TELL_CLOCK = "appointment:tell_clock"
    """Tell somebody that the clock of a place has become another."""
    PLAN_CALLS = "call_task:create"
    """Have the patients called whom no message reached."""
    CHOOSE_REMINDERS = "reminder:choose"
    """Choose how one is reminded."""
    HOLD = "appointment:hold"
    """Keep an hour for a patient while making up one's mind."""
    EXTEND_HOLD = "appointment:extend"
    """Ask for more time before confirming."""
    CONFIRM = "appointment:confirm"
    """Confirm an appointment."""
    GIVE_UP = "appointment:give_up"
    """Let an hour go before confirming it."""
    CANCEL = "appointment:cancel"
    """Cancel an appointment."""
    MOVE = "appointment:move"
    """Move an appointment to another hour."""
    MARK = "appointment:mark"
    """Note that the patient came, or did not."""
    BOOK_FOR = "appointment:book_for"
    """Book one's own hour for a patient."""
    OVERRIDE = "appointment:override"
    """Go over a rule of one's agenda, with a reason."""
    HAND_OVER = "appointment:hand_over"
    """Give an appointment to a colleague."""
    PROPOSE = "appointment:propose"
    """Propose another hour to the patient."""
    ASK_TO_CALL = "appointment:ask_to_call"
    """Put the patient on the list of those to call."""
    SETTLE = "appointment:settle"
    """Keep an appointment in spite of an absence."""
    ANSWER_PROPOSAL = "proposal:answer"
    """Accept or refuse a proposed hour."""
    FINISH_CALL = "call_task:done"
    """Note that a patient was called."""
    ANSWER = "booking:answer"
    """Answer the questions that a consultation type asks."""
    WAIT = "waiting_list:join"
    """Wait for an earlier hour."""
    STOP_WAITING = "waiting_list:leave"
    """Wait for an earlier hour no more."""
    ANSWER_OFFER = "waiting_list:answer"
    """Take or refuse an hour offered from the waiting list."""
    OFFER_FREED = "waiting_list:offer"
    """Offer the hours that come free to those who wait."""


def administers(actor: Any, subject: Bubble | ConsultationType) -> bool:
    """The administrators of the bubble."""
    bubble = subject if isinstance(subject, Bubble) else subject.bubble
    return bubbles.policy.is_admin(actor, bubble)


def keeps(actor: Any, agenda: Agenda) -> bool:
    """The caregiver whose agenda it is, while they are of the bubble."""
    return (
        isinstance(actor, User)
        and agenda.user_id == actor.id
        and is_live_caregiver(actor.id, agenda.bubble_id)
    )


def keeps_an_agenda(actor: Any, caregiver: User) -> bool:
    """The caregiver whose time it is, while they keep an agenda."""
    return isinstance(actor, User) and actor.id == caregiver.id and has_agenda(actor.id)


def is_absent(actor: Any, absence: Absence) -> bool:
    """The caregiver whose absence it is."""
    return isinstance(actor, User) and absence.user_id == actor.id


def owns_link(actor: Any, link: FeedLink) -> bool:
    """The caregiver whose link it is, even after leaving the bubble."""
    return isinstance(actor, User) and link.agenda.user_id == actor.id


def keeps_link(actor: Any, link: FeedLink) -> bool:
    """The caregiver whose link it is, while they are of the bubble."""
    return keeps(actor, link.agenda)


def acts_for_its_patient(actor: Any, appointment: Appointment) -> bool:
    """The patient, or a relative who acts for them."""
    return patient.policy.acts_for(actor, appointment.enrolment)


def is_its_caregiver(actor: Any, appointment: Appointment) -> bool:
    """The caregiver whose time it takes, while they follow the patient, once it is confirmed."""
    return (
        isinstance(actor, User)
        and appointment.caregiver_id == actor.id
        and appointment.is_known_to_caregiver
        and patient.policy.follows(actor, appointment.enrolment)
    )


def booked_it(actor: Any, appointment: Appointment) -> bool:
    """Who took the hour, while they act for the patient."""
    return (
        isinstance(actor, User)
        and appointment.booked_by_id == actor.id
        and acts_for_its_patient(actor, appointment)
    )


def acts_for_the_patient_of(actor: Any, proposal: HourProposal) -> bool:
    """Who acts for the patient to whom the hour is proposed."""
    return acts_for_its_patient(actor, proposal.appointment)


def follows_whom_to_call(actor: Any, task: CallTask) -> bool:
    """Any caregiver who follows the patient to call."""
    return patient.policy.follows(actor, task.appointment.enrolment)


def acts_for_who_waits(actor: Any, entry: WaitingListEntry) -> bool:
    """The patient who waits, or a relative who acts for them."""
    return patient.policy.acts_for(actor, entry.enrolment)


def acts_for_who_is_asked(actor: Any, offer: WaitingListOffer) -> bool:
    """The patient to whom it is offered, or a relative who acts for them."""
    return acts_for_who_waits(actor, offer.entry)


def holds_its_link(actor: Any, appointment: Appointment) -> bool:
    """Whoever holds the link that messages about it carry."""
    return isinstance(actor, LinkHolder) and actor.appointment_id == appointment.id


RULES: Mapping[StrEnum, Rule] = {
    SchedulingPermission.DEFINE_TYPE: administers,
    SchedulingPermission.EDIT_TYPE: administers,
    SchedulingPermission.REMOVE_TYPE: administers,
    SchedulingPermission.SET_HOURS: keeps,
    SchedulingPermission.ADD_ABSENCE: keeps_an_agenda,
    SchedulingPermission.REMOVE_ABSENCE: is_absent,
    SchedulingPermission.CREATE_LINK: keeps,
    SchedulingPermission.SHOW_LINK: owns_link,
    SchedulingPermission.REVOKE_LINK: owns_link,
    SchedulingPermission.RENEW_LINK: keeps_link,
    SchedulingPermission.WARN_SILENT: is_system,
    SchedulingPermission.REMIND: is_system,
    SchedulingPermission.TELL_CLOCK: is_system,
    SchedulingPermission.PLAN_CALLS: is_system,
    SchedulingPermission.CHOOSE_REMINDERS: is_self,
    SchedulingPermission.HOLD: patient.policy.acts_for,
    SchedulingPermission.EXTEND_HOLD: booked_it,
    SchedulingPermission.ANSWER: patient.policy.acts_for,
    SchedulingPermission.WAIT: patient.policy.acts_for,
    SchedulingPermission.STOP_WAITING: acts_for_who_waits,
    SchedulingPermission.ANSWER_OFFER: acts_for_who_is_asked,
    SchedulingPermission.OFFER_FREED: is_system,
    SchedulingPermission.CONFIRM: booked_it,
    SchedulingPermission.GIVE_UP: booked_it,
    SchedulingPermission.CANCEL: any_of(acts_for_its_patient, is_its_caregiver, holds_its_link),
    SchedulingPermission.MOVE: any_of(acts_for_its_patient, is_its_caregiver, holds_its_link),
    SchedulingPermission.MARK: is_its_caregiver,
    SchedulingPermission.BOOK_FOR: patient.policy.follows,
    SchedulingPermission.OVERRIDE: is_its_caregiver,
    SchedulingPermission.HAND_OVER: is_its_caregiver,
    SchedulingPermission.PROPOSE: is_its_caregiver,
    SchedulingPermission.ASK_TO_CALL: is_its_caregiver,
    SchedulingPermission.SETTLE: is_its_caregiver,
    SchedulingPermission.ANSWER_PROPOSAL: acts_for_the_patient_of,
    SchedulingPermission.FINISH_CALL: follows_whom_to_call,
}
