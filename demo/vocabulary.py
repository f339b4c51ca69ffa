"""The invented people who can sign in; names and password are printed at every start."""

from __future__ import annotations

from dataclasses import dataclass

ZONE = "Europe/Paris"
PASSWORD = "Tilleul-Radio-7-marche"  # noqa: S105  (printed at every start of a demonstration)


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    email: str
    name: str
    role: str


SOFIA = Person("sofia.marques@example.org", "Sofia Marques", "administratrice de la bulle")
NADEGE = Person("nadege.lemaitre@example.org", "Nadège Lemaître", "accompagnante, infirmière")
INES = Person("ines.aubry@example.org", "Inès Aubry", "accompagnante, psychologue")
MADELEINE = Person("madeleine.ferrand@example.org", "Madeleine Ferrand", "patiente")
LUCIE = Person("lucie.peyron@example.org", "Lucie Peyron", "patiente")
PEOPLE = (SOFIA, NADEGE, INES, MADELEINE, LUCIE)
