"""« Qui a vu mon dossier »: what the journal tells the patient, and the team."""

from __future__ import annotations

import pytest

from core.transaction import transaction
from patient.operations.places import open_sheet
from patient.queries.accesses import list_openings_in, list_openings_of
from tests import factories as make


def other_place(cast, *followers):
    """Jeanne is cared for in a second bubble, by Dora."""
    with transaction():
        dora = make.user("dora", "Dora Petit")
        erik = make.user("erik", "Erik Blanc")
        bubble = make.bubble("Rives du Touch", admin=erik)
        make.caregiver(dora, bubble, profession="Médecin")
        return dora, make.enrolment(cast.patient, bubble, followers=[dora])


@pytest.mark.covers("U54")
@pytest.mark.both_databases
def test_the_patient_sees_every_opening_and_a_team_those_of_its_own_bubble(cast, travel_to):
    dora, elsewhere = other_place(cast)
    open_sheet(cast.bob, cast.enrolment)
    travel_to("2026-11-24 09:05 Europe/Paris")
    open_sheet(dora, elsewhere)
    told = [(one.name, one.bubble) for one in list_openings_of(cast.patient.id).items]
    assert told == [("Dora Petit", "Rives du Touch"), ("Bob Garnier", "Les Tilleuls")]
    assert [one.name for one in list_openings_in(cast.enrolment).items] == ["Bob Garnier"]
    assert [one.name for one in list_openings_in(elsewhere).items] == ["Dora Petit"]


@pytest.mark.covers("U54")
def test_who_has_seen_my_record_says_who_as_what_when_and_from_where(
    cast, sign_in, page, travel_to
):
    jeanne = sign_in(cast.jeanne)
    assert "Personne n’a encore ouvert votre fiche" in page(jeanne.get("/mon-profil/acces")).text
    sign_in(cast.bob).get(f"/patients/{cast.enrolment.id}")
    sign_in(cast.chloe).get(f"/patients/{cast.enrolment.id}")
    shown = page(jeanne.get("/mon-profil/acces"))
    for words in ("Bob Garnier", "Infirmier", "Aujourd’hui à 8 h", "Les Tilleuls"):
        assert words in shown.text
    assert "Chloé" not in shown.text, "she was refused: she has seen nothing"
    assert "/mon-profil/acces" in page(jeanne.get("/compte")).links
    sheet = page(sign_in(cast.bob).get(f"/patients/{cast.enrolment.id}"))
    assert "Qui a ouvert cette fiche" in sheet.text


def test_only_oneself_reads_ones_own_openings(cast, sign_in):
    for name in ("alice", "bob", "mallory"):
        browser = sign_in(getattr(cast, name))
        assert browser.get("/mon-profil/acces").status_code == 404
        assert browser.get("/mon-profil/notes").status_code == 404
    openings = f"/patients/{cast.enrolment.id}/ouvertures"
    assert sign_in(cast.bob).get(openings).status_code == 200
    for name in ("alice", "chloe", "jeanne", "mallory"):
        assert sign_in(getattr(cast, name)).get(openings).status_code == 404


def test_openings_are_paged_in_a_constant_number_of_queries(cast, sign_in, page, count_queries):
    jeanne = sign_in(cast.jeanne)
    totals = []
    for number in (5, 55):
        for _ in range(number):
            open_sheet(cast.bob, cast.enrolment)
        jeanne.get("/mon-profil/acces")
        with count_queries() as count:
            shown = page(jeanne.get("/mon-profil/acces"))
        totals.append(count.total)
    assert totals[0] == totals[1]
    assert "Page 1 sur 3" in shown.text
    assert shown.text.count("Bob Garnier") == 25
    assert page(jeanne.get("/mon-profil/acces?page=3")).text.count("Bob Garnier") == 10
