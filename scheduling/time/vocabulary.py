"""A rule that stands against an hour."""

from __future__ import annotations

from enum import StrEnum


class Violation(StrEnum):
    """A rule of an agenda that stands against an hour."""

    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    OUTSIDE_HOURS = "outside_hours"
    OFF_GRID = "off_grid"
    ABSENCE = "absence"
    MAXIMUM = "maximum"
    OVERLAP = "overlap"
    BUFFER = "buffer"
