"""Who may do what with agendas and appointments."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import bubbles.policy
import patient.policy
from bubbles.models import Bubble
from bubbles.queries import is_live_caregiver
from core.authorization import Rule, any_of
from scheduling.models import Agenda, Appointment, ConsultationType, FeedLink
from security.models import User


class SchedulingPermission(StrEnum):
    """Named <resource>:<action>."""

    DEFINE_TYPE = "consultation_type:create"
    EDIT_TYPE = "consultation_type:update"
    REMOVE_TYPE = "consultation_type:remove"
    SET_HOURS = "hours:update"
    CREATE_LINK = "feed_link:create"
    SHOW_LINK = "feed_link:show"
    REVOKE_LINK = "feed_link:revoke"
    HOLD = "appointment:hold"
    EXTEND_HOLD = "appointment:extend"
    CONFIRM = "appointment:confirm"
    GIVE_UP = "appointment:give_up"
    CANCEL = "appointment:cancel"


def administers(actor: Any, subject: Bubble | ConsultationType) -> bool:
    bubble = subject if isinstance(subject, Bubble) else subject.bubble
    return bubbles.policy.is_admin(actor, bubble)


def keeps(actor: Any, agenda: Agenda) -> bool:
    """Its own caregiver, still among the bubble's."""
    return (
        isinstance(actor, User)
        and agenda.user_id == actor.id
        and is_live_caregiver(actor.id, agenda.bubble_id)
    )


def owns_link(actor: Any, link: FeedLink) -> bool:
    """Whoever left the bubble may still close the link that they made."""
    return isinstance(actor, User) and link.agenda.user_id == actor.id


def acts_for_its_patient(actor: Any, appointment: Appointment) -> bool:
    return patient.policy.acts_for(actor, appointment.enrolment)


def is_its_caregiver(actor: Any, appointment: Appointment) -> bool:
    """The one whose time it takes, as long as they follow the patient, once it is confirmed."""
    return (
        isinstance(actor, User)
        and appointment.caregiver_id == actor.id
        and appointment.is_known_to_caregiver
        and patient.policy.follows(actor, appointment.enrolment)
    )


def booked_it(actor: Any, appointment: Appointment) -> bool:
    """Who took the hour, and acts for the patient still."""
    return (
        isinstance(actor, User)
        and appointment.booked_by_id == actor.id
        and acts_for_its_patient(actor, appointment)
    )


RULES: Mapping[StrEnum, Rule] = {
    SchedulingPermission.DEFINE_TYPE: administers,
    SchedulingPermission.EDIT_TYPE: administers,
    SchedulingPermission.REMOVE_TYPE: administers,
    SchedulingPermission.SET_HOURS: keeps,
    SchedulingPermission.CREATE_LINK: keeps,
    SchedulingPermission.SHOW_LINK: owns_link,
    SchedulingPermission.REVOKE_LINK: owns_link,
    SchedulingPermission.HOLD: patient.policy.acts_for,
    SchedulingPermission.EXTEND_HOLD: booked_it,
    SchedulingPermission.CONFIRM: booked_it,
    SchedulingPermission.GIVE_UP: booked_it,
    SchedulingPermission.CANCEL: any_of(acts_for_its_patient, is_its_caregiver),
}
