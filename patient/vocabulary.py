"""The words of people cared for."""

from __future__ import annotations

from enum import StrEnum


class GuardianKind(StrEnum):
    """As what a user acts for a patient."""

    SELF = "self"
    RELATIVE = "relative"


class Sex(StrEnum):
    """What the civil registry says."""

    FEMALE = "female"
    MALE = "male"


class NoteAudience(StrEnum):
    """For whom of the team a note is meant; its author always reads it."""

    TEAM = "team"
    """Everybody who follows the patient, whenever they look."""
    CHOSEN = "chosen"
    """The caregivers whom the author named, while they follow the patient."""


OPENING = "sheet:open"
"""The right under which the journal writes that somebody read a sheet."""
