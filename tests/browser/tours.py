"""The states that no link leads to: empty pages, refused forms, pages shown once, error pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from demo.vocabulary import INES, LUCIE, MADELEINE, NADEGE, SOFIA, Person
from tests.browser.inspection import Inspector
from tests.browser.navigator import Navigator, People
from tests.browser.tour_care import caregiver
from tests.browser.tour_outside import visitor
from tests.browser.tour_patient import both, patient, waiting
from tests.browser.tour_team import administrator


class Side(StrEnum):
    """Whose pages; the tours of one side share a server."""

    TEAM = "tours-team"
    PATIENT = "tours-patient"


@dataclass(frozen=True)
class Trip:
    """Who walks from where, and what they do afterwards."""

    side: Side
    person: Person | None
    tour: Callable[[People, Navigator, Inspector, Path], None]
    starts: tuple[str, ...] = ("/",)
    only_new: bool = False
    """Whether the walk leaves out what those before have judged."""


TOURS = {
    "visitor": Trip(
        Side.PATIENT, None, visitor, ("/", "/connexion", "/inscription", "/boite-aux-lettres")
    ),
    "administrator": Trip(Side.TEAM, SOFIA, administrator),
    "caregiver": Trip(Side.TEAM, NADEGE, caregiver),
    "patient": Trip(Side.PATIENT, MADELEINE, patient),
    "both": Trip(Side.TEAM, INES, both, ("/parametres/documents",), only_new=True),
    "waiting": Trip(Side.PATIENT, LUCIE, waiting, ("/rendez-vous/liste-d-attente",), only_new=True),
}
