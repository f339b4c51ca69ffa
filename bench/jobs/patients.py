"""The lists of patients: at 50, at 500 and at 5,000, a page must cost about the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from sqlalchemy import insert

from bench.measuring import Figure, Side, repeat
from bench.scene import Site
from bench.table import Line
from core import clock, wording
from core.database import db
from core.transaction import transaction
from patient.models import CareAssignment, Enrolment, Patient
from tests import factories as make

SIZES = (50, 500, 5000)
GIVEN = ("Éloïse", "Jean-Paul", "Aïcha", "Thérèse", "Łukasz")
MOST = 3
"""How much dearer a page of 5,000 patients may be than one of 50."""


def long_lists(site: Site) -> Iterator[Line]:
    """Measure « mes patients » and a bubble's patients, plain, searched and sorted."""
    bases: dict[str, Figure] = {}
    for size in SIZES:
        keeper, admin, bubble = _fill(size)
        caregiver = site.server.browser(site.token(keeper))
        administrator = site.server.browser(site.token(admin))
        pages = {
            "patients: mine": partial(caregiver.get, "/patients"),
            "patients: mine, searched": partial(caregiver.get, "/patients?q=eloi%20nom4"),
            "patients: mine, by appointment": partial(caregiver.get, "/patients?tri=rdv"),
            "patients: mine, last page": partial(caregiver.get, "/patients?page=99999"),
            "patients: of a bubble": partial(administrator.get, f"/bulles/{bubble}/patients"),
            "patients: without a caregiver": partial(
                administrator.get, f"/bulles/{bubble}/patients?suivi=personne"
            ),
        }
        for job, ask in pages.items():
            assert ask().status == 200
            figure = repeat(Side(ask, site.server.cpu), calls=5, rounds=site.many(6))
            base = bases.setdefault(job, figure)
            bare, most = (None, None) if base is figure else (base, MOST)
            note = "" if base is figure else f"against {SIZES[0]}"
            yield Line(job, site.on, f"{size} patients", figure, bare, most, note=note)


def _fill(size: int) -> tuple[int, int, int]:
    """Make a bubble of this many patients, followed by one caregiver; return who, whose, which."""
    with transaction():
        admin, keeper = make.user(f"admin{size}"), make.user(f"keeper{size}")
        bubble = make.bubble(f"Bulle {size}", admin=admin)
        make.caregiver(keeper, bubble)
        people = db.session.scalars(
            insert(Patient).returning(Patient.id), [_person(number) for number in range(size)]
        ).all()
        now = clock.now()
        places = db.session.scalars(
            insert(Enrolment).returning(Enrolment.id),
            [{"bubble_id": bubble.id, "patient_id": one, "started_at": now} for one in people],
        ).all()
        db.session.execute(
            insert(CareAssignment),
            [{"enrolment_id": one, "user_id": keeper.id, "since": now} for one in places],
        )
        ids = keeper.id, admin.id, bubble.id
    db.session.remove()
    return ids


def _person(number: int) -> dict[str, object]:
    given, family = GIVEN[number % len(GIVEN)], f"Nom{number}"
    return {
        "given_name": given,
        "family_name": family,
        "birth_date": date(1950, 1, 1),
        "created_at": clock.now(),
        "search_text": wording.searchable(given, family),
        "sort_key": wording.sorting_key(family, given),
    }
