"""What scheduling asks of the machine before it serves."""

from __future__ import annotations

from core.problems import Problem, marked
from scheduling.appointments.queries.locks import overlap_guard_exists


def missing_guard() -> Problem | None:
    """Say so if the database would let two appointments overlap: nothing is served then."""
    if overlap_guard_exists():
        return None
    words = marked("The guard against overlapping appointments is missing from the database.")
    return Problem("", words)
