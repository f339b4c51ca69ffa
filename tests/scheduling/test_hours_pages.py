"""Hours for a while, for some consultations, on one day: on the pages of their caregiver."""

from __future__ import annotations

from datetime import date, time

import pytest

from core.database import db
from core.errors import ForbiddenError, NotFoundError
from core.transaction import transaction
from scheduling.agendas.errors import WrongHoursError, WrongPeriodError, WrongTypesError
from scheduling.agendas.operations.hours import (
    KeptHours,
    give_back_hours,
    keep_hours,
    set_exceptional_hours,
    set_weekly_hours,
)
from scheduling.agendas.queries.hours import list_exceptional_hours, list_weekly_hours
from scheduling.time.openings import DAY, DayRange, WeeklyRange
from tests import factories as make

MONDAY = {"j0_0_de": "9:00", "j0_0_a": "12:00"}


@pytest.fixture
def folder(cast):
    return f"/parametres/agendas/{cast.agenda.id}"


@pytest.fixture
def bob(cast, sign_in):
    return sign_in(cast.bob)


def week(cast):
    db.session.expire_all()
    return [
        (one.weekday, f"{one.starts_at:%H:%M}", one.valid_from, one.valid_until)
        for one in list_weekly_hours(cast.agenda.id)
    ]


# ── The week ──────────────────────────────────────────────────────────────────────────────────


def test_an_empty_form_empties_nothing_unless_it_says_so(cast, bob, page, folder):
    known = week(cast)
    refused = bob.post(f"{folder}/horaires", data={})
    assert refused.status_code == 422
    assert "Aucun horaire n’est écrit" in page(refused).text
    assert week(cast) == known
    contrary = bob.post(f"{folder}/horaires", data={**MONDAY, "has_none": "y"})
    assert "effacez-les, ou décochez" in page(contrary).text
    done = bob.post(f"{folder}/horaires", data={"has_none": "y"}, follow_redirects=True)
    assert "Pas encore d’horaires" in page(done).text
    assert week(cast) == []


@pytest.mark.parametrize("midnight", ["00:00", "0h", "24:00", "24 h"])
def test_a_range_can_end_at_midnight(cast, bob, page, folder, midnight):
    sent = {"j0_0_de": "20:00", "j0_0_a": midnight}
    shown = page(bob.post(f"{folder}/horaires", data=sent, follow_redirects=True))
    assert "Lundi20:00 – minuit" in shown.text
    assert list_weekly_hours(cast.agenda.id)[0].ends_at == time(23, 59, 59)
    assert page(bob.get(f"{folder}/horaires")).inputs["j0_0_a"] == "00:00"


def test_a_range_over_night_is_refused_with_the_way_out(bob, page, folder):
    answer = bob.post(f"{folder}/horaires", data={"j0_0_de": "22:00", "j0_0_a": "2:00"})
    assert answer.status_code == 422
    assert "Une plage s’arrête au plus tard à minuit" in page(answer).text


def test_one_day_is_copied_on_others_without_saving(cast, bob, page, folder):
    known = week(cast)
    sent = {
        "j0_0_de": "8:00",
        "j0_0_a": "11:00",
        "j2_1_de": "20:00",
        "copied_day": "0",
        "copied_to": ["1", "2"],
        "recopier": "oui",
    }
    shown = page(bob.post(f"{folder}/horaires", data=sent))
    assert "Recopié sur : Mardi, Mercredi" in shown.text
    for weekday in (0, 1, 2):
        assert shown.inputs[f"j{weekday}_0_de"] == "8:00"
    assert shown.inputs["j2_1_de"] == ""
    assert shown.inputs["j3_0_de"] == ""
    assert week(cast) == known


@pytest.mark.both_databases
def test_hours_for_a_while_leave_the_others_as_they_were(cast, bob, page, folder):
    sent = {**MONDAY, "j0_0_de": "7:00", "first": "2026-12-21", "last": "2027-01-03"}
    assert bob.post(f"{folder}/horaires?nouveaux=oui", data=sent).status_code == 302
    mondays = [one for one in week(cast) if one[0] == 0 and one[1] < "12"]
    assert sorted(mondays, key=lambda one: one[2] or date.min) == [
        (0, "09:00", None, date(2026, 12, 20)),
        (0, "07:00", date(2026, 12, 21), date(2027, 1, 3)),
        (0, "09:00", date(2027, 1, 4), None),
    ]
    listed = page(bob.get("/parametres/agendas")).text
    assert "D’autres horaires à partir du lundi 21 décembre 2026." in listed
    current = page(bob.get(f"{folder}/horaires"))
    assert current.inputs["j0_0_de"] == "09:00"
    assert current.inputs["last"] == "20/12/2026"
    other = next(link for link in current.links if "du=2026-12-21" in link)
    assert page(bob.get(other)).inputs["j0_0_de"] == "07:00"


def test_new_hours_ask_from_when(bob, page, folder):
    assert page(bob.get(f"{folder}/horaires?nouveaux=oui")).inputs["j0_0_de"] == "09:00"
    answer = bob.post(f"{folder}/horaires?nouveaux=oui", data=MONDAY)
    assert answer.status_code == 422
    assert "Écrivez le premier jour de ces horaires" in page(answer).text
    backwards = {**MONDAY, "first": "2026-12-21", "last": "20/12/2026"}
    answer = bob.post(f"{folder}/horaires?nouveaux=oui", data=backwards)
    assert "Le dernier jour vient avant le premier" in page(answer).text
    for nonsense in ("31/02/2027", "hier", "0001-01-01"):
        answer = bob.post(f"{folder}/horaires", data={**MONDAY, "first": nonsense})
        assert "Écrivez un jour" in page(answer).text


# ── Hours kept for some consultations ─────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_hours_are_kept_for_a_consultation_and_given_back(cast, bob, page, folder):
    sent = {
        "weekdays": ["1", "3"],
        "begin": "16:00",
        "end": "18:00",
        "types": [cast.type.id],
        "last": "2027-06-30",
    }
    key = page(bob.get(f"{folder}/plages/nouvelle")).inputs["cle"]
    for _time in range(2):  # a second press changes nothing
        bob.post(f"{folder}/plages/nouvelle", data={**sent, "cle": key})
    kept = [one for one in list_weekly_hours(cast.agenda.id) if one.consultation_types]
    assert [(one.weekday, one.valid_until) for one in kept] == [
        (1, date(2027, 6, 30)),
        (3, date(2027, 6, 30)),
    ]
    shown = page(bob.get(f"{folder}/plages"))
    assert "Mardi, 16:00 – 18:00Suivijusqu’au mercredi 30 juin 2027" in shown.text
    assert "2 plages réservées" in page(bob.get("/parametres/agendas")).text
    bob.post(f"{folder}/horaires", data=MONDAY)  # the ordinary week does not touch them
    assert sum(1 for one in list_weekly_hours(cast.agenda.id) if one.consultation_types) == 2
    bob.post(f"{folder}/plages/{kept[0].id}/suppression")
    db.session.expire_all()
    assert sum(1 for one in list_weekly_hours(cast.agenda.id) if one.consultation_types) == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"weekdays": []}, "Choisissez au moins un jour"),
        ({"types": []}, "Choisissez au moins un type"),
        ({"begin": ""}, "Écrivez une heure"),
        ({"end": "9:00"}, "La fin (09:00) doit venir après"),
    ],
)
def test_wrong_kept_hours_are_refused_in_words(cast, bob, page, folder, wrong, words):
    sent = {"weekdays": ["1"], "begin": "16:00", "end": "18:00", "types": [cast.type.id], **wrong}
    answer = bob.post(f"{folder}/plages/nouvelle", data=sent)
    assert answer.status_code == 422
    assert words in page(answer).text


def test_operations_refuse_what_forms_would(cast):
    with transaction():
        theirs = make.consultation_type(cast.bubble, "Autre", caregivers=[cast.chloe])
        plain = make.hours(cast.agenda, 6, time(9), time(10))
    for type_ids in ([], [theirs.id], [cast.type.id, theirs.id]):
        with pytest.raises(WrongTypesError):
            keep_hours(cast.bob, cast.agenda, kept=KeptHours([1], 600, 660, type_ids))
    for kept in (KeptHours([], 600, 660, [cast.type.id]), KeptHours([1], 60, 60, [cast.type.id])):
        with pytest.raises(WrongHoursError):
            keep_hours(cast.bob, cast.agenda, kept=kept)
    with pytest.raises(NotFoundError):  # an ordinary range is no kept one
        give_back_hours(cast.bob, cast.agenda, availability_id=plain.id)
    with pytest.raises(WrongHoursError):
        set_weekly_hours(cast.bob, cast.agenda, hours=[WeeklyRange(0, 600, DAY + 60)])
    with pytest.raises(WrongPeriodError):
        period = {"first": date(2027, 1, 2), "last": date(2027, 1, 1)}
        set_weekly_hours(cast.bob, cast.agenda, hours=[], **period)
    with pytest.raises(WrongHoursError):
        day = date(2026, 12, 1)
        overlapping = [DayRange(day, 540, 660), DayRange(day, 600, 720)]
        set_exceptional_hours(cast.bob, cast.agenda, hours=overlapping)


# ── Single days ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_a_day_gets_its_own_hours_others_later_and_its_weekly_ones_again(cast, bob, page, folder):
    new = f"{folder}/jours/nouveau"
    bob.post(new, data={"day": "2026-12-24", "de_1": "9:00", "a_1": "12:00"})
    bob.post(new, data={"day": "24/12/2026", "de_1": "8:00", "a_1": "10:00"})
    shown = page(bob.get(f"{folder}/plages"))
    assert "Jeudi 24 décembre 20268:00 – 10:00" in shown.text
    assert len(list_exceptional_hours([cast.agenda.id], date(2026, 11, 1))) == 1
    assert page(bob.get(f"{new}?jour=2026-12-24")).inputs["day"] == "24/12/2026"
    bob.post(f"{folder}/jours/2026-12-24/suppression")
    bob.post(f"{folder}/jours/2026-12-24/suppression")  # twice is once
    assert list_exceptional_hours([cast.agenda.id], date(2026, 11, 1)) == []
    assert bob.post(f"{folder}/jours/hier/suppression").status_code == 404


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"day": "2026-12-24"}, "Écrivez au moins une plage"),
        ({"day": "", "de_1": "9:00", "a_1": "10:00"}, "Écrivez le jour"),
        ({"day": "2026-11-22", "de_1": "9:00", "a_1": "10:00"}, "Ce jour est passé"),
        ({"day": "2026-12-24", "de_1": "9:00", "a_1": "8:00"}, "La fin (08:00) doit venir après"),
        (
            {"day": "2026-12-24", "de_1": "9:00", "a_1": "12:00", "de_2": "11:00", "a_2": "13:00"},
            "Cette plage en chevauche une autre",
        ),
    ],
)
def test_a_wrong_day_is_refused_in_words(cast, bob, page, folder, sent, words):
    answer = bob.post(f"{folder}/jours/nouveau", data=sent)
    assert answer.status_code == 422
    assert words in page(answer).text
    assert list_exceptional_hours([cast.agenda.id], date(2026, 1, 1)) == []


def test_nobody_sets_the_hours_of_somebody_else(cast, sign_in, folder):
    for person in (cast.alice, cast.chloe, cast.jeanne, cast.mallory):
        client = sign_in(person)
        for path in ("plages", "plages/nouvelle", "jours/nouveau", "horaires"):
            assert client.get(f"{folder}/{path}").status_code == 404
        assert client.post(f"{folder}/jours/2026-12-24/suppression").status_code == 404
        with pytest.raises(ForbiddenError):
            set_exceptional_hours(person, cast.agenda, hours=[])
