"""The states that no link leads to: empty pages, refused forms, pages shown once, error pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo.vocabulary import INES, LUCIE, MADELEINE, NADEGE, SOFIA, Person
from tests.browser.inspection import Inspector
from tests.browser.navigator import Navigator, People
from tests.browser.tour_care import caregiver
from tests.browser.tour_outside import visitor
from tests.browser.tour_patient import both, patient, waiting
from tests.browser.tour_team import administrator


@dataclass(frozen=True)
class Trip:
    """Who walks from where, and what they do afterwards."""

    person: Person | None
    tour: Callable[[People, Navigator, Inspector, Path], None]
    starts: tuple[str, ...] = ("/",)
    only_new: bool = False
    """Whether the walk leaves out what those before have judged."""


TOURS = {
    "visitor": Trip(None, visitor, ("/", "/connexion", "/inscription", "/boite-aux-lettres")),
    "administrator": Trip(SOFIA, administrator),
    "caregiver": Trip(NADEGE, caregiver),
    "patient": Trip(MADELEINE, patient),
    "both": Trip(INES, both, ("/parametres/documents",), only_new=True),
    "waiting": Trip(LUCIE, waiting, ("/rendez-vous/liste-d-attente",), only_new=True),
}
