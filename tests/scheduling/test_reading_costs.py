"""What the pages of free hours and of agendas ask the database, however much they show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.transaction import transaction
from patient.models import Guardianship
from patient.vocabulary import GuardianKind
from tests import factories as make

pytestmark = pytest.mark.both_databases

HOURS, DIARY = 5, 6
"""Who is there is one of them, and on a caregiver's pages what stands around is another."""
TUESDAY = "2026-11-24"


@pytest.fixture
def asked(count_queries):
    """Return how many statements a page asked; it must have been shown."""

    def asked(browser, path, **query):
        with count_queries() as count:
            answer = browser.get(path, query_string=query)
        assert answer.status_code == 200
        return len([one for one in count.statements if not one.startswith("BEGIN")])

    return asked


@pytest.fixture
def lucas(cast):
    """Jeanne's relative, who has no place anywhere yet."""
    with transaction():
        person = make.patient("Lucas", "Roques")
        make._add(
            Guardianship(user_id=cast.jeanne.id, patient_id=person.id, kind=GuardianKind.RELATIVE)
        )
    return person


def test_free_hours_cost_five_statements_for_oneself_and_for_a_relative(
    cast, at, lucas, hold, sign_in, asked, page, database
):
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, at("2026-11-16 09:00"))
        for hour in range(9, 12):
            make.appointment(cast.agenda, cast.enrolment, cast.type, at(f"2026-11-25 {hour:02}:00"))
    hold(f"{TUESDAY} 10:00")
    jeanne = sign_in(cast.jeanne)
    path = "/rendez-vous/nouveau/heure"
    avec = f"{cast.enrolment.id}-{cast.bob.id}"
    query = {"avec": avec, "type": cast.type.id, "jours": 20}
    assert asked(jeanne, path, **query) <= HOURS
    seen = f"oui-{lucas.id}-{cast.bob.id}"
    assert asked(jeanne, path, **query, pour=lucas.id, vu=seen) <= HOURS
    assert "Réservé pour vous" in page(jeanne.get(path, query_string=query)).text


@pytest.mark.parametrize(
    "path", [f"/agenda/jour/{TUESDAY}", f"/agenda/semaine/{TUESDAY}", "/agenda/mois/2026-11"]
)
def test_an_agenda_of_sixty_costs_as_little_as_an_empty_one(
    cast, at, sign_in, asked, path, database
):
    bob = sign_in(cast.bob)
    empty = asked(bob, path)
    with transaction():
        first = at(f"{TUESDAY} 07:00")
        for number in range(60):
            begins = first + timedelta(minutes=15 * number)
            make.appointment(cast.agenda, cast.enrolment, cast.type, begins, minutes=15)
    assert asked(bob, path) == empty <= DIARY
