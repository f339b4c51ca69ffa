"""What scheduling asks of the machine before it serves."""

from __future__ import annotations

from scheduling.queries.locks import overlap_guard_exists


def missing_guard() -> str | None:
    """Say so if the database would let two appointments overlap: nothing is served then."""
    if overlap_guard_exists():
        return None
    return "the guard against overlapping appointments is missing from the database"
