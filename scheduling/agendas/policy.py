"""Who may do what: agendas, hours, absences, consultation types."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import bubbles.policy
from bubbles.models import Bubble
from bubbles.queries import is_live_caregiver
from core.authorization import Actor, Rule
from scheduling.agendas.models import Absence, Agenda, ConsultationType
from scheduling.agendas.queries.settings import has_agenda
from security.models import User


class AgendaPermission(StrEnum):
    """Agendas, hours, absences, consultation types."""

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


def administers(actor: Actor, subject: Bubble | ConsultationType) -> bool:
    """The administrators of the bubble."""
    bubble = subject if isinstance(subject, Bubble) else subject.bubble
    return bubbles.policy.is_admin(actor, bubble)


def keeps(actor: Actor, agenda: Agenda) -> bool:
    """The caregiver whose agenda it is, while they are of the bubble."""
    return (
        isinstance(actor, User)
        and agenda.user_id == actor.id
        and is_live_caregiver(actor.id, agenda.bubble_id)
    )


def keeps_an_agenda(actor: Actor, caregiver: User) -> bool:
    """The caregiver whose time it is, while they keep an agenda."""
    return isinstance(actor, User) and actor.id == caregiver.id and has_agenda(actor.id)


def is_absent(actor: Actor, absence: Absence) -> bool:
    """The caregiver whose absence it is."""
    return isinstance(actor, User) and absence.user_id == actor.id


RULES: Mapping[StrEnum, Rule] = {
    AgendaPermission.DEFINE_TYPE: administers,
    AgendaPermission.EDIT_TYPE: administers,
    AgendaPermission.REMOVE_TYPE: administers,
    AgendaPermission.SET_HOURS: keeps,
    AgendaPermission.ADD_ABSENCE: keeps_an_agenda,
    AgendaPermission.REMOVE_ABSENCE: is_absent,
}
