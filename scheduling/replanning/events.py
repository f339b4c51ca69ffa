"""What others hear of replanning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduling.replanning.models import HourProposal


@dataclass(frozen=True, slots=True)
class HourProposed:
    """A caregiver keeps another hour for a patient, who is to be asked."""

    proposal: HourProposal
    by: int | None


@dataclass(frozen=True, slots=True)
class ProposalAnswered:
    """A patient accepted or refused the hour proposed."""

    proposal: HourProposal
