"""The words of the composed pages."""

from __future__ import annotations

from enum import StrEnum


class Space(StrEnum):
    """Which of the two faces of the product a person sees."""

    CAREGIVER = "caregiver"
    """« Espace accompagnant »: the staff of a bubble, administrators included."""
    PATIENT = "patient"


class MomentKind(StrEnum):
    """What a line of the day is."""

    PAST = "past"
    NOW = "now"
    CURRENT = "current"
    """Under way."""
    NEXT = "next"
    COMING = "coming"
    FREE = "free"


class Guide(StrEnum):
    """Whom the first steps are written for."""

    CAREGIVER = "caregiver"
    ADMIN = "admin"


class Step(StrEnum):
    """One page of the first steps; the value is the end of its address."""

    PROFILE = "profil"
    AGENDAS = "agendas"
    DOCUMENTS = "documents"
    SECURITY = "securite"
    BUBBLES = "bulles"
    INFORMATION = "presenter-la-bulle"
    TEAM = "inviter-l-equipe"
    TYPES = "types-de-consultations"
    PATIENTS = "inviter-les-patients"
    WELCOME = "bienvenue"
    """Not a page: the word of welcome, said until it is put away."""


GUIDES: dict[Guide, tuple[Step, ...]] = {
    Guide.CAREGIVER: (Step.PROFILE, Step.AGENDAS, Step.DOCUMENTS, Step.SECURITY, Step.BUBBLES),
    Guide.ADMIN: (Step.INFORMATION, Step.TEAM, Step.TYPES, Step.PATIENTS),
}
"""The steps of each guide, in their order."""


class StepAnswer(StrEnum):
    """What somebody said of a step."""

    READ = "read"
    SKIPPED = "skipped"


class StepState(StrEnum):
    """How far a step is."""

    DONE = "done"
    SKIPPED = "skipped"
    NOW = "now"
    COMING = "coming"
