"""The questions of one booking, and where one is among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext as _

if TYPE_CHECKING:
    from scheduling.appointments.queries.choices import Choice


@dataclass(frozen=True)
class Steps:
    """Where one is, among the questions of one booking."""

    labels: list[str]
    step: int


def steps(current: str, choice: Choice | None = None, *, asks: bool = False) -> Steps:
    """Name the questions that are really asked: what is known of a choice is asked of nobody.

    ``asks``: the chosen type has questions of its own.
    """
    names = {
        "who": _("For whom"),
        "with": _("With whom"),
        "seen": _("Seen before"),
        "type": _("What for"),
        "ask": _("A few questions"),
        "time": _("Day and hour"),
        "check": _("Confirmation"),
    }
    left_out = set() if asks else {"ask"}
    if choice is not None:
        left_out |= _known_of(choice)
    asked = [name for name in names if name == current or name not in left_out]
    return Steps([names[name] for name in asked], asked.index(current))


def _known_of(choice: Choice) -> set[str]:
    """Return the questions that have one answer only."""
    known = {
        "with": choice.caregiver_count == 1,
        "seen": choice.is_seen,
        "type": choice.service_count == 1,
    }
    return {name for name, is_known in known.items() if is_known}
