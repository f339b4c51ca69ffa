"""The words of replanning."""

from __future__ import annotations

from enum import StrEnum


class AbsenceDecision(StrEnum):
    """What is done with an appointment that an absence hits."""

    COLLEAGUE = "colleague"
    PROPOSED = "proposed"
    CALL = "call"
    KEPT = "kept"


class HitState(StrEnum):
    """How far an appointment that an absence hits is settled."""

    OPEN = "open"
    WAITING = "waiting"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    TO_CALL = "to_call"
    CALLED = "called"
    KEPT = "kept"
    COLLEAGUE = "colleague"
    MOVED = "moved"
    CANCELLED = "cancelled"


class ProposalAnswer(StrEnum):
    """What became of a new hour proposed to a patient."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
