"""Who may do what: appointments that an absence hits."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.authorization import Actor, Rule
from scheduling.appointments.policy import acts_for_its_patient, is_its_caregiver
from scheduling.replanning.models import HourProposal


class ReplanningPermission(StrEnum):
    """Appointments that an absence hits."""

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


def acts_for_the_patient_of(actor: Actor, proposal: HourProposal) -> bool:
    """Who acts for the patient to whom the hour is proposed."""
    return acts_for_its_patient(actor, proposal.appointment)


RULES: Mapping[StrEnum, Rule] = {
    ReplanningPermission.HAND_OVER: is_its_caregiver,
    ReplanningPermission.PROPOSE: is_its_caregiver,
    ReplanningPermission.ASK_TO_CALL: is_its_caregiver,
    ReplanningPermission.SETTLE: is_its_caregiver,
    ReplanningPermission.ANSWER_PROPOSAL: acts_for_the_patient_of,
}
